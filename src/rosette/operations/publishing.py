"""
Rows to facts, and facts to documents: the only bridge between the two.

Every address in a document is made of the server's own origin, whatever host was asked. Nothing
here reads rows, so that a caller may look at them first and leave the rest undone.
"""

from collections.abc import Container, Sequence
from datetime import datetime
from typing import Final

import orjson
from django.conf import settings

from rosette.models import backpack
from rosette.models.assertions import PublishedAssertion
from rosette.models.badgeclasses import PublishedBadgeClass
from rosette.models.issuers import PublishedIssuer
from rosette.openbadges import documents
from rosette.openbadges.credential import (
    Achievement,
    Alignment,
    Collection,
    Credential,
    Evidence,
    Profile,
    Revocation,
)
from rosette.openbadges.documents import Version
from rosette.openbadges.recipient import Recipient

_SUSPENDED = "Suspended for the time being"

Fact = Profile | Achievement | Credential | Collection

PROOF: Final = "verification"
"""
Of the copy of a signed badge, where its row keeps ``Credential.proof``: among the extensions, under
a name that no extension can have.
"""


def profile(row: PublishedIssuer) -> Profile:
    """The facts of an issuer."""
    address = f"{settings.ROSETTE.origin}/public/issuers/{row.entity_id}"
    return Profile(
        id=row.source_url or address,
        name=row.name,
        url=row.url,
        email=row.email,
        description=row.description or None,
        image=f"{address}/image" if row.image else None,
        hosted_url=address if row.source_url else None,
        endorsements=_endorsements(row.endorsements),
        extensions=row.extensions,
    )


def achievement(row: PublishedBadgeClass) -> Achievement:
    """The facts of a badge class, and of its issuer."""
    address = f"{settings.ROSETTE.origin}/public/badges/{row.entity_id}"
    return Achievement(
        id=row.source_url or address,
        name=row.name,
        description=row.description,
        issuer=profile(row.issuer),
        image=f"{address}/image" if row.image else None,
        criteria_url=row.criteria_url,
        criteria_narrative=row.criteria_narrative,
        alignments=tuple(_alignment(item) for item in row.alignments),
        tags=tuple(row.tags),
        hosted_url=address if row.source_url else None,
        endorsements=_endorsements(row.endorsements),
        extensions=row.extensions,
    )


def credential(row: PublishedAssertion) -> Credential:
    """The facts of an award, of its badge class and issuer."""
    address = f"{settings.ROSETTE.origin}/public/assertions/{row.entity_id}"
    return Credential(
        id=row.source_url or address,
        uid=row.entity_id,
        achievement=achievement(row.badgeclass),
        recipient=Recipient(
            row.recipient_kind,
            row.source_identity or row.recipient_identity,
            row.recipient_hashed,
            row.salt,
        ),
        issued_on=row.issued_on,
        expires_on=row.expires_on,
        image=f"{address}/image",
        narrative=row.narrative,
        evidence=tuple(
            Evidence(item.get("url") or "", item.get("narrative") or "") for item in row.evidence
        ),
        revocation=_revocation(row),
        hosted_url=address if row.source_url else None,
        proof=row.extensions.get(PROOF, {}),
        endorsements=_endorsements(row.endorsements),
        extensions=row.extensions,
    )


def collection(row: backpack.Collection, awards: Sequence[PublishedAssertion]) -> Collection:
    """The facts of a published collection and the awards in it. Wants ``owner`` selected."""
    return Collection(
        id=f"{settings.ROSETTE.origin}/public/collections/{row.share_hash}",
        uid=row.entity_id,
        name=row.name,
        description=row.description,
        owner_first_name=row.owner.first_name,
        owner_last_name=row.owner.last_name,
        credentials=tuple(credential(award) for award in awards),
    )


def changes(
    row: PublishedIssuer | PublishedBadgeClass | PublishedAssertion,
) -> tuple[datetime, ...]:
    """When each of the rows that the facts are made of was last changed."""
    match row:
        case PublishedIssuer():
            return (row.updated_at,)
        case PublishedBadgeClass():
            return (row.updated_at, *changes(row.issuer))
        case PublishedAssertion():
            return (row.updated_at, *changes(row.badgeclass))


def written(
    fact: Fact, version: Version = "2_0", *, expand: Container[str] = (), pretty: bool = False
) -> bytes:
    """
    The document that publishes ``fact``, as JSON in UTF-8; the same facts give the same bytes.

    ``expand`` is as for ``documents.render``.
    """
    return orjson.dumps(
        documents.render(fact, version, expand=expand),
        option=orjson.OPT_INDENT_2 if pretty else None,
    )


def _endorsements(names: Sequence[str] | None) -> tuple[str, ...]:
    if not names:
        return ()
    return tuple(f"{settings.ROSETTE.origin}/public/endorsements/{name}" for name in names)


def _revocation(row: PublishedAssertion) -> Revocation | None:
    """
    Versions before 3.0 know no suspension, so to them it is a revocation that says what it is.

    Their documents are looked up each time, and say otherwise when the award is reinstated.
    """
    if row.revoked_at:
        return Revocation(row.revocation_reason)
    if row.suspended_at:
        return Revocation(f"{_SUSPENDED}: {row.suspension_reason}")
    return None


def _alignment(item: dict[str, str | None]) -> Alignment:
    return Alignment(
        name=item.get("target_name") or "",
        url=item.get("target_url") or "",
        description=item.get("target_description") or "",
        framework=item.get("target_framework") or "",
        code=item.get("target_code") or "",
    )
