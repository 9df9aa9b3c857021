"""
The wire of Badge Connect (Open Badges 2.1), and ``@endpoint``, which opens it.

Success: ``{"status": {"error": null, "statusCode": 200, "statusText": "OK"}, "results": […]}``.
Refusals have ``error`` as text, or null; lack of a right is 401 as lack of a token is.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Final, NamedTuple

import orjson
from django.http import HttpRequest, HttpResponse
from pydantic import Field
from typing_extensions import TypedDict

from rosette.api.answers import KEY_REUSED, KeyReused, once, said
from rosette.api.auth import Caller, Unauthenticated, admitted
from rosette.api.bodies import MalformedBody
from rosette.api.endpoints import Endpoint, PathView, by_verb, told
from rosette.api.shapes import Shape
from rosette.errors import InvalidInput, NotFound, NotPermitted, TryLater

BAD_REQUEST: Final = "BAD_REQUEST"


class StatusObject(TypedDict):
    """How it went. The code is 200 for every success, also where the HTTP status is 201."""

    error: str | None
    statusCode: Annotated[int, Field(examples=[200])]
    statusText: Annotated[str, Field(examples=["OK"])]


class DoneObject(TypedDict):
    """Done; there is nothing to show."""

    status: StatusObject


class Answer(NamedTuple):
    """What an endpoint answers; ``results`` None for nothing but the status."""

    results: Sequence[Any] | None
    headers: Mapping[str, str] = {}


def endpoint(
    *,
    scopes: tuple[str, ...],
    status: int = 200,
    body: type[Shape] | None = None,
    query: type[Shape] | None = None,
    result: Any = None,
    refusals: tuple[int, ...] = (),
    example: Any = None,
) -> Callable[[Callable[[HttpRequest, Caller], Answer]], Endpoint]:
    """
    Make a function an endpoint of Badge Connect, for people with a verified identity.

    It is called with the request and the caller, and returns an Answer. ``result``: the type of
    the whole body. A POST that creates (201) asks other servers meanwhile, and is repeated safely
    under an ``Idempotency-Key``.
    """

    def make(function: Callable[[HttpRequest, Caller], Answer]) -> Endpoint:
        def answered(request: HttpRequest, by: Caller) -> HttpResponse:
            given = function(request, by)
            results = {} if given.results is None else {"results": given.results}
            content = {"status": _status(200, "OK"), **results}
            return respond(content, status, given.headers)

        def handle(request: HttpRequest, **_: str) -> HttpResponse:
            try:
                by = admitted(request, scopes, verified=True)
                if status != 201:
                    return answered(request, by)
                kept = once(request, by, lambda: answered(request, by), outward=True)
                kept["Content-Type"] = "application/json"
                return kept
            except _REFUSALS as refusal:
                return _refused(refusal)

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
            verified=True,
        )

    return make


def verbs(**endpoints: Endpoint) -> PathView:
    """The view of one path: ``verbs(GET=read)``."""
    return by_verb(_wrong_verb, **endpoints)


def respond(content: Any, status: int, headers: Mapping[str, str] | None = None) -> HttpResponse:
    """``content`` as JSON, kept out of caches."""
    return HttpResponse(
        orjson.dumps(content, option=orjson.OPT_UTC_Z),
        status=status,
        content_type="application/json",
        headers={"Cache-Control": "no-store", "Vary": "Authorization", **(headers or {})},
    )


def unknown_route(request: HttpRequest, **_: str) -> HttpResponse:
    """Any path of Badge Connect that there is not."""
    return _failure(404, "NOT_FOUND")


_REFUSALS: Final = (InvalidInput, NotFound, TryLater, Unauthenticated, MalformedBody, KeyReused)


def _refused(refusal: Exception) -> HttpResponse:
    match refusal:
        case InvalidInput():
            return _failure(400, "REQUEST_VALIDATION_ERROR", said(refusal))
        case Unauthenticated():
            return _failure(401, "UNAUTHENTICATED", headers=_CHALLENGE)
        case NotPermitted():
            return _failure(401, "PERMISSION_DENIED", headers=_TOO_LITTLE)
        case NotFound():
            return _failure(400, BAD_REQUEST)
        case MalformedBody():
            return _failure(refusal.status, BAD_REQUEST, refusal.message)
        case KeyReused():
            return _failure(422, BAD_REQUEST, KEY_REUSED)
        case TryLater():
            wait = {"Retry-After": str(refusal.seconds)}
            return _failure(429, BAD_REQUEST, refusal.message, headers=wait)
    raise refusal


_CHALLENGE: Final = {"WWW-Authenticate": 'Bearer realm="api"'}
_TOO_LITTLE: Final = {"WWW-Authenticate": 'Bearer realm="api", error="insufficient_scope"'}


def _wrong_verb(request: HttpRequest, allowed: tuple[str, ...]) -> HttpResponse:
    return _failure(405, "METHOD_NOT_ALLOWED", headers={"Allow": ", ".join(allowed)})


def _failure(
    status: int, text: str, error: str | None = None, headers: Mapping[str, str] | None = None
) -> HttpResponse:
    return respond({"status": _status(status, text, error)}, status, headers)


def _status(code: int, text: str, error: str | None = None) -> StatusObject:
    return {"error": error, "statusCode": code, "statusText": text}
