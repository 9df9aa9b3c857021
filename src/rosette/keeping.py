"""
Answers of other servers, kept as long as they allow it.

In Django's cache named ``fetched``, which is one of each process unless another is configured.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import astuple, replace
from time import time
from typing import Any, Final

from django.core.cache import caches
from django.utils.http import parse_http_date_safe

from rosette import fetching, metrics
from rosette.fetching import Fetched

_MAX_BYTES: Final = 250_000
_MAX_SECONDS: Final = 86_400
"""However long their server allows, nobody's answers are believed for longer unasked."""
_FORGOTTEN_SECONDS: Final = 7 * 86_400


def fetch(
    url: str, *, accept: str, max_bytes: int, allow_loopback: bool = False, **others: Any
) -> Fetched:
    """
    As ``fetching.fetch``, for what changes seldom and is wanted often: contexts, schemas, keys.

    An answer is handed out again without asking while its server says that it is fresh, for a day
    at most; after that the server is asked whether it changed, if it gave an ETag or a date.
    Answers other than 200 are not kept, nor what is ``no-store`` or ``private``.

    Not for what may be revoked: ask for that by ``fetching.fetch``.
    """
    cache = caches["fetched"]
    facts = f"{url}\n{accept}\n{allow_loopback}"
    key = hashlib.sha256(facts.encode("utf-8", "replace")).hexdigest()
    kept, fresh_until = _read(cache.get(key), max_bytes)
    is_fresh = kept is not None and time() < fresh_until
    metrics.lookup("fetched", hit=is_fresh)
    if kept is not None and is_fresh:
        return kept
    answer = fetching.fetch(
        url,
        accept=accept,
        max_bytes=max_bytes,
        allow_loopback=allow_loopback,
        unless_had=_unless_had(kept, url),
        **others,
    )
    if kept is not None and answer.status == 304:
        answer = replace(kept, headers={**kept.headers, **answer.headers})
    seconds = _fresh_seconds(answer)
    if seconds is None:
        cache.delete(key)
    else:
        cache.set(key, (astuple(answer), time() + seconds), _FORGOTTEN_SECONDS)
    return answer


def _read(found: Any, max_bytes: int) -> tuple[Fetched | None, float]:
    """The answer, if one is kept that the caller takes, and until when it is fresh."""
    if found is None:
        return None, 0
    facts, fresh_until = found
    kept = Fetched(*facts)
    return (kept if len(kept.content) <= max_bytes else None), fresh_until


def _unless_had(kept: Fetched | None, url: str) -> Mapping[str, str]:
    """What asks whether the answer has changed; one that came by a redirect is fetched anew."""
    if kept is None or kept.url != url:
        return fetching.NOTHING_HAD
    asks = {"etag": "If-None-Match", "last-modified": "If-Modified-Since"}
    return {asked: kept.headers[name] for name, asked in asks.items() if name in kept.headers}


def _fresh_seconds(answer: Fetched) -> float | None:
    """
    How long the answer may be handed out unasked (RFC 9111), 0 if it has to be asked about each
    time; None if it is not to be kept at all.
    """
    headers = answer.headers
    said = _directives(headers.get("cache-control", ""))
    if answer.status != 200 or len(answer.content) > _MAX_BYTES:
        return None
    if "no-store" in said or "private" in said or headers.get("vary", "").strip() == "*":
        return None
    seconds = 0.0
    age = said.get("s-maxage", said.get("max-age"))
    expires = parse_http_date_safe(headers.get("expires", ""))
    if "no-cache" in said:
        pass
    elif age is not None:
        seconds = _number(age) - _number(headers.get("age", ""))
    elif expires is not None:
        seconds = expires - (parse_http_date_safe(headers.get("date", "")) or time())
    seconds = min(max(seconds, 0.0), _MAX_SECONDS)
    can_be_asked_about = "etag" in headers or "last-modified" in headers
    return seconds if seconds or can_be_asked_about else None


def _directives(header: str) -> dict[str, str]:
    pairs = (item.partition("=") for item in header.split(","))
    return {name.strip().lower(): value.strip(' "') for name, _, value in pairs}


def _number(text: str) -> int:
    """A number of seconds; 0 for anything else."""
    return int(text[:9]) if text.isascii() and text.isdigit() else 0
