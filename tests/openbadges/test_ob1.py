"""Open Badges 1.1: the whole documents of the contract, and what is read out of foreign ones."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from rosette.openbadges import documents
from rosette.openbadges.credential import (
    Achievement,
    Alignment,
    Credential,
    Evidence,
    Profile,
    Revocation,
)
from rosette.openbadges.errors import MalformedDocument, RevokedAssertion
from rosette.openbadges.recipient import Recipient
from tests.openbadges.facts import AWARD, BOB_PUBLISHED, HARBOR, KNOTS, SHOWN

ISSUER = {
    "@context": "https://w3id.org/openbadges/v1",
    "type": "Issuer",
    "id": "https://badges.example.org/public/issuers/3kQv0bXUQ4mXkJtN9yq0Zw?v=1_1",
    "name": "Harbor Learning",
    "url": "https://harbor.example.org",
    "email": "ada@example.org",
    "description": "Night school",
    "image": "https://badges.example.org/public/issuers/3kQv0bXUQ4mXkJtN9yq0Zw/image",
}
BADGECLASS = {
    "@context": "https://w3id.org/openbadges/v1",
    "type": "BadgeClass",
    "id": "https://badges.example.org/public/badges/TtrgLOe1Q2y-NNS2c1uVLA?v=1_1",
    "name": "Knot Tying",
    "description": "Ties knots",
    "issuer": "https://badges.example.org/public/issuers/3kQv0bXUQ4mXkJtN9yq0Zw?v=1_1",
    "image": "https://badges.example.org/public/badges/TtrgLOe1Q2y-NNS2c1uVLA/image",
    "criteria": "https://harbor.example.org/knots",
}
ASSERTION = {
    "@context": "https://w3id.org/openbadges/v1",
    "type": "Assertion",
    "id": "https://badges.example.org/public/assertions/9C26ASCCTR2I6Iwm-jsPXQ?v=1_1",
    "badge": "https://badges.example.org/public/badges/TtrgLOe1Q2y-NNS2c1uVLA?v=1_1",
    "image": "https://badges.example.org/public/assertions/9C26ASCCTR2I6Iwm-jsPXQ/image",
    "verify": {
        "type": "hosted",
        "url": "https://badges.example.org/public/assertions/9C26ASCCTR2I6Iwm-jsPXQ?v=1_1",
    },
    "uid": "9C26ASCCTR2I6Iwm-jsPXQ",
    "evidence": "https://badges.example.org/public/assertions/9C26ASCCTR2I6Iwm-jsPXQ",
    "issuedOn": "2024-05-02T09:30:00.134978+00:00",
    "expires": "2030-01-01T00:00:00+00:00",
    "recipient": BOB_PUBLISHED,
}
COLLECTION = {
    "@context": "https://w3id.org/openbadges/v1",
    "type": "Collection",
    "id": "https://badges.example.org/public/collections/56a86b6d?v=1_1",
    "name": "Ropes",
    "description": "What I can do",
    "entityId": "qG1nAqmcTNGTZCKe4Hnx9Q",
    "owner": {"firstName": "Bob", "lastName": "Vale"},
    "badges": [ASSERTION],
}

Document = dict[str, Any]


@pytest.mark.parametrize(
    ("fact", "expand", "document"),
    [
        (HARBOR, [], ISSUER),
        (KNOTS, [], BADGECLASS),
        (KNOTS, ["issuer"], BADGECLASS | {"issuer": ISSUER}),
        (AWARD, [], ASSERTION),
        (AWARD, ["badge", "badge.issuer"], ASSERTION | {"badge": BADGECLASS | {"issuer": ISSUER}}),
        (SHOWN, [], COLLECTION),
        (SHOWN, ["badges.badge"], COLLECTION | {"badges": [ASSERTION | {"badge": BADGECLASS}]}),
    ],
)
def test_documents_are_those_of_the_contract(
    fact: Any, expand: list[str], document: Document
) -> None:
    rendered = documents.render(fact, "1_1", expand=expand)

    assert rendered == document
    assert list(rendered) == list(document)


def test_without_a_url_of_criteria_our_page_shows_them() -> None:
    told = replace(KNOTS, criteria_url="")

    assert documents.render(told, "1_1") == BADGECLASS | {"criteria": f"{KNOTS.id}/criteria"}


@pytest.mark.parametrize(
    ("evidence", "expected"),
    [
        ((Evidence("https://e.example.org/1", "one"),), {"evidence": "https://e.example.org/1"}),
        ((Evidence(narrative="told"),), {"evidence": AWARD.id}),
        ((), {}),
    ],
)
def test_evidence_is_one_url(evidence: tuple[Evidence, ...], expected: Document) -> None:
    award = replace(AWARD, evidence=evidence)
    rest = {name: value for name, value in ASSERTION.items() if name != "evidence"}

    assert documents.render(award, "1_1") == rest | expected


def test_a_revoked_assertion_shrinks() -> None:
    revoked = replace(AWARD, revocation=Revocation())

    assert documents.render(revoked, "1_1") == {
        "@context": "https://w3id.org/openbadges/v1",
        "type": "Assertion",
        "id": ASSERTION["id"],
        "revoked": True,
        "revocationReason": "",
    }


def test_the_copies_of_foreign_badges_keep_their_ids() -> None:
    local = "https://badges.example.org/public"
    issuer = Profile("https://far.example/i", name="Far", hosted_url=f"{local}/issuers/1")
    badge = Achievement(
        "https://far.example/b", name="Diving", issuer=issuer, hosted_url=f"{local}/badges/1"
    )

    assert documents.render(badge, "1_1") == {
        "@context": "https://w3id.org/openbadges/v1",
        "type": "BadgeClass",
        "id": "https://far.example/b",
        "name": "Diving",
        "description": "",
        "issuer": "https://far.example/i",
        "criteria": "https://badges.example.org/public/badges/1/criteria",
        "source_url": "https://far.example/b",
        "hosted_url": "https://badges.example.org/public/badges/1",
    }


def test_a_foreign_document_is_read() -> None:
    document = {
        "@context": "https://w3id.org/openbadges/v1",
        "type": "Assertion",
        "id": "https://far.example/a/1",
        "uid": "a1",
        "badge": {
            "type": "BadgeClass",
            "id": "https://far.example/b/1",
            "name": "Diving",
            "description": "Dives",
            "criteria": "https://far.example/criteria",
            "image": "https://far.example/b/1.png",
            "issuer": {
                "type": "Issuer",
                "id": "https://far.example/i",
                "name": "Far",
                "url": "https://far.example",
                "revocationList": "https://far.example/revoked",
            },
            "alignment": [{"name": "Deep", "url": "https://std.example.org/", "description": "d"}],
            "tags": ["water"],
        },
        "recipient": BOB_PUBLISHED,
        "verify": {"type": "hosted", "url": "https://far.example/a/1"},
        "evidence": "https://far.example/dive",
        "issuedOn": "2024-05-02",
    }

    assert documents.read(document, Credential) == Credential(
        id="https://far.example/a/1",
        uid="a1",
        achievement=Achievement(
            id="https://far.example/b/1",
            name="Diving",
            description="Dives",
            issuer=Profile(
                id="https://far.example/i",
                name="Far",
                url="https://far.example",
                extensions={"revocationList": "https://far.example/revoked"},
            ),
            image="https://far.example/b/1.png",
            criteria_url="https://far.example/criteria",
            alignments=(Alignment("Deep", "https://std.example.org/", "d"),),
            tags=("water",),
        ),
        recipient=Recipient("email", BOB_PUBLISHED["identity"], True, BOB_PUBLISHED["salt"]),
        issued_on=datetime(2024, 5, 2, tzinfo=UTC),
        evidence=(Evidence("https://far.example/dive"),),
    )


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (1714642200, datetime(2024, 5, 2, 9, 30, tzinfo=UTC)),
        (1714642200.5, datetime(2024, 5, 2, 9, 30, 0, 500000, UTC)),
        ("1714642200", datetime(2024, 5, 2, 9, 30, tzinfo=UTC)),
        ("2024-05-02", datetime(2024, 5, 2, tzinfo=UTC)),
        ("2024-05-02T09:30:00", datetime(2024, 5, 2, 9, 30, tzinfo=UTC)),
        ("2024-05-02T09:30:00Z", datetime(2024, 5, 2, 9, 30, tzinfo=UTC)),
        ("2024-05-02T11:30:00+0200", datetime(2024, 5, 2, 9, 30, tzinfo=UTC)),
    ],
)
def test_moments_come_in_many_forms(written: object, expected: datetime) -> None:
    assert documents.read(ASSERTION | {"issuedOn": written}, Credential).issued_on == expected


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"type": "Issuer"}, "type: must be Assertion"),
        ({"badge": BADGECLASS | {"issuer": None}}, "badge.issuer: is missing"),
        ({"badge": BADGECLASS | {"criteria": {}}}, "badge.criteria: must be a text"),
        ({"badge": BADGECLASS | {"alignment": {"url": "x"}}}, "badge.alignment.name: is missing"),
        ({"evidence": ["x"]}, "evidence: must be a text"),
        ({"issuedOn": None}, "issuedOn: is missing"),
        ({"issuedOn": True}, "issuedOn: must be a date and time"),
        ({"issuedOn": 1e300}, "issuedOn: must be a date and time"),
        ({"issuedOn": "2024-13-02"}, "issuedOn: must be a date and time in ISO 8601"),
        ({"issuedOn": "May"}, "issuedOn: must be a date and time in ISO 8601"),
    ],
)
def test_a_malformed_document_is_refused_by_member(change: Document, refusal: str) -> None:
    with pytest.raises(MalformedDocument) as refused:
        documents.read(ASSERTION | change, Credential)

    assert str(refused.value) == refusal


def test_a_revoked_assertion_is_refused() -> None:
    with pytest.raises(RevokedAssertion):
        documents.read(ASSERTION | {"revoked": True}, Credential)
