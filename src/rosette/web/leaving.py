"""``/account/data``: taking one's data along, and ending one's account."""

from typing import cast

from django import forms
from django.contrib.auth import logout
from django.http import FileResponse, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy

from rosette.errors import InvalidInput, StillInUse
from rosette.models import User
from rosette.operations import leaving
from rosette.web.forms import Form, sent, worded
from rosette.web.signin import member, proven
from rosette.web.signup import password_field
from rosette.web.visits import page, see, visited


class LeavingForm(Form):
    """That it is really them, and that they mean it."""

    password = password_field(gettext_lazy("Your password"), autocomplete="current-password")
    sure = forms.BooleanField(
        label=gettext_lazy("I understand that my account cannot be brought back.")
    )


@member
def overview(request: HttpRequest, person: User) -> HttpResponse:
    """``GET /account/data``: both ways."""
    return page(request, "account/data", {"section": "account", "tab": "data"})


@proven
def export(request: HttpRequest, person: User) -> HttpResponse:
    """``POST /account/data/export``: an archive of all that is kept of the person (ZIP)."""
    if request.method != "POST":
        return see("/account/data")
    name = f"rosette-{timezone.now():%Y-%m-%d}.zip"
    file = FileResponse(leaving.exported(person), as_attachment=True, filename=name)
    return cast(HttpResponse, file)  # for the types a sibling of it; headers are all we touch


@proven
def leave(request: HttpRequest, person: User) -> HttpResponse:
    """``GET /account/data/leave``: what goes and what stays; ``POST`` ends the account."""
    form = LeavingForm(sent(request))
    if not person.has_usable_password():
        del form.fields["password"]
    if request.method == "POST" and form.is_valid():
        try:
            leaving.leave(person, password=form.cleaned_data.get("password", ""), is_fresh=True)
        except InvalidInput as refusal:
            form.refuse(refusal)
        except StillInUse as refusal:
            form.add_error(None, worded(refusal.message))
        else:
            logout(request)
            return see("/goodbye")
    shown = {"section": "account", "tab": "data", "form": form}
    return page(request, "account/leave", shown, 400 if form.is_bound else 200)


@visited
def gone(request: HttpRequest) -> HttpResponse:
    """``GET /goodbye``: that the account has ended."""
    return page(request, "goodbye", {})
