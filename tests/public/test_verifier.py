"""``POST /public/verify``: our own awards."""

from typing import Any

import pytest
from django.test import Client

from tests import published
from tests.public.test_assertions import ASSERTION, BADGECLASS, ISSUER, NOT_FOUND
from tests.published import AWARD, ORIGIN

pytestmark = pytest.mark.django_db

WHOLE = ASSERTION | {"badge": BADGECLASS | {"issuer": ISSUER}}
PATH = "/public/verify"


def envelope(document: Any) -> dict[str, Any]:
    return {"status": {"success": True, "description": "OK"}, "result": [document]}


@pytest.mark.parametrize("path", [PATH, f"{PATH}.json", f"{PATH}/"])
def test_an_award_with_badge_and_issuer(
    client: Client, django_assert_num_queries: Any, path: str
) -> None:
    published.award()

    with django_assert_num_queries(1):
        response = client.post(path, {"entity_id": AWARD}, content_type="application/json")

    assert response.status_code == 200
    assert response.json() == envelope(WHOLE)


def test_a_form_will_do(client: Client) -> None:
    published.award()

    assert client.post(PATH, {"entity_id": AWARD}).json() == envelope(WHOLE)


def test_a_revoked_award_says_so(client: Client) -> None:
    published.award(revoked_at=published.CHANGED, revocation_reason="Issued in error")

    response = client.post(PATH, {"entity_id": AWARD}, content_type="application/json")

    assert response.status_code == 200
    assert response.json() == envelope(
        {
            "@context": "https://w3id.org/openbadges/v2",
            "type": "Assertion",
            "id": f"{ORIGIN}/public/assertions/{AWARD}",
            "revoked": True,
            "revocationReason": "Issued in error",
        }
    )


@pytest.mark.parametrize(
    "body",
    ['{"entity_id": "nothing"}', "{}", "[]", '{"entity_id": 7}', '{"entity_id": "\\u0000"}', ""],
)
def test_what_names_no_award_is_not_found(client: Client, body: str) -> None:
    published.award()

    response = client.post(PATH, body, content_type="application/json")

    assert (response.status_code, response.json()) == (404, NOT_FOUND)


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("x" * 2_000, "application/json"),
        ("a=1&b=2&c=3", "application/x-www-form-urlencoded"),
    ],
)
def test_what_is_too_large_is_413_and_no_event_for_the_log(
    client: Client, settings: Any, caplog: Any, body: str, content_type: str
) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = 2

    response = client.post(PATH, body, content_type=content_type)

    assert response.status_code == 413
    assert response.json()["validationErrors"] == ["The request body is too large."]
    assert caplog.records == []


def test_what_is_no_json_is_refused(client: Client) -> None:
    response = client.post(PATH, "{", content_type="application/json")

    assert response.status_code == 400
    (message,) = response.json()["validationErrors"]
    assert message.startswith("JSON parse error - ")


def test_e9_get_is_405(client: Client) -> None:
    response = client.get(PATH)

    assert (response.status_code, response["Allow"]) == (405, "POST")
    assert response.json() == {
        "status": {"success": False, "description": "miscellaneous error"},
        "result": [],
        "fieldErrors": {},
        "validationErrors": ['Method "GET" not allowed.'],
    }
