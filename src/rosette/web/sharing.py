"""``…/share``: a badge or a collection, shown elsewhere; nothing of those sites is loaded here."""

from typing import Any, Final
from urllib.parse import urlsplit

import segno
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from rosette.errors import InvalidInput, NotFound
from rosette.models import User
from rosette.models.badgeclasses import published_badgeclasses_by_number
from rosette.operations import backpack, collections, sharing
from rosette.operations.backpack import Item
from rosette.operations.policies import Actor
from rosette.operations.sharing import Shared
from rosette.web.backpack import public_address
from rosette.web.signin import member
from rosette.web.visits import page

_SECTION: Final = {"section": "backpack"}
_NETWORKS: Final = (
    ("bluesky", "Bluesky"),
    ("twitter", "X"),
    ("facebook", "Facebook"),
    ("whatsapp", "WhatsApp"),
    ("pinterest", "Pinterest"),
)


@member
def badge(request: HttpRequest, person: User, entity_id: str) -> HttpResponse:
    """``GET /backpack/:id/share``: the ways to show a badge, or why it cannot be shown."""
    by = Actor.person(person)
    item = backpack.find(entity_id, by=by)
    context: dict[str, Any] = {**_SECTION, "award": item.award, "back": f"/backpack/{entity_id}"}
    try:
        shared = sharing.award(entity_id, by=by)
    except (InvalidInput, NotFound):  # private, or it does not hold
        context["is_private"] = item.award.visibility == "private"
        context["holds"] = item.award.revoked_at is None and item.award.suspended_at is None
        return page(request, "backpack/hidden", context)
    certificate = shared.certificate
    assert certificate is not None  # of an award there is one
    name = item.award.share_hash or entity_id
    links = f"/v2/backpack/share/assertion/{name}"
    context |= {
        **_shown(shared, links),
        "title": certificate.name,
        "certificate": certificate,
        "linkedin": f"{links}?provider=linkedin-profile&source=share",
        "card": f"{public_address(item)}/image?preview=social",
        "is_by_link": item.award.visibility == "link",
        "description": _description(item),
    }
    return page(request, "backpack/share", context)


@member
def collection(request: HttpRequest, person: User, entity_id: str) -> HttpResponse:
    """``GET /collections/:id/share``: the ways to show a collection."""
    found = collections.find(entity_id, by=Actor.person(person))
    context: dict[str, Any] = {
        **_SECTION,
        "collection": found,
        "back": f"/collections/{entity_id}",
    }
    if not found.share_hash:
        return page(request, "collections/hidden", context)
    shared = sharing.collection(entity_id)
    context |= {
        **_shown(shared, ""),
        "title": shared.title,
        "card": f"{urlsplit(shared.image).path}?preview=social" if shared.image else "",
        "is_by_link": True,
        "description": shared.summary,
    }
    return page(request, "backpack/share", context)


def _description(item: Item) -> str:
    """What stands below the name, where a link to the badge is shown."""
    number = item.award.badgeclass_id
    return published_badgeclasses_by_number([number])[number].description


def _shown(shared: Shared, counted: str) -> dict[str, Any]:
    """What both pages show; links go by ``counted``, which notes them, if there is such a way."""

    def way(provider: str) -> str:
        if counted:
            return f"{counted}?provider={provider}&source=share"
        return sharing.link(provider, shared)

    return {
        "url": shared.url,
        "qr": segno.make(shared.url, error="m").svg_data_uri(scale=5, border=2),
        "networks": [(name, way(provider)) for provider, name in _NETWORKS]
        + [(_("Mail"), sharing.link("mail", shared))],
        "embed_code": sharing.embed_code(shared),
    }
