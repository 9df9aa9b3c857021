"""Open Badges 3.0 documents, whole, and valid by the schema of the standard."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import HealthCheck, given, settings

from rosette.openbadges import documents, ob3
from rosette.openbadges.credential import Achievement, Alignment, Credential, Evidence, Profile
from rosette.openbadges.credential_schema import credential_schema
from rosette.openbadges.recipient import Recipient
from tests.openbadges.credentials import credentials
from tests.openbadges.facts import AWARD, BOB_PUBLISHED, HARBOR, KNOTS
from tests.openbadges.test_canonical import STATUS

ORIGIN = "https://badges.example.org/public"
VALIDATOR = jsonschema_rs.validator_for(credential_schema(), validate_formats=True)

ACHIEVEMENT = {
    "id": f"{ORIGIN}/badges/TtrgLOe1Q2y-NNS2c1uVLA/ob3",
    "type": ["Achievement"],
    "achievementType": "Badge",
    "name": "Knot Tying",
    "description": "Ties knots",
    "criteria": {"id": "https://harbor.example.org/knots", "narrative": "Tie **ten** knots"},
    "image": {"id": f"{ORIGIN}/badges/TtrgLOe1Q2y-NNS2c1uVLA/image", "type": "Image"},
    "tag": ["rope"],
    "alignment": [
        {
            "type": ["Alignment"],
            "targetName": "Std 1",
            "targetUrl": "https://std.example.org/1",
            "targetCode": "1.a",
        }
    ],
    "related": [
        {
            "id": f"{ORIGIN}/badges/TtrgLOe1Q2y-NNS2c1uVLA",
            "type": ["Related"],
            "version": "Open Badges v2p0",
        }
    ],
}
ISSUER = {
    "id": "did:web:badges.example.org:public:issuers:3kQv0bXUQ4mXkJtN9yq0Zw",
    "type": ["Profile"],
    "name": "Harbor Learning",
    "url": "https://harbor.example.org",
    "email": "ada@example.org",
    "description": "Night school",
    "image": {"id": f"{ORIGIN}/issuers/3kQv0bXUQ4mXkJtN9yq0Zw/image", "type": "Image"},
    "otherIdentifier": [
        {
            "type": "IdentifierEntry",
            "identifier": f"{ORIGIN}/issuers/3kQv0bXUQ4mXkJtN9yq0Zw",
            "identifierType": "identifier",
        }
    ],
}
CREDENTIAL = {
    "@context": [
        "https://www.w3.org/ns/credentials/v2",
        "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
    ],
    "id": f"{ORIGIN}/assertions/9C26ASCCTR2I6Iwm-jsPXQ/ob3",
    "type": ["VerifiableCredential", "OpenBadgeCredential"],
    "name": "Knot Tying",
    "issuer": ISSUER,
    "validFrom": "2024-05-02T09:30:00Z",
    "awardedDate": "2024-05-02T09:30:00Z",
    "validUntil": "2030-01-01T00:00:00Z",
    "credentialSubject": {
        "id": "urn:uuid:a12db42e-539d-5dca-b32c-792f8998dbb3",
        "type": ["AchievementSubject"],
        "identifier": [
            {
                "type": "IdentityObject",
                "hashed": True,
                "identityHash": BOB_PUBLISHED["identity"],
                "identityType": "emailAddress",
                "salt": BOB_PUBLISHED["salt"],
            }
        ],
        "narrative": "nn",
        "achievement": ACHIEVEMENT,
    },
    "evidence": [
        {"id": "https://e.example.org/1", "type": ["Evidence"], "narrative": "e1"},
        {"type": ["Evidence"], "narrative": "two"},
    ],
}
LEAST = Credential(
    id=f"{ORIGIN}/assertions/a",
    uid="a",
    achievement=Achievement(
        id=f"{ORIGIN}/badges/b", name="B", issuer=Profile(id=f"{ORIGIN}/issuers/i", name="I")
    ),
    recipient=Recipient("email", "bob@example.org", False),
    issued_on=datetime(2024, 5, 2, 9, 30, tzinfo=UTC),
)


def render(fact: Credential, **how: Any) -> dict[str, Any]:
    return documents.achievement_credential(fact, **how)


def subject(fact: Credential) -> dict[str, Any]:
    found: dict[str, Any] = render(fact)["credentialSubject"]
    return found


def test_every_field_of_an_award_crosses_in_the_order_of_the_standard():
    document = render(AWARD)

    assert document == CREDENTIAL
    assert list(document) == list(CREDENTIAL)


def test_status_and_schema_are_added_where_they_are_wanted():
    document = render(AWARD, status=STATUS, with_schema=True)

    assert document == CREDENTIAL | {
        "@context": [*CREDENTIAL["@context"], ob3.EXTENSIONS_CONTEXT],
        "credentialStatus": STATUS,
        "credentialSchema": [
            {
                "id": "https://purl.imsglobal.org/spec/ob/v3p0/schema/json/"
                "ob_v3p0_achievementcredential_schema.json",
                "type": "1EdTechJsonSchemaValidator2019",
            }
        ],
    }
    VALIDATOR.validate(document)


def test_what_is_not_given_is_not_there():
    assert render(LEAST) == {
        "@context": CREDENTIAL["@context"],
        "id": f"{ORIGIN}/assertions/a/ob3",
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": "B",
        "issuer": {
            "id": "did:web:badges.example.org:public:issuers:i",
            "type": ["Profile"],
            "name": "I",
            "otherIdentifier": [
                {
                    "type": "IdentifierEntry",
                    "identifier": f"{ORIGIN}/issuers/i",
                    "identifierType": "identifier",
                }
            ],
        },
        "validFrom": "2024-05-02T09:30:00Z",
        "awardedDate": "2024-05-02T09:30:00Z",
        "credentialSubject": {
            "id": "urn:uuid:a17b2588-fdfd-54c2-8e30-6cf2acbaf67f",
            "type": ["AchievementSubject"],
            "identifier": [
                {
                    "type": "IdentityObject",
                    "hashed": False,
                    "identityHash": "bob@example.org",
                    "identityType": "emailAddress",
                }
            ],
            "achievement": {
                "id": f"{ORIGIN}/badges/b/ob3",
                "type": ["Achievement"],
                "achievementType": "Badge",
                "name": "B",
                "description": "B",
                "criteria": {"id": f"{ORIGIN}/badges/b/criteria"},
                "related": [
                    {
                        "id": f"{ORIGIN}/badges/b",
                        "type": ["Related"],
                        "version": "Open Badges v2p0",
                    }
                ],
            },
        },
    }


def test_the_achievement_by_itself():
    assert documents.achievement(KNOTS) == {
        "@context": ["https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"],
        **ACHIEVEMENT,
    }


@settings(max_examples=500, deadline=None, suppress_health_check=list(HealthCheck))
@given(credentials)
def test_whatever_rows_hold_is_valid_by_the_official_schema(fact: Credential):
    VALIDATOR.validate(render(fact))


def test_the_schema_does_refuse():
    for broken in (
        CREDENTIAL | {"issuer": {"id": "did:web:x"}},
        CREDENTIAL | {"credentialStatus": [STATUS]},
        CREDENTIAL | {"@context": CREDENTIAL["@context"][::-1]},
    ):
        assert not VALIDATOR.is_valid(broken)


@pytest.mark.parametrize(
    ("kind", "identity", "type", "id"),
    [
        ("email", "bob@example.org", "emailAddress", None),
        ("telephone", "+4712345678", "ext:telephone", None),
        ("url", "https://bob.example.org/", "ext:url", "https://bob.example.org/"),
        ("openBadgeId", "urn:x:bob", "ext:openBadgeId", "urn:x:bob"),
        ("openBadgeId", "bob", "ext:openBadgeId", None),
    ],
)
def test_recipients_of_every_kind(kind: Any, identity: str, type: str, id: str | None):
    shown = subject(replace(LEAST, recipient=Recipient(kind, identity, False)))
    hidden = subject(replace(LEAST, recipient=Recipient(kind, identity, True, "s")))

    assert shown["identifier"][0] == {
        "type": "IdentityObject",
        "hashed": False,
        "identityHash": identity,
        "identityType": type,
    }
    assert shown["id"] == (id or hidden["id"])
    assert hidden["id"].startswith("urn:uuid:")
    assert hidden["identifier"][0]["identityHash"].startswith("sha256$")
    assert identity not in json.dumps(hidden)


def test_the_id_of_the_subject_says_nothing_of_the_person():
    other = Recipient("email", "carol@example.org", True, "x")

    assert subject(AWARD)["id"] == subject(replace(AWARD, recipient=other))["id"]
    assert subject(AWARD)["id"] != subject(replace(AWARD, id=f"{AWARD.id}x"))["id"]


def test_a_holder_is_the_subject_and_all_else_stays():
    did = "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"

    bound = render(AWARD, holder=did)

    assert bound == CREDENTIAL | {
        "credentialSubject": {**CREDENTIAL["credentialSubject"], "id": did}
    }


def test_an_amended_award_is_valid_from_its_amendment():
    amended = datetime(2025, 1, 2, 3, 4, 5, 678, tzinfo=UTC)

    assert render(AWARD, valid_from=amended) == CREDENTIAL | {"validFrom": "2025-01-02T03:04:05Z"}
    early = datetime(2020, 1, 1, tzinfo=UTC)
    assert render(AWARD, valid_from=early) == CREDENTIAL


def test_nothing_is_valid_from_after_its_end():
    late = datetime(2031, 1, 1, tzinfo=UTC)

    assert render(AWARD, valid_from=late)["validFrom"] == "2030-01-01T00:00:00Z"


@pytest.mark.parametrize(
    ("written", "published"),
    [
        ("a\x00b\x08\x7f", "ab"),
        ("line\r\n\ttab", "line\r\n\ttab"),
        ("e\u0301", "é"),
        ("half\ud800", "half"),
    ],
)
def test_texts_are_in_the_form_that_every_library_signs_alike(written: str, published: str):
    assert subject(replace(AWARD, narrative=written))["narrative"] == published


@pytest.mark.parametrize(
    ("written", "published"),
    [
        ("https://e.example/a b|c", "https://e.example/a%20b%7Cc"),
        ("https://é.example/ü?q=[1]#a#b", "https://%C3%A9.example/%C3%BC?q=%5B1%5D#a%23b"),
        ("https://e.example/100%", "https://e.example/100%25"),
        ("https://e.example/%C3%BC", "https://e.example/%C3%BC"),
        ("relative/path", None),
        ("javascript:alert(1)", None),
        ("https://e.example:port/", None),
        ("https://", None),
    ],
)
def test_addresses_are_absolute_or_not_there(written: str, published: str | None):
    fact = replace(AWARD, evidence=(Evidence(written, "n"),))

    assert render(fact)["evidence"][0].get("id") == published


def test_what_would_say_the_same_twice_or_nothing_is_said_once_or_not():
    fact = replace(
        AWARD,
        achievement=replace(
            KNOTS,
            tags=("rope", "rope", "\x00", ""),
            alignments=(
                *KNOTS.alignments * 2,
                Alignment("", "https://x.example"),
                Alignment("x", ""),
            ),
        ),
        evidence=(*AWARD.evidence, *AWARD.evidence, Evidence("nowhere"), Evidence()),
    )

    assert render(fact) == CREDENTIAL


def test_a_description_is_never_missing():
    assert documents.achievement(replace(KNOTS, description=""))["description"] == "Knot Tying"


def test_an_issuer_on_a_port_of_its_own():
    issuer = replace(HARBOR, id="http://127.0.0.1:8000/public/issuers/a~b")
    fact = replace(AWARD, achievement=replace(KNOTS, issuer=issuer))

    assert render(fact)["issuer"]["id"] == "did:web:127.0.0.1%3A8000:public:issuers:a%7Eb"
