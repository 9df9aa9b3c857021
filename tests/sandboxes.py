"""A sandbox that somebody has, an award of it, and the worker's jobs that follow."""

from typing import Any

from django_tasks_db.models import DBTaskResult

from rosette import tasks
from rosette.models import BadgeClass, Issuer
from rosette.models.assertions import AssertionRecord
from rosette.models.badgeclasses import badgeclass_record
from rosette.operations import assertions
from rosette.operations.assertions import Award
from rosette.operations.policies import Actor

BOB = "bob@example.org"


def example(tried: Issuer) -> BadgeClass:
    """The badge class that every sandbox has at first."""
    return BadgeClass.objects.filter(issuer=tried).earliest("pk")


def award(of: Issuer, to: str = BOB, **how: Any) -> AssertionRecord:
    """An award of the issuer's first badge class, in the name of its maker."""
    assert of.created_by is not None
    by = Actor.person(of.created_by)
    record = badgeclass_record(example(of).entity_id, by.user_id)
    assert record is not None
    return assertions.award(record, Award(to, **{"notify": True} | how), by=by)


def work() -> None:
    """Do all jobs that are asked for."""
    while waiting := list(DBTaskResult.objects.order_by("enqueued_at")):
        for job in waiting:
            job.delete()
            getattr(tasks, job.task_path.rpartition(".")[2]).func(**job.args_kwargs["kwargs"])
