"""What earners send about their awards."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from rosette.api.bodies import Body
from rosette.api.shapes import Picture, Shape, Url, read, refuse
from rosette.api.v2.requests.pictures import picture
from rosette.errors import InvalidInput
from rosette.models import Visibility
from rosette.openbadges.verification import Source

ONE_OF_THREE = "Must provide only one of 'url', 'image' or 'assertion'."


def _blank_is_none(value: Any) -> Any:
    return None if value in ("", {}) else value


def _document(value: Any) -> Any:
    if value is None or isinstance(value, str | dict):
        return value
    raise refuse("Must be a JSON object, or the text of one.")


AwardDocument = Annotated[Any, BeforeValidator(_document), BeforeValidator(_blank_is_none)]
"""An award as JSON object, or the text of one."""


class ImportEntry(Shape):
    """An award of another server: exactly one of the three ways to say which."""

    url: Annotated[Url | None, BeforeValidator(_blank_is_none)] = Field(
        None, description="Address of the award, or of an image that holds it."
    )
    image: Annotated[Picture, BeforeValidator(_blank_is_none)] = Field(None)
    assertion: AwardDocument = Field(
        None,
        description="The award's document, its text, or the JWS of a signed one. Of a document, "
        "only its id counts: what is there, is imported; but a credential of Open Badges 3.0 is "
        "signed, and kept as it is.",
        json_schema_extra={"type": ["object", "string", "null"]},
    )


class AnswerEntry(Shape):
    """What the recipient makes of an award. To reject it, delete it."""

    acceptance: Literal["Accepted"] = Field("Accepted")
    visibility: Literal["public", "link", "private"] | None = Field(
        None,
        description="Who may see it: everybody; whoever has the address in `shareUrl`, which "
        "nobody can guess; or you alone.",
        examples=["link"],
    )


class OfferEntry(Shape):
    """How an award is offered to a wallet."""

    tx_code: bool = Field(
        True,
        alias="txCode",
        description="Whether the wallet asks for a code besides, so that the link alone is of no "
        "use to others.",
    )


def source(sent: Body, *, unless_one: str = ONE_OF_THREE) -> Source:
    """What is to be imported. Raises InvalidInput; ``unless_one`` says that of the ways to name it
    exactly one is wanted."""
    entry = read(ImportEntry, sent)
    ways = [way for way in (entry.url, entry.image, entry.assertion) if way is not None]
    if len(ways) != 1:
        raise InvalidInput(general=[unless_one])
    if entry.image is not None:
        content = picture(entry.image)
        if content is None:
            raise InvalidInput({"image": ["The address of an image is sent as 'url'."]})
        return content
    found: str | Mapping[str, Any] = ways[0]
    return found


def answer(sent: Body) -> tuple[bool, Visibility | None]:
    """Whether the award is to be accepted, and who is to see it. Raises InvalidInput."""
    entry = read(AnswerEntry, sent)
    is_accepted = entry.sent("acceptance")
    if not is_accepted and entry.visibility is None:
        raise InvalidInput({"acceptance": ["This field is required."]})
    return is_accepted, Visibility(entry.visibility) if entry.visibility else None
