"""
Answers in JSON, refusals in words, and the first answer again to whoever asks the same again.

An ``Idempotency-Key`` belongs to the person who sent it, or, where nobody need sign in, to the
address it came from. The answer is kept in the transaction of the work, so it is kept exactly if
the work was done; what was refused is not kept, and may be mended under the same key.
"""

import hashlib
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Final

import orjson
from django.conf import settings
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from rosette import limits, sealing
from rosette.api.auth import Caller
from rosette.api.bodies import raw
from rosette.errors import InvalidInput, Refused
from rosette.models import KeptAnswer

_KEY_MAX_LENGTH: Final = 255
KEY_REUSED: Final = "This Idempotency-Key was used for a different request."


class KeyReused(Refused):
    """The key was sent before, with another request."""


def answer(
    request: HttpRequest,
    content: Any,
    status: int,
    headers: Mapping[str, str] | None = None,
) -> HttpResponse:
    """
    ``content`` as JSON (bytes as they are), under the media type that the caller can take.

    ``application/ld+json`` unless JSON is asked for, as Badgr's clients know it. Times, which are
    in UTC, become ``2026-11-23T09:30:00.123456Z``, without a fraction where there is none.
    """
    accept = request.META.get("HTTP_ACCEPT", "")
    plain = request.GET.get("format") == "json" or "application/json" in accept
    return HttpResponse(
        content if isinstance(content, bytes) else orjson.dumps(content, option=orjson.OPT_UTC_Z),
        status=status,
        content_type="application/json" if plain else "application/ld+json",
        headers={"Vary": "Accept, Authorization", "Cache-Control": "no-store", **(headers or {})},
    )


def once(
    request: HttpRequest,
    by: Caller | None,
    work: Callable[[], HttpResponse],
    *,
    outward: bool = False,
    is_secret: bool = False,
    content_hash: str | None = None,
) -> HttpResponse:
    """
    What ``work`` answers; under an ``Idempotency-Key`` that was used before, the first answer.

    Of two requests with one key at a time, the second waits in the database for the first. Work
    that is ``outward`` asks other servers, so that no transaction may be open around it: its
    answer is kept right after it. One that ``is_secret`` is kept sealed. ``content_hash`` stands
    for a body that was read as a stream.

    Raises KeyReused, and InvalidInput for a key that is too long.
    """
    key = request.META.get("HTTP_IDEMPOTENCY_KEY")
    if not key:
        return work()
    if len(key) > _KEY_MAX_LENGTH or "\x00" in key:
        raise InvalidInput(
            general=[f"Idempotency-Key must be text of at most {_KEY_MAX_LENGTH} characters."]
        )
    asked = hashlib.sha256(
        b"\0".join(
            [
                (request.method or "").encode(),
                request.get_full_path().encode(),
                raw(request) if content_hash is None else content_hash.encode(),
            ]
        )
    ).hexdigest()
    owner = by.actor.user_entity_id if by else _nobody_at(limits.address_of(request))
    mine = KeptAnswer.objects.filter(owner=owner, key=key)
    remembered = timedelta(seconds=settings.ROSETTE.idempotency_seconds)
    mine.filter(created_at__lt=timezone.now() - remembered).delete()
    if outward:
        earlier = mine.first()
        if earlier is None:
            response = work()
            kept = KeptAnswer(owner=owner, key=key, request_hash=asked)
            _keep(kept, response, is_secret=is_secret)
            KeptAnswer.objects.bulk_create([kept], ignore_conflicts=True)
            return response
        return _again(request, earlier, asked, is_secret=is_secret)
    try:
        with transaction.atomic():
            kept = KeptAnswer.objects.create(owner=owner, key=key, request_hash=asked)
            response = work()
            _keep(kept, response, is_secret=is_secret)
            kept.save()
            return response
    except IntegrityError:
        earlier = mine.first()
        if earlier is None:
            raise
        return _again(request, earlier, asked, is_secret=is_secret)


def said(refusal: InvalidInput) -> str:
    """All that is wrong, as one text: what clients show to people."""
    return " ".join([*_texts(refusal.fields), *(_text(item) for item in refusal.general)])


def _texts(told: Any, name: str = "") -> list[str]:
    if isinstance(told, Mapping):
        return [text for inner, deeper in told.items() for text in _texts(deeper, str(inner))]
    if isinstance(told, list):
        return [text for deeper in told for text in _texts(deeper, name)]
    return [f"{name}: {told}"]


def _text(item: Any) -> str:
    """A refusal of an import has a name, a description and perhaps a detail."""
    if not isinstance(item, Mapping):
        return str(item)
    described = f"{item['name']}: {item['description']}"
    return f"{described}. {item['detail']}" if item.get("detail") else described


def _keep(kept: KeptAnswer, response: HttpResponse, *, is_secret: bool) -> None:
    kept.status, kept.body = response.status_code, response.content
    if is_secret:
        kept.body = sealing.sealer().seal(response.content, purpose=_purpose(kept)).encode()


def _again(request: HttpRequest, kept: KeptAnswer, asked: str, *, is_secret: bool) -> HttpResponse:
    if kept.request_hash != asked:
        raise KeyReused
    body = bytes(kept.body)
    if is_secret:
        body = sealing.sealer().unseal(body.decode(), purpose=_purpose(kept))
    return answer(request, body, kept.status, {"Idempotent-Replayed": "true"})


def _purpose(kept: KeptAnswer) -> str:
    return f"answer to {kept.request_hash} of {kept.owner}"


def _nobody_at(address: str) -> str:
    """In the place of a person's name; never one, since names have no colon."""
    return "at:" + hashlib.sha256(address.encode()).hexdigest()
