"""/ims/ob/v3p0/profile, as programs see it that a person has connected."""

import json
import re

import pytest

from rosette.models import EmailAddress, Identifier, User
from tests import factories
from tests.api.v3.wire import JSON, PROFILE, SEE, UPDATE, VC, get, refused, send, told
from tests.published import CHANGED

pytestmark = pytest.mark.django_db

CONTEXT = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"


@pytest.fixture
def bob() -> User:
    return factories.user("bob@example.org")


def shown(person: User) -> dict[str, object]:
    answer = get(person, PROFILE, SEE)
    assert (answer.status_code, answer["Content-Type"]) == (200, JSON)
    found: dict[str, object] = answer.json()
    return found


def put(person: User, profile: object, media_type: str = JSON, verb: str = "PUT"):
    return send(person, UPDATE, verb, PROFILE, json.dumps(profile), media_type)


def test_the_profile_says_whose_credentials_they_are(bob):
    profile = shown(bob)

    assert profile == {
        "@context": [CONTEXT],
        "id": profile["id"],
        "type": ["Profile"],
        "name": "Bob Vale",
        "givenName": "Bob",
        "familyName": "Vale",
        "email": "bob@example.org",
    }


def test_the_id_is_always_the_same_and_tells_nothing(bob):
    ids = {str(shown(bob)["id"]) for _ in range(2)}
    carol = shown(factories.user("carol@example.org"))

    (own,) = ids
    assert re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", own)
    assert own != carol["id"]
    assert bob.entity_id not in own


def test_what_is_not_known_or_not_verified_is_left_out(bob):
    EmailAddress.objects.filter(user=bob).update(verified=False)
    Identifier.objects.create(
        user=bob, kind="url", value="https://bob.example.org", verified_at=CHANGED
    )
    User.objects.update(first_name="", last_name="")

    assert set(shown(bob)) == {"@context", "id", "type"}


@pytest.mark.parametrize("verb", ["PUT", "POST"])
def test_the_name_can_be_changed(bob, verb):
    wish = shown(bob) | {"givenName": "Robert", "familyName": "Reed", "phone": "111-222-3333"}

    answer = put(bob, wish, VC, verb)

    assert (answer.status_code, answer.json()) == (200, shown(bob))
    assert shown(bob) | {"name": "", "phone": ""} == wish | {"name": "", "phone": ""}
    assert shown(bob)["name"] == "Robert Reed"
    assert "phone" not in shown(bob)


def test_a_profile_that_comes_back_as_it_was_changes_nothing(bob):
    before = shown(bob)

    assert put(bob, before).json() == before
    assert put(bob, before | {"type": "Profile"}).json() == before
    bare = {"id": before["id"], "type": ["Profile"]}
    assert put(bob, bare).json() == before
    assert put(bob, bare | {"name": "Bob Vale"}).json() == before


def test_a_name_in_one_piece_is_kept_in_one_piece(bob):
    bare = {"id": shown(bob)["id"], "type": ["Profile"]}

    assert put(bob, bare | {"name": "Bob van der Vale"}).json()["name"] == "Bob van der Vale"
    said = "name: Must be at most 150 characters long."
    assert told(put(bob, bare | {"name": "x" * 151})) == refused(400, "invalid_data", said)


REQUIRED = "This field is required."


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"id": "https://example.edu/issuers/565049"}, "id: This is the profile of somebody else."),
        ({"id": 7}, "id: Not a valid string."),
        ({"type": ["Achievement"]}, "type: Must be Profile."),
        ({"type": None}, "type: Must be Profile."),
        ({"givenName": "x" * 31}, "givenName: Ensure this field has no more than 30 characters."),
        ({"familyName": "a\0b"}, "familyName: Null characters are not allowed."),
        (
            {"email": "carol@example.org"},
            "email: Not one of the verified addresses. Add it to the account, and verify it there.",
        ),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_changed(bob, changes, words):
    before = shown(bob)

    answer = put(bob, before | {"givenName": "Robert"} | changes)

    assert told(answer) == refused(400, "invalid_data", words)
    assert shown(bob) == before


@pytest.mark.parametrize(
    ("content", "media_type", "status", "minor", "words"),
    [
        ("{}", JSON, 400, "invalid_data", f"id: {REQUIRED} type: {REQUIRED}"),
        ("", "", 400, "invalid_data", f"id: {REQUIRED} type: {REQUIRED}"),
        ("[]", JSON, 400, "invalid_data", "Invalid data. Expected a dictionary, but got list."),
        ("a=b", "application/x-www-form-urlencoded", 415, "unknown", "Unsupported media type "),
        ("x", "text/plain", 415, "unknown", 'Unsupported media type "text/plain" in request.'),
    ],
)
def test_a_body_that_is_no_profile_is_refused(bob, content, media_type, status, minor, words):
    answer = told(send(bob, UPDATE, "PUT", PROFILE, content, media_type))

    description = answer["body"]["imsx_description"]
    assert description.startswith(words)
    assert answer == refused(status, minor, description)
