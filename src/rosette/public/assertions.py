"""``/public/assertions/:id``: one award, as a document and as a page."""

from datetime import timedelta
from typing import Final, NamedTuple
from urllib.parse import urlencode

from django.conf import settings
from django.core import signing
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponsePermanentRedirect,
    HttpResponseRedirect,
)
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.html import format_html
from django.utils.translation import gettext as _

from rosette import pages
from rosette.look import day
from rosette.models import Assertion
from rosette.models.assertions import PublishedAssertion, published_assertion
from rosette.models.backpack import original_of
from rosette.openbadges.recipient import matches, normalised
from rosette.operations import endorsements, publishing, sharing
from rosette.public import credentials
from rosette.public.negotiation import answer, discreet, known, public, wanted
from rosette.public.texts import kept_private, masked

_SAID: Final = "identity__"
_NAMED: Final = "named"
_NAMED_SALT: Final = "rosette.named-recipient"
_NAMED_MAX_AGE: Final = timedelta(hours=1)


@public(has_page=True)
def assertion(request: HttpRequest, entity_id: str, suffix: str | None = None) -> HttpResponse:
    """
    ``GET /public/assertions/:id``.

    A revoked award is no error: it answers 200 with a document that says so, as verifiers and
    backpacks of Badgr expect it.

    ``?v=3_0``, or a media type of credentials, asks for the credential of Open Badges 3.0.
    """
    row = known(published_assertion(entity_id), Assertion, entity_id)
    if as_credential := credentials.wanted_of_award(request, suffix):
        return credentials.answer(request, row, as_credential)
    asked = wanted(request, suffix)
    if asked.is_page and any(name.startswith(_SAID) for name in request.GET):
        led = _in_private(_without_address(request, row))
        patch_vary_headers(led, asked.vary)
        return discreet(led, is_listed=row.is_listed)
    has_expired = row.expires_on is not None and row.expires_on < timezone.now()
    response = answer(
        request,
        asked,
        changes=publishing.changes(row),
        document=lambda: publishing.written(
            publishing.credential(row), asked.version, expand=asked.expand
        ),
        page=lambda: _page(request, row, has_expired=has_expired),
        depends_on=[
            has_expired,
            request.GET.get(_NAMED, ""),
            *row.badgeclass.issuer.domain_proof,
        ]
        if asked.is_page
        else [],
    )
    if asked.is_page and _NAMED in request.GET:
        response = _in_private(response)
    return discreet(response, is_listed=row.is_listed)


@public()
def shared(request: HttpRequest, entity_id: str) -> HttpResponse:
    """``GET /share/badge/:id``: 301 to the award, where links of old lead."""
    return HttpResponsePermanentRedirect(reverse("public-assertion", args=[entity_id]))


def _page(request: HttpRequest, row: PublishedAssertion, *, has_expired: bool) -> HttpResponse:
    credential = publishing.credential(row)
    is_embedded = "embedVersion" in request.GET
    address = reverse("public-oembed")
    query = urlencode({"format": "json", "url": credential.address})
    original = original_of(row.entity_id) if row.source_url and not is_embedded else None
    context = {
        "credential": credential,
        "row": row,
        "has_expired": has_expired,
        "endorsements": endorsements.shown(row.endorsements) if row.holds else [],
        "awarded": _awarded(row, _named(request, row)),
        "checked_at": original.checked_at if original else None,
        "embed_code": sharing.embed_code(sharing.of_award(row)),
        "oembed": f"{settings.ROSETTE.origin}{address}?{query}",
    }
    template = "public/embedded.html" if is_embedded else "public/assertion.html"
    return pages.page(request, template, context)


def _awarded(row: PublishedAssertion, named: "Named | None") -> str:
    """One sentence: to whom, when and by whom; no more of the recipient than the visitor knows."""
    issuer = row.badgeclass.issuer
    link = format_html(
        '<a href="{}">{}</a>', reverse("public-issuer", args=[issuer.entity_id]), issuer.name
    )
    return format_html(
        _("Awarded to {recipient} on {day} by {issuer}"),
        recipient=_recipient(row, named),
        day=day(row.issued_on),
        issuer=link,
    )


def _recipient(row: PublishedAssertion, named: "Named | None") -> str:
    if named is not None and named.is_theirs:
        return format_html('<strong><span class="mark good">✓</span> {}</strong>', named.masked)
    if named is not None:
        said = _("somebody else than the link says")
        return format_html('<strong><span class="mark bad">✗</span> {}</strong>', said)
    if row.recipient_hashed:
        return kept_private(row.recipient_kind)
    return format_html("<strong>{}</strong>", masked(row.source_identity or row.recipient_identity))


class Named(NamedTuple):
    """Whether the award is whom a link named; and that one, recognisable to who knows them."""

    is_theirs: bool
    masked: str


def _without_address(request: HttpRequest, row: PublishedAssertion) -> HttpResponse:
    """
    The same page at an address that bears no identity any more.

    Links out of Badgr's backpack say who the recipient is (``?identity__email=…``). Whether that
    is so travels on, signed and for an hour; the identity itself does not.
    """
    recipient = publishing.credential(row).recipient
    said = request.GET.get(f"{_SAID}{recipient.kind}", "")
    query = request.GET.copy()
    for name in list(query):
        if name.startswith(_SAID) or name == _NAMED:
            del query[name]
    if said:
        is_theirs = matches(recipient, normalised(said, recipient.kind))
        shown = masked(said) if is_theirs else ""
        facts = [row.entity_id, is_theirs, shown]
        query[_NAMED] = signing.dumps(facts, salt=_NAMED_SALT)
    left = query.urlencode()
    return HttpResponseRedirect(f"{request.path}?{left}" if left else request.path)


def _named(request: HttpRequest, row: PublishedAssertion) -> Named | None:
    try:
        facts = signing.loads(request.GET.get(_NAMED, ""), salt=_NAMED_SALT, max_age=_NAMED_MAX_AGE)
    except signing.BadSignature:
        return None
    name, is_theirs, shown = facts
    return Named(is_theirs, shown) if name == row.entity_id else None


def _in_private(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "private, no-store"
    response["Referrer-Policy"] = "no-referrer"
    return response
