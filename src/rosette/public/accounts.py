"""
The pages that links in mails lead to.

A link's token is all the authority that they know of: no cookie, no account, no script. They are
kept out of caches and frames, and do not tell other sites where somebody came from.
"""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, Final

from django.http import HttpRequest, HttpResponse

from rosette import pages
from rosette.errors import InvalidInput, NotFound
from rosette.operations import accounts, subjects, unsubscribing
from rosette.operations.addresses import Verification
from rosette.public.negotiation import public

_PRIVATE: Final = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}


def _spoken(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Let a view, with all that it refuses, be in the language that the browser likes best."""

    @wraps(view)
    def answered(request: HttpRequest, **path: str) -> HttpResponse:
        with pages.speaking(request):
            return view(request, **path)

    return answered


@public()
@_spoken
def email_verified(request: HttpRequest, outcome: str) -> HttpResponse:
    """``GET /account/email/:outcome``: what became of an attempt to verify an address."""
    if outcome not in {item.value for item in Verification}:
        raise NotFound
    return _page(request, "email_verified", {"outcome": outcome})


@public(methods=("GET", "HEAD", "POST"))
@_spoken
def choose_password(request: HttpRequest, token: str) -> HttpResponse:
    """
    ``GET /account/password/:token``: a form for a new password; ``POST`` sets it.

    The token is the one of the mail, and works once.
    """
    try:
        if request.method != "POST":
            accounts.require_reset_token(token)
            return _page(request, "choose_password", {})
        accounts.reset_password(token, request.POST.get("password", ""))
    except NotFound:
        return _page(request, "link_ended", {}, 404)
    except InvalidInput as refusal:
        return _page(request, "choose_password", {"errors": refusal.fields["password"]}, 400)
    return _page(request, "password_chosen", {})


@public(methods=("GET", "HEAD", "POST"))
@_spoken
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """
    ``GET /unsubscribe/:token``: a page that asks; ``POST`` does it, with or without the page.

    Mail programs post by themselves (RFC 8058), so nothing but the token is looked at.
    """
    try:
        if request.method != "POST":
            notice = unsubscribing.require_unsubscribe_token(token)
        else:
            notice = unsubscribing.unsubscribe(token)
    except NotFound:
        return _page(request, "link_ended", {}, 404)
    shown = {"done": request.method == "POST", "has_account": subjects.has_account(notice)}
    return _page(request, "unsubscribe", shown)


def _page(
    request: HttpRequest, template: str, context: Mapping[str, Any], status: int = 200
) -> HttpResponse:
    response = pages.page(request, f"accounts/{template}.html", context, status)
    for name, value in _PRIVATE.items():
        response[name] = value
    return response
