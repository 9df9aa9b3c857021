"""/bcv1/assertions and /bcv1/profile: a backpack, as another program keeps it up to date"""

from typing import Annotated, Final

from django.http import HttpRequest
from pydantic import Field
from typing_extensions import TypedDict

from rosette.api.auth import Caller
from rosette.api.bodies import body
from rosette.api.connect.envelope import Answer, DoneObject, StatusObject, endpoint
from rosette.api.shapes import REQUIRED, Shape, read
from rosette.api.v2 import paging
from rosette.api.v2.requests.backpack import AwardDocument
from rosette.api.v2.responses.assertions import EvidenceObject, RecipientObject
from rosette.api.v2.responses.backpack import BackpackAssertionObject, items
from rosette.api.v2.responses.common import AssertionAddress, BadgeClassAddress, Timestamp
from rosette.errors import InvalidInput
from rosette.operations import accounts, backpack, imports
from rosette.scopes import BADGE_CONNECT_SCOPES

CONTEXT: Final = "https://w3id.org/openbadges/v2"
_READONLY, _CREATE, _PROFILE = BADGE_CONNECT_SCOPES
_USUAL: Final = 100
_MOST: Final = 500


class PartQuery(Shape):
    """Which part of the backpack."""

    limit: int | None = Field(
        None, description="Most awards in the answer, from 1 to 500; 100 unless said."
    )
    offset: int | None = Field(None, description="How many to leave out at the beginning.")
    since: str | None = Field(
        None,
        description="Only what changed then or later (ISO 8601); `+` is written `%2B`.",
        examples=["2026-11-23T09:30:00Z"],
    )


class PushedAward(Shape):
    """An award for the backpack. Of its document, what it is checked by counts: mostly its id."""

    assertion: AwardDocument = Field(
        None, json_schema_extra={"type": ["object", "string"], **REQUIRED}
    )


ConnectAssertionObject = TypedDict(
    "ConnectAssertionObject",
    {
        "@context": Annotated[str, Field(examples=[CONTEXT])],
        "type": Annotated[str, Field(examples=["Assertion"])],
        "id": AssertionAddress,
        "badge": BadgeClassAddress,
        "image": Annotated[str | None, Field(description="The baked image; null once revoked.")],
        "recipient": RecipientObject,
        "issuedOn": Timestamp,
        "narrative": Annotated[str | None, Field(description="Markdown")],
        "evidence": list[EvidenceObject],
        "revoked": bool,
        "revocationReason": str | None,
        "expires": Timestamp | None,
    },
)
ConnectAssertionObject.__doc__ = "One award, as Badge Connect shows it."

ConnectProfileObject = TypedDict(
    "ConnectProfileObject",
    {
        "@context": Annotated[str, Field(examples=[CONTEXT])],
        "name": Annotated[str, Field(examples=["Ada Vale"])],
        "email": Annotated[str | None, Field(examples=["ada@example.org"])],
    },
)
ConnectProfileObject.__doc__ = "Whose backpack it is."


class AssertionsObject(TypedDict):
    """Some of the awards in a backpack."""

    status: StatusObject
    results: list[ConnectAssertionObject]


class ProfileAnswerObject(TypedDict):
    """Whose backpack it is, in a list of one."""

    status: StatusObject
    results: list[ConnectProfileObject]


@endpoint(
    scopes=(_READONLY, "r:backpack", "rw:backpack"),
    query=PartQuery,
    result=AssertionsObject,
    refusals=(400,),
)
def index(request: HttpRequest, by: Caller) -> Answer:
    """
    Your awards in whatever state, latest change first.

    The header `Link` leads to the parts before and after.
    """
    limit = _number(request, "limit") or _USUAL
    offset = _number(request, "offset")
    limit = min(limit, _MOST)
    found = backpack.part(by.actor, since=paging.since(request), limit=limit, offset=offset)
    links = paging.offset_links(request, limit=limit, offset=offset, total=found.total)
    return Answer([_assertion(item) for item in items(found.items)], links)


@endpoint(
    scopes=(_CREATE, "rw:backpack"),
    status=201,
    body=PushedAward,
    result=DoneObject,
    refusals=(429,),
    example={"assertion": {"id": "https://academy.example.org/assertions/17"}},
)
def push(request: HttpRequest, by: Caller) -> Answer:
    """
    Put an award into the backpack.

    It is fetched from its issuer and checked, as by `/v2/backpack/import`.
    """
    sent = read(PushedAward, body(request)).assertion
    if not sent:
        raise InvalidInput({"assertion": ["This field is required."]})
    imports.import_award(sent, by=by.actor)
    return Answer(None)


@endpoint(scopes=(_PROFILE, "r:backpack", "rw:backpack"), result=ProfileAnswerObject)
def profile(request: HttpRequest, by: Caller) -> Answer:
    """Whose backpack this is: the name, and the address that is verified."""
    person = by.user
    addresses = accounts.identities([person])[person.pk].addresses
    verified = [item.email for item in addresses if item.verified]
    shown: ConnectProfileObject = {
        "@context": CONTEXT,
        "name": person.name,
        "email": verified[0] if verified else None,
    }
    return Answer([shown])


def _assertion(item: BackpackAssertionObject) -> ConnectAssertionObject:
    return {
        "@context": CONTEXT,
        "type": "Assertion",
        "id": item["openBadgeId"],
        "badge": item["badgeclassOpenBadgeId"],
        "image": item["image"],
        "recipient": item["recipient"],
        "issuedOn": item["issuedOn"],
        "narrative": item["narrative"],
        "evidence": item["evidence"],
        "revoked": item["revoked"],
        "revocationReason": item["revocationReason"],
        "expires": item["expires"],
    }


def _number(request: HttpRequest, name: str) -> int:
    """A count out of the query; 0 for what is none."""
    text = request.GET.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _DIGITS else 0


_DIGITS: Final = 9
