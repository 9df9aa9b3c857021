"""
Digests: what somebody wants to be told once a day is held, and told in one mail at a fixed hour.

The row of the digest is made first, and with it it is settled what it tells of; so a second attempt
tells the same. A job for the hour is asked for in the transaction that holds something.
"""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import F, Min, Q, QuerySet
from django.utils import timezone
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from rosette import metrics
from rosette.models import EmailAddress, Held, Notice, User
from rosette.models.notices import GIVEN_UP
from rosette.operations import news, notifications
from rosette.operations.letters import Letter
from rosette.operations.news import News
from rosette.operations.notifications import Choice
from rosette.operations.subjects import Moot
from rosette.queue import enqueue

UNWANTED: Final = "mails of this kind are not wanted"

_AT_ONCE: Final = 100
_PUNCTUAL: Final = timedelta(minutes=1)
_NEEDS: Final = (
    "user",
    "assertion__badgeclass",
    "assertion__issuer",
    "about_requests__issuer",
)


def hour_after(moment: datetime) -> datetime:
    """The next moment at which digests are made."""
    hour = settings.ROSETTE.digest_hour
    today = moment.astimezone(UTC).replace(hour=hour, minute=0, second=0, microsecond=0)
    return today if today > moment else today + timedelta(days=1)


def held_for(person: User) -> int:
    """How much waits for the person's next digest."""
    return Held.objects.filter(user=person, digest=None, notice__state=Notice.State.HELD).count()


@transaction.atomic
def hold(notice: Notice, user_id: int) -> None:
    """Let the notice, which somebody has just taken to send it, wait for this person's digest."""
    due_at = hour_after(timezone.now())
    held = Notice.objects.filter(pk=notice.pk, state=Notice.State.QUEUED).update(
        state=Notice.State.HELD, due_at=due_at, attempts=F("attempts") - 1
    )
    if not held:
        return  # it was undone meanwhile
    # It may have been in one that failed before.
    Held.objects.update_or_create(
        notice=notice, defaults={"user_id": user_id, "due_at": due_at, "digest": None}
    )
    _ask(due_at)
    metrics.mail(Notice.State.HELD)


def make() -> None:
    """Make the digests that are due, some people in each transaction; the worker sends them."""
    now = timezone.now()
    waiting = Held.objects.filter(digest=None, due_at__lte=now)
    for held in waiting.filter(user=None).select_related("notice"):
        _release(held.notice)
    due = waiting.exclude(user=None).order_by("user_id")
    while people := list(due.values_list("user_id", flat=True).distinct()[:_AT_ONCE]):
        _make_for(people, at=now)
    left = Held.objects.filter(digest=None).aggregate(at=Min("due_at"))["at"]
    if left is not None:
        _ask(left)


def resume_lost() -> None:
    """Ask again for digests that are due, and that no waiting job will make."""
    now = timezone.now()
    if Held.objects.filter(digest=None, due_at__lte=now).exists():
        _ask(now)


def letter_of(digest: Notice) -> Letter:
    """
    The mail, of what is still to be told; whatever is not, is left out or sent by itself.

    Raises Moot if nothing is left, and ValidationError.
    """
    told = _told(digest)
    if not told:
        raise Moot("there is nothing left to tell")
    return news.digest(digest, told)


def sent(digest: Notice, *, at: datetime) -> None:
    """All that was in the digest is told."""
    _in(digest).update(state=Notice.State.SENT, sent_at=at, last_error="")
    Held.objects.filter(digest=digest).delete()


def given_up(digest: Notice) -> None:
    """None of what was in it will be told, unless somebody tries once more."""
    _in(digest).update(state=digest.state, last_error=digest.last_error)


def try_again(number: int) -> None:
    """The notice is to be sent by itself, if it was in a digest; if it is one, with all in it."""
    Held.objects.filter(notice=number).delete()
    Notice.objects.filter(held__digest=number, state__in=GIVEN_UP).update(state=Notice.State.HELD)


@transaction.atomic
def _told(digest: Notice) -> list[News]:
    told: dict[News, None] = {}  # what two notices say is told once
    for notice in _items(digest):
        wish = notifications.wish_about(notice)
        if wish is None or wish.user_id != digest.user_id:
            _release(notice)
            continue
        try:
            if wish.choice is Choice.NEVER:
                raise Moot(UNWANTED)
            lines = news.news_of(notice)
        except Moot as reason:
            _leave_out(notice, str(reason))
            continue
        told.update(dict.fromkeys(lines))
    return list(told)


@transaction.atomic
def _make_for(people: Collection[int], *, at: datetime) -> None:
    # Locked, so that of two who make digests at a time, one sees what the other has made.
    locked = User.objects.select_for_update(no_key=True).filter(pk__in=people).order_by("pk")
    numbers = list(locked.values_list("pk", flat=True))
    last_hour = hour_after(at) - timedelta(days=1)
    had = Notice.objects.filter(
        kind=Notice.Kind.DIGEST, user__in=numbers, created_at__gte=last_hour
    )
    due = Held.objects.filter(digest=None, due_at__lte=at, user__in=numbers)
    # One a day: what was held at the last moment waits for the next.
    due.filter(user__in=had.values("user_id")).update(due_at=hour_after(at))
    waiting = set(due.values_list("user_id", flat=True))
    addresses = _addresses(waiting)
    made = Notice.objects.bulk_create(
        Notice(
            kind=Notice.Kind.DIGEST,
            user_id=number,
            to=addresses[number],
            created_at=at,
            due_at=at,
        )
        for number in sorted(addresses)
    )
    for digest in made:
        due.filter(user=digest.user_id).update(digest=digest)
    for held in due.filter(user__in=waiting - addresses.keys()).select_related("notice"):
        _release(held.notice)
    if made:
        enqueue("send_notices", notice_ids=[digest.pk for digest in made])


def _addresses(people: Collection[int]) -> dict[int, str]:
    """Where each of the people gets mail: their main address, or another one of their own."""
    found = EmailAddress.objects.filter(user__in=people, verified=True, user__is_active=True)
    return dict(found.order_by("primary", "-pk").values_list("user_id", "email"))


def _items(digest: Notice) -> list[Notice]:
    return list(
        Notice.objects.select_related(*_NEEDS)
        .filter(held__digest=digest, state=Notice.State.HELD)
        .order_by("pk")
    )


def _in(digest: Notice) -> QuerySet[Notice]:
    numbers = Held.objects.filter(digest=digest).values("notice_id")
    return Notice.objects.filter(pk__in=numbers, state=Notice.State.HELD)


@transaction.atomic
def _release(notice: Notice) -> None:
    """
    It is nobody's digest any more: what is told to an address goes there at once, as to all who
    have no account here.
    """
    if notice.kind != Notice.Kind.AWARD:
        _leave_out(notice, "whom it was for has no address any more")
        return
    Held.objects.filter(notice=notice).delete()
    Notice.objects.filter(pk=notice.pk, state=Notice.State.HELD).update(
        state=Notice.State.QUEUED, due_at=timezone.now()
    )
    enqueue("send_notices", notice_ids=[notice.pk])


def _leave_out(notice: Notice, why: str) -> None:
    Held.objects.filter(notice=notice).delete()
    Notice.objects.filter(pk=notice.pk, state=Notice.State.HELD).update(
        state=Notice.State.SKIPPED, last_error=why
    )
    metrics.mail(Notice.State.SKIPPED)


@transaction.atomic
def _ask(at: datetime) -> None:
    """See to it that digests are made at this moment; asked for twice, it is still done once."""
    waiting = DBTaskResult.objects.filter(
        Q(run_after=None) | Q(run_after__lte=at + _PUNCTUAL),
        task_path="rosette.tasks.send_digests",
        status=TaskResultStatus.READY,
    )
    if not waiting.exists():
        enqueue("send_digests", after=max(timedelta(), at - timezone.now()))
