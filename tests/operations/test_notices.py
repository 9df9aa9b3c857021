"""The mails that Rosette sends of its own accord, and what becomes of them."""

import threading
import time
from datetime import timedelta
from email.message import EmailMessage
from io import BytesIO
from unittest.mock import patch

import pytest
from django.core import mail
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from PIL import Image

from rosette.errors import NotFound
from rosette.models import Assertion, EmailAddress, Notice
from rosette.operations import accounts, addresses, letters, notices, unsubscribing
from tests import factories, mailserver
from tests.environment import DATABASE, ORIGIN
from tests.services import free_port

pytestmark = pytest.mark.django_db


def drawn() -> bytes:
    """A small picture as PNG."""
    content = BytesIO()
    Image.new("RGB", (9, 9)).save(content, "PNG")
    return content.getvalue()


PNG = drawn()
SVG = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><rect width="9" height="9"/></svg>'
)


def queued(*emails, **fields):
    """Award notices to these addresses, queued; their row numbers."""
    badgeclass = factories.badgeclass()
    awards = [factories.assertion(badgeclass, to=email, **fields) for email in emails]
    notices.queue_award_notices([(row.pk, row.recipient_identity) for row in awards])
    return list(Notice.objects.order_by("pk").values_list("pk", flat=True))


def states():
    return list(Notice.objects.order_by("pk").values_list("to", "state", "attempts", "last_error"))


def jobs():
    return [
        (job.task_path, job.args_kwargs["kwargs"])
        for job in DBTaskResult.objects.order_by("enqueued_at")
    ]


def due_again():
    """The time that attempts wait for has come."""
    Notice.objects.update(due_at=timezone.now())


def sent() -> EmailMessage:
    """The one message that was sent, as a mail program sees it."""
    [message] = mail.outbox
    return mailserver.parsed(message.message().as_bytes())


def text(message: EmailMessage) -> str:
    part = message.get_body(("plain",))
    assert part is not None
    return part.get_content()


def html(message: EmailMessage) -> str:
    part = message.get_body(("html",))
    assert part is not None
    return part.get_content()


def shape(part):
    """Media types, nested as the parts are."""
    if part.is_multipart():
        return (part.get_content_type(), [shape(inner) for inner in part.iter_parts()])
    return part.get_content_type()


# Asking


def test_one_award_is_one_notice_and_one_job(django_assert_num_queries):
    award = factories.assertion()

    with django_assert_num_queries(2):
        notices.queue_award_notices([(award.pk, "bob@example.org")])

    notice = Notice.objects.get()
    assert (notice.kind, notice.to, notice.assertion_id, notice.state, notice.user_id) == (
        "award",
        "bob@example.org",
        award.pk,
        "queued",
        None,
    )
    assert notice.created_at == notice.due_at
    assert timezone.now() - notice.created_at < timedelta(seconds=10)
    assert jobs() == [("rosette.tasks.send_notices", {"notice_ids": [notice.pk]})]


def test_many_awards_are_one_statement_and_a_job_for_each_hundred(django_assert_num_queries):
    award = factories.assertion()
    awards = [(award.pk, f"person{number}@example.org") for number in range(250)]

    with django_assert_num_queries(4):
        notices.queue_award_notices(awards)

    rows = list(Notice.objects.order_by("pk").values_list("pk", "to"))
    assert sorted(to for _, to in rows) == sorted(to for _, to in awards)
    asked = [arguments["notice_ids"] for _, arguments in jobs()]
    assert [len(numbers) for numbers in asked] == [100, 100, 50]
    assert sorted(number for numbers in asked for number in numbers) == [pk for pk, _ in rows]


def test_no_awards_are_no_notices_and_no_job():
    notices.queue_award_notices([])

    assert (states(), jobs()) == ([], [])


# What the award notice says


def test_an_award_notice_leads_somebody_without_account_to_their_claim():
    [number] = queued("bob@example.org")
    award = Assertion.objects.get()
    page = f"{ORIGIN}/public/assertions/{award.entity_id}"
    unsubscribe = f"{ORIGIN}/unsubscribe/{unsubscribing.unsubscribe_token(Notice.objects.get())}"

    with patch("django.core.signing.time.time", lambda: 1_790_000_000):  # one link, not two
        notices.send([number])
        claim = f"{ORIGIN}/claim/{letters.claim_token(award)}"

    message = sent()
    assert message["Subject"] == "[Rosette] Congratulations, you earned a badge!"
    assert message["From"] == "Harbor Learning <badges@localhost>"
    assert message["To"] == "bob@example.org"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["List-Unsubscribe"].strip() == f"<{unsubscribe}>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert shape(message) == ("multipart/alternative", ["text/plain", "text/html"])
    assert (
        text(message)
        == f"""Congratulations!

Harbor Learning awarded you the badge "Knot Tying".

Ties knots

Claim it to keep it together with your other badges and to show it where you like.

See and claim your badge (this link is for you alone): {claim}
Its public page, which you can pass on: {page}
Download it as an image that proves itself: {page}/baked

Awarded by: Harbor Learning
https://harbor.example.org
ada@example.org

--\x20
Sent by Rosette to bob@example.org. To get no more of these emails:
{unsubscribe}
"""
    )
    for link in (claim, page, f"{page}/baked", unsubscribe, "https://harbor.example.org"):
        assert f'href="{link}"' in html(message)
    assert "<img" not in html(message)
    notice = Notice.objects.get()
    assert (notice.state, notice.attempts, notice.last_error) == ("sent", 1, "")
    assert notice.sent_at is not None


def test_an_award_notice_tells_the_owner_of_an_account_where_the_badge_is():
    factories.user("bob@example.org")

    notices.send(queued("BOB@example.org"))

    said = "It waits for you in your account on Rosette."
    assert said in text(sent())
    assert said in html(sent())
    assert "Claim it" not in text(sent()) + html(sent())


def test_an_unverified_account_does_not_count_as_one():
    factories.user("bob@example.org", verified=False)

    notices.send(queued("bob@example.org"))

    assert "Claim it" in text(sent())


@pytest.mark.parametrize(("ending", "image"), [("png", PNG), ("svg", SVG)], ids=["png", "svg"])
def test_the_badge_image_is_part_of_the_html_as_png(ending, image):
    name = f"images/{'ab' * 32}.{ending}"
    default_storage.save(name, ContentFile(image))
    award = factories.assertion(factories.badgeclass(image=name))
    notices.queue_award_notices([(award.pk, "bob@example.org")])

    notices.send([Notice.objects.get().pk])

    message = sent()
    assert shape(message) == (
        "multipart/related",
        [("multipart/alternative", ["text/plain", "text/html"]), "image/png"],
    )
    inline = list(message.iter_parts())[1]
    assert (inline["Content-ID"], inline.get_content_disposition()) == ("<badge>", "inline")
    assert inline.get_content()[:8] == PNG[:8]
    assert '<img src="cid:badge" alt="Knot Tying"' in html(message)


def test_w27_the_issuers_name_keeps_its_punctuation():
    award = factories.assertion(factories.badgeclass(factories.issuer(name='Harbor Co., "North"')))
    notices.queue_award_notices([(award.pk, "bob@example.org")])

    notices.send([Notice.objects.get().pk])

    [sender] = sent()["From"].addresses
    assert (sender.display_name, sender.addr_spec) == ('Harbor Co., "North"', "badges@localhost")
    assert 'Harbor Co., "North" awarded you' in text(sent())


def test_names_in_all_scripts_arrive_whole():
    name = "Göteborgs båtklubb 港湾学習 🏅" * 8
    award = factories.assertion(factories.badgeclass(factories.issuer(name=name)))
    notices.queue_award_notices([(award.pk, "bob@example.org")])

    notices.send([Notice.objects.get().pk])

    assert sent()["From"].addresses[0].display_name == name
    assert f"{name} awarded you" in text(sent())


def test_nobody_smuggles_a_header_in_by_a_name(settings):
    settings.ROSETTE = settings.ROSETTE.model_copy(
        update={"site_name": "Site\r\nBcc: eve@example.org"}
    )
    issuer = factories.issuer(name="Eve\r\nBcc: eve@example.org\n\n<script>")
    award = factories.assertion(factories.badgeclass(issuer))
    notices.queue_award_notices([(award.pk, "bob@example.org")])

    notices.send([Notice.objects.get().pk])

    message = sent()
    assert mail.outbox[0].recipients() == ["bob@example.org"]
    assert "Bcc" not in message
    assert message["Subject"] == (
        "[Site Bcc: eve@example.org] Congratulations, you earned a badge!"
    )
    assert [item.addr_spec for item in message["From"].addresses] == ["badges@localhost"]
    assert "<script>" not in html(message)


@pytest.mark.parametrize(
    "address", ["bob", "bob@example.org, eve@example.org", "a@b.org\nBcc: e@e.org"]
)
def test_what_is_no_single_address_is_not_written_to(address):
    notices.send(queued(address))

    assert mail.outbox == []
    [(_, state, attempts, why)] = states()
    assert (state, attempts) == ("failed", 1)
    assert why.startswith("ValidationError:")


# What is not sent


def test_an_unsubscribed_address_gets_no_award_notice():
    earlier = Notice.objects.create(kind="award", to="bob@example.org", state="sent")
    unsubscribing.unsubscribe(unsubscribing.unsubscribe_token(earlier))
    earlier.delete()

    notices.send(queued("Bob@Example.org", "carol@example.org"))

    assert [message.to for message in mail.outbox] == [["carol@example.org"]]
    assert states() == [
        ("Bob@Example.org", "skipped", 1, "the address is unsubscribed"),
        ("carol@example.org", "sent", 1, ""),
    ]


def test_a_revoked_award_is_not_announced():
    numbers = queued("bob@example.org")
    Assertion.objects.update(revoked_at=timezone.now())

    notices.send(numbers)

    assert mail.outbox == []
    assert states() == [("bob@example.org", "skipped", 1, "the award was revoked")]


def test_a_notice_whose_person_is_gone_is_passed_over():
    ada = factories.user("ada@example.org", verified=False)
    addresses.ask_for_mail(Notice.Kind.VERIFY_ADDRESS, ada, "ada@example.org")
    number = Notice.objects.get().pk
    ada.delete()

    notices.send([number, 10**9])

    assert mail.outbox == []


@pytest.mark.parametrize(
    ("change", "why"),
    [({"verified": True}, "the address is verified"), (None, "the address was given up")],
)
def test_a_settled_address_is_not_asked_about(change, why):
    ada = factories.user("ada@example.org", verified=False)
    addresses.ask_for_mail(Notice.Kind.VERIFY_ADDRESS, ada, "ada@example.org")
    found = EmailAddress.objects.filter(user=ada)
    found.update(**change) if change else found.delete()

    notices.send([Notice.objects.get().pk])

    assert (mail.outbox, states()) == ([], [("ada@example.org", "skipped", 1, why)])


# The other mails


def test_the_mail_that_verifies_an_address_carries_a_link_that_does():
    ada = factories.user("ada@example.org", verified=False)
    addresses.ask_for_mail(Notice.Kind.VERIFY_ADDRESS, ada, "ada@example.org")

    notices.send([Notice.objects.get().pk])

    message = sent()
    assert message["Subject"] == "Confirm Your Rosette Account"
    assert message["From"] == "Rosette <badges@localhost>"
    assert "List-Unsubscribe" not in message
    [link] = [line for line in text(message).splitlines() if line.startswith(ORIGIN)]
    assert f'href="{link}"' in html(message)
    token = link.removeprefix(f"{ORIGIN}/v2/auth/confirm-email/")
    assert addresses.verify(token) is addresses.Verification.DONE


def test_the_mail_about_a_forgotten_password_carries_a_link_that_sets_one():
    ada = factories.user("ada@example.org")
    accounts.start_password_reset("ada@example.org")

    notices.send([Notice.objects.get().pk])

    message = sent()
    assert message["Subject"] == "Reset your Rosette password"
    [link] = [line for line in text(message).splitlines() if line.startswith(ORIGIN)]
    assert f'href="{link}"' in html(message)
    token = link.removeprefix(f"{ORIGIN}/v2/auth/forgot-password?token=")
    assert accounts.reset_password(token, "splices and knots") == ada


def test_the_mail_about_a_changed_password_says_so():
    ada = factories.user("ada@example.org")
    addresses.ask_for_mail(Notice.Kind.PASSWORD_CHANGED, ada, "ada@example.org")

    notices.send([Notice.objects.get().pk])

    assert sent()["Subject"] == "Your password has been successfully changed"
    assert (
        text(sent())
        == f"""Hello,

the password of your account on Rosette has been changed.

If it was not you, ask for a new one at once, and tell the people who run Rosette:
{ORIGIN}

--\x20
Sent by Rosette to ada@example.org.
"""
    )


# Conversations with a mail server


def test_all_notices_of_a_job_go_over_one_connection(server):
    numbers = queued("bob@example.org", "carol@example.org", "dan@example.org")

    notices.send(numbers)

    assert server.connections == 1
    assert [recipients for _, recipients, _ in server.envelopes] == [
        ["<bob@example.org>"],
        ["<carol@example.org>"],
        ["<dan@example.org>"],
    ]
    assert {sender for sender, _, _ in server.envelopes} == {"<badges@localhost>"}
    assert {state for _, state, _, _ in states()} == {"sent"}


def test_a_notice_is_sent_once_however_often_it_is_asked_for(server):
    numbers = queued("bob@example.org")

    notices.send([*numbers, *numbers])
    notices.send(numbers)

    assert len(server.envelopes) == 1


def test_a_person_that_the_server_does_not_know_fails_at_once_and_keeps_nobody_back(server):
    server.answers["RCPT"] = lambda line: "550 no such person" if "bob" in line else "250 fine"

    notices.send(queued("bob@example.org", "carol@example.org"))

    assert [message["To"] for message in server.messages] == ["carol@example.org"]
    [bob, carol] = states()
    assert bob[:3] == ("bob@example.org", "bounced", 1)
    assert "550" in bob[3]
    assert carol == ("carol@example.org", "sent", 1, "")
    assert len(jobs()) == 1  # the first; nobody is written to again


def test_a_mail_that_the_server_takes_for_unwanted_fails_at_once(server):
    server.answers["CONTENT"] = "554 smells of spam"

    notices.send(queued("bob@example.org"))

    [(_, state, attempts, why)] = states()
    assert (state, attempts) == ("bounced", 1)
    assert "smells of spam" in why


@pytest.mark.parametrize("command", ["RCPT", "MAIL", "CONTENT", "DATA"])
def test_a_notice_that_the_server_will_take_later_is_sent_later(server, command):
    server.answers[command] = "451 not now"
    numbers = queued("bob@example.org", "carol@example.org")

    notices.send(numbers)
    notices.send(numbers)  # is not due yet

    assert server.connections == 1
    assert [(to, state, attempts) for to, state, attempts, _ in states()] == [
        ("bob@example.org", "queued", 1),
        ("carol@example.org", "queued", 1),
    ]
    # One asks for the next attempt, the other for whoever looked too early.
    assert jobs()[1:] == [("rosette.tasks.send_notices", {"notice_ids": numbers})] * 2
    wait = DBTaskResult.objects.order_by("enqueued_at").last().run_after - timezone.now()
    assert timedelta(seconds=5) < wait <= timedelta(seconds=15)

    server.answers.clear()
    due_again()
    notices.send(numbers)
    assert [state for _, state, _, _ in states()] == ["sent", "sent"]


def test_a_server_that_refuses_connections_is_asked_once_for_all_notices(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    numbers = queued("bob@example.org", "carol@example.org")

    notices.send(numbers)

    assert [(state, attempts) for _, state, attempts, _ in states()] == [("queued", 1)] * 2
    assert {why.partition(":")[0] for *_, why in states()} == {"ConnectionRefusedError"}
    assert jobs()[1:] == [("rosette.tasks.send_notices", {"notice_ids": numbers})]


@pytest.mark.parametrize("command", ["CONNECT", "EHLO", "MAIL", "RCPT", "DATA", "CONTENT"])
def test_a_server_that_hangs_holds_the_worker_for_one_timeout_only(server, settings, command):
    server.answers[command] = None
    numbers = queued(*(f"person{number}@example.org" for number in range(20)))
    began = time.monotonic()

    notices.send(numbers)

    assert time.monotonic() - began < 10 * settings.EMAIL_TIMEOUT
    assert server.connections == 1
    assert {(state, attempts) for _, state, attempts, _ in states()} == {("queued", 1)}


def test_a_server_that_hangs_at_goodbye_has_taken_the_mail(server):
    server.answers["QUIT"] = None

    notices.send(queued("bob@example.org"))

    assert states() == [("bob@example.org", "sent", 1, "")]


def test_a_refused_login_is_the_operators_to_mend_and_costs_no_notice(server, settings):
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "rosette", "wrong"

    notices.send(queued("bob@example.org", "carol@example.org"))

    assert server.envelopes == []
    assert [(state, attempts) for _, state, attempts, _ in states()] == [("queued", 1)] * 2
    assert {why.partition(":")[0] for *_, why in states()} == {"SMTPNotSupportedError"}


def test_the_log_names_no_recipient(server, caplog):
    server.answers["RCPT"] = "550 no such person here: bob@example.org"
    [number] = queued("bob@example.org")

    notices.send([number])

    assert [record.getMessage() for record in caplog.records] == [
        f"notice {number}: SMTPRecipientsRefused"
    ]
    assert "bob@example.org" in Notice.objects.get().last_error


def test_after_the_last_attempt_a_notice_has_failed(server):
    server.answers["RCPT"] = "451 not now"
    [number] = queued("bob@example.org")
    waits = []

    for _ in range(9):
        notices.send([number])
        notice = Notice.objects.get()
        waits.append(round((notice.due_at - timezone.now()).total_seconds() / 60))
        due_again()

    assert waits[:7] == [0, 1, 5, 30, 120, 360, 1440]
    assert (notice.state, notice.attempts) == ("failed", 8)
    assert len(jobs()) == 1 + 7


def test_a_repeated_attempt_bears_the_same_message_id(server):
    server.answers["CONTENT"] = None  # takes it, and never says so
    numbers = queued("bob@example.org")
    notices.send(numbers)
    server.answers.clear()
    due_again()

    notices.send(numbers)

    notice = Notice.objects.get()
    [message] = server.messages
    assert message["Message-ID"] == (
        f"<award.{notice.pk}.{notice.created_at:%Y%m%d%H%M%S}@badges.example.org>"
    )


def test_a_notice_that_cannot_be_written_keeps_nobody_back(server):
    numbers = queued("bob@example.org", "carol@example.org")
    Notice.objects.filter(to="bob@example.org").update(kind="unheard of")

    notices.send(numbers)

    assert states() == [
        ("bob@example.org", "queued", 1, "ValueError: 'unheard of' is not a valid Notice.Kind"),
        ("carol@example.org", "sent", 1, ""),
    ]


@pytest.mark.skipif(DATABASE != "postgresql", reason="SQLite has one writer at a time")
@pytest.mark.django_db(transaction=True)
def test_two_workers_with_the_same_job_send_each_notice_once(server):
    numbers = queued(*(f"person{number}@example.org" for number in range(30)))
    start = threading.Barrier(2)

    def work():
        start.wait()
        notices.send(numbers)
        connection.close()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    recipients = [recipient for _, [recipient], _ in server.envelopes]
    assert sorted(recipients) == sorted(f"<person{number}@example.org>" for number in range(30))


@pytest.mark.skipif(DATABASE != "postgresql", reason="a file does not go away")
@pytest.mark.django_db(transaction=True)
def test_what_was_taken_is_noted_though_the_database_goes_away_at_that_moment(server):
    numbers = queued("bob@example.org", "carol@example.org")

    def cut(_line):
        with connection.cursor() as cursor:  # one of this thread's own
            cursor.execute("SELECT pg_terminate_backend(%s)", [ours])
        connection.close()
        del server.answers["CONTENT"]
        return "250 taken"

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (ours,) = cursor.fetchone()
    server.answers["CONTENT"] = cut

    notices.send(numbers)

    assert states() == [("bob@example.org", "sent", 1, ""), ("carol@example.org", "sent", 1, "")]
    assert len(server.envelopes) == 2


# What a worker leaves behind that dies


def test_a_notice_whose_worker_died_is_taken_up_again():
    numbers = queued("bob@example.org", "carol@example.org")
    DBTaskResult.objects.all().delete()
    Notice.objects.filter(to="bob@example.org").update(
        attempts=1, due_at=timezone.now() - timedelta(minutes=61)
    )

    notices.resume_lost()

    assert jobs() == [("rosette.tasks.send_notices", {"notice_ids": numbers[:1]})]
    notices.send(numbers[:1])
    assert [message.to for message in mail.outbox] == [["bob@example.org"]]


def test_notices_that_wait_their_turn_are_not_lost():
    queued("bob@example.org")
    Notice.objects.update(due_at=timezone.now() - timedelta(hours=5))

    notices.resume_lost()

    assert len(jobs()) == 1


def test_a_notice_is_sent_at_once_though_the_clock_went_back_since_it_was_asked_for(server):
    numbers = queued("bob@example.org")
    Notice.objects.update(due_at=timezone.now() + timedelta(hours=1))

    notices.send(numbers)

    assert states() == [("bob@example.org", "sent", 1, "")]


def test_a_notice_that_is_looked_at_before_its_time_is_asked_for_again():
    numbers = queued("bob@example.org", "carol@example.org")
    Notice.objects.update(attempts=1, due_at=timezone.now() + timedelta(minutes=5))
    DBTaskResult.objects.all().delete()

    notices.send(numbers)

    assert jobs() == [("rosette.tasks.send_notices", {"notice_ids": numbers})]
    wait = DBTaskResult.objects.get().run_after - timezone.now()
    assert timedelta(minutes=4, seconds=58) < wait <= timedelta(minutes=5, seconds=1)


# Looking at it


def test_the_outbox_tells_how_many_are_in_each_state_and_what_troubles_them(server):
    server.answers["RCPT"] = lambda line: "550 no such person" if "bob" in line else "250 fine"
    notices.send(queued("bob@example.org", "carol@example.org"))

    found = notices.outbox_state()

    assert found.counts == {
        "queued": 0,
        "held": 0,
        "sent": 1,
        "failed": 0,
        "bounced": 1,
        "skipped": 0,
        "captured": 0,
    }
    assert [(item.to, item.state) for item in found.troubled] == [("bob@example.org", "bounced")]


# Unsubscribing


def test_w15_unsubscribing_by_a_notices_token_ends_award_notices_to_its_address():
    queued("Bob@example.org")
    token = unsubscribing.unsubscribe_token(Notice.objects.get())

    unsubscribing.unsubscribe(token)
    unsubscribing.unsubscribe(token)

    assert unsubscribing.is_unsubscribed("BOB@example.org")
    assert token.startswith(f"{Notice.objects.get().pk}:")


@pytest.mark.parametrize("wrong", ["", "1", "1:x", "x:y"])
def test_a_wrong_unsubscribe_token_is_not_found(wrong):
    with pytest.raises(NotFound):
        unsubscribing.unsubscribe(wrong)


@pytest.mark.parametrize(
    ("kind", "subject"),
    [
        ("two_step_on", "[Rosette] Two-step sign-in was switched on"),
        ("two_step_off", "[Rosette] Two-step sign-in was switched off"),
        ("recovery_codes", "[Rosette] New recovery codes were made"),
        ("passkey_added", "[Rosette] A passkey was added"),
        ("passkey_removed", "[Rosette] A passkey was removed"),
        ("key_added", "[Rosette] An API key was made"),
    ],
)
def test_what_opens_an_account_does_not_change_unseen(kind, subject):
    addresses.tell(kind, factories.user())
    (notice,) = Notice.objects.all()

    notices.send([notice.pk])

    (letter,) = mail.outbox
    assert (letter.subject, letter.to) == (subject, ["ada@example.org"])
    assert f"{subject.partition('] ')[2]} for your account on Rosette, on " in letter.body
    assert f"{ORIGIN}/account/security" in letter.body
    assert f'href="{ORIGIN}/account/security"' in letter.alternatives[0].content


def test_nobody_is_told_at_an_address_that_is_not_theirs_for_sure():
    addresses.tell(Notice.Kind.KEY_ADDED, factories.user(verified=False))

    assert not Notice.objects.exists()


def test_a_mail_can_be_sent_to_see_whether_mail_works():
    ada = factories.user()
    asked = notices.send_test(ada)

    notices.send([asked.pk])

    (letter,) = mail.outbox
    assert (letter.subject, letter.to) == ("[Rosette] Mail works", ["ada@example.org"])
    assert notices.last_test(ada).state == "sent"
