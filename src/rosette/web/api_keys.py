"""``/account/keys`` and ``/account/apps``: programs that act for somebody, and ending that."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rosette.errors import InvalidInput
from rosette.models import AccessToken, Issuer, User
from rosette.operations import api_keys, applications
from rosette.scopes import ADMIN_SCOPE, issuer_of, meaning
from rosette.web.calls import curl
from rosette.web.forms import Form, sent
from rosette.web.signin import member, proven
from rosette.web.visits import page, say, see


class KeyForm(Form):
    """A wish for a key."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=80,
        help_text=gettext_lazy("The program that it is for."),
    )
    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("What it may do"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    issuer = forms.ChoiceField(
        label=gettext_lazy("Only for one issuer"),
        required=False,
        help_text=gettext_lazy(
            "A key for one issuer reaches this one and nothing else, unless you tick more above."
        ),
    )
    until = forms.DateField(
        label=gettext_lazy("Last day"),
        required=False,
        help_text=gettext_lazy("Without one it is good until you end it."),
        widget=forms.DateInput(attrs={"type": "date"}),
    )

    def __init__(self, *args: Any, person: User, issuers: list[Issuer], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        scopes: Any = self.fields["scopes"]
        scopes.choices = [
            (name, _(meaning(name)))
            for name in api_keys.SCOPES
            if name != ADMIN_SCOPE or person.is_superuser
        ]
        chosen: Any = self.fields["issuer"]
        chosen.choices = [("", _("No limit")), *((row.entity_id, row.name) for row in issuers)]
        if not issuers:
            del self.fields["issuer"]


@member
def index(request: HttpRequest, person: User) -> HttpResponse:
    """``GET /account/keys``: the keys, each with what it may and when it was last used."""
    rows = list(api_keys.of_person(person))
    return _page(request, "keys", {"keys": _shown(rows)})


@proven
def new(request: HttpRequest, person: User) -> HttpResponse:
    """``GET /account/keys/new``: a form; ``POST`` makes the key and shows it, once."""
    form = KeyForm(sent(request), person=person, issuers=api_keys.lendable_issuers(person))
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        try:
            made = api_keys.make(
                person,
                told["name"],
                told["scopes"],
                issuer=told.get("issuer", ""),
                until=told["until"],
            )
        except InvalidInput as refusal:
            form.refuse(refusal)
        else:
            (shown,) = _shown([made.row])
            call = curl("GET", "/v2/users/self").replace("TOKEN", made.text)
            return _page(request, "key_made", {"text": made.text, "key": shown, "call": call})
    return _page(request, "key", {"form": form}, form)


@member
def end(request: HttpRequest, person: User, entity_id: str) -> HttpResponse:
    """``POST /account/keys/:id/end``: the key opens nothing any more."""
    if request.method == "POST":
        api_keys.end(entity_id, by=person)
        say(request, _("The key has ended. Programs that use it are refused from now on."))
    return see("/account/keys")


@member
def apps(request: HttpRequest, person: User) -> HttpResponse:
    """``GET /account/apps``: what may act for somebody; ``POST`` ends one, or all by password."""
    if request.method == "POST":
        if request.POST.get("step") == "passwords":
            applications.end_sign_ins_by_password(person)
            say(request, _("Programs that knew your password have to ask for it again."))
        else:
            client_id = request.POST.get("client", "").replace("\0", "")
            applications.disconnect(client_id, by=person)
            say(request, _("The application is disconnected."))
        return see("/account/apps")
    found = applications.connections(person)
    names = _issuer_names(scope for item in found for scope in item.scopes)
    shown = [
        {
            "application": item.application,
            "since": item.since,
            "wishes": _words(item.scopes, names),
        }
        for item in found
    ]
    by_password = applications.sign_ins_by_password(person)
    return _page(request, "apps", {"apps": shown, "by_password": by_password})


def _shown(rows: list[AccessToken]) -> list[dict[str, Any]]:
    names = api_keys.issuer_names(rows)
    return [
        {
            "row": row,
            "until": row.expires if api_keys.has_end(row) else None,
            "wishes": _words(row.scope.split(), names),
        }
        for row in rows
    ]


def _issuer_names(scopes: Any) -> dict[str, str]:
    named = [name for scope in scopes if (name := issuer_of(scope))]
    return dict(Issuer.objects.filter(entity_id__in=named).values_list("entity_id", "name"))


def _words(scopes: list[str], issuers: dict[str, str]) -> list[str]:
    """The scopes in words, each once."""
    return list(
        dict.fromkeys(
            _("Act for the issuer “%(name)s”") % {"name": issuers[name]}
            if (name := issuer_of(scope)) in issuers
            else _(meaning(scope))
            for scope in scopes
        )
    )


def _page(
    request: HttpRequest, template: str, context: Mapping[str, object], form: Form | None = None
) -> HttpResponse:
    shown = {"section": "account", "tab": template, **context}
    return page(request, f"account/{template}", shown, 400 if form and form.errors else 200)
