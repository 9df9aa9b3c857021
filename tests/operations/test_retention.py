"""Awards lose their recipient's address after some years, and stay good badges."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from rosette.errors import InvalidInput
from rosette.models import (
    Assertion,
    ClaimLink,
    ClaimRequest,
    Identifier,
    Notice,
    Pathway,
    PathwayCompletion,
)
from rosette.models.assertions import assertion_record
from rosette.openbadges.recipient import Recipient, hashed, matches
from rosette.operations import assertions, recipients, retention
from rosette.operations.policies import Actor
from rosette.tasks import ensure_housekeeping
from tests import factories
from tests.operations.test_leaving import everywhere

pytestmark = pytest.mark.django_db

LONG_AGO = timezone.now() - timedelta(days=4000)
LIMIT = timezone.now() - timedelta(days=3650)
OLD = {"created_at": LONG_AGO, "issued_on": LONG_AGO}


def document(award, form=""):
    answer = Client().get(
        f"/public/assertions/{award.entity_id}{form}", headers={"Accept": "application/json"}
    )
    assert answer.status_code == 200
    return answer.json()


def test_an_old_award_forgets_the_address_and_publishes_the_very_same():
    old = factories.assertion(**OLD)
    factories.assertion(to="new@example.org")
    Notice.objects.create(kind="award", to="bob@example.org", assertion=old, state="sent")
    before = document(old), document(old, "/ob3")

    assert retention.anonymise(before=LIMIT) == 1

    assert everywhere(["bob@example.org"]) == set()
    assert everywhere(["new@example.org"]) == {("rosette_assertion", "recipient_identity")}
    assert (document(old), document(old, "/ob3")) == before
    row = Assertion.objects.get(pk=old.pk)
    assert row.recipient_identity == hashed("bob@example.org", old.salt)
    assert matches(Recipient("email", row.recipient_identity, True, row.salt), "bob@example.org")
    assert retention.anonymise(before=LIMIT) == 0


def test_requests_and_completed_pathways_of_that_time_forget_it_too():
    of = factories.badgeclass()
    link = ClaimLink.objects.create(
        badgeclass=of, title="Open day", is_automatic=True, **times(LONG_AGO)
    )
    pathway = Pathway.objects.create(issuer=of.issuer, name="Sailor", **times(LONG_AGO))
    factories.user("ada.reed@example.org")
    for email, at in (
        *(("bob@example.org", LONG_AGO), ("ada.reed@example.org", LONG_AGO)),
        ("new@example.org", timezone.now()),
    ):
        ClaimRequest.objects.create(link=link, email=email, state="declined", **times(at))
        PathwayCompletion.objects.create(
            pathway=pathway, recipient_kind="email", recipient_identity=email, completed_at=at
        )

    retention.anonymise(before=LIMIT)

    assert everywhere(["bob@example.org"]) == set()
    kept = {"ada.reed@example.org", "new@example.org"}
    assert set(ClaimRequest.objects.values_list("email", flat=True)) == kept
    named = PathwayCompletion.objects.exclude(recipient_identity__startswith="sha256$")
    assert set(named.values_list("recipient_identity", flat=True)) == kept
    assert PathwayCompletion.objects.count() == 3


def times(at):
    return {"created_at": at, "updated_at": at}


def test_one_that_showed_the_address_shows_its_hash_and_no_name_from_then_on():
    old = factories.assertion(
        **OLD, recipient_hashed=False, extensions=recipients.profile("Bob Reed")
    )

    retention.anonymise(before=LIMIT)

    assert everywhere(["bob@example.org", "Bob Reed"]) == set()
    shown = document(old)
    assert shown["recipient"] == {
        "type": "email",
        "identity": hashed("bob@example.org", old.salt),
        "hashed": True,
        "salt": old.salt,
    }


def test_who_has_an_account_keeps_their_awards_as_they_are():
    bob = factories.user("bob@example.org")
    Identifier.objects.create(
        user=bob, kind="url", value="https://bob.example.org", verified_at=timezone.now()
    )
    factories.user("carol@example.org", verified=False)
    factories.assertion(**OLD)
    factories.assertion(**OLD, recipient_kind="url", to="https://bob.example.org")
    factories.assertion(**OLD, to="carol@example.org")

    retention.anonymise(before=LIMIT)

    kept = Assertion.objects.exclude(recipient_identity__startswith="sha256$")
    assert set(kept.values_list("recipient_identity", flat=True)) == {
        "bob@example.org",
        "https://bob.example.org",
    }


@pytest.mark.parametrize("young", ["created_at", "issued_on"])
def test_one_that_was_made_or_dated_later_stays(young):
    factories.assertion(**OLD | {young: timezone.now()})

    assert retention.anonymise(before=LIMIT) == 0


def test_a_forgotten_recipient_cannot_be_written_to_but_the_award_can_be_taken_back():
    old = factories.assertion(**OLD)
    retention.anonymise(before=LIMIT)
    award = assertion_record(old.entity_id)
    ada = Actor.person(old.created_by)

    with pytest.raises(InvalidInput):
        assertions.resend(award, by=ada)
    assert assertions.revoke(award, reason="Never tied", by=ada).revoked_at


def test_many_are_taken_by_the_hundred(monkeypatch):
    monkeypatch.setattr(retention, "AT_ONCE", 2)
    of = factories.badgeclass()
    for number in range(5):
        factories.assertion(of, **OLD, to=f"{number}@example.org")

    assert retention.anonymise(before=LIMIT) == 5


def work():
    call_command("db_worker", batch=True, interval=0, startup_delay=False, verbosity=0)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("years", [0, 10])
def test_it_is_done_once_a_day_if_the_settings_say_so(settings, years):
    settings.ROSETTE = settings.ROSETTE.model_copy(update={"anonymise_after_years": years})
    factories.assertion(**OLD)
    ensure_housekeeping()
    ensure_housekeeping()

    work()

    forgotten = Assertion.objects.get().recipient_identity != "bob@example.org"
    asked = DBTaskResult.objects.filter(task_path="rosette.tasks.anonymise")
    assert (forgotten, asked.count()) == ((True, 2) if years else (False, 0))
