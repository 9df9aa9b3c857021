"""The log: its two forms, and what never gets into it."""

import logging

import orjson
import pytest

from rosette import occasions
from rosette.logs import JsonLine, Line, hidden
from rosette.occasions import Occasion


def record(message: str, *values: object, **extra: object) -> logging.LogRecord:
    made = logging.LogRecord("rosette.caching", logging.WARNING, "x.py", 1, message, values, None)
    vars(made).update(extra)
    return made


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("no mail to ada.vale+knots@example.org today", "no mail to [address] today"),
        ("Key (email)=(ada@example.org) exists", "Key (email)=([address]) exists"),
        ("identity=ada%40example.org", "identity=[address]"),
        ("admin@localhost", "[address]"),
        ("postgresql://rosette:s3cret@db/rosette", "postgresql://[hidden]@db/rosette"),
        ("Authorization: Bearer mWq3v0Yf8tNnS1kZ", "Authorization: Bearer [hidden]"),
        ("Authorization: Token 0123456789abcdef", "Authorization: Token [hidden]"),
        ("/v2/auth/confirm-email/MTc6MX failed", "/v2/auth/confirm-email/[hidden] failed"),
        ("GET /account/password/4-c0ffee", "GET /account/password/[hidden]"),
        ("/unsubscribe/17:sIgNed", "/unsubscribe/[hidden]"),
        ("/claim/WzE3:1tTqQ:sIgNed", "/claim/[hidden]"),
        ("/invitations/17:sIgNed", "/invitations/[hidden]"),
        ("/public/assertions/a?identity__email=x", "/public/assertions/a?[hidden]"),
        ("the cache gives nothing: TimeoutError", "the cache gives nothing: TimeoutError"),
        ("Is that all? x=1", "Is that all? x=1"),
    ],
)
def test_addresses_and_secrets_stay_out(said: str, written: str):
    assert hidden(said) == written


def test_a_line_for_people_names_its_request():
    with occasions.during(Occasion("request", "lesson-17")):
        line = Line().format(record("mail to %s failed", "bob@example.org"))

    assert line[24:] == "WARNING rosette.caching [lesson-17]: mail to [address] failed"


def test_a_line_for_programs_is_one_object():
    try:
        raise ValueError("bob@example.org is no number")
    except ValueError as error:
        exc_info = (type(error), error, error.__traceback__)
    with occasions.during(Occasion("job", "0198")):
        line = JsonLine().format(record("row %d\nfails", 7, exc_info=exc_info, status=500))

    said = orjson.loads(line)
    assert "\n" not in line
    assert said.pop("time").endswith("Z")
    assert said.pop("exception").endswith("ValueError: [address] is no number")
    assert said == {
        "level": "warning",
        "logger": "rosette.caching",
        "message": "row 7\nfails",
        "occasion": "job",
        "id": "0198",
        "status": 500,
    }


def test_outside_of_any_occasion_none_is_named():
    assert Line().format(record("up"))[24:] == "WARNING rosette.caching: up"
    assert "id" not in orjson.loads(JsonLine().format(record("up")))
