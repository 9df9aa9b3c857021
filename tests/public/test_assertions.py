"""``/public/assertions/:id`` as a document: whole, in both versions, and cached."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from rosette.models import Assertion, BadgeClass, Issuer
from tests import published
from tests.openbadges.facts import BOB_PUBLISHED
from tests.published import AWARD, HARBOR, KNOTS, ORIGIN

pytestmark = pytest.mark.django_db

PATH = f"/public/assertions/{AWARD}"

ISSUER = {
    "@context": "https://w3id.org/openbadges/v2",
    "type": "Issuer",
    "id": f"{ORIGIN}/public/issuers/{HARBOR}",
    "name": "Harbor Learning",
    "url": "https://harbor.example.org",
    "email": "ada@example.org",
    "description": "Night school",
    "image": f"{ORIGIN}/public/issuers/{HARBOR}/image",
}
BADGECLASS = {
    "@context": "https://w3id.org/openbadges/v2",
    "type": "BadgeClass",
    "id": f"{ORIGIN}/public/badges/{KNOTS}",
    "name": "Knot Tying",
    "description": "Ties knots",
    "issuer": f"{ORIGIN}/public/issuers/{HARBOR}",
    "image": f"{ORIGIN}/public/badges/{KNOTS}/image",
    "criteria": {"id": "https://harbor.example.org/knots", "narrative": "Tie **ten** knots"},
    "alignment": [
        {"targetName": "Std 1", "targetUrl": "https://std.example.org/1", "targetCode": "1.a"}
    ],
    "tags": ["rope"],
}
ASSERTION = {
    "@context": "https://w3id.org/openbadges/v2",
    "type": "Assertion",
    "id": f"{ORIGIN}{PATH}",
    "badge": f"{ORIGIN}/public/badges/{KNOTS}",
    "image": f"{ORIGIN}{PATH}/image",
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
ISSUER_1_1 = {
    **ISSUER,
    "@context": "https://w3id.org/openbadges/v1",
    "id": f"{ORIGIN}/public/issuers/{HARBOR}?v=1_1",
}
BADGECLASS_1_1 = {
    "@context": "https://w3id.org/openbadges/v1",
    "type": "BadgeClass",
    "id": f"{ORIGIN}/public/badges/{KNOTS}?v=1_1",
    "name": "Knot Tying",
    "description": "Ties knots",
    "issuer": f"{ORIGIN}/public/issuers/{HARBOR}?v=1_1",
    "image": f"{ORIGIN}/public/badges/{KNOTS}/image",
    "criteria": "https://harbor.example.org/knots",
}
ASSERTION_1_1 = {
    "@context": "https://w3id.org/openbadges/v1",
    "type": "Assertion",
    "id": f"{ORIGIN}{PATH}?v=1_1",
    "badge": f"{ORIGIN}/public/badges/{KNOTS}?v=1_1",
    "image": f"{ORIGIN}{PATH}/image",
    "verify": {"type": "hosted", "url": f"{ORIGIN}{PATH}?v=1_1"},
    "uid": AWARD,
    "evidence": f"{ORIGIN}{PATH}",
    "issuedOn": "2024-05-02T09:30:00.134978+00:00",
    "expires": "2030-01-01T00:00:00+00:00",
    "recipient": BOB_PUBLISHED,
}
NOT_FOUND = {
    "status": {"success": False, "description": "entity not found or insufficient privileges"},
    "result": [],
    "fieldErrors": {},
    "validationErrors": [],
}


def ordered(document: Any) -> Any:
    """The document with objects as lists of pairs, so that the order of members counts."""
    if isinstance(document, dict):
        return [(name, ordered(value)) for name, value in document.items()]
    return [ordered(item) for item in document] if isinstance(document, list) else document


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ASSERTION),
        ("?v=2_0", ASSERTION),
        ("?v=4_0", ASSERTION),
        ("?v=1_1", ASSERTION_1_1),
        ("?expand=badge", ASSERTION | {"badge": BADGECLASS}),
        (
            "?expand=badge&expand=badge.issuer",
            ASSERTION | {"badge": BADGECLASS | {"issuer": ISSUER}},
        ),
        ("?expand=badge.issuer", ASSERTION),
        ("?expand=issuer&expand=nothing", ASSERTION),
        ("?expand=badge&v=1_1", ASSERTION_1_1 | {"badge": BADGECLASS_1_1}),
        (
            "?expand=badge&expand=badge.issuer&v=1_1",
            ASSERTION_1_1 | {"badge": BADGECLASS_1_1 | {"issuer": ISSUER_1_1}},
        ),
    ],
)
@pytest.mark.parametrize("suffix", ["", "/", ".json"])
def test_k24_versions_and_expansion(
    client: Client, suffix: str, query: str, expected: dict[str, Any]
) -> None:
    published.award()

    response = client.get(f"{PATH}{suffix}{query}")

    assert response.status_code == 200
    assert ordered(response.json()) == ordered(expected)


def test_what_is_not_given_is_not_there(client: Client) -> None:
    published.award(evidence=[], narrative="", expires_on=None)

    expected = {k: v for k, v in ASSERTION.items() if k not in ("evidence", "narrative", "expires")}
    assert client.get(PATH).json() == expected


def test_k12_a_revoked_award_is_200_and_says_no_more_than_that(client: Client) -> None:
    revoked_at = datetime(2025, 1, 1, tzinfo=UTC)
    published.award(revoked_at=revoked_at, revocation_reason="Issued in error")

    for query in ("", "?expand=badge&expand=badge.issuer"):
        response = client.get(PATH + query)

        assert response.status_code == 200
        assert ordered(response.json()) == ordered(
            {
                "@context": "https://w3id.org/openbadges/v2",
                "type": "Assertion",
                "id": f"{ORIGIN}{PATH}",
                "revoked": True,
                "revocationReason": "Issued in error",
            }
        )


def test_w8_a_revoked_award_of_a_deleted_class_still_says_so(client: Client) -> None:
    harbor = published.harbor(deleted_at=published.CHANGED)
    knots = published.knots(harbor, deleted_at=published.CHANGED)
    published.award(knots, revoked_at=published.CHANGED)

    assert client.get(PATH).json() == {
        "@context": "https://w3id.org/openbadges/v2",
        "type": "Assertion",
        "id": f"{ORIGIN}{PATH}",
        "revoked": True,
        "revocationReason": "",
    }
    assert client.get(f"/public/badges/{KNOTS}").json() == BADGECLASS
    assert client.get(f"/public/issuers/{HARBOR}").json() == ISSUER


def test_an_expired_award_is_shown_without_a_flag(client: Client) -> None:
    published.award(expires_on=datetime(2024, 6, 1, tzinfo=UTC))

    assert client.get(PATH).json() == ASSERTION | {"expires": "2024-06-01T00:00:00+00:00"}


def test_a_rejected_award_is_still_public(client: Client) -> None:
    published.award(acceptance="Rejected")

    assert client.get(PATH).json() == ASSERTION


@pytest.mark.parametrize(
    ("kind", "identity", "type"),
    [
        ("email", "bob@example.org", "email"),
        ("telephone", "+15551234567", "telephone"),
        ("url", "https://bob.example.org", "url"),
    ],
)
def test_a_recipient_in_the_clear(client: Client, kind: str, identity: str, type: str) -> None:
    published.award(recipient_kind=kind, recipient_identity=identity, recipient_hashed=False)

    recipient = {"hashed": False, "type": type, "identity": identity}
    assert client.get(PATH).json() == ASSERTION | {"recipient": recipient}
    assert client.get(f"{PATH}?v=1_1").json() == ASSERTION_1_1 | {"recipient": recipient}


def test_w30_an_open_badge_id_is_published_under_the_name_of_the_standard(client: Client) -> None:
    published.award(
        recipient_kind="openBadgeId",
        recipient_identity="https://id.example.org/bob",
        recipient_hashed=False,
    )

    assert client.get(PATH).json()["recipient"] == {
        "hashed": False,
        "type": "id",
        "identity": "https://id.example.org/bob",
    }


def test_k25_a_slug_of_old_leads_on_with_suffix_and_query(client: Client) -> None:
    published.award(slug="9c26aeec-0001")

    response = client.get("/public/assertions/9c26aeec-0001.json?v=1_1&expand=badge")

    assert response.status_code == 301
    assert response["Location"] == f"{PATH}.json?v=1_1&expand=badge"


@pytest.mark.parametrize("name", ["nothing", "a%00b", "x" * 300, "%F0%9F%AA%A2"])
def test_an_unknown_name_is_not_found(client: Client, name: str) -> None:
    response = client.get(f"/public/assertions/{name}")

    assert response.status_code == 404
    assert "a%00b" in name or response.json() == NOT_FOUND


def test_the_same_bytes_each_time(client: Client) -> None:
    published.award(extensions={"extensions:b": {"z": 1}, "extensions:a": {}})

    first, again = (client.get(f"{PATH}?expand=badge") for _ in range(2))

    assert first.content == again.content
    assert first["ETag"] == again["ETag"]


@pytest.mark.parametrize("pieces", [0, 1, 30])
@pytest.mark.parametrize("query", ["", "?expand=badge&expand=badge.issuer", "?v=1_1"])
def test_a_document_is_one_query_whatever_its_evidence(
    client: Client, django_assert_num_queries: Any, pieces: int, query: str
) -> None:
    published.award(evidence=[{"url": f"https://e.example.org/{n}"} for n in range(pieces)])

    with django_assert_num_queries(1):
        response = client.get(PATH + query)

    assert response.status_code == 200


def test_304_is_one_query_and_nothing_is_sent(
    client: Client, django_assert_num_queries: Any
) -> None:
    published.award()
    first = client.get(PATH)

    with django_assert_num_queries(1):
        again = client.get(PATH, headers={"If-None-Match": first["ETag"]})

    assert (again.status_code, again.content) == (304, b"")
    assert again["ETag"] == first["ETag"]
    assert again["Cache-Control"] == first["Cache-Control"]
    assert again["Last-Modified"] == first["Last-Modified"] == "Fri, 03 May 2024 08:15:00 GMT"
    assert again["Vary"] == first["Vary"]


def test_304_by_date(client: Client) -> None:
    published.award()
    since = {"If-Modified-Since": client.get(PATH)["Last-Modified"]}

    assert client.get(PATH, headers=since).status_code == 304

    Assertion.objects.update(updated_at=timezone.now())
    assert client.get(PATH, headers=since).status_code == 200


def test_what_changed_this_very_second_has_no_date_yet(client: Client) -> None:
    published.award(updated_at=timezone.now())

    assert "Last-Modified" not in client.get(PATH)


@pytest.mark.parametrize("changed", [Assertion, BadgeClass, Issuer])
def test_a_change_of_any_row_is_seen_at_once(client: Client, changed: Any) -> None:
    published.award()
    had = client.get(PATH)["ETag"]

    changed.objects.update(updated_at=timezone.now())

    assert client.get(PATH, headers={"If-None-Match": had}).status_code == 200


def test_a_revocation_is_seen_at_once_by_those_who_had_the_award(client: Client) -> None:
    row = published.award()
    had = client.get(PATH)["ETag"]

    row.revoked_at = row.updated_at = timezone.now()
    row.save()
    response = client.get(PATH, headers={"If-None-Match": had})

    assert response.status_code == 200
    assert response.json()["revoked"] is True


def test_each_form_has_its_own_tag(client: Client) -> None:
    published.award()
    json, html = {"Accept": "application/json"}, {"Accept": "text/html"}

    tags = {
        client.get(PATH)["ETag"],
        client.get(PATH, headers=json)["ETag"],
        client.get(PATH, headers=html)["ETag"],
        client.get(f"{PATH}?v=1_1")["ETag"],
        client.get(f"{PATH}?expand=badge")["ETag"],
    }

    assert len(tags) == 5


def test_a_share_link_of_old_leads_to_the_award(client: Client) -> None:
    response = client.get(f"/share/badge/{AWARD}")

    assert (response.status_code, response["Location"]) == (301, PATH)
