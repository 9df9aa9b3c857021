"""/o/register as Badge Connect clients see it."""

import pytest
from django.contrib.auth.hashers import check_password

from rosette.models import Application
from tests.api.oauth.clients import basic

pytestmark = pytest.mark.django_db

SCOPES = (
    "https://purl.imsglobal.org/spec/ob/v2p1/scope/assertion.readonly "
    "https://purl.imsglobal.org/spec/ob/v2p1/scope/assertion.create "
    "https://purl.imsglobal.org/spec/ob/v2p1/scope/profile.readonly"
)
MOODLE = {
    "client_name": "Night school",
    "client_uri": "https://moodle.example.org",
    "logo_uri": "https://moodle.example.org/logo.png",
    "tos_uri": "https://moodle.example.org/terms",
    "policy_uri": "https://moodle.example.org/policy",
    "software_id": "moodle",
    "software_version": "2026112300",
    "redirect_uris": ["https://moodle.example.org/admin/oauth2callback.php"],
}
WHOLE = MOODLE | {
    "token_endpoint_auth_method": "client_secret_basic",
    "grant_types": ["authorization_code"],
    "response_types": ["code"],
    "scope": SCOPES,
    "client_secret_expires_at": 0,
}


def register(client, **changes):
    return client.post("/o/register", MOODLE | changes, content_type="application/json")


def test_a_program_is_told_all_that_was_registered_and_its_secret_once(client):
    answer = register(client)

    told = answer.json()
    client_id, secret = told.pop("client_id"), told.pop("client_secret")
    row = Application.objects.get(client_id=client_id)
    assert (answer.status_code, told) == (
        201,
        WHOLE | {"client_id_issued_at": int(row.created.timestamp())},
    )
    assert (len(client_id), len(secret)) == (40, 128)
    assert answer.headers["Cache-Control"] == "no-store"
    assert check_password(secret, row.client_secret)


def test_w14_several_addresses_and_the_refresh_grant_are_told_back_as_they_were_sent(client):
    wish = {
        "redirect_uris": ["https://moodle.example.org/a", "https://moodle.example.org/b"],
        "grant_types": ["authorization_code", "refresh_token"],
    }

    told = register(client, **wish).json()

    assert {name: told[name] for name in wish} == wish
    row = Application.objects.get()
    assert row.redirect_uris.split() == wish["redirect_uris"]
    assert row.issues_refresh_tokens


def test_a_program_that_does_not_ask_for_refreshing_cannot_refresh(client):
    register(client)

    assert not Application.objects.get().issues_refresh_tokens


def test_x14_the_logo_is_told_back_and_not_fetched(client):
    # The tests' sockets are closed: a fetch would fail.
    told = register(client, logo_uri="https://moodle.example.org/gone.png").json()

    assert told["logo_uri"] == "https://moodle.example.org/gone.png"


SECURE = "Must be a valid HTTPS URI"


@pytest.mark.parametrize(
    ("changes", "faults"),
    [
        ({"client_name": None}, ["client_name: This field may not be null."]),
        ({"client_name": ""}, ["client_name: This field may not be blank."]),
        ({"client_uri": "http://moodle.example.org"}, [f"client_uri: {SECURE}"]),
        ({"logo_uri": "moodle.example.org"}, [f"logo_uri: {SECURE}"]),
        ({"tos_uri": "https://me@moodle.example.org"}, [f"tos_uri: {SECURE}"]),
        ({"policy_uri": "https://[::1"}, [f"policy_uri: {SECURE}"]),
        ({"redirect_uris": ["javascript:alert(1)"]}, [f"redirect_uris: {SECURE}"]),
        ({"redirect_uris": ["https://moodle.example.org/a b"]}, [f"redirect_uris: {SECURE}"]),
        ({"redirect_uris": ["https://moodle.example.org/#a"]}, [f"redirect_uris: {SECURE}"]),
        (
            {"redirect_uris": ["https://evil.example.org/"]},
            ["client_uri, logo_uri, tos_uri, policy_uri, redirect_uris do not match domain."],
        ),
        (
            {"token_endpoint_auth_method": "none"},
            [
                "token_endpoint_auth_method: Invalid token authentication method. "
                "Only client_secret_basic allowed."
            ],
        ),
        (
            {"grant_types": ["refresh_token"]},
            ["grant_types: Missing authorization_code grant type"],
        ),
        (
            {"grant_types": ["authorization_code", "password"]},
            [
                "grant_types: Invalid grant types. "
                "Only authorization_code and refresh_token supported"
            ],
        ),
        ({"response_types": ["token"]}, ["response_types: Invalid response type"]),
        (
            {"scope": "rw:issuer"},
            [
                "scope: Scope rw:issuer not valid for automatic application registration. "
                "Badge Connect Scopes only"
            ],
        ),
        (
            {"client_uri": "ftp://a", "scope": "x"},
            [
                f"client_uri: {SECURE}",
                "scope: Scope x not valid for automatic application registration. "
                "Badge Connect Scopes only",
            ],
        ),
    ],
)
def test_the_first_fault_is_the_error_and_all_are_the_description(client, changes, faults):
    answer = register(client, **changes)

    assert (answer.status_code, answer.json()) == (
        400,
        {"error": faults[0], "error_description": "; ".join(faults)},
    )
    assert list(Application.objects.all()) == []


def test_every_missing_field_is_named(client):
    answer = client.post("/o/register", {}, content_type="application/json")

    needed = list(MOODLE)
    faults = [f"{name}: This field is required." for name in needed]
    assert answer.json() == {"error": faults[0], "error_description": "; ".join(faults)}


LOCAL = {
    name: value.replace("https://moodle.example.org", "http://localhost:8080")
    for name, value in MOODLE.items()
    if isinstance(value, str)
} | {"redirect_uris": ["http://localhost:8080/admin/oauth2callback.php"]}


@pytest.mark.parametrize(("development", "status"), [(True, 201), (False, 400)])
def test_http_is_for_this_machine_and_for_development(client, settings, development, status):
    settings.ROSETTE = settings.ROSETTE.model_copy(update={"fetch_loopback": development})

    assert register(client, **LOCAL).status_code == status


def test_one_address_cannot_register_without_end(client):
    for _ in range(101):
        assert register(client).status_code == 201

    answer = register(client)

    assert answer.status_code == 429
    assert answer.json()["error_description"] == (
        "Too many registration attempts. Please wait and try again."
    )


def test_a_registered_program_cannot_exchange_passwords(client):
    told = register(client).json()

    answer = client.post(
        "/o/token",
        {"username": "ada@example.org", "password": "x"},
        headers=basic(told["client_id"], told["client_secret"]),
    )

    assert answer.json()["error"] == "invalid_grant"
