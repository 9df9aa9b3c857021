"""Pages for browsers at addresses where nothing is, and where something went wrong."""

from typing import Final

from django.http import HttpRequest, HttpResponse

from rosette.public.negotiation import failure, refusal_page, takes_pages

_NOT_FOUND: Final = "entity not found or insufficient privileges"


def not_found(request: HttpRequest) -> HttpResponse:
    """404: a page for people, the envelope for programs."""
    if takes_pages(request):
        return refusal_page(request, "not_found", 404)
    return failure(request, 404, _NOT_FOUND)


def forbidden(request: HttpRequest) -> HttpResponse:
    """403: as ``not_found``."""
    if takes_pages(request):
        return refusal_page(request, "forbidden", 403)
    return failure(request, 403, _NOT_FOUND)


def crashed(request: HttpRequest, status: int) -> HttpResponse:
    """500, or 503 while the database is away: the page, for whoever takes pages."""
    return refusal_page(request, "crashed", status, {"number": status})
