"""``…/certificate`` and ``…/pdf``: an award, or a collection, as a PDF to print and to keep."""

from collections.abc import Callable
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers
from django.utils.http import content_disposition_header
from django.utils.text import slugify
from django.utils.translation import get_language

from rosette import pages, paper
from rosette.errors import NotFound
from rosette.models import Assertion, Collection
from rosette.models.assertions import (
    PublishedAssertion,
    published_assertion,
    published_assertions_in,
)
from rosette.operations import certificates
from rosette.public.negotiation import (
    discreet,
    etag,
    failure,
    known,
    public,
    refusal_page,
    takes_pages,
    unless_had,
)
from rosette.public.texts import kept_private, masked

_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; object-src 'self'"


@public(has_page=True)
def certificate(request: HttpRequest, entity_id: str) -> HttpResponse:
    """
    ``GET /public/assertions/:id/certificate``: for whoever may see the award.

    410 for one that was revoked or is suspended, because paper would not say so.
    """
    row = known(published_assertion(entity_id), Assertion, entity_id)
    if row.source_url is not None:
        raise NotFound
    if not row.holds:
        return _gone(request, row)
    with pages.speaking(request):
        draft = certificates.draft(row)
        recipient = _recipient(row)
        response = _sent(
            request,
            etag("certificate", certificates.digest(draft, recipient)),
            lambda: certificates.certificate(draft, recipient),
            name=row.badgeclass.name,
        )
    return discreet(response, is_listed=row.is_listed)


@public(has_page=True)
def collection(request: HttpRequest, share_hash: str) -> HttpResponse:
    """``GET /public/collections/:hash/pdf``: what its page shows."""
    row = Collection.objects.filter(share_hash=share_hash).select_related("owner").first()
    if row is None:
        raise NotFound
    awards = published_assertions_in(row.pk)
    with pages.speaking(request):
        response = _sent(
            request,
            etag("collection", certificates.collection_digest(row, awards)),
            lambda: certificates.collection(row, awards),
            name=row.name,
        )
    return discreet(response, is_listed=all(award.is_listed for award in awards))


def _sent(request: HttpRequest, tag: str, make: Callable[[], bytes], *, name: str) -> HttpResponse:
    def response() -> HttpResponse:
        disposition = content_disposition_header(False, f"{slugify(name) or 'badge'}.pdf")
        answer = HttpResponse(make(), content_type=paper.PDF)
        answer["Content-Disposition"] = disposition or "inline"
        answer["Content-Language"] = get_language() or "en"
        answer["Content-Security-Policy"] = _POLICY
        answer["X-Content-Type-Options"] = "nosniff"
        return answer

    found = unless_had(request, tag, response)
    patch_vary_headers(found, ("Accept-Language",))
    return found


def _recipient(row: PublishedAssertion) -> str:
    """Whom the public page names, where the award says no name."""
    if row.recipient_hashed:
        return kept_private(row.recipient_kind)
    return masked(row.recipient_identity)


def _gone(request: HttpRequest, row: PublishedAssertion) -> HttpResponse:
    if takes_pages(request):
        response = refusal_page(request, "no_certificate", 410, {"row": row})
    else:
        response = failure(request, 410, "the award does not hold")
    return discreet(response, is_listed=False)
