"""Requests that are out to break something: each is refused in the envelope, and nothing breaks."""

from base64 import urlsafe_b64encode
from typing import Any

import pytest
from django.test import Client

from rosette.models import Assertion, User
from tests import factories
from tests.api.client import Api, bad_request

pytestmark = pytest.mark.django_db

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=x"


@pytest.fixture
def ada() -> User:
    return factories.user()


@pytest.fixture
def path(ada: User) -> str:
    """Where awards are made and listed."""
    knots = factories.badgeclass(factories.issuer(ada))
    return f"/v2/badgeclasses/{knots.entity_id}/assertions"


def award(**fields: Any) -> dict[str, Any]:
    return {"recipient": {"identity": "bob@example.org"}, **fields}


def nested(levels: int) -> Any:
    value: Any = "x"
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("media_type", "content"),
    [
        (JSON, b"[" * 100_000 + b"]" * 100_000),
        (JSON, b'{"a":' * 5_000 + b"1" + b"}" * 5_000),
        (JSON, b'{"narrative": "\\ud800"}'),
        (JSON, b'{"narrative": "\xed\xa0\x80"}'),
        (JSON, b'{"narrative": "\xff"}'),
        (JSON, b'\xef\xbb\xbf{"narrative": ""}'),
        (JSON, b'{1: "a key that is no text"}'),
        (JSON, b'{"extensions": {"x:y": {"z": NaN}}}'),
        (JSON, b'{"extensions": {"x:y": {"z": 1e999}}}'),
        (JSON, b'{"issuedOn": ' + b"9" * 5_000 + b"}"),
        (JSON, b"null"),
        (JSON, b"[]"),
        (JSON, b'"text"'),
        ("application/json; charset=nonsense", b"{}"),
        (FORM, b"recipient.identity=%ED%A0%80&narrative=%FF"),
        (FORM, b"recipient.identity=bob@example.org&narrative=a%00b"),
        (FORM, b"%00=1"),
        (FORM, b"recipient=1&recipient.identity=bob@example.org"),
        (FORM + "; charset=nonsense", b"narrative=a"),
        (MULTIPART, b"no part at all"),
        ("multipart/form-data", b"no boundary"),
        ("multipart/form-data; boundary=\xfc", b"no ASCII"),
        (MULTIPART, b'--x\r\nContent-Disposition: form-data; name="\x00"\r\n\r\na\r\n--x--\r\n'),
    ],
)
@pytest.mark.parametrize("verb", ["POST", "PUT"])
def test_broken_bodies_are_bad_requests(ada, path, verb, media_type, content):
    if verb == "PUT":
        path = f"/v2/assertions/{factories.assertion(Assertion.objects.none() or None).entity_id}"
    answer = Client(headers=factories.bearer(ada)).generic(
        verb, path, content, content_type=media_type
    )

    assert answer.json()["status"] == {"success": False, "description": "bad request"}
    assert answer.status_code == 400
