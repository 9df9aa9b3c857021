"""``/claim/:code``: where the mail of an award leads; the badge first, then one button."""

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rosette import sessions
from rosette.errors import InvalidInput, NotFound
from rosette.models import BadgeClass, User
from rosette.models.badgeclasses import PublishedBadgeClass
from rosette.operations import claims
from rosette.operations.claims import Claim, Standing, State
from rosette.web import signin
from rosette.web.forms import Form
from rosette.web.visits import page, say, see, visited, visitor


class Newcomer(Form):
    """Who claims a badge and has no account yet; the link has proven the address."""

    name = forms.CharField(
        label=gettext_lazy("Your name"),
        max_length=120,
        required=False,
        help_text=gettext_lazy("As it should stand beside your badges."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    password = forms.CharField(
        label=gettext_lazy("Choose a password"),
        max_length=4096,
        strip=False,
        help_text=gettext_lazy("At least eight letters; a short sentence is a good one."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean_name(self) -> str:
        """The name; the parts of it have to fit."""
        name = " ".join(str(self.cleaned_data["name"]).split())
        if len(self.parts(name)[0]) > 30:
            raise forms.ValidationError(_("Please shorten the first name."))
        return name

    @staticmethod
    def parts(name: str) -> tuple[str, str]:
        """First and last name."""
        first, _space, last = name.rpartition(" ")
        return (first, last) if first else (last, "")


@visited
def claim(request: HttpRequest, token: str) -> HttpResponse:
    """``GET /claim/:code``: the badge, and how to take it; ``POST`` does one of the ways."""
    try:
        found = claims.find(token)
    except NotFound:
        return page(request, "claims/unknown", {}, 404)
    step = request.POST.get("step", "")
    if step in ("sign-in", "sign-out"):
        return signin.answer(request, {})
    person = visitor(request)
    if request.method == "POST":
        return _done(request, token, found, person, step)
    if person is None and "sign-in" in request.GET:
        return signin.form(request, {})
    return _page(request, found, person, Newcomer())


def sandbox_page(
    request: HttpRequest,
    badgeclass: BadgeClass | PublishedBadgeClass,
    award_id: str,
    person: User | None,
    *,
    address: str = "",
) -> HttpResponse:
    """What others than those who work at a sandbox see of an award that they could claim."""
    context = {
        "badgeclass": badgeclass,
        "award_id": award_id,
        "person": person,
        "address": address,
        "section": "backpack",
    }
    return page(request, "claims/sandbox", context)


def _done(
    request: HttpRequest, token: str, found: Claim, person: User | None, step: str
) -> HttpResponse:
    if step == "again":
        claims.send_again(token)
        say(request, _("A new link is on its way to the address that the badge was awarded to."))
        return see(request.path)
    if person is None and step == "join":
        return _joined(request, token, found)
    if person is None:
        return see(request.path)
    if step == "add":
        claims.add_address(token, by=person)
        say(
            request,
            _("We have sent a mail there. Open the link in it, and the badge is in your backpack."),
        )
        return see("/backpack")
    if step != "accept" or claims.standing(found, person) is Standing.STRANGER:
        return see(request.path)
    item = claims.take(token, by=person)
    say(request, _("The badge is in your backpack."))
    return see(f"/backpack/{item.award.entity_id}")


def _joined(request: HttpRequest, token: str, found: Claim) -> HttpResponse:
    form = Newcomer(request.POST)
    if not form.is_valid():
        return _page(request, found, None, form, 400)
    first, last = form.parts(form.cleaned_data["name"])
    try:
        person, item = claims.join(
            token, first_name=first, last_name=last, password=form.cleaned_data["password"]
        )
    except InvalidInput as refusal:
        form.refuse(refusal)
        return _page(request, found, None, form, 400)
    sessions.begin(request, person)
    say(request, _("Welcome! The badge is in your backpack."))
    return see(f"/backpack/{item.award.entity_id}")


def _page(
    request: HttpRequest, found: Claim, person: User | None, form: Form, status: int = 200
) -> HttpResponse:
    standing = claims.standing(found, person) if person else None
    is_owner = standing is Standing.OWNER
    if found.is_sandbox and not is_owner:
        return sandbox_page(
            request, found.award.badgeclass, found.award.entity_id, person, address=found.address
        )
    if found.state is State.CLAIMED and not is_owner and found.has_owner:
        # Its owner may have made it private since; so nothing of it is shown to others.
        return page(request, "claims/claimed", {"person": person})
    context = {
        "claim": found,
        "award": found.award,
        "state": found.state.value,
        "person": person,
        "address_of_person": signin.address_of(person) if person else "",
        "is_owner": is_owner,
        "may_take": is_owner or (standing is Standing.CLAIMANT and not found.has_owner),
        "form": form,
        "allows_signup": settings.ROSETTE.allow_signup,
        "section": "backpack",
    }
    return page(request, "claims/claim", context, status)
