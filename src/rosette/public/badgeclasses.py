"""``/public/badges/:id``: a badge class, as a document and as a page; and its criteria."""

import orjson
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.cache import patch_vary_headers

from rosette import pages
from rosette.errors import NotFound
from rosette.models import BadgeClass
from rosette.models.badgeclasses import PublishedBadgeClass, published_badgeclass
from rosette.openbadges import documents
from rosette.operations import endorsements, publishing
from rosette.public.negotiation import answer, known, public, wanted


@public(has_page=True)
def badgeclass(request: HttpRequest, entity_id: str, suffix: str | None = None) -> HttpResponse:
    """``GET /public/badges/:id``. A badge class that its people deleted stays published."""
    row = known(published_badgeclass(entity_id), BadgeClass, entity_id)
    asked = wanted(request, suffix)
    return answer(
        request,
        asked,
        changes=publishing.changes(row),
        document=lambda: publishing.written(
            publishing.achievement(row), asked.version, expand=asked.expand
        ),
        page=lambda: _page(request, row, "public/badgeclass.html"),
        depends_on=row.issuer.domain_proof if asked.is_page else (),
    )


@public(has_page=True)
def achievement(request: HttpRequest, entity_id: str, suffix: str | None = None) -> HttpResponse:
    """``GET /public/badges/:id/ob3``: the Achievement of Open Badges 3.0, unsigned."""
    row = known(published_badgeclass(entity_id), BadgeClass, entity_id)
    asked = wanted(request, suffix)
    if row.source_url:
        raise NotFound
    return answer(
        request,
        asked,
        changes=publishing.changes(row),
        document=lambda: orjson.dumps(documents.achievement(publishing.achievement(row))),
        page=lambda: _page(request, row, "public/badgeclass.html"),
        depends_on=["3_0", *(row.issuer.domain_proof if asked.is_page else ())],
    )


@public(has_page=True)
def criteria(request: HttpRequest, entity_id: str) -> HttpResponse:
    """
    ``GET /public/badges/:id/criteria``: what has to be done, as a page.

    Programs are sent to the badge class, which holds the criteria.
    """
    row = known(published_badgeclass(entity_id), BadgeClass, entity_id)
    asked = wanted(request)
    if not asked.is_page:
        response = HttpResponseRedirect(reverse("public-badgeclass", args=[entity_id]))
        patch_vary_headers(response, asked.vary)
        return response
    return answer(
        request,
        asked,
        changes=publishing.changes(row),
        document=bytes,
        page=lambda: _page(request, row, "public/criteria.html"),
        depends_on=row.issuer.domain_proof,
    )


def _page(request: HttpRequest, row: PublishedBadgeClass, template: str) -> HttpResponse:
    """
    The page; 410 if its people deleted it.

    Its document stays 200, because awards that were revoked still point to it.
    """
    gone = BadgeClass.objects.filter(entity_id=row.entity_id, deleted_at__isnull=False).exists()
    context = {
        "achievement": publishing.achievement(row),
        "row": row,
        "endorsements": endorsements.shown(row.endorsements),
        "is_gone": gone,
    }
    return pages.page(request, template, context, 410 if gone else 200)
