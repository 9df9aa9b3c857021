"""A page: a template and its facts, with what every page needs."""

from collections.abc import Mapping
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

_POLICY: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)


def page(
    request: HttpRequest, template: str, context: Mapping[str, Any], status: int = 200
) -> HttpResponse:
    """
    The page that ``template`` makes of ``context`` and of what every page shows.

    It runs no script, loads nothing from elsewhere and stands in no frame, unless the caller
    sets another policy.
    """
    everywhere = {"site_name": settings.ROSETTE.site_name, "origin": settings.ROSETTE.origin}
    response = render(request, template, {**everywhere, **context}, status=status)
    response["Content-Security-Policy"] = _POLICY
    response["X-Content-Type-Options"] = "nosniff"
    return response
