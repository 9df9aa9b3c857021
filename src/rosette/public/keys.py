"""
Whose keys they are: DID documents, single keys and key sets of issuers and of the site.

Other servers find these by the identifiers in credentials, so the addresses never change.
"""

from collections.abc import Callable

import orjson
from django.conf import settings
from django.http import HttpRequest, HttpResponse

from rosette.errors import NotFound
from rosette.openbadges import keys as published
from rosette.openbadges.jsonld import Document
from rosette.openbadges.keys import PublishedKey
from rosette.operations import keys
from rosette.public.negotiation import JSON, etag, public, unless_had

_DID = "application/did+ld+json"
_CACHE = "public, max-age=300"


@public()
def issuer_did(request: HttpRequest, entity_id: str) -> HttpResponse:
    """``GET /public/issuers/:id/did.json``: the document of the issuer's ``did:web``."""
    url, found = _of_issuer(entity_id)
    return _answer(request, _DID, lambda: published.did_document(url, found), found)


@public()
def issuer_key(request: HttpRequest, entity_id: str, name: str) -> HttpResponse:
    """``GET /public/issuers/:id/keys/jwt-1``: one key, whatever the caller takes."""
    url, found = _of_issuer(entity_id)
    return _key(request, url, found, name)


@public()
def issuer_key_set(request: HttpRequest, entity_id: str) -> HttpResponse:
    """``GET /public/issuers/:id/jwks.json``: the issuer's keys for JWTs as a JWK Set."""
    url, found = _of_issuer(entity_id)
    return _answer(request, JSON, lambda: published.key_set(url, found), found)


@public()
def site_did(request: HttpRequest) -> HttpResponse:
    """``GET /.well-known/did.json``: the document of the site's ``did:web``."""
    url, found = settings.ROSETTE.origin, keys.published(None)
    return _answer(request, _DID, lambda: published.did_document(url, found), found)


@public()
def site_key(request: HttpRequest, name: str) -> HttpResponse:
    """``GET /keys/jwt-1``: one key of the site."""
    return _key(request, settings.ROSETTE.origin, keys.published(None), name)


@public()
def site_key_set(request: HttpRequest) -> HttpResponse:
    """``GET /.well-known/jwks.json``: the site's keys for JWTs as a JWK Set."""
    url, found = settings.ROSETTE.origin, keys.published(None)
    return _answer(request, JSON, lambda: published.key_set(url, found), found)


def _of_issuer(entity_id: str) -> tuple[str, list[PublishedKey]]:
    number = keys.issuer_number(entity_id)
    return f"{settings.ROSETTE.origin}/public/issuers/{entity_id}", keys.published(number)


def _key(request: HttpRequest, url: str, found: list[PublishedKey], name: str) -> HttpResponse:
    key = next((key for key in found if key.name == name), None)
    if key is None:
        raise NotFound
    return _answer(request, JSON, lambda: published.key_document(url, key), [key])


def _answer(
    request: HttpRequest,
    media_type: str,
    document: Callable[[], Document],
    found: list[PublishedKey],
) -> HttpResponse:
    return unless_had(
        request,
        etag("keys", request.path, *found),
        lambda: HttpResponse(orjson.dumps(document()), content_type=media_type),
        cache=_CACHE,
    )
