"""
The wire of the V1 API: bare JSON, and ``@endpoint``, which opens it.

What is refused is ``{"field": ["message"]}``, ``["message"]``, or ``{"detail": "message"}``,
under the statuses that mean it: 401, 403 and 404 are told apart here.
"""

import inspect
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

import orjson
from django.http import HttpRequest, HttpResponse

from rosette.api.auth import Caller, Unauthenticated, caller
from rosette.api.bodies import MalformedBody
from rosette.api.endpoints import Endpoint, PathView, by_verb
from rosette.api.shapes import Shape
from rosette.errors import InvalidInput, NotFound, NotPermitted, StillInUse, TryLater

WHOLE: Final = "non_field_errors"


class Answer(NamedTuple):
    """What an endpoint answers, where headers or another status than usual belong to it."""

    body: Any
    headers: Mapping[str, str] = {}
    status: int | None = None


def endpoint(
    *,
    scopes: tuple[str, ...] | None,
    status: int = 200,
    verified: bool = False,
    body: type[Shape] | None = None,
    query: type[Shape] | None = None,
    result: Any = None,
    refusals: tuple[int, ...] = (),
    example: Any = None,
) -> Callable[[Callable[..., Any]], Endpoint]:
    """
    Make a function an endpoint of the V1 API.

    It is called with the request, the caller (unless ``scopes`` is None), and the path's parts,
    and returns what the body says, or an Answer. ``verified``: only for people with a verified
    identity.
    """

    def make(function: Callable[..., Any]) -> Endpoint:
        def handle(request: HttpRequest, **path: str) -> HttpResponse:
            try:
                if scopes is None:
                    given = function(request, **path)
                else:
                    by = _admitted(request, scopes, verified=verified)
                    given = function(request, by, **path)
            except REFUSALS as refusal:
                return refused(request, refusal)
            answer = given if isinstance(given, Answer) else Answer(given)
            return respond(request, answer.body, answer.status or status, answer.headers)

        summary, _, description = (inspect.getdoc(function) or "").partition("\n\n")
        return Endpoint(
            handle=handle,
            summary=summary.replace("\n", " "),
            description=description,
            scopes=scopes,
            status=status,
            body=body,
            query=query,
            result=result,
            refusals=refusals,
            example=example,
        )

    return make


def verbs(**endpoints: Endpoint) -> PathView:
    """The view of one V1 path: ``verbs(GET=read, PUT=change)``."""
    return by_verb(_wrong_verb, **endpoints)


def respond(
    request: HttpRequest, body: Any, status: int, headers: Mapping[str, str] | None = None
) -> HttpResponse:
    """``body`` as JSON; ``application/ld+json`` unless JSON is asked for, as clients know it."""
    accept = request.META.get("HTTP_ACCEPT", "")
    plain = request.GET.get("format") == "json" or "application/json" in accept
    return HttpResponse(
        orjson.dumps(body),
        status=status,
        content_type="application/json" if plain else "application/ld+json",
        headers={"Vary": "Accept, Authorization", "Cache-Control": "no-store", **(headers or {})},
    )


REFUSALS: Final = (
    InvalidInput,
    NotFound,
    StillInUse,
    TryLater,
    Unauthenticated,
    MalformedBody,
)


def refused(request: HttpRequest, refusal: Exception) -> HttpResponse:
    """What was refused below, in the words and the status of the V1 wire."""
    match refusal:
        case InvalidInput(rows=rows) if rows is not None:
            return respond(request, list(rows), 400)
        case InvalidInput(fields=fields, general=general) if fields and general:
            return respond(request, {**fields, WHOLE: general}, 400)
        case InvalidInput(fields=fields, general=general):
            return respond(request, fields or general, 400)
        case NotPermitted():
            return _detail(request, 403, "You do not have permission to perform this action.")
        case NotFound():
            return _detail(request, 404, "Not found.")
        case StillInUse():
            return respond(request, [refusal.message], 400)
        case TryLater():
            wait = {"Retry-After": str(refusal.seconds)}
            return respond(request, refusal.message, 429, wait)
        case Unauthenticated():
            said = "Authentication credentials were not provided."
            return _detail(request, 401, said, {"WWW-Authenticate": 'Bearer realm="api"'})
        case MalformedBody():
            return _detail(request, refusal.status, refusal.message)
    raise refusal


def unknown_route(request: HttpRequest, **_: str) -> HttpResponse:
    """Any path of the API that there is not."""
    return _detail(request, 404, "Not found.")


def _wrong_verb(request: HttpRequest, allowed: tuple[str, ...]) -> HttpResponse:
    said = f'Method "{request.method}" not allowed.'
    return _detail(request, 405, said, {"Allow": ", ".join(allowed)})


def _detail(
    request: HttpRequest, status: int, said: str, headers: Mapping[str, str] | None = None
) -> HttpResponse:
    return respond(request, {"detail": said}, status, headers)


def _admitted(request: HttpRequest, scopes: tuple[str, ...], *, verified: bool) -> Caller:
    by = caller(request)
    if not by.has_any(scopes):
        raise NotPermitted
    if verified and not (by.actor.is_verified or by.actor.is_admin):
        raise NotPermitted
    return by
