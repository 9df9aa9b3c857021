"""Hand-written SQL says what Django's own queries say, column by column, with the same types."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from rosette.models import (
    AccessToken,
    Assertion,
    AuditEntry,
    BadgeClass,
    Identifier,
    Issuer,
    IssuerStaff,
    Notice,
    User,
)
from rosette.models import assertions as by_hand
from rosette.models.applications import Access, access
from rosette.models.assertions import AssertionRecord, NewAssertion, PublishedAssertion
from rosette.models.audit import Entry
from rosette.models.badgeclasses import (
    BadgeClassRecord,
    PublishedBadgeClass,
    badgeclass_record,
    published_badgeclass,
    published_badgeclasses,
)
from rosette.models.badgeclasses import published_changes as changes_of_badgeclass
from rosette.models.base import new_entity_id
from rosette.models.issuers import PublishedIssuer, published_issuer, role_of
from rosette.models.issuers import published_changes as changes_of_issuer
from rosette.operations import audit
from tests import factories

pytestmark = pytest.mark.django_db

LONG_AGO = datetime(1987, 6, 5, 4, 3, 2, tzinfo=UTC)


@dataclass
class World:
    """Two awards that differ in everything that may be empty, and their surroundings."""

    ada: User
    knots: BadgeClass
    full: Assertion
    bare: Assertion


@pytest.fixture
def world() -> World:
    ada = factories.user()
    harbor = factories.issuer(
        ada, image="images/x.svg", extensions={"extensions:A": {"type": "x", "é": [1, None]}}
    )
    knots = factories.badgeclass(
        harbor,
        criteria_url="https://harbor.example.org/knots",
        criteria_narrative="Tie **ten**",
        alignments=[{"target_name": "Std", "target_url": "https://std.example.org"}],
        tags=["rope", "日本"],
        extensions={"extensions:B": {}},
    )
    full = factories.assertion(
        knots,
        issued_on=LONG_AGO,
        expires_on=LONG_AGO + timedelta(days=1, microseconds=7),
        narrative="n\u2028n",
        evidence=[{"url": "https://e.example.org", "narrative": None}],
        extensions={"extensions:C": {"deep": {"er": 1.5}}},
        revoked_at=timezone.now(),
        revocation_reason="Issued in error",
        created_by=None,
    )
    Notice.objects.create(kind="award", to="bob@example.org", assertion=full, state="failed")
    Notice.objects.create(kind="award", to="bob@example.org", assertion=full, state="sent")
    bare = factories.assertion(knots, to="carol@example.org", evidence=[], created_by=ada)
    return World(ada, knots, full, bare)


def fields_of(row: Any, names: tuple[str, ...], **others: Any) -> dict[str, Any]:
    return {name: others[name] if name in others else getattr(row, name) for name in names}


def issuer_of(row: Issuer) -> PublishedIssuer:
    return PublishedIssuer(**fields_of(row, PublishedIssuer._fields))


def badgeclass_of(row: BadgeClass) -> PublishedBadgeClass:
    return PublishedBadgeClass(
        **fields_of(row, PublishedBadgeClass._fields, issuer=issuer_of(row.issuer))
    )


def record_of(row: Assertion) -> AssertionRecord:
    latest = row.notices.order_by("-pk").first()
    return AssertionRecord(
        **fields_of(
            row,
            AssertionRecord._fields,
            created_by=row.created_by and row.created_by.entity_id,
            badgeclass=row.badgeclass.entity_id,
            issuer=row.issuer.entity_id,
            notice_state=latest and latest.state,
            badgeclass_source_url=row.badgeclass.source_url,
            issuer_source_url=row.issuer.source_url,
            is_heard=row.issuer.has_webhooks,
            is_step=row.badgeclass.is_step,
        )
    )


def typed(row: Any) -> list[tuple[type, Any]]:
    """The values with their types: 1 is not True here, and a time has the zone UTC itself."""
    return [
        (type(value), value.tzinfo if isinstance(value, datetime) else None, value)  # type: ignore[misc]
        for value in row
    ]


def test_awards(world: World):
    for row in Assertion.objects.all():
        assert typed(by_hand.assertion_record(row.entity_id)) == typed(record_of(row))
    listed = by_hand.assertion_records("a.issuer_id = %s", [world.knots.issuer_id], order="a.id")
    assert listed == [record_of(row) for row in Assertion.objects.order_by("pk")]
    assert by_hand.assertion_records_named(["unknown", world.bare.entity_id]) == {
        world.bare.entity_id: record_of(world.bare)
    }
    assert by_hand.assertion_record("unknown") is None


def test_published_awards(world: World):
    for row in Assertion.objects.all():
        whole = PublishedAssertion(
            **fields_of(row, PublishedAssertion._fields, badgeclass=badgeclass_of(row.badgeclass))
        )
        assert typed(by_hand.published_assertion(row.entity_id)) == typed(whole)
        assert by_hand.published_changes(row.entity_id) == (
            row.updated_at,
            row.badgeclass.updated_at,
            row.issuer.updated_at,
        )
    Assertion.objects.update(visibility="private")
    assert by_hand.published_assertion(world.bare.entity_id) is None
    assert by_hand.published_changes(world.bare.entity_id) is None


def test_published_badge_classes_and_issuers(world: World):
    knots, harbor = world.knots, world.knots.issuer
    assert typed(published_badgeclass(knots.entity_id)) == typed(badgeclass_of(knots))
    assert published_badgeclasses(harbor.entity_id) == [badgeclass_of(knots)]
    assert changes_of_badgeclass(knots.entity_id) == (knots.updated_at, harbor.updated_at)
    assert typed(published_issuer(harbor.entity_id)) == typed(issuer_of(harbor))
    assert changes_of_issuer(harbor.entity_id) == (harbor.updated_at,)
    assert changes_of_issuer("unknown") is None


def test_who_may_award(world: World):
    bob = factories.user("bob@example.org")
    harbor = world.knots.issuer
    IssuerStaff.objects.create(issuer=harbor, user=bob, role="staff")
    for person, role in ((world.ada, "owner"), (bob, "staff"), (factories.user("c@x.org"), None)):
        assert role_of(person.pk, harbor.pk) == role
        assert badgeclass_record(world.knots.entity_id, person.pk) == BadgeClassRecord(
            world.knots.pk, world.knots.entity_id, harbor.pk, harbor.entity_id, False, role
        )


@pytest.mark.parametrize("proof", ["mail", "identifier", "office", "none"])
def test_what_a_token_stands_for(proof: str):
    person = factories.user("dan@example.org", verified=proof == "mail")
    if proof == "identifier":
        Identifier.objects.create(
            user=person, kind="url", value="https://dan.example.org", verified_at=timezone.now()
        )
    person.is_superuser = proof == "office"
    person.save()
    token = factories.token(person, "r:profile")
    row = AccessToken.objects.get()

    assert typed(access(token)) == typed(
        Access(
            row.pk,
            "r:profile",
            row.expires,
            row.application_id,
            row.application.client_id,
            person.pk,
            person.entity_id,
            person.is_superuser,
            False,
            None,
            proof != "none",
        )
    )


def test_a_token_with_a_name_is_a_key_and_says_when_it_was_used():
    token = factories.token(factories.user())
    now = timezone.now()
    AccessToken.objects.update(name="Course platform", last_used_at=now)

    found = access(token)

    assert found is not None
    assert typed((found.is_key, found.last_used_at)) == typed((True, now))


def test_who_has_been_awarded_and_who_holds_an_award(world: World):
    asked = {"bob@example.org", "carol@example.org", "dan@example.org"}
    factories.assertion(world.knots, to="dan@example.org", source_url="https://else.example.org")
    mine = Assertion.objects.filter(source_url=None, recipient_identity__in=asked)
    held = Assertion.objects.filter(
        badgeclass=world.knots, revoked_at=None, recipient_identity__in=asked
    )

    assert by_hand.known_identities(asked) == set(mine.values_list("recipient_identity", flat=True))
    assert by_hand.holders(world.knots.pk, asked, at=timezone.now()) == set(
        held.values_list("recipient_identity", flat=True)
    )
    assert by_hand.known_identities([]) == set()


def test_awards_are_taken_back_once(world: World):
    now = timezone.now()
    reasons = {world.bare.pk: "Lost 'it'", world.full.pk: "Again"}
    assert by_hand.revoke(reasons, at=now) == {world.bare.pk}
    assert by_hand.revoke(reasons, at=timezone.now()) == set()
    world.bare.refresh_from_db()
    world.full.refresh_from_db()

    assert (world.bare.revoked_at, world.bare.updated_at) == (now, now)
    assert world.bare.revocation_reason == "Lost 'it'"
    assert world.full.revocation_reason == "Issued in error"


@pytest.mark.parametrize("count", [1, 1500])
def test_awards_that_are_added_are_read_as_they_were(world: World, count: int):
    def new(number: int | None) -> NewAssertion:
        return NewAssertion(
            id=number,
            entity_id=new_entity_id(),
            created_at=timezone.now(),
            updated_at=LONG_AGO,
            badgeclass_id=world.knots.pk,
            issuer_id=world.knots.issuer_id,
            created_by_id=world.ada.pk,
            recipient_kind="url",
            recipient_identity="https://bob.example.org/\t\\n\n'é",
            recipient_hashed=False,
            salt="ab",
            issued_on=LONG_AGO,
            expires_on=None,
            narrative='"\\.\n',
            evidence=[{"url": None, "narrative": "\\N"}],
            extensions={"extensions:A": {"ü": "\t"}},
        )

    if count == 1:
        row = new(None)
        noted = audit.entry("award.create", "assertion", row.entity_id, by="", at=LONG_AGO)
        added = [row._replace(id=by_hand.add_assertion(row, noted=noted))]
        [kept] = AuditEntry.objects.all()
        kept.mac = bytes(kept.mac)
        assert Entry(**fields_of(kept, Entry._fields)) == noted
    else:
        added = by_hand.add_assertions(new(number) for number in by_hand.reserve_numbers(count))
    found = Assertion.objects.filter(pk__in=[row.id for row in added]).order_by("pk")

    assert [NewAssertion(**fields_of(row, NewAssertion._fields)) for row in found] == added
    assert {row.acceptance for row in found} == {"Unaccepted"}
