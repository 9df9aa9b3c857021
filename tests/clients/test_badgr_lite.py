"""badgr-lite 1.0.2, unchanged but for the host that is written into it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.clients.people import Person, address, mail_to
from tests.environments import python_with, run, without_proxies
from tests.served import Served

pytestmark = pytest.mark.served

_HERE = Path(__file__).parent
Client = Callable[..., Any]


@pytest.fixture
def token_file(ada: Person, tmp_path: Path) -> Path:
    """The file that its installation instructions make with curl."""
    path = tmp_path / "token.json"
    answer = requests.post(
        f"{ada.served.url}/o/token", data={"username": ada.email, "password": ada.password}
    )
    path.write_text(answer.text)
    return path


@pytest.fixture
def badgr_lite(served: Served, token_file: Path) -> Client:
    """Calls the program with Ada's token file."""
    python = python_with("badgr-lite", _HERE / "badgr-lite-requirements.txt")

    def call(*arguments: str) -> Any:
        program = _HERE / "badgr_lite_program.py"
        who = (served.url, token_file)
        return json.loads(run(python, program, *who, *arguments, env=without_proxies()))

    return call


def test_the_badge_classes_are_listed(ada: Person, badgr_lite: Client) -> None:
    knots = ada.badgeclass(name="Knots of the list")

    listed = badgr_lite("badges")
    command = badgr_lite("command", "list-badges")

    (found,) = [badge for badge in listed if badge["entity_id"] == knots["entityId"]]
    assert (found["name"], found["open_badge_id"]) == (knots["name"], knots["openBadgeId"])
    assert found["created_at"].endswith("+00:00")  # it was parsed
    assert command["exit_code"] == 0
    # The address in the middle is the program's own mistake, whatever the server.
    assert [
        line.split("\t")[::2] for line in command["output"].splitlines() if knots["name"] in line
    ] == [[knots["entityId"], knots["name"]]]


def test_a_badge_is_awarded_with_evidence_and_announced(ada: Person, badgr_lite: Client) -> None:
    knots = ada.badgeclass()
    bob = address("bob")

    awarded = badgr_lite(
        "award",
        knots["entityId"],
        json.dumps(
            {
                "name": "Sample badge",
                "recipient": {"identity": bob},
                "notify": True,
                "evidence": [{"url": "https://harbor.example.org/log", "narrative": "All ten"}],
            }
        ),
    )

    kept = ada.one("GET", f"/v2/assertions/{awarded['entity_id']}")
    assert kept["recipient"]["plaintextIdentity"] == bob
    assert [(item["url"], item["narrative"]) for item in kept["evidence"]] == [
        ("https://harbor.example.org/log", "All ten")
    ]
    assert awarded["open_badge_id"] in mail_to(ada.served, bob)


def test_the_command_awards_too(ada: Person, badgr_lite: Client) -> None:
    knots = ada.badgeclass()
    bob = address("bob")

    done = badgr_lite(
        *("command", "award-badge", "--badge-id", knots["entityId"], "--recipient", bob),
        *("--evidence-url", "https://harbor.example.org/log", "--evidence-narrative", "All ten"),
    )

    (kept,) = ada.call("GET", f"/v2/badgeclasses/{knots['entityId']}/assertions").json()["result"]
    assert done["exit_code"] == 0
    assert done["output"].split("\t")[::2] == [kept["entityId"], "<No name>\n"]
    assert kept["recipient"]["plaintextIdentity"] == bob


@pytest.mark.parametrize("badge", ["None", "AAAAAAAAAAAAAAAAAAAAAA"])
def test_a_bad_badge_id_is_recognised(badgr_lite: Client, badge: str) -> None:
    failed = badgr_lite("award", badge, json.dumps({"recipient": {"identity": address("bob")}}))

    assert failed["error"] == "BadBadgeIdError"


def test_bad_data_is_recognised_and_shown(ada: Person, badgr_lite: Client) -> None:
    knots = ada.badgeclass()

    failed = badgr_lite("award", knots["entityId"], json.dumps({"recipient": {"identity": "bob"}}))

    assert failed["error"] == "AwardBadgeBadDataError"
    assert "Enter a valid email address." in failed["said"]


def test_an_ended_token_is_refreshed_and_the_file_written_anew(
    ada: Person, badgr_lite: Client, token_file: Path
) -> None:
    knots = ada.badgeclass()
    first = json.loads(token_file.read_text())
    token_file.write_text(json.dumps({**first, "access_token": "ended"}))

    listed = badgr_lite("badges")
    second = json.loads(token_file.read_text())
    awarded = badgr_lite(
        "award", knots["entityId"], json.dumps({"recipient": {"identity": address("bob")}})
    )

    assert knots["entityId"] in [badge["entity_id"] for badge in listed]
    assert second.keys() == first.keys()
    assert second["access_token"] not in ("ended", first["access_token"])
    assert second["refresh_token"] != first["refresh_token"]
    assert awarded["entity_type"] == "Assertion"
    assert json.loads(token_file.read_text()) == second


def test_t8_without_a_refresh_token_that_works_it_fails_as_at_the_last_badgr_servers(
    badgr_lite: Client, token_file: Path
) -> None:
    """They say 400, the program knows 401 only; docs tell how to make a new token file."""
    ended = {"access_token": "ended", "refresh_token": "ended"}
    token_file.write_text(json.dumps(ended))

    failed = badgr_lite("badges")

    assert failed["error"] == "AssertionError"
    assert json.loads(token_file.read_text()) == ended
