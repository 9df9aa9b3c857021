"""What a verification needs from outside, handed in as a function; and JSON out of bytes."""

import json
from typing import Any, NamedTuple, Protocol

import orjson

from rosette.openbadges.jsonld import Document

DOCUMENT_MAX_BYTES = 1_000_000
IMAGE_MAX_BYTES = 10_000_000
SCHEMA_MAX_BYTES = 100_000

DOCUMENTS = "application/ld+json, application/json"
PICTURES = "image/png, image/svg+xml"
ANYTHING = f"{DOCUMENTS}, {PICTURES}"

_DEEPEST = 64


class Loaded(NamedTuple):
    """An answer, whatever its status, with its redirects followed."""

    url: str
    status: int
    media_type: str
    content: bytes


class Unreachable(Exception):
    """There is no answer; ``message`` says why, for people."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Loader(Protocol):
    """
    GET a URL. Raises Unreachable.

    Whatever may not be asked, such as the inside of a network, is the loader's business, and so
    are deadlines; ``max_bytes`` bounds the answer.
    """

    def __call__(self, url: str, *, accept: str, max_bytes: int) -> Loaded: ...


def nothing(url: str, *, accept: str, max_bytes: int) -> Loaded:
    """The loader of somebody who is offline."""
    raise Unreachable(f"{url} is not asked: no network is to be used.")


class NotJson(ValueError):
    """The bytes are no JSON that can be read; the message says why, for people."""


def json_value(content: bytes | str) -> Any:
    """The JSON value. Raises NotJson for anything else, and for what is nested too deep."""
    try:
        value = orjson.loads(content)
    except (orjson.JSONDecodeError, RecursionError):
        raise NotJson("is not JSON") from None
    if not _is_shallow(value):
        raise NotJson(f"is nested more than {_DEEPEST} levels deep")
    return value


def json_object(content: bytes | str) -> Document:
    """The JSON object. Raises NotJson."""
    value = json_value(content)
    if not isinstance(value, dict):
        raise NotJson("is no JSON object")
    return value


def json_safe(value: Any) -> Document:
    """A mapping that was handed in, as JSON would hand it in. Raises NotJson."""
    try:
        return json_object(json.dumps(value, allow_nan=False, check_circular=True))
    except (TypeError, ValueError, RecursionError):
        raise NotJson("cannot be written as JSON") from None


def _is_shallow(value: Any) -> bool:
    """Whether it is at most 64 levels deep; without recursion, which is what it guards."""
    level = [value]
    for _ in range(_DEEPEST):
        level = [
            inner
            for outer in level
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
        if not level:
            return True
    return False
