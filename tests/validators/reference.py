"""
The independent reference validator of Open Badges 2.0 (``openbadges`` 1.1.2), as a second opinion.

It needs packages of its time, so it lives in an environment of its own, which is made when it is
first asked for and kept under ``.cache``. Making it takes about a minute and a package index;
asking takes about a second, and contacts nothing but this machine. It runs on Python 3.11.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.environments import python_with, run, without_proxies

_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Report:
    """
    What the validator says about a badge.

    ``errors`` and ``warnings`` are its messages, led by the name of the task
    (``ASSERTION_TIMESTAMP_CHECKS: Assertion ... expired on ...``); ``raw`` is its whole answer.
    """

    valid: bool
    errors: tuple[str, ...]
    warnings: tuple[str, ...]
    raw: dict[str, Any]


def validate(badge: str | Path) -> Report:
    """The report on the badge at an ``http`` URL of this machine, or in a PNG or SVG file."""
    return _report(json.loads(_asked(badge)))


def validate_all(badges: Sequence[tuple[str, Mapping[str, Any] | None]]) -> list[Report]:
    """
    The reports on many badges in one go, each a URL, a document, or a JWS, as text.

    With each goes the Profile of the person who should be its recipient, or None.
    """
    return [_report(raw) for raw in json.loads(_asked("-", given=json.dumps(badges)))]


def _asked(badge: str | Path, *, given: str = "") -> str:
    python = python_with(
        "ob2-validator",
        _HERE / "ob2-requirements.txt",
        build_with=_HERE / "ob2-build-requirements.txt",
    )
    return run(python, _HERE / "ob2_runner.py", badge, env=without_proxies(), given=given)


def _report(raw: dict[str, Any]) -> Report:
    messages = raw["report"]["messages"]
    return Report(
        valid=raw["report"]["valid"],
        errors=_of_level("ERROR", messages),
        warnings=_of_level("WARNING", messages),
        raw=raw,
    )


def _of_level(level: str, messages: list[dict[str, Any]]) -> tuple[str, ...]:
    return tuple(
        f"{message['name']}: {message['result']}"
        for message in messages
        if message["messageLevel"] == level
    )
