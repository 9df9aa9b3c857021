"""
``/auth/oauth2/authorize``: where an application sends a person to be asked for their consent.

The address is that of Badgr's web interface, which clients know. Whoever is not signed in yet
signs in on the way.
"""

import re
from typing import Any, Final
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from rosette.errors import NotPermitted
from rosette.models import Application, Issuer, User
from rosette.operations import grants
from rosette.operations.grants import Misasked, Question
from rosette.scopes import issuer_of, meaning
from rosette.web import signin
from rosette.web.visits import page, see, visited, visitor

# What may stand in a policy: an application that registered itself chose its address itself.
_HOST: Final = re.compile(r"[A-Za-z0-9.-]+(:\d+)?|\[[0-9A-Fa-f:.]+\](:\d+)?")


@visited
def authorize(request: HttpRequest) -> HttpResponse:
    """
    ``GET``: who asks for what, with the form to sign in before; ``POST``: the person's answer.

    An application that is trusted, or that has the same rights already and says
    ``approval_prompt=auto``, gets its code at once.
    """
    try:
        asked = grants.question(_parameters(request))
    except Misasked as refusal:
        # Not led there by itself: anybody can register an application, and then use this
        # server's good name for links to anywhere (RFC 9700, section 4.11.2).
        facts = {"error": refusal.general[0], "back": refusal.sent_back}
        return page(request, "misasked", facts, 400)
    person = visitor(request)
    step = request.POST.get("step")
    if person is None or step in signin.STEPS:
        return _sign_in(request, asked)
    if request.method == "POST" and request.POST.get("person") == person.entity_id:
        return see(_answered(asked, step == "allow", by=person))
    if request.method == "POST":  # of another account, that was signed in before
        return see(request.get_full_path())
    if _needs_no_answer(request, asked, by=person):
        return HttpResponseRedirect(grants.consent(asked, by=person))
    return page(
        request,
        "consent",
        {
            **_application(asked),
            "person": person,
            "address": signin.address_of(person),
            "wishes": _wishes(grants.lendable(asked, by=person)),
        },
        leads_to=_origin(asked),
    )


def _parameters(request: HttpRequest) -> dict[str, str]:
    return {name: value for name in grants.ASKED_BY if (value := request.GET.get(name))}


def _sign_in(request: HttpRequest, asked: Question) -> HttpResponse:
    context = _application(asked)
    if request.POST.get("step") in signin.STEPS:
        return signin.answer(request, context, _origin(asked))
    if request.method == "POST":  # the session ended while they thought it over
        return see(request.get_full_path())
    return signin.form(request, context, leads_to=_origin(asked))


def _answered(asked: Question, consents: bool, *, by: User) -> str:
    """Where the answer is told to the application."""
    if not consents:
        return grants.denial(asked)
    try:
        return grants.consent(asked, by=by)
    except NotPermitted:  # they have none of it to lend
        return grants.denial(asked)


def _needs_no_answer(request: HttpRequest, asked: Question, *, by: User) -> bool:
    if not grants.lendable(asked, by=by):
        return False
    if asked.application.skip_authorization:
        return True
    return request.GET.get("approval_prompt") == "auto" and grants.is_agreed(asked, by=by)


def _application(asked: Question) -> dict[str, Any]:
    application = asked.application
    is_unknown = application.registration_source == Application.RegistrationSource.DCR
    return {
        "application": application,
        "goes_to": urlsplit(asked.redirect_uri).netloc.rpartition("@")[2],
        "introduced_itself": is_unknown,
    }


def _wishes(scopes: list[str]) -> list[str]:
    """The scopes in words, each once."""
    named = [name for scope in scopes if (name := issuer_of(scope))]
    issuers = dict(Issuer.objects.filter(entity_id__in=named).values_list("entity_id", "name"))
    return list(
        dict.fromkeys(
            _("Act for the issuer “%(name)s”") % {"name": issuers[name]}
            if (name := issuer_of(scope)) in issuers
            else _(meaning(scope))
            for scope in scopes
        )
    )


def _origin(asked: Question) -> str:
    """The site of the application, as a policy names it; empty if it cannot be named safely."""
    parts = urlsplit(asked.redirect_uri)
    is_safe = parts.scheme in ("http", "https") and _HOST.fullmatch(parts.netloc)
    return f"{parts.scheme}://{parts.netloc}" if is_safe else ""
