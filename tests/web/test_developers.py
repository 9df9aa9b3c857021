"""The home for developers: what it says of this server is so, and each of its examples works."""

import json
import re
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any

import pytest
import requests
from django.test import Client

from rosette.api import examples
from rosette.api.reference.reading import chapters
from rosette.developers import described
from rosette.operations import sandbox
from rosette.scopes import SCOPES
from tests import clients
from tests.api.oauth.clients import person
from tests.clients import moodle_connect
from tests.clients.people import Person, address
from tests.clients.people import person as newcomer
from tests.clients.test_badgr_ui import Ui
from tests.clients.test_open_edx import Backend
from tests.environment import ORIGIN
from tests.environments import python_with, run, without_proxies
from tests.served import Served
from tests.web.visits import signed_in, words

_CLIENTS = Path(clients.__file__).parent
_EXAMPLE = re.compile(r'<pre class="code" id="example-([\w-]+)" tabindex="0">(.*?)</pre>', re.S)


def examples_of(page: str) -> dict[str, str]:
    """All that can be copied, by name."""
    return {name: unescape(text) for name, text in _EXAMPLE.findall(page)}


# ---- What it says ----------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_stranger_reads_address_limits_rights_and_examples(client: Client) -> None:
    shown = client.get("/developers")

    text = words(shown)
    assert shown.status_code == 200
    assert f'id="base-url">{ORIGIN}<' in shown.text
    assert all(name in text for name in SCOPES if name != "rw:issuer:*")
    for path in ("/docs/v2/", "/docs/v2/openapi.json", "/docs/v2/postman.json", "/account/keys"):
        assert client.get(path).status_code == 200
        assert f'href="{path}"' in shown.text
    assert all(ORIGIN in example for name, example in examples_of(shown.text).items())
    assert "API keys (Account, API keys): with scopes" in text  # what has changed


@pytest.mark.django_db
def test_it_is_found_from_every_page_and_from_the_keys(client: Client) -> None:
    ada = signed_in(person())

    assert 'href="/developers"' in client.get("/verify").text
    assert "For developers: what programs can do" in words(ada.get("/account/keys"))
    assert 'href="/developers/console"' in client.get("/docs/v2/").text


@pytest.mark.django_db
def test_the_limits_are_those_of_this_server(client: Client, settings: Any) -> None:
    free = words(client.get("/developers"))
    settings.ROSETTE = settings.ROSETTE.model_copy(
        update={
            "rate_per_token": 1200,
            "rate_per_address": 300,
            "batch_max_awards": 50,
            "image_max_bytes": 1_500_000,
            "access_token_seconds": 5400,
        }
    )

    told = words(client.get("/developers"))

    assert "Requests with one token no limit" in free
    assert "This server does not limit how often you ask." in free
    assert "Requests with one token 1 200 a minute" in told
    assert "Requests from one address 300 a minute" in told
    assert "Awards in one request 50" in told
    assert "Size of a picture 1.5 MB" in told
    assert "Life of a token that nobody uses 24 hours" in free
    assert "Life of a token that nobody uses 90 minutes" in told
    assert "RateLimit-Policy names the limits, and RateLimit what is left" in told


@pytest.mark.django_db
def test_whoever_has_a_sandbox_finds_its_things_in_the_examples(client: Client) -> None:
    ada = person()
    mine = sandbox.open_for(ada)
    badge = mine.badgeclasses.get().entity_id

    shown = examples_of(signed_in(ada).get("/developers").text)
    strange = examples_of(client.get("/developers").text)

    assert f"/v2/badgeclasses/{badge}/assertions" in shown["award"]
    assert f"/issuers/{mine.entity_id}/badges/{badge}/" in shown["v1"]
    assert examples.BADGECLASS in strange["award"]
    assert badge not in "".join(strange.values())


def test_every_operation_can_be_tried_and_is_the_same_command_as_in_the_reference() -> None:
    calls = [call for chapter in chapters(ORIGIN) for call in chapter.calls]
    shown = [call for group in described.groups(ORIGIN) for call in group.calls]

    assert [call.anchor for call in shown] == [call.anchor for call in calls]
    for call in calls:
        found = described.operation(ORIGIN, call.anchor, {})
        assert found is not None
        assert found.curl == call.curl
        assert found.body is None or json.loads(found.body) is not None


# ---- Every example, on a started server ----------------------------------------------------------


@dataclass(frozen=True)
class Reader:
    """Somebody who follows the page, with an issuer and a badge class of their own."""

    who: Person
    issuer: str
    badge: str
    folder: Path

    def own(self, example: str) -> str:
        """The example, with one's own things in the place of those that it names."""
        for said, mine in (
            ("you@example.org", self.who.email),
            ("your password", self.who.password),
            (examples.ISSUER, self.issuer),
            (examples.BADGECLASS, self.badge),
        ):
            example = example.replace(said, mine)
        return example

    def shell(self, commands: str, **more: str) -> str:
        """What a shell prints."""
        token: str = self.who.tokens["access_token"]
        return subprocess.run(
            ["bash", "-euo", "pipefail", "-c", commands],
            env={**without_proxies(), "TOKEN": token, **more},
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=True,
            timeout=120,
        ).stdout

    def awards(self) -> list[str]:
        """To whom the badge class was awarded."""
        found = self.who.call("GET", f"/v2/badgeclasses/{self.badge}/assertions").json()["result"]
        return [award["recipient"]["plaintextIdentity"] for award in found]


@pytest.fixture
def reader(served: Served, tmp_path: Path) -> Reader:
    who = newcomer(served, "rita")
    badge = who.badgeclass()
    return Reader(who, badge["issuer"], badge["entityId"], tmp_path)


def _token(reader: Reader, example: str) -> None:
    (told,) = json.loads(reader.shell(example))["result"]
    assert told["entityId"] == reader.who.entity_id


def _award(reader: Reader, example: str) -> None:
    (made,) = json.loads(reader.shell(example))["result"]
    assert made["badgeclass"] == reader.badge
    assert reader.awards() == ["bob@example.org"]


def _v1(reader: Reader, example: str) -> None:
    assert json.loads(reader.shell(example))["recipient_identifier"] == "bob@example.org"
    assert reader.awards() == ["bob@example.org"]


def _fields(example: str) -> dict[str, str]:
    """What is put into the fields of a form."""
    return {
        name: value.strip()
        for name, _, value in (line.partition(":") for line in example.splitlines())
    }


def _moodle(reader: Reader, example: str) -> None:
    """As tests/clients/test_moodle.py has it, from what an administrator puts into the form."""
    told = _fields(example)
    token = requests.post(
        f"{told['Backpack URL']}/o/token",
        data={"username": told["Email"], "password": told["Password"]},
    ).json()["access_token"]
    made = requests.post(
        f"{told['Backpack API URL']}/badgeclasses/{reader.badge}/assertions",
        json={"recipient": {"identity": "bob@example.org", "type": "email"}},
        headers={"Authorization": f"Bearer {token}"},
    )
    assert made.status_code == 201
    assert reader.awards() == ["bob@example.org"]


def _moodle_connect(reader: Reader, example: str) -> None:
    there = moodle_connect.Moodle("https://moodle.example.org", _fields(example)["Backpack URL"])
    there.discover()
    there.register()
    assert there.endpoints["apiBase"] == f"{reader.who.served.url}/bcv1"
    assert there.registered["client_id"]


def _open_edx(reader: Reader, example: str) -> None:
    set_to: dict[str, Any] = {"FEATURES": {}}
    exec(example, set_to)
    backend = Backend(reader.who, {"entityId": set_to["BADGR_ISSUER_SLUG"]})
    backend.base_url = set_to["BADGR_BASE_URL"]
    account = (set_to["BADGR_USERNAME"], set_to["BADGR_PASSWORD"])
    backend.tokens = backend.new_tokens()
    award = backend.award(backend.create_badgeclass()["entityId"], address("bob"), None)
    assert account == (reader.who.email, reader.who.password)
    assert award["issuer"] == reader.issuer


def _badgr_lite(reader: Reader, example: str) -> None:
    """The program itself, in a copy, since the example changes it."""
    install, _, commands = example.partition("\n")
    python = python_with("badgr-lite", _CLIENTS / "badgr-lite-requirements.txt")
    package = run(python, "-c", "import badgr_lite; print(badgr_lite.__path__[0])").strip()
    subprocess.run(["cp", "-r", package, reader.folder / "badgr_lite"], check=True)
    path = f"{python.parent}:{without_proxies()['PATH']}"
    reader.shell(commands, PATH=path, PYTHONPATH=str(reader.folder))
    assert install == "pip install badgr-lite==1.0.2"
    assert reader.awards() == ["bob@example.org"]


def _badgrclient(reader: Reader, example: str) -> None:
    python = python_with("badgrclient", _CLIENTS / "badgrclient-requirements.txt")
    run(python, "-c", example, env=without_proxies())
    assert reader.awards() == ["bob@example.org"]


def _badgr_ui(reader: Reader, example: str) -> None:
    (url,) = re.findall(r"baseUrl: '([^']+)'", example)
    ui = Ui(reader.who.served, reader.who.email, reader.who.password)
    ui.url = url
    assert [issuer["slug"] for issuer in ui.call("GET", "/v1/issuer/issuers")] == [reader.issuer]


RUN: dict[str, Callable[[Reader, str], None]] = {
    "token": _token,
    "award": _award,
    "moodle": _moodle,
    "moodle-2-1": _moodle_connect,
    "open-edx": _open_edx,
    "badgr-lite": _badgr_lite,
    "badgrclient": _badgrclient,
    "badgr-ui": _badgr_ui,
    "v1": _v1,
}


@pytest.mark.served
def test_no_example_is_left_untried(served: Served) -> None:
    assert examples_of(requests.get(f"{served.url}/developers").text).keys() == RUN.keys()


@pytest.mark.served
@pytest.mark.parametrize("name", RUN)
def test_an_example_works_as_it_is_copied(reader: Reader, name: str) -> None:
    page = requests.get(f"{reader.who.served.url}/developers").text

    RUN[name](reader, reader.own(examples_of(page)[name]))
