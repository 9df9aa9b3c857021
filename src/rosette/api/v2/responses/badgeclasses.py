"""Badge classes as V2 objects."""

from typing import Annotated, Any

from pydantic import Field
from typing_extensions import TypedDict

from rosette.api.v2.responses.common import (
    BadgeClassAddress,
    BadgeClassId,
    Extensions,
    ImageAddress,
    IssuerAddress,
    IssuerId,
    PersonId,
    Timestamp,
    badgeclass_address,
    issuer_address,
)
from rosette.models import BadgeClass
from rosette.operations import pictures


class AlignmentObject(TypedDict):
    """What a badge class is aligned to."""

    targetName: Annotated[str, Field(examples=["Knots and splices"])]
    targetUrl: Annotated[str, Field(examples=["https://skills.example.org/knots"])]
    targetDescription: str | None
    targetFramework: str | None
    targetCode: str | None


class ExpiryObject(TypedDict):
    """How long an award is meant to hold; both null for no end."""

    amount: Annotated[int | None, Field(examples=[2])]
    duration: Annotated[
        str | None, Field(description="days, weeks, months or years", examples=["years"])
    ]


class BadgeClassObject(TypedDict):
    """One kind of badge."""

    entityType: Annotated[str, Field(examples=["BadgeClass"])]
    entityId: BadgeClassId
    openBadgeId: BadgeClassAddress
    createdAt: Timestamp
    createdBy: PersonId | None
    issuer: IssuerId
    issuerOpenBadgeId: IssuerAddress
    name: Annotated[str, Field(examples=["Knot Tying"])]
    image: ImageAddress
    description: Annotated[str, Field(examples=["Ties knots"])]
    criteriaUrl: str | None
    criteriaNarrative: Annotated[
        str | None, Field(description="Markdown", examples=["Tie **ten** knots"])
    ]
    alignments: list[AlignmentObject]
    tags: list[Annotated[str, Field(examples=["rope"])]]
    expires: ExpiryObject
    extensions: Extensions
    suspendable: Annotated[bool, Field(description="Whether its awards can be suspended.")]
    archived: Annotated[bool, Field(description="Whether nobody can be awarded it any more.")]


def badgeclass(row: BadgeClass) -> BadgeClassObject:
    """The badge class. Wants ``issuer`` and ``created_by`` selected."""
    return {
        "entityType": "BadgeClass",
        "entityId": row.entity_id,
        "openBadgeId": row.source_url or badgeclass_address(row.entity_id),
        "createdAt": row.created_at,
        "createdBy": row.created_by.entity_id if row.created_by else None,
        "issuer": row.issuer.entity_id,
        "issuerOpenBadgeId": row.issuer.source_url or issuer_address(row.issuer.entity_id),
        "name": row.name,
        "image": pictures.url(row.image),
        "description": row.description,
        "criteriaUrl": row.criteria_url or None,
        "criteriaNarrative": row.criteria_narrative or None,
        "alignments": [_alignment(item) for item in row.alignments],
        "tags": row.tags,
        "expires": {"amount": row.expires_amount, "duration": row.expires_duration or None},
        "extensions": row.extensions,
        "suspendable": row.suspendable,
        "archived": row.archived,
    }


def _alignment(item: dict[str, Any]) -> AlignmentObject:
    return {
        "targetName": item["target_name"],
        "targetUrl": item["target_url"],
        "targetDescription": item["target_description"],
        "targetFramework": item["target_framework"],
        "targetCode": item["target_code"],
    }
