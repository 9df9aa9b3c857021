"""``/account``: who somebody is here: name, language, addresses, web addresses and telephones."""

from collections.abc import Mapping

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rosette.errors import InvalidInput, NotFound, StillInUse
from rosette.models import Identifier, User
from rosette.operations import accounts, addresses, identifiers
from rosette.web.forms import Form, sent, texts_of, worded
from rosette.web.signin import member
from rosette.web.visits import page, say, see


class ProfileForm(Form):
    """What somebody is called."""

    first_name = forms.CharField(
        label=gettext_lazy("First name"),
        max_length=30,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "given-name"}),
    )
    last_name = forms.CharField(
        label=gettext_lazy("Last name"),
        max_length=150,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "family-name"}),
    )


class AddressForm(Form):
    """One more address."""

    email = forms.EmailField(
        label=gettext_lazy("Another email address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email", "autocapitalize": "none"}),
    )


class IdentifierForm(Form):
    """A web address or telephone number."""

    named = {"identity": "value"}

    kind = forms.ChoiceField(
        label=gettext_lazy("Kind"),
        choices=[
            (Identifier.Kind.URL, gettext_lazy("Web address")),
            (Identifier.Kind.TELEPHONE, gettext_lazy("Telephone number")),
        ],
    )
    value = forms.CharField(
        label=gettext_lazy("Address or number"),
        max_length=700,
        help_text=gettext_lazy("Such as https://example.org/me, or +47 12 34 56 78."),
    )


class CodeForm(Form):
    """The code that was sent to a telephone."""

    code = forms.CharField(
        label=gettext_lazy("Code"),
        max_length=12,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code"}),
    )


@member
def profile(request: HttpRequest, person: User) -> HttpResponse:
    """``GET /account``: name and language; ``POST`` changes the name."""
    known = {"first_name": person.first_name, "last_name": person.last_name}
    form = ProfileForm(sent(request), initial=known)
    if request.method == "POST" and form.is_valid():
        try:
            accounts.change_profile(
                person,
                {
                    "first_name": form.cleaned_data["first_name"],
                    "last_name": form.cleaned_data["last_name"],
                },
            )
        except InvalidInput as refusal:
            form.refuse(refusal)
        else:
            say(request, _("Your name is saved."))
            return see("/account")
    return _page(request, "profile", {"form": form, "person": person}, form)


@member
def mail_addresses(request: HttpRequest, person: User) -> HttpResponse:
    """``GET /account/addresses``: each with its state; ``POST`` adds one or changes one."""
    form = AddressForm(request.POST if request.POST.get("step") == "add" else None)
    if request.method == "POST":
        try:
            if _change_addresses(request, person, form):
                return see("/account/addresses")
        except InvalidInput as refusal:
            if not form.is_bound:
                say(request, " ".join(texts_of(refusal)), tone="bad")
                return see("/account/addresses")
            form.refuse(refusal)
    shown = {"form": form, "addresses": person.addresses(), "person": person}
    return _page(request, "addresses", shown, form)


def _change_addresses(request: HttpRequest, person: User, form: AddressForm) -> bool:
    """Do what the form asks; whether it was done. Raises InvalidInput, TryLater and NotFound."""
    match request.POST.get("step"):
        case "add":
            if not form.is_valid():
                return False
            addresses.add(person, form.cleaned_data["email"])
            say(request, _("A mail is under way. Open its link, and the address is yours."))
        case "resend":
            addresses.resend_verification(person, _number(request.POST.get("number", "")))
            say(request, _("The mail is under way once more."))
        case "primary":
            addresses.make_primary(person, _number(request.POST.get("number", "")))
            say(request, _("This is your main address now."))
    return True


@member
def remove_address(request: HttpRequest, person: User, number: str) -> HttpResponse:
    """``GET /account/addresses/:number/remove``: what goes with the address; ``POST`` does it."""
    address = addresses.find(person, _number(number))
    if request.method == "POST":
        try:
            addresses.remove(person, address.pk)
        except InvalidInput:
            say(
                request,
                _("Your main address cannot be removed. Choose another one first."),
                tone="bad",
            )
        else:
            say(request, _("%(address)s is removed.") % {"address": address.email})
        return see("/account/addresses")
    shown = {"address": address, "awards": addresses.awards_to(address) if address.verified else 0}
    return _page(request, "remove_address", shown)


@member
def other_identifiers(request: HttpRequest, person: User) -> HttpResponse:
    """``GET /account/identifiers``: web addresses and numbers; ``POST`` claims one more."""
    form = IdentifierForm(sent(request))
    if request.method == "POST" and form.is_valid():
        try:
            made = identifiers.add(form.cleaned_data["kind"], form.cleaned_data["value"], by=person)
        except InvalidInput as refusal:
            form.refuse(refusal)
        else:
            return see(f"/account/identifiers/{made.entity_id}")
    shown = {"form": form, "identifiers": identifiers.of_person(person)}
    return _page(request, "identifiers", shown, form)


@member
def identifier(request: HttpRequest, person: User, entity_id: str) -> HttpResponse:
    """``GET /account/identifiers/:id``: how it is proven; ``POST`` proves it or gives it up."""
    found = identifiers.find(entity_id, by=person)
    here = f"/account/identifiers/{entity_id}"
    step = request.POST.get("step")
    form = CodeForm(request.POST if step == "confirm" else None)
    trouble: list[str] = []
    if request.method == "POST":
        try:
            match step:
                case "check":
                    identifiers.verify_url(found)
                    say(request, _("%(what)s is yours now.") % {"what": found.value})
                    return see("/account/identifiers")
                case "send":
                    identifiers.ask_for_code(found)
                    say(request, _("A message with a code is under way."))
                    return see(here)
                case "confirm" if form.is_valid():
                    identifiers.confirm(found, form.cleaned_data["code"])
                    say(request, _("%(what)s is yours now.") % {"what": found.value})
                    return see("/account/identifiers")
                case "remove":
                    identifiers.remove(found, by=person)
                    say(request, _("%(what)s is removed.") % {"what": found.value})
                    return see("/account/identifiers")
        except InvalidInput as refusal:
            if form.is_bound:
                form.refuse(refusal)
            else:
                trouble = list(texts_of(refusal))
        except StillInUse as refusal:
            trouble = [worded(refusal.message)]
    shown = {
        "identifier": found,
        "token": identifiers.token(found),
        "meta": f'<meta name="{identifiers.META}" content="{identifiers.token(found)}">',
        "link": identifiers.link(found),
        "file": identifiers.file(found) if found.kind == Identifier.Kind.URL else "",
        "form": form,
        "trouble": trouble,
    }
    return page(
        request,
        "account/identifier",
        {"section": "account", **shown},
        400 if trouble or form.errors else 200,
    )


def _page(
    request: HttpRequest, template: str, context: Mapping[str, object], form: Form | None = None
) -> HttpResponse:
    """A page of the account; 400 if its form was not done as asked."""
    shown = {"section": "account", "tab": template, **context}
    return page(request, f"account/{template}", shown, 400 if form and form.errors else 200)


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise NotFound
    return int(text)
