"""Endorsements: what is signed, what stays what it was, and where the endorsed lead to them."""

import json
from typing import Any

import jsonschema_rs
import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from rosette.errors import InvalidInput, NotPermitted
from rosette.models import Assertion, BadgeClass, Endorsement, Issuer
from rosette.models.assertions import published_assertion
from rosette.openbadges.credential_schema import credential_schema
from rosette.openbadges.keys import read_multikey
from rosette.openbadges.proofs import data_integrity, jwt
from rosette.operations import credentials, endorsements, issuers, keys, verification
from rosette.operations.policies import Actor
from tests import factories
from tests.published import ORIGIN

pytestmark = pytest.mark.django_db
SAID = "They tie **good** knots."


@pytest.fixture
def pier() -> Issuer:
    """Carol's, which endorses."""
    return factories.issuer(
        factories.user("carol@example.org"),
        name="Pier School",
        url="https://pier.example.org",
        email="carol@example.org",
        description="",
    )


@pytest.fixture
def knots() -> BadgeClass:
    """Ada's, which is endorsed."""
    return factories.badgeclass()


def of(issuer: Issuer) -> Actor:
    assert issuer.created_by is not None
    return Actor.person(issuer.created_by)


def given(pier: Issuer, subject: endorsements.Subject, *, shown: bool = True) -> Endorsement:
    made = endorsements.give(pier, subject, SAID, by=of(pier))
    if shown:
        owner = subject if isinstance(subject, Issuer) else subject.issuer
        endorsements.show(made, is_shown=True, by=of(owner))
    return Endorsement.objects.get(pk=made.pk)


def got(path: str) -> Any:
    answer = Client().get(path, headers={"Accept": "application/json"})
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_an_endorsement_is_a_hosted_document_of_version_2(pier, knots):
    made = given(pier, knots)
    at = f"{ORIGIN}/public/endorsements/{made.entity_id}"

    assert made.given_at is not None
    assert got(f"/public/endorsements/{made.entity_id}") == {
        "@context": "https://w3id.org/openbadges/v2",
        "type": "Endorsement",
        "id": at,
        "claim": {
            "id": f"{ORIGIN}/public/badges/{knots.entity_id}",
            "endorsementComment": SAID,
        },
        "issuer": f"{ORIGIN}/public/issuers/{pier.entity_id}",
        "issuedOn": made.given_at.isoformat(),
        "verification": {"type": "HostedBadge"},
    }
    assert got(f"/public/badges/{knots.entity_id}")["endorsement"] == [at]


def test_it_is_a_signed_credential_of_version_3(pier, knots):
    made = given(pier, knots)
    did = f"did:web:badges.example.org:public:issuers:{pier.entity_id}"
    assert made.given_at is not None
    moment = made.given_at.strftime("%Y-%m-%dT%H:%M:%SZ")

    found = got(f"/public/endorsements/{made.entity_id}/ob3")

    schema = credential_schema()
    jsonschema_rs.validator_for(
        {**schema["$defs"]["EndorsementCredential"], "$schema": schema["$schema"]}
        | {"$defs": schema["$defs"]},
        validate_formats=True,
    ).validate(found)
    [proof] = found.pop("proof")
    assert found == {
        "@context": [
            "https://www.w3.org/ns/credentials/v2",
            "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
            "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json",
        ],
        "id": f"{ORIGIN}/public/endorsements/{made.entity_id}/ob3",
        "type": ["VerifiableCredential", "EndorsementCredential"],
        "name": "Knot Tying",
        "issuer": {
            "id": did,
            "type": ["Profile"],
            "name": "Pier School",
            "url": "https://pier.example.org",
            "email": "carol@example.org",
            "otherIdentifier": [
                {
                    "type": "IdentifierEntry",
                    "identifier": f"{ORIGIN}/public/issuers/{pier.entity_id}",
                    "identifierType": "identifier",
                }
            ],
        },
        "validFrom": moment,
        "awardedDate": moment,
        "credentialSubject": {
            "id": f"{ORIGIN}/public/badges/{knots.entity_id}/ob3",
            "type": ["EndorsementSubject"],
            "endorsementComment": SAID,
        },
        "credentialStatus": {
            "id": f"{ORIGIN}/public/issuers/{pier.entity_id}/withdrawn",
            "type": "1EdTechRevocationList",
        },
    }
    key = keys.published(pier.pk)[1]
    assert isinstance(key.public, str)
    data_integrity.check({**found, "proof": [proof]}, proof, read_multikey(key.public))


def test_it_is_a_token_as_well(pier, knots):
    made = given(pier, knots)

    token = Client().get(f"/public/endorsements/{made.entity_id}/ob3.jwt").content.decode()

    assert jwt.unproven(token)["type"] == ["VerifiableCredential", "EndorsementCredential"]


def test_its_bytes_stay_whatever_becomes_of_either_issuer(pier, knots):
    made = given(pier, knots)
    where = f"/public/endorsements/{made.entity_id}/ob3"
    before = Client().get(where).content

    issuers.change(pier, {"name": "Other School", "description": "New"}, by=of(pier))
    BadgeClass.objects.update(name="Sheet Bend")
    endorsements.withdraw(made, "A mistake", by=of(pier))

    assert Client().get(where).content == before


@pytest.mark.parametrize("form", ["embedded", "jwt"])
def test_credentials_of_awards_that_are_out_stay_the_same_bytes(pier, knots, form):
    award = factories.assertion(knots)

    def signed() -> bytes:
        row = published_assertion(award.entity_id)
        assert row is not None
        return credentials.signed(credentials.draft(row, form))

    before = signed()
    for subject in (award, knots, knots.issuer):
        given(pier, subject)

    assert signed() == before


@pytest.mark.parametrize("what", ["issuer", "badgeclass", "assertion"])
def test_the_endorsed_names_it_only_while_it_is_shown(pier, knots, what):
    subject = {"issuer": knots.issuer, "badgeclass": knots}.get(what) or factories.assertion(knots)
    path = {"issuer": "issuers", "badgeclass": "badges", "assertion": "assertions"}[what]
    where = f"/public/{path}/{subject.entity_id}"
    plain = got(where)
    page = {"headers": {"Accept": "text/html"}}

    made = given(pier, subject, shown=False)
    assert got(where) == plain
    tag = Client().get(where)["ETag"]
    endorsements.show(made, is_shown=True, by=of(knots.issuer))
    named = got(where)
    assert Client().get(where)["ETag"] != tag
    assert "<strong>good</strong>" in Client().get(where, **page).text
    endorsements.show(made, is_shown=False, by=of(knots.issuer))

    assert named == plain | {"endorsement": [f"{ORIGIN}/public/endorsements/{made.entity_id}"]}
    assert got(where) == plain
    assert "<strong>good</strong>" not in Client().get(where, **page).text


def test_one_that_is_withdrawn_says_so_everywhere(pier, knots):
    made = given(pier, knots)

    endorsements.withdraw(made, "They stopped", by=of(pier))

    at = f"{ORIGIN}/public/endorsements/{made.entity_id}"
    assert got(f"/public/endorsements/{made.entity_id}") == {
        "@context": "https://w3id.org/openbadges/v2",
        "type": "Endorsement",
        "id": at,
        "revoked": True,
        "revocationReason": "They stopped",
    }
    assert got(f"/public/issuers/{pier.entity_id}/withdrawn") == {
        "id": f"{ORIGIN}/public/issuers/{pier.entity_id}/withdrawn",
        "issuer": f"did:web:badges.example.org:public:issuers:{pier.entity_id}",
        "revokedCredential": [
            {"id": f"{at}/ob3", "revoked": True, "revocationReason": "They stopped"}
        ],
    }
    assert "endorsement" not in got(f"/public/badges/{knots.entity_id}")
    shown = Client().get(f"/public/endorsements/{made.entity_id}", headers={"Accept": "text/html"})
    assert "This endorsement was withdrawn." in shown.text and "good" not in shown.text


def test_the_verifier_accepts_it_in_a_badge_of_version_2(pier, knots):
    made = given(pier, knots)
    award = factories.assertion(knots)
    source = f"{ORIGIN}/public/assertions/{award.entity_id}"

    def told() -> list[tuple[str, str]]:
        found = verification.examined(source, at=timezone.now())
        return [
            (check.state, check.said) for check in found.checks if check.subject == "endorsement"
        ]

    at = f"{ORIGIN}/public/endorsements/{made.entity_id}"
    assert told() == [("passed", f"The endorsement {at} holds.")]


@pytest.mark.parametrize("is_withdrawn", [False, True])
def test_the_verifier_checks_it_in_a_credential_of_version_3(pier, knots, is_withdrawn):
    made = given(pier, knots)
    if is_withdrawn:
        endorsements.withdraw(made, "They stopped", by=of(pier))
    award = factories.assertion(knots)
    row = published_assertion(award.entity_id)
    assert row is not None
    draft = credentials.draft(row)
    endorsement = got(f"/public/endorsements/{made.entity_id}/ob3")
    draft.document["credentialSubject"]["achievement"]["endorsement"] = [endorsement]
    whole = credentials._embedded(draft)

    found = verification.examined(whole, at=timezone.now())

    at = f"{ORIGIN}/public/endorsements/{made.entity_id}/ob3"
    [check] = [check for check in found.checks if check.subject == "endorsement"]
    if is_withdrawn:
        assert "does not hold: The issuer lists the badge as revoked" in check.said
    else:
        assert (check.state, check.said) == ("passed", f"The endorsement {at} holds.")


def test_what_is_asked_for_is_given_or_declined_once(pier, knots):
    harbor = knots.issuer
    made = endorsements.ask(knots, pier, "Please", by=of(harbor))
    assert Client().get(f"/public/endorsements/{made.entity_id}").status_code == 404
    with pytest.raises(NotPermitted):
        endorsements.answer(made, SAID, by=of(harbor))

    endorsements.answer(made, SAID, by=of(pier))

    assert len(got(f"/public/badges/{knots.entity_id}")["endorsement"]) == 1
    for again in (endorsements.answer, endorsements.decline):
        with pytest.raises(InvalidInput):
            again(made, **({"comment": "x"} if again is endorsements.answer else {}), by=of(pier))


def test_who_asks_may_take_it_back_and_who_declines_may_be_asked_again(pier, knots):
    by = of(knots.issuer)
    endorsements.take_back(endorsements.ask(knots, pier, "", by=by), by=by)
    asked = endorsements.ask(knots, pier, "", by=by)
    with pytest.raises(InvalidInput):
        endorsements.ask(knots, pier, "", by=by)

    endorsements.decline(asked, by=of(pier))

    assert endorsements.ask(knots, pier, "", by=by).state == "asked"


def test_nobody_endorses_their_own_a_revoked_award_or_in_anothers_name(pier, knots):
    revoked = factories.assertion(knots, revoked_at=timezone.now())
    for endorser, subject, by in (
        (knots.issuer, knots, of(knots.issuer)),
        (pier, revoked, of(pier)),
    ):
        with pytest.raises(InvalidInput):
            endorsements.give(endorser, subject, SAID, by=by)
    with pytest.raises(NotPermitted):
        endorsements.give(pier, knots, SAID, by=of(knots.issuer))
    with pytest.raises(InvalidInput):
        endorsements.give(pier, knots, "  ", by=of(pier))
    with pytest.raises(NotPermitted):
        endorsements.show(given(pier, knots, shown=False), is_shown=True, by=of(pier))


def test_an_award_that_is_not_for_everybody_is_not_found_and_its_endorsement_goes_with_it(
    pier, knots
):
    award = factories.assertion(knots)
    address = f"{ORIGIN}/public/assertions/{award.entity_id}"
    made = given(pier, award)

    Assertion.objects.update(visibility="private")

    with pytest.raises(InvalidInput):
        endorsements.subject_at(address)
    for part in ("", "/ob3"):
        answer = Client().get(f"/public/endorsements/{made.entity_id}{part}")
        assert answer.status_code == 404


@pytest.mark.parametrize(
    "address", ["", "x", "https://[", f"{ORIGIN}/public/badges/nothing", f"{ORIGIN}/backpack/x"]
)
def test_what_is_no_public_address_is_refused(address):
    with pytest.raises(InvalidInput):
        endorsements.subject_at(address)


def test_the_documents_cost_no_more_with_endorsements(pier, knots, django_assert_num_queries):
    award = factories.assertion(knots)
    for subject in (award, knots, knots.issuer):
        given(pier, subject)
    for path in (
        f"assertions/{award.entity_id}",
        f"badges/{knots.entity_id}",
        f"issuers/{knots.issuer.entity_id}",
    ):
        with django_assert_num_queries(1):
            assert json.loads(Client().get(f"/public/{path}.json").content)["endorsement"]


def test_no_more_than_twenty_are_shown(knots):
    for number in range(endorsements.SHOWN_MAX + 1):
        other = factories.issuer(factories.user(f"o{number}@example.org"))
        made = given(other, knots, shown=False)
        if number < endorsements.SHOWN_MAX:
            endorsements.show(made, is_shown=True, by=of(knots.issuer))
    with pytest.raises(InvalidInput):
        endorsements.show(made, is_shown=True, by=of(knots.issuer))

    assert len(got(f"/public/badges/{knots.entity_id}")["endorsement"]) == 20


def test_an_endorser_that_is_deleted_stays_for_what_it_said(pier, knots):
    made = given(pier, knots)

    issuers.remove(pier, by=of(pier))

    assert got(f"/public/endorsements/{made.entity_id}/ob3")["issuer"]["name"] == "Pier School"


def test_the_database_keeps_an_endorsement_to_one_thing(pier, knots):
    now = timezone.now()
    with pytest.raises(IntegrityError), transaction.atomic():
        Endorsement.objects.create(
            endorser=pier,
            owner=knots.issuer,
            issuer=knots.issuer,
            badgeclass=knots,
            state="asked",
            created_at=now,
            updated_at=now,
        )
