"""
What all pages for people who sign in have in common: a session, their language and zone, forms
that only they can send, and pages for what is refused.

This wing alone knows cookies; the API and the public pages take none for a name. So the session
is opened here, by ``visited``, and not for every request of the house.
"""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.decorators import decorator_from_middleware
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.csrf import csrf_protect

from rosette import occasions, pages, sessions
from rosette.errors import InvalidInput, NotFound, NotPermitted, StillInUse, TryLater
from rosette.models import User
from rosette.operations.policies import Actor
from rosette.web.forms import texts_of, worded

LANGUAGE_COOKIE: Final = "rosette_language"
ZONE_COOKIE: Final = "rosette_zone"

_METHODS: Final = ("GET", "HEAD", "POST")
_PRIVATE: Final = {"Cache-Control": "no-store", "Referrer-Policy": "same-origin"}
# The policy of all pages, with scripts of our own, what they ask of us, and room for one more
# place that a form may lead to.
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; "
    "img-src 'self' data: blob:; connect-src 'self'; base-uri 'none'; form-action {places}; "
    "frame-ancestors 'none'"
)

_with_session = decorator_from_middleware(SessionMiddleware)
_with_person = decorator_from_middleware(AuthenticationMiddleware)
_with_messages = decorator_from_middleware(MessageMiddleware)

View = Callable[..., HttpResponse]
Answered = Callable[..., HttpResponseBase]


def visited(view: View) -> Answered:
    """
    Make a function a page for people with a session, with forms that post to itself.

    What it refuses becomes a page that says so. Other sites can neither frame nor keep it.
    """

    @wraps(view)
    def spoken(request: HttpRequest, **path: str) -> HttpResponse:
        with (
            pages.speaking(request, request.COOKIES.get(LANGUAGE_COOKIE)),
            timezone.override(_zone(request.COOKIES.get(ZONE_COOKIE, ""))),
        ):
            return _answer(view, request, path)

    inner = _with_session(_with_person(_with_messages(csrf_protect(spoken))))

    @wraps(view)
    def answered(request: HttpRequest, **path: str) -> HttpResponseBase:
        if request.method not in _METHODS:
            return HttpResponseNotAllowed(_METHODS)
        response: HttpResponseBase = inner(request, **path)
        for name, value in _PRIVATE.items():
            response.headers.setdefault(name, value)
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        return response

    return answered


def visitor(request: HttpRequest) -> User | None:
    """Who is signed in; what is done from now on is done by them."""
    person = request.user
    if not isinstance(person, User) or not person.is_active:
        return None
    occasions.let_in(person.entity_id)
    return person


def actor(request: HttpRequest) -> Actor:
    """Whoever is signed in, with all of their rights. Raises NotPermitted if nobody is."""
    person = visitor(request)
    if person is None:
        raise NotPermitted
    return Actor.person(person)


def page(
    request: HttpRequest,
    template: str,
    context: Mapping[str, Any],
    status: int = 200,
    *,
    leads_to: str = "",
) -> HttpResponse:
    """
    The page ``web/<template>.html``.

    ``leads_to`` is the origin of another site that its forms end at, or empty. ``context`` may
    name the ``section`` of the menu that the page belongs to: issuers, backpack, manage, account.
    """
    shown = {"visitor": visitor(request) if hasattr(request, "user") else None, **context}
    response = pages.page(request, f"web/{template}.html", shown, status)
    places = " ".join(filter(None, ["'self'", leads_to]))
    response["Content-Security-Policy"] = _POLICY.format(places=places)
    return response


def see(address: str) -> HttpResponse:
    """Go on there, by GET: the answer to a form that was sent."""
    return HttpResponse(status=303, headers={"Location": address})


def say(request: HttpRequest, text: str, *, tone: str = "good", undo: str = "") -> None:
    """
    Say this at the top of the page that is seen next.

    ``tone``: good, calm, warn or bad. ``undo`` is the address that a button beside it posts to.
    """
    messages.add_message(request, messages.INFO, text, extra_tags=f"{tone} {undo}")


def is_partial(request: HttpRequest) -> bool:
    """Whether htmx asks for a part of the page that it is on, instead of the browser for all."""
    return "HX-Request" in request.headers


def here(address: str, otherwise: str) -> str:
    """``address`` if it is a path of this site, and ``otherwise`` if it leads elsewhere."""
    is_path = address.startswith("/") and address.isprintable()
    return address if is_path and url_has_allowed_host_and_scheme(address, None) else otherwise


def expired(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that does not belong to this browser, or that lay open for too long."""
    return page(request, "expired", {"back": request.get_full_path()}, 403)


def _answer(view: View, request: HttpRequest, path: dict[str, str]) -> HttpResponse:
    sessions.see(request)
    try:
        return view(request, **path)
    except NotFound:  # or not permitted, which must look the same
        return page(request, "refused/not_found", {}, 404)
    except StillInUse as refusal:
        return page(request, "refused/invalid", {"errors": [worded(refusal.message)]}, 409)
    except TryLater as refusal:
        response = page(request, "refused/try_later", {"seconds": refusal.seconds}, 429)
        response["Retry-After"] = str(refusal.seconds)
        return response
    except InvalidInput as refusal:
        return page(request, "refused/invalid", {"errors": list(texts_of(refusal))}, 400)
    except (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent):
        return page(request, "refused/too_large", {}, 413)


def _zone(name: str) -> ZoneInfo:
    """The zone of this name, which the browser told; UTC if there is none."""
    try:
        return ZoneInfo(name or "UTC")
    except (ValueError, OSError, KeyError):  # ZoneInfoNotFoundError is a KeyError
        return ZoneInfo("UTC")
