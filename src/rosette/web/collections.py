"""``/collections``: badges that their owner shows together, in an order."""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rosette.errors import InvalidInput
from rosette.models import Collection, User
from rosette.operations import collections
from rosette.operations.collections import CollectionWish
from rosette.operations.policies import Actor
from rosette.web.backpack import Card, cards
from rosette.web.forms import Form
from rosette.web.signin import member
from rosette.web.visits import page, say, see

_SECTION: Final = {"section": "backpack"}


class Editor(Form):
    """The words of a collection, and whether others see it; its badges stand beside."""

    name = forms.CharField(label=gettext_lazy("Title"), max_length=128)
    description = forms.CharField(
        label=gettext_lazy("Text"),
        max_length=255,
        required=False,
        help_text=gettext_lazy("What these badges have in common."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    published = forms.BooleanField(
        label=gettext_lazy("Others can see it"),
        required=False,
        help_text=gettext_lazy(
            "It gets a secret address that you can pass on. Private badges in it stay private."
        ),
    )


class Choice(NamedTuple):
    """A badge that can be in the collection."""

    card: Card
    is_chosen: bool


@member
def index(request: HttpRequest, person: User) -> HttpResponse:
    """``GET /collections``: the person's collections."""
    by = Actor.person(person)
    mine = collections.of_person(by)
    names = collections.awards(mine)
    known = {card.item.award.entity_id: card for card in cards(by)} if mine else {}
    shown = [
        (collection, [known[name] for name in names[collection.pk] if name in known])
        for collection in mine
    ]
    return page(request, "collections/index", {**_SECTION, "collections": shown})


@member
def create(request: HttpRequest, person: User) -> HttpResponse:
    """``GET /collections/new``: an empty editor; ``POST`` makes the collection."""
    return _edited(request, person, None)


@member
def edit(request: HttpRequest, person: User, entity_id: str) -> HttpResponse:
    """``GET /collections/:id``: its editor; ``POST`` changes it, or the order in it."""
    return _edited(request, person, collections.find(entity_id, by=Actor.person(person)))


@member
def remove(request: HttpRequest, person: User, entity_id: str) -> HttpResponse:
    """``GET /collections/:id/remove``: what would go; ``POST``: it goes."""
    by = Actor.person(person)
    found = collections.find(entity_id, by=by)
    if request.method != "POST":
        return page(request, "collections/remove", {**_SECTION, "collection": found})
    collections.remove(found, by=by)
    say(request, _("The collection is gone; the badges in it are still yours."))
    return see("/collections")


@member
def publish(request: HttpRequest, person: User, entity_id: str) -> HttpResponse:
    """``POST /collections/:id/publish``: let others see it, and go on to share it."""
    by = Actor.person(person)
    found = collections.find(entity_id, by=by)
    if request.method == "POST":
        collections.change(found, {"published": True}, by=by)
    return see(f"/collections/{found.entity_id}/share")


def _edited(request: HttpRequest, person: User, found: Collection | None) -> HttpResponse:
    by = Actor.person(person)
    chosen = collections.awards([found])[found.pk] if found else []
    if request.method != "POST":
        initial = (
            {
                "name": found.name,
                "description": found.description,
                "published": bool(found.share_hash),
            }
            if found
            else None
        )
        return _page(request, found, Editor(initial=initial), chosen, by)
    form = Editor(request.POST)
    chosen = _ordered(request.POST.getlist("award"), request.POST.get("move", ""))
    if not form.is_valid():
        return _page(request, found, form, chosen, by, 400)
    wish: CollectionWish = {
        "name": form.cleaned_data["name"],
        "description": form.cleaned_data["description"],
        "published": form.cleaned_data["published"],
        "assertions": chosen,
    }
    try:
        made = collections.change(found, wish, by=by) if found else collections.create(wish, by=by)
    except InvalidInput as refusal:
        form.add_error(None, _("One of the badges is not in your backpack any more."))
        del refusal
        return _page(request, found, form, chosen, by, 400)
    if not request.POST.get("move"):
        say(request, _("The collection was saved."))
    return see(f"/collections/{made.entity_id}")


def _page(
    request: HttpRequest,
    found: Collection | None,
    form: Form,
    chosen: Sequence[str],
    by: Actor,
    status: int = 200,
) -> HttpResponse:
    known = {
        card.item.award.entity_id: card
        for card in cards(by)
        if card.item.award.revoked_at is None and not card.item.is_pending
    }
    first = [Choice(known[name], True) for name in chosen if name in known]
    rest = [Choice(card, False) for name, card in known.items() if name not in set(chosen)]
    context: dict[str, Any] = {
        **_SECTION,
        "collection": found,
        "form": form,
        "choices": [*first, *rest],
        "chosen": len(first),
    }
    return page(request, "collections/edit", context, status)


def _ordered(names: Sequence[str], move: str) -> list[str]:
    """The names, once each; ``move`` is ``up:`` or ``down:`` and one of them."""
    found = list(dict.fromkeys(name.replace("\0", "�") for name in names))
    where, _colon, name = move.partition(":")
    if name in found and where in ("up", "down"):
        at = found.index(name)
        to = max(0, at - 1) if where == "up" else min(len(found) - 1, at + 1)
        found.insert(to, found.pop(at))
    return found
