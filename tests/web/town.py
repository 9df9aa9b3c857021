"""
A site with something on it, for tests that come by browser: the demo, and people who sign in.

A plugin. ``town`` is started once for the whole run; whoever changes more than its own things
there starts a server of its own.
"""

import base64
import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from rosette import emblems
from tests.browser import DESK, PATIENCE_MS
from tests.environments import node_with
from tests.served import Served, serving

_AXE: Final = Path(__file__).parent / "axe"
PASSWORD = "a harbor at night"
PEOPLE = ("ada@example.org", "bob@example.org", "carol@example.org", "root@example.org")
"""Ada owns the sample issuer, Bob has earned, Carol is a stranger, root runs the site."""


@dataclass
class Town:
    """``url`` of the site, and what is on it: ``names`` are entity ids for addresses."""

    server: Served
    names: dict[str, str]
    _signed_in: dict[str, Any] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return self.server.url

    def window(self, browser: Browser, who: str = "", **options: Any) -> BrowserContext:
        """A browser of somebody's own: ``who`` is ``ada``, ``bob`` … or empty for a stranger."""
        if who and who not in self._signed_in:
            with browser.new_context() as first:
                page = first.new_page()
                page.set_default_timeout(PATIENCE_MS)
                sign_in(page, self.url, f"{who}@example.org")
                self._signed_in[who] = first.storage_state()
        options.setdefault("viewport", {"width": DESK[0], "height": DESK[1]})
        context = browser.new_context(
            base_url=self.url, storage_state=self._signed_in.get(who), **options
        )
        context.set_default_timeout(PATIENCE_MS)
        return context


def sign_in(page: Page, url: str, email: str, password: str = PASSWORD) -> None:
    """By the form, as people do, on a page that first asks who it is."""
    page.goto(f"{url}/account")
    page.get_by_label("Email address").fill(email)
    page.get_by_label("Password").fill(password)
    page.locator("main").get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_role("button", name="Sign out").first.wait_for()


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """The site that the tests of pages share."""
    with serving(tmp_path_factory.mktemp("town")) as server:
        yield settle(server)


@pytest.fixture(scope="session")
def furnished(town: Town) -> Town:
    """The same site, once it has one of everything that a page can be about."""
    return furnish(town)


def furnish(town: Town) -> Town:
    """Have ``tests.web.furnished`` do it, on the data of the server."""
    program = "from rosette.cli.house import open_house; open_house(); "
    program += "from tests.web.furnished import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**town.server.environment, "PYTHONPATH": str(Path(__file__).parents[2])},
        text=True,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    town.names.update(json.loads(done.stdout))
    return town


def settle(server: Served) -> Town:
    """Put the demo and its people on a site that has nothing yet."""
    server.rosette("demo")
    for email in PEOPLE:
        verb = ("password", email) if email.startswith("ada") else ("add", email)
        admin = ("--admin",) if email.startswith("root") else ()
        server.rosette("user", *verb, *admin, "--password-file", "-", stdin=PASSWORD)
    return Town(server, _names(server.url))


@cache
def axe() -> str:
    """The program that looks for barriers on a page."""
    folder = node_with("axe", _AXE)
    return (folder / "node_modules" / "axe-core" / "axe.min.js").read_text("utf-8")


WCAG = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")


def barriers(page: Page, *, only: Sequence[str] = WCAG) -> list[str]:
    """What axe finds on the page by ``only`` these of its rules, one line each."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(axe())
    asked = {"runOnly": list(only), "resultTypes": ["violations"]}
    found = page.evaluate("(asked) => axe.run(asked)", asked)
    return [
        f"{rule['impact']} {rule['id']}: {node['html'][:200]} {node['failureSummary']}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]


def _names(url: str) -> dict[str, str]:
    token = _token(url, "ada@example.org")
    (issuer,) = _call(f"{url}/v2/issuers", token=token)["result"]
    badgeclass = _call(f"{url}/v2/issuers/{issuer['entityId']}/badgeclasses", token=token)
    awards = _call(f"{url}/v2/issuers/{issuer['entityId']}/assertions", token=token)["result"]
    bobs = [award for award in awards if award["recipient"]["plaintextIdentity"].startswith("bob")]
    taken = f"{url}/v2/backpack/assertions/{bobs[0]['entityId']}/offers"
    offer = _call(taken, "", token=_token(url, "bob@example.org"))
    return _sandbox(url) | {
        "issuer": issuer["entityId"],
        "badgeclass": badgeclass["result"][0]["entityId"],
        "assertion": bobs[0]["entityId"],
        "offer": offer["result"][0]["entityId"],
        "receipt": _receipt(url, bobs[0]["openBadgeId"]),
    }


def _sandbox(url: str) -> dict[str, str]:
    """A sandbox of root's with an award, whose mail is captured by the time."""
    token = _token(url, "root@example.org")

    def called(path: str, body: dict[str, Any] | None = None) -> Any:
        sent = None if body is None else urlencode(body)
        return _call(f"{url}/v2/{path}", sent, token=token)["result"][0]

    made = called(
        "issuers",
        {
            "name": "Trials of an integration",
            "url": "https://harbor.example.org",
            "email": "root@example.org",
            "description": "For trying things out",
            "sandbox": "true",
        },
    )
    picture = base64.b64encode(emblems.drawn("Trial", "#3b4a6b", "#f2c14e")).decode()
    badge = called(
        f"issuers/{made['entityId']}/badgeclasses",
        {
            "name": "Trial",
            "description": "Nothing is to be known for it",
            "criteriaNarrative": "Nothing",
            "image": f"data:image/svg+xml;base64,{picture}",
        },
    )
    award = called(
        f"badgeclasses/{badge['entityId']}/assertions",
        {"recipient.identity": "bob@example.org", "notify": "true"},
    )
    until = time.monotonic() + PATIENCE_MS / 1000
    while called(f"assertions/{award['entityId']}")["notification"] != "captured":
        assert time.monotonic() < until, "the worker captures no mail"
        time.sleep(0.1)
    return {"sandbox": made["entityId"], "tried": award["entityId"]}


def _receipt(url: str, badge: str) -> str:
    """A receipt of the verification of this badge, as it is had by the form."""
    sent = urlencode({"text": badge}).encode()
    with urlopen(f"{url}/verify", sent, timeout=30) as answer:
        (offered,) = re.findall(r'name="receipt" value="([^"]+)"', answer.read().decode())
    made = urlencode({"receipt": offered}).encode()
    with urlopen(f"{url}/verify/receipts", made, timeout=30) as answer:
        return str(answer.url.rpartition("/")[2])


def _token(url: str, email: str) -> str:
    asked = urlencode({"username": email, "password": PASSWORD})
    return str(_call(f"{url}/o/token", asked)["access_token"])


def _call(url: str, body: str | None = None, *, token: str = "") -> Any:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    request = Request(url, data=None if body is None else body.encode(), headers=headers)
    with urlopen(request, timeout=30) as answer:
        return json.load(answer)
