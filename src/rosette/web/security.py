"""``/account/security``: what opens an account: password, second step, passkeys, other accounts."""

import base64
from collections.abc import Mapping
from typing import Final

from django import forms
from django.conf import settings
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from rosette import sessions
from rosette.errors import InvalidInput, NotFound
from rosette.models import User
from rosette.operations import accounts, devices, passkeys, providers, second_steps
from rosette.operations.passkeys import NAME_MAX_LENGTH
from rosette.web.forms import Form, sent
from rosette.web.signin import member, proven
from rosette.web.signup import PASSWORD_HINT, password_field
from rosette.web.visits import page, say, see

_HERE: Final = "/account/security"
_SECRET: Final = "second_step"  # noqa: S105 -- the name of a place
_PASSKEY: Final = "new_passkey"


class PasswordForm(Form):
    """A new password, by whoever knows the present one."""

    current_password = password_field(
        gettext_lazy("Present password"), autocomplete="current-password"
    )
    password = password_field(
        gettext_lazy("New password"), autocomplete="new-password", hint=PASSWORD_HINT
    )


class CodeForm(Form):
    """A code that shows that an app has the secret."""

    code = forms.CharField(
        label=gettext_lazy("Code that the app shows now"),
        max_length=12,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code"}),
    )


class PasskeyForm(Form):
    """How a passkey is called in the list, and what the device said."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=NAME_MAX_LENGTH,
        help_text=gettext_lazy("By which you know it later, such as “My telephone”."),
    )
    credential = forms.CharField(widget=forms.HiddenInput, required=False)


@member
def overview(request: HttpRequest, person: User) -> HttpResponse:
    """``GET /account/security``: everything that opens the account."""
    offered = {
        provider.id: provider.name or provider.id for provider in settings.ROSETTE.sign_in_providers
    }
    linked = [
        {"row": row, "name": offered.get(row.provider, row.provider)}
        for row in providers.accounts_of(person)
    ]
    shown = {
        "person": person,
        "has_password": person.has_usable_password(),
        "two_step": second_steps.is_on(person),
        "codes_left": second_steps.recovery_codes_left(person),
        "passkeys": [
            {"row": row, "name": row.data.get("name", "")} for row in passkeys.of_person(person)
        ],
        "linked": linked,
        "offered": [{"id": name, "name": text} for name, text in offered.items()],
    }
    return _page(request, "security", shown)


@member
def password(request: HttpRequest, person: User) -> HttpResponse:
    """``GET /account/security/password``: a new one; all other sessions end with the old one."""
    if not person.has_usable_password():
        return _page(request, "no_password", {"addresses": person.addresses()})
    form = PasswordForm(sent(request))
    if request.method == "POST" and form.is_valid():
        try:
            changed = accounts.change_profile(
                person,
                {
                    "password": form.cleaned_data["password"],
                    "current_password": form.cleaned_data["current_password"],
                },
                session=sessions.number(request),
            )
        except InvalidInput as refusal:
            form.refuse(refusal)
        else:
            update_session_auth_hash(request, changed)
            say(request, _("Your password is changed. Everywhere else you have been signed out."))
            return see(_HERE)
    return _page(request, "password", {"form": form}, form)


@proven
def two_step(request: HttpRequest, person: User) -> HttpResponse:
    """
    ``GET /account/security/two-step``: the secret for an app; ``POST`` with a code switches it on.

    Then, once, the list of recovery codes is shown.
    """
    if second_steps.is_on(person):
        return see(_HERE)
    form = CodeForm(sent(request))
    sealed = request.session.get(_SECRET)
    if sealed is None:
        sealed = request.session[_SECRET] = second_steps.new_secret()
    if request.method == "POST" and form.is_valid():
        try:
            codes = second_steps.turn_on(person, sealed, form.cleaned_data["code"])
        except InvalidInput as refusal:
            form.refuse(refusal)
        else:
            del request.session[_SECRET]
            return _codes(request, codes)
    offer = second_steps.Offer(person, sealed)
    picture = base64.b64encode(offer.picture.encode()).decode()
    shown = {
        "form": form,
        "secret": offer.in_groups,
        "address": offer.address,
        "picture": f"data:image/svg+xml;base64,{picture}",
    }
    return _page(request, "two_step", shown, form)


@proven
def two_step_off(request: HttpRequest, person: User) -> HttpResponse:
    """``GET /account/security/two-step/off``: asks; ``POST`` switches it off."""
    if request.method == "POST":
        second_steps.turn_off(person)
        say(
            request,
            _("Two-step sign-in is off. Your password alone opens your account."),
            tone="warn",
        )
        return see(_HERE)
    return _page(request, "two_step_off", {})


@proven
def recovery_codes(request: HttpRequest, person: User) -> HttpResponse:
    """``GET /account/security/codes``: asks; ``POST`` makes a new list and shows it, once."""
    if not second_steps.is_on(person):
        raise NotFound
    if request.method == "POST":
        return _codes(request, second_steps.new_recovery_codes(person))
    return _page(request, "codes_ask", {"left": second_steps.recovery_codes_left(person)})


@proven
def add_passkey(request: HttpRequest, person: User) -> HttpResponse:
    """``GET /account/security/passkeys/new``: a name; ``POST`` keeps what the device made."""
    form = PasskeyForm(sent(request), initial={"name": _device_name(request)})
    if request.method == "POST" and form.is_valid():
        state = request.session.pop(_PASSKEY, None)
        try:
            passkeys.make(
                person, form.cleaned_data["name"], form.cleaned_data["credential"], state=state
            )
        except InvalidInput as refusal:
            form.refuse(refusal)
        else:
            say(request, _("The passkey is kept. You can sign in with it from now on."))
            return see(_HERE)
    return _page(request, "passkey", {"form": form}, form)


@proven
def passkey_options(request: HttpRequest, person: User) -> HttpResponse:
    """``POST /account/security/passkeys/options``: what a script asks the device to make."""
    if request.method != "POST":
        return see(_HERE)
    options, state = passkeys.begin_making(person)
    request.session[_PASSKEY] = state
    return JsonResponse(options)


@proven
def remove_passkey(request: HttpRequest, person: User, number: str) -> HttpResponse:
    """``POST /account/security/passkeys/:number/remove``: it opens the account no longer."""
    if request.method == "POST":
        passkeys.remove(person, number)
        say(request, _("The passkey is removed. Remove it from your device, too."))
    return see(_HERE)


@proven
def link_account(request: HttpRequest, person: User) -> HttpResponse:
    """``POST /account/security/link``: to the provider, to connect an account there."""
    if request.method != "POST":
        return see(_HERE)
    address = providers.connect_address(request.POST.get("provider", ""), by=person)
    path = address.removeprefix(settings.ROSETTE.origin)
    return see(f"{path}&page={_HERE}")


@proven
def unlink_account(request: HttpRequest, person: User, number: str) -> HttpResponse:
    """``POST /account/security/linked/:number/remove``: sign in with that account no longer."""
    if request.method == "POST":
        providers.disconnect(number, by=person)
        say(request, _("The account is disconnected."))
    return see(_HERE)


@member
def signed_in_where(request: HttpRequest, person: User) -> HttpResponse:
    """``GET /account/devices``: where somebody is signed in; ``POST`` ends one or all others."""
    here = sessions.number(request)
    if request.method == "POST":
        if request.POST.get("step") == "others":
            count = devices.end_all(person, but=here, by=person)
            say(
                request,
                ngettext(
                    "You are signed out of %(count)s other device.",
                    "You are signed out of %(count)s other devices.",
                    count,
                )
                % {"count": count},
            )
        else:
            devices.end(person, request.POST.get("number", "").replace("\0", ""))
            say(request, _("You are signed out there."))
        return see("/account/devices")
    shown = {"devices": devices.of_person(person), "here": here}
    return _page(request, "devices", shown)


def _codes(request: HttpRequest, codes: list[str]) -> HttpResponse:
    text = base64.b64encode(second_steps.recovery_codes(codes).encode()).decode()
    shown = {"codes": codes, "file": f"data:text/plain;base64,{text}"}
    return _page(request, "codes", shown)


def _device_name(request: HttpRequest) -> str:
    browser, system = devices.described(request.META.get("HTTP_USER_AGENT", ""))
    return " · ".join(filter(None, [browser, system]))


def _page(
    request: HttpRequest, template: str, context: Mapping[str, object], form: Form | None = None
) -> HttpResponse:
    shown = {"section": "account", "tab": template, **context}
    return page(request, f"account/{template}", shown, 400 if form and form.errors else 200)
