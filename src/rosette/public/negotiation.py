"""
Which form of a public thing is wanted, whether the caller has it already, and every refusal.

One address serves a page to people and a document to programs. Answers are made for caches that
many share: they depend on nothing but the address and the headers that ``Vary`` names, and a
caller who has the present form is told so before anything is rendered.
"""

import hashlib
import importlib.metadata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import wraps
from typing import Any, Final, Protocol, TypeVar

import orjson
from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.http import http_date
from django.utils.translation import get_language

from rosette import pages
from rosette.errors import InvalidInput, NotFound, TryLater
from rosette.models.base import Published
from rosette.openbadges.documents import Version

HTML: Final = "text/html"
JSON: Final = "application/json"
JSON_LD: Final = "application/ld+json"
_FORMS: Final = (JSON_LD, JSON, HTML)

SHORTLY: Final = "public, max-age=30, stale-while-revalidate=120"
"""For what may change any moment: a revocation is seen by all within minutes."""
FOR_EVER: Final = "public, max-age=31536000, immutable"
"""For what is named by its content."""

_RELEASE: Final = importlib.metadata.version("rosette")
# Programs that fetch a page to show a preview of its link. They take anything, want the page,
# and do not say so.
_LINK_PREVIEWERS: Final = (
    *("LinkedInBot", "Twitterbot", "facebook", "Facebot", "Slackbot", "Embedly"),
    *("Discordbot", "TelegramBot", "WhatsApp", "Mastodon", "Bluesky", "SkypeUriPreview"),
)
_PAGE_POLICY: Final = (
    "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self'; base-uri 'none'; "
    "form-action 'self'; "
    "frame-ancestors *"
)

Row = TypeVar("Row")


class Moved(Exception):
    """The thing is found under another name now."""

    def __init__(self, entity_id: str) -> None:
        super().__init__(entity_id)
        self.entity_id = entity_id


class NotAcceptable(Exception):
    """The caller takes neither pages nor documents."""


class View(Protocol):
    """A public view; ``path`` are the named parts of its address."""

    def __call__(self, request: HttpRequest, **path: str) -> HttpResponse: ...


@dataclass(frozen=True, slots=True)
class Wanted:
    """
    What the caller wants: ``media_type`` is HTML, JSON or JSON_LD.

    ``vary`` names the headers that this was read from.
    """

    media_type: str
    version: Version
    expand: frozenset[str]
    vary: tuple[str, ...]

    @property
    def form(self) -> tuple[str, ...]:
        """What tells one form of the same thing from the others, for its entity tag."""
        return self.media_type, self.version, *sorted(self.expand)

    @property
    def is_page(self) -> bool:
        """Whether a page is wanted and no document."""
        return self.media_type == HTML


def public(
    *, methods: tuple[str, ...] = ("GET", "HEAD"), has_page: bool = False
) -> Callable[[Callable[..., HttpResponse]], View]:
    """
    Make a function a public view, whose refusals become answers.

    ``has_page``: people come here with a browser, so they are refused with a page, and other
    sites may frame the answer.
    """

    def make(view: Callable[..., HttpResponse]) -> View:
        @wraps(view)
        def answered(request: HttpRequest, **path: str) -> HttpResponse:
            response = _answered(request, view, path, methods, has_page=has_page)
            if not has_page:
                response["X-Frame-Options"] = "SAMEORIGIN"
            return response

        # No view takes a cookie for a name.
        answered.csrf_exempt = True  # type: ignore[attr-defined]
        return answered

    return make


def known(row: Row | None, model: type[Published], entity_id: str) -> Row:
    """The row, if there is one. Raises Moved if the name is a slug of old, else NotFound."""
    if row is not None:
        return row
    renamed = model.entity_id_of(entity_id)
    raise Moved(renamed) if renamed else NotFound


def wanted(request: HttpRequest, suffix: str | None = None) -> Wanted:
    """
    Read what is wanted from the address, then from ``Accept``. Raises NotAcceptable.

    Whoever takes anything gets the document, because verifiers seldom say what they take.
    """
    version: Version = "1_1" if request.GET.get("v") == "1_1" else "2_0"
    expand = frozenset(request.GET.getlist("expand"))
    if suffix or request.GET.get("format") == "json":
        return Wanted(JSON, version, expand, ())
    media_type = request.get_preferred_type(_FORMS) or _named_with_parameters(request)
    if media_type is None:
        raise NotAcceptable
    accepted = request.accepted_type(media_type)
    if accepted and accepted.specificity < 2:  # by `*/*` or `application/*`
        if _previews_links(request):
            media_type = HTML
        return Wanted(media_type, version, expand, ("Accept", "User-Agent"))
    return Wanted(media_type, version, expand, ("Accept",))


def answer(
    request: HttpRequest,
    asked: Wanted,
    *,
    changes: Iterable[datetime],
    document: Callable[[], bytes],
    page: Callable[[], HttpResponse],
    depends_on: Sequence[object] = (),
) -> HttpResponse:
    """
    The document or page, or 304 if the caller has it, before either is made.

    ``changes``: when each row was last changed that they are made of. ``depends_on``: what else
    they show, such as whether an award has expired by now.
    """
    moments = tuple(changes)
    shown = (get_language(), *depends_on) if asked.is_page else depends_on
    tag = etag(*asked.form, *moments, *shown)
    if asked.is_page:
        response = unless_had(request, tag, page)
        response["Content-Security-Policy"] = _PAGE_POLICY
    else:
        response = unless_had(
            request,
            tag,
            lambda: HttpResponse(document(), content_type=asked.media_type),
            # A date tells nothing of what changes without one, such as a list that gets shorter.
            changed_at=None if depends_on else max(moments),
        )
    if asked.vary:
        patch_vary_headers(response, asked.vary)
    return response


def unless_had(
    request: HttpRequest,
    tag: str,
    make: Callable[[], HttpResponse],
    *,
    changed_at: datetime | None = None,
    cache: str = SHORTLY,
) -> HttpResponse:
    """What ``make`` makes, or 304 if the caller has what ``tag`` and ``changed_at`` stand for."""
    date = None
    # HTTP dates count seconds: within this one, the thing may change again unnoticed.
    if changed_at and timezone.now() - changed_at > timedelta(seconds=1):
        date = int(changed_at.timestamp())
    response = get_conditional_response(request, etag=tag, last_modified=date)
    response = make() if response is None else response
    response["ETag"] = tag
    response["Cache-Control"] = cache
    if date is not None:
        response["Last-Modified"] = http_date(date)
    return response


def discreet(response: HttpResponse, *, is_listed: bool) -> HttpResponse:
    """The response; what is seen by link alone stays out of search engines and others' logs."""
    if not is_listed:
        response["X-Robots-Tag"] = "noindex"
        response["Referrer-Policy"] = "no-referrer"
    return response


def etag(*facts: object) -> str:
    """An entity tag for what these facts determine, under this release and these settings."""
    site = (_RELEASE, settings.ROSETTE.origin, settings.ROSETTE.site_name)
    text = "\n".join(str(fact) for fact in (*site, *facts))
    return f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'


def success(request: HttpRequest, result: Sequence[Any], **beside: Any) -> HttpResponse:
    """The V2 envelope around ``result``, with what stands ``beside`` it."""
    status = {"success": True, "description": "OK"}
    return _envelope(request, 200, {"status": status, "result": result, **beside})


def failure(
    request: HttpRequest,
    status: int,
    description: str,
    *,
    fields: Any = None,
    general: Sequence[Any] = (),
) -> HttpResponse:
    """A refusal in the V2 envelope."""
    return _envelope(
        request,
        status,
        {
            "status": {"success": False, "description": description},
            "result": [],
            "fieldErrors": fields or {},
            "validationErrors": list(general),
        },
    )


def _answered(
    request: HttpRequest,
    view: Callable[..., HttpResponse],
    path: dict[str, str],
    methods: tuple[str, ...],
    *,
    has_page: bool,
) -> HttpResponse:
    if request.method not in methods:
        said = f'Method "{request.method}" not allowed.'
        response = failure(request, 405, "miscellaneous error", general=[said])
        response["Allow"] = ", ".join(methods)
        return response
    try:
        return view(request, **path)
    except Moved as moved:
        match = request.resolver_match
        assert match is not None
        target = reverse(match.view_name, kwargs={**path, "entity_id": moved.entity_id})
        query = request.META.get("QUERY_STRING")
        return HttpResponsePermanentRedirect(f"{target}?{query}" if query else target)
    except NotFound:
        if has_page and not path.get("suffix") and _takes_pages(request):
            return _not_found_page(request)
        return failure(request, 404, "entity not found or insufficient privileges")
    except InvalidInput as refusal:
        return failure(request, 400, "bad request", fields=refusal.fields, general=refusal.general)
    except TryLater as refusal:
        response = failure(request, 429, "miscellaneous error", general=[refusal.message])
        response["Retry-After"] = str(refusal.seconds)
        return response
    except (RequestDataTooBig, TooManyFieldsSent):
        said = "The request body is too large."
        return failure(request, 413, "miscellaneous error", general=[said])
    except NotAcceptable:
        said = "Could not satisfy the request Accept header."
        return failure(request, 406, "miscellaneous error", general=[said])


def _takes_pages(request: HttpRequest) -> bool:
    try:
        return wanted(request).is_page
    except NotAcceptable:
        return False


def _not_found_page(request: HttpRequest) -> HttpResponse:
    response = pages.page(request, "public/not_found.html", {}, status=404)
    response["Content-Security-Policy"] = _PAGE_POLICY
    response["Cache-Control"] = "no-store"
    patch_vary_headers(response, ("Accept", "User-Agent"))
    return response


def _named_with_parameters(request: HttpRequest) -> str | None:
    """A form that is only asked for with parameters, such as the ``profile`` of JSON-LD."""
    for accepted in request.accepted_types:
        name = f"{accepted.main_type}/{accepted.sub_type}"
        if name in _FORMS:
            return name
    return None


def _previews_links(request: HttpRequest) -> bool:
    agent = request.headers.get("User-Agent", "")
    return any(name in agent for name in _LINK_PREVIEWERS)


def _envelope(request: HttpRequest, status: int, members: dict[str, Any]) -> HttpResponse:
    """Under the media type that the caller can take: JSON-LD unless JSON is asked for."""
    plain = (
        request.path.endswith(".json")
        or request.GET.get("format") == "json"
        or request.get_preferred_type((JSON_LD, JSON)) == JSON
    )
    response = HttpResponse(
        orjson.dumps(members), status=status, content_type=JSON if plain else JSON_LD
    )
    response["Cache-Control"] = "no-store"
    patch_vary_headers(response, ("Accept",))
    return response
