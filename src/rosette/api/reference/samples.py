"""Samples of what the server answers, made of the examples that stand beside the types."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from rosette.api import examples
from rosette.api.reference.schemas import Schema, Schemas


def sample(schemas: Schemas, schema: Schema) -> Any:
    """
    What the schema might hold: its own example, else the least that it allows.

    Members that may be missing are there if they have something to show.
    """
    if "examples" in schema:
        return schema["examples"][0]
    if "$ref" in schema:
        return sample(schemas, schemas.resolved(schema))
    if "anyOf" in schema:
        kinds = [kind for kind in schema["anyOf"] if kind.get("type") != "null"]
        is_never_null = len(kinds) == len(schema["anyOf"])
        return sample(schemas, kinds[0]) if is_never_null or _shows(schemas, kinds[0]) else None
    match schema.get("type"):
        case "object":
            required = schema.get("required", ())
            return {
                name: sample(schemas, field)
                for name, field in schema.get("properties", {}).items()
                if name in required or _shows(schemas, field)
            }
        case "array":
            return [sample(schemas, schema["items"])] if _shows(schemas, schema["items"]) else []
        case "integer" | "number":
            return 0
        case "boolean":
            return False
        case _:
            return ""


def as_asked(answer: Mapping[str, Any], example: Any) -> dict[str, Any]:
    """The answer to the request ``example``: plain values that it sends come back."""
    sent = example if isinstance(example, Mapping) else {}
    back = {name: value for name, value in sent.items() if name in answer and _is_plain(value)}
    return {**answer, **back}


def at(value: Any, origin: str) -> Any:
    """The example, on this server instead of the one of the examples."""
    match value:
        case str():
            if value == urlsplit(examples.ORIGIN).hostname:
                return urlsplit(origin).hostname
            return value.replace(examples.ORIGIN, origin)
        case Mapping():
            return {name: at(inner, origin) for name, inner in value.items()}
        case list():
            return [at(inner, origin) for inner in value]
        case _:
            return value


def _shows(schemas: Schemas, schema: Schema) -> bool:
    """Whether a sample of it tells more than its type."""
    target = schemas.resolved(schema)
    return (
        "examples" in target
        or "properties" in target
        or ("items" in target and _shows(schemas, target["items"]))
    )


def _is_plain(value: Any) -> bool:
    if isinstance(value, list):
        return all(_is_plain(item) for item in value)
    # A picture is answered as its address.
    return not isinstance(value, Mapping) and not str(value).startswith("data:")
