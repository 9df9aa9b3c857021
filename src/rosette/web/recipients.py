"""``/issuers/:id/recipients``: the people whom an issuer has awarded something."""

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.http import urlencode

from rosette.errors import NotFound
from rosette.operations import assertions, recipients, register
from rosette.operations.policies import Reach
from rosette.web import desk as desks
from rosette.web import previews, searches
from rosette.web.desk import Desk, at_issuer
from rosette.web.visits import see

_ROWS: Final = 50


@at_issuer()
def people(request: HttpRequest, desk: Desk) -> HttpResponse:
    """``GET /issuers/:id/recipients``: everybody, the latest first; ``POST`` searches."""
    if request.method == "POST":
        text = request.POST.get("person", "").strip()[:200]
        sought = f"?{urlencode({'who': searches.sealed(text)})}" if text else ""
        return see(request.path + sought)
    text = searches.opened(request.GET.get("who", ""))
    before = request.GET.get("before", "")
    found = recipients.known(
        desk.issuer,
        text,
        by=desk.by,
        limit=_ROWS + 1,
        before=int(before) if before.isdecimal() and len(before) < 19 else None,
    )
    older = ""
    if len(found) > _ROWS:
        query = {"before": str(found[_ROWS - 1].number)}
        if text:
            query["who"] = request.GET["who"]
        older = f"{request.path}?{urlencode(query)}"
    context = {"tab": "recipients", "found": found[:_ROWS], "text": text, "older": older}
    return desk.page(request, "recipients/list", context)


@at_issuer()
def person(request: HttpRequest, desk: Desk, award_id: str) -> HttpResponse:
    """
    ``GET /issuers/:id/recipients/:award``: what one person has of the issuer.

    The person is named by any of their awards, so that no address stands in the page's.
    """
    award = assertions.find(award_id, by=desk.by, reach=Reach.READ)
    if award.issuer_id != desk.issuer.pk:
        raise NotFound
    found = recipients.awards_of(award)
    badges = desks.named(found)
    now = timezone.now()
    context = {
        "identity": award.recipient_identity,
        "name": next(filter(None, map(recipients.name_of, found)), ""),
        "cards": [
            {
                "award": each,
                "badge": badges[each.badgeclass_id],
                "picture": previews.stored(badges[each.badgeclass_id].image),
                "state": desks.state(register.state_of(each, at=now)),
            }
            for each in found
        ],
    }
    return desk.page(request, "recipients/person", context)
