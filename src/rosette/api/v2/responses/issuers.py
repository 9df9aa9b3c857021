"""Issuers as V2 objects."""

from collections.abc import Sequence
from typing import Annotated, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from rosette.api.v2.responses.common import (
    Domain,
    Extensions,
    ImageAddress,
    IssuerAddress,
    IssuerId,
    PersonId,
    Timestamp,
    issuer_address,
)
from rosette.api.v2.responses.users import StaffProfile, badgr_domain, staff_profiles
from rosette.models import Issuer
from rosette.operations import issuers as operations
from rosette.operations import pictures


class StaffObject(TypedDict):
    """One person's role at an issuer."""

    userProfile: StaffProfile
    user: PersonId
    role: Annotated[str, Field(description="owner, editor or staff", examples=["owner"])]


class IssuerObject(TypedDict):
    """Somebody who awards badges."""

    entityType: Annotated[str, Field(examples=["Issuer"])]
    entityId: IssuerId
    openBadgeId: IssuerAddress
    createdAt: Timestamp
    createdBy: PersonId | None
    name: Annotated[str, Field(examples=["Harbor Learning"])]
    image: ImageAddress | None
    email: Annotated[str, Field(examples=["ada@example.org"])]
    description: Annotated[str | None, Field(examples=["Night school for sailors"])]
    url: Annotated[str, Field(examples=["https://harbor.example.org"])]
    staff: NotRequired[list[StaffObject]]
    extensions: Extensions
    badgrDomain: Domain
    sandbox: NotRequired[
        Annotated[bool, Field(description="Of a sandbox alone, and true", examples=[True])]
    ]


def issuers(rows: Sequence[Issuer], *, with_staff: bool = True) -> list[IssuerObject]:
    """The issuers. Wants ``created_by`` selected; reads the staff of all of them at once."""
    staff = operations.staff(rows) if with_staff else {}
    profiles = staff_profiles([item.user for items in staff.values() for item in items])
    shown: list[IssuerObject] = []
    for row in rows:
        item: IssuerObject = {
            "entityType": "Issuer",
            "entityId": row.entity_id,
            "openBadgeId": row.source_url or issuer_address(row.entity_id),
            "createdAt": row.created_at,
            "createdBy": row.created_by.entity_id if row.created_by else None,
            "name": row.name,
            "image": pictures.url(row.image) if row.image else None,
            "email": row.email,
            "description": row.description or None,
            "url": row.url,
            "extensions": row.extensions,
            "badgrDomain": badgr_domain(),
        }
        if row.sandbox:
            item["sandbox"] = True
        if with_staff:
            item["staff"] = [
                {
                    "userProfile": profiles[entry.user_id],
                    "user": entry.user.entity_id,
                    "role": entry.role,
                }
                for entry in staff.get(row.pk, [])
            ]
        shown.append(item)
    return shown
