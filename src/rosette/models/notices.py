"""
The outbox: mails that Rosette sends of its own accord, and what became of each.

A notice is added in the transaction of the change that it tells of. What it says is made when
it is sent, of the rows as they are then; so no secret link is ever stored.
"""

from django.db import models
from django.utils import timezone

from rosette.models.accounts import User
from rosette.models.assertions import Assertion


class Notice(models.Model):
    """
    One mail to one address.

    ``state`` goes from queued to sent, to failed (given up after the last attempt) or to skipped
    (the address is unsubscribed, or what it tells of is gone).
    """

    class Kind(models.TextChoices):
        AWARD = "award"
        VERIFY_ADDRESS = "verify_address"
        RESET_PASSWORD = "reset_password"  # noqa: S105 -- the name of a mail
        PASSWORD_CHANGED = "password_changed"  # noqa: S105 -- the name of a mail

    class State(models.TextChoices):
        QUEUED = "queued"
        SENT = "sent"
        FAILED = "failed"
        SKIPPED = "skipped"

    kind = models.CharField(max_length=20, choices=Kind.choices)
    to = models.CharField(max_length=768)
    assertion = models.ForeignKey(
        Assertion, null=True, on_delete=models.CASCADE, related_name="notices"
    )
    user = models.ForeignKey(User, null=True, on_delete=models.CASCADE, related_name="notices")
    state = models.CharField(max_length=8, choices=State.choices, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["id"],
                condition=models.Q(state="queued"),
                name="notice_queued",
            )
        ]


class Unsubscribed(models.Model):
    """An address, in lower case, that wants no award notices."""

    address = models.CharField(max_length=768, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
