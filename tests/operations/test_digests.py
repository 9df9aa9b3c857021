"""News as people want them: at once, in one mail a day, or not at all."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail
from django.db import connection
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from rosette.models import (
    Assertion,
    AwardJob,
    BadgeClass,
    ClaimLink,
    ClaimRequest,
    EmailAddress,
    Held,
    IssuerStaff,
    MailChoice,
    Notice,
    Stretch,
    User,
    Webhook,
)
from rosette.models.base import new_entity_id
from rosette.models.jobs import packed
from rosette.models.notices import add_staff_notices
from rosette.operations import (
    bulk,
    claim_links,
    digests,
    notices,
    notifications,
    unsubscribing,
    upkeep,
)
from rosette.operations.claim_links import Wish
from rosette.operations.notifications import Choice
from rosette.operations.policies import Actor
from rosette.tasks import send_digests, send_notices
from tests import factories
from tests.environment import DATABASE, ORIGIN

pytestmark = pytest.mark.django_db


def who_wants(email, how, kind="award"):
    """Somebody with an account, who has chosen."""
    person = User.objects.filter(emailaddress__email=email).first() or factories.user(email)
    notifications.choose(person, {Notice.Kind(kind): Choice(how)})
    return person


def awarded(*emails, of=None, **fields):
    """An award to each, with its notice, and the worker has tried to send it."""
    badgeclass = of or BadgeClass.objects.first() or factories.badgeclass()
    awards = [factories.assertion(badgeclass, to=email, **fields) for email in emails]
    notices.queue_award_notices([(row.pk, row.recipient_identity) for row in awards])
    work()
    return awards


def work():
    """Do the jobs that are due, as the worker does, until there are no more."""
    tasks = {"send_notices": send_notices, "send_digests": send_digests}
    while job := DBTaskResult.objects.ready().first():
        job.delete()
        task = tasks.get(job.task_path.rpartition(".")[2])
        if task:
            task.func(**job.args_kwargs["kwargs"])


def a_day_passes():
    """It is the hour of digests, and what was done today was done yesterday."""
    day = timedelta(days=1)
    for row in Held.objects.filter(digest=None):
        Held.objects.filter(pk=row.pk).update(due_at=row.due_at - day)
    for row in Notice.objects.filter(kind="digest"):
        made = {"created_at": row.created_at - day}
        Notice.objects.filter(pk=row.pk).update(**made)
    DBTaskResult.objects.exclude(run_after=None).update(run_after=timezone.now())


def states(**chosen):
    found = Notice.objects.filter(**chosen).order_by("pk")
    return list(found.values_list("kind", "to", "state", "last_error"))


def asked_for_badge(badge, *emails, **wish):
    """People ask for the badge by a link, and somebody has to approve."""
    link = ClaimLink.objects.filter(badgeclass=badge).first() or claim_links.make(
        badge,
        Wish(title="Harbor day", is_automatic=False, **wish),
        by=Actor.person(badge.issuer.created_by),
    )
    for email in emails:
        claim_links.take(link, factories.user(email), email)
    return link


# Choosing


def test_who_has_not_chosen_is_told_of_awards_at_once_and_of_requests_once_a_day():
    ada = factories.user()

    assert notifications.choices_of(ada) == {
        "award": "now",
        "requests": "digest",
        "domain_lost": "now",
        "webhook_disabled": "now",
    }


def test_only_who_may_approve_or_owns_has_more_to_choose_than_their_own_badges():
    issuer = factories.issuer()
    people = {role: factories.user(f"{role}@example.org") for role in ("viewer", "staff")}
    for role, person in people.items():
        IssuerStaff.objects.create(issuer=issuer, user=person, role=role)

    assert notifications.kinds_for(people["viewer"]) == ["award"]
    assert notifications.kinds_for(people["staff"]) == ["award", "requests"]
    assert notifications.kinds_for(issuer.created_by) == list(notifications.NEWS)


def test_what_is_chosen_twice_counts_the_second_time():
    bob = who_wants("bob@example.org", "digest")
    notifications.choose(bob, {Notice.Kind.AWARD: Choice.NEVER})

    assert notifications.choices_of(bob)["award"] == "never"
    assert MailChoice.objects.count() == 1


# Awards


def test_an_award_to_somebody_who_wants_a_daily_mail_is_held_and_told_then():
    who_wants("bob@example.org", "digest")
    badge = factories.badgeclass()
    first, second = (awarded("bob@example.org", of=badge)[0] for _ in range(2))

    assert mail.outbox == []
    assert states() == [("award", "bob@example.org", "held", "")] * 2
    assert not DBTaskResult.objects.ready().exists()
    a_day_passes()
    work()

    [letter] = mail.outbox
    assert (letter.to, letter.subject) == (["bob@example.org"], "[Rosette] Your news of the day")
    assert (
        letter.body
        == f"""Hello,

you earned 2 badges:

* Knot Tying, awarded by Harbor Learning
  {ORIGIN}/backpack/{first.entity_id}

* Knot Tying, awarded by Harbor Learning
  {ORIGIN}/backpack/{second.entity_id}

--\x20
Sent by Rosette to bob@example.org, once a day. Choose which mails you get:
{ORIGIN}/account/notifications
"""
    )
    for link in (f"{ORIGIN}/backpack/{first.entity_id}", f"{ORIGIN}/account/notifications"):
        assert f'href="{link}"' in letter.alternatives[0].content
    assert states() == [
        ("award", "bob@example.org", "sent", ""),
        ("award", "bob@example.org", "sent", ""),
        ("digest", "bob@example.org", "sent", ""),
    ]
    assert not Held.objects.exists()


def test_who_wants_no_mail_gets_none():
    who_wants("bob@example.org", "never")

    awarded("BOB@example.org", "carol@example.org")

    assert [letter.to for letter in mail.outbox] == [["carol@example.org"]]
    assert states(to="BOB@example.org") == [
        ("award", "BOB@example.org", "skipped", "mails of this kind are not wanted")
    ]


@pytest.mark.parametrize("change", [{"verified": False}, {"user__is_active": False}])
def test_an_address_that_is_nobodys_here_is_written_to_at_once(change):
    bob = who_wants("bob@example.org", "digest")
    User.objects.filter(pk=bob.pk).update(is_active="user__is_active" not in change)
    EmailAddress.objects.filter(user=bob).update(verified=change.get("verified", True))

    awarded("bob@example.org")

    assert len(mail.outbox) == 1


def test_all_addresses_of_a_person_are_told_of_in_one_mail_to_the_main_one():
    bob = who_wants("bob@example.org", "digest")
    EmailAddress.objects.create(user=bob, email="bob@work.example", verified=True)

    awarded("bob@work.example", "bob@example.org")
    a_day_passes()
    work()

    [letter] = mail.outbox
    assert letter.to == ["bob@example.org"]
    assert letter.body.count(f"{ORIGIN}/backpack/") == 2


def test_a_mail_that_somebody_asks_for_comes_at_once_whatever_they_have_chosen():
    who_wants("bob@example.org", "never")
    award = factories.assertion()

    notices.queue_award_notices([(award.pk, "bob@example.org")], kind=Notice.Kind.AWARD_AGAIN)
    work()

    assert [letter.to for letter in mail.outbox] == [["bob@example.org"]]


def test_an_unsubscribed_address_is_not_told_of_in_a_digest_either():
    who_wants("bob@example.org", "digest")
    awarded("bob@example.org")
    unsubscribing.unsubscribe(unsubscribing.unsubscribe_token(Notice.objects.get()))

    a_day_passes()
    work()

    assert mail.outbox == []
    assert states() == [
        ("award", "bob@example.org", "skipped", "the address is unsubscribed"),
        ("digest", "bob@example.org", "skipped", "there is nothing left to tell"),
    ]


@pytest.mark.parametrize("gone", ["revoked", "deleted", "undone"])
def test_what_is_gone_meanwhile_is_not_told_and_no_empty_mail_is_sent(gone):
    who_wants("bob@example.org", "digest")
    [award] = awarded("bob@example.org")
    match gone:
        case "revoked":
            Assertion.objects.update(revoked_at=timezone.now())
        case "deleted":
            award.delete()
        case "undone":
            undone(award)
    a_day_passes()
    work()

    assert mail.outbox == []
    assert not Notice.objects.filter(state__in=["held", "queued", "sent"]).exists()
    assert not Held.objects.filter(digest=None).exists()


def undone(award):
    """Take back the job that made the award."""
    now = timezone.now()
    job = AwardJob.objects.create(
        entity_id=new_entity_id(),
        badgeclass=award.badgeclass,
        by_grant=False,
        state="undoing",
        total=1,
        done=1,
        created_at=now,
        updated_at=now,
    )
    outcome = packed([award.entity_id])
    Stretch.objects.create(job=job, number=0, lines=packed([{}]), outcome=outcome)
    bulk.carry_on(job.pk)
    assert states() == [("award", "bob@example.org", "skipped", "The award was undone.")]


def test_one_that_is_revoked_does_not_keep_back_the_others():
    who_wants("bob@example.org", "digest")
    kept, gone = awarded("bob@example.org", "bob@example.org")
    Assertion.objects.filter(pk=gone.pk).update(revoked_at=timezone.now())
    a_day_passes()
    work()

    [letter] = mail.outbox
    assert kept.entity_id in letter.body
    assert gone.entity_id not in letter.body
    assert states(assertion=gone) == [
        ("award", "bob@example.org", "skipped", "the award was revoked")
    ]


def test_what_is_held_is_told_the_next_day_even_if_it_is_to_come_at_once_from_now_on():
    bob = who_wants("bob@example.org", "digest")
    awarded("bob@example.org")
    notifications.choose(bob, {Notice.Kind.AWARD: Choice.NOW})
    work()
    assert mail.outbox == []

    a_day_passes()
    work()

    assert len(mail.outbox) == 1


def test_what_is_held_is_dropped_if_it_is_wanted_no_more():
    bob = who_wants("bob@example.org", "digest")
    awarded("bob@example.org")
    notifications.choose(bob, {Notice.Kind.AWARD: Choice.NEVER})

    a_day_passes()
    work()

    assert mail.outbox == []
    assert states()[0] == (
        *("award", "bob@example.org", "skipped", "mails of this kind are not wanted"),
    )


@pytest.mark.parametrize("how", ["address", "account"])
def test_an_address_that_is_given_up_is_told_as_one_without_an_account(how):
    bob = who_wants("bob@example.org", "digest")
    awarded("bob@example.org")
    EmailAddress.objects.filter(user=bob).delete() if how == "address" else bob.delete()

    a_day_passes()
    work()

    [letter] = mail.outbox
    assert letter.subject == "[Rosette] Congratulations, you earned a badge!"
    assert states(kind="award") == [("award", "bob@example.org", "sent", "")]
    assert not Held.objects.exists()


def test_an_award_that_was_to_be_mailed_twice_is_told_once():
    who_wants("bob@example.org", "digest")
    [award] = awarded("bob@example.org")
    notices.queue_award_notices([(award.pk, "bob@example.org")])
    work()

    a_day_passes()
    work()

    assert mail.outbox[0].body.count(award.entity_id) == 1
    assert {state for _, _, state, _ in states()} == {"sent"}


def test_of_very_many_awards_the_first_fifty_are_told():
    who_wants("bob@example.org", "digest")
    awarded(*["bob@example.org"] * 53)

    a_day_passes()
    work()

    [letter] = mail.outbox
    assert "you earned 53 badges" in letter.body
    assert "And 3 more, in your backpack:" in letter.body
    assert letter.body.count("awarded by") == 50
    assert letter.alternatives[0].content.count("awarded by") == 50


# The hour


@pytest.mark.parametrize(
    ("now", "then"),
    [
        (datetime(2026, 12, 1, 5, 59, tzinfo=UTC), datetime(2026, 12, 1, 6, tzinfo=UTC)),
        (datetime(2026, 12, 1, 6, 0, tzinfo=UTC), datetime(2026, 12, 2, 6, tzinfo=UTC)),
        (datetime(2026, 12, 31, 23, 0, tzinfo=UTC), datetime(2027, 1, 1, 6, tzinfo=UTC)),
    ],
)
def test_the_hour_is_the_sites(settings, now, then):
    settings.ROSETTE = settings.ROSETTE.model_copy(update={"digest_hour": 6})

    assert digests.hour_after(now) == then


def test_one_job_for_the_hour_is_asked_for_however_much_is_held():
    who_wants("bob@example.org", "digest")
    who_wants("carol@example.org", "digest")

    awarded("bob@example.org", "carol@example.org", "bob@example.org")

    job = DBTaskResult.objects.get()
    assert job.task_path == "rosette.tasks.send_digests"
    assert abs(job.run_after - Held.objects.first().due_at) < timedelta(seconds=5)


def test_nobody_gets_two_in_a_day():
    who_wants("bob@example.org", "digest")
    awarded("bob@example.org")
    a_day_passes()
    work()
    Notice.objects.filter(kind="digest").update(created_at=timezone.now())
    awarded("bob@example.org")
    Held.objects.update(due_at=timezone.now())  # of a node whose clock goes wrong

    send_digests.func()
    work()

    assert len(mail.outbox) == 1
    assert Held.objects.get().due_at == digests.hour_after(timezone.now())
    a_day_passes()
    work()
    assert len(mail.outbox) == 2


def test_digests_that_no_job_will_make_are_asked_for_again():
    who_wants("bob@example.org", "digest")
    awarded("bob@example.org")
    a_day_passes()
    DBTaskResult.objects.all().delete()

    upkeep.keep_house()
    work()

    assert len(mail.outbox) == 1


def test_what_is_held_is_not_lost_and_not_waiting_and_not_failed():
    who_wants("bob@example.org", "digest")
    awarded("bob@example.org")
    Notice.objects.update(due_at=timezone.now() - timedelta(hours=5))
    DBTaskResult.objects.all().delete()

    notices.resume_lost()

    assert not DBTaskResult.objects.exists()
    assert notices.outbox_state().counts == {
        "queued": 0,
        "held": 1,
        "sent": 0,
        "failed": 0,
        "bounced": 0,
        "skipped": 0,
        "captured": 0,
    }
    assert notices.outbox_state().troubled == []


def test_more_people_than_are_dealt_with_at_a_time_get_theirs(monkeypatch):
    monkeypatch.setattr(digests, "_AT_ONCE", 2)
    people = [f"p{number}@example.org" for number in range(5)]
    for email in people:
        who_wants(email, "digest")
    awarded(*people)
    a_day_passes()
    work()

    assert sorted(letter.to[0] for letter in mail.outbox) == people


# Conversations with a mail server


def test_a_digest_that_cannot_be_sent_now_is_sent_later_and_tells_the_same(server):
    who_wants("bob@example.org", "digest")
    [first] = awarded("bob@example.org")
    a_day_passes()
    server.answers["CONTENT"] = None  # takes it, and never says so
    work()
    [second] = awarded("bob@example.org")
    assert states() == [
        ("award", "bob@example.org", "held", ""),
        ("digest", "bob@example.org", "queued", states()[1][3]),
        ("award", "bob@example.org", "held", ""),
    ]
    server.answers.clear()
    Notice.objects.filter(kind="digest").update(due_at=timezone.now())

    send_notices.func(list(Notice.objects.filter(kind="digest").values_list("pk", flat=True)))

    [message] = server.messages
    body = message.get_body(("plain",)).get_content()
    assert first.entity_id in body
    assert second.entity_id not in body
    digest = Notice.objects.get(kind="digest")
    assert message["Message-ID"].startswith(f"<digest.{digest.pk}.")
    assert [state for _, _, state, _ in states()] == ["sent", "sent", "held"]


def test_a_digest_that_fails_for_good_takes_what_is_in_it_along_and_can_be_tried_again(server):
    who_wants("bob@example.org", "digest")
    awarded("bob@example.org")
    a_day_passes()
    server.answers["RCPT"] = "550 no such person"
    work()
    assert [state for _, _, state, _ in states()] == ["bounced", "bounced"]
    assert "550" in states(kind="award")[0][3]
    server.answers.clear()

    notices.retry(Notice.objects.get(kind="digest").pk)
    work()

    assert len(server.messages) == 1
    assert [state for _, _, state, _ in states()] == ["sent", "sent"]


def test_an_award_of_a_digest_that_failed_can_be_tried_again_by_itself(server):
    bob = who_wants("bob@example.org", "digest")
    awarded("bob@example.org")
    a_day_passes()
    server.answers["RCPT"] = "550 no such person"
    work()
    server.answers.clear()
    notifications.choose(bob, {Notice.Kind.AWARD: Choice.NOW})

    notices.retry(Notice.objects.get(kind="award").pk)
    work()

    assert [message["Subject"] for message in server.messages] == [
        "[Rosette] Congratulations, you earned a badge!"
    ]
    notices.retry(Notice.objects.get(kind="digest").pk)
    work()
    assert len(server.messages) == 1


def test_a_digest_is_sent_once_however_often_it_is_asked_for(server):
    who_wants("bob@example.org", "digest")
    awarded("bob@example.org")
    a_day_passes()
    for _ in range(2):
        send_digests.func()
    numbers = list(Notice.objects.filter(kind="digest").values_list("pk", flat=True))
    for _ in range(2):
        send_notices.func(numbers)

    assert len(server.messages) == len(numbers) == 1


@pytest.mark.skipif(DATABASE != "postgresql", reason="SQLite has one writer at a time")
@pytest.mark.django_db(transaction=True)
def test_two_workers_who_make_digests_at_a_time_make_one_for_each():
    people = [f"p{number}@example.org" for number in range(30)]
    for email in people:
        who_wants(email, "digest")
    awarded(*people)
    a_day_passes()
    start = threading.Barrier(2)

    def make():
        start.wait()
        digests.make()
        connection.close()

    workers = [threading.Thread(target=make) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert Notice.objects.filter(kind="digest").count() == 30
    assert not Held.objects.filter(digest=None).exists()


# Requests


@pytest.fixture
def badge():
    return factories.badgeclass()


def test_staff_who_may_approve_are_told_of_requests_once_a_day(badge):
    for role in ("viewer", "staff"):
        person = factories.user(f"{role}@example.org")
        IssuerStaff.objects.create(issuer=badge.issuer, user=person, role=role)
    link = asked_for_badge(badge, "bob@example.org", "carol@example.org")
    work()
    assert mail.outbox == []
    assert sorted(to for _, to, _, _ in states(kind="requests")) == [
        "ada@example.org",
        "staff@example.org",
    ]

    a_day_passes()
    work()

    assert sorted(letter.to[0] for letter in mail.outbox) == [
        "ada@example.org",
        "staff@example.org",
    ]
    page = f"{ORIGIN}/badges/{badge.entity_id}/links/{link.entity_id}"
    assert (
        mail.outbox[0].body
        == f"""Hello,

Requests for badges wait for you:

* Harbor Learning: 2 requests for Knot Tying (Harbor day)
  {page}

--\x20
Sent by Rosette to {mail.outbox[0].to[0]}, once a day. Choose which mails you get:
{ORIGIN}/account/notifications
"""
    )


def test_whoever_wants_it_is_told_of_each_request_at_once(badge):
    who_wants("ada@example.org", "now", "requests")
    link = asked_for_badge(badge, "bob@example.org")
    work()
    asked_for_badge(badge, "carol@example.org")
    work()

    first, second = mail.outbox
    assert first.subject == "[Rosette] A request for a badge waits at Harbor Learning"
    assert second.subject == "[Rosette] 2 requests for badges wait at Harbor Learning"
    page = f"{ORIGIN}/badges/{badge.entity_id}/links/{link.entity_id}"
    assert f"Knot Tying (Harbor day): 1\n    {page}\n" in first.body
    assert f'href="{page}"' in first.alternatives[0].content


@pytest.mark.parametrize("how", ["now", "digest"])
def test_while_a_mail_waits_no_second_one_is_asked_for(badge, how):
    who_wants("ada@example.org", how, "requests")
    asked_for_badge(badge, "bob@example.org", "carol@example.org")
    assert len(states(kind="requests")) == 1
    work()
    if how == "digest":
        asked_for_badge(badge, "dan@example.org")
        a_day_passes()
        work()

    assert len(states(kind="requests")) == 1
    assert len(mail.outbox) == 1


def test_what_is_asked_for_while_a_mail_is_being_sent_is_told_by_another_one(badge):
    who_wants("ada@example.org", "now", "requests")
    asked_for_badge(badge, "bob@example.org")
    under_way = {"attempts": 1, "due_at": timezone.now() + timedelta(minutes=15)}
    Notice.objects.filter(kind="requests").update(**under_way)

    asked_for_badge(badge, "carol@example.org")
    assert len(states(kind="requests")) == 2
    Notice.objects.filter(attempts=1).update(last_error="451 not now")
    asked_for_badge(badge, "dan@example.org")

    assert len(states(kind="requests")) == 2


@pytest.mark.skipif(DATABASE != "postgresql", reason="SQLite has one writer at a time")
@pytest.mark.django_db(transaction=True)
def test_of_people_who_ask_at_the_same_moment_staff_are_told_by_one_mail(badge):
    link = asked_for_badge(badge)
    people = [factories.user(f"p{number}@example.org") for number in range(6)]
    start = threading.Barrier(len(people))

    def ask(person):
        start.wait()
        claim_links.take(link, person, person.addresses()[0].email)
        connection.close()

    asking = [threading.Thread(target=ask, args=[person]) for person in people]
    for one in asking:
        one.start()
    for one in asking:
        one.join()

    assert ClaimRequest.objects.filter(state="waiting").count() == 6
    assert len(states(kind="requests")) == 1


def test_two_issuers_are_told_of_apart(badge):
    other = factories.badgeclass(factories.issuer(badge.issuer.created_by, name="Pier School"))
    asked_for_badge(badge, "bob@example.org")
    asked_for_badge(other, "carol@example.org")
    work()
    a_day_passes()
    work()

    [letter] = mail.outbox
    assert "Harbor Learning: 1 request for Knot Tying" in letter.body
    assert "Pier School: 1 request for Knot Tying" in letter.body


@pytest.mark.parametrize("gone", ["decided", "left", "issuer"])
@pytest.mark.parametrize("how", ["now", "digest"])
def test_requests_that_are_over_or_not_theirs_any_more_are_not_told(badge, how, gone):
    who_wants("ada@example.org", how, "requests")
    asked_for_badge(badge, "bob@example.org")
    if how == "digest":
        work()
    match gone:
        case "decided":
            ClaimRequest.objects.update(state="declined")
        case "left":
            IssuerStaff.objects.all().delete()
        case "issuer":
            badge.issuer.deleted_at = timezone.now()
            badge.issuer.save()
    a_day_passes()
    work()

    assert mail.outbox == []
    assert [state for _, _, state, _ in states(kind="requests")] == ["skipped"]


@pytest.mark.parametrize("how", ["now", "digest"])
def test_staff_who_have_another_address_by_then_are_told_there_or_not_at_the_old_one(badge, how):
    ada = who_wants("ada@example.org", how, "requests")
    asked_for_badge(badge, "bob@example.org")
    if how == "digest":
        work()
    EmailAddress.objects.filter(user=ada).update(email="ada@new.example")
    a_day_passes()
    work()

    assert [letter.to for letter in mail.outbox] == [["ada@new.example"]] * (how == "digest")


def test_nobody_is_told_of_what_is_given_out_without_approval(badge):
    link = claim_links.make(
        badge, Wish(title="Harbor day"), by=Actor.person(badge.issuer.created_by)
    )
    claim_links.take(link, factories.user("bob@example.org"), "bob@example.org")

    assert states(kind="requests") == []


# What is told to owners


def test_owners_are_told_of_lost_domains_and_disabled_webhooks_as_they_wish(badge):
    at, issuer = timezone.now(), badge.issuer
    for kind in ("domain_lost", "webhook_disabled"):
        who_wants("ada@example.org", "digest", kind)
        add_staff_notices(Notice.Kind(kind), issuer.pk, at=at)
    issuer.proven_domain, issuer.proof_lost_at = "harbor.example.org", at
    issuer.save()
    Webhook.objects.create(
        issuer=issuer,
        url="https://hook.example.org/secret",
        disabled_at=at,
        created_at=at,
        updated_at=at,
    )
    notices.send(list(Notice.objects.values_list("pk", flat=True)))
    assert mail.outbox == []
    a_day_passes()
    work()

    [letter] = mail.outbox
    assert "The proof that harbor.example.org belongs to Harbor Learning is gone" in letter.body
    assert "A webhook of Harbor Learning was disabled, because it did not answer" in letter.body
    assert "secret" not in letter.body
