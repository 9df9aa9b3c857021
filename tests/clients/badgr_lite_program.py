"""
Calls badgr-lite, which knows one host only: that one is changed. Runs in its environment.

    python badgr_lite_program.py http://127.0.0.1:8000 token.json badges
    python badgr_lite_program.py http://127.0.0.1:8000 token.json award BADGE '{"recipient": …}'
    python badgr_lite_program.py http://127.0.0.1:8000 token.json command list-badges

Prints, as JSON, what came back, or the name of the error.
"""

import json
import sys
from types import FunctionType
from typing import Any

from badgr_lite.cli import main
from badgr_lite.models import Badge, BadgrLite
from click.testing import CliRunner

_WRITTEN_IN = "https://api.badgr.io"


def send_to(host: str) -> None:
    """Put the host in the place of the one that is written into the methods of the library."""
    for member in vars(BadgrLite).values():
        method = member.fget if isinstance(member, property) else member
        if isinstance(method, FunctionType):
            constants = tuple(
                item.replace(_WRITTEN_IN, host) if isinstance(item, str) else item
                for item in method.__code__.co_consts
            )
            method.__code__ = method.__code__.replace(co_consts=constants)


def answer(token_file: str, call: str, *arguments: str) -> Any:
    """What the library, or its command, gives back."""
    badgr = BadgrLite(token_filename=token_file)
    match call:
        case "badges":
            return [_attributes(badge) for badge in badgr.badges]
        case "award":
            badge, data = arguments
            return _attributes(badgr.award_badge(badge, json.loads(data)))
        case "command":
            done = CliRunner().invoke(main, ["--token-file", token_file, *arguments])
            return {"exit_code": done.exit_code, "output": done.output}
    raise SystemExit(f"There is no call {call}.")


def _attributes(badge: Badge) -> dict[str, Any]:
    return {name: getattr(badge, name) for name in badge._attrs}


if __name__ == "__main__":
    _, base, *call = sys.argv
    send_to(base)
    try:
        said = answer(*call)
    except BaseException as error:  # the library's own are nothing more
        said = {"error": type(error).__name__, "said": str(error)}
    json.dump(said, sys.stdout, default=str)
