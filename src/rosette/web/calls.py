"""What was just done on a page, as a program would ask for it."""

import shlex
from collections.abc import Mapping
from typing import Any

import orjson
from django.conf import settings


def curl(method: str, path: str, body: Mapping[str, Any] | None = None) -> str:
    """The call of the API, for a shell; TOKEN stands for the caller's own."""
    parts = ["curl"] if method == "GET" else ["curl", "-X", method]
    lines = [" ".join([*parts, shlex.quote(f"{settings.ROSETTE.origin}{path}")])]
    lines.append("  -H 'Authorization: Bearer TOKEN'")
    if body is not None:
        lines.append("  -H 'Content-Type: application/json'")
        shown = orjson.dumps(body, option=orjson.OPT_INDENT_2).decode()
        lines.append(f"  -d {shlex.quote(shown)}")
    return " \\\n".join(lines)
