"""Badge classes: what can be awarded."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import models

from rosette.models.accounts import User
from rosette.models.base import Published, marks, row, rows, unjson
from rosette.models.issuers import PUBLISHED_ISSUER, Issuer, PublishedIssuer


class BadgeClass(Published):
    """
    One kind of badge of one issuer.

    ``alignments`` is a list of objects with the keys ``target_name``, ``target_url``,
    ``target_description``, ``target_framework`` and ``target_code``; ``tags`` is a list of text.
    ``expires_amount`` and ``expires_duration`` are advice to clients; nothing is computed of
    them. ``suspendable``: its awards can be suspended; settled by the first award, because their
    credentials say it. ``endorsements``: names of those that it shows, or null.
    ``is_step``: of a published pathway, so that whoever awards it need not ask.
    ``archived_at``: nobody awards it any more; what was awarded stands.
    ``deleted_at``: gone for its people, but its revoked awards still say so to
    the world.
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
    suspendable = models.BooleanField(default=False)
    endorsements = models.JSONField(null=True, blank=True, editable=False)
    is_step = models.BooleanField(default=False, db_default=False, editable=False)
    archived_at = models.DateTimeField(null=True, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)

    class Meta(Published.Meta):
        indexes = [
            models.Index(fields=["issuer", "created_at", "id"], name="badgeclass_newest"),
            models.Index(fields=["issuer", "updated_at", "id"], name="badgeclass_changed"),
        ]

    @property
    def archived(self) -> bool:
        """Whether nobody awards it any more."""
        return self.archived_at is not None


class BadgeClassRecord(NamedTuple):
    """
    What awarding needs to know of a badge class, and the caller's role at its issuer.

    ``is_heard``: webhooks hear of its awards. ``is_step``: they lead along a pathway.
    """

    id: int
    entity_id: str
    issuer_id: int
    issuer_entity_id: str
    is_heard: bool
    role: str | None
    is_step: bool = False
    is_archived: bool = False


_RECORD = """
    SELECT b.id, b.entity_id, i.id, i.entity_id, i.has_webhooks,
        (SELECT s.role FROM rosette_issuerstaff s WHERE s.issuer_id = i.id AND s.user_id = %s),
        b.is_step, b.archived_at IS NOT NULL
    FROM rosette_badgeclass b JOIN rosette_issuer i ON i.id = b.issuer_id
    WHERE b.entity_id = %s AND b.deleted_at IS NULL AND b.source_url IS NULL
"""


def badgeclass_record(entity_id: str, user_id: int) -> BadgeClassRecord | None:
    """
    The badge class with the role that the person ``user_id`` has at its issuer.

    None for one of another server, which nobody can award here.
    """
    found: tuple[Any, ...] | None = row(_RECORD, [user_id, entity_id])
    return BadgeClassRecord(*found) if found else None


class PublishedBadgeClass(NamedTuple):
    """What the world may see of a badge class."""

    entity_id: str
    updated_at: datetime
    name: str
    description: str
    image: str
    criteria_url: str
    criteria_narrative: str
    source_url: str | None
    alignments: list[dict[str, str | None]]
    tags: list[str]
    extensions: dict[str, Any]
    endorsements: list[str] | None
    issuer: PublishedIssuer

    @classmethod
    def of(cls, columns: tuple[Any, ...]) -> "PublishedBadgeClass":
        """Made of what ``PUBLISHED_BADGECLASS`` selects."""
        alignments, tags, extensions, endorsements = columns[8:12]
        return cls._make(
            [
                *columns[:8],
                unjson(alignments),
                unjson(tags),
                unjson(extensions),
                endorsements and unjson(endorsements),
                PublishedIssuer.of(columns[12:]),
            ]
        )


PUBLISHED_BADGECLASS = ", ".join(
    [*(f"b.{name}" for name in PublishedBadgeClass._fields[:-1]), PUBLISHED_ISSUER]
)
_FROM = "FROM rosette_badgeclass b JOIN rosette_issuer i ON i.id = b.issuer_id"
_PUBLISHED = f"SELECT {PUBLISHED_BADGECLASS} {_FROM}"


def published_badgeclass(entity_id: str) -> PublishedBadgeClass | None:
    """The badge class of this name. One that its people deleted stays published."""
    found = row(f"{_PUBLISHED} WHERE b.entity_id = %s", [entity_id])
    return PublishedBadgeClass.of(found) if found else None


def published_changes(entity_id: str) -> tuple[datetime, ...] | None:
    """When the badge class of this name and its issuer were last changed."""
    return row(f"SELECT b.updated_at, i.updated_at {_FROM} WHERE b.entity_id = %s", [entity_id])


def published_badgeclasses_by_number(
    numbers: Sequence[int],
) -> dict[int, PublishedBadgeClass]:
    """The badge classes with these row numbers, deleted ones as well."""
    if not numbers:
        return {}
    columns = f"SELECT b.id, {PUBLISHED_BADGECLASS} {_FROM}"
    found = rows(f"{columns} WHERE b.id IN ({marks(numbers)})", numbers)
    return {item[0]: PublishedBadgeClass.of(item[1:]) for item in found}


def published_badgeclasses(issuer: str) -> list[PublishedBadgeClass]:
    """What the issuer of this name awards, the oldest first."""
    found = rows(
        f"{_PUBLISHED} WHERE i.entity_id = %s AND b.deleted_at IS NULL ORDER BY b.created_at, b.id",
        [issuer],
    )
    return [PublishedBadgeClass.of(item) for item in found]
