"""
The independent reference validator of Open Badges 2.0 (``openbadges`` 1.1.2), as a second opinion.

It needs packages of its time, so it lives in an environment of its own, which is made when it is
first asked for and kept under ``.cache``. Making it takes about a minute and a package index;
asking takes about a second, and contacts nothing but this machine. It runs on Python 3.11.
"""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_HERE = Path(__file__).parent
_ENVIRONMENT = _HERE.parents[1] / ".cache" / "ob2-validator"
_PYTHON = _ENVIRONMENT / "bin" / "python"
_STAMP = _ENVIRONMENT / "made-from.txt"
_BUILD_REQUIREMENTS = _HERE / "ob2-build-requirements.txt"
_REQUIREMENTS = _HERE / "ob2-requirements.txt"
_PATIENCE_SECONDS = 600


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
    _make_environment()
    surroundings = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
    answer = _run(_PYTHON, _HERE / "ob2_runner.py", badge, env=surroundings)
    raw = json.loads(answer)
    messages = raw["report"]["messages"]
    return Report(
        valid=raw["report"]["valid"],
        errors=_of_level("ERROR", messages),
        warnings=_of_level("WARNING", messages),
        raw=raw,
    )


def _make_environment() -> None:
    """Made once; made anew if what goes into it has changed, or if making it was cut short."""
    wanted = _BUILD_REQUIREMENTS.read_text() + _REQUIREMENTS.read_text()
    if _STAMP.exists() and _STAMP.read_text() == wanted:
        return
    shutil.rmtree(_ENVIRONMENT, ignore_errors=True)
    _run(sys.executable, "-m", "venv", _ENVIRONMENT)
    install = (_PYTHON, "-m", "pip", "install", "--quiet", "--no-deps")
    _run(*install, "-r", _BUILD_REQUIREMENTS)
    _run(*install, "--no-build-isolation", "-r", _REQUIREMENTS)
    _STAMP.write_text(wanted)


def _run(*command: str | Path, env: dict[str, str] | None = None) -> str:
    """The standard output; raises RuntimeError with the other one if the command fails."""
    done = subprocess.run(
        command, capture_output=True, text=True, env=env, check=False, timeout=_PATIENCE_SECONDS
    )
    if done.returncode:
        raise RuntimeError(f"{command} failed:\n{done.stderr}")
    return done.stdout


def _of_level(level: str, messages: list[dict[str, Any]]) -> tuple[str, ...]:
    return tuple(
        f"{message['name']}: {message['result']}"
        for message in messages
        if message["messageLevel"] == level
    )
