"""
The mails that Rosette sends of its own accord: asked for as rows, and sent by the worker.

What they say stands in ``letters``.
"""

import logging
import math
import smtplib
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from itertools import groupby
from typing import Final, NamedTuple

from django.core import mail
from django.core.exceptions import ValidationError
from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import Count, F, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django_tasks_db.models import DBTaskResult

from rosette import metrics
from rosette.errors import InvalidInput, NotFound
from rosette.models import (
    EmailAddress,
    Issuer,
    Notice,
    User,
)
from rosette.models.notices import GIVEN_UP, add_award_notices
from rosette.operations import audit, digests, letters, notifications, sandbox, subjects
from rosette.operations.notifications import Choice
from rosette.operations.subjects import Moot
from rosette.queue import enqueue

NOTICES_PER_JOB: Final = 100
BACKOFF: Final = (
    timedelta(seconds=15),
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=6),
    timedelta(hours=24),
)
"""How long to wait after the first, second … failed attempt; after the last, the notice failed."""

# Longer than the slowest conversation with a mail server, every answer of which may take 30 s.
_ATTEMPT_MAX: Final = timedelta(minutes=15)
_NOTED_WITHIN_SECONDS: Final = 300  # less than an attempt may take
_LOST_AFTER: Final = timedelta(hours=1)
_ERROR_MAX_LENGTH: Final = 500

log = logging.getLogger(__name__)


@transaction.atomic(savepoint=False)
def queue_award_notices(
    awards: Sequence[tuple[int, str]], *, kind: Notice.Kind = Notice.Kind.AWARD
) -> None:
    """
    Ask for one notice per award, given as (row number of the award, address).

    ``AWARD_AGAIN`` is for somebody who has asked for the mail themselves: no choice is looked at.
    Rows and jobs belong to the present transaction; a job does at most a hundred notices.
    """
    _enqueue(add_award_notices(awards, at=timezone.now(), kind=kind))


def send(notice_ids: Sequence[int]) -> None:
    """
    Send those of the notices that still wait and are due, over one connection.

    Each is first taken, in a transaction of its own, then sent outside of any, then marked. What
    somebody was about to send who then died, ``let_go`` gives free; so a mail may be repeated, but
    none is lost, and none is sent twice as long as the server answers. News that people do not
    want at once are held for their digest, or left out.
    """
    post = mail.get_connection()
    failed: list[_Failure] = []
    early: list[int] = []
    away: Exception | None = None
    try:
        for number in notice_ids:
            notice = _taken(number)
            if notice is None:
                early.append(number)
                continue
            if away:
                failed.append(_Failure(notice, away))
                continue
            try:
                letter = _letter_of(notice)
                if letter is None:
                    continue
                post.open()
                post.send_messages([letter])
            except Moot as reason:
                _settle(notice, Notice.State.SKIPPED, why=str(reason))
            # One notice that cannot be written must not keep back the others.
            except Exception as error:
                failed.append(_Failure(notice, error))
                if _is_away(error):
                    away = error
                log.warning("notice %s: %s", notice.pk, _without_address(error))
            else:
                _settle_surely(notice)
    finally:
        _postpone(failed)
        if early:
            _ask_again(early)
        with suppress(OSError):  # a failed goodbye changes nothing about what was sent
            post.close()


def let_go(notice_ids: Sequence[int]) -> None:
    """Whoever was sending these is dead: nobody is at the one that was not marked any more."""
    now = timezone.now()
    Notice.objects.filter(
        pk__in=notice_ids, state=Notice.State.QUEUED, due_at__lte=now + _ATTEMPT_MAX
    ).update(due_at=now)


def resume_lost() -> None:
    """Ask again for notices that are long due, and that no waiting job will send."""
    waiting = DBTaskResult.objects.ready().filter(
        task_path__in=["rosette.tasks.send_notices", "rosette.tasks.send_personal_notices"]
    )
    if waiting.exists():
        return  # what has to wait its turn is not lost
    lost = Notice.objects.filter(
        state=Notice.State.QUEUED, due_at__lt=timezone.now() - _LOST_AFTER
    ).order_by("pk")
    _enqueue(list(lost.values_list("pk", flat=True)))


class OutboxState(NamedTuple):
    """How many notices are in each state, and the latest ones that met trouble."""

    counts: dict[str, int]
    troubled: list[Notice]


def outbox_state(*, troubled: int = 10) -> OutboxState:
    """
    How sending goes.

    ``troubled`` are the latest notices that failed, or that wait for another attempt;
    ``last_error`` of each says why.
    """
    counted = dict(Notice.objects.values_list("state").annotate(Count("pk")))
    unsent = Notice.objects.filter(state__in=[*GIVEN_UP, Notice.State.QUEUED])
    return OutboxState(
        {state.value: counted.get(state.value, 0) for state in Notice.State},
        list(unsent.exclude(last_error="").order_by("-pk")[:troubled]),
    )


def page_of(state: str, *, before: int | None = None, limit: int = 50) -> list[Notice]:
    """Mails in this state, or in any if it is empty, the newest first; ``before`` a row number."""
    found = Notice.objects.all()
    if state:
        found = found.filter(state=state)
    if before is not None:
        found = found.filter(pk__lt=before)
    return list(found.order_by("-pk")[:limit])


@transaction.atomic
def retry(number: int) -> None:
    """
    Try once more to send a mail that failed, or that waits for its next attempt.

    Raises NotFound for any other.
    """
    waiting = Q(state__in=GIVEN_UP) | Q(state=Notice.State.QUEUED, attempts__gt=0)
    again = Notice.objects.filter(waiting, pk=number).update(
        state=Notice.State.QUEUED, attempts=0, due_at=timezone.now()
    )
    if not again:
        raise NotFound
    digests.try_again(number)
    audit.note_mine("mail.retry", "server", "", number=number)
    _enqueue([number])


@transaction.atomic
def send_test(person: User) -> Notice:
    """
    Ask for a mail that says that mail works, to the person's own address.

    Raises InvalidInput for somebody without one.
    """
    known = EmailAddress.objects.filter(user=person).order_by("-primary", "-verified", "pk").first()
    if known is None:
        raise InvalidInput(general=[_("You have no address that a mail could go to.")])
    notice = Notice.objects.create(kind=Notice.Kind.TEST, user=person, to=known.email)
    audit.note("mail.test", "user", person.entity_id, by=person.entity_id)
    enqueue("send_personal_notices", notice_ids=[notice.pk])
    return notice


def last_test(person: User) -> Notice | None:
    """What became of the newest of these mails."""
    tests = Notice.objects.filter(kind=Notice.Kind.TEST, user=person)
    return tests.order_by("-pk").first()


class _Failure(NamedTuple):
    notice: Notice
    error: Exception

    @property
    def is_final(self) -> bool:
        """Whether no further attempt is made: too many, or the server said no for good."""
        is_no_address = isinstance(self.error, ValidationError)
        tried = self.notice.attempts > len(BACKOFF)
        return tried or is_no_address or _is_refused(self.error)

    @property
    def wait(self) -> timedelta:
        return BACKOFF[self.notice.attempts - 1]


def _enqueue(numbers: Sequence[int], *, after: timedelta | None = None) -> None:
    for start in range(0, len(numbers), NOTICES_PER_JOB):
        chunk = list(numbers[start : start + NOTICES_PER_JOB])
        enqueue("send_notices", after=after, notice_ids=chunk)


def _taken(number: int) -> Notice | None:
    """
    The notice, ours until the attempt counts as lost; None if it is not to be sent now.

    A condition in one UPDATE instead of a lock: a lock would have to be held while a mail server
    is talked to.
    """
    now = timezone.now()
    # One that was never tried is due, even if the clock has gone back since it was asked for.
    due = Q(due_at__lte=now) | Q(attempts=0)
    taken = Notice.objects.filter(due, pk=number, state=Notice.State.QUEUED).update(
        due_at=now + _ATTEMPT_MAX, attempts=F("attempts") + 1
    )
    if not taken:
        return None
    # What the rarer kinds are about is read when it is asked for: to join it all takes longer.
    wanted = Notice.objects.select_related("assertion__badgeclass", "assertion__issuer")
    return wanted.filter(pk=number).first()


@transaction.atomic
def _ask_again(numbers: Sequence[int]) -> None:
    """
    Those that wait, and are not due yet: somebody else is at it, who may not live to its end, or
    the clock went back. The job that looked at them is gone, so another one shall.
    """
    now = timezone.now()
    waiting = Notice.objects.filter(pk__in=numbers, state=Notice.State.QUEUED)
    waits = {
        number: max(1, math.ceil((due_at - now).total_seconds()))
        for number, due_at in waiting.values_list("pk", "due_at")
    }
    for seconds, group in groupby(sorted(waits, key=waits.__getitem__), key=waits.__getitem__):
        _enqueue(list(group), after=timedelta(seconds=seconds))


def _letter_of(notice: Notice) -> letters.Letter | None:
    """The mail; None if it is held, or captured. Raises as ``letters.letter_of``."""
    if notice.kind == Notice.Kind.DIGEST:
        return digests.letter_of(notice)
    if (tried := subjects.sandbox_of(notice)) is not None:
        _capture(notice, tried, letters.letter_of(notice))
        return None
    wish = notifications.wish_about(notice)
    if wish is not None and wish.choice is Choice.NEVER:
        raise Moot(digests.UNWANTED)
    if wish is not None and wish.choice is Choice.DIGEST:
        digests.hold(notice, wish.user_id)
        return None
    return letters.letter_of(notice)


@transaction.atomic
def _capture(notice: Notice, issuer: Issuer, letter: letters.Letter) -> None:
    """Mails of a sandbox are sent to nobody; they lie in its inbox, unless it was emptied now."""
    if not Notice.objects.select_for_update().filter(pk=notice.pk).exists():
        return
    picture = notice.assertion.badgeclass.image if notice.assertion else ""
    sandbox.capture(issuer, notice, letter, picture=picture)
    _settle(notice, Notice.State.CAPTURED)


def _settle_surely(notice: Notice) -> None:
    """The mail server has taken it: if that is not noted, it goes out twice. So wait for that."""
    patience = time.monotonic() + _NOTED_WITHIN_SECONDS
    while True:
        try:
            _settle(notice, Notice.State.SENT)
            return
        except (OperationalError, InterfaceError):
            if time.monotonic() > patience:
                raise
            log.warning("notice %s was sent, and the database is away: it waits", notice.pk)
            connection.close()
            time.sleep(1)


@transaction.atomic
def _settle(notice: Notice, state: Notice.State, *, why: str = "") -> None:
    sent_at = timezone.now() if state is Notice.State.SENT else None
    Notice.objects.filter(pk=notice.pk).update(state=state, sent_at=sent_at, last_error=why)
    if sent_at and notice.kind == Notice.Kind.DIGEST:
        digests.sent(notice, at=sent_at)
    metrics.mail(state)


@transaction.atomic
def _postpone(failed: Sequence[_Failure]) -> None:
    """Give up what is to be given up; the rest is asked for again, one job for each wait."""
    now = timezone.now()
    again: list[_Failure] = []
    for failure in failed:
        notice = failure.notice
        notice.last_error = _said(failure.error)
        if failure.is_final:
            bounced = _is_refused(failure.error)
            notice.state = Notice.State.BOUNCED if bounced else Notice.State.FAILED
            metrics.mail(notice.state)
            if notice.kind == Notice.Kind.DIGEST:
                digests.given_up(notice)
        else:
            metrics.mail("postponed")
            notice.due_at = now + failure.wait
            again.append(failure)
    Notice.objects.bulk_update(
        [failure.notice for failure in failed], ["state", "due_at", "last_error"]
    )
    for wait, group in groupby(sorted(again, key=_wait), key=_wait):
        _enqueue([failure.notice.pk for failure in group], after=wait)


def _wait(failure: _Failure) -> timedelta:
    return failure.wait


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:_ERROR_MAX_LENGTH]


def _without_address(error: Exception) -> str:
    """For the log: a mail server's words about one mail name its recipient."""
    return _said(error) if _is_away(error) else type(error).__name__


def _is_refused(error: Exception) -> bool:
    """Whether the server refused this mail or its recipient for good (5yz, RFC 5321 4.2.1)."""
    match error:
        case smtplib.SMTPRecipientsRefused():
            return all(code >= 500 for code, _text in error.recipients.values())
        case smtplib.SMTPDataError():
            return error.smtp_code >= 500
        case _:
            return False


def _is_away(error: Exception) -> bool:
    """Whether the error is about the server as a whole, so that it would meet every mail."""
    about_one_mail = (
        smtplib.SMTPRecipientsRefused,
        smtplib.SMTPSenderRefused,
        smtplib.SMTPDataError,
    )
    return isinstance(error, OSError) and not isinstance(error, about_one_mail)
