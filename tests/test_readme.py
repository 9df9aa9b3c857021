"""The README does what it says."""

import json
import re
import shutil
import subprocess
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import click
import pytest
import requests
from openbadges_bakery import unbake
from PIL import Image

from rosette.cli.main import rosette
from rosette.config import PREFIX, Config
from tests.environments import without_proxies
from tests.served import Served
from tests.services import Unavailable, install
from tests.validators.reference import validate

_ROOT = Path(__file__).parents[1]
_README = (_ROOT / "README.md").read_text("utf-8")
_BLOCK = re.compile(r"^<!-- test: first award -->\n```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_COMMAND = re.compile(r"`(?:\.venv/bin/)?rosette ([a-z ]+)`")
_TARGET = re.compile(r"(?:^|`)make ([a-z]+)", re.MULTILINE)
_VARIABLE = re.compile(rf"\b{PREFIX}[A-Z_]+\b")
_PATIENCE_SECONDS = 120


def _need(*programs: str) -> None:
    """Install by apt what is missing. Raises Unavailable, with what to do, where that fails."""
    missing = [program for program in programs if not shutil.which(program)]
    if missing:
        install(*missing)
        missing = [program for program in programs if not shutil.which(program)]
    if missing:
        raise Unavailable(
            f"The README's commands need {' and '.join(missing)}, which cannot be installed here "
            "(apt-get as root): install the packages of the same names."
        )


def _first_account(served: Served) -> tuple[str, str]:
    """The email and the password that the start of the server printed."""
    printed = re.search(r"email: +(\S+)\n +password: (\S+)\n", served.log.read_text("utf-8"))
    assert printed is not None
    return printed[1], printed[2]


@pytest.mark.served
def test_the_first_award_is_made_by_the_commands_as_they_stand(
    served: Served, tmp_path: Path
) -> None:
    _need("curl", "jq")
    email, password = _first_account(served)
    blocks = _BLOCK.findall(_README)
    assert len(blocks) == 5

    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", "".join([*blocks, 'printf %s "$ASSERTION" > link\n'])],
        env={
            **without_proxies(),
            "ROSETTE": served.url,
            "EMAIL": email,
            "PASSWORD": password,
        },
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=_PATIENCE_SECONDS,
    )

    assert (done.returncode, done.stderr) == (0, "")
    link = (tmp_path / "link").read_text()
    award = _award(served, email, password, link)
    page = requests.get(link, headers={"Accept": "text/html"})
    document = requests.get(link, headers={"Accept": "application/json"}).json()
    assert award["recipient"]["plaintextIdentity"] == "bob@example.org"
    assert award["narrative"] == "Tied them all at the first try."
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "Knot Tying" in page.text
    assert f"Open this in a browser: {link}\n" in done.stdout
    assert json.dumps(document["recipient"]["identity"]) in done.stdout
    with Image.open(tmp_path / "preview.png") as preview:
        assert preview.format == "PNG"
        preview.verify()
    baked = tmp_path / "knot-tying.svg"
    inside = ElementTree.parse(baked).find("{http://openbadges.org}assertion")
    assert unbake(BytesIO(baked.read_bytes())) == link
    assert inside is not None
    assert json.loads(inside.text or "") == document
    report = validate(baked)
    assert (report.valid, report.errors) == (True, ())
    assert done.stdout.count('"state": "awarded"') == 2


def _award(served: Served, email: str, password: str, link: str) -> dict[str, Any]:
    tokens = requests.post(
        f"{served.url}/o/token", data={"username": email, "password": password}
    ).json()
    answer = requests.get(
        f"{served.url}/v2/assertions/{link.rpartition('/')[2]}",
        headers={"Authorization": f"Bearer {tokens['access_token']}"},
    )
    (found,) = answer.json()["result"]
    award: dict[str, Any] = found
    return award


def test_its_commands_are_there() -> None:
    named = {line.strip() for line in _COMMAND.findall(_README)}

    assert {"up", "demo", "doctor", "settings", "mail list"} <= named
    for line in named:
        command: click.Command = rosette
        for word in line.split():
            assert isinstance(command, click.Group), line
            assert word in command.commands, line
            command = command.commands[word]


def test_its_settings_are_there() -> None:
    named = set(_VARIABLE.findall(_README))

    assert f"{PREFIX}PUBLIC_URL" in named
    known = {f"{PREFIX}{name.upper()}" for name in Config.model_fields}
    assert {name.removesuffix("_FILE") for name in named} <= known


def test_the_settings_and_commands_of_the_page_about_accounts_are_there() -> None:
    page = (_ROOT / "docs" / "accounts.md").read_text("utf-8")
    named = {name.removesuffix("_FILE") for name in _VARIABLE.findall(page)}

    assert named == {
        f"{PREFIX}{name}"
        for name in (
            *("SMS_URL", "SMS_TOKEN", "UI_URL", "SIGN_IN_PROVIDERS", "ALLOW_SIGNUP"),
            *("TERMS_VERSION", "TERMS_DESCRIPTION", "TERMS_URL", "EXPORT_MAX_BYTES"),
            *("MASTER_KEY", "PUBLIC_URL", "DIGEST_HOUR"),
        )
    }
    assert named <= {f"{PREFIX}{name.upper()}" for name in Config.model_fields}
    assert {"verify", "export", "delete"} <= set(re.findall(r"rosette user ([a-z]+)", page))
    assert {"verify", "export", "delete"} <= rosette.commands["user"].commands.keys()
    (example,) = re.findall(r"```json\n(.*?)```", page, re.DOTALL)
    offered = Config(sign_in_providers=example).sign_in_providers
    assert [provider.kind for provider in offered] == ["oidc", "google", "facebook", "saml"]


def test_its_make_targets_are_there() -> None:
    makefile = (_ROOT / "Makefile").read_text("utf-8")
    named = set(_TARGET.findall(_README))

    assert {"run", "test", "bench"} <= named
    assert named <= set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
