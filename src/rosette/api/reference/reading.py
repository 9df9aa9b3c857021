"""The description as people read it: chapters, calls, and tables of fields, for the page."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import orjson
from django.utils.text import slugify

from rosette.api.reference.curl import command
from rosette.api.reference.openapi import RESPONSES, document
from rosette.api.reference.schemas import JSON, PREFIX, Document, Schema, without_null


@dataclass(frozen=True, slots=True)
class Field:
    """One row of a table: what is sent or answered, under its whole name, in words."""

    name: str
    kind: str
    description: str
    is_required: bool


@dataclass(frozen=True, slots=True)
class Refusal:
    """One status that is not a success."""

    status: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Call:
    """One verb of one path; ``objects`` names the things in its answer."""

    anchor: str
    verb: str
    path: str
    summary: str
    description: str
    parameters: Sequence[Field]
    fields: Sequence[Field]
    is_list: bool
    may_be_list: bool
    curl: str
    status: str
    objects: Sequence[str]
    answer: str
    refusals: Sequence[Refusal]

    @property
    def short_path(self) -> str:
        """The path as the contents show it, each part a place where a line may break."""
        return self.path.removeprefix("/v2/").replace("/", "/\u200b")


@dataclass(frozen=True, slots=True)
class Thing:
    """Something that answers show, with all its fields."""

    name: str
    anchor: str
    description: str
    fields: Sequence[Field]


@dataclass(frozen=True, slots=True)
class Chapter:
    """One noun: its calls, and the things that they answer and no chapter before has shown."""

    name: str
    anchor: str
    description: str
    calls: Sequence[Call]
    things: Sequence[Thing]


@cache
def chapters(origin: str) -> Sequence[Chapter]:
    """All that there is to read."""
    return _Reader(document(origin), origin).chapters()


class _Reader:
    def __init__(self, described: Document, origin: str) -> None:
        self._described = described
        self._schemas: Mapping[str, Schema] = described["components"]["schemas"]
        self._origin = origin

    def chapters(self) -> Sequence[Chapter]:
        found: list[Chapter] = []
        shown: set[str] = set()
        for tag in self._described["tags"]:
            calls = [
                self._call(path, verb.upper(), operation)
                for path, operations in self._described["paths"].items()
                for verb, operation in operations.items()
                if tag["name"] in operation["tags"]
            ]
            names = dict.fromkeys(name for call in calls for name in call.objects)
            things = [self._thing(name) for name in names if name not in shown]
            shown |= set(names)
            found.append(
                Chapter(tag["name"], slugify(tag["name"]), tag["description"], calls, things)
            )
        return found

    def _call(self, path: str, verb: str, operation: Document) -> Call:
        # A refusal is a reference to what all operations share.
        answers = operation["responses"].items()
        successes = {status: answer for status, answer in answers if "$ref" not in answer}
        described = [answer.get("content", {}) for answer in successes.values()]
        contents = [content[JSON] for content in described if JSON in content]
        content = contents[0] if contents else {}
        body = operation.get("requestBody", {}).get("content", {}).get(JSON, {}).get("schema", {})
        kinds = body.get("anyOf", [body])
        lists = [kind["items"] for kind in kinds if "items" in kind]
        objects = [kind for kind in kinds if kind and "items" not in kind]
        return Call(
            anchor=operation["operationId"],
            verb=verb,
            path=path,
            summary=operation["summary"],
            description=operation["description"],
            parameters=[
                Field(
                    parameter["name"],
                    f"{_PLACES[parameter['in']]}, {self._kind(parameter['schema'])}",
                    parameter.get("description", ""),
                    parameter.get("required", False),
                )
                for parameter in operation["parameters"]
            ],
            fields=list(self._fields((objects or lists)[0])) if body else [],
            is_list=bool(lists) and not objects,
            may_be_list=bool(lists) and bool(objects),
            curl=command(self._origin, path, verb, operation),
            status=" or ".join(
                f"{status} {answer['description']}" for status, answer in successes.items()
            ),
            objects=self._objects(content.get("schema", {})),
            answer=_pretty(content["example"]) if content else "",
            refusals=[
                Refusal(status, self._response(answer)["description"])
                for status, answer in answers
                if "$ref" in answer
            ],
        )

    def _thing(self, name: str) -> Thing:
        schema = self._schemas[name]
        fields = list(self._fields(schema))
        return Thing(name, slugify(f"the {name}"), schema.get("description", ""), fields)

    def _objects(self, schema: Schema) -> list[str]:
        """The names of what the answer holds, in an envelope or without one."""
        target = self._resolved(schema)
        if "allOf" in target:
            target = target["allOf"][0]
        if "result" in target.get("properties", {}):
            schema = target["properties"]["result"]["items"]
        kinds = schema.get("anyOf", [schema])
        return [kind["$ref"].removeprefix(PREFIX) for kind in kinds if "$ref" in kind]

    def _fields(self, schema: Schema, before: str = "") -> Iterator[Field]:
        """Every field, each followed by those inside of it."""
        schema = self._resolved(schema)
        for name, given in schema.get("properties", {}).items():
            field = without_null(given)
            yield Field(
                before + name,
                self._kind(given),
                field.get("description", ""),
                name in schema.get("required", ()),
            )
            inner = self._resolved(field)
            if "items" in inner:
                yield from self._fields(inner["items"], f"{before}{name}[].")
            else:
                yield from self._fields(inner, f"{before}{name}.")

    def _kind(self, schema: Schema) -> str:
        """The type in words: ``list of string, at most 200 items, or null``."""
        field = without_null(schema)
        target = self._resolved(field)
        kinds = target.get("type", "object")
        words = [kinds if isinstance(kinds, str) else " or ".join(kinds)]
        if "items" in target:
            inner = self._resolved(target["items"])
            words = [f"list of {inner.get('type', 'object')}s"]
        if "enum" in target:
            words = ["one of " + ", ".join(map(str, target["enum"]))]
        if target.get("format") == "date-time":
            words = ["date and time"]
        for word, unit in _LIMITS.items():
            if word in target:
                words.append(unit.format(f"{target[word]:,}".replace(",", " ")))
        if field != schema:
            words.append("or null")
        return ", ".join(words)

    def _resolved(self, schema: Schema) -> Schema:
        return self._schemas[schema["$ref"].removeprefix(PREFIX)] if "$ref" in schema else schema

    def _response(self, response: Document) -> Document:
        name = response["$ref"].removeprefix(RESPONSES)
        found: Document = self._described["components"]["responses"][name]
        return found


_PLACES: Final = {"path": "path", "query": "query", "header": "header"}
_LIMITS: Final = {
    "maxLength": "at most {} characters",
    "maxItems": "at most {}",
    "minimum": "from {}",
    "maximum": "to {}",
}


def _pretty(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()
