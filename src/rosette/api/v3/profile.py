"""/ims/ob/v3p0/profile: whose credentials they are"""

from typing import Annotated, Any, Final, NotRequired
from uuid import NAMESPACE_URL, uuid5

from django.conf import settings
from django.http import HttpRequest
from pydantic import BeforeValidator, Field
from typing_extensions import TypedDict

from rosette.api import examples
from rosette.api.auth import Caller
from rosette.api.bodies import MalformedBody, body
from rosette.api.shapes import Plain, Shape, read, refuse
from rosette.api.v2.requests.users import FirstName, LastName
from rosette.api.v3.envelope import Answer, endpoint
from rosette.errors import InvalidInput
from rosette.models import User
from rosette.operations import accounts
from rosette.operations.accounts import ProfileWish
from rosette.scopes import OPEN_BADGES_3_SCOPES

CONTEXT: Final = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
_, _, _READONLY, _UPDATE = OPEN_BADGES_3_SCOPES
_NAME_MAX_LENGTH: Final = 150
_SOMEBODY_ELSE: Final = "This is the profile of somebody else."
_ADDRESS: Final = "Not one of the verified addresses. Add it to the account, and verify it there."


def _id(origin: str, person: str) -> str:
    """A name of the person that tells nothing: people have no address here."""
    return uuid5(NAMESPACE_URL, f"{origin}/users/{person}").urn


_EXAMPLE_ID: Final = _id(examples.ORIGIN, examples.PERSON)

PersonObject = TypedDict(
    "PersonObject",
    {
        "@context": Annotated[list[str], Field(examples=[[CONTEXT]])],
        "id": Annotated[str, Field(examples=[_EXAMPLE_ID])],
        "type": Annotated[list[str], Field(examples=[["Profile"]])],
        "name": NotRequired[Annotated[str, Field(examples=["Ada Vale"])]],
        "givenName": NotRequired[Annotated[str, Field(examples=["Ada"])]],
        "familyName": NotRequired[Annotated[str, Field(examples=["Vale"])]],
        "email": NotRequired[Annotated[str, Field(examples=["ada@example.org"])]],
    },
)
PersonObject.__doc__ = (
    "A person (`Profile`). The id names them here and leads nowhere; what is not known is left out."
)


def _types(value: Any) -> Any:
    if "Profile" not in (value if isinstance(value, list) else [value]):
        raise refuse("Must be Profile.")
    return ["Profile"]


class ProfileDocument(Shape):
    """The whole profile. What it has beyond the name is left alone."""

    id: str
    type: Annotated[list[str], BeforeValidator(_types)] = Field(
        json_schema_extra={"type": ["array", "string"], "examples": [["Profile"]]}
    )
    name: Plain = Field(
        "", description="Counts where neither `givenName` nor `familyName` is said."
    )
    given_name: FirstName = Field("", alias="givenName")
    family_name: LastName = Field("", alias="familyName")
    email: Plain = Field("", description="A verified address, if any; nothing comes of it.")


@endpoint(scopes=(_READONLY, "r:profile", "rw:profile"), result=PersonObject)
def show(request: HttpRequest, by: Caller) -> Answer:
    """Whose credentials these are: the name, and the address that is verified."""
    return Answer(_profile(by.user))


@endpoint(
    scopes=(_UPDATE, "rw:profile"),
    body=ProfileDocument,
    result=PersonObject,
    example={
        "@context": [CONTEXT],
        "id": _EXAMPLE_ID,
        "type": ["Profile"],
        "givenName": "Ada",
        "familyName": "Reed",
    },
)
def change(request: HttpRequest, by: Caller) -> Answer:
    """
    Change your name.

    The answer is the profile as it is now: addresses and pictures do not come from other programs.
    """
    person = by.user
    sent = read(ProfileDocument, _json(request))
    if sent.id != _own_id(person):
        raise InvalidInput({"id": [_SOMEBODY_ELSE]})
    if sent.email and sent.email.lower() not in _verified(person):
        raise InvalidInput({"email": [_ADDRESS]})
    return Answer(_profile(accounts.change_profile(person, _wish(sent, person))))


def _json(request: HttpRequest) -> Any:
    found = body(request)
    if found.is_form:
        media_type = request.content_type
        raise MalformedBody(f'Unsupported media type "{media_type}" in request.', 415)
    return found


def _wish(sent: ProfileDocument, person: User) -> ProfileWish:
    """The names; of a name in one piece nobody can tell its parts, so it is kept in one piece."""
    if sent.given_name or sent.family_name:
        return {"first_name": sent.given_name, "last_name": sent.family_name}
    if not sent.name or sent.name == person.name:
        return {}
    if len(sent.name) > _NAME_MAX_LENGTH:
        raise InvalidInput({"name": [f"Must be at most {_NAME_MAX_LENGTH} characters long."]})
    return {"first_name": "", "last_name": sent.name}


def _profile(person: User) -> PersonObject:
    shown: PersonObject = {"@context": [CONTEXT], "id": _own_id(person), "type": ["Profile"]}
    if person.name:
        shown["name"] = person.name
    if person.first_name:
        shown["givenName"] = person.first_name
    if person.last_name:
        shown["familyName"] = person.last_name
    if verified := _verified(person):
        shown["email"] = verified[0]
    return shown


def _own_id(person: User) -> str:
    return _id(settings.ROSETTE.origin, person.entity_id)


def _verified(person: User) -> list[str]:
    addresses = accounts.identities([person])[person.pk].addresses
    return [item.email for item in addresses if item.verified]
