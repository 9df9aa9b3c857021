"""/v2/jobs: awards by the hundred thousand, in the background"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import islice

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from rosette.api.answers import once
from rosette.api.auth import Caller
from rosette.api.bodies import Body, Lines, body
from rosette.api.endpoints import Endpoint
from rosette.api.shapes import read as read_shape
from rosette.api.v2 import assertions
from rosette.api.v2.envelope import endpoint, success
from rosette.api.v2.issuers import READ, WRITE
from rosette.api.v2.requests import lines as reading
from rosette.api.v2.requests.assertions import AwardEntry, Batch, checked
from rosette.api.v2.requests.queries import JobResultQuery
from rosette.api.v2.responses.jobs import AwardJobObject, LineObject, award_jobs, lines
from rosette.errors import NotFound
from rosette.models import AwardJob
from rosette.models.badgeclasses import badgeclass_record
from rosette.operations import bulk, policies
from rosette.operations.bulk import PackedLines
from rosette.operations.policies import Reach

_LATEST = 100
_LINES = 1000


@endpoint(
    scopes=WRITE,
    verified=True,
    status=202,
    body=Batch,
    items=AwardEntry,
    result=AwardJobObject,
    example={"create_notification": True, "assertions": [assertions.EXAMPLE]},
)
def begin(request: HttpRequest, by: Caller, badgeclass_id: str) -> HttpResponse:
    """
    Award a badge class to very many recipients, in the background.

    For the issuer's staff. Answers at once with a job that tells how far it is; each line is
    awarded or refused on its own. JSON as for `issue`; or, for up to a million awards, one award
    to the line: JSON (`application/x-ndjson`), or a table (`text/csv`) with the columns `email`,
    `narrative`, `evidence`, `issuedOn`, `expires`, of which only the first is needed.
    `?notify=1` announces the awards of such bodies by mail.
    """
    badgeclass = assertions.awardable(badgeclass_id, by.actor)
    sent, digest = _sent(request)

    def begun() -> HttpResponse:
        job = bulk.begin(badgeclass, sent, by=by.actor)
        return success(request, award_jobs([_found(job.entity_id, by)]), 202)

    return once(request, by, begun, content_hash=digest)


@endpoint(scopes=READ, verified=True, result=AwardJobObject)
def index(request: HttpRequest, by: Caller, badgeclass_id: str) -> Sequence[AwardJobObject]:
    """The latest hundred award jobs of a badge class, the newest first."""
    badgeclass = badgeclass_record(badgeclass_id, by.actor.user_id)
    if badgeclass is None:
        raise NotFound
    policies.require_at(Reach.READ, by.actor, badgeclass)
    return award_jobs(bulk.of_badgeclass(badgeclass, limit=_LATEST))


@endpoint(scopes=READ, verified=True, result=AwardJobObject)
def read(request: HttpRequest, by: Caller, job_id: str) -> Sequence[AwardJobObject]:
    """One award job: how far it is."""
    return award_jobs([bulk.find(job_id, by=by.actor, reach=Reach.READ)])


@endpoint(scopes=READ, verified=True, query=JobResultQuery, result=LineObject)
def results(request: HttpRequest, by: Caller, job_id: str) -> Sequence[LineObject]:
    """
    What became of each line of an award job.

    The next lines follow from `first` = the last line shown and one.
    """
    job = bulk.find(job_id, by=by.actor, reach=Reach.READ)
    asked = read_shape(JobResultQuery, Body(request.GET.dict(), is_form=True))
    found = bulk.outcomes(job, first=asked.first or 1, only_failed=asked.failed in ("1", "true"))
    return lines(islice(found, asked.num or _LINES))


@endpoint(scopes=WRITE, verified=True, result=AwardJobObject, refusals=(400,))
def cancel(request: HttpRequest, by: Caller, job_id: str) -> Sequence[AwardJobObject]:
    """
    Stop an award job where it is.

    What it has awarded stays; `undo` takes that back.
    """
    return award_jobs([bulk.cancel(_found(job_id, by), by=by.actor)])


@endpoint(scopes=WRITE, verified=True, result=AwardJobObject, refusals=(400,))
def undo(request: HttpRequest, by: Caller, job_id: str) -> Sequence[AwardJobObject]:
    """
    Take back all awards of an award job that has ended.

    For the issuer's editors, until `undoUntil`. They are revoked, and announcements that have
    not left yet are not sent.
    """
    return award_jobs([bulk.undo(_found(job_id, by), by=by.actor)])


def _issue(request: HttpRequest, **path: str) -> HttpResponse:
    later = request.GET.get("async", "").lower() in ("1", "true")
    answered = (begin if later else assertions.award_many).handle(request, **path)
    assert isinstance(answered, HttpResponse)
    return answered


issue: Endpoint = replace(assertions.award_many, handle=_issue)


def _found(job_id: str, by: Caller) -> AwardJob:
    return bulk.find(job_id, by=by.actor, reach=Reach.STAFF)


def _sent(request: HttpRequest) -> tuple[PackedLines, str | None]:
    """The lines, and, if they were too long to be kept, a hash of them."""
    media_type = (request.content_type or "").lower()
    notify = request.GET.get("notify", "").lower() in ("1", "true")
    if media_type in (*reading.JSON_LINES, reading.CSV):
        stream = Lines(request, max_bytes=settings.ROSETTE.job_max_bytes)
        from_lines = reading.from_csv if media_type == reading.CSV else reading.from_json
        sent = bulk.packed_lines(from_lines(stream, notify=notify))
        return sent, stream.digest
    read_body = body(request)
    values = read_body.values
    whole = Body({"assertions": values} if isinstance(values, list) else values, read_body.is_form)
    batch = read_shape(Batch, whole)
    return bulk.packed_lines(checked(batch.assertions, notify=batch.is_announced or notify)), None
