"""What clients send about badge classes."""

from typing import Annotated, Any, Literal

from pydantic import AliasChoices, BeforeValidator, Field, model_validator

from rosette.api.bodies import Body
from rosette.api.extensions import Extensions
from rosette.api.shapes import (
    REQUIRED,
    Line,
    Markdown,
    Picture,
    Plain,
    Shape,
    Text,
    Url,
    read,
    refuse,
    refuse_whole,
)
from rosette.api.v2.requests.pictures import picture
from rosette.errors import InvalidInput
from rosette.operations.badgeclasses import BadgeClassWish

ABSENT: Any = None
_NO_IMAGE = "Valid image file or data URI required."
_AMOUNT_MAX = 100_000


def _blank_is_none(value: Any) -> Any:
    return None if value == "" else value


def _list(value: Any) -> Any:
    if value is None or isinstance(value, list):
        return value
    raise refuse(f'Expected a list of items but got type "{type(value).__name__}".')


Optional = Annotated[Plain | None, BeforeValidator(_blank_is_none)]


class AlignmentEntry(Shape):
    """What a badge class is aligned to: one objective of some framework."""

    target_name: Line = Field(alias="targetName")
    target_url: Url = Field(alias="targetUrl")
    target_description: Optional = Field(None, alias="targetDescription")
    target_framework: Optional = Field(None, alias="targetFramework")
    target_code: Optional = Field(None, alias="targetCode")


def _positive(value: Any) -> Any:
    if value is None:
        return None
    text = str(value).strip()
    is_short = len(text) <= len(str(_AMOUNT_MAX))
    if isinstance(value, bool) or not (is_short and text.isdecimal()):
        raise refuse("Must be a positive integer")
    if not 1 <= int(text) <= _AMOUNT_MAX:
        raise refuse("Must be a positive integer")
    return int(text)


class ExpiryEntry(Shape):
    """How long an award is meant to hold; both null for no end."""

    amount: Annotated[int | None, BeforeValidator(_positive)] = Field(
        json_schema_extra={"minimum": 1, "maximum": _AMOUNT_MAX}
    )
    duration: Literal["days", "weeks", "months", "years"] | None

    @model_validator(mode="after")
    def _together(self) -> "ExpiryEntry":
        if (self.amount is None) != (self.duration is None):
            raise refuse_whole("amount and duration belong together.")
        return self


class BadgeClassChange(Shape):
    """Changes of a badge class. What is left out stays as it is; null clears what may be empty."""

    name: Line = ABSENT
    description: Text = ABSENT
    image: Picture = Field(None)
    criteria_narrative: Markdown | None = Field(
        None, validation_alias=AliasChoices("criteriaNarrative", "criteria_text")
    )
    criteria_url: Url | None = Field(
        None, validation_alias=AliasChoices("criteriaUrl", "criteria_url")
    )
    tags: Annotated[list[Line], BeforeValidator(_list)] = Field(ABSENT, max_length=200)
    alignments: list[AlignmentEntry] = Field(
        ABSENT, max_length=200, validation_alias=AliasChoices("alignments", "alignment")
    )
    expires: ExpiryEntry | None = Field(
        None, description="Advice to clients; the expiry of an award is what the award says."
    )
    extensions: Extensions = ABSENT
    suspendable: bool = Field(
        ABSENT, description="Whether its awards can be suspended. Settled by the first award."
    )
    archived: bool = Field(
        ABSENT, description="Whether nobody shall be awarded it any more; what was awarded stands."
    )

    @model_validator(mode="before")
    @classmethod
    def _empty_expiry_says_nothing(cls, sent: Any) -> Any:
        if isinstance(sent, dict) and sent.get("expires") == {}:
            return {name: value for name, value in sent.items() if name != "expires"}
        return sent


class NewBadgeClass(BadgeClassChange):
    """A new badge class. It needs a picture, and criteria as narrative, as address, or both."""

    name: Line
    description: Text
    image: Picture = Field(None, json_schema_extra=REQUIRED)
    issuer: Plain | None = Field(
        None, description="`entityId` of the issuer, where the path does not name it."
    )


def new_badgeclass(sent: Body) -> tuple[BadgeClassWish, str | None]:
    """A wish for a new badge class, and the name of its issuer, if said. Raises InvalidInput."""
    shape = read(NewBadgeClass, sent)
    wish = _wish(shape)
    if "image" not in wish:
        raise InvalidInput({"image": [_NO_IMAGE]})
    return wish, shape.issuer


def badgeclass_change(sent: Body) -> BadgeClassWish:
    """A wish for changes of a badge class. Raises InvalidInput."""
    return _wish(read(BadgeClassChange, sent))


def _wish(shape: BadgeClassChange) -> BadgeClassWish:
    wish: BadgeClassWish = {}
    if shape.sent("name"):
        wish["name"] = shape.name
    if shape.sent("description"):
        wish["description"] = shape.description
    if shape.sent("criteria_narrative"):
        wish["criteria_narrative"] = shape.criteria_narrative or ""
    if shape.sent("criteria_url"):
        wish["criteria_url"] = shape.criteria_url or ""
    if shape.sent("tags"):
        wish["tags"] = shape.tags
    if shape.sent("alignments"):
        wish["alignments"] = [entry.model_dump() for entry in shape.alignments]
    if shape.sent("expires"):
        wish["expires"] = _expiry(shape.expires)
    if shape.sent("extensions"):
        wish["extensions"] = shape.extensions
    if shape.sent("suspendable"):
        wish["suspendable"] = shape.suspendable
    if shape.sent("archived"):
        wish["archived"] = shape.archived
    if shape.sent("image"):
        if shape.image is None:
            raise InvalidInput({"image": [_NO_IMAGE]})
        if (content := picture(shape.image)) is not None:
            wish["image"] = content
    return wish


def _expiry(shape: ExpiryEntry | None) -> tuple[int, str] | None:
    if shape is None or shape.amount is None or shape.duration is None:
        return None
    return shape.amount, shape.duration
