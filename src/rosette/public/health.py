"""What machines ask of any site: whether it is well, its figures, and what robots may read."""

from ipaddress import ip_network
from typing import Final

from django.conf import settings
from django.db import Error
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.crypto import constant_time_compare

from rosette import limits, metrics
from rosette.errors import NotFound
from rosette.models.base import row
from rosette.operations import figures
from rosette.public.negotiation import public

_ROBOTS: Final = """User-agent: *
Disallow: /v1/
Disallow: /v2/
Disallow: /bcv1/
Disallow: /o/
"""
_RETRY_SECONDS: Final = 5


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
def ready(request: HttpRequest) -> HttpResponse:
    """
    ``GET /ready``: 200 if requests can be answered here, else 503 with names of what is missing.

    The names and nothing more: anybody may ask.
    """
    missing = figures.not_ready()
    headers = {"Cache-Control": "no-store"}
    if missing:
        headers["Retry-After"] = str(_RETRY_SECONDS)
    return JsonResponse(
        {"ready": not missing, "missing": missing}, status=503 if missing else 200, headers=headers
    )


@public()
def measured(request: HttpRequest) -> HttpResponse:
    """``GET /metrics``: the figures, for whom the settings let read them; else 404."""
    if not (metrics.is_on() and _may_read(request)):
        raise NotFound
    text = metrics.text(settings.ROSETTE.data_dir / "metrics", figures.figures())
    return HttpResponse(
        text, headers={"Content-Type": metrics.MEDIA_TYPE, "Cache-Control": "no-store"}
    )


@public()
def robots(request: HttpRequest) -> HttpResponse:
    """``GET /robots.txt``."""
    return HttpResponse(_ROBOTS, content_type="text/plain; charset=utf-8")


def _may_read(request: HttpRequest) -> bool:
    token = settings.ROSETTE.metrics_token
    scheme, _, shown = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    if token and scheme.lower() == "bearer" and constant_time_compare(shown.strip(), token):
        return True
    if "HTTP_X_FORWARDED_FOR" in request.META and not settings.ROSETTE.trusted_proxies:
        return False  # else the whole world would come from the proxy's address
    try:
        # Of IPv6, clients are counted by their network of 64 bits.
        theirs = ip_network(limits.address_of(request))
    except ValueError:
        return False
    return any(
        theirs.version == known.version and theirs.subnet_of(known)  # type: ignore[arg-type]
        for known in settings.ROSETTE.networks
    )
