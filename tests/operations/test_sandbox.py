"""Sandboxes: what is tried out in them reaches nobody, and says that it is a test."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone

from rosette.errors import InvalidInput, NotFound, NotPermitted
from rosette.models import (
    Assertion,
    AuditEntry,
    BadgeClass,
    CapturedMail,
    ClaimLink,
    ClaimRequest,
    EmailAddress,
    Emptying,
    Endorsement,
    Issuer,
    IssuerStaff,
    Notice,
    Pathway,
    PathwayCompletion,
    Tally,
    Unsubscribed,
    User,
)
from rosette.operations import (
    backpack,
    catalogue,
    claim_links,
    claims,
    collections,
    endorsements,
    house,
    insights,
    invitations,
    issuers,
    leaving,
    letters,
    notices,
    pathways,
    policies,
    progress,
    sandbox,
    unsubscribing,
)
from rosette.operations.collections import CollectionWish
from rosette.operations.insights import Filters
from rosette.operations.pathways import PathwayWish, StepWish
from rosette.operations.policies import Actor
from tests import factories
from tests.environment import ORIGIN
from tests.sandboxes import BOB, award, example, work

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada() -> User:
    return factories.user()


@pytest.fixture
def tried(ada: User) -> Issuer:
    """Ada's sandbox."""
    return sandbox.open_for(ada)


def test_everybody_has_one_sandbox_of_their_own_which_is_made_when_first_opened(ada: User) -> None:
    assert sandbox.of_person(ada) is None
    made = sandbox.open_for(ada)
    assert sandbox.open_for(ada) == made
    assert sandbox.of_person(ada) == made
    assert (made.sandbox, made.name) == (True, "Sandbox")
    assert [badge.name for badge in BadgeClass.objects.filter(issuer=made)] == ["Example badge"]
    assert sandbox.of_person(factories.user("bob@example.org")) is None


def test_a_sandbox_does_not_publish_the_address_of_its_maker(ada: User) -> None:
    made = sandbox.open_for(ada)
    assert made.email == issuers.site_email()
    assert "ada@" not in made.email


def test_the_making_is_noted(ada: User) -> None:
    made = sandbox.open_for(ada)
    entry = AuditEntry.objects.get(action="issuer.create")
    assert entry.name == made.entity_id
    assert '"sandbox":true' in entry.details.replace(" ", "")


def test_whoever_may_make_no_issuer_may_make_no_sandbox() -> None:
    with pytest.raises(NotPermitted):
        sandbox.open_for(factories.user("bob@example.org", verified=False))
    assert not Issuer.objects.exists()


def test_an_issuer_that_was_none_never_becomes_a_sandbox(ada: User) -> None:
    harbor = factories.issuer(ada)
    issuers.change(harbor, {"name": "Harbor", "sandbox": True}, by=Actor.person(ada))
    harbor.refresh_from_db()
    assert not harbor.sandbox
    assert sandbox.of_person(ada) is None


def test_after_its_removal_a_new_one_is_made(ada: User) -> None:
    first = sandbox.open_for(ada)
    issuers.remove(first, by=Actor.person(ada))
    assert sandbox.open_for(ada).pk != first.pk


def test_a_mail_of_a_sandbox_is_made_as_it_would_be_sent_and_sent_to_nobody(tried: Issuer) -> None:
    award(tried)
    work()

    assert mail.outbox == []
    kept = CapturedMail.objects.get()
    assert (kept.issuer, kept.kind, kept.to) == (tried, "award", BOB)
    assert kept.subject == "[Rosette] Congratulations, you earned a badge!"
    (claim,) = re.findall(rf"{ORIGIN}/claim/(\S+)", kept.text)
    assert claims.find(claim).address == BOB
    assert f'href="{ORIGIN}/claim/{claim}"' in kept.html
    assert 'src="cid:badge"' in kept.html
    assert kept.picture == example(tried).image
    notice = Notice.objects.get()
    assert (notice.state, notice.sent_at, notice.last_error) == ("captured", None, "")


def test_mails_of_other_issuers_are_sent_in_the_same_breath(ada: User, tried: Issuer) -> None:
    harbor = factories.issuer(ada)
    factories.badgeclass(harbor)
    made = [award(tried), award(harbor)]
    numbers = list(Notice.objects.order_by("pk").values_list("pk", flat=True))
    notices.send(numbers)

    assert [letter.from_email for letter in mail.outbox] == ["Harbor Learning <badges@localhost>"]
    states = [Notice.objects.get(assertion_id=each.id).state for each in made]
    assert states == ["captured", "sent"]


def test_an_invitation_to_work_at_a_sandbox_is_an_ordinary_mail(ada: User, tried: Issuer) -> None:
    invitations.invite(tried, "dora@example.org", "editor", by=Actor.person(ada))
    work()
    assert [letter.to for letter in mail.outbox] == [["dora@example.org"]]
    assert not CapturedMail.objects.exists()


def test_only_the_newest_mails_are_kept(tried: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "MAILS_MAX", 3)
    for number in range(5):
        award(tried, f"b{number}@example.org")
    work()
    kept = list(CapturedMail.objects.order_by("pk").values_list("to", flat=True))
    assert kept == ["b2@example.org", "b3@example.org", "b4@example.org"]


def test_a_captured_mail_tells_nothing_of_whoever_has_the_address(tried: Issuer) -> None:
    factories.user(BOB)
    award(tried)
    award(tried, "nobody@example.org")
    work()
    first, second = CapturedMail.objects.order_by("pk").values_list("text", flat=True)
    assert "It waits for you in your account" not in first
    assert first.count("\n") == second.count("\n")


def test_x6_a_captured_mail_unsubscribes_nobody(tried: Issuer) -> None:
    award(tried)
    work()
    unsubscribing.unsubscribe(unsubscribing.unsubscribe_token(Notice.objects.get()))
    assert not Unsubscribed.objects.exists()


def test_x6_a_captured_link_makes_no_account_for_somebody_elses_address(tried: Issuer) -> None:
    made = award(tried)
    token = letters.claim_token(Assertion.objects.get(pk=made.id))
    with pytest.raises(InvalidInput):
        claims.join(token, first_name="Eve", last_name="Vale", password="knots and splices")
    assert not EmailAddress.objects.filter(email=BOB).exists()


def test_x6_a_captured_link_proves_no_address(tried: Issuer) -> None:
    eve = factories.user("eve@example.org")
    EmailAddress.objects.create(user=eve, email=BOB, verified=False)
    token = letters.claim_token(Assertion.objects.get(pk=award(tried).id))
    with pytest.raises(InvalidInput):
        claims.take(token, by=eve)
    # Whoever works there has read the mail, too.
    IssuerStaff.objects.create(issuer=tried, user=eve, role="owner")
    with pytest.raises(InvalidInput):
        claims.take(token, by=eve)
    assert not EmailAddress.objects.get(email=BOB).verified


def test_whoever_works_there_claims_what_they_awarded_to_themselves(
    ada: User, tried: Issuer
) -> None:
    made = award(tried, "ada@example.org")
    token = letters.claim_token(Assertion.objects.get(pk=made.id))
    assert claims.take(token, by=ada).award.acceptance == "Accepted"


def test_nobody_but_its_staff_has_an_award_of_a_sandbox(ada: User, tried: Issuer) -> None:
    bob = factories.user(BOB)
    made = award(tried)
    by = Actor.person(bob)

    assert backpack.index(by) == []
    assert backpack.part(by, since=None, limit=5, offset=0).total == 0
    with pytest.raises(NotFound):
        backpack.find(made.entity_id, by=by)
    assert not policies.holds_award(by, issuer=tried)
    wish: CollectionWish = {"name": "Mine", "description": "", "assertions": [made.entity_id]}
    with pytest.raises(InvalidInput):
        collections.create(wish, by=by)

    IssuerStaff.objects.create(issuer=tried, user=bob, role="viewer")
    assert [item.award.entity_id for item in backpack.index(by)] == [made.entity_id]
    assert policies.holds_award(by, issuer=tried)


def test_an_award_in_earnest_is_in_the_backpack_as_ever(tried: Issuer) -> None:
    bob = factories.user(BOB)
    made = factories.assertion(factories.badgeclass(factories.issuer(factories.user("h@x.org"))))
    award(tried)
    found = backpack.index(Actor.person(bob))
    assert [item.award.entity_id for item in found] == [made.entity_id]


def test_a_sandbox_is_not_in_the_catalogue(ada: User, tried: Issuer, settings: Any) -> None:
    settings.ROSETTE = settings.ROSETTE.model_copy(update={"catalogue": True})
    with pytest.raises(NotFound):
        catalogue.enter(tried, is_in=True, language="", by=Actor.person(ada))


def test_what_is_tried_out_counts_nowhere_but_at_the_sandbox(ada: User, tried: Issuer) -> None:
    harbor = factories.issuer(ada)
    factories.badgeclass(harbor)
    award(harbor)
    award(tried)
    award(tried, "carol@example.org")
    insights.count_up()
    root = factories.user("root@example.org", is_superuser=True)

    assert insights.of(Filters(None), by=Actor.person(root)).totals["awards"] == 1
    assert insights.of(Filters(tried), by=Actor.person(ada)).totals["awards"] == 2
    counted = house._counted()
    assert (counted.issuers, counted.badgeclasses, counted.awards) == (1, 1, 1)
    assert sum(number for _day, number in counted.days) == 1


def test_a_sandbox_endorses_nothing_in_earnest_and_nothing_endorses_it(
    ada: User, tried: Issuer
) -> None:
    harbor = factories.issuer(factories.user("hal@example.org"))
    with pytest.raises(InvalidInput):
        endorsements.give(tried, harbor, "Good", by=Actor.person(ada))
    assert harbor.created_by is not None
    with pytest.raises(InvalidInput):
        endorsements.give(harbor, tried, "Good", by=Actor.person(harbor.created_by))
    assert not Endorsement.objects.exists()


def full(tried: Issuer, ada: User) -> None:
    """Something of everything that a sandbox can hold."""
    by = Actor.person(ada)
    badge = example(tried)
    end = factories.badgeclass(tried, name="End")
    wish = PathwayWish("Sailor", "", end.pk, (StepWish("", (badge.pk,), 1, False),))
    way = pathways.save(tried, None, wish, by=by)
    pathways.publish(way, is_published=True, by=by)
    award(tried)
    link = claim_links.make(badge, claim_links.Wish("Fair"), by=by)
    claim_links.ask(link, "carol@example.org")
    work()


def test_emptying_takes_everything_but_the_badge_classes(ada: User, tried: Issuer) -> None:
    full(tried, ada)
    assert sandbox.contents(tried) == sandbox.Contents(
        awards=2,  # the second is for the pathway
        mails=3,
        links=1,
        requests=1,
        jobs=0,
        drafts=0,
        completions=1,
        badgeclasses=2,
        pathways=1,
    )
    harbor = factories.issuer(ada)
    factories.badgeclass(harbor)
    stays = award(harbor)

    assert sandbox.empty(tried, with_badgeclasses=False, by=Actor.person(ada))

    assert sandbox.contents(tried) == sandbox.Contents(0, 0, 0, 0, 0, 0, 0, 2, 1)
    assert list(Assertion.objects.values_list("entity_id", flat=True)) == [stays.entity_id]
    assert list(Notice.objects.values_list("assertion", flat=True)) == [stays.id]
    assert not ClaimRequest.objects.exists()
    assert not PathwayCompletion.objects.exists()
    assert not Tally.objects.filter(issuer=tried).exists()
    assert not Emptying.objects.exists()
    entry = AuditEntry.objects.get(action="issuer.empty")
    assert (entry.name, entry.actor) == (tried.entity_id, ada.entity_id)


def test_badge_classes_and_pathways_go_if_that_is_wished(ada: User, tried: Issuer) -> None:
    full(tried, ada)
    sandbox.empty(tried, with_badgeclasses=True, by=Actor.person(ada))
    assert not BadgeClass.objects.filter(issuer=tried).exists()
    assert not Pathway.objects.filter(issuer=tried).exists()


def test_very_many_awards_go_in_the_background_and_new_ones_stay(
    ada: User, tried: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sandbox, "AT_ONCE_MAX", 2)
    monkeypatch.setattr(sandbox, "_BATCH", 2)
    for number in range(5):
        award(tried, f"b{number}@example.org", notify=False)

    assert not sandbox.empty(tried, with_badgeclasses=True, by=Actor.person(ada))
    assert not sandbox.empty(tried, with_badgeclasses=False, by=Actor.person(ada))
    under_way = sandbox.emptying_of(tried)
    assert under_way is not None
    assert (under_way.total, under_way.left) == (5, 5)
    new = award(tried, notify=False)
    work()

    assert sandbox.emptying_of(tried) is None
    assert list(Assertion.objects.values_list("entity_id", flat=True)) == [new.entity_id]
    assert BadgeClass.objects.filter(issuer=tried).exists()  # it was awarded meanwhile
    assert AuditEntry.objects.filter(action="issuer.empty").count() == 1


def test_only_editors_empty_a_sandbox_and_only_a_sandbox_is_emptied(
    ada: User, tried: Issuer
) -> None:
    sam = factories.user("sam@example.org")
    IssuerStaff.objects.create(issuer=tried, user=sam, role="staff")
    with pytest.raises(NotPermitted):
        sandbox.empty(tried, with_badgeclasses=False, by=Actor.person(sam))
    harbor = factories.issuer(ada)
    award_in_earnest = factories.assertion(factories.badgeclass(harbor))
    with pytest.raises(NotFound):
        sandbox.empty(harbor, with_badgeclasses=True, by=Actor.person(ada))
    assert Assertion.objects.filter(pk=award_in_earnest.pk).exists()


def test_after_thirty_days_it_empties_itself(ada: User, tried: Issuer) -> None:
    full(tried, ada)
    harbor = factories.issuer(ada)
    factories.badgeclass(harbor)
    award(harbor, notify=False)
    now = timezone.now()

    sandbox.forget(at=now + timedelta(days=29))
    assert sandbox.contents(tried).awards == 2

    sandbox.forget(at=now + timedelta(days=31))
    assert sandbox.contents(tried) == sandbox.Contents(0, 0, 1, 0, 0, 0, 0, 2, 1)
    assert Assertion.objects.filter(issuer=harbor).count() == 1
    assert ClaimLink.objects.exists()
    assert not Notice.objects.filter(to="carol@example.org").exists()
    entry = AuditEntry.objects.get(action="issuer.empty")
    assert entry.actor == "server"


def test_whoever_leaves_is_in_no_captured_mail(tried: Issuer) -> None:
    bob = factories.user(BOB)
    award(tried)
    award(tried, "carol@example.org")
    work()
    leaving.end(bob)
    assert list(CapturedMail.objects.values_list("to", flat=True)) == ["carol@example.org"]


def test_a_pathway_of_a_sandbox_is_on_nobodys_way(ada: User, tried: Issuer) -> None:
    bob = factories.user(BOB)
    full(tried, ada)
    assert progress.of_person(Actor.person(bob)) == []
    award(tried, "ada@example.org")
    assert [way.pathway.name for way in progress.of_person(Actor.person(ada))] == ["Sailor"]
