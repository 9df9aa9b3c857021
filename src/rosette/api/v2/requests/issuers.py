"""What clients send about issuers."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from rosette.api.bodies import Body
from rosette.api.extensions import Extensions
from rosette.api.shapes import Email, Line, Picture, Plain, Shape, Text, Url, read, refuse
from rosette.api.v2.requests.pictures import picture
from rosette.operations.issuers import IssuerWish

ABSENT: Any = None
_ROLES = ("owner", "editor", "staff")


def _known_role(value: Any) -> Any:
    if isinstance(value, str) and value not in _ROLES:
        raise refuse(f"'{value}' is not supported. Only {list(_ROLES)} is available")
    return value


class StaffEntry(Shape):
    """One person's role."""

    user: Plain = Field(description="`entityId` of the person.")
    role: Annotated[Literal["owner", "editor", "staff"], BeforeValidator(_known_role)]


class IssuerChange(Shape):
    """Changes of an issuer. What is left out stays as it is."""

    name: Line = ABSENT
    url: Url = ABSENT
    email: Email = Field(ABSENT, description="One of your verified addresses.")
    description: Text | None = None
    image: Picture = Field(None)
    staff: Annotated[list[StaffEntry], Field(max_length=1000)] = Field(
        ABSENT, description="Everybody who works for the issuer; whoever is not in it is removed."
    )
    extensions: Extensions = ABSENT
    created_by: Annotated[Plain | None, Field(alias="createdBy")] = Field(
        None, description="For administrators: on behalf of whom."
    )


class NewProfile(IssuerChange):
    """A new issuer as an Open Badges profile, which Moodle sends: it may lack a description."""

    name: Line
    url: Url
    email: Email
    sandbox: bool = Field(
        False,
        description="Whether it is for trying things out: its awards say that they are tests, and "
        "its mails are sent to nobody. It cannot be changed later.",
    )


class NewIssuer(NewProfile):
    """A new issuer."""

    description: Text


def new_issuer(sent: Body) -> IssuerWish:
    """A wish for a new issuer. Raises InvalidInput."""
    is_profile = isinstance(sent.values, dict) and sent.values.get("type") in ("Issuer", "Profile")
    return _wish(read(NewProfile if is_profile else NewIssuer, sent))


def new_profile(sent: Body) -> IssuerWish:
    """A wish for a new issuer that may lack a description. Raises InvalidInput."""
    return _wish(read(NewProfile, sent))


def issuer_change(sent: Body) -> IssuerWish:
    """A wish for changes of an issuer. Raises InvalidInput."""
    return _wish(read(IssuerChange, sent))


def _wish(shape: IssuerChange) -> IssuerWish:
    wish: IssuerWish = {}
    if shape.sent("name"):
        wish["name"] = shape.name
    if shape.sent("url"):
        wish["url"] = shape.url
    if shape.sent("email"):
        wish["email"] = shape.email
    if shape.sent("description"):
        wish["description"] = shape.description or ""
    if shape.sent("extensions"):
        wish["extensions"] = shape.extensions
    if shape.sent("staff"):
        wish["staff"] = [(entry.user, entry.role) for entry in shape.staff]
    if isinstance(shape, NewProfile) and shape.sandbox:
        wish["sandbox"] = True
    if shape.created_by:
        wish["created_by"] = shape.created_by
    if shape.sent("image"):
        if shape.image is None:
            wish["image"] = None
        elif (content := picture(shape.image)) is not None:
            wish["image"] = content
    return wish
