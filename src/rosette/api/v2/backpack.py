"""/v2/backpack/assertions, /v2/backpack/import"""

from collections.abc import Sequence

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from rosette.api.auth import Caller
from rosette.api.bodies import body
from rosette.api.v2.envelope import Answer, endpoint
from rosette.api.v2.requests import backpack as requests
from rosette.api.v2.requests.queries import BackpackItemQuery, BackpackQuery, PictureQuery
from rosette.api.v2.responses.backpack import (
    BackpackAssertionObject,
    ChecksBeside,
    image_address,
    items,
)
from rosette.errors import NotFound
from rosette.openbadges.verification import check_report
from rosette.operations import backpack, imports

READ = ("r:backpack", "rw:backpack")
WRITE = ("rw:backpack",)


@endpoint(scopes=READ, verified=True, query=BackpackQuery, result=BackpackAssertionObject)
def index(request: HttpRequest, by: Caller) -> Sequence[BackpackAssertionObject]:
    """
    Your awards: all that were made to an identity that you have verified, and what you imported.

    Rejected ones never show; expired, revoked and pending ones if you ask for them.
    """
    found = backpack.index(
        by.actor,
        include_expired=_says_yes(request, "include_expired"),
        include_revoked=_says_yes(request, "include_revoked"),
        include_pending=_says_yes(request, "include_pending"),
    )
    return items(found, _expand(request))


@endpoint(
    scopes=WRITE,
    verified=True,
    status=201,
    body=requests.ImportEntry,
    result=BackpackAssertionObject,
    example={"url": "https://academy.example.org/assertions/17"},
    refusals=(429,),
    outward=True,
)
def import_award(request: HttpRequest, by: Caller) -> Sequence[BackpackAssertionObject]:
    """
    Import an award of another server, or accept one of this server.

    It is fetched from its issuer, or its signature is checked. If that fails, `validationErrors`
    holds an object with `name`, `description`, perhaps `detail`, and all `checks` in plain words.
    """
    return items([imports.import_award(requests.source(body(request)), by=by.actor)])


@endpoint(scopes=READ, verified=True, query=BackpackItemQuery, result=BackpackAssertionObject)
def read(request: HttpRequest, by: Caller, assertion_id: str) -> Sequence[BackpackAssertionObject]:
    """One of your awards, in whatever state it is."""
    return items([backpack.find(assertion_id, by=by.actor)], _expand(request))


@endpoint(
    scopes=WRITE,
    verified=True,
    body=requests.AnswerEntry,
    result=BackpackAssertionObject,
    example={"acceptance": "Accepted"},
)
def accept(
    request: HttpRequest, by: Caller, assertion_id: str
) -> Sequence[BackpackAssertionObject]:
    """
    Accept an award, or say who may see it.

    A rejected one comes back. One that is not public is not found under its own address any
    more, by nobody, so that what was baked or linked with it cannot be verified meanwhile.
    """
    item = backpack.find(assertion_id, by=by.actor)
    is_accepted, seen_by = requests.answer(body(request))
    return items([backpack.answer(item, is_accepted=is_accepted, seen_by=seen_by)])


@endpoint(scopes=WRITE, verified=True, status=204)
def reject(request: HttpRequest, by: Caller, assertion_id: str) -> None:
    """
    Reject an award.

    It leaves your backpack and collections; accepting it brings it back. An imported award is
    forgotten instead.
    """
    backpack.reject(backpack.find(assertion_id, by=by.actor))


@endpoint(
    scopes=WRITE,
    verified=True,
    result=BackpackAssertionObject,
    beside=ChecksBeside,
    refusals=(400, 429),
)
def recheck(request: HttpRequest, by: Caller, assertion_id: str) -> Answer:
    """
    Ask the issuer of an imported award what is true of it now.

    What was revoked or changed there is so here from now on. `checks` lists all that was looked
    at; there are none for an award of this server, whose own word is the last. If the issuer
    cannot be asked, or does not vouch for it any more, that is refused as an import is.
    """
    found = backpack.find(assertion_id, by=by.actor)
    checks = imports.recheck(assertion_id) if found.award.source_url is not None else ()
    shown = items([backpack.find(assertion_id, by=by.actor)])
    return Answer(shown, beside={"checks": [check_report(check) for check in checks]})


@endpoint(scopes=READ, verified=True, status=302, query=PictureQuery)
def image(request: HttpRequest, by: Caller, assertion_id: str) -> HttpResponse:
    """The image of one of your awards."""
    address = image_address(backpack.find(assertion_id, by=by.actor))
    if address is None:
        raise NotFound
    query = request.META.get("QUERY_STRING")
    return HttpResponseRedirect(
        f"{address}?{query}" if query else address, headers={"Cache-Control": "no-store"}
    )


def _says_yes(request: HttpRequest, name: str) -> bool:
    return request.GET.get(name, "").lower() in ("1", "true")


def _expand(request: HttpRequest) -> list[str]:
    return request.GET.getlist("expand")
