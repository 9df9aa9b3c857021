"""Webhooks and what they were told, as V2 objects."""

from collections.abc import Iterable
from typing import Annotated, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from rosette.api import examples
from rosette.api.v2.responses.common import AssertionId, IssuerId, Timestamp
from rosette.models import Event, Webhook, WebhookDelivery
from rosette.operations.webhooks import EVENTS

WebhookId = Annotated[str, Field(max_length=254, examples=[examples.WEBHOOK])]


class WebhookObject(TypedDict):
    """An address that hears of an issuer's awards."""

    entityType: Annotated[str, Field(examples=["Webhook"])]
    entityId: WebhookId
    createdAt: Timestamp
    issuer: IssuerId
    url: Annotated[str, Field(examples=["https://harbor.example.org/badges"])]
    events: Annotated[list[str], Field(examples=[[event.value for event in EVENTS]])]
    enabled: Annotated[bool, Field(examples=[True])]
    disabledAt: Annotated[Timestamp | None, Field(examples=[None])]
    disabledReason: Annotated[
        str | None,
        Field(description="Why it was disabled, if not by you.", examples=[None]),
    ]
    failingSince: Annotated[
        Timestamp | None,
        Field(description="Since when it has taken nothing that it was told.", examples=[None]),
    ]
    formerSecretUntil: Annotated[
        Timestamp | None,
        Field(description="Until when the secret before this one signs as well.", examples=[None]),
    ]
    secret: NotRequired[
        Annotated[
            str,
            Field(
                description="What deliveries are signed with. Told this once.",
                examples=["whsec_…"],
            ),
        ]
    ]


class DeliveryObject(TypedDict):
    """One event that a webhook is told; `entityId` is its `webhook-id`."""

    entityType: Annotated[str, Field(examples=["WebhookDelivery"])]
    entityId: Annotated[str, Field(max_length=254, examples=[examples.DELIVERY])]
    webhook: WebhookId
    type: Annotated[str, Field(examples=[Event.AWARDED.value])]
    assertions: list[AssertionId]
    createdAt: Timestamp
    state: Annotated[
        str, Field(description="`waiting`, `delivered` or `failed`", examples=["delivered"])
    ]
    tries: Annotated[int, Field(examples=[1])]
    triedAt: Timestamp | None
    nextTryAt: Annotated[Timestamp | None, Field(examples=[None])]
    statusCode: Annotated[int | None, Field(examples=[204])]
    milliseconds: Annotated[int | None, Field(examples=[87])]
    answer: Annotated[
        str | None,
        Field(
            description="The first kilobyte of the answer to the last try.", examples=["Thank you"]
        ),
    ]
    problem: Annotated[str | None, Field(description="Why the last try failed.", examples=[None])]


class ReplayObject(TypedDict):
    """How many deliveries are sent anew."""

    webhook: WebhookId
    replayed: Annotated[int, Field(examples=[12])]


def webhooks(rows: Iterable[Webhook], *, secret: str | None = None) -> list[WebhookObject]:
    """The webhooks, with the one secret that is told now. Wants ``issuer`` selected."""
    shown = [_webhook(row) for row in rows]
    if secret is not None:
        shown[0]["secret"] = secret
    return shown


def deliveries(rows: Iterable[WebhookDelivery]) -> list[DeliveryObject]:
    """The deliveries. Wants ``webhook`` selected."""
    return [_delivery(row) for row in rows]


def _webhook(row: Webhook) -> WebhookObject:
    return {
        "entityType": "Webhook",
        "entityId": row.entity_id,
        "createdAt": row.created_at,
        "issuer": row.issuer.entity_id,
        "url": row.url,
        "events": row.events,
        "enabled": row.is_enabled,
        "disabledAt": row.disabled_at,
        "disabledReason": row.disabled_reason or None,
        "failingSince": row.failing_since,
        "formerSecretUntil": row.former_until,
    }


def _delivery(row: WebhookDelivery) -> DeliveryObject:
    is_waiting = row.state == WebhookDelivery.State.WAITING
    return {
        "entityType": "WebhookDelivery",
        "entityId": row.entity_id,
        "webhook": row.webhook.entity_id,
        "type": row.event,
        "assertions": row.awards,
        "createdAt": row.created_at,
        "state": row.state,
        "tries": row.tries,
        "triedAt": row.tried_at,
        "nextTryAt": row.due_at if is_waiting else None,
        "statusCode": row.status,
        "milliseconds": row.milliseconds,
        "answer": row.answer or None,
        "problem": row.problem or None,
    }
