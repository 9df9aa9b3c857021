"""
Subjects: what a notice is about, of the rows as they are when it is sent.

Whatever there is nothing left to say of is Moot.
"""

from typing import NamedTuple

from django.conf import settings
from django.db.models import Count, Q

from rosette.models import (
    Assertion,
    ClaimLink,
    ClaimRequest,
    EmailAddress,
    Issuer,
    IssuerStaff,
    Notice,
    RequestsNotice,
    Role,
    Webhook,
)
from rosette.operations import addresses
from rosette.operations.notifications import APPROVERS
from rosette.operations.unsubscribing import is_unsubscribed


class Moot(Exception):
    """There is no point in sending the notice any more; the text says why."""


def sandbox_of(notice: Notice) -> Issuer | None:
    """The sandbox that the mail is of, if it is one to a recipient: it is sent to nobody."""
    if notice.assertion is not None:
        issuer = notice.assertion.issuer
    else:
        claim: ClaimRequest | None = getattr(notice, "claim_request", None)
        if claim is None:
            return None
        issuer = claim.link.badgeclass.issuer
    return issuer if issuer.sandbox else None


def has_account(notice: Notice) -> bool:
    """Whether the address of the notice is somebody's here; a sandbox is not told."""
    if sandbox_of(notice) is not None:
        return False
    to = addresses.normalised(notice.to)
    return bool(EmailAddress.objects.filter(email=to, verified=True).exists())


def award_of(notice: Notice) -> Assertion:
    """The award that the notice is to tell of. Raises Moot."""
    award = notice.assertion
    if award is None:
        raise Moot("the award is gone")
    if award.revoked_at:
        raise Moot("the award was revoked")
    if addresses.normalised(notice.to) != addresses.normalised(award.recipient_identity):
        raise Moot("the award went to another address")
    # Whoever tries things out learns nothing of the people whose addresses they use.
    if not award.issuer.sandbox and is_unsubscribed(notice.to):
        raise Moot("the address is unsubscribed")
    return award


def claim_of(notice: Notice) -> ClaimRequest:
    """The request for a badge that it answers. Raises Moot."""
    claim: ClaimRequest | None = getattr(notice, "claim_request", None)
    if claim is None or claim.link.badgeclass.issuer.deleted_at:
        raise Moot("the request is gone")
    return claim


class Queue(NamedTuple):
    """Requests that wait at one link: how many, what they ask for, and where they are approved."""

    link: ClaimLink
    waiting: int
    page: str


def queues_of(notice: Notice) -> tuple[Issuer, list[Queue]]:
    """The issuer that the notice is about, and the links by which somebody waits. Raises Moot."""
    about: RequestsNotice | None = getattr(notice, "about_requests", None)
    if about is None or about.issuer.deleted_at:
        raise Moot("the issuer is gone")
    theirs = IssuerStaff.objects.filter(
        issuer=about.issuer,
        role__in=APPROVERS,
        user=notice.user,
        user__is_active=True,
    )
    if not theirs.exists():
        raise Moot("the issuer is not theirs any more")
    waiting = Count("requests", filter=Q(requests__state=ClaimRequest.State.WAITING))
    links = (
        ClaimLink.objects.filter(badgeclass__issuer=about.issuer)
        .select_related("badgeclass")
        .annotate(waiting=waiting)
        .filter(waiting__gt=0)
        .order_by("pk")
    )
    found = [
        Queue(
            link,
            link.waiting,
            f"{settings.ROSETTE.origin}/badges/{link.badgeclass.entity_id}/links/{link.entity_id}",
        )
        for link in links
    ]
    if not found:
        raise Moot("no request waits any more")
    return about.issuer, found


def webhook_of(notice: Notice) -> Webhook:
    """The webhook is the one that was disabled when the notice was made. Raises Moot."""
    webhook = (
        Webhook.objects.filter(
            disabled_at=notice.created_at,
            issuer__staff_rows__user=notice.user,
            issuer__staff_rows__role=Role.OWNER,
        )
        .select_related("issuer")
        .first()
    )
    if webhook is None:
        raise Moot("the webhook is enabled again, or not theirs any more")
    return webhook


def unproven_issuer_of(notice: Notice) -> Issuer:
    """The issuer is the one whose proof was lost when the notice was made. Raises Moot."""
    issuer = Issuer.objects.filter(
        proof_lost_at=notice.created_at,
        deleted_at=None,
        staff_rows__user=notice.user,
        staff_rows__role=Role.OWNER,
    ).first()
    if issuer is None:
        raise Moot("the domain is proven again, or the issuer is not theirs any more")
    return issuer


def domain_page(issuer: Issuer) -> str:
    """Where the domain is proven."""
    return f"{settings.ROSETTE.origin}/issuers/{issuer.entity_id}/domain"
