"""``/catalog``: the badges of issuers who wish to be found, as a page, as JSON and as a feed."""

from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlencode

import orjson
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.feedgenerator import Atom1Feed

from rosette import pages
from rosette.models.catalogue import Catalogued
from rosette.models.issuers import published_issuer
from rosette.operations import catalogue as catalogues
from rosette.operations import publishing
from rosette.operations.catalogue import LANGUAGES, Found, Sought
from rosette.public.negotiation import answer, etag, public, unless_had, wanted

_NAMES: Final = {"q": "text", "tag": "tag", "issuer": "issuer", "language": "language"}
_LONGEST: Final = 200
_BEFORE_ALL: Final = datetime(1970, 1, 1, tzinfo=UTC)


@public(has_page=True)
def catalogue(request: HttpRequest, suffix: str | None = None) -> HttpResponse:
    """``GET /catalog``: by words (``q``), ``tag``, ``issuer``, ``language``; ``after`` goes on."""
    asked = wanted(request, suffix)
    sought = _sought(request)
    found = catalogues.search(sought, after=_said(request, "after"))
    return answer(
        request,
        asked,
        changes=[_BEFORE_ALL],
        document=lambda: orjson.dumps(_document(sought, found)),
        page=lambda: _page(request, sought, found),
        depends_on=[sought, _said(request, "after"), *_state(found)],
    )


@public()
def feed(request: HttpRequest) -> HttpResponse:
    """``GET /catalog.atom``: the newest of the same, for readers of feeds (RFC 4287)."""
    sought = _sought(request)
    found = catalogues.search(sought)
    return unless_had(
        request,
        etag("atom", sought, *_state(found)),
        lambda: HttpResponse(_atom(sought, found), content_type="application/atom+xml"),
    )


class _Feed(Atom1Feed):
    """Django's, which without an entry says that it was changed just now; then nothing was."""

    def latest_post_date(self) -> datetime:
        return super().latest_post_date() if self.items else _BEFORE_ALL


def _said(request: HttpRequest, name: str) -> str:
    return request.GET.get(name, "").replace("\0", "").strip()[:_LONGEST]


def _sought(request: HttpRequest) -> Sought:
    said = {field: _said(request, name) for name, field in _NAMES.items()}
    if said["language"] not in LANGUAGES:
        said["language"] = ""
    return Sought(**said)


def _query(sought: Sought, **changed: str) -> str:
    """What follows the path in an address that asks for this, with something ``changed``."""
    said = {name: getattr(sought, field) for name, field in _NAMES.items()} | changed
    query = urlencode({name: value for name, value in said.items() if value})
    return f"?{query}" if query else ""


def _state(found: Found) -> list[object]:
    """What changes whenever something that is shown comes, changes or goes."""
    shown = [
        (item.badgeclass.entity_id, *publishing.changes(item.badgeclass)) for item in found.items
    ]
    return [*shown, found.after]


def _document(sought: Sought, found: Found) -> dict[str, Any]:
    origin = f"{settings.ROSETTE.origin}/catalog.json"
    return {
        "badges": [_entry(item) for item in found.items],
        "next": origin + _query(sought, after=found.after) if found.after else None,
    }


def _entry(item: Catalogued) -> dict[str, Any]:
    achievement = publishing.achievement(item.badgeclass)
    return {
        "id": achievement.id,
        "name": achievement.name,
        "description": achievement.description,
        "image": achievement.image,
        "tags": list(achievement.tags),
        "language": item.language or None,
        "issuer": {"id": achievement.issuer.id, "name": achievement.issuer.name},
        "createdAt": item.created_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def _atom(sought: Sought, found: Found) -> str:
    origin = settings.ROSETTE.origin
    made = _Feed(
        title=f"{settings.ROSETTE.site_name}: badges",
        link=f"{origin}/catalog{_query(sought)}",
        description="",
        feed_url=f"{origin}/catalog.atom{_query(sought)}",
    )
    for item in found.items:
        achievement = publishing.achievement(item.badgeclass)
        made.add_item(
            title=_written(achievement.name),
            link=achievement.id,
            description=_written(achievement.description),
            unique_id=achievement.id,
            pubdate=item.created_at,
            updateddate=item.badgeclass.updated_at,
            author_name=_written(achievement.issuer.name),
            categories=[_written(tag) for tag in achievement.tags],
        )
    text: str = made.writeString("utf-8")
    return text


def _written(text: str) -> str:
    """Without the signs that XML knows no way to write."""
    return "".join(sign for sign in text if sign.isprintable() or sign in "\t\n\r")


def _page(request: HttpRequest, sought: Sought, found: Found) -> HttpResponse:
    issuer = published_issuer(sought.issuer) if sought.issuer else None
    named = {
        "tag": sought.tag,
        "issuer": issuer.name if issuer else sought.issuer,
        "language": LANGUAGES.get(sought.language, ""),
    }
    context = {
        "section": "catalogue",
        "sought": sought,
        "items": found.items,
        "filters": [
            {"word": word, "without": f"/catalog{_query(sought, **{name: ''})}"}
            for name, word in named.items()
            if word
        ],
        "is_filtered": any(sought),
        "languages": LANGUAGES.items(),
        "older": f"/catalog{_query(sought, after=found.after)}" if found.after else "",
        "newer": f"/catalog{_query(sought)}" if "after" in request.GET else "",
        "feed": f"/catalog.atom{_query(sought)}",
        "document": f"/catalog.json{_query(sought)}",
    }
    return pages.page(request, "public/catalogue.html", context)
