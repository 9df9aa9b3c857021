"""``/auth/login``: signing in, here and on every page that first asks who it is."""

from collections.abc import Mapping
from functools import wraps
from urllib.parse import quote, urlencode

from django.conf import settings
from django.contrib.auth import authenticate, login, logout
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rosette import limits
from rosette.errors import TryLater
from rosette.models import User
from rosette.operations import accounts
from rosette.web.visits import Answered, View, is_partial, page, see, visited, visitor

# The same books as those of `/o/token`: a guess is a guess.
_LOGIN = "login"


@visited
def sign_in(request: HttpRequest) -> HttpResponse:
    """``GET /auth/login``: a form, or who is signed in; ``POST`` signs in or out."""
    if request.method == "POST":
        return answer(request, {})
    person = visitor(request)
    if person is None:
        return form(request, {})
    return page(request, "signed_in", {"person": person, "address": address_of(person)})


def member(view: View) -> Answered:
    """
    Make a function a page for whoever is signed in, as ``visited``; it is handed the person.

    Everybody else signs in first, at the same address.
    """

    @wraps(view)
    def asked(request: HttpRequest, **path: str) -> HttpResponse:
        person = visitor(request)
        if person is not None:
            return view(request, person, **path)
        if is_partial(request):  # the session ended while the page was open
            return HttpResponse(status=401, headers={"HX-Refresh": "true"})
        if request.POST.get("step") == "sign-in":
            return answer(request, {})
        if request.method == "POST":
            return see(request.path)
        return form(request, {})

    return visited(asked)


def form(
    request: HttpRequest, context: Mapping[str, object], status: int = 200, *, leads_to: str = ""
) -> HttpResponse:
    """The form to sign in, with the providers that can be asked instead; both lead back here."""
    back = urlencode({"page": request.get_full_path()})
    offered = [
        {
            "name": provider.name or provider.id,
            "address": f"/account/sociallogin?provider={quote(provider.id)}&{back}",
        }
        for provider in settings.ROSETTE.sign_in_providers
    ]
    shown = {**context, "providers": offered}
    return page(request, "sign_in", shown, status, leads_to=leads_to)


def answer(request: HttpRequest, context: dict[str, object], leads_to: str = "") -> HttpResponse:
    """
    What becomes of a form that signs in or out: the same address again, or the form with why not.

    ``context`` and ``leads_to`` are those of the page that has the form.
    """
    if request.POST.get("step") == "sign-out":
        logout(request)
        return see(request.get_full_path())
    name = request.POST.get("username", "").strip()
    again = {**context, "username": name}
    try:
        person = _person(request, name)
    except TryLater as refusal:
        again["wait"] = refusal.seconds
        again["error"] = ngettext(
            "Too many attempts. Please wait for a second and try again.",
            "Too many attempts. Please wait for %(count)s seconds and try again.",
            refusal.seconds,
        ) % {"count": refusal.seconds}
        response = form(request, again, 429, leads_to=leads_to)
        response["Retry-After"] = str(refusal.seconds)
        return response
    if person is None:
        again["error"] = _("This address and this password do not belong together.")
        return form(request, again, 400, leads_to=leads_to)
    login(request, person)
    return see(request.get_full_path())


def address_of(person: User) -> str:
    """The address that a person knows their account by, or empty."""
    addresses = accounts.identities([person])[person.pk].addresses
    return addresses[0].email if addresses else ""


def _person(request: HttpRequest, name: str) -> User | None:
    """Whose name and password these are. Raises TryLater."""
    attempt = limits.attempt(_LOGIN, name=name, address=limits.address_of(request))
    person = authenticate(request, username=name, password=request.POST.get("password", ""))
    if not isinstance(person, User):
        attempt.failed()
        return None
    attempt.succeeded()
    return person
