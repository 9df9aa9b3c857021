"""
The V2 envelope, for success and for every refusal; and ``@endpoint``, which opens it.

Success: ``{"status": {"success": true, "description": "ok"}, "result": […]}``. A refusal has
``validationErrors`` (a list) and ``fieldErrors`` (an object, for a batch one per item) besides.
Lack of permission answers as if the thing did not exist.
"""

import hashlib
import inspect
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final, NamedTuple

import orjson
from django.conf import settings
from django.db import IntegrityError, InterfaceError, OperationalError, transaction
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils import timezone

from rosette.api.auth import Caller, Unauthenticated, caller
from rosette.api.bodies import MalformedBody, raw
from rosette.api.endpoints import Endpoint, PathView, by_verb
from rosette.api.shapes import Shape
from rosette.api.v2.paging import InvalidCursor
from rosette.errors import InvalidInput, NotFound, NotPermitted, StillInUse, TryLater
from rosette.models import KeptAnswer

NOT_FOUND: Final = "entity not found or insufficient privileges"
NO_TOKEN: Final = "no valid auth token found"  # noqa: S105 -- a message
BAD_REQUEST: Final = "bad request"
MISCELLANEOUS: Final = "miscellaneous error"
_KEY_MAX_LENGTH: Final = 255


class Answer(NamedTuple):
    """
    What an endpoint answers: its ``result``, and what stands beside it.

    ``beside`` are further members of the envelope, ``headers`` of the response.
    """

    result: Sequence[Any]
    description: str = "ok"
    beside: Mapping[str, Any] = {}
    headers: Mapping[str, str] = {}


Given = Answer | Sequence[Any] | HttpResponse | None


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
) -> Callable[[Callable[..., Given]], Endpoint]:
    """
    Make a function an endpoint of the V2 API.

    It is called with the request, the caller (unless ``scopes`` is None), and the path's parts,
    and returns the list for ``result``, an Answer, None for 204, or a response as it is.
    ``verified``: only for people with a verified identity. A POST that creates (201) is repeated
    safely under an ``Idempotency-Key``, unless it is ``outward``.
    """

    def make(function: Callable[..., Given]) -> Endpoint:
        def answered(request: HttpRequest, by: Caller | None, **path: str) -> HttpResponse:
            given = function(request, by, **path) if by else function(request, **path)
            if given is None:
                return HttpResponse(status=204)
            if isinstance(given, HttpResponse):
                return given
            answer = given if isinstance(given, Answer) else Answer(given)
            envelope = {
                "status": {"success": True, "description": answer.description},
                "result": answer.result,
                **answer.beside,
            }
            return respond(request, envelope, status, answer.headers)

        def handle(request: HttpRequest, **path: str) -> HttpResponse:
            try:
                by = None if scopes is None else _admitted(request, scopes, verified=verified)
                key = request.headers.get("Idempotency-Key")
                if key and by and status == 201 and not outward:
                    return _once(request, by, key, lambda: answered(request, by, **path))
                return answered(request, by, **path)
            except REFUSALS as refusal:
                return refused(request, refusal)

        summary, _, description = inspect.getdoc(function).partition("\n\n")  # type: ignore[union-attr]
        return Endpoint(
            handle=handle,
            summary=summary.replace("\n", " "),
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
            outward=outward,
        )

    return make


def verbs(**endpoints: Endpoint) -> PathView:
    """The view of one V2 path: ``verbs(GET=read, PUT=change)``."""
    return by_verb(_wrong_verb, **endpoints)


def respond(
    request: HttpRequest,
    envelope: Mapping[str, Any],
    status: int,
    headers: Mapping[str, str] | None = None,
) -> HttpResponse:
    """
    The envelope as JSON, under the media type that the caller can take.

    ``application/ld+json`` unless JSON is asked for, as Badgr's clients know it.
    """
    accept = request.META.get("HTTP_ACCEPT", "")
    plain = request.GET.get("format") == "json" or "application/json" in accept
    return HttpResponse(
        orjson.dumps(envelope),
        status=status,
        content_type="application/json" if plain else "application/ld+json",
        headers={"Vary": "Accept, Authorization", "Cache-Control": "no-store", **(headers or {})},
    )


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
    return respond(request, envelope, status, headers)


REFUSALS: Final = (
    InvalidInput,
    NotFound,
    StillInUse,
    TryLater,
    Unauthenticated,
    MalformedBody,
    InvalidCursor,
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


def unreadable(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """A request that Django could not even take apart, such as one with too many fields."""
    request.GET = QueryDict()  # asked for the format of the answer
    return failure(request, 400, BAD_REQUEST, general=["The request cannot be read."])


def crashed(request: HttpRequest) -> HttpResponse:
    """
    What nobody foresaw; the log has it.

    A database that is away for a moment is no fault of the request: 503, to be tried again.
    """
    if isinstance(sys.exc_info()[1], OperationalError | InterfaceError):
        said, wait = "The database cannot be reached. Please try again.", {"Retry-After": "5"}
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


def _admitted(request: HttpRequest, scopes: tuple[str, ...], *, verified: bool) -> Caller:
    by = caller(request)
    if not by.has_any(scopes):
        raise NotPermitted
    if verified and not (by.actor.is_verified or by.actor.is_admin):
        raise NotPermitted
    return by


def _once(
    request: HttpRequest, by: Caller, key: str, work: Callable[[], HttpResponse]
) -> HttpResponse:
    """
    The first answer to this key again, if there was one; else the work's, kept in its transaction.

    Two requests with one key at a time: the second waits in the database for the first.
    """
    if len(key) > _KEY_MAX_LENGTH:
        raise InvalidInput(
            general=[f"Idempotency-Key is longer than {_KEY_MAX_LENGTH} characters."]
        )
    asked = hashlib.sha256(
        b"\0".join([(request.method or "").encode(), request.path.encode(), raw(request)])
    ).hexdigest()
    expired = timezone.now() - timedelta(seconds=settings.ROSETTE.idempotency_seconds)
    mine = KeptAnswer.objects.filter(caller_id=by.actor.user_id, key=key)
    try:
        with transaction.atomic():
            mine.filter(created_at__lt=expired).delete()
            kept = KeptAnswer.objects.create(
                caller_id=by.actor.user_id, key=key, request_hash=asked
            )
            response = work()
            KeptAnswer.objects.filter(pk=kept.pk).update(
                status=response.status_code, body=response.content
            )
            return response
    except IntegrityError:
        earlier = mine.first()
        if earlier is None:
            raise
    if earlier.request_hash != asked:
        return failure(
            request,
            422,
            BAD_REQUEST,
            general=["This Idempotency-Key was used for a different request."],
        )
    again = respond(request, {}, earlier.status, {"Idempotent-Replayed": "true"})
    again.content = bytes(earlier.body)
    return again
