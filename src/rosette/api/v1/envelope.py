"""
The wire of the V1 API: bare JSON, and ``@endpoint``, which opens it.

What is refused is ``{"field": ["message"]}``, ``["message"]``, or ``{"detail": "message"}``,
under the statuses that mean it: 401, 403 and 404 are told apart here.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from django.http import HttpRequest, HttpResponse

from rosette.api.answers import KEY_REUSED, KeyReused, once
from rosette.api.answers import answer as respond
from rosette.api.auth import Caller, Unauthenticated, admitted
from rosette.api.bodies import MalformedBody
from rosette.api.endpoints import Endpoint, PathView, by_verb, told
from rosette.api.shapes import Shape
from rosette.api.v2.paging import InvalidCursor
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
    outward: bool = False,
) -> Callable[[Callable[..., Any]], Endpoint]:
    """
    Make a function an endpoint of the V1 API.

    It is called with the request, the caller (unless ``scopes`` is None), and the path's parts,
    and returns what the body says, an Answer, a response as it is, or None for 204. ``verified``:
    only for people with a verified identity. A POST that creates (201) is repeated safely under an
    ``Idempotency-Key``; ``outward`` if it asks other servers meanwhile.
    """

    def make(function: Callable[..., Any]) -> Endpoint:
        def answered(request: HttpRequest, by: Caller | None, **path: str) -> HttpResponse:
            given = function(request, by, **path) if by else function(request, **path)
            if given is None:
                return HttpResponse(status=204)
            if isinstance(given, HttpResponse):
                return given
            whole = given if isinstance(given, Answer) else Answer(given)
            return respond(request, whole.body, whole.status or status, whole.headers)

        def handle(request: HttpRequest, **path: str) -> HttpResponse:
            try:
                by = None if scopes is None else admitted(request, scopes, verified=verified)
                if status != 201:
                    return answered(request, by, **path)
                return once(request, by, lambda: answered(request, by, **path), outward=outward)
            except REFUSALS as refusal:
                return refused(request, refusal)

        summary, description = told(function)
        return Endpoint(
            handle=handle,
            summary=summary,
            description=description,
            scopes=scopes,
            status=status,
            body=body,
            query=query,
            result=result,
            refusals=refusals,
            example=example,
            verified=verified,
        )

    return make


def verbs(**endpoints: Endpoint) -> PathView:
    """The view of one V1 path: ``verbs(GET=read, PUT=change)``."""
    return by_verb(_wrong_verb, **endpoints)


REFUSALS: Final = (
    InvalidInput,
    NotFound,
    StillInUse,
    TryLater,
    Unauthenticated,
    MalformedBody,
    KeyReused,
    InvalidCursor,
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
        case InvalidCursor():
            return _detail(request, 404, "Invalid cursor")
        case KeyReused():
            return respond(request, [KEY_REUSED], 422)
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
