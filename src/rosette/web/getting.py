"""``/c/:link``: where a claim link leads; the badge first, then one button."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rosette import limits
from rosette.errors import InvalidInput, NotFound
from rosette.models import ClaimLink, ClaimRequest, User
from rosette.operations import backpack, claim_links, letters
from rosette.operations.policies import Actor
from rosette.web import claims, previews, signin
from rosette.web.fields import Line
from rosette.web.forms import Form
from rosette.web.visits import page, say, see, visited, visitor


class AskForm(Form):
    """Who wants it and is not signed in."""

    email = forms.EmailField(
        label=gettext_lazy("Your mail address"),
        max_length=254,
        help_text=gettext_lazy(
            "We send a mail there; open the link in it, and the badge is yours."
        ),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    name = Line(
        label=gettext_lazy("Your name"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("It becomes part of the badge; whoever sees the badge can read it."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )


@visited
def get(request: HttpRequest, link_id: str) -> HttpResponse:
    """``GET /c/:link``: the badge and one button; ``POST`` takes it, or asks for it."""
    try:
        link = claim_links.find(link_id)
    except NotFound:
        return page(request, "claims/unknown", {}, 404)
    person = visitor(request)
    step = request.POST.get("step", "")
    if step in ("sign-in", "sign-out"):
        return signin.answer(request, {})
    if person is None and "sign-in" in request.GET:
        return signin.form(request, {})
    form = AskForm(request.POST if request.method == "POST" and person is None else None)
    if request.method != "POST":
        return _page(request, link, person, form)
    try:
        if person is not None:
            return _taken(request, link, person)
        if form.is_valid():
            claim_links.ask(
                link,
                form.cleaned_data["email"],
                name=form.cleaned_data["name"],
                address=limits.address_of(request),
            )
            return page(request, "claim_links/asked", _shown(link), 200)
    except InvalidInput as refusal:
        refused: Form = form if form.is_bound else _bare()
        refused.refuse(refusal)
        return _page(request, link, person, refused, 400)
    return _page(request, link, person, form, 400)


@visited
def proven(request: HttpRequest, token: str) -> HttpResponse:
    """``GET /c/confirm/:token``: one button; ``POST``, and the badge is awarded."""
    try:
        asked = claim_links.of_token(token)
    except NotFound:
        return page(request, "claims/unknown", {}, 404)
    form = _bare()
    if request.method == "POST" or asked.state != ClaimRequest.State.ASKED:
        try:
            return _led(request, claim_links.prove(token))
        except InvalidInput as refusal:
            form.refuse(refusal)
    context = {**_shown(asked.link), "form": form, "email": asked.email}
    return page(request, "claim_links/confirm", context, 400 if form.errors else 200)


def _taken(request: HttpRequest, link: ClaimLink, person: User) -> HttpResponse:
    made = claim_links.take(link, person, request.POST.get("email", ""))
    if made.assertion is None:
        return see(request.path)
    try:
        held = backpack.find(made.assertion.entity_id, by=Actor.person(person))
    except NotFound:  # of a sandbox where they do not work
        return claims.sandbox_page(
            request, link.badgeclass, made.assertion.entity_id, person, address=made.email
        )
    item = backpack.accept(held)
    say(request, _("The badge is in your backpack."))
    return see(f"/backpack/{item.award.entity_id}")


def _led(request: HttpRequest, made: ClaimRequest) -> HttpResponse:
    """An award is claimed where all are, by whoever the mail has proven to be there."""
    if made.assertion is not None:
        if made.assertion.recipient_identity != made.email:  # it went on to somebody else
            return page(request, "claims/unknown", {}, 404)
        return see(f"/claim/{letters.claim_token(made.assertion)}")
    return page(request, "claim_links/waiting", {**_shown(made.link), "asked": made})


def _page(
    request: HttpRequest, link: ClaimLink, person: User | None, form: Form, status: int = 200
) -> HttpResponse:
    mine = [row.email for row in person.addresses() if row.verified] if person else []
    if link.domains:
        mine = [email for email in mine if email.rpartition("@")[2] in link.domains]
    context = {
        **_shown(link),
        "person": person,
        "form": form,
        "mine": mine,
        "asked": claim_links.request_of(link, person) if person else None,
    }
    return page(request, "claim_links/get", context, status)


def _shown(link: ClaimLink) -> dict[str, object]:
    return {
        "link": link,
        "state": claim_links.state(link),
        "badgeclass": link.badgeclass,
        "picture": previews.stored(link.badgeclass.image),
        "section": "backpack",
    }


def _bare() -> Form:
    """A form that only says what was refused."""
    form = Form({})
    form.full_clean()
    return form
