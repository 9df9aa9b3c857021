"""A page: a template and its facts, with what every page needs."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def page(
    request: HttpRequest, template: str, context: Mapping[str, Any], status: int = 200
) -> HttpResponse:
    """The page that ``template`` makes of ``context`` and of what every page shows."""
    everywhere = {"site_name": settings.ROSETTE.site_name, "origin": settings.ROSETTE.origin}
    return render(request, template, {**everywhere, **context}, status=status)
