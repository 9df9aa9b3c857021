"""badgrclient 0.1.2, which takes the server's address as an argument."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests

from rosette.operations.assertions import DEFAULT_REASON
from tests.clients.people import Person, address, mail_to
from tests.environments import python_with, run, without_proxies
from tests.served import Served

pytestmark = pytest.mark.served

_HERE = Path(__file__).parent
Program = Callable[..., Any]


@pytest.fixture
def program(served: Served) -> Program:
    """Runs one of the small programs as a person."""
    python = python_with("badgrclient", _HERE / "badgrclient-requirements.txt")

    def call(person: Person, name: str, *arguments: str) -> Any:
        file = _HERE / "badgrclient_program.py"
        who = (served.url, person.email, person.password)
        return json.loads(run(python, file, *who, name, *arguments, env=without_proxies()))

    return call


def test_a_badge_is_awarded_from_nothing(ada: Person, program: Program) -> None:
    bob = address("bob")

    made = program(ada, "award", bob)

    issuer, badge, awarded = made["issuer"], made["badge"], made["awarded"]
    assert (issuer["entityType"], issuer["email"], issuer["image"]) == ("Issuer", ada.email, None)
    assert (badge["entityType"], badge["issuer"]) == ("BadgeClass", issuer["entityId"])
    assert (badge["criteriaNarrative"], badge["criteriaUrl"]) == ("Tie **ten** knots", None)
    assert (awarded["entityType"], awarded["badgeclass"]) == ("Assertion", badge["entityId"])
    assert awarded["recipient"]["plaintextIdentity"] == bob
    assert [item["url"] for item in awarded["evidence"]] == ["https://harbor.example.org/log"]
    assert made["plain"]["evidence"] == []
    assert awarded["openBadgeId"] in mail_to(ada.served, bob)
    assert requests.get(f"{awarded['openBadgeId']}.json").json()["type"] == "Assertion"


def test_everything_can_be_fetched(ada: Person, program: Program) -> None:
    read = program(ada, "fetch", "bob@example.org")

    issuer, badge, first, second = read.pop("made")
    assert issuer in read.pop("issuers")
    assert badge in read.pop("badges")
    assert {item["entityType"] for item in read.pop("tokens")} == {"AccessToken"}
    assert read == {
        "issuer": [issuer],
        "badge": [badge],
        "badges of the issuer": [badge],
        "award": [first],
        "badge of the award": badge,
        "awards of the badge": [first, second],
        "awards of the issuer": [first, second],
        "awards to the recipient": [first],
        "of the issuer": [first],
    }


def test_b8_b9_awards_are_revoked_many_at_once_and_one_by_one(
    ada: Person, program: Program
) -> None:
    done = program(ada, "revoke", "bob@example.org")

    first, second, third = done["made"]
    assert done["many"] == [
        {"revoked": True, "entityId": name, "revocationReason": "Mistake"}
        for name in (first, second)
    ]
    assert [(item["entityId"], item["revoked"]) for item in done["one"]] == [(third, True)]
    assert done["left"] == []
    assert done["all"] == {first: "Mistake", second: "Mistake", third: DEFAULT_REASON}


def test_what_was_read_is_changed_and_written_and_removed(ada: Person, program: Program) -> None:
    done = program(ada, "change_and_remove")

    issuer, badge = done["made"]
    issuers, badges = done["left"]
    assert done["changed"] == "Ties knots blindfolded"
    assert issuer not in issuers
    assert badge not in badges


def test_b11_somebody_comes_to_work_for_an_issuer_and_leaves(
    ada: Person, carol: Person, program: Program
) -> None:
    assert program(ada, "edit_staff", carol.email) == [
        ["owner", "staff"],
        ["owner", "editor"],
        ["owner"],
    ]


def test_badge_classes_are_found_by_name(ada: Person, program: Program) -> None:
    made, found, awarded = program(ada, "by_name", "bob@example.org")

    assert (found, awarded) == (made, made)


def test_a_token_that_has_ended_is_refreshed(ada: Person, program: Program) -> None:
    issuer = ada.issuer()

    done = program(ada, "refresh")

    assert done["renewed"]
    assert issuer["entityId"] in done["listed"]


def test_its_users_see_the_description_of_a_refusal(ada: Person, program: Program) -> None:
    assert program(ada, "mistakes") == [
        "entity not found or insufficient privileges",
        "bad request",
    ]


def test_s4_a_learner_reads_their_backpack(ada: Person, bob: Person, program: Program) -> None:
    award = ada.award(ada.badgeclass(), bob.email)

    read = program(bob, "backpack")

    assert [(item["entityType"], item["entityId"]) for item in read["awards"]] == [
        ("Assertion", award["entityId"])
    ]
    assert read["collections"] == []


def test_somebody_signs_up_and_signs_in(ada: Person, served: Served, program: Program) -> None:
    bob, password = address("bob"), "splices and knots"

    profile = program(ada, "sign_up", bob, password)

    signed_in = requests.post(f"{served.url}/o/token", data={"username": bob, "password": password})
    assert (profile["first_name"], profile["last_name"], profile["email"]) == ("Bob", "Reed", bob)
    assert signed_in.status_code == 200
    assert served.url in mail_to(served, bob)
