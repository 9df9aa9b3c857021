"""``/signup`` and ``/account/password``: a new account, and a new password for a forgotten one."""

from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from rosette import limits
from rosette.errors import InvalidInput
from rosette.operations import accounts
from rosette.operations.accounts import SignUp
from rosette.web.forms import Form, sent
from rosette.web.visits import page, see, visited, visitor

PASSWORD_HINT = _("At least 8 characters, not only digits, and none of the common ones.")
_ADDRESS = forms.EmailInput(attrs={"autocomplete": "email", "autocapitalize": "none"})


def password_field(label: Any, *, autocomplete: str, hint: Any = "") -> forms.CharField:
    """A field for a password, which is taken as it is typed."""
    return forms.CharField(
        label=label,
        help_text=hint,
        max_length=4096,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": autocomplete}),
    )


class SignUpForm(Form):
    """Who somebody is who wants an account."""

    first_name = forms.CharField(
        label=_("First name"),
        max_length=30,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "given-name"}),
    )
    last_name = forms.CharField(
        label=_("Last name"),
        max_length=150,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "family-name"}),
    )
    email = forms.EmailField(
        label=_("Email address"),
        max_length=254,
        help_text=_("Badges that are awarded to this address are found in your account."),
        widget=_ADDRESS,
    )
    password = password_field(_("Password"), autocomplete="new-password", hint=PASSWORD_HINT)


class ForgottenForm(Form):
    """Whose password is forgotten."""

    email = forms.EmailField(label=_("Email address"), max_length=254, widget=_ADDRESS)


@visited
def sign_up(request: HttpRequest) -> HttpResponse:
    """
    ``GET /signup``: a form for an account; ``POST`` makes it, and leads on to the mail.

    Says so where only administrators make accounts.
    """
    if visitor(request) is not None:
        return see("/")
    if not settings.ROSETTE.allow_signup:
        return page(request, "signup_closed", {}, 403)
    form = SignUpForm(sent(request))
    if request.method == "POST" and form.is_valid():
        address = limits.address_of(request)
        limits.attempt("sign-up", address=address).failed()
        try:
            accounts.sign_up(SignUp(**form.cleaned_data))
        except InvalidInput as refusal:
            form.refuse(refusal)
        else:
            request.session["signed_up"] = form.cleaned_data["email"]
            return see("/signup/success")
    shown = {"form": form, "terms_url": settings.ROSETTE.terms_url}
    return page(request, "signup", shown, 400 if form.is_bound else 200)


@visited
def signed_up(request: HttpRequest) -> HttpResponse:
    """``GET /signup/success``: that a mail is under way, and to where."""
    return page(request, "signed_up", {"email": request.session.get("signed_up", "")})


@visited
def forgotten(request: HttpRequest) -> HttpResponse:
    """
    ``GET /account/password``: who forgot their password; ``POST`` asks for the mail.

    The answer is the same whether or not there is such an account.
    """
    form = ForgottenForm(sent(request))
    if request.method == "POST" and form.is_valid():
        limits.attempt("password reset", address=limits.address_of(request)).failed()
        accounts.forgot_password(form.cleaned_data["email"])
        return page(request, "forgotten_sent", {"email": form.cleaned_data["email"]})
    return page(request, "forgotten", {"form": form}, 400 if form.is_bound else 200)
