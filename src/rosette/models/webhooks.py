"""
Webhooks: addresses that hear of an issuer's awards, and what is to be told to each.

A delivery is added in the transaction of the change that it tells of, as a notice is. It names
the awards; what is told of them is made when it is sent, of the rows as they are then.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from django.db import models

from rosette.models.base import (
    ENTITY_ID_MAX_LENGTH,
    Entity,
    marks,
    new_entity_id,
    on_postgresql,
    rows,
    run,
    stored_json,
    stored_moment,
    unjson,
)
from rosette.models.issuers import Issuer

AWARDS_PER_DELIVERY: Final = 100


class Event(models.TextChoices):
    """What a webhook may hear of; ``PING`` only when it is asked for."""

    AWARDED = "assertion.awarded"
    REVOKED = "assertion.revoked"
    SUSPENDED = "assertion.suspended"
    REINSTATED = "assertion.reinstated"
    ACCEPTED = "assertion.accepted"
    REJECTED = "assertion.rejected"
    PING = "webhook.ping"


class Webhook(Entity):
    """
    An address that hears of an issuer's awards.

    ``events`` is a list of ``Event``. ``secret`` is what deliveries are signed with, sealed;
    ``former_secret`` signs as well until ``former_until``. ``disabled_at``: nothing is told since
    then, and ``disabled_reason`` says why, empty if its owner wanted it so. ``failures`` are
    the failed tries since the last good one, ``failing_since`` the first of them. Until
    ``rests_until`` no try is made, because the last one failed; until ``busy_until`` a worker is
    at it.
    """

    issuer = models.ForeignKey(Issuer, on_delete=models.CASCADE, related_name="webhooks")
    url = models.CharField(max_length=1024)
    events = models.JSONField(default=list)
    secret = models.TextField()
    former_secret = models.TextField(blank=True)
    former_until = models.DateTimeField(null=True, blank=True)
    disabled_at = models.DateTimeField(null=True, blank=True)
    disabled_reason = models.CharField(max_length=255, blank=True)
    failures = models.PositiveIntegerField(default=0)
    failing_since = models.DateTimeField(null=True, blank=True)
    rests_until = models.DateTimeField(null=True, blank=True)
    busy_until = models.DateTimeField(null=True, blank=True)

    @property
    def is_enabled(self) -> bool:
        """Whether it is told anything."""
        return self.disabled_at is None


class WebhookDelivery(models.Model):
    """
    One event for one webhook: at most a hundred awards, by name.

    ``entity_id`` is its ``webhook-id``, the same at every try. ``due_at`` is when the next try
    may be made. ``status``, ``milliseconds`` and ``answer``, the first kilobyte, are of the last
    try; ``problem`` says why it failed.
    """

    class State(models.TextChoices):
        WAITING = "waiting"
        DELIVERED = "delivered"
        FAILED = "failed"

    id = models.BigAutoField(primary_key=True)
    entity_id = models.CharField(max_length=ENTITY_ID_MAX_LENGTH, default=new_entity_id)
    webhook = models.ForeignKey(
        Webhook, on_delete=models.CASCADE, related_name="deliveries", db_index=False
    )
    event = models.CharField(max_length=32, choices=Event.choices)
    awards = models.JSONField(default=list)
    created_at = models.DateTimeField()
    state = models.CharField(max_length=9, choices=State.choices, default=State.WAITING)
    tries = models.PositiveSmallIntegerField(default=0, db_default=0)
    due_at = models.DateTimeField()
    tried_at = models.DateTimeField(null=True, blank=True)
    status = models.PositiveSmallIntegerField(null=True, blank=True)
    milliseconds = models.PositiveIntegerField(null=True, blank=True)
    answer = models.TextField(blank=True, default="", db_default="")
    problem = models.CharField(max_length=255, blank=True, default="", db_default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["entity_id"], name="delivery_entity_id"),
        ]
        indexes = [
            models.Index(fields=["webhook", "created_at", "id"], name="delivery_of_webhook"),
            models.Index(
                fields=["webhook", "due_at"],
                condition=models.Q(state="waiting"),
                name="delivery_waiting",
            ),
        ]

    def __str__(self) -> str:
        return self.entity_id


def listening(issuer_ids: Iterable[int], event: Event) -> dict[int, list[int]]:
    """
    The webhooks of each of the issuers that want to hear of the event, all by row number.

    None of them can be removed before the transaction ends.
    """
    numbers = list(issuer_ids)
    held = " FOR KEY SHARE OF w" if on_postgresql() else ""
    found = rows(
        "SELECT w.issuer_id, w.id, w.events FROM rosette_webhook w"
        " JOIN rosette_issuer i ON i.id = w.issuer_id"
        f" WHERE w.issuer_id IN ({marks(numbers)}) AND w.disabled_at IS NULL"
        f" AND i.deleted_at IS NULL ORDER BY w.id{held}",
        numbers,
    )
    wanted: dict[int, list[int]] = {}
    for issuer_id, number, events in found:
        if event in unjson(events):
            wanted.setdefault(issuer_id, []).append(number)
    return wanted


class NewDelivery(NamedTuple):
    """A delivery as it is added: its name, the webhook's row number, and the names of awards."""

    entity_id: str
    webhook_id: int
    awards: Sequence[str]


_ADD = """
    INSERT INTO rosette_webhookdelivery
        (entity_id, webhook_id, awards, event, created_at, due_at, state)
    SELECT name, webhook, awards, %s, %s, %s, 'waiting' FROM ({asked}) AS asked
"""
_ADD_ON_POSTGRESQL = _ADD.format(
    asked="SELECT name, webhook, awards::jsonb"
    " FROM unnest(%s::text[], %s::bigint[], %s::text[]) AS new(name, webhook, awards)"
)
_ADD_ON_SQLITE = _ADD.format(
    asked="SELECT json_extract(value, '$[0]') AS name, json_extract(value, '$[1]') AS webhook,"
    " json_extract(value, '$[2]') AS awards FROM json_each(%s)"
)


def add_deliveries(new: Sequence[NewDelivery], event: Event, *, at: datetime) -> None:
    """Add the deliveries of an event, due at once: one statement, however many they are."""
    told = [event.value, *[stored_moment(at)] * 2]
    if on_postgresql():
        awards = [stored_json(item.awards) for item in new]
        names, webhooks = [item.entity_id for item in new], [item.webhook_id for item in new]
        run(_ADD_ON_POSTGRESQL, [*told, names, webhooks, awards])
    else:
        run(_ADD_ON_SQLITE, [*told, stored_json([list(item) for item in new])])
