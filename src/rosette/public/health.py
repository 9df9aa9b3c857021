"""What machines ask of any site: whether it is well, and what robots may read."""

from typing import Final

from django.db import Error
from django.http import HttpRequest, HttpResponse, JsonResponse

from rosette.models.base import row
from rosette.public.negotiation import public

_ROBOTS: Final = """User-agent: *
Disallow: /v1/
Disallow: /v2/
Disallow: /bcv1/
Disallow: /o/
"""


@public()
def health(request: HttpRequest) -> HttpResponse:
    """``GET /health``: 200 if the database answers, else 503."""
    try:
        row("SELECT 1")
        state, status = "OK", 200
    except Error:
        state, status = "UNAVAILABLE", 503
    return JsonResponse(
        {"overall_status": state, "detailed_status": {"database_status": state}},
        status=status,
        headers={"Cache-Control": "no-store"},
    )


@public()
def robots(request: HttpRequest) -> HttpResponse:
    """``GET /robots.txt``."""
    return HttpResponse(_ROBOTS, content_type="text/plain; charset=utf-8")
