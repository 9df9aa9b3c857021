"""
The table of tasks: what the worker does, by name. Each calls one operation.

``rosette.queue.enqueue`` asks for them; their arguments are JSON values.
"""

import time
from datetime import timedelta
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django_tasks import TaskResultStatus, task
from django_tasks_db.models import DBTaskResult

from rosette import presence
from rosette.api.v2.responses.assertions import assertion_objects
from rosette.operations import (
    accounts,
    bulk,
    catalogue,
    chain,
    deliveries,
    domains,
    identifiers,
    insights,
    notices,
    progress,
    sandbox,
    upkeep,
)
from rosette.queue import enqueue

_HOUSEKEEPING_INTERVAL: Final = timedelta(hours=1)
_RETENTION_INTERVAL: Final = timedelta(days=1)
_SEALING_INTERVAL: Final = timedelta(minutes=5)
_AWAY: Final = ("django.db.utils.OperationalError", "django.db.utils.InterfaceError")
_FIRST_WAIT_SECONDS: Final = 5
_LONGEST_WAIT_SECONDS: Final = 3600


@task()
def send_notices(notice_ids: list[int]) -> None:
    """Send those of the notices that still wait."""
    notices.send(notice_ids)


@task(priority=10)
def send_personal_notices(notice_ids: list[int]) -> None:
    """As ``send_notices``, for mails that a person sits and waits for: before all others."""
    notices.send(notice_ids)


@task(priority=10)
def start_password_reset(email: str) -> None:
    """Mail a link for a new password, if the address is somebody's."""
    accounts.start_password_reset(email)


@task(priority=5)
def carry_on_award_job(job_id: int) -> None:
    """Award, or undo, some more of a job: before the many mails that this causes."""
    bulk.carry_on(job_id)


@task(priority=10)
def send_code(identifier_id: int) -> None:
    """Send a code to a telephone, to verify it."""
    identifiers.send_code(identifier_id)


@task(priority=-10)
def deliver(webhook_id: int) -> None:
    """Tell a webhook what is due: after all else, because the other side may be slow."""
    deliveries.deliver(webhook_id, shown=assertion_objects)


@task(priority=-10)
def recheck_domains() -> None:
    """Look again whether domains are proven: after all else, because servers may be slow."""
    domains.recheck()


@task(priority=-10)
def count_up() -> None:
    """Count awards and claims, for insights."""
    insights.count_up()


@task()
def complete_pathways(assertion_ids: list[int]) -> None:
    """Award what those have completed who were awarded, or have accepted, a step."""
    progress.complete(assertion_ids)


@task()
def follow_pathway(pathway_id: int, beyond: int = 0) -> None:
    """Award what is completed by those who were there before the pathway, some at a time."""
    progress.follow(pathway_id, beyond=beyond)


@task()
def index_catalogue(issuer_id: int) -> None:
    """Let the badges of an issuer be found in the catalogue, or no longer."""
    catalogue.index_issuer(issuer_id)


@task()
def empty_sandbox(issuer_id: int) -> None:
    """Take very many awards out of a sandbox."""
    sandbox.carry_on(issuer_id)


@task()
def housekeeping() -> None:
    """Keep house, and see to it that it is kept again."""
    # First, so that the series goes on whatever happens afterwards.
    ensure_housekeeping(after=_HOUSEKEEPING_INTERVAL)
    upkeep.keep_house()


@task(priority=-10)
def anonymise() -> None:
    """Forget recipients whose time is over, and do so again tomorrow."""
    _ensure_forgetting(after=_RETENTION_INTERVAL)
    upkeep.anonymise()


@task()
def seal_audit_log() -> None:
    """Seal what was noted meanwhile, and see to it that it is done again."""
    ensure_sealing(after=_SEALING_INTERVAL)
    chain.seal()


def ensure_housekeeping(*, after: timedelta | None = None) -> None:
    """See to it that house is kept once more; asked for twice, it is still done once."""
    _ensure("housekeeping", after=after)
    _ensure_forgetting(after=after)


def ensure_sealing(*, after: timedelta | None = None) -> None:
    """See to it that the audit log is sealed once more."""
    _ensure("seal_audit_log", after=after)


def _ensure_forgetting(*, after: timedelta | None) -> None:
    if settings.ROSETTE.anonymise_after_years:
        _ensure("anonymise", after=after)


@transaction.atomic
def _ensure(name: str, *, after: timedelta | None) -> None:
    waiting = DBTaskResult.objects.filter(
        task_path=f"{__name__}.{name}", status=TaskResultStatus.READY
    )
    if not waiting.exists():
        enqueue(name, after=after)


class Missed:
    """
    Workers that hold tasks and do not show themselves; after a while they are dead, and what they
    held is taken up.
    """

    def __init__(self, own: str) -> None:
        self._own = own
        self._since: dict[str, float] = {}

    def look(self) -> None:
        """Look once; to be called every few seconds."""
        now = time.monotonic()
        holders = {held[-1] for held in _running().values_list("worker_ids", flat=True) if held}
        missed = {name for name in holders - {self._own} if not presence.lives(name)}
        self._since = {name: self._since.get(name, now) for name in missed}
        for name, since in self._since.items():
            if now - since >= presence.MISSED_SECONDS:
                take_up(name)
        _try_again()


@transaction.atomic
def take_up(worker: str) -> None:
    """
    Let others do what this worker, which is dead or was interrupted, held.

    Every task may be done twice: what it does, it does to rows that still want it.
    """
    held = _running().select_for_update(skip_locked=True)
    for begun in [found for found in held if found.worker_ids[-1:] == [worker]]:
        _let_go(begun)
        begun.status = TaskResultStatus.READY
        begun.save(update_fields=["status"])


def _try_again() -> None:
    """What failed because the database was away, or full, is no failure: it is done later."""
    failed = DBTaskResult.objects.filter(
        status=TaskResultStatus.FAILED,
        exception_class_path__in=_AWAY,
        task_path__startswith="rosette.tasks.",
    )
    if not failed.exists():
        return
    with transaction.atomic():
        for given_up in failed.select_for_update(skip_locked=True):
            tries = min(len(given_up.worker_ids), 10)
            wait = min(_FIRST_WAIT_SECONDS * 2**tries, _LONGEST_WAIT_SECONDS)
            _let_go(given_up)
            given_up.status = TaskResultStatus.READY
            given_up.run_after = timezone.now() + timedelta(seconds=wait)
            given_up.save(update_fields=["status", "run_after"])


def _let_go(begun: DBTaskResult[Any, Any]) -> None:
    if begun.task_path.endswith((".send_notices", ".send_personal_notices")):
        notices.let_go(begun.args_kwargs["kwargs"]["notice_ids"])


def _running() -> Any:
    return DBTaskResult.objects.filter(status=TaskResultStatus.RUNNING)
