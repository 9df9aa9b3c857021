"""
What webhooks are told: sent by the worker, tried again, kept in a log, sent anew on demand.

Signed after Standard Webhooks 1.0. A delivery is made at least once: who dies between the other
side's answer and our mark repeats it, under the same ``webhook-id``.
"""

import base64
import hashlib
import hmac
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

import orjson
from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from rosette import fetching
from rosette.errors import InvalidInput, NotFound
from rosette.fetching import FetchError
from rosette.models import Event, Notice, Webhook, WebhookDelivery
from rosette.models.assertions import AssertionRecord, assertion_records_named
from rosette.models.notices import add_staff_notices
from rosette.operations import policies, webhooks
from rosette.operations.policies import Actor, Reach
from rosette.queue import enqueue
from rosette.sealing import WrongMasterKey

Shown = Callable[[Sequence[AssertionRecord]], Sequence[Any]]
"""The awards as their issuer sees them over the API, in the same order."""

BACKOFF: Final = (
    timedelta(seconds=5),
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=6),
    timedelta(hours=15),
)
"""How long to wait after the first, second … failed try; after the last, the delivery failed."""
DISABLED_AFTER: Final = timedelta(hours=23)
"""A webhook at which nothing but failure was had for so long is disabled: about all of BACKOFF."""
KEPT: Final = timedelta(days=30)
"""How long the log remembers a delivery, and so how long it can be replayed."""

_TIMEOUT_SECONDS: Final = 10.0
_ANSWER_MAX_BYTES: Final = 1024
_LEASE: Final = timedelta(seconds=60)  # longer than one try
_LOST_AFTER: Final = timedelta(hours=1)
_PROBLEM_MAX_LENGTH: Final = 255
_GONE: Final = 410
_DEADLY: Final = "Each try broke off on our side."

_State = WebhookDelivery.State


def deliver(webhook_id: int, *, shown: Shown, seconds: float = 5) -> None:
    """
    Send what is due to the webhook, one after the other, for so many seconds or until a try fails;
    then ask for more.

    Nothing is done if somebody else is at it, or while it rests. No transaction is open while the
    other side is waited for.
    """
    if not _leased(webhook_id):
        return
    enough = time.monotonic() + seconds
    while (delivery := _next(webhook_id)) is not None:
        if not _tried(delivery, shown) or time.monotonic() > enough:
            break
    _release(webhook_id)


def find(entity_id: str, *, by: Actor) -> WebhookDelivery:
    """The delivery of this name, for an owner of its issuer. Raises NotFound."""
    delivery = (
        WebhookDelivery.objects.select_related("webhook__issuer")
        .filter(entity_id=entity_id, webhook__issuer__deleted_at=None)
        .first()
    )
    if delivery is None:
        raise NotFound
    policies.require(Reach.OWNER, by, delivery.webhook.issuer)
    return delivery


def log(webhook: Webhook, *, by: Actor, state: str | None = None) -> QuerySet[WebhookDelivery]:
    """The webhook's deliveries, in one state if that is given. Raises NotPermitted below owner."""
    policies.require(Reach.OWNER, by, webhook.issuer)
    found = WebhookDelivery.objects.filter(webhook=webhook).select_related("webhook")
    return found.filter(state=state) if state else found


@transaction.atomic
def ping(webhook: Webhook, *, by: Actor) -> WebhookDelivery:
    """
    Ask for a delivery that tells nothing, tried once and at once; the one that waits, if one does.

    Raises NotPermitted below owner, and InvalidInput for a disabled webhook.
    """
    webhook = _enabled(webhook, by=by)
    waiting = WebhookDelivery.objects.filter(
        webhook=webhook, event=Event.PING, state=_State.WAITING
    ).first()
    if waiting is not None:
        return waiting
    now = timezone.now()
    delivery = WebhookDelivery.objects.create(
        webhook=webhook, event=Event.PING, created_at=now, due_at=now
    )
    _wake(webhook)
    webhooks.note("webhook.ping", webhook, by=by.user_entity_id)
    return delivery


@transaction.atomic
def replay(delivery: WebhookDelivery, *, by: Actor) -> WebhookDelivery:
    """
    Send the delivery anew, under its ``webhook-id``, as if it had never been tried.

    Raises NotPermitted below owner, and InvalidInput for a disabled webhook.
    """
    webhook = _enabled(delivery.webhook, by=by)
    _again(WebhookDelivery.objects.filter(pk=delivery.pk))
    _wake(webhook)
    webhooks.note("webhook.replay", webhook, by=by.user_entity_id, delivery=delivery.entity_id)
    return WebhookDelivery.objects.select_related("webhook").get(pk=delivery.pk)


@transaction.atomic
def replay_since(
    webhook: Webhook,
    since: datetime,
    until: datetime | None,
    *,
    by: Actor,
    state: str | None = None,
) -> int:
    """
    Send anew whatever came to be told from ``since`` to ``until``; how many deliveries that is.

    ``state``: only those that failed, or only those that were delivered. Raises as ``replay``.
    """
    webhook = _enabled(webhook, by=by)
    chosen = WebhookDelivery.objects.filter(webhook=webhook, created_at__gte=since)
    if until is not None:
        chosen = chosen.filter(created_at__lte=until)
    if state is not None:
        chosen = chosen.filter(state=state)
    count = _again(chosen.exclude(state=_State.WAITING).exclude(event=Event.PING))
    if count:
        _wake(webhook)
        webhooks.note("webhook.replay", webhook, by=by.user_entity_id, count=count)
    return count


def resume_lost() -> None:
    """Ask again for webhooks that long should have heard something."""
    long_ago = timezone.now() - _LOST_AFTER
    lost = _waiting(due_before=long_ago).filter(webhook__disabled_at=None)
    resting = Q(webhook__rests_until__gt=timezone.now())
    for number in lost.exclude(resting).values_list("webhook_id", flat=True).distinct():
        enqueue("deliver", webhook_id=number)


def forget(*, at: datetime) -> None:
    """Throw away what the log need not remember, and webhooks of issuers that are long gone."""
    settled = WebhookDelivery.objects.exclude(state=_State.WAITING)
    settled.filter(created_at__lt=at - KEPT).delete()
    Webhook.objects.filter(issuer__deleted_at__lt=at - KEPT).delete()


def signature(name: str, at: datetime, body: bytes, secrets: Sequence[bytes]) -> str:
    """The header ``webhook-signature``: one ``v1`` for each secret (Standard Webhooks)."""
    signed = b".".join([name.encode(), str(int(at.timestamp())).encode(), body])
    macs = [hmac.digest(secret, signed, hashlib.sha256) for secret in secrets]
    return " ".join(f"v1,{base64.b64encode(mac).decode()}" for mac in macs)


class _Outcome(NamedTuple):
    """
    What a try came to: the status, if there was an answer, and its first kilobyte.

    ``problem``: why it failed, empty if it did not.
    """

    problem: str = ""
    status: int | None = None
    answer: str = ""


def _waiting(*, due_before: datetime) -> QuerySet[WebhookDelivery]:
    return WebhookDelivery.objects.filter(state=_State.WAITING, due_at__lte=due_before)


@transaction.atomic
def _leased(webhook_id: int) -> bool:
    """Take the webhook for a while if it has anything due, and have somebody look after it."""
    now = timezone.now()
    due = _waiting(due_before=now).filter(webhook=OuterRef("pk"))
    taken = Webhook.objects.filter(
        Q(busy_until=None) | Q(busy_until__lt=now),
        Q(rests_until=None) | Q(rests_until__lte=now),
        Exists(due),
        pk=webhook_id,
        disabled_at=None,
    ).update(busy_until=now + _LEASE)
    if not taken:
        return False
    # A try of which nothing was ever noted has killed us; not over and over again.
    deadly = WebhookDelivery.objects.filter(
        webhook=webhook_id, state=_State.WAITING, tries__gt=len(BACKOFF)
    )
    deadly.update(state=_State.FAILED, problem=_DEADLY)
    enqueue("deliver", webhook_id=webhook_id, after=_LEASE + timedelta(seconds=1))
    return True


def _next(webhook_id: int) -> WebhookDelivery | None:
    """What is due first, pings before all; noted as tried, so that a try that kills us counts."""
    now = timezone.now()
    due = _waiting(due_before=now).filter(webhook=webhook_id, webhook__disabled_at=None)
    due = due.select_related("webhook__issuer").order_by("due_at", "id")
    delivery = due.filter(event=Event.PING).first() or due.first()
    if delivery is not None:
        WebhookDelivery.objects.filter(pk=delivery.pk).update(tries=F("tries") + 1, tried_at=now)
        Webhook.objects.filter(pk=webhook_id).update(busy_until=now + _LEASE)
        delivery.tries += 1
    return delivery


def _tried(delivery: WebhookDelivery, shown: Shown) -> bool:
    """Whether the webhook took the delivery; what came of it is noted."""
    begun = time.monotonic()
    outcome = _told(delivery, shown)
    delivery.milliseconds = round((time.monotonic() - begun) * 1000)
    delivery.status, delivery.answer = outcome.status, outcome.answer
    delivery.problem = outcome.problem[:_PROBLEM_MAX_LENGTH]
    if _note(delivery, is_gone=outcome.status == _GONE):
        lasted = "" if outcome.status == _GONE else "It failed for a day. "
        _disable(delivery.webhook_id, why=lasted + outcome.problem)
    return not outcome.problem


def _told(delivery: WebhookDelivery, shown: Shown) -> _Outcome:
    """Tell the webhook: 2xx is its yes."""
    webhook, now = delivery.webhook, timezone.now()
    if not webhooks.is_sendable(webhook.url):
        return _Outcome("Only https addresses are told anything.")
    found = assertion_records_named(delivery.awards)
    awards = [found[name] for name in delivery.awards if name in found]
    body = orjson.dumps(
        {
            "type": delivery.event,
            "timestamp": delivery.created_at,
            "data": {
                "webhook": webhook.entity_id,
                "issuer": webhook.issuer.entity_id,
                "assertions": shown(awards),
            },
        },
        option=orjson.OPT_UTC_Z,
    )
    try:
        secrets = webhooks.secrets_of(webhook, at=now)
        answer = fetching.fetch(
            webhook.url,
            accept="*/*",
            max_bytes=_ANSWER_MAX_BYTES,
            is_cut=True,
            timeout_seconds=_TIMEOUT_SECONDS,
            allow_loopback=settings.ROSETTE.fetch_loopback,
            headers={
                "Content-Type": "application/json",
                "webhook-id": delivery.entity_id,
                "webhook-timestamp": str(int(now.timestamp())),
                "webhook-signature": signature(delivery.entity_id, now, body, secrets),
            },
            content=body,
        )
    except FetchError as error:
        return _Outcome(error.message)
    except WrongMasterKey:
        return _Outcome("The secret cannot be opened: this server has another master key.")
    is_taken = 200 <= answer.status < 300
    problem = "" if is_taken else f"It answered with status {answer.status}."
    text = answer.content.decode("utf-8", "replace").replace("\x00", "\N{REPLACEMENT CHARACTER}")
    return _Outcome(problem, answer.status, text)


@transaction.atomic
def _note(delivery: WebhookDelivery, *, is_gone: bool) -> bool:
    """Write down what became of a try; whether its webhook is to be disabled for it."""
    webhook = Webhook.objects.select_for_update(no_key=True).filter(pk=delivery.webhook_id).first()
    if webhook is None:
        return False  # it was removed meanwhile
    now = timezone.now()
    is_ping = delivery.event == Event.PING
    if not delivery.problem:
        delivery.state = _State.DELIVERED
        webhook.failures, webhook.failing_since, webhook.rests_until = 0, None, None
    elif is_ping or delivery.tries > len(BACKOFF) or not webhook.is_enabled:
        delivery.state = _State.FAILED
    else:
        delivery.due_at = now + BACKOFF[delivery.tries - 1]
    if delivery.problem and not is_ping:
        webhook.failures += 1
        webhook.failing_since = webhook.failing_since or now
        webhook.rests_until = now + BACKOFF[min(webhook.failures, len(BACKOFF)) - 1]
    webhook.save(update_fields=["failures", "failing_since", "rests_until"])
    changed = ["state", "due_at", "status", "milliseconds", "answer", "problem"]
    WebhookDelivery.objects.filter(pk=delivery.pk).update(
        **{name: getattr(delivery, name) for name in changed}
    )
    since = webhook.failing_since
    return (
        bool(delivery.problem)
        and not is_ping
        and (is_gone or (since is not None and now - since >= DISABLED_AFTER))
    )


@transaction.atomic
def _disable(webhook_id: int, *, why: str) -> None:
    """Tell the webhook no more, and its owners that this is so."""
    now = timezone.now()
    if not webhooks.disable(webhook_id, why=why[:_PROBLEM_MAX_LENGTH], at=now):
        return
    issuer = Webhook.objects.values_list("issuer_id", flat=True).get(pk=webhook_id)
    if made := add_staff_notices(Notice.Kind.WEBHOOK_DISABLED, issuer, at=now):
        enqueue("send_notices", notice_ids=made)


@transaction.atomic
def _release(webhook_id: int) -> None:
    """Let go of the webhook, and ask for its next try if there is to be one."""
    Webhook.objects.filter(pk=webhook_id).update(busy_until=None)
    # Read after the release: who came before it, and found us busy, has left its delivery by now.
    webhook = Webhook.objects.filter(pk=webhook_id, disabled_at=None).first()
    waiting = WebhookDelivery.objects.filter(webhook=webhook_id, state=_State.WAITING)
    first = waiting.order_by("due_at").values_list("due_at", flat=True).first()
    if webhook is None or first is None:
        return
    begins_at = max(first, webhook.rests_until or first)
    wait = begins_at - timezone.now()
    enqueue("deliver", webhook_id=webhook_id, after=wait if wait > timedelta() else None)


def _enabled(webhook: Webhook, *, by: Actor) -> Webhook:
    """The webhook, locked. Raises NotPermitted below owner, and InvalidInput if it is disabled."""
    policies.require(Reach.OWNER, by, webhook.issuer)
    locked = (
        Webhook.objects.select_for_update(of=("self",), no_key=True)
        .select_related("issuer")
        .get(pk=webhook.pk)
    )
    if not locked.is_enabled:
        raise InvalidInput(general=["The webhook is disabled. Enable it first."])
    return locked


def _again(chosen: QuerySet[WebhookDelivery]) -> int:
    return chosen.update(state=_State.WAITING, tries=0, due_at=timezone.now(), problem="")


def _wake(webhook: Webhook) -> None:
    """Somebody says that the webhook is well again: no more rest."""
    Webhook.objects.filter(pk=webhook.pk).update(rests_until=None)
    enqueue("deliver", webhook_id=webhook.pk)
