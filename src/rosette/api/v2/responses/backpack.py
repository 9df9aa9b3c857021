"""Awards as their recipient sees them."""

from collections.abc import Container, Mapping, Sequence
from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from rosette.api.v2.responses.assertions import (
    EvidenceObject,
    RecipientObject,
    evidence,
    recipient,
)
from rosette.api.v2.responses.common import (
    AssertionAddress,
    AssertionId,
    BadgeClassAddress,
    BadgeClassId,
    IssuerAddress,
    IssuerId,
    Timestamp,
    assertion_address,
    badgeclass_address,
    issuer_address,
)
from rosette.models import Visibility
from rosette.models.badgeclasses import PublishedBadgeClass, published_badgeclasses_by_number
from rosette.openbadges import documents
from rosette.openbadges.jsonld import Document
from rosette.operations import publishing
from rosette.operations.backpack import Item


class BackpackAssertionObject(TypedDict):
    """One award in a backpack."""

    entityType: Annotated[str, Field(examples=["Assertion"])]
    entityId: AssertionId
    acceptance: Annotated[
        str, Field(description="Unaccepted, Accepted or Rejected", examples=["Accepted"])
    ]
    openBadgeId: Annotated[
        AssertionAddress, Field(description="Of an imported award, its id at its own server.")
    ]
    badgeclass: BadgeClassId | Document
    badgeclassOpenBadgeId: BadgeClassAddress
    issuer: IssuerId
    issuerOpenBadgeId: IssuerAddress
    image: Annotated[
        str | None,
        Field(
            description="The baked image; null once revoked, the plain one while the award is "
            "pending or private."
        ),
    ]
    recipient: RecipientObject
    issuedOn: Timestamp
    narrative: Annotated[str | None, Field(description="Markdown")]
    evidence: list[EvidenceObject]
    revoked: bool
    revocationReason: str | None
    expires: Timestamp | None
    pending: Annotated[
        bool, Field(description="Whether it was imported for an address that is not verified yet.")
    ]
    visibility: Annotated[
        str, Field(description="Who may see it: public, link or private", examples=["public"])
    ]
    shareUrl: Annotated[
        AssertionAddress | None,
        Field(description="Where others see it; null while it is private or pending."),
    ]


class CheckObject(TypedDict):
    """One thing that was looked at when a badge was verified."""

    check: Annotated[str, Field(description="What was looked at.", examples=["dates"])]
    state: Annotated[str, Field(description="passed, failed or unknown", examples=["passed"])]
    level: Annotated[
        str,
        Field(
            description="INFO; ERROR, for which the badge is not valid; or WARNING, a remark",
            examples=["INFO"],
        ),
    ]
    description: Annotated[
        str,
        Field(
            description="In plain words.",
            examples=["The badge was issued on 2024-05-02 and does not expire."],
        ),
    ]
    code: Annotated[
        str | None,
        Field(
            description="The task of the reference validator.",
            examples=["ASSERTION_TIMESTAMP_CHECKS"],
        ),
    ]
    node: Annotated[
        str | None,
        Field(
            description="The object that it is about.",
            examples=["https://academy.example.org/assertions/17"],
        ),
    ]
    advice: Annotated[str | None, Field(description="What can be done about it.")]


class ChecksBeside(TypedDict):
    """All that was looked at, in order."""

    checks: list[CheckObject]


def items(found: Sequence[Item], expand: Container[str] = ()) -> list[BackpackAssertionObject]:
    """
    The awards; with ``badgeclass`` in ``expand``, and perhaps ``issuer``, with these inside.

    Reads all badge classes that are wanted at once.
    """
    if "badgeclass" not in expand:
        return [_item(item, item.award.badgeclass) for item in found]
    classes = published_badgeclasses_by_number(
        list(dict.fromkeys(item.award.badgeclass_id for item in found))
    )
    inside = ("issuer",) if "issuer" in expand else ()
    return [_item(item, _document(classes, item, inside)) for item in found]


def image_address(item: Item) -> str | None:
    """Where the award's image is; that of the badge class, while nobody else sees the award."""
    if item.award.revoked_at is not None:
        return None
    return f"{_share_address(item) or badgeclass_address(item.award.badgeclass)}/image"


def _share_address(item: Item) -> str | None:
    """Where others see the award."""
    if item.is_pending or item.award.visibility == Visibility.PRIVATE:
        return None
    return assertion_address(item.award.share_hash or item.award.entity_id)


def _document(
    classes: Mapping[int, PublishedBadgeClass], item: Item, inside: tuple[str, ...]
) -> Document:
    return documents.render(
        publishing.achievement(classes[item.award.badgeclass_id]), expand=inside
    )


def _item(item: Item, badgeclass: str | Document) -> BackpackAssertionObject:
    award = item.award
    return {
        "entityType": "Assertion",
        "entityId": award.entity_id,
        "acceptance": award.acceptance,
        "openBadgeId": award.source_url or assertion_address(award.entity_id),
        "badgeclass": badgeclass,
        "badgeclassOpenBadgeId": (
            award.badgeclass_source_url or badgeclass_address(award.badgeclass)
        ),
        "issuer": award.issuer,
        "issuerOpenBadgeId": award.issuer_source_url or issuer_address(award.issuer),
        "image": image_address(item),
        "recipient": recipient(award),
        "issuedOn": award.issued_on,
        "narrative": award.narrative or None,
        "evidence": evidence(award),
        "revoked": award.revoked_at is not None,
        "revocationReason": award.revocation_reason if award.revoked_at else None,
        "expires": award.expires_on,
        "pending": item.is_pending,
        "visibility": award.visibility,
        "shareUrl": _share_address(item),
    }
