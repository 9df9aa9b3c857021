"""
The V2 envelope, for success and for every refusal; and ``@endpoint``, which opens it.

Success: ``{"status": {"success": true, "description": "ok"}, "result": […]}``. A refusal has
``validationErrors`` (a list) and ``fieldErrors`` (an object, for a batch one per item) besides.
Lack of permission answers as if the thing did not exist.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple, cast

from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase

from rosette.api.answers import KEY_REUSED, KeyReused, once
from rosette.api.answers import answer as json_answer
from rosette.api.auth import Caller, Unauthenticated, admitted
from rosette.api.bodies import MalformedBody
from rosette.api.endpoints import Endpoint, PathView, by_verb, told
from rosette.api.shapes import Shape
from rosette.api.v2.paging import InvalidCursor
from rosette.errors import InvalidInput, NotFound, StillInUse, TryLater

NOT_FOUND: Final = "entity not found or insufficient privileges"
NO_TOKEN: Final = "no valid auth token found"  # noqa: S105 -- a message
BAD_REQUEST: Final = "bad request"
MISCELLANEOUS: Final = "miscellaneous error"


class Answer(NamedTuple):
    """
    What an endpoint answers: its ``result``, and what stands beside it.

    ``beside`` are further members of the envelope, ``headers`` of the response.
    """

    result: Sequence[Any]
    description: str = "ok"
    beside: Mapping[str, Any] = {}
    headers: Mapping[str, str] = {}


Given = Answer | Sequence[Any] | HttpResponseBase | None


def endpoint(
    *,
    scopes: tuple[str, ...] | None,
    status: int = 200,
    verified: bool = False,
    body: type[Shape] | None = None,
    query: type[Shape] | None = None,
    items: type[Shape] | None = None,
    result: Any = None,
    beside: Any = None,
    refusals: tuple[int, ...] = (),
    example: Any = None,
    answer: Mapping[str, Any] = {},
    outward: bool = False,
    secret: bool = False,
    media_type: str = "",
) -> Callable[[Callable[..., Given]], Endpoint]:
    """
    Make a function an endpoint of the V2 API.

    It is called with the request, the caller (unless ``scopes`` is None), and the path's parts,
    and returns the list for ``result``, an Answer, None for 204, or a response as it is.
    ``verified``: only for people with a verified identity. A POST that creates (201) is repeated
    safely under an ``Idempotency-Key``; ``outward`` if it asks other servers meanwhile, ``secret``
    if its answer has to be sealed when it is kept for that.
    """

    def make(function: Callable[..., Given]) -> Endpoint:
        def answered(request: HttpRequest, by: Caller | None, **path: str) -> HttpResponseBase:
            given = function(request, by, **path) if by else function(request, **path)
            if given is None:
                return HttpResponse(status=204)
            if isinstance(given, HttpResponseBase):
                return given
            return success(request, given, status)

        def handle(request: HttpRequest, **path: str) -> HttpResponseBase:
            try:
                by = None if scopes is None else admitted(request, scopes, verified=verified)
                if status != 201:
                    return answered(request, by, **path)
                # What creates answers in JSON, and no file.
                made = cast("Callable[..., HttpResponse]", answered)
                return once(
                    request,
                    by,
                    lambda: made(request, by, **path),
                    outward=outward,
                    is_secret=secret,
                )
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
            items=items,
            result=result,
            beside=beside,
            refusals=refusals,
            example=example,
            answer=answer,
            verified=verified,
            media_type=media_type,
        )

    return make


def success(request: HttpRequest, given: Answer | Sequence[Any], status: int = 200) -> HttpResponse:
    """What was asked for, in its envelope."""
    whole = given if isinstance(given, Answer) else Answer(given)
    envelope = {
        "status": {"success": True, "description": whole.description},
        "result": whole.result,
        **whole.beside,
    }
    return json_answer(request, envelope, status, whole.headers)


def verbs(**endpoints: Endpoint) -> PathView:
    """The view of one V2 path: ``verbs(GET=read, PUT=change)``."""
    return by_verb(_wrong_verb, **endpoints)


def failure(
    request: HttpRequest,
    status: int,
    description: str,
    *,
    fields: Any = None,
    general: Sequence[Any] = (),
    headers: Mapping[str, str] | None = None,
) -> HttpResponse:
    """A refusal in its envelope."""
    envelope = {
        "status": {"success": False, "description": description},
        "result": [],
        "fieldErrors": {} if fields is None else fields,
        "validationErrors": list(general),
    }
    return json_answer(request, envelope, status, headers)


REFUSALS: Final = (
    InvalidInput,
    NotFound,
    StillInUse,
    TryLater,
    Unauthenticated,
    MalformedBody,
    InvalidCursor,
    KeyReused,
)


def refused(request: HttpRequest, refusal: Exception) -> HttpResponse:
    """What was refused below, in the words and the status of the V2 wire."""
    match refusal:
        case InvalidInput(rows=None):
            return failure(
                request, 400, BAD_REQUEST, fields=refusal.fields, general=refusal.general
            )
        case InvalidInput():
            return failure(request, 400, BAD_REQUEST, fields=refusal.rows, general=refusal.general)
        case NotFound():
            return failure(request, 404, NOT_FOUND)
        case KeyReused():
            return failure(request, 422, BAD_REQUEST, general=[KEY_REUSED])
        case InvalidCursor():
            return failure(request, 404, MISCELLANEOUS, general=["Invalid cursor"])
        case StillInUse():
            # The message stands in the description, where Badgr's clients read it.
            return failure(request, 400, refusal.message, general=[refusal.message])
        case TryLater():
            wait = {"Retry-After": str(refusal.seconds)}
            return failure(request, 429, MISCELLANEOUS, general=[refusal.message], headers=wait)
        case Unauthenticated():
            challenge = {"WWW-Authenticate": 'Bearer realm="api"'}
            return failure(request, 401, NO_TOKEN, headers=challenge)
        case MalformedBody():
            description = BAD_REQUEST if refusal.status == 400 else MISCELLANEOUS
            return failure(request, refusal.status, description, general=[refusal.message])
    raise refusal


def unknown_route(request: HttpRequest, **_: str) -> HttpResponse:
    """Any path of the API that there is not."""
    return failure(request, 404, NOT_FOUND)


def unreadable(request: HttpRequest) -> HttpResponse:
    """A request that Django could not even take apart, such as one with too many fields."""
    request.GET = QueryDict()  # asked for the format of the answer
    return failure(request, 400, BAD_REQUEST, general=["The request cannot be read."])


def crashed(request: HttpRequest, *, missing: str | None) -> HttpResponse:
    """What nobody foresaw; ``missing``: what cannot be reached for the moment."""
    if missing:
        said, wait = f"The {missing} cannot be reached. Please try again.", {"Retry-After": "5"}
        return failure(request, 503, "service unavailable", general=[said], headers=wait)
    return failure(request, 500, "server error", general=["Something went wrong on our side."])


def _wrong_verb(request: HttpRequest, allowed: tuple[str, ...]) -> HttpResponse:
    return failure(
        request,
        405,
        MISCELLANEOUS,
        general=[f'Method "{request.method}" not allowed.'],
        headers={"Allow": ", ".join(allowed)},
    )
