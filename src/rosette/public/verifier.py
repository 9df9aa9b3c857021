"""``POST /public/verify``: an award of this server as it is now, with all that belongs to it."""

import orjson
from django.http import HttpRequest, HttpResponse

from rosette.errors import InvalidInput, NotFound
from rosette.models.assertions import published_assertion
from rosette.openbadges import documents
from rosette.operations import publishing
from rosette.public.negotiation import public, success


@public(methods=("POST",))
def verify(request: HttpRequest, suffix: str | None = None) -> HttpResponse:
    """
    ``POST /public/verify`` with ``{"entity_id": "…"}``: the document, badge and issuer expanded.

    Our own rows are the truth about our own awards, so nothing is fetched.
    """
    row = published_assertion(_entity_id(request))
    if row is None:
        raise NotFound
    document = documents.render(publishing.credential(row), expand=("badge", "badge.issuer"))
    return success(request, [document])


def _entity_id(request: HttpRequest) -> str:
    """What the JSON or form names. Raises InvalidInput, and NotFound if it names nothing."""
    if request.content_type in ("application/x-www-form-urlencoded", "multipart/form-data"):
        named = request.POST.get("entity_id")
    else:
        try:
            sent = orjson.loads(request.body or b"{}")
        except orjson.JSONDecodeError as error:
            raise InvalidInput(general=[f"JSON parse error - {error}"]) from error
        named = sent.get("entity_id") if isinstance(sent, dict) else None
    if not isinstance(named, str) or "\0" in named:
        raise NotFound
    return named
