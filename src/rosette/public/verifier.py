"""
``POST /public/verify``: whether a badge is good, for everybody.

An award of this server is named by ``entity_id``; any badge is handed in as ``url``, ``image`` or
``assertion``. Either may ask others, so an address may do it a hundred times an hour.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import orjson
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from rosette import images, limits
from rosette.errors import InvalidInput, NotFound
from rosette.models.assertions import PublishedAssertion, published_assertion
from rosette.openbadges import documents
from rosette.openbadges.jsonld import Document
from rosette.openbadges.verification import (
    Identity,
    Source,
    Verdict,
    check_report,
    identities,
    report,
)
from rosette.operations import imports, insights, publishing, verification
from rosette.public.negotiation import public, success

_WAYS: Final = ("url", "image", "assertion")
_ONE_OF_THREE: Final = "Must provide only one of 'url', 'image' or 'assertion'."
_MOST_IDENTITIES: Final = 20


@public(methods=("POST",))
def verify(request: HttpRequest, suffix: str | None = None) -> HttpResponse:
    """
    ``POST /public/verify``, as JSON or form.

    ``{"entity_id": "…"}``: the document of an award that is published here, badge and issuer
    expanded. Our own rows are the truth about our own awards, so nothing is checked; an imported
    one is asked for at its issuer, and what is kept here follows. Refused if that fails.

    ``{"url" | "image" | "assertion": …, "recipient": …}``: the verdict on any badge, good or bad,
    with all checks in ``report``; ``result`` holds the document if it could be had.
    """
    sent = _sent(request)
    if any(sent.get(way) for way in _WAYS) and not sent.get("entity_id"):
        source, recipient = _source(sent), _recipient(sent.get("recipient"))
        count(request)
        with verification.outward():
            verdict = verification.examined(source, at=timezone.now(), recipient=recipient)
        count_verified(verdict)
        return success(request, _shown(verdict), report=report(verdict))
    row = _published(sent.get("entity_id"))
    if row.source_url is None:
        return success(request, [_document(row)])
    count(request)
    checks = imports.recheck(row.entity_id)
    row = _published(row.entity_id)
    found = {
        "valid": row.revoked_at is None,
        "checks": [check_report(check) for check in checks],
    }
    return success(request, [_document(row)], report=found)


def count_verified(verdict: Verdict) -> None:
    """Count, for the insights of our issuers, a badge that comes from here; not by whom."""
    badgeclass = verdict.badgeclass
    if badgeclass and verdict.is_valid and verification.is_here(badgeclass.id):
        insights.verified(badgeclass.id)


def _sent(request: HttpRequest) -> Mapping[str, Any]:
    """What the JSON or form holds. Raises InvalidInput."""
    if request.content_type in ("application/x-www-form-urlencoded", "multipart/form-data"):
        sent: dict[str, Any] = {name: request.POST.get(name) for name in request.POST}
        sent["recipient"] = request.POST.getlist("recipient")
        for image in request.FILES.getlist("image"):
            sent["image"] = image.read()
        return sent
    try:
        found = orjson.loads(request.body or b"{}")
    except orjson.JSONDecodeError as error:
        raise InvalidInput(general=[f"JSON parse error - {error}"]) from error
    return found if isinstance(found, dict) else {}


def _source(sent: Mapping[str, Any]) -> Source:
    """What is to be verified. Raises InvalidInput."""
    ways = [way for way in _WAYS if sent.get(way)]
    if len(ways) != 1:
        raise InvalidInput(general=[_ONE_OF_THREE])
    (way,) = ways
    found = sent[way]
    if way == "image":
        if isinstance(found, bytes):
            return found
        try:
            return images.from_data_uri(found if isinstance(found, str) else "")
        except images.InvalidImage as error:
            raise InvalidInput({"image": [error.message]}) from error
    if way == "url" and not (isinstance(found, str) and verification.is_web(found)):
        raise InvalidInput({"url": ["Enter a valid URL."]})
    if not isinstance(found, str | dict):
        raise InvalidInput({"assertion": ["Must be a JSON object, or the text of one."]})
    return found


def _recipient(sent: Any) -> Sequence[Identity]:
    """Who says to be the recipient: a text, or a list of some. Raises InvalidInput."""
    texts = sent if isinstance(sent, list) else [] if sent in (None, "") else [sent]
    if len(texts) > _MOST_IDENTITIES or not all(isinstance(text, str) for text in texts):
        said = f"Must be a text, or a list of at most {_MOST_IDENTITIES}."
        raise InvalidInput({"recipient": [said]})
    return [identity for text in texts if text for identity in identities(text)]


def count(request: HttpRequest) -> None:
    """Count one more by this address. Raises TryLater if it has had enough for now."""
    limits.attempt("verification", address=limits.address_of(request)).failed()


def _published(entity_id: Any) -> PublishedAssertion:
    if not isinstance(entity_id, str) or "\0" in entity_id:
        raise NotFound
    row = published_assertion(entity_id)
    if row is None:
        raise NotFound
    return row


def _document(row: PublishedAssertion) -> Document:
    return documents.render(publishing.credential(row), expand=("badge", "badge.issuer"))


def _shown(verdict: Verdict) -> list[Document]:
    """The assertion as it was served, with its badge class and issuer as they were."""
    if verdict.assertion is None:
        return []
    shown = dict(verdict.assertion.source)
    if verdict.badgeclass is not None:
        badgeclass = dict(verdict.badgeclass.source)
        if verdict.issuer is not None:
            badgeclass["issuer"] = verdict.issuer.source
        shown["badge"] = badgeclass
    return [shown]
