"""Signed credentials: what they are made of, and that they stay what they were."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Any

import pytest
from django.core.cache import caches
from django.db import connection, transaction
from django.utils import timezone

from rosette.errors import NotFound
from rosette.models import Assertion, BadgeClass, BadgeClassRevision, Issuer, IssuerRevision
from rosette.models.assertions import published_assertion
from rosette.models.badgeclasses import badgeclass_record
from rosette.openbadges.keys import read_jwk, read_multikey
from rosette.openbadges.proofs import data_integrity, jwt
from rosette.operations import assertions, badgeclasses, credentials, issuers, keys
from rosette.operations.assertions import Award
from rosette.operations.credentials import Form
from rosette.operations.policies import Actor
from tests import factories, published
from tests.environment import DATABASE
from tests.openbadges import test_ob3 as ob3
from tests.published import AWARD, CHANGED, HARBOR

CREDENTIAL = ob3.CREDENTIAL | {"credentialStatus": published.STATUS}

pytestmark = pytest.mark.django_db

several_writers = pytest.mark.skipif(
    DATABASE != "postgresql", reason="SQLite has one writer at a time."
)
DID = f"did:web:badges.example.org:public:issuers:{HARBOR}"


def signed(name: str, form: Form = "embedded") -> bytes:
    row = published_assertion(name)
    assert row is not None
    return credentials.signed(credentials.draft(row, form))


def document(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(signed(name))
    return found


def unproven(name: str) -> dict[str, Any]:
    return {key: member for key, member in document(name).items() if key != "proof"}


def actor(issuer: Issuer) -> Actor:
    owner = issuer.created_by
    assert owner is not None
    return Actor.person(owner)


def test_an_award_is_a_credential_with_a_proof_that_is_good():
    award = published.award()
    found = document(AWARD)
    [proof] = found.pop("proof")
    key = keys.published(award.issuer_id)[1]

    assert found == CREDENTIAL
    assert isinstance(key.public, str)
    data_integrity.check({**found, "proof": [proof]}, proof, read_multikey(key.public))
    created = keys.signer(award.issuer_id, "key").since
    assert proof["verificationMethod"] == f"{DID}#key-1"
    assert proof["created"] == created.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def test_an_award_is_a_jwt_as_well():
    award = published.award()
    token = signed(AWARD, "jwt").decode()
    [key, _] = keys.published(award.issuer_id)

    assert jwt.header_of(token)["kid"] == (
        f"https://badges.example.org/public/issuers/{HARBOR}/keys/jwt-1"
    )
    assert jwt.check(token, read_jwk(key.public)) == CREDENTIAL


@pytest.mark.parametrize("form", ["embedded", "jwt"])
def test_the_same_award_gives_the_same_bytes(form: Form):
    published.award()
    first = signed(AWARD, form)
    caches["credentials"].clear()

    assert signed(AWARD, form) == first


def test_what_the_recipient_does_changes_nothing():
    published.award()
    before = signed(AWARD)
    Assertion.objects.update(acceptance="Accepted", updated_at=timezone.now())

    assert signed(AWARD) == before


def test_a_new_award_is_proven_at_the_time_of_the_award():
    award = published.award()
    keys.published(award.issuer_id)
    later = timezone.now() + timedelta(minutes=5)
    Assertion.objects.update(created_at=later)

    created = document(AWARD)["proof"][0]["created"]
    assert created == later.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def test_changing_a_badge_class_or_issuer_changes_no_credential_that_was_there():
    award = published.award()
    before = signed(AWARD)
    by = actor(award.issuer)
    badgeclass, issuer = award.badgeclass, award.issuer

    badgeclasses.change(
        badgeclass,
        {
            "name": "Knots",
            "description": "d",
            "criteria_url": "",
            "criteria_narrative": "c",
            "alignments": [],
            "tags": ["t"],
        },
        by=by,
    )
    issuers.change(issuer, {"name": "N", "url": "https://n.example", "description": ""}, by=by)

    assert signed(AWARD) == before
    # Open Badges 2.0 shows the present.
    row = published_assertion(AWARD)
    assert row is not None
    assert (row.badgeclass.name, row.badgeclass.issuer.name) == ("Knots", "N")
    later = factories.assertion(badgeclass, to="carol@example.org", entity_id="later")
    found = document(later.entity_id)
    assert (found["name"], found["issuer"]["name"]) == ("Knots", "N")
    assert found["credentialSubject"]["achievement"]["tag"] == ["t"]


def test_each_award_keeps_the_revision_of_its_time():
    badgeclass = factories.badgeclass()
    by = actor(badgeclass.issuer)
    names = ["One", "Two", "Three"]
    for name in names:
        badgeclasses.change(badgeclass, {"name": name}, by=by)
        factories.assertion(badgeclass, to=f"{name}@example.org", entity_id=name)
    badgeclasses.change(badgeclass, {"name": "Four"}, by=by)

    assert [document(name)["name"] for name in names] == names
    assert BadgeClassRevision.objects.count() == 3


def test_nothing_is_kept_that_no_award_bears():
    badgeclass = factories.badgeclass()
    by = actor(badgeclass.issuer)
    badgeclasses.change(badgeclass, {"name": "Nobody has it"}, by=by)
    factories.assertion(badgeclass)
    badgeclasses.change(badgeclass, {"expires": (1, "years"), "name": "Nobody has it"}, by=by)
    issuers.change(badgeclass.issuer, {"extensions": {"extensions:x": {}}}, by=by)
    assert not BadgeClassRevision.objects.exists()
    assert not IssuerRevision.objects.exists()

    for name in ("a", "b", "c"):
        badgeclasses.change(badgeclass, {"name": name}, by=by)
        issuers.change(badgeclass.issuer, {"name": name}, by=by)
    assert [row.facts["name"] for row in BadgeClassRevision.objects.all()] == ["Nobody has it"]
    assert [row.facts["name"] for row in IssuerRevision.objects.all()] == ["Harbor Learning"]


@pytest.mark.parametrize("days", [-9, 9])
def test_an_award_keeps_its_revision_whatever_clocks_say(days: int):
    badgeclass = factories.badgeclass()
    by = actor(badgeclass.issuer)
    at = timezone.now() + timedelta(days=days)
    early = factories.assertion(badgeclass, created_at=at)
    before = signed(early.entity_id)

    badgeclasses.change(badgeclass, {"name": "Later"}, by=by)
    late = factories.assertion(badgeclass, to="carol@example.org", created_at=at)

    assert signed(early.entity_id) == before
    assert document(late.entity_id)["name"] == "Later"
    assert BadgeClassRevision.objects.get().last_award == early.pk


@several_writers
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("of_issuer", [True, False])
def test_an_award_that_is_read_while_a_change_is_under_way_stays_what_it_was(of_issuer: bool):
    """
    The change begins, an award comes, and only then is the change finished.

    Either the award waits for the change and bears what it brought, or it was there before and
    keeps what was; it never says the one first and then the other.
    """
    badgeclass = factories.badgeclass()
    by = actor(badgeclass.issuer)
    factories.assertion(badgeclass, to="carol@example.org")
    begun, go_on = Event(), Event()

    def change() -> None:
        try:
            with transaction.atomic():
                if of_issuer:
                    issuers.change(badgeclass.issuer, {"name": "New"}, by=by)
                else:
                    badgeclasses.change(badgeclass, {"name": "New"}, by=by)
                begun.set()
                go_on.wait(10)
        finally:
            connection.close()

    def award() -> str:
        try:
            record = badgeclass_record(badgeclass.entity_id, by.user_id)
            assert record is not None
            return assertions.award(record, Award("bob@example.org"), by=by).entity_id
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        changing = pool.submit(change)
        assert begun.wait(10)
        awarding = pool.submit(award)
        seen: set[str] = set()
        for _ in range(20):
            seen |= set(
                Assertion.objects.filter(recipient_identity="bob@example.org").values_list(
                    "entity_id", flat=True
                )
            )
            Event().wait(0.02)
        early = {name: signed(name) for name in seen}
        go_on.set()
        changing.result(20)
        name = awarding.result(20)

    assert early == {}, "the award waits for the change"
    found = document(name)
    assert found["issuer" if of_issuer else "credentialSubject"] is not None
    shown = found["issuer"]["name"] if of_issuer else found["name"]
    revision = (IssuerRevision if of_issuer else BadgeClassRevision).objects.get()
    assert (shown == "New") == (Assertion.objects.get(entity_id=name).pk > revision.last_award)


@several_writers
@pytest.mark.django_db(transaction=True)
def test_a_change_waits_for_an_award_that_is_being_committed():
    """The row of the badge class is looked up, and held, when it is committed."""
    badgeclass = factories.badgeclass()
    by = actor(badgeclass.issuer)
    checked, go_on = Event(), Event()

    def award() -> None:
        try:
            with transaction.atomic():
                factories.assertion(badgeclass, entity_id="bobs")
                with connection.cursor() as cursor:
                    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # as the commit would
                checked.set()
                go_on.wait(10)
        finally:
            connection.close()

    def change() -> None:
        try:
            badgeclasses.change(badgeclass, {"name": "New"}, by=by)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        awarding = pool.submit(award)
        assert checked.wait(10)
        changing = pool.submit(change)
        Event().wait(0.3)
        assert not changing.done()
        go_on.set()
        awarding.result(20)
        changing.result(20)

    assert document("bobs")["name"] == "Knot Tying"
    assert BadgeClass.objects.get().name == "New"


def test_amending_makes_a_new_credential_of_the_same_revision():
    award = published.award()
    by = actor(award.issuer)
    before = document(AWARD)
    badgeclasses.change(award.badgeclass, {"name": "Knots"}, by=by)

    assertions.amend(
        assertions.find(AWARD, by=by, reach=assertions.Reach.EDITOR), {"narrative": "n2"}, by=by
    )

    after = document(AWARD)
    amended_at = Assertion.objects.get().amended_at
    assert amended_at is not None
    moment = amended_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert after["id"] == before["id"]
    assert after["name"] == "Knot Tying"
    assert after["credentialSubject"]["narrative"] == "n2"
    assert (after["awardedDate"], after["validFrom"]) == (before["awardedDate"], moment)
    assert after["proof"][0]["created"] == moment


def test_after_a_rotation_the_new_key_signs_and_the_old_proof_stays_good():
    award = published.award()
    before = document(AWARD)
    keys.rotate(award.issuer)
    after = document(AWARD)
    known = {key.name: key for key in keys.published(award.issuer_id)}

    assert after["proof"][0]["verificationMethod"] == f"{DID}#key-2"
    assert unproven(AWARD) == CREDENTIAL
    for found, name in ((before, "key-1"), (after, "key-2")):
        public = known[name].public
        assert isinstance(public, str)
        data_integrity.check(found, found["proof"][0], read_multikey(public))


def test_after_a_theft_awards_of_before_are_signed_anew_and_are_newer():
    award = published.award()
    signed(AWARD)
    keys.rotate(award.issuer, ["key"], stolen=True)
    stolen_at = keys.signer(award.issuer_id, "key").mistrusted_at
    assert stolen_at is not None
    moment = stolen_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    later = factories.assertion(
        award.badgeclass, created_at=timezone.now(), issued_on=CHANGED, entity_id="later"
    )

    assert unproven(AWARD) == CREDENTIAL | {"validFrom": moment}
    assert document(later.entity_id)["validFrom"] == "2024-05-03T08:15:00Z"


def test_a_revoked_award_keeps_its_credential():
    published.award()
    before = signed(AWARD)
    Assertion.objects.update(revoked_at=timezone.now(), revocation_reason="r")

    assert signed(AWARD) == before


def test_awards_of_other_servers_are_not_signed_here():
    published.award(source_url="https://elsewhere.example.org/a/1")
    factories.user("bob@example.org")  # who has proven to be the recipient

    with pytest.raises(NotFound):
        signed(AWARD)


def test_an_award_that_is_seen_by_link_is_signed_under_that_name():
    share = "0123456789abcdef0123456789abcdef"
    published.award(visibility="link", share_hash=share)

    found = document(share)
    assert found["id"] == f"https://badges.example.org/public/assertions/{share}/ob3"
    assert AWARD not in json.dumps(found)


def test_a_credential_is_made_with_three_questions_and_kept(django_assert_num_queries: Any):
    published.award()
    signed(AWARD)

    with django_assert_num_queries(3):
        signed(AWARD)


def test_the_schema_is_named_where_the_site_wants_it(settings: Any):
    published.award()
    settings.ROSETTE = settings.ROSETTE.model_copy(update={"credential_schema": True})

    assert document(AWARD)["credentialSchema"][0]["type"] == "1EdTechJsonSchemaValidator2019"


def test_an_award_of_today_is_of_today():
    """No award is older than what its badge class was when it was made."""
    badgeclass = factories.badgeclass()
    by = actor(badgeclass.issuer)
    factories.assertion(badgeclass, to="carol@example.org")
    badgeclasses.change(badgeclass, {"name": "Second"}, by=by)
    record = badgeclass_record(badgeclass.entity_id, by.user_id)
    assert record is not None
    award = assertions.award(record, Award("bob@example.org"), by=by)

    assert document(award.entity_id)["name"] == "Second"
    assert datetime.fromisoformat(document(award.entity_id)["validFrom"]) <= award.created_at
