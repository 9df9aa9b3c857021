"""
What badge classes and issuers said before they were changed, for the credentials made of it.

A credential that was handed out stays what it was, so it is made of what its badge class and
issuer said when it was awarded. A revision is written when such a thing is overwritten, and names
the last award of that time; an award is made of the first revision that reaches to it, or, there
being none, of the row as it is. Nothing is written for an award, nor for a class that nobody ever
changes.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from django.db import models

from rosette.models.assertions import Assertion
from rosette.models.badgeclasses import BadgeClass
from rosette.models.base import marks, row, rows, unjson
from rosette.models.issuers import Issuer


class _Revision(models.Model):
    """
    ``facts``: the published columns by name.

    ``last_award``: the highest row number of any award, of whichever class, when they ended.
    """

    facts = models.JSONField()
    last_award = models.BigIntegerField()

    class Meta:
        abstract = True


class BadgeClassRevision(_Revision):
    """What a badge class said once."""

    badgeclass = models.ForeignKey(
        BadgeClass, on_delete=models.CASCADE, related_name="revisions", db_index=False
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["badgeclass", "last_award"], name="badgeclassrevision_end"
            ),
        ]


class IssuerRevision(_Revision):
    """What an issuer said once."""

    issuer = models.ForeignKey(
        Issuer, on_delete=models.CASCADE, related_name="revisions", db_index=False
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["issuer", "last_award"], name="issuerrevision_end"),
        ]


_OF_BADGECLASS: Final = (
    *("name", "description", "image", "criteria_url", "criteria_narrative"),
    *("alignments", "tags"),
)
_OF_ISSUER: Final = ("name", "url", "email", "description", "image")


def badgeclass_facts(row: BadgeClass) -> dict[str, Any]:
    """What credentials say of the badge class, to be handed to ``keep_badgeclass`` if changed."""
    return {name: getattr(row, name) for name in _OF_BADGECLASS}


def issuer_facts(row: Issuer) -> dict[str, Any]:
    """What credentials say of the issuer, to be handed to ``keep_issuer`` if it changed."""
    return {name: getattr(row, name) for name in _OF_ISSUER}


def keep_badgeclass(changed: BadgeClass, before: dict[str, Any]) -> None:
    """
    Keep what the class said before, if it says something else now and awards bear it.

    Wants the row locked for update.
    """
    if before != badgeclass_facts(changed):
        kept = BadgeClassRevision.objects.filter(badgeclass=changed)
        if (last := _last_award(Assertion.objects.filter(badgeclass=changed), kept)) is not None:
            BadgeClassRevision.objects.create(badgeclass=changed, facts=before, last_award=last)


def keep_issuer(changed: Issuer, before: dict[str, Any]) -> None:
    """As ``keep_badgeclass``."""
    if before != issuer_facts(changed):
        kept = IssuerRevision.objects.filter(issuer=changed)
        if (last := _last_award(Assertion.objects.filter(issuer=changed), kept)) is not None:
            IssuerRevision.objects.create(issuer=changed, facts=before, last_award=last)


def _last_award(awards: "models.QuerySet[Assertion]", kept: "models.QuerySet[Any]") -> int | None:
    """
    Where a revision that is written now ends; None if no award is made of it.

    An award that can be read by now was committed before the lock on the changed row was had,
    because its foreign keys are looked up, under a lock, when it is committed. So its number is
    not above the highest, and it keeps what it said. Of those under way, some may have a lower
    number and some a higher one; nobody has read them yet.
    """
    before = kept.aggregate(last=models.Max("last_award"))["last"] or 0
    if not awards.filter(pk__gt=before).exists():
        return None
    highest: int = Assertion.objects.aggregate(last=models.Max("pk"))["last"]
    return highest


class Awarded(NamedTuple):
    """
    What a credential is made of besides the rows that everybody reads.

    ``number`` is the row number of the award. ``badgeclass`` and ``issuer``: what these said when
    the award was made, or None if that is what they say now.
    """

    number: int
    created_at: datetime
    amended_at: datetime | None
    issuer_id: int
    status_key: str
    is_suspendable: bool
    badgeclass: dict[str, Any] | None
    issuer: dict[str, Any] | None


_AWARDED = """
    SELECT a.id, a.created_at, a.amended_at, a.issuer_id, i.status_key, b.suspendable,
        (SELECT r.facts FROM rosette_badgeclassrevision r
            WHERE r.badgeclass_id = a.badgeclass_id AND r.last_award >= a.id
            ORDER BY r.last_award LIMIT 1),
        (SELECT r.facts FROM rosette_issuerrevision r
            WHERE r.issuer_id = a.issuer_id AND r.last_award >= a.id
            ORDER BY r.last_award LIMIT 1)
    FROM rosette_assertion a
    JOIN rosette_badgeclass b ON b.id = a.badgeclass_id
    JOIN rosette_issuer i ON i.id = a.issuer_id
    WHERE a.source_url IS NULL AND
"""


def awarded(name: str) -> Awarded | None:
    """
    Of the award that is published as ``name``, if it was made here.

    Wants the rows that everybody reads to have been read before: a change in between is then
    found here as a revision, and never missed.
    """
    for column in ("entity_id", "share_hash"):
        found = row(f"{_AWARDED} a.{column} = %s", [name])
        if found:
            return _read(found)
    return None


def awarded_each(numbers: Sequence[int]) -> dict[int, Awarded]:
    """As ``awarded``, of many at a time, by row number; imported ones are left out."""
    if not numbers:
        return {}
    found = rows(f"{_AWARDED} a.id IN ({marks(numbers)})", numbers)
    return {item.number: item for item in map(_read, found)}


def _read(found: tuple[Any, ...]) -> Awarded:
    facts = [item and unjson(item) for item in found[6:]]
    return Awarded._make([*found[:5], bool(found[5]), *facts])
