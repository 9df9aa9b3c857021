"""``/public/endorsements/:id``: what one issuer says of something, as a document and as a page."""

import orjson
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.cache import patch_vary_headers

from rosette import pages
from rosette.models.endorsements import PublishedEndorsement
from rosette.openbadges import documents
from rosette.operations import credentials, endorsements
from rosette.public.credentials import wanted as wanted_credential
from rosette.public.negotiation import JSON, answer, etag, public, unless_had, wanted


@public(has_page=True)
def endorsement(request: HttpRequest, entity_id: str, suffix: str | None = None) -> HttpResponse:
    """``GET /public/endorsements/:id``: one that was withdrawn says so, and no more."""
    row = endorsements.published(entity_id)
    return answer(
        request,
        wanted(request, suffix),
        changes=[row.updated_at],
        document=lambda: orjson.dumps(documents.endorsement(endorsements.fact(row))),
        page=lambda: _page(request, row),
    )


@public(has_page=True)
def credential(request: HttpRequest, entity_id: str, suffix: str | None = None) -> HttpResponse:
    """``GET /public/endorsements/:id/ob3``, also with ``.json`` and ``.jwt``: it is signed."""
    row = endorsements.published(entity_id)
    asked = wanted_credential(request, suffix)
    if asked is None:
        response: HttpResponse = HttpResponseRedirect(
            reverse("public-endorsement", args=[entity_id])
        )
    else:
        draft = endorsements.draft(row, asked.form)
        response = unless_had(
            request,
            etag("endorsement", asked.media_type, draft.digest),
            lambda: HttpResponse(credentials.signed(draft), content_type=asked.media_type),
        )
    patch_vary_headers(response, ("Accept",))
    return response


@public()
def withdrawn(request: HttpRequest, entity_id: str) -> HttpResponse:
    """``GET /public/issuers/:id/withdrawn``: the endorsements that the issuer took back."""
    content = orjson.dumps(endorsements.withdrawn(entity_id))
    return unless_had(
        request,
        etag("withdrawn", content),
        lambda: HttpResponse(content, content_type=JSON),
    )


def _page(request: HttpRequest, row: PublishedEndorsement) -> HttpResponse:
    context = {"endorsement": endorsements.fact(row), "row": row}
    return pages.page(request, "public/endorsement.html", context)
