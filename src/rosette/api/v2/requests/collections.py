"""What clients send about collections."""

from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field

from rosette.api import examples
from rosette.api.bodies import Body
from rosette.api.shapes import Markdown, Plain, Shape, read, refuse
from rosette.operations.collections import CollectionWish


def _blank_is_none(value: Any) -> Any:
    return None if value == "" else value


def _not_blank(value: str) -> str:
    if not value:
        raise refuse("This field may not be blank.")
    return value


class CollectionEntry(Shape):
    """A collection. What is left out stays as it is."""

    name: Annotated[Plain, AfterValidator(_not_blank), Field(max_length=128)] = Field(
        examples=["Rope work"]
    )
    description: Annotated[
        Annotated[Markdown, Field(max_length=255)] | None, BeforeValidator(_blank_is_none)
    ] = None
    published: bool | None = Field(
        None, description="Whether everybody who has its address may see it."
    )
    assertions: Annotated[list[Plain] | None, Field(max_length=1000)] = Field(
        None,
        description="`entityId` of every award that is to be in it, in order; they must be yours.",
        examples=[[examples.ASSERTION]],
    )


def collection(sent: Body) -> CollectionWish:
    """A wish for a collection. Raises InvalidInput."""
    entry = read(CollectionEntry, sent)
    wish: CollectionWish = {"name": entry.name}
    if entry.sent("description"):
        wish["description"] = entry.description or ""
    if entry.published is not None:
        wish["published"] = entry.published
    if entry.assertions is not None:
        wish["assertions"] = entry.assertions
    return wish
