"""``/auth/login``: signing in with a password, here and on every page that first asks who it is."""

from django.contrib.auth import authenticate, login, logout
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rosette import limits
from rosette.errors import TryLater
from rosette.models import User
from rosette.operations import accounts
from rosette.web.visits import page, see, visited, visitor

# The same books as those of `/o/token`: a guess is a guess.
_LOGIN = "login"


@visited
def sign_in(request: HttpRequest) -> HttpResponse:
    """``GET /auth/login``: a form, or who is signed in; ``POST`` signs in or out."""
    if request.method == "POST":
        return answer(request, {})
    person = visitor(request)
    if person is None:
        return page(request, "sign_in", {})
    return page(request, "signed_in", {"person": person, "address": address_of(person)})


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
        response = page(request, "sign_in", again, 429, leads_to=leads_to)
        response["Retry-After"] = str(refusal.seconds)
        return response
    if person is None:
        again["error"] = _("This address and this password do not belong together.")
        return page(request, "sign_in", again, 400, leads_to=leads_to)
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
