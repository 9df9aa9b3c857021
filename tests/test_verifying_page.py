"""The page on verifying does what it says, with a server of this machine as the academy."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from django.test import Client

from rosette.cli.main import rosette
from rosette.openbadges.verification import OUTCOMES
from tests.foreign import Academy, academy
from tests.openbadges.verification.loads import load

_PAGE = (Path(__file__).parents[1] / "docs" / "verifying.md").read_text("utf-8")
_HOME = "https://academy.example.org"


def _block(language: str, there: Academy) -> str:
    """The one block in this language, with the academy's address put in."""
    (found,) = re.findall(rf"^```{language}\n(.*?)^```$", _PAGE, re.MULTILINE | re.DOTALL)
    text: str = found
    return text.replace(_HOME, there.origin)


@pytest.fixture
def there() -> Iterator[Academy]:
    with academy() as found:
        found.award()
        yield found


def test_the_command_prints_what_the_page_shows(there: Academy) -> None:
    command, shown = _block("console", there).split("\n", 1)

    answer = CliRunner().invoke(rosette, command.removeprefix("$ rosette ").split(" "))

    assert (answer.exit_code, answer.output) == (0, shown)


@pytest.mark.django_db
def test_the_endpoint_answers_what_the_page_shows(
    there: Academy, client: Client, settings: Any
) -> None:
    settings.ROSETTE = settings.ROSETTE.model_copy(update={"fetch_loopback": True})
    sent = re.search(r"-d '(.*?)'", _block("sh", there))
    assert sent is not None
    shown = json.loads(_block("json", there))

    answer = client.post("/public/verify", sent[1], content_type="application/json")

    report = answer.json()["report"]
    checks = report.pop("checks")
    (check,) = shown.pop("checks")
    assert report == shown
    assert check in checks


def test_the_library_does_what_the_page_shows(
    there: Academy, capsys: pytest.CaptureFixture[str]
) -> None:
    exec(_block("python", there), {"load": load})

    assert capsys.readouterr().out.splitlines()[0] == "passed This is the address of a badge."


def test_every_verdict_is_explained() -> None:
    assert set(OUTCOMES) <= set(re.findall(r"`([a-z-]+)`", _PAGE))
