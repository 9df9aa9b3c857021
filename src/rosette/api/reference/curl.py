"""Calls as commands that can be copied into a shell, where ``$TOKEN`` is the token."""

import shlex
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import quote, urlencode

import orjson

from rosette.api.reference.openapi import FORM
from rosette.api.reference.schemas import JSON, Document

_CONTINUED: Final = " \\\n  "


def command(origin: str, path: str, verb: str, operation: Document) -> str:
    """The operation with its example, as a call of curl."""
    address = f"{origin}{filled(path, operation)}"
    # With something to send, curl posts of its own accord.
    content = operation.get("requestBody", {}).get("content", {})
    method = [] if verb == ("POST" if content else "GET") else [f"-X {verb}"]
    first = " ".join(["curl", *method, shlex.quote(address)])
    return _CONTINUED.join([first, *_authorization(operation), *_sent(content)])


def filled(path: str, operation: Document) -> str:
    """The path of the operation with its example, and with what its query must say."""
    query: dict[str, str] = {}
    for parameter in operation["parameters"]:
        if parameter["in"] == "path":
            path = path.replace(f"{{{parameter['name']}}}", quote(parameter["example"]))
        elif parameter["in"] == "query" and parameter.get("required"):
            query[parameter["name"]] = parameter["example"]
    return f"{path}?{urlencode(query)}" if query else path


def _authorization(operation: Document) -> list[str]:
    wants_token = any("bearer" in way for way in operation["security"])
    return ['-H "Authorization: Bearer $TOKEN"'] if wants_token else []


def _sent(content: Mapping[str, Any]) -> Iterator[str]:
    if "example" in content.get(FORM, {}):
        for name, value in content[FORM]["example"].items():
            for text in value if isinstance(value, list) else [value]:
                word = str(text).lower() if isinstance(text, bool) else str(text)
                yield f"--data-urlencode {shlex.quote(f'{name}={word}')}"
    elif "example" in content.get(JSON, {}):
        yield '-H "Content-Type: application/json"'
        text = orjson.dumps(content[JSON]["example"], option=orjson.OPT_INDENT_2).decode()
        yield f"-d {shlex.quote(text)}"
