"""Requests that are out to break something: each is refused in the envelope, and nothing breaks."""

from base64 import urlsafe_b64encode
from typing import Any

import pytest
from django.test import Client

from rosette.api.v2.requests.assertions import AmendmentEntry
from rosette.api.v2.requests.badgeclasses import BadgeClassChange
from rosette.api.v2.requests.issuers import IssuerChange
from rosette.api.v2.requests.users import ProfileChange
from rosette.models import BadgeClass, Issuer, User
from tests import factories
from tests.api.client import Api, bad_request

pytestmark = pytest.mark.django_db

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=x"
PAGED = ("badgeclasses", "badgeclasses/changed", "assertions/changed")
POSTED = (
    ("tokens/issuers", "issuers"),
    ("assertions/revoke", "entityId"),
    ("backpack/import", "url"),
    ("backpack/import", "image"),
    ("backpack/import", "assertion"),
    ("backpack/collections", "assertions"),
)
NAMED = (
    *("issuers", "badgeclasses", "assertions", "users", "auth/tokens", "backpack/assertions"),
    "backpack/collections",
)


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
def test_broken_bodies_are_refused_or_mean_nothing(ada, path, verb, media_type, content):
    if verb == "PUT":
        path = f"/v2/assertions/{factories.assertion(BadgeClass.objects.get()).entity_id}"

    answer = Client(headers=factories.bearer(ada)).generic(
        verb, path, content, content_type=media_type
    )

    # A PUT that says nothing changes nothing.
    assert answer.status_code == 400 or (verb, answer.status_code) == ("PUT", 200)
    assert answer.json()["status"]["success"] is (answer.status_code == 200)


@pytest.mark.parametrize(
    ("extension", "said"),
    [
        ({"x": "a\0b"}, "Null characters are not allowed."),
        ({"a\0b": "x"}, "Null characters are not allowed."),
        ({"x": nested(32)}, "Extensions are no more than 32 levels deep."),
        ({"x": nested(200)}, "Extensions are no more than 32 levels deep."),
    ],
)
def test_extensions_that_could_not_be_kept_or_read_again_are_refused(ada, path, extension, said):
    refused = Api(ada).post(path, award(extensions={"extensions:x": extension}))

    assert (refused.status, refused.body) == (400, bad_request({"extensions": [said]}))
    assert Api(ada).get(path).result == []


def test_extensions_as_deep_as_allowed_are_kept_and_shown(ada, path):
    extensions = {"extensions:x": {"x": nested(29)}}

    assert Api(ada).post(path, award(extensions=extensions)).one["extensions"] == extensions
    assert Api(ada).get(path).one["extensions"] == extensions


@pytest.mark.parametrize("word", ["\0", "a\0b@example.org", "\ufffd", "a" * 5_000])
def test_a_recipient_that_nobody_can_be_has_no_awards(ada, path, word):
    factories.assertion(BadgeClass.objects.get())

    assert Api(ada).get(path, recipient=word).result == []


@pytest.mark.parametrize(
    "number", ["999999999999999999999", "-1", "0", "9" * 5_000, "1e3", "\0", "٣", ""]
)
def test_any_number_for_the_size_of_a_page_is_answered(ada, path, number):
    api = Api(ada)

    assert [api.get(f"/v2/{name}", num=number).status for name in PAGED] == [200, 200, 200]


@pytest.mark.parametrize(
    "content",
    [
        *("", "null", "{}", "[]", "[0,0]", "[0,0,0,0]", "[1.5,1,0]", '["a",0,0]', "[NaN,1,1]"),
        *("[true,true,0]", "[0,-1,0]", "[0,9223372036854775808,0]", "[1e308,1,0]"),
        *("[9223372036854775807,1,0]", "[-62135596800000001,1,1]", "not JSON"),
    ],
)
def test_cursors_that_the_server_has_not_made_are_unknown(ada, path, content):
    api = Api(ada)
    cursor = urlsafe_b64encode(content.encode()).decode().rstrip("=") or "*"

    for name in PAGED:
        answer = api.get(f"/v2/{name}", num=1, cursor=cursor)
        assert (answer.status, answer.body) == (
            404,
            bad_request(general=["Invalid cursor"], description="miscellaneous error"),
        )


@pytest.mark.parametrize("name", ["%00", "a%00b", "%FF", "%ED%A0%80", "..%2F..", "a" * 5_000])
def test_names_that_nothing_can_have_are_not_found(ada, name):
    client = Client(headers=factories.bearer(ada))

    assert {of: client.get(f"/v2/{of}/{name}").status_code for of in NAMED} == dict.fromkeys(
        NAMED, 404
    )


@pytest.mark.parametrize("name", [1, 1.5, True, None, [], {}, "\0", {"a": []}])
def test_items_of_a_batch_of_revocations_may_be_named_by_anything(ada, name):
    (said,) = (
        Api(ada)
        .post("/v2/assertions/revoke", [{"entityId": name, "revocationReason": "Issued in error"}])
        .result
    )

    assert said["revoked"] is False
    assert said["entityId"] is None or isinstance(said["entityId"], str)


@pytest.mark.parametrize(
    "value", [1, 1.5, True, None, [], {}, "", "\0", " ", "<b></b>", ["\0"], [["\0"]], {"a": "\0"}]
)
def test_values_of_any_kind_in_any_field_are_answered(ada, path, value):
    award_path = f"/v2/assertions/{factories.assertion(BadgeClass.objects.get()).entity_id}"
    knots_path = path.removesuffix("/assertions")
    harbor_path = f"/v2/issuers/{Issuer.objects.get().entity_id}"
    shapes = {
        award_path: AmendmentEntry,
        knots_path: BadgeClassChange,
        harbor_path: IssuerChange,
        "/v2/users/self": ProfileChange,
    }
    api = Api(ada)
    for where, shape in shapes.items():
        for name in shape.model_json_schema(by_alias=True)["properties"]:
            assert api.put(where, {name: value}).status in (200, 400), (where, name)
    for where, name in POSTED:
        assert api.post(f"/v2/{where}", {name: value}).status in (200, 400), (where, name)
