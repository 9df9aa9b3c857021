"""
What the OAuth2 endpoints answer, and ``@endpoint``, which makes one.

Plain JSON objects without an envelope, and refusals in the form of RFC 6749, section 5.2. No
answer may be kept in a cache.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

import orjson
from django.http import HttpRequest, HttpResponse

from rosette.api.auth import Unauthenticated
from rosette.api.bodies import MalformedBody
from rosette.api.endpoints import Endpoint, PathView, by_verb, told
from rosette.api.shapes import Shape
from rosette.errors import InvalidInput, NotFound, NotPermitted, TryLater
from rosette.operations.offers import Declined

THROTTLED: Final = "login attempts throttled"
NOT_SIGNED_IN: Final = "Incorrect authentication credentials."


class Answer(NamedTuple):
    """A JSON object, or None for an empty body."""

    status: int
    content: Mapping[str, Any] | None
    headers: Mapping[str, str] = {}


def endpoint(
    *,
    refusal: Callable[[InvalidInput], Mapping[str, Any]],
    scopes: tuple[str, ...] | None = None,
    status: int = 200,
    body: type[Shape] | None = None,
    query: type[Shape] | None = None,
    result: Any = None,
    refusals: tuple[int, ...] = (),
    example: Any = None,
) -> Callable[[Callable[..., Answer]], Endpoint]:
    """
    Make a function an OAuth2 endpoint.

    It is called with the request and the path's parts, and returns an Answer. ``refusal`` words
    what is wrong with a request. ``scopes`` are for the reference; the function itself asks who
    calls.
    """

    def make(function: Callable[..., Answer]) -> Endpoint:
        def handle(request: HttpRequest, **path: str) -> HttpResponse:
            try:
                return _respond(function(request, **path))
            except (InvalidInput, MalformedBody, TryLater, Unauthenticated, NotFound) as refused:
                return _respond(_refused(refused, refusal))

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
        )

    return make


def verbs(**endpoints: Endpoint) -> PathView:
    """The view of one path; every other verb is answered with an empty 405."""
    return by_verb(_wrong_verb, **endpoints)


def invalid_request(refused: InvalidInput) -> Mapping[str, Any]:
    """The code of what was declined, else ``invalid_request``; every fault in the description."""
    code = refused.code if isinstance(refused, Declined) else "invalid_request"
    texts = [str(text) for text in refused.general] + [
        f"{name}: {text}" for name, said in refused.fields.items() for text in said
    ]
    return {"error": code, "error_description": " ".join(texts)}


def _refused(refused: Exception, refusal: Callable[[InvalidInput], Mapping[str, Any]]) -> Answer:
    match refused:
        case InvalidInput():
            return Answer(400, refusal(refused))
        case MalformedBody():
            return Answer(
                refused.status, {"error": "invalid_request", "error_description": refused.message}
            )
        case TryLater():
            said = {
                "error": THROTTLED,
                "error_description": refused.message,
                "expires": refused.seconds,
            }
            return Answer(429, said, {"Retry-After": str(refused.seconds)})
        case Unauthenticated():
            return Answer(401, {"error": NOT_SIGNED_IN}, {"WWW-Authenticate": 'Bearer realm="api"'})
        case NotPermitted():
            return Answer(403, {"error": "insufficient_scope"})
        case NotFound():
            return Answer(404, {"error": "not found"})
    raise refused


def _respond(answer: Answer) -> HttpResponse:
    return HttpResponse(
        b"" if answer.content is None else orjson.dumps(answer.content),
        status=answer.status,
        content_type="application/json",
        headers={"Cache-Control": "no-store", "Pragma": "no-cache", **answer.headers},
    )


def _wrong_verb(request: HttpRequest, allowed: tuple[str, ...]) -> HttpResponse:
    return HttpResponse(status=405, headers={"Allow": ", ".join(allowed)})
