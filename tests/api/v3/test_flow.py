"""A program of Open Badges 3.0 that knows nothing but the server's address, from there on."""

import base64
import hashlib
import json
import re
from collections.abc import Iterator
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from django.test import Client

from rosette.models import AccessToken, Application, Assertion
from tests import factories
from tests.api.oauth.clients import PASSWORD, basic, person
from tests.api.v3.wire import DISCOVERY, JSON, PLAIN, READ, SEE, UPDATE, UPSERT
from tests.environment import ORIGIN
from tests.foreign import Academy, academy
from tests.openbadges.verification import signing

pytestmark = pytest.mark.django_db

HOME = "https://wallet.example.org"
CALLBACK = f"{HOME}/callback"
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXkdBjft"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode()[:43]
SCOPE = f"{READ} {UPSERT} {SEE} {UPDATE} offline_access"
REGISTRATION = {
    "client_name": "Example Wallet",
    "client_uri": f"{HOME}/",
    "logo_uri": f"{HOME}/logo.png",
    "tos_uri": f"{HOME}/terms",
    "policy_uri": f"{HOME}/privacy",
    "software_id": "c88b6ed8-269e-448e-99be-7e2ff47167d1",
    "software_version": "v4.0.30319",
    "redirect_uris": [CALLBACK],
    "token_endpoint_auth_method": "client_secret_basic",
    "grant_types": ["authorization_code", "refresh_token"],
    "response_types": ["code"],
    "scope": SCOPE,
}


@pytest.fixture
def there(settings) -> Iterator[Academy]:
    settings.ROSETTE = settings.ROSETTE.model_copy(update={"fetch_loopback": True})
    with academy() as elsewhere:
        yield elsewhere


class Wallet:
    """The program; it goes where the service description leads it."""

    def __init__(self) -> None:
        self._client = Client()
        self.described = self._client.get(DISCOVERY).json()
        scheme = self.described["components"]["securitySchemes"]["OAuth2ACG"]
        self.flow = scheme["flows"]["authorizationCode"]
        self._registration = scheme["x-imssf-registrationUrl"]
        self.registered: dict[str, Any] = {}
        self.tokens: dict[str, Any] = {}

    def register(self, **changes: Any) -> Any:
        wish = {
            name: value for name, value in (REGISTRATION | changes).items() if value is not None
        }
        answer = self._client.post(_path(self._registration), wish, content_type=JSON)
        self.registered = answer.json()
        return answer

    def leads_to(self, **changes: str | None) -> str:
        """Where it sends the person."""
        asked = {
            "response_type": "code",
            "client_id": self.registered["client_id"],
            "redirect_uri": CALLBACK,
            "scope": SCOPE,
            "state": "26357667",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
        } | changes
        query = urlencode({name: value for name, value in asked.items() if value is not None})
        return f"{_path(self.flow['authorizationUrl'])}?{query}"

    def exchange(self, **fields: str) -> Any:
        """Get a token."""
        answer = self._client.post(
            _path(self.flow["tokenUrl"]),
            urlencode(fields),
            headers=self._own,
            content_type="application/x-www-form-urlencoded",
        )
        if answer.status_code == 200:
            self.tokens = answer.json()
        return answer

    def exchange_code(self, code: str, verifier: str = VERIFIER) -> Any:
        return self.exchange(
            grant_type="authorization_code",
            code=code,
            redirect_uri=CALLBACK,
            scope=SCOPE,
            code_verifier=verifier,
        )

    def call(self, verb: str, path: str, content: str = "", media_type: str = JSON) -> Any:
        (server,) = self.described["servers"]
        headers = {"Authorization": f"Bearer {self.tokens['access_token']}"}
        address = _path(server["url"]) + path
        return self._client.generic(
            verb, address, content, content_type=media_type, headers=headers
        )

    @property
    def _own(self) -> dict[str, str]:
        return basic(self.registered["client_id"], self.registered["client_secret"])


def _path(url: str) -> str:
    assert url.startswith(f"{ORIGIN}/")
    return url.removeprefix(ORIGIN)


class Browser:
    """Bob's, in front of the consent page."""

    def __init__(self) -> None:
        self._client = Client(enforce_csrf_checks=True, headers={"Accept": "text/html"})

    def sign_in(self, where: str) -> None:
        self._send(where, step="sign-in", username="bob@example.org", password=PASSWORD)

    def wishes(self, where: str) -> list[str]:
        page = self._client.get(where).content.decode()
        listed = page.partition('class="wishes"')[2].partition("</ul>")[0]
        return re.findall(r"<li>(.*?)</li>", unescape(listed))

    def allow(self, where: str) -> dict[str, str]:
        """What the program is told in the address to which the browser is sent back."""
        location = self._send(where, step="allow")["Location"]
        assert location.startswith(f"{CALLBACK}?")
        return dict(parse_qsl(urlsplit(location).query))

    def _send(self, where: str, **fields: str) -> Any:
        page = self._client.get(where).content.decode()
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
        named = re.search(r'name="person" value="([^"]+)"', page)
        assert token
        sent = {"csrfmiddlewaretoken": token[1], **({"person": named[1]} if named else {})}
        return self._client.post(where, sent | fields)


def test_a_foreign_program_registers_asks_and_then_takes_and_brings_credentials(there: Academy):
    bob = person("bob@example.org")
    ours = factories.assertion()
    wallet, browser = Wallet(), Browser()

    told = wallet.register()
    assert told.status_code == 201
    known = ("client_id", "client_secret", "client_id_issued_at", "client_secret_expires_at")
    assert {name: value for name, value in told.json().items() if name not in known} == REGISTRATION

    where = wallet.leads_to()
    browser.sign_in(where)
    assert browser.wishes(where) == [
        "See your badges",
        "Put badges into your backpack, and renew them",
        "See who you are",
        "Change your name",
        "Stay connected while you are away",
    ]
    back = browser.allow(where)
    assert (back["state"], back["scope"]) == ("26357667", SCOPE)

    answer = wallet.exchange_code(back["code"])
    assert answer.status_code == 200, answer.content
    assert (wallet.tokens["token_type"], wallet.tokens["scope"]) == ("Bearer", SCOPE)
    assert AccessToken.objects.get().user == bob
    assert wallet.exchange_code(back["code"]).json()["error"] == "invalid_grant"

    profile = wallet.call("GET", "/profile").json()
    assert (profile["name"], profile["email"]) == ("Bob Vale", "bob@example.org")
    renamed = wallet.call("PUT", "/profile", json.dumps(profile | {"givenName": "Robert"}))
    assert renamed.json()["name"] == "Robert Vale"

    found = wallet.call("GET", "/credentials")
    assert found["X-Total-Count"] == "1"
    (credential,) = found.json()["credential"]
    assert credential["id"] == f"{ORIGIN}/public/assertions/{ours.entity_id}/ob3"

    ada = signing.Issuer(there)
    document, token = json.dumps(ada.signed()), ada.token(validFrom="2026-03-01T00:00:00Z")
    made = wallet.call("POST", "/credentials", document)
    renewed = wallet.call("POST", "/credentials", token, PLAIN)
    assert [(item.status_code, item.content.decode()) for item in (made, renewed)] == [
        (201, document),
        (200, token),
    ]
    assert Assertion.objects.filter(source_url=ada.award).count() == 1

    before = wallet.tokens
    wallet.exchange(grant_type="refresh_token", refresh_token=before["refresh_token"], scope=SCOPE)
    assert wallet.tokens["access_token"] != before["access_token"]
    assert wallet.call("GET", "/credentials").json()["compactJwsString"] == [token]


def test_codes_for_these_scopes_are_bound_to_a_secret_of_the_program(there: Academy):
    person("bob@example.org")
    wallet, browser = Wallet(), Browser()
    wallet.register()

    bare = wallet.leads_to(code_challenge=None, code_challenge_method=None)
    refused = Client().get(bare, headers={"Accept": "text/html"})
    (back,) = re.findall(r'<a href="([^"]+)" rel', unescape(refused.content.decode()))
    where = wallet.leads_to()
    browser.sign_in(where)
    wrong = wallet.exchange_code(browser.allow(where)["code"], verifier="x" * 43)

    assert refused.status_code == 400
    assert dict(parse_qsl(urlsplit(back).query)) == {
        "error": "invalid_request",
        "error_description": "Code challenge required.",
        "state": "26357667",
    }
    assert (wrong.status_code, wrong.json()["error"]) == (400, "invalid_grant")
    assert AccessToken.objects.count() == 0


def test_a_program_without_a_scope_gets_no_further(there: Academy):
    person("bob@example.org")
    wallet, browser = Wallet(), Browser()
    wallet.register(scope=READ)
    where = wallet.leads_to(scope=f"{READ} {UPSERT}")
    browser.sign_in(where)

    back = browser.allow(where)
    wallet.exchange_code(back["code"])

    assert back["scope"] == wallet.tokens["scope"] == READ
    assert wallet.call("GET", "/credentials").status_code == 200
    assert wallet.call("POST", "/credentials", "{}").status_code == 403
    assert wallet.call("GET", "/profile").status_code == 403


def test_who_asks_for_staying_connected_need_not_say_how():
    wallet = Wallet()

    told = wallet.register(grant_types=None).json()

    assert told["grant_types"] == ["authorization_code", "refresh_token"]
    assert Application.objects.get().issues_refresh_tokens
    told = wallet.register(grant_types=None, scope=READ).json()
    assert told["grant_types"] == ["authorization_code"]


SECURE = "Must be a valid HTTPS URI"


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        (
            {"redirect_uris": ["javascript:alert(1)"]},
            "invalid_redirect_uri",
            f"redirect_uris: {SECURE}",
        ),
        ({"redirect_uris": None}, "invalid_redirect_uri", "redirect_uris: This field is required."),
        ({"logo_uri": "x"}, "invalid_client_metadata", f"logo_uri: {SECURE}"),
        (
            {"client_uri": "https://evil.example.org"},
            "invalid_client_metadata",
            "client_uri, logo_uri, tos_uri, policy_uri, redirect_uris do not match domain.",
        ),
        (
            {"scope": f"{READ} rw:issuer"},
            "invalid_client_metadata",
            "scope: Scope rw:issuer not valid for automatic application registration. "
            "Badge Connect Scopes only",
        ),
    ],
)
def test_what_cannot_be_registered_is_refused_in_the_codes_of_the_protocol(changes, error, words):
    answer = Wallet().register(**changes)

    assert (answer.status_code, answer.json()) == (
        400,
        {"error": error, "error_description": words},
    )
    assert Application.objects.count() == 0
