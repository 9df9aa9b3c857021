"""Badge classes: what can be awarded."""

from typing import Any, NamedTuple

from django.db import models

from rosette.models.accounts import User
from rosette.models.base import Entity, row
from rosette.models.issuers import Issuer


class BadgeClass(Entity):
    """
    One kind of badge of one issuer.

    ``alignments`` is a list of objects with the keys ``target_name``, ``target_url``,
    ``target_description``, ``target_framework`` and ``target_code``; ``tags`` is a list of text.
    ``expires_amount`` and ``expires_duration`` are advice to clients; nothing is computed of
    them. ``deleted_at``: gone for its people, but its revoked awards still say so to the world.
    """

    class Duration(models.TextChoices):
        DAYS = "days"
        WEEKS = "weeks"
        MONTHS = "months"
        YEARS = "years"

    issuer = models.ForeignKey(Issuer, on_delete=models.CASCADE, related_name="badgeclasses")
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    name = models.CharField(max_length=1024)
    description = models.TextField(blank=True)
    image = models.CharField(max_length=100)
    criteria_url = models.CharField(max_length=1024, blank=True)
    criteria_narrative = models.TextField(blank=True)
    alignments = models.JSONField(default=list)
    tags = models.JSONField(default=list)
    expires_amount = models.PositiveIntegerField(null=True, blank=True)
    expires_duration = models.CharField(max_length=8, choices=Duration.choices, blank=True)
    extensions = models.JSONField(default=dict)
    deleted_at = models.DateTimeField(null=True, blank=True)

    class Meta(Entity.Meta):
        indexes = [
            models.Index(fields=["issuer", "created_at", "id"], name="badgeclass_newest"),
            models.Index(fields=["issuer", "updated_at", "id"], name="badgeclass_changed"),
        ]


class BadgeClassRecord(NamedTuple):
    """What awarding needs to know of a badge class, and the caller's role at its issuer."""

    id: int
    entity_id: str
    issuer_id: int
    issuer_entity_id: str
    role: str | None


_RECORD = """
    SELECT b.id, b.entity_id, i.id, i.entity_id,
        (SELECT s.role FROM rosette_issuerstaff s WHERE s.issuer_id = i.id AND s.user_id = %s)
    FROM rosette_badgeclass b JOIN rosette_issuer i ON i.id = b.issuer_id
    WHERE b.entity_id = %s AND b.deleted_at IS NULL
"""


def badgeclass_record(entity_id: str, user_id: int) -> BadgeClassRecord | None:
    """The badge class with the role that the person ``user_id`` has at its issuer."""
    found: tuple[Any, ...] | None = row(_RECORD, [user_id, entity_id])
    return BadgeClassRecord(*found) if found else None
