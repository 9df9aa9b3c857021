"""
Award jobs: very many awards of one badge class, made bit by bit in the background.

A job's lines are kept a thousand to the row, packed; so a million of them are a thousand rows,
and each step of the job, with all that it awards, is one transaction.
"""

import zlib
from typing import Any, Final

import orjson
from django.db import models

from rosette.models.accounts import User
from rosette.models.badgeclasses import BadgeClass
from rosette.models.base import Entity

LINES_PER_STRETCH: Final = 1000


class AwardJob(Entity):
    """
    Awards that somebody asked for, and how far they have come.

    Of ``total`` lines, ``done`` are dealt with and ``failed`` of these were refused.
    ``by_grant``: who asked for it was let in by the token, not by a role. Until ``busy_until``,
    a worker is at it. ``begins_at``: nothing is done before; null for at once. ``problem`` says
    why a failed job could not go on.
    """

    class State(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        DONE = "done"
        CANCELLED = "cancelled"
        FAILED = "failed"
        UNDOING = "undoing"
        UNDONE = "undone"

    badgeclass = models.ForeignKey(BadgeClass, on_delete=models.CASCADE, related_name="award_jobs")
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    by_grant = models.BooleanField()
    state = models.CharField(max_length=9, choices=State.choices, default=State.QUEUED)
    total = models.PositiveIntegerField()
    done = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    begins_at = models.DateTimeField(null=True, blank=True)
    busy_until = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    problem = models.CharField(max_length=255, blank=True)

    class Meta(Entity.Meta):
        indexes = [
            models.Index(fields=["badgeclass", "created_at", "id"], name="awardjob_of_class"),
        ]

    @property
    def is_open(self) -> bool:
        """Whether it has awards still to make."""
        return self.state in OPEN

    @property
    def awarded(self) -> int:
        """How many awards it has made."""
        return self.done - self.failed


OPEN: Final = (AwardJob.State.QUEUED, AwardJob.State.RUNNING)


class Stretch(models.Model):
    """
    A thousand lines of a job, or what is left of them at its end; ``number`` counts from 0.

    ``lines`` is a packed list of wishes; of lines that were refused at once, of their errors.
    ``outcome``, once the stretch is dealt with, is a packed list as long: the name of each
    award, or the errors of a line that was refused.
    """

    job = models.ForeignKey(AwardJob, on_delete=models.CASCADE, related_name="stretches")
    number = models.PositiveIntegerField()
    lines = models.BinaryField()
    outcome = models.BinaryField(null=True)
    is_undone = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["job", "number"], name="stretch_once")]


def packed(lines: list[Any]) -> bytes:
    """JSON values, pressed together."""
    return zlib.compress(orjson.dumps(lines), 1)


def unpacked(kept: "bytes | memoryview[int]") -> list[Any]:
    """What ``packed`` took."""
    lines: list[Any] = orjson.loads(zlib.decompress(kept))
    return lines
