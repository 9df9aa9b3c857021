"""
The operations of the API as the description has them, with the things of one's own in it.

The console shows them, and the home takes its first examples from here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

from rosette.api.reference.curl import command
from rosette.api.reference.openapi import document
from rosette.api.reference.reading import Call, chapters
from rosette.api.reference.schemas import JSON, Document

AWARD: Final = "postBadgeclassesByIdAssertions"
TOKEN: Final = "postOToken"  # noqa: S105 -- the name of an operation


@dataclass(frozen=True, slots=True)
class Group:
    """One tag of the description, with those of its operations that were looked for."""

    name: str
    calls: Sequence[Call]


@dataclass(frozen=True, slots=True)
class Part:
    """
    A field to fill in: of the path, of the query, or a header.

    ``value`` is what stands in it at first; ``is_list``: it may be there several times.
    """

    name: str
    place: str
    kind: str
    description: str
    is_required: bool
    value: str
    is_list: bool


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation to try; ``body`` is its example, as JSON text, or None if it takes none."""

    call: Call
    wants_token: bool
    parts: Sequence[Part]
    body: str | None
    curl: str


def groups(origin: str, wanted: str = "") -> list[Group]:
    """All operations by tag, or those that have every word in their name or address."""
    words = wanted.casefold().split()
    found = [
        Group(
            chapter.name,
            [call for call in chapter.calls if all(word in _text(call) for word in words)],
        )
        for chapter in chapters(origin)
    ]
    return [group for group in found if group.calls]


def first(found: Sequence[Group], wanted: str) -> str:
    """The name of the first that was found, or of one that has the words in this order."""
    calls = [call for group in found for call in group.calls]
    in_order = [call for call in calls if wanted.casefold() in _text(call)]
    return [*in_order, *calls][0].anchor


def operation(origin: str, name: str, own: Mapping[str, str]) -> Operation | None:
    """
    The operation of this ``operationId``; None if there is none.

    ``own`` maps what the examples say to what stands there instead.
    """
    for chapter in chapters(origin):
        for call in chapter.calls:
            if call.anchor == name:
                described = document(origin)["paths"][call.path][call.verb.lower()]
                return _filled(origin, call, _owned(described, own))
    return None


def _filled(origin: str, call: Call, described: Document) -> Operation:
    content = described.get("requestBody", {}).get("content", {})
    body = None
    if content:
        body = orjson.dumps(content[JSON].get("example", {}), option=orjson.OPT_INDENT_2).decode()
    return Operation(
        call=call,
        wants_token=any("bearer" in way for way in described["security"]),
        parts=[
            Part(
                name=field.name,
                place=parameter["in"],
                kind=field.kind.partition(", ")[2],
                description=field.description,
                is_required=field.is_required,
                value=str(parameter.get("example", "")),
                is_list=parameter["schema"].get("type") == "array",
            )
            for field, parameter in zip(call.parameters, described["parameters"], strict=True)
        ],
        body=body,
        curl=command(origin, call.path, call.verb, described),
    )


def _text(call: Call) -> str:
    return f"{call.verb} {call.path} {call.summary} {call.anchor}".casefold()


def _owned(value: Any, own: Mapping[str, str]) -> Any:
    match value:
        case str():
            for said, mine in own.items():
                value = value.replace(said, mine)
            return value
        case Mapping():
            return {name: _owned(inner, own) for name, inner in value.items()}
        case list():
            return [_owned(inner, own) for inner in value]
        case _:
            return value
