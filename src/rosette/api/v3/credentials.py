"""/ims/ob/v3p0/credentials: a person's credentials, as another program takes and brings them"""

from collections.abc import Mapping
from typing import Annotated, Any, Final

import orjson
from django.http import HttpRequest
from pydantic import Field
from typing_extensions import TypedDict

from rosette.api.auth import Caller
from rosette.api.bodies import MalformedBody, body, raw
from rosette.api.shapes import REQUIRED, Moment, Shape, not_an_object, read
from rosette.api.v2 import paging
from rosette.api.v3.envelope import JSON, Answer, endpoint
from rosette.errors import InvalidInput
from rosette.operations import exchange
from rosette.operations.exchange import Change
from rosette.scopes import OPEN_BADGES_3_SCOPES

_READONLY, _UPSERT, _, _ = OPEN_BADGES_3_SCOPES
PLAIN: Final = "text/plain"
_DOCUMENTS: Final = (JSON, "application/ld+json", "application/vc+ld+json", "application/vc+json")
USUAL: Final = 50
MOST: Final = 100
"""Each may have to be signed."""

_STATUSES: Final = {
    Change.CREATED: 201,
    Change.REPLACED: 200,
    Change.UNCHANGED: 200,
    Change.OLDER: 304,
}


class CredentialsQuery(Shape):
    """Which part of the credentials."""

    limit: int = Field(
        USUAL, ge=1, description=f"Most credentials in the answer; {MOST} of them at most."
    )
    offset: int = Field(0, ge=0, description="How many to leave out at the beginning.")
    since: Moment | None = Field(
        None,
        description="Only what was issued, imported or changed after it (ISO 8601); `+` is "
        "written `%2B`.",
        examples=["2026-11-23T09:30:00Z"],
    )


_Named = Annotated[Any, Field(json_schema_extra={"type": ["array", "string"], **REQUIRED})]
_Object = Annotated[Any, Field(json_schema_extra={"type": "object", **REQUIRED})]
_Word = Annotated[Any, Field(json_schema_extra={"type": "string", **REQUIRED})]


class CredentialDocument(Shape):
    """
    A credential with its proof in it, as the schema of 1EdTech has it (`AchievementCredential`).

    What all of it has to say is checked by its verification, which tells more.
    """

    context: _Named = Field(None, alias="@context")
    type: _Named = None
    id: _Word = None
    issuer: _Object = None
    valid_from: _Word = Field(None, alias="validFrom")
    credential_subject: _Object = Field(None, alias="credentialSubject")
    proof: Annotated[Any, Field(json_schema_extra={"type": ["array", "object"]})] = None


class CredentialsObject(TypedDict, total=False):
    """Some credentials, by the form in which they are signed. What would be empty is left out."""

    credential: Annotated[
        list[dict[str, Any]], Field(description="Documents with their proof in them.")
    ]
    compactJwsString: Annotated[
        list[str], Field(description="Compact JWS, as their issuers made them.")
    ]


_EXAMPLE: Final = {
    "@context": [
        "https://www.w3.org/ns/credentials/v2",
        "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
    ],
    "id": "https://academy.example.org/credentials/17",
    "type": ["VerifiableCredential", "OpenBadgeCredential"],
    "issuer": {
        "id": "did:web:academy.example.org",
        "type": ["Profile"],
        "name": "Sailing Academy",
    },
    "validFrom": "2026-11-23T09:30:00Z",
    "name": "Navigation",
    "credentialSubject": {
        "id": "urn:uuid:5f0c1d8e-7b1a-4c55-9d1c-2a4f6e0b9c33",
        "type": ["AchievementSubject"],
        "achievement": {
            "id": "https://academy.example.org/achievements/navigation",
            "type": ["Achievement"],
            "name": "Navigation",
            "description": "Finds the way",
            "criteria": {"narrative": "Find home"},
        },
    },
    "proof": [
        {
            "type": "DataIntegrityProof",
            "cryptosuite": "eddsa-rdfc-2022",
            "created": "2026-11-23T09:30:00Z",
            "verificationMethod": "did:web:academy.example.org#key-1",
            "proofPurpose": "assertionMethod",
            "proofValue": "z3sXUmXmvW5gmZgNa4Bh",
        }
    ],
}


@endpoint(
    scopes=(_READONLY, "r:backpack", "rw:backpack"),
    query=CredentialsQuery,
    result=CredentialsObject,
    refusals=(400,),
)
def index(request: HttpRequest, by: Caller) -> Answer:
    """
    Your awards as signed credentials, in whatever state they are, oldest first.

    Those of this server are the same as at their public addresses; of imported ones those that
    are of Open Badges 3.0, as their issuers signed them. The header `X-Total-Count` says how many
    there are in all, and `Link` leads to the parts before and after.
    """
    asked = read(CredentialsQuery, request.GET.dict())
    limit = min(asked.limit, MOST)
    found = exchange.hand_out(by.actor, since=asked.since, limit=limit, offset=asked.offset)
    content: dict[str, Any] = {}
    if found.documents:
        content["credential"] = [orjson.Fragment(item) for item in found.documents]
    if found.tokens:
        content["compactJwsString"] = found.tokens
    links = paging.offset_links(request, limit=limit, offset=asked.offset, total=found.total)
    return Answer(content, headers={"X-Total-Count": str(found.total), **links})


@endpoint(
    scopes=(_UPSERT, "rw:backpack"),
    status=201,
    also=(200, 304),
    body=CredentialDocument,
    result=dict[str, Any],
    refusals=(429,),
    example=_EXAMPLE,
    plain=".".join(
        (
            "eyJhbGciOiJSUzI1NiJ9",
            "eyJpc3MiOiJkaWQ6d2ViOmFjYWRlbXkuZXhhbXBsZS5vcmcifQ",
            "c2lnbmF0dXJl",
        )
    ),
)
def upsert(request: HttpRequest, by: Caller) -> Answer:
    """
    Put a credential into the backpack, or a newer copy in the place of an older one.

    It is checked as by `/v2/backpack/import`, and answered as it was sent: 201 if it was not here
    before, 200 if it is now, or was already; 304, with nothing, if a newer copy is here. Copies
    are of one credential if issuer and id are the same; the newer one has the later `validFrom`.
    """
    source, media_type = _sent(request)
    change = exchange.bring(source, by=by.actor)
    status = _STATUSES[change]
    content = None if status == 304 else raw(request)
    return Answer(content, status, media_type=media_type)


def _sent(request: HttpRequest) -> tuple[str | Mapping[str, Any], str]:
    """What was sent, and the media type to answer it under."""
    media_type = (request.content_type or "").lower()
    if media_type == PLAIN:
        return raw(request).decode("ascii", errors="replace").strip(), PLAIN
    if media_type not in _DOCUMENTS:
        raise MalformedBody(f'Unsupported media type "{media_type}" in request.', 415)
    values = body(request).values
    if not isinstance(values, Mapping):
        raise InvalidInput(general=[not_an_object(values)])
    return values, media_type
