"""``/public/collections/:share_hash``: awards that their owner shows together."""

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from rosette import pages
from rosette.errors import NotFound
from rosette.models import Collection
from rosette.models.assertions import PublishedAssertion, published_assertions_in
from rosette.operations import publishing
from rosette.public.negotiation import answer, discreet, public, wanted


@public(has_page=True)
def collection(request: HttpRequest, share_hash: str, suffix: str | None = None) -> HttpResponse:
    """``GET /public/collections/:hash``: published ones only."""
    row = Collection.objects.filter(share_hash=share_hash).select_related("owner").first()
    if row is None:
        raise NotFound
    asked = wanted(request, suffix)
    awards = published_assertions_in(row.pk)
    now = timezone.now()
    expired = {
        award.entity_id
        for award in awards
        if award.expires_on is not None and award.expires_on < now
    }
    response = answer(
        request,
        asked,
        changes=[
            row.updated_at,
            row.owner.updated_at,
            *(moment for award in awards for moment in publishing.changes(award)),
        ],
        document=lambda: publishing.written(
            publishing.collection(row, awards), asked.version, expand=asked.expand
        ),
        page=lambda: _page(request, row, awards, expired),
        depends_on=[*(award.entity_id for award in awards), *sorted(expired)],
    )
    return discreet(response, is_listed=all(award.is_listed for award in awards))


def _page(
    request: HttpRequest, row: Collection, awards: list[PublishedAssertion], expired: set[str]
) -> HttpResponse:
    context = {
        "collection": publishing.collection(row, awards),
        "awards": awards,
        "expired": expired,
    }
    is_embedded = "embedVersion" in request.GET
    template = "public/embedded_collection.html" if is_embedded else "public/collection.html"
    return pages.page(request, template, context)
