"""Open Badges 2.0: the whole documents of the contract, and what is read out of foreign ones."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
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
    "@context": "https://w3id.org/openbadges/v2",
    "type": "Issuer",
    "id": "https://badges.example.org/public/issuers/3kQv0bXUQ4mXkJtN9yq0Zw",
    "name": "Harbor Learning",
    "url": "https://harbor.example.org",
    "email": "ada@example.org",
    "description": "Night school",
    "image": "https://badges.example.org/public/issuers/3kQv0bXUQ4mXkJtN9yq0Zw/image",
}
BADGECLASS = {
    "@context": "https://w3id.org/openbadges/v2",
    "type": "BadgeClass",
    "id": "https://badges.example.org/public/badges/TtrgLOe1Q2y-NNS2c1uVLA",
    "name": "Knot Tying",
    "description": "Ties knots",
    "issuer": "https://badges.example.org/public/issuers/3kQv0bXUQ4mXkJtN9yq0Zw",
    "image": "https://badges.example.org/public/badges/TtrgLOe1Q2y-NNS2c1uVLA/image",
    "criteria": {"id": "https://harbor.example.org/knots", "narrative": "Tie **ten** knots"},
    "alignment": [
        {
            "targetName": "Std 1",
            "targetUrl": "https://std.example.org/1",
            "targetCode": "1.a",
        }
    ],
    "tags": ["rope"],
}
ASSERTION = {
    "@context": "https://w3id.org/openbadges/v2",
    "type": "Assertion",
    "id": "https://badges.example.org/public/assertions/9C26ASCCTR2I6Iwm-jsPXQ",
    "badge": "https://badges.example.org/public/badges/TtrgLOe1Q2y-NNS2c1uVLA",
    "image": "https://badges.example.org/public/assertions/9C26ASCCTR2I6Iwm-jsPXQ/image",
    "verification": {"type": "HostedBadge"},
    "evidence": [
        {"type": "Evidence", "id": "https://e.example.org/1", "narrative": "e1"},
        {"type": "Evidence", "narrative": "two"},
    ],
    "narrative": "nn",
    "issuedOn": "2024-05-02T09:30:00.134978+00:00",
    "expires": "2030-01-01T00:00:00+00:00",
    "recipient": BOB_PUBLISHED,
}
COLLECTION = {
    "@context": "https://w3id.org/openbadges/v2",
    "type": "Collection",
    "id": "https://badges.example.org/public/collections/56a86b6d",
    "name": "Ropes",
    "description": "What I can do",
    "entityId": "qG1nAqmcTNGTZCKe4Hnx9Q",
    "owner": {"firstName": "Bob", "lastName": "Vale"},
    "badges": [ASSERTION],
}

Document = dict[str, Any]


def ordered(document: Any) -> Any:
    """The same with its objects as lists of pairs, so that ``==`` sees the order of members."""
    if isinstance(document, dict):
        return [(name, ordered(value)) for name, value in document.items()]
    return [ordered(item) for item in document] if isinstance(document, list) else document


@pytest.mark.parametrize(
    ("fact", "document"),
    [(HARBOR, ISSUER), (KNOTS, BADGECLASS), (AWARD, ASSERTION), (SHOWN, COLLECTION)],
    ids=["issuer", "badgeclass", "assertion", "collection"],
)
def test_documents_are_those_of_the_contract_in_its_order(fact: Any, document: Document) -> None:
    assert ordered(documents.render(fact)) == ordered(document)


def test_an_issuer_without_description_publishes_null_and_without_image_nothing() -> None:
    bare = replace(HARBOR, description=None, image=None)

    assert documents.render(bare) == {k: v for k, v in ISSUER.items() if k != "image"} | {
        "description": None
    }


def test_an_image_with_more_to_say_is_an_object() -> None:
    captioned = replace(HARBOR, image_details={"caption": "A harbor at night"})

    assert documents.render(captioned) == ISSUER | {
        "image": {"id": ISSUER["image"], "caption": "A harbor at night"}
    }


def test_a_bare_badgeclass_keeps_its_empty_members() -> None:
    bare = Achievement(id=KNOTS.id, name="Knot Tying", issuer=HARBOR)

    assert documents.render(bare) == {
        "@context": "https://w3id.org/openbadges/v2",
        "type": "BadgeClass",
        "id": KNOTS.id,
        "name": "Knot Tying",
        "description": "",
        "issuer": HARBOR.id,
        "criteria": {},
        "alignment": [],
        "tags": [],
    }


def test_a_bare_assertion_leaves_out_what_it_has_not() -> None:
    bare = Credential(
        id=AWARD.id,
        uid=AWARD.uid,
        achievement=KNOTS,
        recipient=Recipient("openBadgeId", "https://example.org/bob", False, "unused"),
        issued_on=datetime(2024, 5, 2, 11, 30, tzinfo=timezone(timedelta(hours=2))),
    )

    assert documents.render(bare) == {
        "@context": "https://w3id.org/openbadges/v2",
        "type": "Assertion",
        "id": AWARD.id,
        "badge": KNOTS.id,
        "verification": {"type": "HostedBadge"},
        "issuedOn": "2024-05-02T09:30:00+00:00",
        "recipient": {"hashed": False, "type": "id", "identity": "https://example.org/bob"},
    }


@pytest.mark.parametrize(
    ("fact", "expand", "document"),
    [
        (KNOTS, ["issuer"], BADGECLASS | {"issuer": ISSUER}),
        (AWARD, ["badge"], ASSERTION | {"badge": BADGECLASS}),
        (AWARD, ["badge", "badge.issuer"], ASSERTION | {"badge": BADGECLASS | {"issuer": ISSUER}}),
        (AWARD, ["badge.issuer", "nonsense"], ASSERTION),
        (
            SHOWN,
            ["badges.badge", "badges.badge.issuer"],
            COLLECTION | {"badges": [ASSERTION | {"badge": BADGECLASS | {"issuer": ISSUER}}]},
        ),
    ],
)
def test_what_is_expanded_is_embedded_whole(
    fact: Any, expand: list[str], document: Document
) -> None:
    assert documents.render(fact, expand=expand) == document


def test_a_revoked_assertion_shrinks_whatever_is_to_be_expanded() -> None:
    revoked = replace(AWARD, revocation=Revocation("Issued in error"), extensions={"a": 1})

    assert ordered(documents.render(revoked, expand=["badge"])) == ordered(
        {
            "@context": "https://w3id.org/openbadges/v2",
            "type": "Assertion",
            "id": AWARD.id,
            "revoked": True,
            "revocationReason": "Issued in error",
        }
    )


@pytest.mark.parametrize(
    ("fact", "document"), [(HARBOR, ISSUER), (KNOTS, BADGECLASS), (AWARD, ASSERTION)]
)
def test_extensions_are_members_but_replace_none(fact: Any, document: Document) -> None:
    extensions = {"extensions:depth": {"type": ["Extension"], "metres": 3}, "id": "https://evil"}

    assert documents.render(replace(fact, extensions=extensions)) == document | {
        "extensions:depth": {"type": ["Extension"], "metres": 3}
    }


def test_the_copy_of_a_foreign_badge_says_where_it_comes_from() -> None:
    copied = replace(
        AWARD, id="https://far.example/a/1", hosted_url="https://badges.example.org/public/a/1"
    )

    assert documents.render(copied) == ASSERTION | {
        "id": "https://far.example/a/1",
        "sourceUrl": "https://far.example/a/1",
        "hostedUrl": "https://badges.example.org/public/a/1",
    }


def test_what_was_published_reads_as_it_was_except_what_it_hides() -> None:
    document = documents.render(AWARD, expand=["badge", "badge.issuer"])

    shown = Recipient("email", AWARD.recipient.published, True, AWARD.recipient.salt)
    assert documents.read(document, Credential) == replace(AWARD, uid="", recipient=shown)


def test_links_are_read_as_references() -> None:
    credential = documents.read(ASSERTION, Credential)
    achievement = documents.read(BADGECLASS, Achievement)

    assert credential.achievement == Achievement(KNOTS.id)
    assert credential.achievement.is_reference
    assert achievement == replace(KNOTS, issuer=Profile(HARBOR.id))
    assert achievement.issuer.is_reference


def test_a_foreign_document_is_read_whichever_way_it_writes_things() -> None:
    document = {
        "@context": ["https://w3id.org/openbadges/v2", {"depth": "https://far.example/depth"}],
        "type": ["Assertion", "Extension"],
        "id": "https://far.example/a/1",
        "badge": {
            "type": "BadgeClass",
            "id": "https://far.example/b/1",
            "name": "Diving",
            "description": None,
            "criteria": "https://far.example/criteria",
            "image": {"id": "https://far.example/b/1.svg", "author": "https://far.example/art"},
            "issuer": {"id": "https://far.example/i", "type": "Profile"},
            "alignment": {"targetName": "Deep", "targetUrl": "https://std.example.org/deep"},
            "tags": "water",
        },
        "recipient": {"type": "email", "identity": "bob@example.org"},
        "verification": {"type": "hosted"},
        "evidence": "https://far.example/dive",
        "issuedOn": "2024-05-02T11:30:00+02:00",
        "expires": None,
        "depth": 30,
    }

    assert documents.read(document, Credential) == Credential(
        id="https://far.example/a/1",
        uid="",
        achievement=Achievement(
            id="https://far.example/b/1",
            name="Diving",
            issuer=Profile("https://far.example/i"),
            image="https://far.example/b/1.svg",
            image_details={"author": "https://far.example/art"},
            criteria_url="https://far.example/criteria",
            alignments=(Alignment("Deep", "https://std.example.org/deep"),),
            tags=("water",),
        ),
        recipient=Recipient("email", "bob@example.org", False),
        issued_on=datetime(2024, 5, 2, 9, 30, tzinfo=UTC),
        evidence=(Evidence("https://far.example/dive"),),
        extensions={"depth": 30},
    )


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"type": "BadgeClass"}, "type: must be Assertion"),
        ({"type": None}, "type: must be Assertion"),
        ({"id": None}, "id: is missing"),
        ({"id": 7}, "id: must be a text"),
        ({"badge": None}, "badge: is missing"),
        ({"badge": []}, "badge: must be a URL or an object"),
        ({"badge": BADGECLASS | {"name": ""}}, "badge.name: is missing"),
        (
            {"badge": BADGECLASS | {"issuer": ISSUER | {"type": "Person"}}},
            "badge.issuer.type: must be Issuer or Profile",
        ),
        (
            {"badge": BADGECLASS | {"alignment": [{"targetName": "Deep"}]}},
            "badge.alignment.targetUrl: is missing",
        ),
        ({"badge": BADGECLASS | {"alignment": ["x"]}}, "badge.alignment: must be an object"),
        ({"badge": BADGECLASS | {"tags": [1]}}, "badge.tags: must be a list of texts"),
        ({"badge": BADGECLASS | {"criteria": 1}}, "badge.criteria: must be a URL or an object"),
        (
            {"badge": BADGECLASS | {"image": {"caption": "x"}}},
            "badge.image: must be a URL or an object with an id",
        ),
        ({"recipient": None}, "recipient: is missing"),
        ({"recipient": "bob@example.org"}, "recipient: must be an object"),
        ({"recipient": BOB_PUBLISHED | {"identity": ""}}, "recipient.identity: is missing"),
        (
            {"recipient": BOB_PUBLISHED | {"identity": "bob@example.org"}},
            "recipient.identity: must be a hash, sha256$ or md5$ and hex digits",
        ),
        (
            {"recipient": BOB_PUBLISHED | {"hashed": "yes"}},
            "recipient.hashed: must be true or false",
        ),
        (
            {"recipient": BOB_PUBLISHED | {"type": "shoe size"}},
            "recipient.type: must be email, url, telephone or id",
        ),
        ({"evidence": [1]}, "evidence: must be a URL or an object"),
        ({"evidence": [{"id": 1}]}, "evidence.id: must be a text"),
        ({"issuedOn": None}, "issuedOn: is missing"),
        ({"issuedOn": 1714642200}, "issuedOn: must be a date and time"),
        ({"issuedOn": "yesterday"}, "issuedOn: must be a date and time in ISO 8601"),
        ({"issuedOn": "2024-05-02T09:30:00"}, "issuedOn: must have a time zone"),
        ({"expires": "0001-01-01T00:00:00+14:00"}, "expires: must be a date and time in ISO 8601"),
    ],
)
def test_a_malformed_document_is_refused_by_member(change: Document, refusal: str) -> None:
    with pytest.raises(MalformedDocument) as refused:
        documents.read(ASSERTION | change, Credential)

    assert str(refused.value) == refusal


def test_a_revoked_assertion_is_refused_by_its_reason_alone() -> None:
    stub = documents.render(replace(AWARD, revocation=Revocation("Issued in error")))

    with pytest.raises(RevokedAssertion) as refused:
        documents.read(stub, Credential)

    assert (refused.value.id, refused.value.reason) == (AWARD.id, "Issued in error")
