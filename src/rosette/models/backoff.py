"""How long somebody who failed must wait; ``rosette.limits`` keeps the books."""

from django.db import models


class Backoff(models.Model):
    """
    Failed tries of one name, or from one address, at one thing.

    ``key`` is a SHA-256 checksum, so that no list of people's names and addresses gathers here.
    Until ``locked_until`` nothing more is heard; long after it, the row means nothing.
    """

    what = models.CharField(max_length=32)
    key = models.CharField(max_length=64)
    failures = models.PositiveIntegerField(default=0)
    locked_until = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["what", "key"], name="backoff_once")]
