"""``/issuers``: the issuers that somebody works for; making, changing and deleting one."""

from datetime import timedelta
from typing import Any, Final

from django import forms
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rosette.errors import InvalidInput, NotPermitted, StillInUse
from rosette.models import Assertion, BadgeClass, Issuer, User
from rosette.models.base import new_entity_id
from rosette.operations import issuers, pictures, policies
from rosette.operations.issuers import IssuerWish
from rosette.operations.policies import Actor, Reach
from rosette.web import desk as desks
from rosette.web import fields, previews
from rosette.web.calls import curl
from rosette.web.desk import Desk, at_issuer
from rosette.web.forms import Form, unjudged
from rosette.web.pictures import Picture, chosen, remembered
from rosette.web.signin import member
from rosette.web.visits import is_partial, page, say, see

_LATELY: Final = timedelta(days=30)


class IssuerForm(Form):
    """What an issuer is. ``addresses``: those that it may be reached by."""

    name = fields.Line(label=gettext_lazy("Name"))
    description = fields.Text(
        label=gettext_lazy("Description"),
        help_text=gettext_lazy("Who you are, in one or two sentences."),
    )
    url = fields.Url(
        label=gettext_lazy("Website"),
        widget=forms.URLInput(attrs={"placeholder": "https://", "autocomplete": "url"}),
    )
    email = forms.ChoiceField(
        label=gettext_lazy("Contact address"),
        help_text=gettext_lazy("It is published. One of your own addresses, proven to be yours."),
    )
    image = Picture(
        label=gettext_lazy("Logo"),
        required=False,
        help_text=gettext_lazy("A square PNG or SVG picture."),
    )
    linkedin = fields.Line(
        label=gettext_lazy("Your page at LinkedIn"),
        required=False,
        help_text=gettext_lazy(
            "So that your logo stands beside your badges on people's profiles. Its number, or the "
            "address that its administrators see: linkedin.com/company/123456/admin."
        ),
    )

    def __init__(self, *args: Any, addresses: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        email = self.fields["email"]
        assert isinstance(email, forms.ChoiceField)
        email.choices = [(address, address) for address in addresses]


@member
def home(request: HttpRequest, person: User) -> HttpResponse:
    """``GET /issuers``: everything that the person works for."""
    by = Actor.person(person)
    mine = issuers.of_person(by)
    roles = policies.roles_at([issuer.pk for issuer in mine], by)
    counts = issuers.counts(mine)
    lately = _awarded_lately(mine)
    cards = [
        {
            "issuer": issuer,
            "role": desks.ROLES[roles[issuer.pk]],
            "counts": counts[issuer.pk],
            "lately": lately.get(issuer.pk, 0),
        }
        for issuer in mine
    ]
    own = any(issuer.sandbox and issuer.created_by_id == person.pk for issuer in mine)
    context = {
        "section": "issuers",
        "cards": cards,
        "can_make": by.is_verified,
        "has_sandbox": own,
    }
    return page(request, "issuers/home", context)


@member
def new(request: HttpRequest, person: User) -> HttpResponse:
    """``GET /issuers/new``: the form; ``POST`` makes an issuer, or shows what it would be."""
    return _form(request, person, None)


@at_issuer(Reach.READ)
def settings(request: HttpRequest, desk: Desk) -> HttpResponse:
    """``GET /issuers/:id/settings``: the form for editors, and what the others may know."""
    if not desk.can_edit:
        if request.method == "POST":
            return page(request, "refused/not_permitted", {"section": "issuers"}, 403)
        return desk.page(request, "issuers/facts", {"tab": "settings", "call": _call(desk.issuer)})
    return _form(request, desk.person, desk)


@at_issuer(Reach.OWNER)
def delete(request: HttpRequest, desk: Desk) -> HttpResponse:
    """``GET /issuers/:id/delete`` says what would happen, and ``POST`` does it."""
    awards = Assertion.objects.filter(issuer=desk.issuer, revoked_at=None).count()
    if request.method == "POST":
        try:
            issuers.remove(desk.issuer, by=desk.by)
        except StillInUse:
            return see(request.path)
        say(request, _("“%(name)s” was deleted.") % {"name": desk.issuer.name})
        return see("/issuers")
    badges = BadgeClass.objects.filter(issuer=desk.issuer, deleted_at=None).count()
    return desk.page(request, "issuers/delete", {"awards": awards, "badges": badges})


def _form(request: HttpRequest, person: User, desk: Desk | None) -> HttpResponse:
    before = desk.issuer if desk else None
    addresses = [email for kind, email in person.verified_identities() if kind == "email"]
    if before and before.email not in addresses:
        addresses.append(before.email)
    initial = {"email": addresses[0] if addresses else ""}
    if before:
        initial = {name: getattr(before, name) for name in ("name", "description", "url", "email")}
        initial["linkedin"] = before.linkedin_id
    if request.method != "POST":
        form = IssuerForm(initial=initial, addresses=addresses)
        return _shown(request, person, desk, form, before.image if before else "", fresh="")
    form = IssuerForm(request.POST, request.FILES, addresses=addresses, initial=initial)
    is_saved = request.POST.get("step", "save") == "save" and not is_partial(request)
    if not is_saved:
        unjudged(form)
    picture, fresh = before.image if before else "", ""
    try:
        fresh = chosen(request)
    except InvalidInput as refusal:
        form.refuse(refusal)
    picture = fresh or picture
    if is_partial(request):
        shown = _unsaved(form, before, picture)
        return render(
            request,
            "web/issuers/_preview.html",
            {
                "preview": previews.of_issuer(shown),
                "kept": remembered(fresh),
                "picture": previews.stored(picture),
                "form": form,
                "is_partial": True,
                "has_sent_picture": "image" in request.FILES,
            },
        )
    if is_saved and form.is_valid():
        wish: IssuerWish = {
            "name": form.cleaned_data["name"],
            "description": form.cleaned_data["description"],
            "url": form.cleaned_data["url"],
            "email": form.cleaned_data["email"],
            "linkedin": form.cleaned_data["linkedin"],
        }
        if fresh:
            wish["image"] = pictures.read(fresh)
        try:
            if desk:
                issuers.change(desk.issuer, wish, by=desk.by)
                say(request, _("The issuer was changed."))
                return see(request.path)
            made = issuers.create(wish, by=Actor.person(person))
            say(request, _("“%(name)s” is ready. Now make its first badge.") % {"name": made.name})
            return see(f"/issuers/{made.entity_id}")
        except NotPermitted:
            if desk:
                raise
            return page(request, "issuers/not_yet", {"section": "issuers"}, 403)
        except InvalidInput as refusal:
            form.refuse(refusal)
    return _shown(
        request,
        person,
        desk,
        form,
        picture,
        fresh=fresh,
        status=400 if is_saved else 200,
    )


def _shown(
    request: HttpRequest,
    person: User,
    desk: Desk | None,
    form: IssuerForm,
    picture: str,
    *,
    fresh: str,
    status: int = 200,
) -> HttpResponse:
    before = desk.issuer if desk else None
    context = {
        "section": "issuers",
        "form": form,
        "picture": previews.stored(picture),
        "kept": remembered(fresh),
        "preview": previews.of_issuer(_unsaved(form, before, picture)),
    }
    if desk:
        shown = {"tab": "settings", "call": _call(desk.issuer), **context}
        return desk.page(request, "issuers/settings", shown, status)
    if not Actor.person(person).is_verified:
        return page(request, "issuers/not_yet", context, 403)
    return page(request, "issuers/new", context, status)


def _unsaved(form: IssuerForm, before: Issuer | None, picture: str) -> Issuer:
    """The issuer that the form describes, as far as it does."""

    def said(name: str) -> str:
        return str(form[name].value() or "")

    return Issuer(
        entity_id=before.entity_id if before else new_entity_id(),
        name=said("name") or _("Name of the issuer"),
        description=said("description"),
        url=said("url"),
        email=said("email"),
        image=picture,
        updated_at=timezone.now(),
    )


def _call(issuer: Issuer) -> str:
    return curl("GET", f"/v2/issuers/{issuer.entity_id}")


def _awarded_lately(mine: list[Issuer]) -> dict[int, int]:
    """How many awards each of the issuers made in the last thirty days, by row number."""
    found = Assertion.objects.filter(
        issuer__in=[issuer.pk for issuer in mine],
        source_url=None,
        created_at__gt=timezone.now() - _LATELY,
    )
    return dict(found.values_list("issuer_id").annotate(Count("pk")))
