"""
``/setup``: the first account, by whoever has the code that the server printed; and
``/manage/setup``: what else a new server wants, step by step.

No step is remembered: each looks at how things are. So any can be left out, and come back to.
"""

from typing import Any, Final
from urllib.parse import urlsplit

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rosette import limits, sessions
from rosette.config import PREFIX
from rosette.errors import InvalidInput, NotFound, StillInUse
from rosette.models import Issuer, User
from rosette.operations import accounts, demo, notices
from rosette.web.forms import Form, sent, worded
from rosette.web.operator import administrator, manage_page
from rosette.web.signup import PASSWORD_HINT, password_field
from rosette.web.visits import is_partial, page, say, see, visited

_HERE: Final = "/manage/setup"
_FIRST_ADDRESS: Final = "admin@localhost"


class FirstForm(Form):
    """The first account, and the code that shows that somebody runs this server."""

    code = forms.CharField(
        label=gettext_lazy("Code"),
        max_length=40,
        help_text=gettext_lazy("The server printed it when it started."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    first_name = forms.CharField(label=gettext_lazy("First name"), max_length=30, required=False)
    last_name = forms.CharField(label=gettext_lazy("Last name"), max_length=150, required=False)
    email = forms.EmailField(
        label=gettext_lazy("Email address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    password = password_field(
        gettext_lazy("Password"), autocomplete="new-password", hint=PASSWORD_HINT
    )


class SettingsForm(Form):
    """What may stand in the file of settings; each field is one of them."""

    public_url = forms.URLField(
        label=gettext_lazy("Public address"),
        max_length=200,
        assume_scheme="https",
        help_text=gettext_lazy(
            "It stands in every badge, so choose it before the first award, and for good."
        ),
    )
    site_name = forms.CharField(label=gettext_lazy("Name of the site"), max_length=80)
    email_url = forms.CharField(
        label=gettext_lazy("Mail server"),
        max_length=300,
        required=False,
        help_text=gettext_lazy(
            "Such as smtp+tls://user:password@mail.example.org:587. Without one, mails are "
            "written as files."
        ),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    email_from = forms.CharField(label=gettext_lazy("Mails come from"), max_length=254)
    allow_signup = forms.BooleanField(
        label=gettext_lazy("Anybody may make an account"), required=False
    )


@visited
def first(request: HttpRequest) -> HttpResponse:
    """``GET /setup``: the first account; there is no such page once there is one."""
    if User.objects.exists():
        raise NotFound
    form = FirstForm(sent(request))
    if request.method == "POST" and form.is_valid():
        attempt = limits.attempt("setup", address=limits.address_of(request))
        told = dict(form.cleaned_data)
        try:
            accounts.require_setup_code(told.pop("code"))
            person = accounts.add_first(**told)
        except InvalidInput as refusal:
            if "code" in refusal.fields:
                attempt.failed()
            form.refuse(refusal)
        else:
            sessions.begin(request, person)
            return see(_HERE)
    return page(request, "setup", {"form": form}, 400 if form.is_bound else 200)


@administrator
def steps(request: HttpRequest, person: User) -> HttpResponse:
    """``GET /manage/setup``: what is done and what is left."""
    if is_partial(request):
        return page(request, "manage/_test_mail", {"test": notices.last_test(person)})
    origin = urlsplit(settings.ROSETTE.origin)
    known = person.addresses()
    shown = {
        "public_url": settings.ROSETTE.public_url,
        "reached": request.get_host(),
        "expected": origin.netloc,
        "is_reached": request.get_host() == origin.netloc,
        "is_local": not settings.ROSETTE.public_url,
        "is_plain": origin.scheme == "http",
        "is_named": settings.ROSETTE.site_name != "Rosette",
        "address": known[0].email if known else "",
        "is_first_address": bool(known) and known[0].email == _FIRST_ADDRESS,
        "sends_mail": not hasattr(settings, "EMAIL_FILE_PATH"),
        "test": notices.last_test(person),
        "has_demo": demo.is_there(),
        "has_issuer": Issuer.objects.filter(deleted_at=None, source_url=None).exists(),
        "form": SettingsForm(initial=_settings()),
    }
    return manage_page(request, "setup", shown)


@administrator
def test_mail(request: HttpRequest, person: User) -> HttpResponse:
    """``POST /manage/setup/mail``: a mail to oneself, to see whether it arrives."""
    if request.method == "POST":
        limits.attempt("test mail", name=person.entity_id).failed()
        notices.send_test(person)
    return see(f"{_HERE}#mail")


@administrator
def load_demo(request: HttpRequest, person: User) -> HttpResponse:
    """``POST /manage/setup/demo``: the sample issuer with its badges and awards."""
    if request.method == "POST":
        try:
            demo.make()
        except StillInUse as refusal:
            say(request, worded(refusal.message), tone="warn")
        else:
            say(request, _("The samples are there. Look at Harbor Learning among your issuers."))
    return see(f"{_HERE}#demo")


@administrator
def settings_file(request: HttpRequest, person: User) -> HttpResponse:
    """``POST /manage/setup/settings``: the settings of the form as a file for the environment."""
    if request.method != "POST":
        return see(_HERE)
    form = SettingsForm(request.POST)
    if not form.is_valid():
        return manage_page(request, "setup_settings", {"form": form}, 400)
    response = HttpResponse(_file(form.cleaned_data), content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="rosette.env"'
    return response


def _settings() -> dict[str, Any]:
    """What is in force, without secrets."""
    site = settings.ROSETTE
    return {
        "public_url": site.public_url,
        "site_name": site.site_name,
        "email_from": site.email_from,
        "allow_signup": site.allow_signup,
    }


def _file(chosen: dict[str, Any]) -> str:
    """Lines ``NAME=value``, as shells, systemd and Docker read them."""
    lines = ["# Settings of Rosette. `rosette settings` lists them all with their meaning."]
    for name, value in chosen.items():
        text = str(value).lower() if isinstance(value, bool) else str(value).rstrip("/")
        if text:
            lines.append(f"{PREFIX}{name.upper()}={_quoted(text)}")
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    plain = "".join(letter for letter in text if letter.isprintable())
    if all(letter.isalnum() or letter in "-_.:/@+%" for letter in plain):
        return plain
    for letter in '\\"$`':
        plain = plain.replace(letter, f"\\{letter}")
    return f'"{plain}"'
