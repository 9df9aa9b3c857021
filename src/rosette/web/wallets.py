"""``/backpack/:id/wallet``: a badge goes into a wallet on a telephone, by a code that it scans."""

from typing import Any, Final
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.safestring import mark_safe

from rosette.errors import InvalidInput, NotFound
from rosette.models import Offer, User
from rosette.models.badgeclasses import published_badgeclasses_by_number
from rosette.operations import backpack, offers
from rosette.operations.backpack import Item
from rosette.operations.policies import Actor
from rosette.web.forms import texts_of
from rosette.web.signin import member
from rosette.web.visits import is_partial, page

_SECTION: Final = {"section": "backpack"}


@member
def wallet(request: HttpRequest, person: User, entity_id: str) -> HttpResponse:
    """
    ``GET /backpack/:id/wallet``: what a wallet is, and a button; ``POST`` makes an offer.

    The offer's link is shown in the answer to ``POST`` and nowhere again: whoever has it may take
    the badge.
    """
    by = Actor.person(person)
    item = backpack.find(entity_id, by=by)
    context = _context(item)
    try:
        if request.method != "POST":
            offers.takable(entity_id, by=by, at=context["now"])
            return page(request, "backpack/wallet", context)
        made = offers.make(entity_id, by=by)
    except InvalidInput as refusal:
        return page(request, "backpack/wallet", {**context, "refused": list(texts_of(refusal))})
    context |= {
        **_progress(made.row, entity_id),
        "link": made.link,
        "tx_code": made.tx_code,
        "qr": mark_safe(offers.qr_code(made.link)),  # noqa: S308 -- drawn by us
    }
    return page(request, "backpack/wallet_offer", context)


@member
def progress(request: HttpRequest, person: User, entity_id: str, offer_id: str) -> HttpResponse:
    """``GET /backpack/:id/wallet/:offer``: what became of an offer; the link is not in it."""
    by = Actor.person(person)
    item = backpack.find(entity_id, by=by)
    row = offers.find(entity_id, offer_id, by=by)
    context = {**_context(item), **_progress(row, entity_id)}
    if not is_partial(request):
        return page(request, "backpack/wallet_state", context)
    if request.GET.get("shown") == context["shown"]:
        return HttpResponse(status=204)  # nothing new, so nothing is read aloud again
    return page(request, "backpack/_wallet_state", context)


def _context(item: Item) -> dict[str, Any]:
    number = item.award.badgeclass_id
    found = published_badgeclasses_by_number([number]).get(number)
    if found is None:
        raise NotFound
    back = f"/backpack/{quote(item.award.entity_id, safe='')}"
    return {**_SECTION, "badgeclass": found, "back": back, "now": timezone.now()}


def _progress(row: Offer, entity_id: str) -> dict[str, Any]:
    where = f"/backpack/{quote(entity_id, safe='')}/wallet/{row.entity_id}"
    state = offers.state(row)
    is_fetching = row.token_expires_at is not None
    return {
        "state": state,
        "event": row.event,
        "is_fetching": is_fetching,
        "shown": f"{state}-{row.event}-{is_fetching:d}",
        "where": where,
        "until": row.token_expires_at or row.expires_at,
    }
