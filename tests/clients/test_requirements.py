"""
What the clients of the field need (T: tokens, S: answers, B: requests), line by line.

A test bears the number of its line. Lines that a test elsewhere bears are not repeated here;
`grep -rE 'test_(t|s|b)[0-9]+_' tests` finds them all.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
import requests

from tests.clients.people import Person

pytestmark = pytest.mark.served


def test_s1_every_answer_is_the_envelope_and_its_result_a_list(ada: Person) -> None:
    issuer = ada.issuer()
    badgeclass = ada.badgeclass(issuer)
    award = ada.award(badgeclass, "bob@example.org")
    of_issuer, of_class = (
        f"/v2/issuers/{issuer['entityId']}",
        (f"/v2/badgeclasses/{badgeclass['entityId']}"),
    )
    award_bob = {"recipient": {"identity": "bob@example.org"}}

    for status, verb, path, body in (
        (200, "GET", "/v2/users/self", None),
        (200, "GET", "/v2/auth/tokens", None),
        (200, "GET", "/v2/issuers", None),
        (200, "GET", of_issuer, None),
        (200, "PUT", of_issuer, {"name": "Harbor"}),
        (200, "GET", f"{of_issuer}/badgeclasses", None),
        (200, "GET", f"{of_issuer}/assertions", None),
        (200, "GET", of_class, None),
        (200, "GET", f"{of_class}/assertions", None),
        (201, "POST", f"{of_class}/assertions", award_bob),
        (201, "POST", f"{of_class}/issue", {"assertions": [award_bob]}),
        (201, "POST", f"{of_class}/issue", []),
        (200, "GET", f"/v2/assertions/{award['entityId']}", None),
        (200, "DELETE", f"/v2/assertions/{award['entityId']}", {"revocation_reason": "Error"}),
        (200, "GET", "/v2/backpack/assertions", None),
        (201, "POST", "/v2/backpack/collections", {"name": "Ropes", "description": ""}),
        (200, "GET", "/v2/backpack/collections", None),
    ):
        answer = ada.call(verb, path, body)
        assert answer.status_code == status, (verb, path, answer.text)
        said = answer.json()
        assert said["status"] == {"success": True, "description": "ok"}, (verb, path)
        assert isinstance(said["result"], list), (verb, path)


def test_s2_s5_moments_end_in_z_and_are_never_null(ada: Person) -> None:
    badgeclass = ada.badgeclass()
    award = ada.award(badgeclass, "bob@example.org")
    issuer = ada.one("GET", f"/v2/issuers/{badgeclass['issuer']}")
    (token, *_) = ada.call("GET", "/v2/auth/tokens").json()["result"]

    for moment in (
        *(item["createdAt"] for item in (issuer, badgeclass, award)),
        award["issuedOn"],
        token["created"],
        token["expires"],
    ):
        datetime.strptime(moment, "%Y-%m-%dT%H:%M:%S.%fZ")  # as badgr-lite does


@pytest.mark.parametrize(
    "strptime", ["%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S.%fZ"], ids=["whole", "fraction"]
)
def test_s2_a_moment_is_told_back_with_and_without_a_fraction(ada: Person, strptime: str) -> None:
    sent = datetime(2026, 1, 31, 10, 15, 0, 250_000).strftime(strptime)

    award = ada.award(ada.badgeclass(), "bob@example.org", issuedOn=sent)

    assert datetime.strptime(award["issuedOn"], strptime) == datetime.strptime(sent, strptime)


def test_s4_every_entity_says_its_type(ada: Person) -> None:
    badgeclass = ada.badgeclass()
    ada.award(badgeclass, ada.email)
    ada.one("POST", "/v2/backpack/collections", {"name": "Ropes", "description": ""})
    of_class = f"/v2/badgeclasses/{badgeclass['entityId']}"

    for path, name in (
        ("/v2/users/self", "BadgeUser"),
        ("/v2/auth/tokens", "AccessToken"),
        ("/v2/issuers", "Issuer"),
        (of_class, "BadgeClass"),
        (f"{of_class}/assertions", "Assertion"),
        ("/v2/backpack/assertions", "Assertion"),
        ("/v2/backpack/collections", "BackpackCollection"),
    ):
        result = ada.call("GET", path).json()["result"]
        assert {item["entityType"] for item in result} == {name}, path


@pytest.mark.parametrize("amount", [2, "2"])
def test_s6_the_amount_of_an_expiry_is_a_number_however_it_is_sent(
    ada: Person, amount: int | str
) -> None:
    badgeclass = ada.badgeclass(expires={"amount": amount, "duration": "years"})

    assert badgeclass["expires"] == {"amount": 2, "duration": "years"}


def test_s9_clients_branch_on_400_401_and_404_and_never_meet_403(
    ada: Person, carol: Person
) -> None:
    badgeclass = ada.badgeclass()
    awards = f"/v2/badgeclasses/{badgeclass['entityId']}/assertions"
    award_bob = {"recipient": {"identity": "bob@example.org"}}

    wrong = ada.call("POST", awards, {"recipient": {"identity": "bob"}})
    absent = ada.call("POST", "/v2/badgeclasses/None/assertions", award_bob)
    forbidden = carol.call("POST", awards, award_bob)
    ended = requests.post(
        f"{ada.served.url}{awards}", json=award_bob, headers={"Authorization": "Bearer ended"}
    )

    assert (wrong.status_code, wrong.json()["fieldErrors"]) == (
        400,
        {"recipient": {"non_field_errors": ["Enter a valid email address."]}},
    )
    assert (absent.status_code, forbidden.status_code) == (404, 404)
    assert absent.json() == forbidden.json()
    assert (ended.status_code, ended.json()["status"]["success"]) == (401, False)


def test_b12_teams_awards_many_by_v1_with_names_of_v2(ada: Person) -> None:
    badgeclass = ada.badgeclass()
    issuer, badge = badgeclass["issuer"], badgeclass["entityId"]

    answer = ada.call(
        "POST",
        f"/v1/issuer/issuers/{issuer}/badges/{badge}/batchAssertions",
        {
            "issuer": issuer,
            "badge_class": badge,
            "create_notification": False,
            "assertions": [
                {
                    "recipient_identifier": "bob@example.org",
                    "narrative": "Tied them all",
                    "evidence_items": [{"evidence_url": "https://harbor.example.org/log"}],
                },
                {"recipient_identifier": "carol@example.org"},
            ],
        },
    )

    assert answer.status_code == 201, answer.text
    kept = ada.call("GET", f"/v2/badgeclasses/{badge}/assertions").json()["result"]
    assert [item["slug"] for item in answer.json()] == [item["entityId"] for item in kept]
    assert [item["narrative"] for item in kept] == ["Tied them all", None]
    assert [[found["url"] for found in item["evidence"]] for item in kept] == [
        ["https://harbor.example.org/log"],
        [],
    ]


@pytest.mark.parametrize(
    ("sent", "evidence"),
    [
        (
            {
                "recipient_identifier": "bob@example.org",
                "recipient_type": "email",
                "narrative": "",
                "evidence_items": [],
                "create_notification": False,
            },
            [],
        ),
        (
            {"email": "bob@example.org", "evidence": "https://harbor.example.org/log"},
            ["https://harbor.example.org/log"],
        ),
    ],
    ids=["openSenseMap", "Mozilla Science"],
)
def test_b13_an_award_by_v1_with_names_of_v2(
    ada: Person, sent: dict[str, Any], evidence: list[str]
) -> None:
    badgeclass = ada.badgeclass()
    issuer, badge = badgeclass["issuer"], badgeclass["entityId"]

    answer = ada.call(
        "POST",
        f"/v1/issuer/issuers/{issuer}/badges/{badge}/assertions",
        {"issuer": issuer, "badge_class": badge, **sent},
    )

    assert answer.status_code == 201, answer.text
    kept = ada.one("GET", f"/v2/assertions/{answer.json()['slug']}")
    assert kept["recipient"]["plaintextIdentity"] == "bob@example.org"
    assert [item["url"] for item in kept["evidence"]] == evidence


@pytest.mark.parametrize(
    "spelt",
    [lambda address: address, lambda address: address.replace("+", "%2B").replace("@", "%40")],
    ids=["plain", "escaped"],
)
def test_b15_a_recipient_may_be_asked_for_without_escaping(
    ada: Person, spelt: Callable[[str], str]
) -> None:
    badgeclass = ada.badgeclass()
    award = ada.award(badgeclass, "bob+badges@example.org")
    ada.award(badgeclass, "carol@example.org")

    for path in (
        f"/v2/badgeclasses/{badgeclass['entityId']}/assertions",
        f"/v2/issuers/{badgeclass['issuer']}/assertions",
    ):
        answer = ada.call("GET", f"{path}?recipient={spelt('bob+badges@example.org')}")
        assert [item["entityId"] for item in answer.json()["result"]] == [award["entityId"]]


def test_b16_a_page_size_is_no_hindrance_where_there_are_no_pages(ada: Person) -> None:
    issuer = ada.issuer()

    answer = ada.call("GET", "/v2/issuers", num=100)

    assert issuer["entityId"] in [item["entityId"] for item in answer.json()["result"]]
    assert "Link" not in answer.headers


def test_b16_pages_are_linked_to_each_other(ada: Person) -> None:
    badgeclass = ada.badgeclass()
    for number in range(3):
        ada.award(badgeclass, f"bob{number}@example.org")
    path = f"/v2/badgeclasses/{badgeclass['entityId']}/assertions"

    first = ada.call("GET", path, num=2)
    second = requests.get(first.links["next"]["url"], headers=ada.bearer)
    back = requests.get(second.links["prev"]["url"], headers=ada.bearer)

    assert [len(answer.json()["result"]) for answer in (first, second)] == [2, 1]
    assert back.json()["result"] == first.json()["result"]
    assert "Link" not in ada.call("GET", path).headers


def test_a_client_that_sends_a_body_with_every_verb_is_served(ada: Person) -> None:
    """As the Drupal module does, together with the fields that are only to be read."""
    badgeclass = ada.badgeclass()
    path = f"/v2/badgeclasses/{badgeclass['entityId']}"

    assert ada.call("GET", path, badgeclass).json()["result"] == [badgeclass]
    assert ada.call("PUT", path, badgeclass).json()["result"] == [badgeclass]
    assert ada.call("DELETE", path, badgeclass).status_code == 204
