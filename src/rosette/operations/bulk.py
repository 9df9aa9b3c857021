"""
Award by the hundred thousand: jobs that go on in the background, and can be stopped and undone.

Each step deals with one stretch of lines, in one transaction with its awards, their notices and
the count; so a worker that is killed loses nothing, and repeats nothing. A worker goes from step
to step for some seconds and then lets other work pass. Before it begins, it asks for somebody to
look after the job a while later, in case it does not live to the end.
"""

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from rosette import metrics
from rosette.errors import InvalidInput, NotFound, NotPermitted
from rosette.models import Assertion, AwardJob, Event, Notice, Stretch
from rosette.models.badgeclasses import BadgeClassRecord, badgeclass_record
from rosette.models.jobs import LINES_PER_STRETCH, OPEN, packed, unpacked
from rosette.operations import assertions, audit, policies, webhooks
from rosette.operations.assertions import Award
from rosette.operations.policies import Actor, Reach
from rosette.queue import enqueue

Errors = dict[str, Any]
Line = Award | Errors
"""A wish, or what is wrong with it, by field."""

_LEASE: Final = timedelta(seconds=15)
_REASON: Final = "Awarded in error"
_ENDED: Final = (AwardJob.State.DONE, AwardJob.State.CANCELLED, AwardJob.State.FAILED)


class PackedLines(NamedTuple):
    """How many lines there are, and the lines, a thousand to the piece."""

    total: int
    stretches: list[bytes]


class Outcome(NamedTuple):
    """
    What became of one line; ``number`` counts from 1.

    ``award``: the name of the award that was made; ``errors``: why there is none. Neither: the
    line still waits, or the job ended before it.
    """

    number: int
    award: str | None
    errors: Errors | None


def packed_lines(lines: Iterable[Line]) -> PackedLines:
    """
    The lines, read to their end and packed, so that no transaction waits for whoever sends them.

    Raises InvalidInput if there are none or too many.
    """
    at_most = settings.ROSETTE.job_max_awards
    stretches: list[bytes] = []
    total = 0
    for stretch in _stretches(lines):
        total += len(stretch)
        if total > at_most:
            raise InvalidInput(general=[f"No more than {at_most} awards can be made in one job."])
        stretches.append(packed([_kept(line) for line in stretch]))
    if not total:
        raise InvalidInput(general=["There is nothing to award."])
    return PackedLines(total, stretches)


@transaction.atomic
def begin(
    badgeclass: BadgeClassRecord,
    lines: PackedLines,
    *,
    by: Actor,
    begins_at: datetime | None = None,
) -> AwardJob:
    """
    Take the lines, and ask for a worker, at once or from a moment on. What is wrong with a line
    hinders no other line.

    Raises NotPermitted below staff, and InvalidInput if the badge class is archived.
    """
    policies.require_awarding(by, badgeclass)
    now = timezone.now()
    job = AwardJob.objects.create(
        badgeclass_id=badgeclass.id,
        created_by_id=by.user_id,
        by_grant=badgeclass.role is None,
        total=lines.total,
        begins_at=begins_at,
        created_at=now,
        updated_at=now,
    )
    Stretch.objects.bulk_create(
        (Stretch(job=job, number=at, lines=kept) for at, kept in enumerate(lines.stretches)),
        batch_size=100,
    )
    audit.note(
        "job.begin",
        "job",
        job.entity_id,
        by=by.user_entity_id,
        issuer=badgeclass.issuer_entity_id,
        badgeclass=badgeclass.entity_id,
        total=lines.total,
    )
    after = max(begins_at - now, timedelta()) if begins_at else None
    enqueue("carry_on_award_job", after=after, job_id=job.pk)
    return job


def find(entity_id: str, *, by: Actor, reach: Reach = Reach.STAFF) -> AwardJob:
    """The job of this name, for somebody who reaches that far at its issuer. Raises NotFound."""
    job = (
        AwardJob.objects.select_related("badgeclass__issuer", "created_by")
        .filter(entity_id=entity_id)
        .first()
    )
    if job is None or policies.reach_at(job.badgeclass.issuer, by) < reach:
        raise NotFound
    return job


def carry_on(job_id: int, *, seconds: float = 5) -> None:
    """
    Work on the job for so many seconds, unless somebody else does or it is at its end; then ask
    for more.
    """
    if not _lease(job_id):
        return
    enough = time.monotonic() + seconds
    while _step(job_id):
        if time.monotonic() > enough:
            with transaction.atomic():
                AwardJob.objects.filter(pk=job_id).update(busy_until=None)
                enqueue("carry_on_award_job", job_id=job_id)
            return


@transaction.atomic
def cancel(job: AwardJob, *, by: Actor) -> AwardJob:
    """
    Stop the job where it is; the awards that it has made stay.

    Raises NotPermitted below staff, and InvalidInput once it has ended.
    """
    job = _locked(job, by=by, reach=Reach.STAFF)
    if not job.is_open:
        raise InvalidInput(general=["The job has ended already."])
    _end(job, AwardJob.State.CANCELLED)
    _note("job.cancel", job, by=by.user_entity_id, done=job.done)
    return job


@transaction.atomic
def undo(job: AwardJob, *, by: Actor) -> AwardJob:
    """
    Take back all awards of an ended job, in the background: they are revoked, and notices that
    have not left are not sent.

    Raises NotPermitted below editor, and InvalidInput while the job goes on and when it is too
    late.
    """
    job = _locked(job, by=by, reach=Reach.EDITOR)
    if job.state not in _ENDED:
        said = "Cancel the job first." if job.is_open else "The job is undone already."
        raise InvalidInput(general=[said])
    until = undo_until(job)
    if until is None or timezone.now() > until:
        raise InvalidInput(general=["It is too late to undo this job."])
    _end(job, AwardJob.State.UNDOING)
    _note("job.undo", job, by=by.user_entity_id)
    enqueue("carry_on_award_job", job_id=job.pk)
    return job


def undo_until(job: AwardJob) -> datetime | None:
    """Until when the job can be undone; None while it cannot be."""
    if job.finished_at is None or job.state not in _ENDED:
        return None
    return job.finished_at + timedelta(seconds=settings.ROSETTE.job_undo_seconds)


def outcomes(job: AwardJob, *, first: int = 1, only_failed: bool = False) -> Iterator[Outcome]:
    """What became of each line, from the ``first`` on; one stretch of them is in memory."""
    skipped = (first - 1) // LINES_PER_STRETCH
    stretches = job.stretches.filter(number__gte=skipped).order_by("number")
    for stretch in stretches.iterator(chunk_size=1):
        for number, line in enumerate(_told(stretch), stretch.number * LINES_PER_STRETCH + 1):
            outcome = Outcome(
                number,
                line if isinstance(line, str) else None,
                line if isinstance(line, dict) else None,
            )
            if number >= first and not (only_failed and outcome.errors is None):
                yield outcome


def refused(job: AwardJob) -> Iterator[tuple[int, Award | None, Errors]]:
    """
    The lines that became no award: number, counted from 1, what was wished, and why not.

    There is no wish where the line made no sense to begin with.
    """
    for stretch in job.stretches.order_by("number").iterator(chunk_size=1):
        if stretch.outcome is None:
            continue
        begin = stretch.number * LINES_PER_STRETCH + 1
        pairs = zip(unpacked(stretch.lines), unpacked(stretch.outcome), strict=True)
        for number, (line, outcome) in enumerate(pairs, begin):
            if isinstance(outcome, dict):
                yield number, _wish(line) if isinstance(line, list) else None, outcome


def _told(stretch: Stretch) -> list[str | Errors | None]:
    if stretch.outcome is not None:
        return unpacked(stretch.outcome)
    return [line if isinstance(line, dict) else None for line in unpacked(stretch.lines)]


def _stretches(lines: Iterable[Line]) -> Iterator[list[Line]]:
    stretch: list[Line] = []
    for line in lines:
        stretch.append(line)
        if len(stretch) == LINES_PER_STRETCH:
            yield stretch
            stretch = []
    if stretch:
        yield stretch


def _kept(line: Line) -> Any:
    """A line as JSON: a wish becomes a list, in the order of its fields."""
    return list(line) if isinstance(line, Award) else line


def _wish(kept: list[Any]) -> Award:
    wish = Award._make(kept)
    return wish._replace(
        issued_on=wish.issued_on and datetime.fromisoformat(str(wish.issued_on)),
        expires_on=wish.expires_on and datetime.fromisoformat(str(wish.expires_on)),
    )


@transaction.atomic
def _lease(job_id: int) -> bool:
    """Take the job for a while, and have somebody look after it thereafter."""
    now = timezone.now()
    free = Q(busy_until=None) | Q(busy_until__lt=now)
    jobs = AwardJob.objects.filter(free, pk=job_id, state__in=[*OPEN, AwardJob.State.UNDOING])
    if not jobs.update(busy_until=now + _LEASE):
        return False
    enqueue("carry_on_award_job", job_id=job_id, after=_LEASE + timedelta(seconds=1))
    return True


@transaction.atomic
def _step(job_id: int) -> bool:
    """Deal with one stretch; whether there may be more to do."""
    locked = AwardJob.objects.select_for_update(of=("self",))
    job = locked.select_related("badgeclass__issuer").filter(pk=job_id).first()
    if job is None:  # its sandbox was emptied
        return False
    job.busy_until = timezone.now() + _LEASE
    if job.is_open:
        return _award_step(job)
    return job.state == AwardJob.State.UNDOING and _undo_step(job)


def _award_step(job: AwardJob) -> bool:
    stretch = job.stretches.filter(outcome=None).order_by("number").first()
    if stretch is None:
        _end(job, AwardJob.State.DONE)
        _note("job.end", job, by=audit.SERVER, awarded=job.awarded, failed=job.failed)
        return False
    try:
        outcome = _dealt_with(job, unpacked(stretch.lines))
    except _Stopped as stopped:
        job.problem = str(stopped)
        _end(job, AwardJob.State.FAILED)
        _note("job.end", job, by=audit.SERVER, awarded=job.awarded, problem=job.problem)
        return False
    stretch.outcome = packed(outcome)
    stretch.save(update_fields=["outcome"])
    job.state = AwardJob.State.RUNNING
    job.done += len(outcome)
    job.failed += sum(isinstance(line, dict) for line in outcome)
    _save(job)
    return True


class _Stopped(Exception):
    """The job cannot go on; the text says why."""


def _dealt_with(job: AwardJob, lines: list[Any]) -> list[str | Errors]:
    """Award what can be awarded: the name of each award, or the errors of the line."""
    badgeclass, by = _grounds(job)
    outcome: list[Any] = list(lines)
    left = [at for at, line in enumerate(lines) if isinstance(line, list)]
    while left:
        wishes = [_wish(lines[at]) for at in left]
        try:
            made = assertions.award_many(badgeclass, wishes, by=by)
        except InvalidInput as refusal:
            if refusal.rows is None:
                raise
            for at, errors in zip(left, refusal.rows, strict=True):
                outcome[at] = errors or lines[at]
            left = [at for at in left if isinstance(outcome[at], list)]
            continue
        for at, award in zip(left, made, strict=True):
            outcome[at] = award.entity_id
        break
    return outcome


def _grounds(job: AwardJob) -> tuple[BadgeClassRecord, Actor]:
    """The badge class as it is now, and who asked for the awards, if they still may."""
    person = job.created_by
    if person is None or not person.is_active:
        raise _Stopped("Whoever asked for these awards has no account any more.")
    badgeclass = badgeclass_record(job.badgeclass.entity_id, person.pk)
    if badgeclass is None:
        raise _Stopped("The badge class is gone.")
    by = Actor.person(person)
    if job.by_grant:
        by = replace(by, granted=frozenset({badgeclass.issuer_entity_id}))
    try:
        policies.require_awarding(by, badgeclass)
    except NotPermitted as refusal:
        raise _Stopped("Whoever asked for these awards may not award any more.") from refusal
    except InvalidInput as refusal:
        raise _Stopped(policies.ARCHIVED) from refusal
    return badgeclass, by


def _undo_step(job: AwardJob) -> bool:
    made = job.stretches.filter(is_undone=False).exclude(outcome=None)
    stretch = made.order_by("number").first()
    if stretch is None or stretch.outcome is None:
        _end(job, AwardJob.State.UNDONE)
        _note("job.end", job, by=audit.SERVER, undone=True)
        return False
    names = [line for line in unpacked(stretch.outcome) if isinstance(line, str)]
    now = timezone.now()
    awards = Assertion.objects.filter(entity_id__in=names, revoked_at=None)
    unsent = [Notice.State.QUEUED, Notice.State.HELD]
    Notice.objects.filter(assertion__in=awards, state__in=unsent).update(
        state=Notice.State.SKIPPED, last_error="The award was undone."
    )
    issuer = job.badgeclass.issuer
    revoked = list(awards.values_list("entity_id", flat=True))
    awards.update(revoked_at=now, revocation_reason=_REASON, updated_at=now)
    metrics.revocations(len(revoked))
    audit.note(
        "award.revoke",
        "badgeclass",
        job.badgeclass.entity_id,
        by=audit.SERVER,
        issuer=issuer.entity_id,
        at=now,
        job=job.entity_id,
        count=len(revoked),
        digest=audit.digest(revoked),
    )
    if issuer.has_webhooks and revoked:
        webhooks.tell(Event.REVOKED, {issuer.pk: revoked})
    stretch.is_undone = True
    stretch.save(update_fields=["is_undone"])
    _save(job)
    return True


def _locked(job: AwardJob, *, by: Actor, reach: Reach) -> AwardJob:
    if policies.reach_at(job.badgeclass.issuer, by) < reach:
        raise NotPermitted
    locked = AwardJob.objects.select_for_update(of=("self",))
    return locked.select_related("badgeclass__issuer", "created_by").get(pk=job.pk)


def _note(action: audit.Action, job: AwardJob, /, *, by: str, **said: Any) -> None:
    issuer = job.badgeclass.issuer.entity_id
    said["badgeclass"] = job.badgeclass.entity_id
    audit.note(action, "job", job.entity_id, by=by, issuer=issuer, **said)


def _end(job: AwardJob, state: AwardJob.State) -> None:
    job.state, job.busy_until = state, None
    if state in _ENDED:
        job.finished_at = timezone.now()
    _save(job)


def _save(job: AwardJob) -> None:
    job.updated_at = timezone.now()
    job.save()


def of_badgeclass(badgeclass: BadgeClassRecord, *, limit: int) -> Sequence[AwardJob]:
    """The latest jobs of the badge class, the newest first."""
    jobs = AwardJob.objects.select_related("badgeclass__issuer", "created_by")
    return list(jobs.filter(badgeclass_id=badgeclass.id).order_by("-created_at", "-id")[:limit])


def forget(*, before: datetime) -> None:
    """Throw away the jobs that ended long ago: their lines name people. The awards stay."""
    AwardJob.objects.filter(
        state__in=[*_ENDED, AwardJob.State.UNDONE], updated_at__lt=before
    ).delete()
