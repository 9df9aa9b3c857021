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

from rosette.models import assertions, badgeclasses, issuers
from rosette.models.assertions import PublishedAssertion
from rosette.operations import publishing
from rosette.public.negotiation import JSON, SHORTLY, NotAcceptable, Wanted, etag, wanted

_PATH: Final = re.compile(r"/public/(assertions|badges|issuers)/([^/\x00]+?)(\.json)?/?", re.ASCII)
_ONE_TAG: Final = re.compile(r'"[^",]*"')
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
    had = environ.get("HTTP_IF_NONE_MATCH")
    if asked is None or (had is not None and not _ONE_TAG.fullmatch(had)):
        return None
    try:
        connections[DEFAULT_DB_ALIAS].close_if_unusable_or_obsolete()
        return _answer(_KINDS[path[1]], path[2], asked, had)
    except Exception:
        # The view meets it again, and tells of it.
        return None


class _Kind(NamedTuple):
    """How one of the three is read: what it is, when it changed, and what is published of it."""

    row: Callable[[str], Any]
    changes: Callable[[str], tuple[datetime, ...] | None]
    fact: Callable[[Any], publishing.Fact]


def _answer(kind: _Kind, name: str, asked: Wanted, had: str | None) -> Answer | None:
    if had and (changes := kind.changes(name)) and etag(*asked.form, *changes) == had:
        return Answer("304 Not Modified", _headers(had, max(changes), asked.vary), b"")
    row = kind.row(name)
    if row is None:
        return None
    changes = publishing.changes(row)
    headers = _headers(etag(*asked.form, *changes), max(changes), asked.vary)
    headers.append(("Content-Type", asked.media_type))
    return Answer("200 OK", headers, publishing.written(kind.fact(row), asked.version))


def _listed_assertion(name: str) -> PublishedAssertion | None:
    """The award; one that is seen by link alone is answered with more discretion than here."""
    row = assertions.published_assertion(name)
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


_KINDS: Final = {
    "assertions": _Kind(_listed_assertion, assertions.published_changes, publishing.credential),
    "badges": _Kind(
        badgeclasses.published_badgeclass, badgeclasses.published_changes, publishing.achievement
    ),
    "issuers": _Kind(issuers.published_issuer, issuers.published_changes, publishing.profile),
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
