"""
``/public/issuers/:id/status/…``: which credentials of an issuer do not hold.

Whole lists only, so that nobody's question says which credential it is about.
"""

import re
from typing import Final

import orjson
from django.http import HttpRequest, HttpResponse

from rosette.errors import NotFound
from rosette.openbadges.statuslist import TTL_SECONDS
from rosette.operations import statuses
from rosette.public.negotiation import JSON, etag, public, unless_had

_CREDENTIAL: Final = "application/vc+ld+json"
_CACHE: Final = f"public, max-age={TTL_SECONDS}"
_NUMBER: Final = re.compile(r"[1-9][0-9]{0,8}", re.ASCII)


@public()
def status_list(request: HttpRequest, entity_id: str, purpose: str, number: str) -> HttpResponse:
    """``GET /public/issuers/:id/status/revocation/1``: the list, signed, whatever is accepted."""
    if not _NUMBER.fullmatch(number):
        raise NotFound
    found = statuses.status_list(entity_id, purpose, int(number))
    return unless_had(
        request,
        etag("status-list", found.digest),
        lambda: HttpResponse(statuses.signed(found), content_type=_CREDENTIAL),
        cache=_CACHE,
    )


@public()
def revocations(request: HttpRequest, entity_id: str) -> HttpResponse:
    """``GET /public/issuers/:id/revocations``: the revoked awards, by name and with reasons."""
    content = orjson.dumps(statuses.revocations(entity_id))
    return unless_had(
        request,
        etag("revocations", content),
        lambda: HttpResponse(content, content_type=JSON),
        cache=_CACHE,
    )
