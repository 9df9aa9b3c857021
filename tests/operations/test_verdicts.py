"""What a verification found, in words for people."""

from typing import Any, get_args

import pytest

from rosette.openbadges.recipient import hashed
from rosette.openbadges.verification import OUTCOMES, Check, Outcome, Verdict
from rosette.openbadges.verification.verdict import Node, Subject
from rosette.operations import verdicts


def verdict(*checks: Check, source: Any = None) -> Verdict:
    award = Node("https://a.example.org/1", source or {}, source or {}, "2.0")
    return Verdict("url", checks, award)


def states(told: verdicts.Told) -> dict[str, str]:
    return {line.name: line.state for line in told.lines}


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_every_outcome_has_a_sentence_of_its_own(outcome: Outcome) -> None:
    state = "passed" if outcome == "verified" else "failed"
    told = verdicts.told(verdict(Check("status", state, "x", outcome=outcome)))

    assert told.outcome == outcome
    assert told.sentence.endswith(".")
    assert (told.advice == "") is (outcome == "verified")
    assert (told.tone == "good") is (outcome == "verified")


def test_all_sentences_differ() -> None:
    told = {
        verdicts.told(verdict(Check("status", "failed", "x", outcome=outcome))).sentence
        for outcome in OUTCOMES
        if outcome != "verified"
    }

    assert len(told) == len(OUTCOMES) - 1


@pytest.mark.parametrize("subject", get_args(Subject))
def test_what_cannot_be_told_is_never_called_wrong(subject: Subject) -> None:
    told = verdicts.told(verdict(Check(subject, "unknown", "x", outcome="unavailable")))

    assert "failed" not in states(told).values()
    assert "unknown" in states(told).values()
    assert told.tone == "calm"


def test_a_remark_leaves_a_line_as_good_as_it_was() -> None:
    good = Check("properties", "passed", "fine")
    remark = Check("properties", "failed", "odd", decisive=False)

    told = verdicts.told(verdict(good, remark))

    assert states(told)["structure"] == "passed"
    assert [check.said for check in told.lines[0].checks] == ["fine", "odd"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ((), "")),
        (" bob@example.org ", ([("email", "bob@example.org")], "")),
        ("Bob Vale", ((), "Bob Vale")),
        ("did:key:z6Mk", ([("openBadgeId", "did:key:z6Mk")], "")),
    ],
)
def test_whose_it_is_is_an_identifier_or_a_name(text: str, expected: Any) -> None:
    assert verdicts.asked_of(text) == expected


@pytest.mark.parametrize("name", ["Bob Vale", "Carol Vale"])
@pytest.mark.parametrize(
    "source",
    [
        {"extensions:recipientProfile": {"name": "Bob Vale"}},
        {"credentialSubject": {"name": "Bob Vale"}},
        {
            "credentialSubject": {
                "identifier": [
                    {
                        "identityType": "name",
                        "identityHash": hashed("Bob Vale", "salt"),
                        "salt": "salt",
                        "hashed": True,
                    }
                ]
            }
        },
        {"credentialSubject": {"identifier": {"identityType": "name", "identityHash": "Bob Vale"}}},
    ],
)
def test_a_name_is_compared_in_all_places_where_badges_have_one(source: Any, name: str) -> None:
    told = verdicts.told(verdict(Check("dates", "passed", "x"), source=source), name=name)

    is_bob = name == "Bob Vale"
    assert states(told)["recipient"] == ("passed" if is_bob else "failed")
    assert told.outcome == ("verified" if is_bob else "wrong-recipient")


@pytest.mark.parametrize(
    "source",
    [
        {"credentialSubject": 7},
        {"credentialSubject": [1], "recipient": None},
        {"extensions:recipientProfile": ["x"]},
        {"credentialSubject": {"name": {"en": 7}, "identifier": ["x", None, {}]}},
    ],
)
def test_a_badge_without_a_name_says_so(source: Any) -> None:
    told = verdicts.told(verdict(Check("dates", "passed", "x"), source=source), name="Bob")

    assert states(told)["recipient"] == "unknown"
    assert told.outcome == "verified"


def test_a_good_badge_without_a_status_is_not_said_to_have_failed_before() -> None:
    good = [Check(subject, "passed", "x") for subject in ("properties", "signature", "issuer")]

    lines = verdicts.told_checks(good, is_signed=True)

    (status,) = [line for line in lines if line.name == "status"]
    assert status.state == "open"
    assert status.why == "It names no place where its issuer would tell that."
