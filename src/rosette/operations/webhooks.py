"""
Webhooks: who hears of an issuer's awards, and the asking for it in the transaction of a change.

What is sent, and when, is the business of ``deliveries``. Secrets are of the form that the
specification Standard Webhooks gives them, and sealed.
"""

import base64
import os
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple, TypedDict
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from rosette import sealing
from rosette.errors import InvalidInput, NotFound
from rosette.models import Event, Issuer, Webhook, WebhookDelivery
from rosette.models.base import new_entity_id
from rosette.models.webhooks import (
    AWARDS_PER_DELIVERY,
    NewDelivery,
    add_deliveries,
    listening,
)
from rosette.operations import audit, policies
from rosette.operations.policies import Actor, Reach
from rosette.queue import enqueue

EVENTS: Final = tuple(event for event in Event if event is not Event.PING)
"""What a webhook hears of unless it says otherwise."""
OVERLAP: Final = timedelta(hours=24)
"""How long the former secret signs beside a new one, unless said otherwise."""

_WEBHOOKS_MAX: Final = 10
_SECRET_BYTES: Final = 32
_DISABLED_REASON: Final = "The webhook was disabled."


class WebhookWish(TypedDict, total=False):
    """What a webhook is to be; what is not in it stays as it is."""

    url: str
    events: Sequence[Event]
    enabled: bool


class Told(NamedTuple):
    """A webhook and its secret, ``whsec_`` and base64, which is told this once."""

    webhook: Webhook
    secret: str


def tell(event: Event, awards: Mapping[int, Sequence[str]]) -> None:
    """
    Let the webhooks hear of what became of awards, by name, of each issuer, by row number.

    Called in the transaction of the change, and only for issuers that have webhooks, so that the
    others pay nothing. As many statements for one award as for a thousand; one more for each
    webhook.
    """
    wanted = listening(awards, event)
    new = [
        NewDelivery(new_entity_id(), number, awards[issuer_id][start : start + AWARDS_PER_DELIVERY])
        for issuer_id, numbers in wanted.items()
        for number in numbers
        for start in range(0, len(awards[issuer_id]), AWARDS_PER_DELIVERY)
    ]
    if not new:
        return
    add_deliveries(new, event, at=timezone.now())
    for number in dict.fromkeys(item.webhook_id for item in new):
        enqueue("deliver", webhook_id=number)


def of_issuer(issuer: Issuer, *, by: Actor) -> list[Webhook]:
    """The issuer's webhooks, the oldest first. Raises NotPermitted below owner."""
    policies.require(Reach.OWNER, by, issuer)
    return list(Webhook.objects.filter(issuer=issuer).select_related("issuer").order_by("pk"))


def find(entity_id: str, *, by: Actor) -> Webhook:
    """The webhook of this name, for an owner of its issuer. Raises NotFound."""
    webhook = (
        Webhook.objects.select_related("issuer")
        .filter(entity_id=entity_id, issuer__deleted_at=None)
        .first()
    )
    if webhook is None:
        raise NotFound
    policies.require(Reach.OWNER, by, webhook.issuer)
    return webhook


@transaction.atomic
def create(issuer: Issuer, wish: WebhookWish, *, by: Actor) -> Told:
    """
    A new webhook of the issuer.

    Raises NotPermitted below owner, and InvalidInput for an address that is not https and for
    one webhook too many.
    """
    policies.require(Reach.OWNER, by, issuer)
    _require_sendable(wish["url"])
    _locked(issuer)
    if Webhook.objects.filter(issuer=issuer).count() >= _WEBHOOKS_MAX:
        raise InvalidInput(general=[f"An issuer can have {_WEBHOOKS_MAX} webhooks, and no more."])
    now = timezone.now()
    name, secret = new_entity_id(), _new_secret()
    webhook = Webhook.objects.create(
        entity_id=name,
        issuer=issuer,
        url=wish["url"],
        events=[event.value for event in wish.get("events", EVENTS)],
        secret=_sealed(secret, name),
        disabled_at=None if wish.get("enabled", True) else now,
        created_at=now,
        updated_at=now,
    )
    _note_whether_heard(issuer)
    note("webhook.create", webhook, by=by.user_entity_id, events=sorted(webhook.events))
    return Told(webhook, secret)


@transaction.atomic
def change(webhook: Webhook, wish: WebhookWish, *, by: Actor) -> Webhook:
    """
    The webhook with the wished changes; one that is enabled begins anew.

    What still waits for one that is disabled is not sent; it can be replayed later. Raises
    NotPermitted below owner, and InvalidInput as ``create``.
    """
    policies.require(Reach.OWNER, by, webhook.issuer)
    if "url" in wish:
        _require_sendable(wish["url"])
    _locked(webhook.issuer)
    webhook = (
        Webhook.objects.select_for_update(of=("self",), no_key=True)
        .select_related("issuer")
        .get(pk=webhook.pk)
    )
    before = _seen(webhook)
    now = timezone.now()
    webhook.url = wish.get("url", webhook.url)
    webhook.events = [event.value for event in wish.get("events", map(Event, webhook.events))]
    if wish.get("enabled", webhook.is_enabled) is not webhook.is_enabled:
        if webhook.is_enabled:
            webhook.disabled_at = now
            give_up_waiting(webhook, why=_DISABLED_REASON)
        else:
            webhook.disabled_at, webhook.disabled_reason = None, ""
            webhook.failures, webhook.failing_since, webhook.rests_until = 0, None, None
    webhook.updated_at = now
    webhook.save()
    _note_whether_heard(webhook.issuer)
    # An address may have a secret in it.
    said = audit.compared(before, _seen(webhook), shown=("enabled", "events"))
    note("webhook.change", webhook, by=by.user_entity_id, **said)
    return webhook


@transaction.atomic
def remove(webhook: Webhook, *, by: Actor) -> None:
    """Remove the webhook with the log of its deliveries. Raises NotPermitted below owner."""
    policies.require(Reach.OWNER, by, webhook.issuer)
    _locked(webhook.issuer)
    # Who adds a delivery meanwhile is waited for, and who comes later sees that it is gone.
    Webhook.objects.select_for_update(of=("self",)).filter(pk=webhook.pk).first()
    webhook.delete()
    _note_whether_heard(webhook.issuer)
    note("webhook.remove", webhook, by=by.user_entity_id)


@transaction.atomic
def rotate(webhook: Webhook, *, by: Actor, overlap: timedelta = OVERLAP) -> Told:
    """
    The webhook with a new secret; the present one signs besides for as long as ``overlap``.

    Raises NotPermitted below owner.
    """
    policies.require(Reach.OWNER, by, webhook.issuer)
    webhook = (
        Webhook.objects.select_for_update(of=("self",), no_key=True)
        .select_related("issuer")
        .get(pk=webhook.pk)
    )
    now = timezone.now()
    secret = _new_secret()
    webhook.former_secret = webhook.secret if overlap else ""
    webhook.former_until = now + overlap if overlap else None
    webhook.secret = _sealed(secret, webhook.entity_id)
    webhook.updated_at = now
    webhook.save(update_fields=["secret", "former_secret", "former_until", "updated_at"])
    seconds = int(overlap.total_seconds())
    note("webhook.rotate", webhook, by=by.user_entity_id, overlap_seconds=seconds)
    return Told(webhook, secret)


@transaction.atomic
def disable(webhook_id: int, *, why: str, at: datetime) -> bool:
    """
    Tell the webhook no more, because it does not answer; False if it was disabled before.

    What waits for it is given up, and can be replayed once it is enabled.
    """
    issuer = Issuer.objects.filter(webhooks=webhook_id).first()
    if issuer is None:
        return False
    _locked(issuer)
    enabled = Webhook.objects.filter(pk=webhook_id, disabled_at=None)
    if not enabled.update(disabled_at=at, disabled_reason=why, busy_until=None, updated_at=at):
        return False
    webhook = Webhook.objects.select_related("issuer").get(pk=webhook_id)
    give_up_waiting(webhook, why=_DISABLED_REASON)
    _note_whether_heard(issuer)
    note("webhook.disable", webhook, by=audit.SERVER, at=at)
    return True


def note(action: audit.Action, webhook: Webhook, /, *, by: str, **said: Any) -> None:
    """Note in the audit log what was done to the webhook. Wants ``issuer`` selected."""
    issuer = webhook.issuer.entity_id
    audit.note(action, "webhook", webhook.entity_id, by=by, issuer=issuer, **said)


def _seen(webhook: Webhook) -> dict[str, Any]:
    return {
        "url": webhook.url,
        "events": sorted(webhook.events),
        "enabled": webhook.is_enabled,
    }


def give_up_waiting(webhook: Webhook, *, why: str) -> None:
    """Let nothing wait for the webhook any more."""
    waiting = WebhookDelivery.objects.filter(webhook=webhook, state=WebhookDelivery.State.WAITING)
    waiting.filter(problem="").update(problem=why)
    waiting.update(state=WebhookDelivery.State.FAILED)


def secrets_of(webhook: Webhook, *, at: datetime) -> list[bytes]:
    """
    The keys that sign at this time, the newest first.

    Raises WrongMasterKey if they were sealed with another master key than the present one.
    """
    sealed = [webhook.secret]
    if webhook.former_secret and webhook.former_until and at < webhook.former_until:
        sealed.append(webhook.former_secret)
    sealer, purpose = sealing.sealer(), _purpose(webhook.entity_id)
    return [sealer.unseal(text, purpose=purpose) for text in sealed]


def is_sendable(url: str) -> bool:
    """Whether an address is one that this server would tell anything: https, but in development."""
    parts = urlsplit(url)
    schemes = ("https", "http") if settings.ROSETTE.fetch_loopback else ("https",)
    return parts.scheme in schemes and parts.username is None


def _require_sendable(url: str) -> None:
    if not is_sendable(url):
        raise InvalidInput({"url": ["Enter an https address, without user name or password."]})


def _locked(issuer: Issuer) -> None:
    """Let nobody else say whether the issuer is heard until the transaction ends."""
    Issuer.objects.select_for_update(no_key=True).get(pk=issuer.pk)


def _note_whether_heard(issuer: Issuer) -> None:
    enabled = Webhook.objects.filter(issuer=OuterRef("pk"), disabled_at=None)
    Issuer.objects.filter(pk=issuer.pk).update(has_webhooks=Exists(enabled))


def _new_secret() -> str:
    return f"whsec_{base64.b64encode(os.urandom(_SECRET_BYTES)).decode()}"


def _sealed(secret: str, name: str) -> str:
    raw = base64.b64decode(secret.removeprefix("whsec_"))
    return sealing.sealer().seal(raw, purpose=_purpose(name))


def _purpose(name: str) -> str:
    """What the sealing is bound to, so that no secret can be put in another's place."""
    return f"secret of the webhook {name}"
