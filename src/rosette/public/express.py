"""
The three documents that verifiers ask for, answered before Django's handler would begin.

Only the plain question is answered here: GET, no query, no header that asks for more than a
document and perhaps names the form that the caller has. Whatever is out of the ordinary, and
whatever goes wrong, is left to the views, which would have answered the same: a test compares.
"""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Final, NamedTuple

from django.db import DEFAULT_DB_ALIAS, connections
from django.http import HttpRequest
from django.utils import timezone
from django.utils.http import http_date

from rosette.models.assertions import PublishedAssertion, published_assertion
from rosette.models.badgeclasses import published_badgeclass
from rosette.models.issuers import published_issuer
from rosette.operations import publishing
from rosette.public.negotiation import JSON, SHORTLY, NotAcceptable, Wanted, etag, wanted

_PATH: Final = re.compile(r"/public/(assertions|badges|issuers)/([^/\x00]+?)(\.json)?/?", re.ASCII)
_OUT_OF_THE_ORDINARY: Final = (
    *("HTTP_IF_MATCH", "HTTP_IF_MODIFIED_SINCE", "HTTP_IF_UNMODIFIED_SINCE"),
    *("HTTP_ORIGIN", "HTTP_ACCESS_CONTROL_REQUEST_PRIVATE_NETWORK"),
)


class Answer(NamedTuple):
    """An answer as WSGI wants it."""

    status: str
    headers: list[tuple[str, str]]
    body: bytes


def answered(environ: dict[str, Any]) -> Answer | None:
    """The answer to a plain question for a document; None leaves it to the views."""
    if environ["REQUEST_METHOD"] != "GET" or environ.get("QUERY_STRING"):
        return None
    path = _PATH.fullmatch(environ["PATH_INFO"])
    if path is None or any(name in environ for name in _OUT_OF_THE_ORDINARY):
        return None
    asked = _wanted(
        environ.get("HTTP_ACCEPT"), environ.get("HTTP_USER_AGENT", ""), path[3] is not None
    )
    if asked is None:
        return None
    try:
        connections[DEFAULT_DB_ALIAS].close_if_unusable_or_obsolete()
        return _KINDS[path[1]](path[2], asked, environ.get("HTTP_IF_NONE_MATCH"))
    except Exception:
        return None


def _answer(
    row: Any, fact: Callable[[Any], publishing.Fact], asked: Wanted, had: str | None
) -> Answer | None:
    if row is None:
        return None
    changes = publishing.changes(row)
    tag = etag(*asked.form, *changes)
    if had is not None and had != tag:
        return None  # a list of tags, or none of ours
    headers = _headers(tag, max(changes), asked.vary)
    if had is not None:
        return Answer("304 Not Modified", headers, b"")
    headers.append(("Content-Type", asked.media_type))
    return Answer("200 OK", headers, publishing.written(fact(row), asked.version))


def _listed_assertion(name: str) -> PublishedAssertion | None:
    """The award; one that is seen by link alone is answered with more discretion than here."""
    row = published_assertion(name)
    return row if row and row.is_listed else None


def _headers(tag: str, changed_at: datetime, vary: tuple[str, ...]) -> list[tuple[str, str]]:
    headers = [
        ("ETag", tag),
        ("Cache-Control", SHORTLY),
        ("Vary", ", ".join((*vary, "origin"))),
    ]
    # As in ``negotiation.unless_had``.
    if timezone.now() - changed_at > timedelta(seconds=1):
        headers.append(("Last-Modified", http_date(int(changed_at.timestamp()))))
    return headers


_KINDS: Final[dict[str, Callable[[str, Wanted, str | None], Answer | None]]] = {
    "assertions": lambda name, asked, had: _answer(
        _listed_assertion(name), publishing.credential, asked, had
    ),
    "badges": lambda name, asked, had: _answer(
        published_badgeclass(name), publishing.achievement, asked, had
    ),
    "issuers": lambda name, asked, had: _answer(
        published_issuer(name), publishing.profile, asked, had
    ),
}


@lru_cache(1024)
def _wanted(accept: str | None, agent: str, json: bool) -> Wanted | None:
    """What these headers ask for; None if it is no document, or perhaps a credential."""
    if accept and ("vc" in accept or "jwt" in accept):
        return None
    request = HttpRequest()
    request.META = {"HTTP_USER_AGENT": agent} | ({} if accept is None else {"HTTP_ACCEPT": accept})
    try:
        asked = wanted(request, JSON if json else None)
    except NotAcceptable:
        return None
    return None if asked.is_page else asked
