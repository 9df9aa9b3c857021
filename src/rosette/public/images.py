"""
Every image under ``/public/``: plain, as a PNG of a fixed size, as a card for links, and baked.

The bytes are served at once, without a redirect: these addresses stand in documents for ever,
while what is behind them may change.
"""

from collections.abc import Callable
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.utils.http import content_disposition_header
from django.utils.text import slugify

from rosette import images
from rosette.errors import InvalidInput, NotFound
from rosette.models import Assertion, BadgeClass, Issuer
from rosette.models.assertions import PublishedAssertion, published_assertion
from rosette.models.badgeclasses import published_badgeclass
from rosette.models.issuers import published_issuer
from rosette.openbadges.documents import VERSIONS, Version
from rosette.operations import baking, credentials, pictures, publishing
from rosette.operations.pictures import Kind
from rosette.public.negotiation import (
    FOR_EVER,
    SHORTLY,
    discreet,
    etag,
    known,
    public,
    unless_had,
)

# An SVG is a document of its own when it is opened by itself.
_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
_EXTENSIONS: Final = {images.PNG: "png", images.SVG: "svg"}


@public()
def issuer_image(request: HttpRequest, entity_id: str) -> HttpResponse:
    """``GET /public/issuers/:id/image``."""
    row = known(published_issuer(entity_id), Issuer, entity_id)
    return _picture(request, row.image, title=row.name)


@public()
def badgeclass_image(request: HttpRequest, entity_id: str) -> HttpResponse:
    """``GET /public/badges/:id/image``."""
    row = known(published_badgeclass(entity_id), BadgeClass, entity_id)
    return _picture(request, row.image, title=row.name, subtitle=row.issuer.name)


@public()
def assertion_image(request: HttpRequest, entity_id: str) -> HttpResponse:
    """``GET /public/assertions/:id/image``: the baked image; other sizes hold no badge."""
    row = known(published_assertion(entity_id), Assertion, entity_id)
    if _kind(request) is None:
        return _baked(request, row, "2_0")
    if not row.holds:
        raise NotFound
    badgeclass = row.badgeclass
    picture = _picture(
        request, badgeclass.image, title=badgeclass.name, subtitle=badgeclass.issuer.name
    )
    return discreet(picture, is_listed=row.is_listed)


@public()
def baked_image(request: HttpRequest, entity_id: str) -> HttpResponse:
    """``GET /public/assertions/:id/baked``: with the document of version ``v`` in it."""
    row = known(published_assertion(entity_id), Assertion, entity_id)
    asked = request.GET.get("v", "2_0")
    if asked == "3_0":
        return _baked_credential(request, row)
    for version in VERSIONS:
        if version == asked:
            return _baked(request, row, version)
    raise InvalidInput(general=["Invalid OpenBadges version"])


@public()
def media(request: HttpRequest, name: str) -> HttpResponse:
    """``GET /media/images/:name``: what the store keeps under this name."""
    kept = f"images/{name}"
    content = pictures.read(kept)
    return _sent(
        request,
        etag(name),
        lambda: (content, pictures.media_type(kept)),
        filename="",
        cache=FOR_EVER,
    )


def _kind(request: HttpRequest) -> Kind | None:
    """The picture that is asked for; None for the image as it is. Raises InvalidInput."""
    type = request.GET.get("type", "original")
    form = request.GET.get("fmt", "square")
    preview = request.GET.get("preview", "")
    if type not in ("original", "png"):
        raise InvalidInput(general=[f"invalid image type: {type}"])
    if form not in ("square", "wide"):
        raise InvalidInput(general=[f"invalid image format: {form}"])
    if preview not in ("", "social"):
        raise InvalidInput(general=[f"invalid image preview: {preview}"])
    if preview == "social":
        return "social"
    if form == "wide":
        return "wide"
    return "png" if type == "png" else None


def _picture(request: HttpRequest, name: str, *, title: str, subtitle: str = "") -> HttpResponse:
    """The image of this name in the store, in the size that is asked for."""
    if not name:
        raise NotFound
    kind = _kind(request)

    def drawn() -> tuple[bytes, str]:
        if kind is not None:
            try:
                return pictures.rendered(name, kind, title=title, subtitle=subtitle), images.PNG
            except images.InvalidImage:
                pass  # a browser may know more than our rasteriser
        return pictures.read(name), pictures.media_type(name)

    return _sent(request, etag(name, kind, title, subtitle), drawn, filename=title)


def _baked(request: HttpRequest, row: PublishedAssertion, version: Version) -> HttpResponse:
    if not row.holds:
        raise NotFound
    badgeclass = row.badgeclass
    response = _sent(
        request,
        etag("baked", version, *publishing.changes(row)),
        lambda: (baking.baked(row, version), pictures.media_type(badgeclass.image)),
        filename=badgeclass.name,
    )
    return discreet(response, is_listed=row.is_listed)


def _baked_credential(request: HttpRequest, row: PublishedAssertion) -> HttpResponse:
    if not row.holds:
        raise NotFound
    draft = credentials.draft(row)
    badgeclass = draft.row.badgeclass
    response = _sent(
        request,
        etag("baked", draft.digest, badgeclass.image),
        lambda: (baking.baked_credential(draft), pictures.media_type(badgeclass.image)),
        filename=badgeclass.name,
    )
    return discreet(response, is_listed=row.is_listed)


def _sent(
    request: HttpRequest,
    tag: str,
    make: Callable[[], tuple[bytes, str]],
    *,
    filename: str,
    cache: str = SHORTLY,
) -> HttpResponse:
    """The bytes and media type that ``make`` gives; ``?download`` saves them to a file."""

    def response() -> HttpResponse:
        content, media_type = make()
        name = f"{slugify(filename) or 'badge'}.{_EXTENSIONS[media_type]}"
        disposition = content_disposition_header("download" in request.GET, name)
        headers = {"Content-Security-Policy": _POLICY, "X-Content-Type-Options": "nosniff"}
        if disposition:
            headers["Content-Disposition"] = disposition
        return HttpResponse(content, content_type=media_type, headers=headers)

    return unless_had(request, tag, response, cache=cache)
