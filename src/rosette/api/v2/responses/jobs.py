"""Award jobs as V2 objects."""

from collections.abc import Iterable
from typing import Annotated, Any

from django.conf import settings
from pydantic import Field
from typing_extensions import TypedDict

from rosette.api import examples
from rosette.api.v2.responses.common import (
    AssertionAddress,
    AssertionId,
    BadgeClassId,
    PersonId,
    Timestamp,
    assertion_address,
)
from rosette.models import AwardJob
from rosette.operations import bulk
from rosette.operations.bulk import Outcome

_JOB = f"{examples.ORIGIN}/v2/jobs/{examples.JOB}"


class AwardJobObject(TypedDict):
    """Very many awards of one badge class, made in the background."""

    entityType: Annotated[str, Field(examples=["AwardJob"])]
    entityId: Annotated[str, Field(examples=[examples.JOB])]
    badgeclass: BadgeClassId
    createdAt: Timestamp
    createdBy: PersonId | None
    state: Annotated[
        str,
        Field(
            description="`queued`, `running`, `done`, `cancelled`, `failed`, `undoing` or `undone`",
            examples=["running"],
        ),
    ]
    total: Annotated[int, Field(description="Lines that were sent.", examples=[250_000])]
    done: Annotated[int, Field(description="Lines that are dealt with.", examples=[12_000])]
    awarded: Annotated[int, Field(examples=[11_998])]
    failed: Annotated[int, Field(description="Lines that were refused.", examples=[2])]
    problem: Annotated[
        str | None, Field(description="Why a failed job could not go on.", examples=[None])
    ]
    finishedAt: Annotated[Timestamp | None, Field(examples=[None])]
    undoUntil: Annotated[
        Timestamp | None, Field(description="Until when it can be undone.", examples=[None])
    ]
    statusUrl: Annotated[str, Field(examples=[_JOB])]
    resultsUrl: Annotated[str, Field(examples=[f"{_JOB}/results"])]


class LineObject(TypedDict):
    """What became of one line of an award job."""

    line: Annotated[int, Field(description="Counted from 1.", examples=[1])]
    state: Annotated[
        str, Field(description="`awarded`, `refused` or `waiting`", examples=["awarded"])
    ]
    assertion: AssertionId | None
    openBadgeId: AssertionAddress | None
    errors: Annotated[
        dict[str, Any], Field(description="What is wrong with it, by field.", examples=[{}])
    ]


def award_jobs(rows: Iterable[AwardJob]) -> list[AwardJobObject]:
    """The jobs. Wants ``badgeclass`` and ``created_by`` selected."""
    return [_job(row) for row in rows]


def lines(outcomes: Iterable[Outcome]) -> list[LineObject]:
    """What became of the lines."""
    return [_line(outcome) for outcome in outcomes]


def _job(row: AwardJob) -> AwardJobObject:
    address = f"{settings.ROSETTE.origin}/v2/jobs/{row.entity_id}"
    return {
        "entityType": "AwardJob",
        "entityId": row.entity_id,
        "badgeclass": row.badgeclass.entity_id,
        "createdAt": row.created_at,
        "createdBy": row.created_by.entity_id if row.created_by else None,
        "state": row.state,
        "total": row.total,
        "done": row.done,
        "awarded": row.awarded,
        "failed": row.failed,
        "problem": row.problem or None,
        "finishedAt": row.finished_at,
        "undoUntil": bulk.undo_until(row),
        "statusUrl": address,
        "resultsUrl": f"{address}/results",
    }


def _line(outcome: Outcome) -> LineObject:
    state = "awarded" if outcome.award else "refused" if outcome.errors else "waiting"
    return {
        "line": outcome.number,
        "state": state,
        "assertion": outcome.award,
        "openBadgeId": assertion_address(outcome.award) if outcome.award else None,
        "errors": outcome.errors or {},
    }
