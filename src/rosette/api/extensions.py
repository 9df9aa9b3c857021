"""Open Badges extensions, as issuers, badge classes and awards carry them."""

from typing import Annotated, Any, Final

from pydantic import AfterValidator, Field

from rosette.api.shapes import refuse

_MAX_EXTENSIONS: Final = 50
_DEEPEST: Final = 32


def _checked(extensions: dict[str, Any]) -> dict[str, Any]:
    # They are published as members of the document, so a name must not be one of its own words.
    for name, value in extensions.items():
        if ":" not in name or not isinstance(value, dict):
            raise refuse("Invalid OpenBadges Extension")
    _keepable(extensions, 0)
    if len(extensions) > _MAX_EXTENSIONS:
        raise refuse(f"No more than {_MAX_EXTENSIONS} extensions are kept.")
    return extensions


def _keepable(value: Any, depth: int) -> None:
    """Refuses what no database keeps, and what is too deep to be written out again."""
    if depth > _DEEPEST:
        raise refuse(f"Extensions are no more than {_DEEPEST} levels deep.")
    if isinstance(value, str) and "\x00" in value:
        raise refuse("Null characters are not allowed.")
    if isinstance(value, dict):
        for name, inner in value.items():
            _keepable(name, depth)
            _keepable(inner, depth + 1)
    if isinstance(value, list):
        for inner in value:
            _keepable(inner, depth + 1)


Extensions = Annotated[
    dict[str, Any],
    AfterValidator(_checked),
    Field(
        description="Open Badges extensions by name, such as `extensions:ApplyLink`. They are "
        "kept and published as they are.",
        json_schema_extra={"additionalProperties": {"type": "object"}},
    ),
]
