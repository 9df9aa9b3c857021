"""
What request shapes are built of: the kinds of text, dates and images that clients send, checked.

A shape is a pydantic model whose fields bear the wire's names. ``read`` turns what was sent into
a shape, or into the wire's words for what is wrong with it.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from types import UnionType
from typing import Annotated, Any, Final, TypeVar, Union, get_args, get_origin

import orjson
from django.utils.html import strip_tags
from pydantic import (
    AfterValidator,
    AliasChoices,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    ValidationError,
)
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails, PydanticCustomError

from rosette.api.bodies import Body, FilePart
from rosette.api.syntax import is_email, is_url
from rosette.errors import InvalidInput

_DATE_FORMAT: Final = "YYYY-MM-DDThh:mm[:ss[.uuuuuu]][+HH:MM|-HH:MM|Z]"
_DATE: Final = re.compile(
    r"^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}([.,]\d{1,9})?)?\s?(Z|[+-]\d{2}(:?\d{2})?)?$"
)


class Shape(BaseModel):
    """
    A JSON object that a client sends. Names that it does not know are left alone.

    ``model_fields_set`` tells what was sent; what was not sent stays as it is.
    """

    model_config = ConfigDict(extra="ignore", frozen=True, populate_by_name=True)

    def sent(self, name: str) -> bool:
        """Whether the client sent the field ``name`` at all."""
        return name in self.model_fields_set


_WHOLE: Final = "non_field_errors"
_ABOUT_THE_WHOLE: Final = {"whole", "model_type", "model_attributes_type", "list_type"}


REQUIRED: Final[dict[str, JsonValue]] = {"required": True}
"""Marks, for the reference, a field whose lack is refused in other words than the usual ones."""


def refuse(message: str) -> PydanticCustomError:
    """The error that shows ``message`` beside the field."""
    return PydanticCustomError("said", "{said}", {"said": message})


def refuse_whole(message: str) -> PydanticCustomError:
    """The error that shows ``message`` about an object as a whole, not one of its fields."""
    return PydanticCustomError("whole", "{said}", {"said": message})


def _plain(value: str) -> str:
    if "\x00" in value:
        raise refuse("Null characters are not allowed.")
    return strip_tags(value).strip() if "<" in value else value.strip()


def _no_pictures(value: str) -> str:
    if "![" in value:
        raise refuse("Images not supported in markdown")
    return value


def _filled(value: str) -> str:
    if not (plain := _plain(value)):
        raise refuse("This field may not be blank.")
    return plain


def _url(value: str) -> str:
    if not is_url(value):
        raise refuse("Enter a valid URL.")
    return value


def _email(value: str) -> str:
    # As it is kept: the lower case of İ is two characters, and no address at all.
    local, _, domain = value.lower().rpartition("@")
    if not (is_email(f"{local}@{domain}") and local.isascii() and _is_itself_in_ascii(domain)):
        raise refuse("Enter a valid email address.")
    return value


def _is_itself_in_ascii(domain: str) -> bool:
    """
    Mail leaves for the domain in ASCII. Where that is the name of another one (straße.de becomes
    strasse.de), its owner would prove to be somebody else.
    """
    try:
        return domain.isascii() or domain.encode("idna").decode("idna") == domain
    except UnicodeError:
        return False


def _date(value: Any) -> Any:
    if value is None:
        return value
    if not isinstance(value, str) or not _DATE.match(value.strip()):
        raise refuse(
            f"Datetime has wrong format. Use one of these formats instead: {_DATE_FORMAT}."
        )
    try:
        found = datetime.fromisoformat(value.strip().replace(" Z", "Z").replace(",", "."))
        found = found if found.tzinfo else found.replace(tzinfo=UTC)
        return found.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise refuse(
            f"Datetime has wrong format. Use one of these formats instead: {_DATE_FORMAT}."
        ) from error


# Numbers are taken for text, as the wire always did; truth values are not.
_Text = Annotated[str, Field(coerce_numbers_to_str=True)]
Plain = Annotated[_Text, AfterValidator(_plain)]
_Filled = Annotated[_Text, AfterValidator(_filled)]
Line = Annotated[_Filled, Field(max_length=1024)]
Text = Annotated[_Filled, Field(max_length=16384)]
Markdown = Annotated[
    _Filled,
    AfterValidator(_no_pictures),
    Field(max_length=65536, description="Markdown, without images."),
]
Url = Annotated[_Filled, AfterValidator(_url), Field(max_length=1024)]
Email = Annotated[_Filled, AfterValidator(_email), Field(max_length=255)]
Moment = Annotated[
    datetime,
    BeforeValidator(_date),
    Field(json_schema_extra={"examples": ["2026-11-23T09:30:00Z"]}),
]


def _image(value: Any) -> Any:
    """A file part or data URI; an http(s) address stands for the picture that is there already."""
    if isinstance(value, FilePart):
        return value
    if isinstance(value, str):
        return value.strip()
    raise refuse("The submitted data was not a file. Check the encoding type on the form.")


Picture = Annotated[
    Any,
    BeforeValidator(lambda value: value if value is None else _image(value)),
    Field(
        json_schema_extra={
            "type": ["string", "null"],
            "description": "A PNG or SVG image as data URI (data:image/png;base64,…), or a file "
            "part of a multipart body. The address of an image is taken for “as it is”.",
        }
    ),
]


def is_kept_picture(value: Any) -> bool:
    """Whether a ``Picture`` is the address of a picture, sent back as it was read."""
    return isinstance(value, str) and value.startswith(("http://", "https://"))


S = TypeVar("S", bound=Shape)


def read(shape: type[S], sent: Body | Mapping[str, Any]) -> S:
    """What was sent, as ``shape``. Raises InvalidInput with every wrong field at once."""
    values = sent.values if isinstance(sent, Body) else sent
    if not isinstance(values, Mapping):
        raise InvalidInput(general=[not_an_object(values)])
    if isinstance(sent, Body) and sent.is_form:
        values = _from_form(shape, values)
    try:
        return shape.model_validate(values)
    except ValidationError as error:
        fields, general = words(error)
        raise InvalidInput(fields, general=general) from error


def not_an_object(value: Any) -> str:
    """The wire's words for something else than an object."""
    return f"Invalid data. Expected a dictionary, but got {type(value).__name__}."


def words(error: ValidationError) -> tuple[dict[str, Any], list[Any]]:
    """
    The wire's words for what pydantic found: by field, and what belongs to no field.

    What is wrong with a nested object as a whole stands under ``non_field_errors`` inside of it;
    what is wrong in a list stands by position, with ``{}`` for the good items.
    """
    tree: dict[str | int, Any] = {}
    for item in error.errors(include_url=False):
        path = item["loc"]
        is_null_field = item["input"] is None and bool(path) and isinstance(path[-1], str)
        if item["type"] in _ABOUT_THE_WHOLE and not is_null_field:
            path = (*path, _WHOLE)
        level = tree
        for step in path[:-1]:
            deeper = level.setdefault(step, {})
            if not isinstance(deeper, dict):
                break  # the level above has its message already
            level = deeper
        else:
            level.setdefault(path[-1], []).append(_said(item))
    general = tree.pop(_WHOLE, [])
    return {str(name): _by_position(value) for name, value in tree.items()}, general


def _by_position(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if value and all(isinstance(name, int) for name in value):
        return [_by_position(value.get(index, {})) for index in range(max(value) + 1)]
    return {str(name): _by_position(inner) for name, inner in value.items()}


def _said(item: ErrorDetails) -> str:
    context = item.get("ctx", {})
    given = item["input"]
    match item["type"]:
        case "said" | "whole":
            return str(context["said"])
        case "missing":
            return "This field is required."
        case _ if given is None:
            return "This field may not be null."
        case "string_type":
            return "Not a valid string."
        case "string_too_long":
            return f"Ensure this field has no more than {context['max_length']} characters."
        case "too_long" if isinstance(given, str):
            return f"Ensure this field has no more than {context['max_length']} characters."
        case "too_long":
            return f"Ensure this field has no more than {context['max_length']} elements."
        case "list_type":
            return f'Expected a list of items but got type "{type(given).__name__}".'
        case "model_type" | "dict_type" | "model_attributes_type":
            return not_an_object(given)
        case "literal_error" | "enum":
            return f'"{given}" is not a valid choice.'
        case "bool_parsing" | "bool_type":
            return "Must be a valid boolean."
        case "int_parsing" | "int_type" | "int_from_float" | "int_parsing_size":
            return "A valid integer is required."
        case "greater_than_equal":
            return f"Ensure this value is greater than or equal to {context['ge']}."
        case "less_than_equal":
            return f"Ensure this value is less than or equal to {context['le']}."
        case _:
            return item["msg"]


def _from_form(shape: type[BaseModel], values: Mapping[str, Any]) -> dict[str, Any]:
    """
    A form's values as JSON would have them, lists and objects made.

    Forms have no null: an empty value clears what may be null, and says nothing of all else.
    """
    names = {
        spelling: field.annotation
        for name, field in shape.model_fields.items()
        for spelling in _spellings(name, field)
    }
    return {
        name: None if value == "" else _as_wanted(names.get(name), value)
        for name, value in values.items()
        if value != "" or _may_be_null(names.get(name))
    }


def _spellings(name: str, field: FieldInfo) -> list[Any]:
    alias = field.validation_alias or name
    return list(alias.choices) if isinstance(alias, AliasChoices) else [alias]


def _may_be_null(annotation: Any) -> bool:
    if get_origin(annotation) is Annotated:
        return _may_be_null(get_args(annotation)[0])
    return get_origin(annotation) in (Union, UnionType) and type(None) in get_args(annotation)


def _as_wanted(annotation: Any, value: Any) -> Any:
    kind = _kind(annotation)
    if kind is list and not isinstance(value, list):
        parsed = _maybe_json(value, "[")
        return parsed if isinstance(parsed, list) else [value]
    if kind is dict and isinstance(value, str):
        return _maybe_json(value, "{")
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        value = _maybe_json(value, "{")
        return _from_form(kind, value) if isinstance(value, dict) else value
    return value


def _maybe_json(value: Any, opening: str) -> Any:
    if isinstance(value, str) and value.lstrip().startswith(opening):
        try:
            return orjson.loads(value)
        except orjson.JSONDecodeError:
            return value
    return value


def _kind(annotation: Any) -> Any:
    """The bare type behind ``Annotated`` and ``| None``."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return _kind(get_args(annotation)[0])
    if origin in (Union, UnionType):
        inner = [item for item in get_args(annotation) if item is not type(None)]
        return _kind(inner[0]) if len(inner) == 1 else None
    return origin or annotation
