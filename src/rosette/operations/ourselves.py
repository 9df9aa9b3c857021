"""
What this server answers at its own addresses, for those who would ask it while it is asking.

Asking ourselves over the network could wait for ever.
"""

import re
from typing import Final
from urllib.parse import urlsplit

import orjson
from django.conf import settings

from rosette.errors import NotFound
from rosette.models.assertions import published_assertion
from rosette.models.badgeclasses import published_badgeclass
from rosette.models.issuers import PublishedIssuer, published_issuer
from rosette.openbadges import documents
from rosette.openbadges.keys import did_document, key_document
from rosette.openbadges.verification import Loaded
from rosette.operations import (
    baking,
    credentials,
    endorsements,
    keys,
    pictures,
    publishing,
    statuses,
)

_OUR_PAGE: Final = re.compile(
    r"/public/(assertions|badges|issuers|endorsements)/([^/]+?)(\.json|/keys/[\w-]+|/status/\w+/\d{1,9}|/\w+(\.json|\.jwt)?)?/?"
)


def page(url: str) -> Loaded | None:
    """What we answer at one of our own addresses; None if that is no part of a badge."""
    parts = urlsplit(url)
    found = _OUR_PAGE.fullmatch(parts.path)
    if not found:
        return None
    kind, name, part = found[1], found[2], (found[3] or "").removesuffix(".json")
    version: documents.Version = "1_1" if "v=1_1" in parts.query.split("&") else "2_0"
    if "v=3_0" in parts.query.split("&"):
        part = {"": "/ob3", "/baked": "/baked/ob3"}.get(part, part)
    try:
        content = _content(kind, name, part, version)
    except NotFound:
        content = None
    media_type = "image/*" if part.startswith(("/image", "/baked")) else "application/ld+json"
    return Loaded(url, 404 if content is None else 200, media_type, content or b"")


def _content(kind: str, name: str, part: str, version: documents.Version) -> bytes | None:
    """The document, or the image; None if there is none. Raises NotFound."""
    if kind == "assertions":
        award = published_assertion(name)
        if award is None:
            return None
        if part in ("/image", "/baked"):
            return baking.baked(award, version)
        if part == "/baked/ob3":
            return baking.baked_credential(credentials.draft(award))
        if part in ("/ob3", "/ob3.jwt"):
            form: credentials.Form = "jwt" if part == "/ob3.jwt" else "embedded"
            return credentials.signed(credentials.draft(award, form))
        return publishing.written(publishing.credential(award), version)
    if kind == "endorsements":
        found = endorsements.published(name)
        if part in ("/ob3", "/ob3.jwt"):
            endorsed: credentials.Form = "jwt" if part == "/ob3.jwt" else "embedded"
            return credentials.signed(endorsements.draft(found, endorsed))
        return orjson.dumps(documents.endorsement(endorsements.fact(found)))
    if kind == "issuers" and part == "/withdrawn":
        return orjson.dumps(endorsements.withdrawn(name))
    if kind == "issuers" and part.startswith(("/did", "/keys/")):
        return _keys(name, part)
    if kind == "issuers" and part.startswith("/status/"):
        purpose, _, number = part.removeprefix("/status/").partition("/")
        return statuses.signed(statuses.status_list(name, purpose, int(number)))
    row = published_badgeclass(name) if kind == "badges" else published_issuer(name)
    if row is None:
        return None
    if part == "/image":
        return pictures.read(row.image)
    fact = (
        publishing.profile(row) if isinstance(row, PublishedIssuer) else publishing.achievement(row)
    )
    return publishing.written(fact, version)


def _keys(name: str, part: str) -> bytes | None:
    """The DID document of one of our issuers, or one of its keys. Raises NotFound."""
    url = f"{settings.ROSETTE.origin}/public/issuers/{name}"
    found = keys.published(keys.issuer_number(name))
    if part == "/did":
        return orjson.dumps(did_document(url, found))
    key = next((key for key in found if part == f"/keys/{key.name}"), None)
    return orjson.dumps(key_document(url, key)) if key else None
