"""Open Badges extensions, as issuers, badge classes and awards carry them."""

from typing import Annotated, Any, Final

from pydantic import AfterValidator, Field

from rosette.api.shapes import refuse

_MAX_EXTENSIONS: Final = 50


def _checked(extensions: dict[str, Any]) -> dict[str, Any]:
    # They are published as members of the document, so a name must not be one of its own words.
    for name, value in extensions.items():
        if ":" not in name or not isinstance(value, dict):
            raise refuse("Invalid OpenBadges Extension")
    if len(extensions) > _MAX_EXTENSIONS:
        raise refuse(f"No more than {_MAX_EXTENSIONS} extensions are kept.")
    return extensions


Extensions = Annotated[
    dict[str, Any],
    AfterValidator(_checked),
    Field(
        description="Open Badges extensions by name, such as `extensions:ApplyLink`. They are "
        "kept and published as they are.",
        json_schema_extra={"additionalProperties": {"type": "object"}},
    ),
]
