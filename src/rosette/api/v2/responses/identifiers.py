"""Web addresses and telephone numbers as V2 objects."""

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from rosette.api import examples
from rosette.api.v2.responses.common import Timestamp
from rosette.models import Identifier
from rosette.operations import identifiers

_TOKEN = "rosette-3f1c…"  # noqa: S105 -- no real one


class ProofObject(TypedDict):
    """What proves a web address: any one of these, at the address or on its server."""

    token: Annotated[str, Field(examples=[_TOKEN])]
    meta: Annotated[
        str,
        Field(
            description="Stands in the page.",
            examples=[f'<meta name="{identifiers.META}" content="{_TOKEN}">'],
        ),
    ]
    link: Annotated[
        str,
        Field(
            description="Stands in the page.",
            examples=[f'<a rel="me" href="{examples.ORIGIN}/me/{_TOKEN}"></a>'],
        ),
    ]
    file: Annotated[
        str,
        Field(
            description="A file that has the token in a line.",
            examples=[f"https://ada.example.org{identifiers.WELL_KNOWN}"],
        ),
    ]


class IdentifierObject(TypedDict):
    """A web address or telephone number; awards to it are yours once it is verified."""

    entityType: Annotated[str, Field(examples=["Identifier"])]
    entityId: Annotated[str, Field(examples=[examples.IDENTIFIER])]
    type: Annotated[str, Field(examples=["url"])]
    identity: Annotated[str, Field(examples=["https://ada.example.org"])]
    verified: bool
    verifiedAt: Timestamp | None
    proof: ProofObject | None


def identifier(row: Identifier) -> IdentifierObject:
    """The identifier; with what proves it, as long as that is wanted."""
    wants_proof = row.kind == Identifier.Kind.URL and row.verified_at is None
    return {
        "entityType": "Identifier",
        "entityId": row.entity_id,
        "type": row.kind,
        "identity": row.value,
        "verified": row.verified_at is not None,
        "verifiedAt": row.verified_at,
        "proof": _proof(row) if wants_proof else None,
    }


def _proof(row: Identifier) -> ProofObject:
    token = identifiers.token(row)
    return {
        "token": token,
        "meta": f'<meta name="{identifiers.META}" content="{token}">',
        "link": f'<a rel="me" href="{identifiers.link(row)}"></a>',
        "file": identifiers.file(row),
    }
