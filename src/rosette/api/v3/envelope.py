"""
The wire of the Open Badges 3.0 API, and ``@endpoint``, which opens it.

Success is the thing itself; a refusal is an ``Imsx_StatusInfo`` (OB 3.0, appendix B.3). A token
that lends too little is 403 here.
"""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final, Literal, NamedTuple

import orjson
from django.http import HttpRequest, HttpResponse
from pydantic import Field
from typing_extensions import TypedDict

from rosette.api.answers import said
from rosette.api.auth import Caller, Unauthenticated, admitted
from rosette.api.bodies import MalformedBody
from rosette.api.endpoints import Endpoint, PathView, by_verb, told
from rosette.api.shapes import Shape
from rosette.errors import InvalidInput, NotFound, NotPermitted, TryLater

ROOT: Final = "/ims/"
JSON: Final = "application/json"

_MINORS: Final = {
    400: "invalid_data",
    401: "unauthorizedrequest",
    403: "forbidden",
    404: "not_found",
    405: "not_allowed",
    429: "server_busy",
    500: "internal_server_error",
    503: "server_busy",
}
"""Of each HTTP status (OB 3.0, appendix B.3); ``unknown`` of any other."""

INVALID_QUERY: Final = "invalid_query_parameter"
_REALM: Final = 'Bearer realm="api"'


class MinorFieldObject(TypedDict):
    """What kind of refusal it is."""

    imsx_codeMinorFieldName: Annotated[str, Field(examples=["TargetEndSystem"])]
    imsx_codeMinorFieldValue: Annotated[str, Field(examples=["invalid_data"])]


class MinorObject(TypedDict):
    """Kinds of refusals: always one."""

    imsx_codeMinorField: list[MinorFieldObject]


class StatusInfoObject(TypedDict):
    """A refusal (`Imsx_StatusInfo`); the description says in words what is wrong."""

    imsx_codeMajor: Annotated[
        Literal["failure", "processing", "success", "unsupported"], Field(examples=["failure"])
    ]
    imsx_severity: Annotated[Literal["error", "status", "warning"], Field(examples=["error"])]
    imsx_description: Annotated[str, Field(examples=["limit: A valid integer is required."])]
    imsx_codeMinor: MinorObject


class Answer(NamedTuple):
    """
    What an endpoint answers: JSON (bytes as they are), or text of another ``media_type``; None
    for an empty body.
    """

    content: Any
    status: int = 200
    headers: Mapping[str, str] = {}
    media_type: str = JSON


def endpoint(
    *,
    scopes: tuple[str, ...],
    status: int = 200,
    also: tuple[int, ...] = (),
    body: type[Shape] | None = None,
    query: type[Shape] | None = None,
    result: Any = None,
    refusals: tuple[int, ...] = (),
    example: Any = None,
    plain: str = "",
) -> Callable[[Callable[[HttpRequest, Caller], Answer]], Endpoint]:
    """
    Make a function an endpoint of the Open Badges 3.0 API, for people with a verified identity.

    It is called with the request and the caller, and returns an Answer. ``result``: the type of
    the whole body. ``plain``: an example of what is sent and answered as text instead.
    """

    def make(function: Callable[[HttpRequest, Caller], Answer]) -> Endpoint:
        def handle(request: HttpRequest, **_: str) -> HttpResponse:
            try:
                by = admitted(request, scopes, verified=False)
                if not (by.actor.is_verified or by.actor.is_admin):
                    return failure(403, "Only people with a verified identity may do this.")
                return _answered(function(request, by))
            except NotPermitted:
                return _too_little(scopes[0])
            except _REFUSALS as refusal:
                return _refused(refusal, INVALID_QUERY if query else None)

        summary, description = told(function)
        return Endpoint(
            handle=handle,
            summary=summary,
            description=description,
            scopes=scopes,
            status=status,
            also=also,
            body=body,
            query=query,
            result=result,
            refusals=refusals,
            example=example,
            plain=plain,
            verified=True,
        )

    return make


def verbs(**endpoints: Endpoint) -> PathView:
    """The view of one path: ``verbs(GET=read)``."""
    return by_verb(_wrong_verb, **endpoints)


def unknown_route(request: HttpRequest, **_: str) -> HttpResponse:
    """Any path of the API that there is not."""
    return failure(404, "There is nothing at this address.")


def unreadable() -> HttpResponse:
    """A request that Django could not even take apart."""
    return failure(400, "The request cannot be read.")


def crashed(*, missing: str | None) -> HttpResponse:
    """What nobody foresaw; ``missing``: what cannot be reached for the moment."""
    if missing:
        wait = {"Retry-After": "5"}
        said = f"The {missing} cannot be reached. Please try again."
        return failure(503, said, headers=wait)
    return failure(500, "Something went wrong on our side.")


def failure(
    status: int,
    description: str,
    *,
    minor: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> HttpResponse:
    """A refusal; ``minor``: its kind, unless that follows from the status."""
    return _answered(Answer(status_info(status, description, minor), status, headers or {}))


def status_info(status: int, description: str, minor: str | None = None) -> StatusInfoObject:
    """The body of a refusal."""
    value = minor or _MINORS.get(status, "unknown")
    field: MinorFieldObject = {
        "imsx_codeMinorFieldName": "TargetEndSystem",
        "imsx_codeMinorFieldValue": value,
    }
    return {
        "imsx_codeMajor": "failure",
        # Nothing being there is no error, says the appendix.
        "imsx_severity": "status" if status == 404 else "error",
        "imsx_description": description,
        "imsx_codeMinor": {"imsx_codeMinorField": [field]},
    }


def _answered(given: Answer) -> HttpResponse:
    content = given.content
    if content is None:
        content = b""
    elif not isinstance(content, bytes):
        content = orjson.dumps(content, option=orjson.OPT_UTC_Z)
    return HttpResponse(
        content,
        status=given.status,
        content_type=given.media_type,
        headers={"Cache-Control": "no-store", "Vary": "Authorization", **given.headers},
    )


_REFUSALS: Final = (InvalidInput, NotFound, TryLater, Unauthenticated, MalformedBody)


def _refused(refusal: Exception, minor: str | None) -> HttpResponse:
    match refusal:
        case InvalidInput():
            return failure(400, said(refusal), minor=minor)
        case NotFound():
            return failure(404, "There is no such thing.")
        case TryLater():
            wait = {"Retry-After": str(refusal.seconds)}
            return failure(429, refusal.message, headers=wait)
        case Unauthenticated():
            challenge = {"WWW-Authenticate": _REALM}
            return failure(401, "There is no token, or none that is good.", headers=challenge)
        case MalformedBody():
            return failure(refusal.status, refusal.message)
    raise refusal


def _too_little(scope: str) -> HttpResponse:
    challenge = f'{_REALM}, error="insufficient_scope", scope="{scope}"'
    said = f"The token lends too little for this: {scope} is missing."
    return failure(403, said, headers={"WWW-Authenticate": challenge})


def _wrong_verb(request: HttpRequest, allowed: tuple[str, ...]) -> HttpResponse:
    said = f'Method "{request.method}" not allowed.'
    return failure(405, said, headers={"Allow": ", ".join(allowed)})
