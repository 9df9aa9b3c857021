"""How the server fares: figures for those who run it, and what is to be done in the background."""

import shutil
from datetime import UTC, date, datetime, timedelta
from importlib.metadata import version
from typing import Any, Final, NamedTuple
from uuid import UUID

from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.db.models import Count, Min
from django.db.models.functions import TruncDate
from django.utils import timezone
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from rosette.errors import NotFound
from rosette.models import Assertion, AwardJob, BadgeClass, Issuer, User
from rosette.operations import audit
from rosette.queue import enqueue

DAYS: Final = 30
_KEPT_SECONDS: Final = 300
_KEY: Final = "rosette.figures"
_OURS: Final = "rosette.tasks."


class Figures(NamedTuple):
    """How much there is; ``days`` are the awards of each of the last thirty days, in UTC."""

    people: int
    issuers: int
    badgeclasses: int
    awards: int
    days: list[tuple[date, int]]
    at: datetime


class Queue(NamedTuple):
    """How many background jobs are in each state, and since when the oldest waits."""

    waiting: int
    running: int
    failed: int
    oldest: datetime | None


class Disk(NamedTuple):
    """Room where the data lies, in bytes."""

    total: int
    free: int


def figures() -> Figures:
    """
    Counted anew every five minutes at most.

    Awards have no index by time alone, and millions of them take a while.
    """
    found: Figures | None = cache.get(_KEY)
    if found is None:
        found = _counted()
        cache.set(_KEY, found, _KEPT_SECONDS)
    return found


def queue() -> Queue:
    """The background jobs."""
    counted = dict(DBTaskResult.objects.values_list("status").annotate(Count("pk")))
    due = DBTaskResult.objects.ready().aggregate(oldest=Min("enqueued_at"))
    return Queue(
        counted.get(TaskResultStatus.READY, 0),
        counted.get(TaskResultStatus.RUNNING, 0),
        counted.get(TaskResultStatus.FAILED, 0),
        due["oldest"],
    )


def disk() -> Disk:
    """The disk that the data folder is on."""
    usage = shutil.disk_usage(settings.ROSETTE.data_dir)
    return Disk(usage.total, usage.free)


def release() -> str:
    """The version of this program."""
    return version("rosette")


def failed_jobs(*, limit: int = 50) -> "list[DBTaskResult[Any, Any]]":
    """Background jobs that ended by a mistake of ours, the newest first."""
    found = DBTaskResult.objects.filter(status=TaskResultStatus.FAILED)
    return list(found.order_by("-finished_at")[:limit])


def award_jobs(*, limit: int = 25) -> list[AwardJob]:
    """The newest awards in great number."""
    found = AwardJob.objects.select_related("badgeclass__issuer").order_by("-pk")
    return list(found[:limit])


@transaction.atomic
def retry(number: str) -> None:
    """Do a failed job once more. Raises NotFound."""
    try:
        name = UUID(number)
    except ValueError as error:
        raise NotFound from error
    found = (
        DBTaskResult.objects.select_for_update()
        .filter(pk=name, status=TaskResultStatus.FAILED, task_path__startswith=_OURS)
        .first()
    )
    if found is None:
        raise NotFound
    enqueue(found.task_path.removeprefix(_OURS), **found.args_kwargs["kwargs"])
    task = found.task_path.removeprefix(_OURS)
    audit.note_mine("job.retry", "server", "", task=task, number=str(found.pk))
    found.delete()


def _counted() -> Figures:
    now = timezone.now()
    today = now.astimezone(UTC).date()
    first = today - timedelta(days=DAYS - 1)
    made = Assertion.objects.filter(source_url=None)
    tried = Issuer.objects.filter(sandbox=True)
    since = datetime(first.year, first.month, first.day, tzinfo=UTC)
    by_day = dict(
        made.filter(created_at__gte=since)
        .exclude(issuer__in=tried)
        .annotate(day=TruncDate("created_at", tzinfo=UTC))
        .values_list("day")
        .annotate(Count("pk"))
    )
    days = [first + timedelta(days=number) for number in range(DAYS)]
    return Figures(
        User.objects.count(),
        Issuer.objects.filter(deleted_at=None, source_url=None, sandbox=False).count(),
        BadgeClass.objects.filter(deleted_at=None, source_url=None, issuer__sandbox=False).count(),
        # Counted apart, because a join would be made for each of all awards.
        made.count() - made.filter(issuer__in=tried).count(),
        [(day, by_day.get(day, 0)) for day in days],
        now,
    )
