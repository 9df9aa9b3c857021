"""Signing in by a real SAML identity provider, as a browser does, at a started server."""

import base64
import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import pytest
import requests
from lxml import etree

from tests.providers.oidc import Browser, query
from tests.providers.saml import ISSUER, Provider, provider
from tests.served import Served, serving

UI = "https://ui.example.org"
FAILED = "Signing in by the provider failed. Please try again."

pytestmark = pytest.mark.served


@dataclass(frozen=True)
class World:
    """A server that believes what the provider says as ``uni``, and no address as ``school``."""

    server: Served
    idp: Provider

    def back(self, provider_id: str) -> str:
        return f"{self.server.url}/account/saml/{provider_id}/acs"

    def form(self, browser: Browser, provider_id: str, uid: str, email: str, **more: Any) -> Any:
        """The page with which the provider sends the browser back."""
        self.idp.be(uid, email, back=self.back(provider_id), **more)
        return browser.go(f"{self.server.url}/account/sociallogin?provider={provider_id}")

    def sign_in(self, provider_id: str, uid: str, email: str, **more: Any) -> Any:
        browser = Browser()
        return browser.send(self.form(browser, provider_id, uid, email, **more))

    def me(self, landed: Any) -> dict[str, Any]:
        assert landed.startswith(f"{UI}/auth/login?authCode="), landed
        token = requests.post(
            f"{self.server.url}/o/code", data={"code": query(landed)["authCode"]}
        ).json()["access_token"]
        answer = requests.get(
            f"{self.server.url}/v2/users/self", headers={"Authorization": f"Bearer {token}"}
        )
        me: dict[str, Any] = answer.json()["result"][0]
        return me


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with ExitStack() as stack:
        folder = tmp_path_factory.mktemp("saml")
        idp = stack.enter_context(provider(folder))
        idp_facts = {
            "kind": "saml",
            "issuer": ISSUER,
            "sso_url": f"{idp.url}/sso",
            "certificate": idp.certificate,
        }
        offered = [
            idp_facts | {"id": "uni", "name": "University", "trust_email": True},
            idp_facts | {"id": "school"},
        ]
        server = stack.enter_context(
            serving(
                folder,
                ROSETTE_SIGN_IN_PROVIDERS=json.dumps(offered),
                ROSETTE_UI_URL=UI,
                ROSETTE_FETCH_LOOPBACK="true",
            )
        )
        yield World(server, idp)


def test_a_member_signs_up_and_is_the_same_person_the_next_time(world):
    first = world.me(world.sign_in("uni", "una-1", "Una@uni.example.org"))
    again = world.me(world.sign_in("uni", "una-1", "una@uni.example.org"))

    assert (first["firstName"], first["lastName"]) == ("Una", "Vale")
    assert first["emails"] == [
        {"email": "una@uni.example.org", "verified": True, "primary": True, "caseVariants": []}
    ]
    assert again == first


def test_a_provider_whose_word_is_not_taken_verifies_no_address_and_takes_over_nobody(world):
    world.server.add_person("owner@example.org", "knots and splices")

    fresh = world.me(world.sign_in("school", "pupil-1", "pupil@example.org"))
    taken = world.sign_in("school", "pupil-2", "owner@example.org")

    assert [(item["email"], item["verified"]) for item in fresh["emails"]] == [
        ("pupil@example.org", False)
    ]
    assert query(taken)["authError"].startswith("There is an account with this email address.")


def test_an_answer_that_somebody_else_signed_is_refused(world):
    landed = world.sign_in("uni", "una-1", "una@uni.example.org", key=str(world.idp.another_key))

    assert query(landed) == {"authError": FAILED}


def test_an_answer_that_was_changed_on_the_way_is_refused(world):
    browser = Browser()
    form = world.form(browser, "uni", "mallory-1", "mallory@uni.example.org")
    (sent,) = etree.HTML(form.text).xpath('//input[@name="SAMLResponse"]/@value')
    changed = base64.b64decode(sent).replace(b"mallory-1", b"una-1")

    landed = browser.go(world.back("uni"), SAMLResponse=base64.b64encode(changed).decode())

    assert query(landed) == {"authError": FAILED}


def test_an_answer_for_another_server_is_refused(world):
    landed = world.sign_in(
        "uni", "una-1", "una@uni.example.org", audience="https://else.example.org"
    )

    assert query(landed) == {"authError": FAILED}


def test_an_answer_is_good_for_the_browser_that_asked_and_once(world):
    asking, other = Browser(), Browser()
    form = world.form(asking, "uni", "una-1", "una@uni.example.org")

    assert query(other.send(form)) == {"authError": FAILED}
    assert "authCode" in query(asking.send(form))
    assert query(asking.send(form)) == {"authError": FAILED}


@pytest.mark.parametrize(
    "sent",
    [
        "nonsense",
        base64.b64encode(b"<a/>").decode(),
        base64.b64encode(b"\xff\x00<").decode(),
        base64.b64encode(
            b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'
        ).decode(),
        "",
    ],
)
def test_nonsense_is_refused(world, sent):
    landed = Browser().go(world.back("uni"), SAMLResponse=sent, RelayState="x")

    assert query(landed) == {"authError": FAILED}


def test_metadata_says_where_the_provider_is_to_send_people(world):
    address = f"{world.server.url}/account/saml/uni/metadata"

    answer = requests.get(address, headers={"Host": "evil.example.org"})

    root = etree.fromstring(answer.content)
    assert root.get("entityID") == address
    (back,) = root.findall(".//{*}AssertionConsumerService")
    assert back.get("Location") == world.back("uni")
    assert requests.get(address.replace("/uni/", "/other/")).status_code == 404
