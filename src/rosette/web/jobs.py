"""``/badges/:id/jobs/:job``: how far many awards have come, what became of them, and a way back."""

from itertools import islice
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from rosette.errors import InvalidInput, NotFound
from rosette.models import AwardJob, BadgeClass
from rosette.models.assertions import assertion_records_named
from rosette.operations import bulk, sheets
from rosette.operations.policies import Reach
from rosette.web import previews
from rosette.web.desk import Desk, at_badgeclass
from rosette.web.forms import texts_of
from rosette.web.sheets import FIELDS
from rosette.web.visits import is_partial, say, see

_ROWS: Final = 25
_HEAD: Final = (*("recipient", "name", "narrative", "url", "evidence", "issued_on", "expires_on"),)
_STATES: Final = {
    "queued": (gettext_noop("Waiting"), "calm", "hourglass"),
    "running": (gettext_noop("Awarding"), "calm", "play"),
    "done": (gettext_noop("Done"), "good", "circle-check"),
    "cancelled": (gettext_noop("Stopped"), "warn", "pause"),
    "failed": (gettext_noop("Broken off"), "bad", "circle-alert"),
    "undoing": (gettext_noop("Taking back"), "warn", "undo-2"),
    "undone": (gettext_noop("Taken back"), "warn", "undo-2"),
}


@at_badgeclass(Reach.STAFF)
def job(request: HttpRequest, desk: Desk, badgeclass: BadgeClass, job_id: str) -> HttpResponse:
    """``GET /badges/:id/jobs/:job``: the bar while it goes on, then what came of it."""
    found = _found(desk, badgeclass, job_id)
    context = {"badgeclass": badgeclass, "desk": desk, **_told(found, desk)}
    if is_partial(request):
        response = render(request, "web/jobs/_progress.html", context)
        if not context["goes_on"]:
            response["HX-Refresh"] = "true"  # the whole page, with what came of it
        return response
    begin = request.GET.get("from", "")
    first = int(begin) if begin.isascii() and begin.isdecimal() and 0 < len(begin) < 8 else 1
    if not context["goes_on"]:
        context |= _made(found, max(first, 1), request.path)
    context |= {"picture": previews.stored(badgeclass.image)}
    return desk.page(request, "jobs/job", context)


@at_badgeclass(Reach.STAFF)
def stop(request: HttpRequest, desk: Desk, badgeclass: BadgeClass, job_id: str) -> HttpResponse:
    """``POST …/stop``: no further awards; those that were made stay."""
    found = _found(desk, badgeclass, job_id)
    if request.method == "POST":
        bulk.cancel(found, by=desk.by)
        say(request, _("Stopped. What was awarded until now stays awarded."))
    return see(_address(found, badgeclass))


@at_badgeclass(Reach.EDITOR)
def undo(request: HttpRequest, desk: Desk, badgeclass: BadgeClass, job_id: str) -> HttpResponse:
    """``POST …/undo``: take back all that was awarded."""
    found = _found(desk, badgeclass, job_id)
    if request.method == "POST":
        bulk.undo(found, by=desk.by)
    return see(_address(found, badgeclass))


@at_badgeclass(Reach.STAFF)
def retry(request: HttpRequest, desk: Desk, badgeclass: BadgeClass, job_id: str) -> HttpResponse:
    """``POST …/retry``: a new table of the lines that were refused, to be mended."""
    found = _found(desk, badgeclass, job_id)
    if request.method != "POST":
        return see(_address(found, badgeclass))
    head = [str(FIELDS[name]) for name in _HEAD]
    sheet = sheets.again(found, name=_("What was refused"), head=head, by=desk.by)
    return see(f"/badges/{badgeclass.entity_id}/sheets/{sheet.entity_id}")


def _found(desk: Desk, badgeclass: BadgeClass, job_id: str) -> AwardJob:
    found = bulk.find(job_id, by=desk.by)
    if found.badgeclass_id != badgeclass.pk:
        raise NotFound
    return found


def _told(job: AwardJob, desk: Desk) -> dict[str, Any]:
    word, tone, sign = _STATES[job.state]
    now = timezone.now()
    waits_for = job.begins_at if job.begins_at and job.begins_at > now and job.is_open else None
    until = bulk.undo_until(job)
    return {
        "job": job,
        "state": {"word": _(word), "tone": tone, "sign": sign},
        "goes_on": job.is_open or job.state == AwardJob.State.UNDOING,
        "percent": 100 * job.done // job.total,
        # A reader is told of each tenth, and not of each second.
        "tenth": 100 * job.done // job.total // 10 * 10,
        "minutes": _minutes_left(job),
        "waits_for": waits_for,
        "every": 60 if waits_for else 2,
        "undo_until": until if until and until > now and desk.can_edit and job.awarded else None,
    }


def _minutes_left(job: AwardJob) -> int | None:
    """About how long it goes on, as fast as until now; None while nothing can be said."""
    begun = max(job.created_at, job.begins_at or job.created_at)
    passed = (job.updated_at - begun).total_seconds()
    if not job.done or passed < 1 or not job.is_open:
        return None
    return int((job.total - job.done) * passed / job.done) // 60 + 1


def _made(job: AwardJob, first: int, path: str) -> dict[str, Any]:
    """Some of the lines, from this number on, and the first of what was refused."""
    lines = list(islice(bulk.outcomes(job, first=first), _ROWS + 1))
    more = len(lines) > _ROWS
    lines = [line for line in lines[:_ROWS] if line.award]
    awards = assertion_records_named([line.award for line in lines if line.award])
    refused = [
        {
            "number": number,
            "who": wish.identity if wish else "",
            "why": " ".join(texts_of(InvalidInput(errors))),
        }
        for number, wish, errors in islice(bulk.refused(job), _ROWS)
    ]
    return {
        "awards": [awards[line.award] for line in lines if line.award in awards],
        "refused": refused,
        "newer": f"{path}?from={max(first - _ROWS, 1)}" if first > 1 else "",
        "older": f"{path}?from={first + _ROWS}" if more else "",
    }


def _address(job: AwardJob, badgeclass: BadgeClass) -> str:
    return f"/badges/{badgeclass.entity_id}/jobs/{job.entity_id}"
