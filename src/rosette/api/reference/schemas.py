"""JSON Schemas of what is sent and what is answered, as pydantic makes them of the code's types."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, JsonSchemaValue
from pydantic_core import core_schema

from rosette.api.shapes import Shape

Schema = dict[str, Any]
Document = dict[str, Any]
JSON: Final = "application/json"
JSON_LD: Final = "application/ld+json"
PREFIX: Final = "#/components/schemas/"
_JSON_TEXT: Final = "As JSON text."


class _Generator(GenerateJsonSchema):
    """Pydantic's own, without what says nothing: titles, and defaults that stand for "not sent"."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        made = super().default_schema(schema)
        if made.get("default", ...) is None:
            del made["default"]
        return made

    def normalize_name(self, name: str) -> str:
        # An IssuerObject is an Issuer on the wire.
        return super().normalize_name(name).removesuffix("Object")


class Schemas:
    """
    The schemas of these types, all under one roof.

    ``shapes`` are sent, ``results`` (TypedDicts and unions of them) are answered.
    """

    def __init__(self, shapes: Iterable[type[Shape]], results: Iterable[Any]) -> None:
        sent: JsonSchemaMode = "validation"
        answered: JsonSchemaMode = "serialization"
        kinds = [(kind, sent) for kind in shapes] + [(kind, answered) for kind in results]
        made, shared = TypeAdapter.json_schemas(
            [(kind, mode, TypeAdapter(kind)) for kind, mode in dict.fromkeys(kinds)],
            by_alias=True,
            ref_template=PREFIX + "{model}",
            schema_generator=_Generator,
        )
        self.components: Mapping[str, Schema] = {
            name: _tidied(schema) for name, schema in shared["$defs"].items()
        }
        self._by_kind = {kind: schema for (kind, _), schema in made.items()}

    def of(self, kind: Any) -> Schema:
        """The schema of the type, mostly a reference to a component."""
        return self._by_kind[kind]

    def name(self, kind: Any) -> str:
        """What the type is called; of a union, all its names."""
        schema = self.of(kind)
        parts = schema.get("anyOf", [schema])
        return "Or".join(part["$ref"].removeprefix(PREFIX) for part in parts)

    def resolved(self, schema: Schema) -> Schema:
        """The schema itself, where there is a reference to it."""
        while "$ref" in schema:
            schema = self.components[schema["$ref"].removeprefix(PREFIX)]
        return schema

    def form(self, schema: Schema) -> Schema:
        """
        The same thing as a form, in Badgr's spelling of names.

        ``recipient.identity`` for a nested object, ``alignments[0]targetName`` for the first of a
        list of objects; what lies deeper is JSON text.
        """
        schema = self.resolved(schema)
        required = set(schema.get("required", ()))
        properties: dict[str, Schema] = {}
        wanted: list[str] = []
        for name, inner in schema["properties"].items():
            for spelt, field, is_needed in self._spelt(name, without_null(inner)):
                properties[spelt] = field
                if name in required and is_needed:
                    wanted.append(spelt)
        return {
            "type": "object",
            "properties": properties,
            **({"required": wanted} if wanted else {}),
        }

    def _spelt(self, name: str, schema: Schema) -> Iterator[tuple[str, Schema, bool]]:
        target = self.resolved(schema)
        kind, items = target.get("type"), self.resolved(target.get("items", {}))
        if "properties" in target:
            needed = target.get("required", ())
            for inner, field in target["properties"].items():
                yield f"{name}.{inner}", without_null(field), inner in needed
        elif kind == "array" and "properties" in items:
            fields = {part: without_null(field) for part, field in items["properties"].items()}
            if all(field.get("type") not in (None, "array", "object") for field in fields.values()):
                for inner, field in fields.items():
                    yield f"{name}[0]{inner}", field, False
            else:
                yield name, _json_text(schema), True
        elif kind == "object":
            yield name, _json_text(schema), True
        else:
            yield name, schema, True


def query(shape: type[Shape]) -> Mapping[str, Schema]:
    """Each word of the query by name. Its schema has no null, for a query knows none."""
    made = shape.model_json_schema(by_alias=True, schema_generator=_Generator)
    return {name: without_null(field) for name, field in made["properties"].items()}


def without_null(schema: Schema) -> Schema:
    """The schema for a wire that knows no null."""
    rest = {name: value for name, value in schema.items() if name not in ("anyOf", "type")}
    kind = schema.get("type")
    if isinstance(kind, list):
        kinds = [one for one in kind if one != "null"]
        return {"type": kinds[0] if len(kinds) == 1 else kinds, **rest}
    parts = [part for part in schema.get("anyOf", ()) if part.get("type") != "null"]
    if len(parts) == 1:
        return {**parts[0], **rest}
    return schema


def _json_text(schema: Schema) -> Schema:
    said = " ".join(filter(None, [schema.get("description"), _JSON_TEXT]))
    return {"type": "string", "contentMediaType": "application/json", "description": said}


def _tidied(schema: Schema) -> Schema:
    """The component without its title, which is its name, and with its markers made real."""
    tidy = {name: value for name, value in schema.items() if name != "title"}
    if "description" in tidy:
        tidy["description"] = " ".join(tidy["description"].split())
    required = list(tidy.get("required", ()))
    properties: dict[str, Schema] = {}
    for name, given in tidy.get("properties", {}).items():
        field = dict(given)
        if field.pop("required", None) is True:  # shapes.REQUIRED
            required.append(name)
            field.pop("default", None)
        reference = field.get("items", {}).get("$ref", PREFIX)
        if not reference.startswith(PREFIX):  # a bare name, where the type says Any
            field["items"] = {"$ref": PREFIX + reference}
        properties[name] = field
    if properties:
        tidy["properties"] = properties
    if required:
        tidy["required"] = required
    return tidy
