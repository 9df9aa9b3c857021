"""Awards as V2 objects."""

from collections.abc import Iterable
from typing import Annotated, NotRequired

from django.conf import settings
from pydantic import Field
from typing_extensions import TypedDict

from rosette.api import examples
from rosette.api.v2.responses.common import (
    AssertionAddress,
    AssertionId,
    BadgeClassAddress,
    BadgeClassId,
    Extensions,
    IssuerAddress,
    IssuerId,
    PersonId,
    Timestamp,
)
from rosette.models import Visibility
from rosette.models.assertions import AssertionRecord
from rosette.openbadges.recipient import hashed


class RecipientObject(TypedDict):
    """
    Who received the award.

    ``identity`` is as the world sees it, ``plaintextIdentity`` as the issuer gave it.
    """

    identity: Annotated[str, Field(examples=["sha256$1f54…"])]
    hashed: Annotated[bool, Field(examples=[True])]
    type: Annotated[
        str, Field(description="email, telephone, url or openBadgeId", examples=["email"])
    ]
    plaintextIdentity: Annotated[str, Field(examples=["bob@example.org"])]
    salt: NotRequired[Annotated[str, Field(examples=["635c2c28c9ea417198d30e34a45d8408"])]]


_EvidenceAddress = Annotated[str, Field(examples=["https://harbor.example.org/knots/bob"])]


class EvidenceObject(TypedDict):
    """One piece of evidence; ``id`` says the same as ``url``."""

    url: _EvidenceAddress | None
    id: _EvidenceAddress | None
    narrative: Annotated[str | None, Field(description="Markdown")]


class AssertionObject(TypedDict):
    """One award."""

    entityType: Annotated[str, Field(examples=["Assertion"])]
    entityId: AssertionId
    openBadgeId: AssertionAddress
    createdAt: Timestamp
    createdBy: PersonId | None
    badgeclass: BadgeClassId
    badgeclassOpenBadgeId: BadgeClassAddress
    issuer: IssuerId
    issuerOpenBadgeId: IssuerAddress
    image: Annotated[
        str | None,
        Field(
            description="The baked image; null once revoked or while suspended, the plain one "
            "while the recipient keeps the award from the world.",
            examples=[f"{examples.ORIGIN}/public/assertions/{examples.ASSERTION}/image"],
        ),
    ]
    recipient: RecipientObject
    issuedOn: Timestamp
    narrative: Annotated[str | None, Field(description="Markdown", examples=["Tied them **all**"])]
    evidence: list[EvidenceObject]
    revoked: bool
    revocationReason: str | None
    suspended: Annotated[bool, Field(description="Whether it does not hold for the time being.")]
    suspensionReason: str | None
    acceptance: Annotated[str, Field(examples=["Unaccepted"])]
    expires: Annotated[Timestamp | None, Field(examples=["2028-11-23T09:30:00Z"])]
    extensions: Extensions
    notification: Annotated[
        str | None,
        Field(
            description="What became of the announcement by mail: `queued`, `notified`, `failed`, "
            "`skipped`, or null where none was asked for."
        ),
    ]


class RevocationObject(TypedDict):
    """What became of one item of a batch of revocations."""

    revoked: Annotated[bool, Field(examples=[True])]
    entityId: AssertionId | None
    revocationReason: Annotated[str | None, Field(examples=["Issued in error"])]
    reason: NotRequired[Annotated[str, Field(description="Why it was not revoked.")]]


# Whether the recipient wants it at once or once a day is theirs to know.
_NOTICE = {None: None, "held": "queued", "sent": "notified", "bounced": "failed"}


def assertion(row: AssertionRecord) -> AssertionObject:
    """The award, as its issuer sees it."""
    return assertion_objects([row])[0]


def assertion_objects(rows: Iterable[AssertionRecord]) -> list[AssertionObject]:
    """The awards, as their issuer sees them."""
    public = f"{settings.ROSETTE.origin}/public"
    return [_assertion(row, public) for row in rows]


def _assertion(row: AssertionRecord, public: str) -> AssertionObject:
    address = f"{public}/assertions/{row.entity_id}"
    # Of one that its recipient keeps from the world, nothing baked is to be had.
    is_public = row.visibility == Visibility.PUBLIC
    pictured = address if is_public else f"{public}/badges/{row.badgeclass}"
    return {
        "entityType": "Assertion",
        "entityId": row.entity_id,
        "openBadgeId": address,
        "createdAt": row.created_at,
        "createdBy": row.created_by,
        "badgeclass": row.badgeclass,
        "badgeclassOpenBadgeId": f"{public}/badges/{row.badgeclass}",
        "issuer": row.issuer,
        "issuerOpenBadgeId": f"{public}/issuers/{row.issuer}",
        "image": None if row.revoked_at or row.is_suspended else f"{pictured}/image",
        "recipient": recipient(row),
        "issuedOn": row.issued_on,
        "narrative": row.narrative or None,
        "evidence": evidence(row),
        "revoked": row.revoked_at is not None,
        "revocationReason": row.revocation_reason if row.revoked_at else None,
        "suspended": row.is_suspended,
        "suspensionReason": row.suspension_reason if row.is_suspended else None,
        "acceptance": row.acceptance,
        "expires": row.expires_on,
        "extensions": row.extensions,
        "notification": _NOTICE.get(row.notice_state, row.notice_state),
    }


def recipient(row: AssertionRecord) -> RecipientObject:
    """Who received the award, in the clear as well; for the issuer and the recipient only."""
    plain: RecipientObject = {
        "identity": row.source_identity or row.recipient_identity,
        "hashed": row.recipient_hashed,
        "type": row.recipient_kind,
        "plaintextIdentity": row.recipient_identity,
    }
    if row.recipient_hashed:
        plain["identity"] = row.source_identity or hashed(row.recipient_identity, row.salt)
        plain["salt"] = row.salt
    return plain


def evidence(row: AssertionRecord) -> list[EvidenceObject]:
    """The award's evidence."""
    return [
        {"url": item["url"], "id": item["url"], "narrative": item["narrative"]}
        for item in row.evidence
    ]
