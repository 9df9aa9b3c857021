"""
What all pages for people who sign in have in common: a session, forms that only they can send.

This wing alone knows cookies; the API and the public pages take none for a name. So the session
is opened here, by ``visited``, and not for every request of the house.
"""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, Final

from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.http.response import HttpResponseBase
from django.utils.decorators import decorator_from_middleware
from django.views.decorators.csrf import csrf_protect

from rosette import pages
from rosette.models import User

_METHODS: Final = ("GET", "HEAD", "POST")
_PRIVATE: Final = {"Cache-Control": "no-store", "Referrer-Policy": "same-origin"}
# The policy of all pages, with room for one more place that a form may lead to.
_POLICY: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; "
    "form-action {places}; frame-ancestors 'none'"
)

_with_session = decorator_from_middleware(SessionMiddleware)
_with_person = decorator_from_middleware(AuthenticationMiddleware)


def visited(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponseBase]:
    """Make a function a page for people who sign in, with forms that post to itself."""

    page = _with_session(_with_person(csrf_protect(view)))

    @wraps(view)
    def answered(request: HttpRequest, **path: str) -> HttpResponseBase:
        if request.method not in _METHODS:
            return HttpResponseNotAllowed(_METHODS)
        response: HttpResponseBase = page(request, **path)
        for name, value in _PRIVATE.items():
            response[name] = value
        return response

    return answered


def visitor(request: HttpRequest) -> User | None:
    """Who is signed in."""
    return request.user if isinstance(request.user, User) and request.user.is_active else None


def page(
    request: HttpRequest,
    template: str,
    context: Mapping[str, Any],
    status: int = 200,
    *,
    leads_to: str = "",
) -> HttpResponse:
    """The page; ``leads_to`` is the origin of another site that its forms end at, or empty."""
    response = pages.page(request, f"web/{template}.html", context, status)
    places = " ".join(filter(None, ["'self'", leads_to]))
    response["Content-Security-Policy"] = _POLICY.format(places=places)
    return response


def see(address: str) -> HttpResponse:
    """Go on there, by GET: the answer to a form that was sent."""
    return HttpResponse(status=303, headers={"Location": address})


def expired(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that does not belong to this browser, or that lay open for too long."""
    return page(request, "expired", {"back": request.get_full_path()}, 403)
