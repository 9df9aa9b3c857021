"""Signing in by real OpenID Connect providers, as a browser does, at a started server."""

import html
import json
import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from urllib.parse import urlencode
from zipfile import ZipFile

import pyotp
import pytest
import requests

from tests.providers.oidc import Browser, Provider, provider, query
from tests.served import Served, serving

UI = "https://ui.example.org"
PASSWORD = "knots and splices"

pytestmark = pytest.mark.served


@dataclass(frozen=True)
class World:
    """A server with three providers: the word of the gossip about addresses is not believed."""

    server: Served
    campus: Provider
    guild: Provider

    def start(self, provider_id: str) -> str:
        return f"{self.server.url}/account/sociallogin?provider={provider_id}"

    def token(self, landed: Any) -> str:
        """The token that the web client gets for the code in the address it was led to."""
        assert landed.startswith(f"{UI}/auth/login?authCode="), landed
        answer = requests.post(
            f"{self.server.url}/o/code", data=query(landed) and {"code": query(landed)["authCode"]}
        )
        assert answer.status_code == 200, answer.text
        body = answer.json()
        token: str = body.pop("access_token")
        assert body == {
            "token_type": "Bearer",
            "scope": "rw:profile rw:issuer rw:backpack",
            "expires_in": 86400,
        }
        return token

    def call(self, verb: str, path: str, token: str, **more: Any) -> requests.Response:
        return requests.request(
            verb,
            self.server.url + path,
            headers={"Authorization": f"Bearer {token}", "Accept": "application/json"},
            **more,
        )

    def me(self, token: str) -> dict[str, Any]:
        (found,) = self.call("GET", "/v2/users/self", token).json()["result"]
        me: dict[str, Any] = found
        return me

    def password_token(self, email: str) -> str:
        answer = requests.post(
            f"{self.server.url}/o/token", data={"username": email, "password": PASSWORD}
        )
        token: str = answer.json()["access_token"]
        return token


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with ExitStack() as stack:
        campus, guild = (stack.enter_context(provider()) for _ in range(2))
        offered = [
            {"id": "campus", "name": "Campus", "issuer": campus.url},
            {"id": "guild", "issuer": guild.url},
            {"id": "gossip", "issuer": guild.url, "trust_email": False},
            {"id": "google", "kind": "google"},
            {"id": "facebook", "kind": "facebook"},
        ]
        client = {"client_id": "rosette", "client_secret": "of ours"}
        server = stack.enter_context(
            serving(
                tmp_path_factory.mktemp("sign-in"),
                ROSETTE_SIGN_IN_PROVIDERS=json.dumps([client | item for item in offered]),
                ROSETTE_UI_URL=UI,
                ROSETTE_FETCH_LOOPBACK="true",
            )
        )
        yield World(server, campus, guild)


def test_a_newcomer_signs_up_and_is_the_same_person_the_next_time(world):
    world.campus.knows(
        "nora-1",
        email="Nora@Example.org",
        email_verified=True,
        given_name="Nora",
        family_name="Vale",
        picture="https://campus.example.org/nora.png",
    )

    first = world.me(world.token(Browser().sign_in(world.start("campus"), "nora-1")))
    world.campus.knows(
        "nora-1",
        email="moved@example.org",
        email_verified=True,
        picture="https://campus.example.org/nora.png",
    )
    again = world.token(Browser().sign_in(world.start("campus"), "nora-1"))

    assert (first["firstName"], first["lastName"], first["hasPasswordSet"]) == (
        "Nora",
        "Vale",
        False,
    )
    assert first["emails"] == [
        {"email": "nora@example.org", "verified": True, "primary": True, "caseVariants": []}
    ]
    assert world.me(again) == first
    (kept,) = world.call("GET", "/v2/socialaccounts", again).json()["result"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+Z", kept.pop("dateAdded"))
    number = kept.pop("id")
    assert kept == {
        "provider": "campus",
        "uid": "nora-1",
        "firstName": "",
        "lastName": "",
        "primaryEmail": "moved@example.org",
        "url": None,
    }
    one = world.call("GET", f"/v2/socialaccounts/{number}", again)
    assert one.json()["result"][0]["uid"] == "nora-1"
    archive = ZipFile(BytesIO(world.call("GET", "/v2/users/self/export", again).content))
    assert b"nora.png" not in archive.read("account.json")


def test_a_code_is_good_once_and_stands_nowhere_but_in_the_last_address(world):
    world.campus.knows("owen-1", email="owen@example.org", email_verified=True)
    browser = Browser()

    landed = browser.sign_in(world.start("campus"), "owen-1")
    token = world.token(landed)
    again = requests.post(f"{world.server.url}/o/code", data={"code": query(landed)["authCode"]})

    assert (again.status_code, again.json()) == (400, {"error": "Invalid authcode"})
    assert not any(token in url for url in [*browser.visited, landed])
    log = world.server.log.read_text("utf-8")
    assert token not in log
    assert query(landed)["authCode"] not in log
    assert browser._session.cookies.get("rosette_session") is None


def test_a_verified_address_of_the_provider_is_the_person_who_verified_it_here(world):
    ada = world.server.add_person("pia@example.org", PASSWORD)
    world.campus.knows("pia-1", email="PIA@example.org", email_verified=True)

    me = world.me(world.token(Browser().sign_in(world.start("campus"), "pia-1")))

    assert (me["entityId"], me["hasPasswordSet"]) == (ada, True)


@pytest.mark.parametrize(
    ("provider_id", "verified"), [("campus", False), ("campus", "false"), ("gossip", True)]
)
def test_an_unverified_address_of_the_provider_takes_over_nobody(world, provider_id, verified):
    email = f"rosa.{provider_id}.{type(verified).__name__}@example.org"
    world.server.add_person(email, PASSWORD)
    there = world.campus if provider_id == "campus" else world.guild
    there.knows("mallory-1", email=email, email_verified=verified)

    landed = Browser().sign_in(world.start(provider_id), "mallory-1")

    assert landed.startswith(f"{UI}/auth/login?authError=")
    assert query(landed)["authError"].startswith("There is an account with this email address.")
    token = world.password_token(email)
    assert world.call("GET", "/v2/socialaccounts", token).json()["result"] == []


def test_a_newcomer_with_an_unverified_address_gets_a_mail_to_verify_it(world):
    world.campus.knows("tom-1", email="tom@example.org", email_verified=False)

    me = world.me(world.token(Browser().sign_in(world.start("campus"), "tom-1")))

    assert [(item["email"], item["verified"]) for item in me["emails"]] == [
        ("tom@example.org", False)
    ]
    assert me["recipient"] == {"type": "email", "identity": "tom@example.org"}
    assert any("tom@example.org" in world.server.rosette("mail", "list") for _ in range(20))


def test_a_claim_that_was_never_verified_gives_way_to_who_proves_the_address(world):
    squatter = requests.post(
        f"{world.server.url}/v2/users",
        json={
            "firstName": "Mal",
            "lastName": "Lory",
            "email": "uma@example.org",
            "password": PASSWORD,
        },
    ).json()["result"][0]["entityId"]
    world.campus.knows("uma-1", email="uma@example.org", email_verified=True, given_name="Uma")

    me = world.me(world.token(Browser().sign_in(world.start("campus"), "uma-1")))

    assert me["entityId"] != squatter
    assert (me["firstName"], me["hasPasswordSet"]) == ("Uma", False)
    refused = requests.post(
        f"{world.server.url}/o/token", data={"username": "uma@example.org", "password": PASSWORD}
    )
    assert refused.json()["error"] == "invalid_grant"


def test_a_second_provider_is_connected_and_the_last_way_in_is_kept(world):
    world.campus.knows("vera-1", email="vera@example.org", email_verified=True)
    world.guild.knows("vera-2", email="vera@guild.example.org", email_verified=True)
    browser = Browser()
    token = world.token(browser.sign_in(world.start("campus"), "vera-1"))
    me = world.me(token)["entityId"]
    connect = world.call("GET", "/v2/socialaccounts/connect?provider=guild", token)
    (answer,) = connect.json()["result"]

    landed = browser.sign_in(answer["url"], "vera-2")

    assert landed == f"{UI}/profile/"
    assert (
        world.me(world.token(Browser().sign_in(world.start("guild"), "vera-2")))["entityId"] == me
    )
    first, second = world.call("GET", "/v2/socialaccounts", token).json()["result"]
    assert (first["provider"], second["provider"]) == ("campus", "guild")
    paths = [f"/v2/socialaccounts/{item['id']}" for item in (first, second)]
    assert world.call("DELETE", paths[0], token).status_code == 204
    last = world.call("DELETE", paths[1], token)
    assert (last.status_code, last.json()["validationErrors"]) == (
        400,
        ["This is the only way to sign in to your account. Choose a password first."],
    )
    assert world.call("GET", paths[0], token).status_code == 404


def test_a_link_to_connect_works_once_and_only_after_a_page_was_seen(world):
    world.server.add_person("wim@example.org", PASSWORD)
    token = world.password_token("wim@example.org")
    world.guild.knows("wim-1", email="wim@guild.example.org", email_verified=True)
    connect = world.call("GET", "/v2/socialaccounts/connect?provider=guild", token)
    url = connect.json()["result"][0]["url"]

    lured = Browser()
    page = lured.go(f"{url}&key=guessed")
    assert isinstance(page, requests.Response)
    assert "wim@example.org" in page.text
    assert all(visited.startswith(world.server.url) for visited in lured.visited)
    assert Browser().sign_in(url, "wim-1") == f"{UI}/profile/"
    again = Browser().go(url)

    assert query(again)["authError"] == "The link has ended. Please try again."


def test_an_account_at_a_provider_is_connected_to_one_person_only(world):
    world.campus.knows("xena-1", email="xena@example.org", email_verified=True)
    world.token(Browser().sign_in(world.start("campus"), "xena-1"))
    world.server.add_person("yves@example.org", PASSWORD)
    token = world.password_token("yves@example.org")
    connect = world.call("GET", "/v2/socialaccounts/connect?provider=campus", token)

    landed = Browser().sign_in(connect.json()["result"][0]["url"], "xena-1")

    assert query(landed)["authError"] == "That account is connected to somebody else already."


def test_a_code_to_connect_buys_no_token_and_a_token_of_little_connects_nothing(world):
    world.server.add_person("zoe@example.org", PASSWORD)
    token = world.password_token("zoe@example.org")
    connect = world.call("GET", "/v2/socialaccounts/connect?provider=campus", token)
    code = query(connect.json()["result"][0]["url"])["authCode"]
    little = requests.post(
        f"{world.server.url}/o/token",
        data={"username": "zoe@example.org", "password": PASSWORD, "scope": "rw:profile"},
    ).json()["access_token"]

    assert requests.post(f"{world.server.url}/o/code", data={"code": code}).status_code == 400
    refused = world.call("GET", "/v2/socialaccounts/connect?provider=campus", little)
    assert refused.status_code == 404


def test_a_cancelled_sign_in_a_forged_state_and_no_address_are_said(world):
    world.campus.knows("quiet-1")
    browser = Browser()
    form = browser.go(world.start("campus"))
    assert isinstance(form, requests.Response)
    back = f"{world.server.url}/account/oidc/campus/login/callback"
    landed = browser.go(f"{back}?error=access_denied&state={query(form.url)['state']}")
    forged = Browser().go(f"{back}?code=x&state=forged")
    quiet = Browser().sign_in(world.start("campus"), "quiet-1")

    assert [query(url)["authError"] for url in (landed, forged, quiet)] == [
        "Signing in was cancelled.",
        "Signing in by the provider failed. Please try again.",
        "The provider does not say your email address.",
    ]


def test_an_answer_comes_back_to_the_browser_that_began_and_to_the_known_address_only(world):
    world.campus.knows("eve-1", email="eve@example.org", email_verified=True)
    begun = requests.get(
        world.start("campus"), headers={"Host": "evil.example.org"}, allow_redirects=False
    )
    asked = query(begun.headers["Location"])

    elsewhere = Browser().sign_in(begun.headers["Location"], "eve-1")

    assert asked["redirect_uri"] == f"{world.server.url}/account/oidc/campus/login/callback"
    assert asked["code_challenge_method"] == "S256"
    assert query(elsewhere)["authError"] == "Signing in by the provider failed. Please try again."


def test_a_provider_that_is_not_configured_is_not_found(world):
    for path in (
        "/account/sociallogin?provider=elsewhere",
        "/account/sociallogin",
        "/account/oidc/elsewhere/login/callback?code=x&state=y",
        "/account/oidc/google/login/callback?code=x&state=y",
        "/account/saml/campus/acs",
        "/account/saml/campus/metadata",
    ):
        assert requests.get(world.server.url + path).status_code == 404, path


@pytest.mark.parametrize(
    ("provider_id", "there"),
    [
        ("google", "https://accounts.google.com/o/oauth2/v2/auth?"),
        ("facebook", "https://www.facebook.com/"),
    ],
)
def test_google_and_facebook_are_asked_with_our_address_and_for_the_mail_address(
    world, provider_id, there
):
    asked = Browser().go(world.start(provider_id))
    back = f"{world.server.url}/account/{provider_id}/login/callback"
    forged = Browser().go(f"{back}?code=x&state=forged")

    assert asked.startswith(there)
    found = query(asked)
    assert (found["client_id"], found["redirect_uri"]) == ("rosette", back)
    assert found["code_challenge_method"] == "S256"
    assert "email" in found["scope"].split()
    assert query(forged)["authError"] == "Signing in by the provider failed. Please try again."


def test_the_link_of_the_mail_leads_into_the_web_client_with_a_code(world):
    requests.post(
        f"{world.server.url}/v2/users",
        json={
            "firstName": "Åsa",
            "lastName": "Vale",
            "email": "asa@example.org",
            "password": PASSWORD,
        },
    )
    mails = world.server.rosette("mail", "list")
    (name,) = [line.split()[0] for line in mails.splitlines() if "asa@example.org" in line]
    link = re.search(
        r"http\S+/v2/auth/confirm-email/\S+", world.server.rosette("mail", "show", name)
    )
    assert link is not None

    landed, again = Browser().go(link[0]), Browser().go(link[0])

    assert landed.startswith(f"{UI}/auth/login/%C3%85sa?email=asa%40example.org&authCode=")
    answer = requests.post(f"{world.server.url}/o/code", data={"code": query(landed)["authCode"]})
    assert world.me(answer.json()["access_token"])["emails"][0]["verified"] is True
    assert query(again) == {
        "authError": "Your email address is already verified. You may now log in."
    }
    forgotten = f"{world.server.url}/v2/auth/forgot-password?token=1-a"
    assert Browser().go(forgotten) == f"{UI}/change-password/1-a"


# From a page of our own, and back to it


def question(world, name):
    """Where an application of this name asks for consent."""
    home = f"https://{name}.example.org"
    registered = requests.post(
        f"{world.server.url}/o/register",
        json={
            "client_name": name,
            **dict.fromkeys(("client_uri", "logo_uri", "tos_uri", "policy_uri"), home),
            "software_id": name,
            "software_version": "1",
            "redirect_uris": [f"{home}/back"],
        },
    )
    assert registered.status_code == 201, registered.text
    client = registered.json()
    asked = {
        "client_id": client["client_id"],
        "redirect_uri": f"{home}/back",
        "scope": client["scope"],
        "state": "a b&c",
    }
    return f"{world.server.url}/auth/oauth2/authorize?{urlencode(asked)}"


def provider_link(page, name):
    (address,) = re.findall(rf'<a [^>]*href="([^"]+)">{name}</a>', page.text)
    return requests.compat.urljoin(page.url, html.unescape(address))


def test_who_has_no_password_consents_by_signing_in_at_a_provider(world):
    world.campus.knows("sara-1", email="sara@example.org", email_verified=True)
    browser = Browser()
    asked = question(world, "moodle")

    page = browser.go(asked)
    consent = browser.sign_in(provider_link(page, "Campus"), "sara-1")

    assert (consent.status_code, consent.url) == (200, asked)
    assert "sara@example.org" in consent.text
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', consent.text)[1]
    person = re.search(r'name="person" value="([\w-]+)"', consent.text)[1]
    landed = browser.go(asked, csrfmiddlewaretoken=token, person=person, step="allow")
    assert landed.startswith("https://moodle.example.org/back?code=")
    assert query(landed)["state"] == "a b&c"


def test_who_is_refused_by_a_provider_is_led_back_to_the_page(world):
    world.campus.knows("tina-1", email_verified=True)
    asked = question(world, "portal")
    browser = Browser()

    refused = browser.sign_in(provider_link(browser.go(asked), "Campus"), "tina-1")

    assert refused.status_code == 400
    assert "does not say your email address" in refused.text
    back = re.search(r'<a href="([^"]+)">Back to signing in</a>', refused.text)[1]
    assert world.server.url + html.unescape(back) == asked
    assert "Sign in to" in browser.go(asked).text


@pytest.mark.parametrize(
    "page",
    [
        "https://evil.example.org/auth/",
        "//evil.example.org/auth/",
        "/\\evil.example.org/auth/",
        "/v2/users",
        "/public/issuers/x",
        "/o/authorize?client_id=x",
        "/auth/\\evil",
        "/auth/\r\nX: y",
    ],
)
def test_nobody_is_led_to_any_other_address(world, page):
    world.campus.knows("uma-1", email="uma@example.org", email_verified=True)

    landed = Browser().sign_in(f"{world.start('campus')}&{urlencode({'page': page})}", "uma-1")

    assert landed.startswith(f"{UI}/auth/login?authCode=")


@pytest.mark.parametrize("path", ["/account/devices", "/account/keys?of=mine"])
def test_whoever_comes_from_any_page_of_ours_is_led_back_to_it_signed_in(world, path):
    world.campus.knows("vera-1", email="vera@example.org", email_verified=True)
    browser = Browser()

    page = browser.go(world.server.url + path)
    back = browser.sign_in(provider_link(page, "Campus"), "vera-1")

    assert (back.status_code, back.url) == (200, world.server.url + path)
    assert "Your account" in back.text


def test_a_provider_is_one_step_and_not_the_second(world):
    world.campus.knows("wim-1", email="wim@example.org", email_verified=True)
    start = world.server.url + "/account/security/two-step"
    first = Browser()
    shown = first.sign_in(provider_link(first.go(start), "Campus"), "wim-1")
    secret = re.search(r'id="secret">([^<]+)<', shown.text)[1].replace(" ", "")
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', shown.text)[1]
    kept = first.go(start, csrfmiddlewaretoken=token, code=pyotp.TOTP(secret).now())
    code = re.search(r"<li><code>(\d{8})</code>", kept.text)[1]

    other = Browser()
    asked = other.sign_in(
        provider_link(other.go(f"{world.server.url}/account/keys"), "Campus"), "wim-1"
    )
    client = Browser().sign_in(world.start("campus"), "wim-1")
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', asked.text)[1]
    done = other.go(asked.url, csrfmiddlewaretoken=token, step="code", code=code)

    assert "Now your code" in asked.text
    assert query(client)["authError"].startswith("Your account has two-step sign-in")
    assert "Make a key" in done.text


def test_an_account_is_connected_from_its_page_and_nobody_is_signed_out(world):
    world.campus.knows("xena-1", email="xena@example.org", email_verified=True)
    world.guild.knows("xena-2", email="elsewhere@example.org", email_verified=True)
    browser = Browser()
    here = f"{world.server.url}/account/security"
    page = browser.sign_in(provider_link(browser.go(here), "Campus"), "xena-1")
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.text)[1]

    asked = browser.go(f"{here}/link", csrfmiddlewaretoken=token, provider="guild")
    on = re.search(r'<a class="button" href="([^"]+)"', asked.text)[1]
    done = browser.sign_in(requests.compat.urljoin(asked.url, html.unescape(on)), "xena-2")

    assert "xena@example.org" in asked.text
    assert (done.status_code, done.url) == (200, here)
    assert "elsewhere@example.org" in done.text
