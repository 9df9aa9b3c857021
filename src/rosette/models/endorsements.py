"""Endorsements: what one issuer of this site says of another, of a badge class or of an award."""

from datetime import datetime
from typing import Any, NamedTuple

from django.db import models
from django.db.models import Q

from rosette.models.assertions import Assertion, Visibility
from rosette.models.badgeclasses import BadgeClass
from rosette.models.base import Entity, marks, row, rows, unjson
from rosette.models.issuers import Issuer


class Endorsement(Entity):
    """
    One endorsement, from the moment when somebody asks for it or gives it.

    Just one of ``issuer``, ``badgeclass`` and ``assertion`` is what is endorsed; ``owner`` is the
    issuer that it belongs to, which decides whether to show it. ``name`` and ``facts``: what the
    endorsed was called and what the endorser published of itself when it was given; they never
    change, for a signed document is made of them.
    """

    class State(models.TextChoices):
        ASKED = "asked"
        DECLINED = "declined"
        GIVEN = "given"
        WITHDRAWN = "withdrawn"

    class Shown(models.TextChoices):
        WAITING = "waiting"
        SHOWN = "shown"
        HIDDEN = "hidden"

    endorser = models.ForeignKey(
        Issuer, on_delete=models.CASCADE, related_name="endorsements_given", db_index=False
    )
    owner = models.ForeignKey(
        Issuer, on_delete=models.CASCADE, related_name="endorsements_had", db_index=False
    )
    issuer = models.ForeignKey(
        Issuer, null=True, on_delete=models.CASCADE, related_name="endorsements_of"
    )
    badgeclass = models.ForeignKey(
        BadgeClass, null=True, on_delete=models.CASCADE, related_name="endorsements_of"
    )
    assertion = models.ForeignKey(
        Assertion, null=True, on_delete=models.CASCADE, related_name="endorsements_of"
    )
    state = models.CharField(max_length=9, choices=State.choices)
    shown = models.CharField(max_length=7, choices=Shown.choices, default=Shown.WAITING)
    wish = models.TextField(blank=True)
    comment = models.TextField(blank=True)
    name = models.CharField(max_length=1024, blank=True)
    facts = models.JSONField(default=dict)
    given_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=255, blank=True)

    class Meta(Entity.Meta):
        constraints = [
            *Entity.Meta.constraints,
            models.CheckConstraint(
                condition=Q(issuer__isnull=False, badgeclass=None, assertion=None)
                | Q(issuer=None, badgeclass__isnull=False, assertion=None)
                | Q(issuer=None, badgeclass=None, assertion__isnull=False),
                name="endorsement_of_one",
            ),
            *(
                models.UniqueConstraint(
                    fields=["endorser", kind],
                    condition=Q(state__in=["asked", "given"]) & Q((f"{kind}__isnull", False)),
                    name=f"endorsement_once_{kind}",
                )
                for kind in ("issuer", "badgeclass", "assertion")
            ),
        ]
        indexes = [
            models.Index(fields=["endorser", "id"], name="endorsement_by"),
            models.Index(fields=["owner", "id"], name="endorsement_for"),
        ]


class PublishedEndorsement(NamedTuple):
    """
    What an endorsement's documents are made of.

    ``kind`` and ``about``: what is endorsed, and by which name it is published.
    """

    entity_id: str
    updated_at: datetime
    kind: str
    about: str
    name: str
    comment: str
    facts: dict[str, Any]
    given_at: datetime
    withdrawn_at: datetime | None
    reason: str
    endorser_id: int
    endorser: str


_SELECT = f"""
    SELECT e.entity_id, e.updated_at,
        CASE WHEN e.issuer_id IS NOT NULL THEN 'issuer'
            WHEN e.badgeclass_id IS NOT NULL THEN 'badgeclass' ELSE 'assertion' END,
        COALESCE(o.entity_id, b.entity_id, a.entity_id),
        e.name, e.comment, e.facts, e.given_at, e.withdrawn_at, e.reason, e.endorser_id,
        i.entity_id
    FROM rosette_endorsement e
    JOIN rosette_issuer i ON i.id = e.endorser_id
    LEFT JOIN rosette_issuer o ON o.id = e.issuer_id
    LEFT JOIN rosette_badgeclass b ON b.id = e.badgeclass_id
    LEFT JOIN rosette_assertion a ON a.id = e.assertion_id
    WHERE e.given_at IS NOT NULL
    AND (e.assertion_id IS NULL OR a.visibility = '{Visibility.PUBLIC.value}')
"""


def published_endorsement(entity_id: str) -> PublishedEndorsement | None:
    """The endorsement of this name, once it was given; none of an award that not everybody sees."""
    found = row(f"{_SELECT} AND e.entity_id = %s", [entity_id])
    return _read(found) if found else None


def published_endorsements(names: list[str]) -> list[PublishedEndorsement]:
    """Those of these names, in the order in which they were given."""
    if not names:
        return []
    found = rows(f"{_SELECT} AND e.entity_id IN ({marks(names)}) ORDER BY e.given_at, e.id", names)
    return [_read(item) for item in found]


def _read(found: tuple[Any, ...]) -> PublishedEndorsement:
    return PublishedEndorsement._make([*found[:6], unjson(found[6]), *found[7:]])
