"""/api-auth/token, as clients of before 2019 call it."""

import pytest

from tests.api.oauth.clients import PASSWORD, person

pytestmark = pytest.mark.django_db

ADA = {"username": "ada@example.org", "password": PASSWORD}
REFUSED = {"non_field_errors": ["Unable to log in with provided credentials."]}


@pytest.mark.parametrize("media_type", ["application/json", None])
def test_t9_a_password_is_exchanged_for_the_same_token_each_time(client, media_type):
    person()
    how = {"content_type": media_type} if media_type else {}

    first = client.post("/api-auth/token", ADA, **how)
    second = client.post("/api-auth/token", ADA, **how)

    assert (first.status_code, first.json()) == (200, {"token": first.json()["token"]})
    assert first.json() == second.json()
    token = first.json()["token"]
    assert (len(token), set(token) <= set("0123456789abcdef")) == (40, True)
    header = {"Authorization": f"Token {token}"}
    assert client.get("/v2/auth/tokens", headers=header).status_code == 200


def test_t9_a_wrong_password_is_refused_and_the_next_try_waits(client):
    person()

    wrong = client.post("/api-auth/token", ADA | {"password": "wrong"})
    right = client.post("/api-auth/token", ADA)

    assert (wrong.status_code, wrong.json()) == (400, REFUSED)
    assert (right.status_code, right.json()) == (
        429,
        {
            "error": "login attempts throttled",
            "error_description": "Too many login attempts. Please wait and try again.",
            "expires": 2,
        },
    )


def test_one_password_cannot_be_guessed_at_two_doors(client):
    person()
    client.post("/o/token", ADA | {"password": "wrong"})

    assert client.post("/api-auth/token", ADA).status_code == 429


def test_an_inactive_person_is_refused(client):
    person(is_active=False)

    assert client.post("/api-auth/token", ADA).json() == REFUSED


def test_missing_fields_are_named(client):
    answer = client.post("/api-auth/token", {"username": "ada@example.org"})

    assert (answer.status_code, answer.json()) == (
        400,
        {"password": ["This field is required."]},
    )


def test_the_door_can_be_closed(client, settings):
    person()
    settings.ROSETTE = settings.ROSETTE.model_copy(update={"legacy_token_login": False})

    assert client.post("/api-auth/token", ADA).status_code == 404
