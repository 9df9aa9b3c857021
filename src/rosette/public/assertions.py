"""``/public/assertions/:id``: one award, as a document and as a page."""

from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.urls import reverse
from django.utils import timezone

from rosette import pages
from rosette.models import Assertion
from rosette.models.assertions import PublishedAssertion, published_assertion
from rosette.openbadges.credential import Credential
from rosette.openbadges.recipient import matches, normalised
from rosette.operations import publishing, sharing
from rosette.public import credentials
from rosette.public.negotiation import answer, discreet, known, public, wanted


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
    has_expired = row.expires_on is not None and row.expires_on < timezone.now()
    response = answer(
        request,
        asked,
        changes=publishing.changes(row),
        document=lambda: publishing.written(
            publishing.credential(row), asked.version, expand=asked.expand
        ),
        page=lambda: _page(request, row, has_expired=has_expired),
        depends_on=[has_expired] if asked.is_page else [],
    )
    if any(name.startswith("identity__") for name in request.GET):
        response["Cache-Control"] = "private, no-store"
        response["Referrer-Policy"] = "no-referrer"
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
    context = {
        "credential": credential,
        "row": row,
        "has_expired": has_expired,
        "claimed": _claimed(request, credential),
        "embed_code": sharing.embed_code(sharing.of_award(row)),
        "oembed": f"{settings.ROSETTE.origin}{address}?{query}",
    }
    template = "public/embedded.html" if is_embedded else "public/assertion.html"
    return pages.page(request, template, context)


def _claimed(request: HttpRequest, credential: Credential) -> tuple[str, bool] | None:
    """
    Who the visitor says the recipient is (``?identity__email=…``), and whether that is so.

    Links out of Badgr's backpack say it. Nothing is told that the visitor did not know.
    """
    recipient = credential.recipient
    said = request.GET.get(f"identity__{recipient.kind}")
    if not said:
        return None
    return said, matches(recipient, normalised(said, recipient.kind))
