"""``/public/issuers/:id``: an issuer, as a document and as a page; and what it awards."""

import orjson
from django.http import HttpRequest, HttpResponse

from rosette import pages
from rosette.models import Issuer
from rosette.models.badgeclasses import PublishedBadgeClass, published_badgeclasses
from rosette.models.issuers import PublishedIssuer, published_issuer
from rosette.openbadges import documents
from rosette.operations import endorsements, publishing
from rosette.public.negotiation import answer, known, public, wanted


@public(has_page=True)
def issuer(request: HttpRequest, entity_id: str, suffix: str | None = None) -> HttpResponse:
    """``GET /public/issuers/:id``. An issuer that its people deleted stays published."""
    row = known(published_issuer(entity_id), Issuer, entity_id)
    asked = wanted(request, suffix)
    # Only the page shows them.
    badgeclasses = published_badgeclasses(entity_id) if asked.is_page else []
    return answer(
        request,
        asked,
        changes=publishing.changes(row),
        document=lambda: publishing.written(publishing.profile(row), asked.version),
        page=lambda: _page(request, row, badgeclasses),
        depends_on=[*_state(badgeclasses), *(row.domain_proof if asked.is_page else ())],
    )


@public(has_page=True)
def issuer_badgeclasses(
    request: HttpRequest, entity_id: str, suffix: str | None = None
) -> HttpResponse:
    """``GET /public/issuers/:id/badges``: a bare list of the issuer's badge classes."""
    row = known(published_issuer(entity_id), Issuer, entity_id)
    asked = wanted(request, suffix)
    badgeclasses = published_badgeclasses(entity_id)
    return answer(
        request,
        asked,
        changes=[row.updated_at, *(badgeclass.updated_at for badgeclass in badgeclasses)],
        depends_on=[*_state(badgeclasses), *(row.domain_proof if asked.is_page else ())],
        document=lambda: orjson.dumps(
            [
                documents.render(
                    publishing.achievement(badgeclass), asked.version, expand=asked.expand
                )
                for badgeclass in badgeclasses
            ]
        ),
        page=lambda: _page(request, row, badgeclasses),
    )


def _state(badgeclasses: list[PublishedBadgeClass]) -> list[object]:
    """What changes whenever one of them comes, changes or goes."""
    return [(badgeclass.entity_id, badgeclass.updated_at) for badgeclass in badgeclasses]


def _page(
    request: HttpRequest, row: PublishedIssuer, badgeclasses: list[PublishedBadgeClass]
) -> HttpResponse:
    gone = Issuer.objects.filter(entity_id=row.entity_id, deleted_at__isnull=False).exists()
    context = {
        "profile": publishing.profile(row),
        "row": row,
        "badgeclasses": badgeclasses,
        "endorsements": endorsements.shown(row.endorsements),
        "is_gone": gone,
    }
    return pages.page(request, "public/issuer.html", context, 410 if gone else 200)
