"""
The table of tasks: what the worker does, by name. Each calls one operation.

``rosette.queue.enqueue`` asks for them; their arguments are JSON values.
"""

from datetime import timedelta
from typing import Final

from django.db import transaction
from django_tasks import TaskResultStatus, task
from django_tasks_db.models import DBTaskResult

from rosette.api.v2.responses.assertions import assertion_objects
from rosette.operations import (
    accounts,
    bulk,
    catalogue,
    deliveries,
    identifiers,
    notices,
    pathways,
    upkeep,
)
from rosette.queue import enqueue

_HOUSEKEEPING_INTERVAL: Final = timedelta(hours=1)


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


@task()
def complete_pathways(assertion_ids: list[int]) -> None:
    """Award what those have completed who were awarded, or have accepted, a step."""
    pathways.complete(assertion_ids)


@task()
def follow_pathway(pathway_id: int, beyond: int = 0) -> None:
    """Award what is completed by those who were there before the pathway, some at a time."""
    pathways.follow(pathway_id, beyond=beyond)


@task()
def index_catalogue(issuer_id: int) -> None:
    """Let the badges of an issuer be found in the catalogue, or no longer."""
    catalogue.index_issuer(issuer_id)


@task()
def housekeeping() -> None:
    """Keep house, and see to it that it is kept again."""
    # First, so that the series goes on whatever happens afterwards.
    ensure_housekeeping(after=_HOUSEKEEPING_INTERVAL)
    upkeep.keep_house()


@transaction.atomic
def ensure_housekeeping(*, after: timedelta | None = None) -> None:
    """See to it that house is kept once more; asked for twice, it is still done once."""
    waiting = DBTaskResult.objects.filter(
        task_path=housekeeping.module_path, status=TaskResultStatus.READY
    )
    if not waiting.exists():
        enqueue("housekeeping", after=after)
