"""
``/auth/login``: signing in, here and on every page that first asks who it is.

Three ways lead in: a password, and then a code for whoever has switched that on; a passkey; and an
account at another provider, which comes back by ``public/sign_in.py``.
"""

from collections.abc import Mapping
from functools import wraps
from typing import Final
from urllib.parse import quote, urlencode

from django.conf import settings
from django.contrib.auth import authenticate, logout
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rosette import limits, sessions
from rosette.errors import InvalidInput, TryLater
from rosette.models import User
from rosette.operations import accounts, audit, passkeys, second_steps, terms
from rosette.web.forms import texts_of
from rosette.web.visits import Answered, View, is_partial, page, see, visited, visitor

# The same books as those of `/o/token`: a guess is a guess.
_LOGIN: Final = "login"
_CODE: Final = "second step"
_PASSKEY: Final = "passkey"
_AGREE: Final = "agree-terms"
_FREE_OF_TERMS: Final = "/account/data"
STEPS: Final = ("sign-in", "code", "passkey", "sign-out")


@visited
def sign_in(request: HttpRequest) -> HttpResponse:
    """``GET /auth/login``: a form, or who is signed in; ``POST`` signs in or out."""
    if request.method == "POST":
        return answer(request, {}, back="/")
    person = visitor(request)
    if person is None:
        return form(request, {}, back="/")
    return page(request, "signed_in", {"person": person, "address": address_of(person)})


@visited
def passkey_options(request: HttpRequest) -> HttpResponse:
    """``POST /auth/passkey``: what a script asks the device (PublicKeyCredentialRequestOptions)."""
    if request.method != "POST":
        return see("/auth/login")
    options, state = passkeys.begin_signing_in()
    request.session[_PASSKEY] = state
    return JsonResponse(options)


def member(view: View) -> Answered:
    """
    Make a function a page for whoever is signed in, as ``visited``; it is handed the person.

    Everybody else signs in first, at the same address; and whoever has not agreed to the terms in
    force is asked to, before all but what concerns their own data.
    """

    @wraps(view)
    def asked(request: HttpRequest, **path: str) -> HttpResponse:
        person = visitor(request)
        if person is None:
            return _first(request)
        if request.POST.get("step") == _AGREE:  # and never what the page itself does by POST
            return _agreed(request, person)
        if terms.are_new_to(person) and not request.path.startswith(_FREE_OF_TERMS):
            return _agreement(request)
        return view(request, person, **path)

    return visited(asked)


def proven(view: View) -> Answered:
    """As ``member``, for whoever signed in within the last half hour; others do so once more."""

    @wraps(view)
    def asked(request: HttpRequest, **path: str) -> HttpResponse:
        person = visitor(request)
        if person is not None and sessions.is_fresh(request):
            return view(request, person, **path)
        return _first(request, {"again": person is not None})

    return visited(asked)


def form(
    request: HttpRequest,
    context: Mapping[str, object],
    status: int = 200,
    *,
    leads_to: str = "",
    back: str = "",
) -> HttpResponse:
    """
    The form to sign in, with the providers that can be asked instead; all lead back here.

    Whoever has done the first step gets the form of the second. ``back`` is the page that is to
    be seen then, if it is not this one.
    """
    half = sessions.halfway(request)
    if half is not None:
        shown = {**context, "person": half, "address": address_of(half)}
        return page(request, "second_step", shown, status, leads_to=leads_to)
    query = urlencode({"page": back or request.get_full_path()})
    offered = [
        {
            "name": provider.name or provider.id,
            "address": f"/account/sociallogin?provider={quote(provider.id)}&{query}",
        }
        for provider in settings.ROSETTE.sign_in_providers
    ]
    shown = {
        **context,
        "providers": offered,
        "may_sign_up": settings.ROSETTE.allow_signup,
    }
    return page(request, "sign_in", shown, status, leads_to=leads_to)


def answer(
    request: HttpRequest, context: Mapping[str, object], leads_to: str = "", back: str = ""
) -> HttpResponse:
    """
    What becomes of a form that signs in or out: the same address again, or the form with why not.

    ``context`` and ``leads_to`` are those of the page that has the form; ``back`` is where
    somebody goes who is signed in, if it is not the same address.
    """
    step = request.POST.get("step")
    if step == "sign-out":
        sign_out(request)
        return see(request.get_full_path())
    again: dict[str, object] = dict(context)
    status = 400
    try:
        if step == "code":
            trouble = _second_step(request)
        elif step == "passkey":
            trouble = _passkey(request)
        else:
            again["username"] = request.POST.get("username", "").strip()
            trouble = _first_step(request)
    except TryLater as refusal:
        again["wait"] = refusal.seconds
        status = 429
        trouble = ngettext(
            "Too many attempts. Please wait for a second and try again.",
            "Too many attempts. Please wait for %(count)s seconds and try again.",
            refusal.seconds,
        ) % {"count": refusal.seconds}
    if trouble:
        again["error"] = trouble
        response = form(request, again, status, leads_to=leads_to, back=back)
        if status == 429:
            response["Retry-After"] = str(again["wait"])
        return response
    if visitor(request) is None:  # half way
        return see(request.get_full_path())
    return see(back or request.get_full_path())


@transaction.atomic
def sign_out(request: HttpRequest) -> None:
    """End this session, of whomever it is."""
    person = visitor(request)
    if person is not None:
        audit.note("sign-in.end", "user", person.entity_id, by=person.entity_id)
    logout(request)


def address_of(person: User) -> str:
    """The address that a person knows their account by, or empty."""
    addresses = accounts.identities([person])[person.pk].addresses
    return addresses[0].email if addresses else ""


def _first(request: HttpRequest, context: Mapping[str, object] | None = None) -> HttpResponse:
    """What is asked of somebody who has to sign in before they see the page."""
    if is_partial(request):  # the session ended while the page was open
        return HttpResponse(status=401, headers={"HX-Refresh": "true"})
    if request.method == "POST" and request.POST.get("step") in STEPS:
        return answer(request, context or {})
    if request.method == "POST":
        return see(request.path)
    return form(request, context or {})


def _agreement(request: HttpRequest) -> HttpResponse:
    """The terms of service to agree to, before the page that was asked for."""
    if is_partial(request):  # they came into force while the page was open
        return HttpResponse(status=403, headers={"HX-Refresh": "true"})
    is_looked_at = request.method != "POST"
    shown = {
        "step": _AGREE,
        "version": settings.ROSETTE.terms_version,
        "description": settings.ROSETTE.terms_description,
        "address": settings.ROSETTE.terms_url,
        "here": request.get_full_path() if is_looked_at else "/account",
    }
    return page(request, "terms", shown, 200 if is_looked_at else 403)


def _agreed(request: HttpRequest, person: User) -> HttpResponse:
    """The page that was asked for, once somebody agreed to the terms that are in force."""
    now = settings.ROSETTE.terms_version
    if request.POST.get("version") == str(now):  # what was read is what is in force
        terms.keep_configured()  # the worker does so hourly only
        terms.agree(person, now)
    return see(request.get_full_path())


def _first_step(request: HttpRequest) -> str:
    """Sign in by a password, or half way; what is wrong otherwise. Raises TryLater."""
    name = request.POST.get("username", "").strip()
    attempt = limits.attempt(_LOGIN, name=name, address=limits.address_of(request))
    person = authenticate(request, username=name, password=request.POST.get("password", ""))
    if not isinstance(person, User):
        attempt.failed()
        return _("This address and this password do not belong together.")
    attempt.succeeded()
    _enter(request, person)
    return ""


def _enter(request: HttpRequest, person: User) -> None:
    """Sign in whose password was right, or lead them to the second step."""
    if second_steps.is_on(person):
        sessions.begin_halfway(request, person)
    else:
        sessions.begin(request, person)


def _second_step(request: HttpRequest) -> str:
    """Sign in by a code, after the password; what is wrong otherwise. Raises TryLater."""
    person = sessions.halfway(request)
    if person is None:
        return _("This took too long. Please begin again.")
    attempt = limits.attempt(_CODE, name=person.entity_id, address=limits.address_of(request))
    if not second_steps.is_right(person, request.POST.get("code", "")):
        attempt.failed()
        return _("This code is wrong, too old, or was used before.")
    attempt.succeeded()
    sessions.begin(request, person)
    return ""


def _passkey(request: HttpRequest) -> str:
    """Sign in by a passkey; what is wrong otherwise. Raises TryLater."""
    attempt = limits.attempt(_PASSKEY, address=limits.address_of(request))
    state = request.session.pop(_PASSKEY, None)
    try:
        person = passkeys.owner(request.POST.get("credential", ""), state=state)
    except InvalidInput as refusal:
        attempt.failed()
        return " ".join(texts_of(refusal))
    sessions.begin(request, person)
    return ""
