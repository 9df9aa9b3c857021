"""The register of an issuer: its awards, by what became of them, a page at a time."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final, NamedTuple

from django.utils import timezone

from rosette.models import Acceptance, Issuer, assertions
from rosette.models.assertions import AssertionRecord
from rosette.models.base import stored_moment
from rosette.operations import policies, recipients
from rosette.operations.policies import Actor, Reach

STATES: Final = (
    *("queued", "held", "sent", "failed", "bounced", "skipped", "captured", "made"),
    *("claimed", "rejected", "revoked", "suspended", "expired"),
)
"""
What became of an award, one of these. The first seven are the state of the last mail about it, for
one that nobody has claimed; ``made``: no mail was wished.
"""

_AT_A_TIME: Final = 1000
_NEWEST_FIRST: Final = "a.created_at DESC, a.id DESC"
_STATE: Final = f"""
    CASE WHEN a.revoked_at IS NOT NULL THEN 'revoked'
    WHEN a.suspended_at IS NOT NULL THEN 'suspended'
    WHEN a.expires_on IS NOT NULL AND a.expires_on < %s THEN 'expired'
    WHEN a.acceptance = '{Acceptance.ACCEPTED.value}' THEN 'claimed'
    WHEN a.acceptance = '{Acceptance.REJECTED.value}' THEN 'rejected'
    ELSE COALESCE((SELECT n.state FROM rosette_notice n WHERE n.assertion_id = a.id
        ORDER BY n.id DESC LIMIT 1), 'made') END = %s
"""


class Filters(NamedTuple):
    """
    Which awards are wanted; what is empty or None does not matter.

    ``badgeclass``: a row number. ``person``: text in the recipient's identity or name. ``since``
    and ``until`` bound the moment of issue, the first included and the last not.
    """

    badgeclass: int | None = None
    person: str = ""
    state: str = ""
    since: datetime | None = None
    until: datetime | None = None


class Place(NamedTuple):
    """Where in the register an award stands."""

    at: datetime
    number: int


class Page(NamedTuple):
    """Some of the awards, the newest first, and whether there are newer and older ones."""

    awards: list[AssertionRecord]
    has_newer: bool
    has_older: bool


def page(
    issuer: Issuer,
    filters: Filters,
    *,
    by: Actor,
    size: int,
    older_than: Place | None = None,
    newer_than: Place | None = None,
) -> Page:
    """
    The awards of the issuer that the filters let through, next to a place; from the newest if
    none is given. One query. Raises NotPermitted.
    """
    policies.require(Reach.READ, by, issuer)
    if newer_than is not None:
        found = _read(issuer, filters, limit=size + 1, beyond=newer_than, upwards=True)
        awards = found[:size][::-1]
        return Page(awards, has_newer=len(found) > size, has_older=True)
    found = _read(issuer, filters, limit=size + 1, beyond=older_than)
    return Page(found[:size], has_newer=older_than is not None, has_older=len(found) > size)


def every(issuer: Issuer, filters: Filters, *, by: Actor) -> Iterator[AssertionRecord]:
    """All of the awards that the filters let through, a thousand in memory at a time."""
    policies.require(Reach.READ, by, issuer)
    return _every(issuer, filters)


def place_of(award: AssertionRecord) -> Place:
    """Where the award stands."""
    return Place(award.created_at, award.id)


def state_of(award: AssertionRecord, *, at: datetime) -> str:
    """One of ``STATES``; the database says the same by ``_STATE``."""
    if award.revoked_at is not None:
        return "revoked"
    if award.suspended_at is not None:
        return "suspended"
    if award.expires_on is not None and award.expires_on < at:
        return "expired"
    if award.acceptance == Acceptance.ACCEPTED:
        return "claimed"
    if award.acceptance == Acceptance.REJECTED:
        return "rejected"
    return award.notice_state or "made"


def _every(issuer: Issuer, filters: Filters) -> Iterator[AssertionRecord]:
    beyond = None
    while found := _read(issuer, filters, limit=_AT_A_TIME, beyond=beyond):
        yield from found
        if len(found) < _AT_A_TIME:
            return
        beyond = place_of(found[-1])


def _read(
    issuer: Issuer,
    filters: Filters,
    *,
    limit: int,
    beyond: Place | None,
    upwards: bool = False,
) -> list[AssertionRecord]:
    conditions = ["a.issuer_id = %s", "a.source_url IS NULL"]
    parameters: list[Any] = [issuer.pk]

    def want(condition: str, *values: Any) -> None:
        conditions.append(condition)
        parameters.extend(values)

    if filters.badgeclass is not None:
        want("a.badgeclass_id = %s", filters.badgeclass)
    if filters.person:
        condition, sought = recipients.containing(filters.person)
        want(condition, *sought)
    if filters.state:
        want(_STATE, stored_moment(timezone.now()), filters.state)
    if filters.since is not None:
        want("a.issued_on >= %s", stored_moment(filters.since))
    if filters.until is not None:
        want("a.issued_on < %s", stored_moment(filters.until))
    if beyond is not None:
        sign = ">" if upwards else "<"
        want(f"(a.created_at, a.id) {sign} (%s, %s)", stored_moment(beyond.at), beyond.number)
    order = _NEWEST_FIRST.replace("DESC", "ASC") if upwards else _NEWEST_FIRST
    return assertions.assertion_records(
        " AND ".join(conditions), parameters, order=order, limit=limit
    )
