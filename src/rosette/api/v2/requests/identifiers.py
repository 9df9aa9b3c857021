"""What clients send about web addresses and telephone numbers."""

from typing import Annotated, Literal

from pydantic import Field

from rosette.api.bodies import Body
from rosette.api.shapes import Line, Plain, Shape, read


class NewIdentifier(Shape):
    """A web address or telephone number that somebody claims."""

    type: Literal["url", "telephone"]
    identity: Annotated[Line, Field(max_length=768)] = Field(
        description="An http or https address, or a number that begins with `+`."
    )


class Code(Shape):
    """The code that came to the telephone, if it did already."""

    code: Annotated[Plain, Field(max_length=20)] | None = None


def new_identifier(sent: Body) -> tuple[str, str]:
    """Kind and value. Raises InvalidInput."""
    shape = read(NewIdentifier, sent)
    return shape.type, shape.identity


def code(sent: Body) -> str | None:
    """The code. Raises InvalidInput."""
    return read(Code, sent).code or None
