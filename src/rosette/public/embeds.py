"""``GET /public/oembed``: how other sites show an award inside their own pages (oEmbed 1.0)."""

import re
from typing import Final
from urllib.parse import urlsplit

import orjson
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html

from rosette.errors import InvalidInput, NotFound
from rosette.models.assertions import PublishedAssertion, published_assertion
from rosette.operations import publishing
from rosette.public.negotiation import JSON, discreet, etag, failure, public, unless_had

_ASSERTION: Final = re.compile(r"/public/assertions/([^/\x00]+?)(\.json)?/?")
_WIDTH_MIN_PX, _WIDTH_MAX_PX = 320, 800
_HEIGHT_MIN_PX, _HEIGHT_MAX_PX = 420, 10_000
_THUMBNAIL_PX: Final = 200


@public()
def oembed(request: HttpRequest, suffix: str | None = None) -> HttpResponse:
    """
    ``GET /public/oembed?url=…``: a frame with the award's page, and an image for those without.

    The host in ``url`` is not looked at: a server may be known under several.
    """
    if request.GET.get("format", "json") != "json":
        said = "Only json format is supported at this time."
        return failure(request, 501, "miscellaneous error", general=[said])
    width = min(max(_pixels(request, "maxwidth", _WIDTH_MAX_PX), _WIDTH_MIN_PX), _WIDTH_MAX_PX)
    height = min(max(_pixels(request, "maxheight", _HEIGHT_MIN_PX), _HEIGHT_MIN_PX), _HEIGHT_MAX_PX)
    row = _assertion(request.GET.get("url", ""))
    if not row.holds:
        raise NotFound
    changes = publishing.changes(row)
    response = unless_had(
        request,
        etag("oembed", width, height, *changes),
        lambda: HttpResponse(_embed(row, width, height), content_type=JSON),
        changed_at=max(changes),
    )
    return discreet(response, is_listed=row.is_listed)


def _pixels(request: HttpRequest, name: str, default: int) -> int:
    try:
        return int(request.GET.get(name, default))
    except ValueError as error:
        raise InvalidInput(general=["Cannot parse OEmbed request parameters."]) from error


def _assertion(url: str) -> PublishedAssertion:
    try:
        path = urlsplit(url).path
    except ValueError as error:
        raise NotFound from error
    found = _ASSERTION.fullmatch(path)
    row = published_assertion(found[1]) if found else None
    if row is None:
        raise NotFound
    return row


def _embed(row: PublishedAssertion, width: int, height: int) -> bytes:
    credential = publishing.credential(row)
    issuer = credential.achievement.issuer
    return orjson.dumps(
        {
            "type": "rich",
            "version": "1.0",
            "title": credential.achievement.name,
            "author_name": issuer.name,
            "author_url": issuer.url,
            "provider_name": settings.ROSETTE.site_name,
            "provider_url": settings.ROSETTE.origin,
            "thumbnail_url": credential.image,
            "thumbnail_width": _THUMBNAIL_PX,
            "thumnail_width": _THUMBNAIL_PX,  # as Badgr has always spelt it
            "thumbnail_height": _THUMBNAIL_PX,
            "width": width,
            "height": height,
            "html": format_html(
                '<iframe src="{}?embedVersion=2" title="{}" frameborder="0" width="{}px"'
                ' height="{}px"></iframe>',
                credential.address,
                credential.achievement.name,
                width,
                height,
            ),
        }
    )
