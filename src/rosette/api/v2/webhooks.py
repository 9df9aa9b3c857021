"""/v2/webhooks: addresses that hear of an issuer's awards, and the log of what they were told"""

from collections.abc import Sequence
from datetime import timedelta

from django.http import HttpRequest

from rosette.api.auth import Caller
from rosette.api.bodies import body
from rosette.api.shapes import read as read_shape
from rosette.api.v2 import paging
from rosette.api.v2.envelope import Answer, endpoint
from rosette.api.v2.issuers import WRITE
from rosette.api.v2.requests.webhooks import (
    DeliveryQuery,
    NewWebhook,
    Replay,
    Rotation,
    WebhookChange,
    webhook_wish,
)
from rosette.api.v2.responses import webhooks as responses
from rosette.api.v2.responses.webhooks import DeliveryObject, ReplayObject, WebhookObject
from rosette.errors import InvalidInput
from rosette.models import WebhookDelivery
from rosette.operations import deliveries as operations
from rosette.operations import issuers, webhooks
from rosette.operations.policies import Reach

_PAGE: int = 100


@endpoint(scopes=WRITE, verified=True, result=WebhookObject)
def index(request: HttpRequest, by: Caller, issuer_id: str) -> Sequence[WebhookObject]:
    """
    The webhooks of an issuer.

    For its owners.
    """
    issuer = issuers.find(issuer_id, by=by.actor, reach=Reach.OWNER)
    return responses.webhooks(webhooks.of_issuer(issuer, by=by.actor))


@endpoint(
    scopes=WRITE,
    verified=True,
    status=201,
    body=NewWebhook,
    result=WebhookObject,
    example={"url": "https://harbor.example.org/badges"},
    secret=True,
)
def create(request: HttpRequest, by: Caller, issuer_id: str) -> Sequence[WebhookObject]:
    """
    Let an address hear of an issuer's awards.

    For its owners. What happens is sent there by POST, signed after Standard Webhooks with the
    `secret`, which is told here and never again. `data.assertions` are up to a hundred awards of
    one `type`, as you read them here, as they are when they are sent. Anything but a status
    of 2xx within ten seconds is tried again for about a day; then the webhook is disabled, and
    the owners get a mail.
    """
    issuer = issuers.find(issuer_id, by=by.actor, reach=Reach.OWNER)
    made = webhooks.create(issuer, webhook_wish(NewWebhook, body(request)), by=by.actor)
    return responses.webhooks([made.webhook], secret=made.secret)


@endpoint(scopes=WRITE, verified=True, result=WebhookObject)
def read(request: HttpRequest, by: Caller, webhook_id: str) -> Sequence[WebhookObject]:
    """One webhook, without its secret."""
    return responses.webhooks([webhooks.find(webhook_id, by=by.actor)])


@endpoint(
    scopes=WRITE,
    verified=True,
    body=WebhookChange,
    result=WebhookObject,
    example={"events": ["assertion.awarded", "assertion.revoked"]},
)
def change(request: HttpRequest, by: Caller, webhook_id: str) -> Sequence[WebhookObject]:
    """
    Change a webhook, or switch it off and on.

    What waits when it is switched off is not sent. Once it is on, `replay` sends it after all.
    """
    found = webhooks.find(webhook_id, by=by.actor)
    wish = webhook_wish(WebhookChange, body(request))
    return responses.webhooks([webhooks.change(found, wish, by=by.actor)])


@endpoint(scopes=WRITE, verified=True, status=204)
def remove(request: HttpRequest, by: Caller, webhook_id: str) -> None:
    """Remove a webhook, with the log of what it was told."""
    webhooks.remove(webhooks.find(webhook_id, by=by.actor), by=by.actor)


@endpoint(
    scopes=WRITE,
    verified=True,
    body=Rotation,
    result=WebhookObject,
    example={"overlapHours": 24},
)
def rotate(request: HttpRequest, by: Caller, webhook_id: str) -> Sequence[WebhookObject]:
    """
    Give a webhook a new secret.

    It is told here and never again. The one before signs as well for `overlapHours`, so that
    there are two signatures until you use the new one.
    """
    found = webhooks.find(webhook_id, by=by.actor)
    overlap = timedelta(hours=read_shape(Rotation, body(request)).overlap_hours)
    made = webhooks.rotate(found, by=by.actor, overlap=overlap)
    return responses.webhooks([made.webhook], secret=made.secret)


@endpoint(scopes=WRITE, verified=True, result=DeliveryObject, refusals=(400,))
def ping(request: HttpRequest, by: Caller, webhook_id: str) -> Sequence[DeliveryObject]:
    """
    Try a webhook.

    It is told of `webhook.ping`, without awards, at once and once. Read the delivery to see what
    came of it.
    """
    found = webhooks.find(webhook_id, by=by.actor)
    return responses.deliveries([operations.ping(found, by=by.actor)])


@endpoint(
    scopes=WRITE,
    verified=True,
    query=DeliveryQuery,
    result=DeliveryObject,
    refusals=(400,),
)
def deliveries(request: HttpRequest, by: Caller, webhook_id: str) -> Answer:
    """
    What a webhook was told in the last thirty days, the newest first.

    A hundred at a time; the `Link` header leads to the others.
    """
    found = webhooks.find(webhook_id, by=by.actor)
    state = request.GET.get("state")
    if state is not None and state not in WebhookDelivery.State.values:
        raise InvalidInput({"state": [f'"{state}" is not a valid choice.']})
    page = paging.page(
        request,
        paging.slice_of(operations.log(found, by=by.actor, state=state), "created_at"),
        lambda row: paging.Position(row.created_at, row.id),
        size=paging.page_size(request, default=_PAGE) or _PAGE,
        newest_first=True,
    )
    return Answer(responses.deliveries(page.rows), headers=paging.links(request, page))


@endpoint(
    scopes=WRITE,
    verified=True,
    body=Replay,
    result=ReplayObject,
    example={"since": "2026-11-23T09:30:00Z", "state": "failed"},
)
def replay_since(request: HttpRequest, by: Caller, webhook_id: str) -> Sequence[ReplayObject]:
    """
    Tell a webhook anew what it was told, or should have been, in a range of time.

    Each under its `webhook-id`, so that what was taken before is recognised. Pings are left out.
    """
    found = webhooks.find(webhook_id, by=by.actor)
    wish = read_shape(Replay, body(request))
    count = operations.replay_since(found, wish.since, wish.until, by=by.actor, state=wish.state)
    return [{"webhook": found.entity_id, "replayed": count}]


@endpoint(scopes=WRITE, verified=True, result=DeliveryObject)
def delivery(request: HttpRequest, by: Caller, delivery_id: str) -> Sequence[DeliveryObject]:
    """One delivery, and what came of it."""
    return responses.deliveries([operations.find(delivery_id, by=by.actor)])


@endpoint(scopes=WRITE, verified=True, result=DeliveryObject, refusals=(400,))
def replay(request: HttpRequest, by: Caller, delivery_id: str) -> Sequence[DeliveryObject]:
    """
    Send one delivery anew.

    Under its `webhook-id`, as if it had never been tried.
    """
    found = operations.find(delivery_id, by=by.actor)
    return responses.deliveries([operations.replay(found, by=by.actor)])
