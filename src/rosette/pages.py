"""A page: a template and its facts, with what every page needs; and where pages of clients are."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any, Final
from urllib.parse import quote, urlencode

from django.conf import settings
from django.contrib.messages import get_messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.translation.trans_real import parse_accept_lang_header

_POLICY: Final = (
    "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)

_ONLY_TLS: Final = "max-age=31536000"
"""For a year; of subdomains, their own servers speak."""


def page(
    request: HttpRequest, template: str, context: Mapping[str, Any], status: int = 200
) -> HttpResponse:
    """
    The page that ``template`` makes of ``context`` and of what every page shows.

    It runs no script, loads nothing from elsewhere and stands in no frame, unless the caller
    sets another policy.
    """
    site = settings.ROSETTE
    everywhere = {
        "site_name": site.site_name,
        "origin": site.origin,
        "footer_links": site.footer_links,
        "has_logo": site.brand_logo is not None,
        "has_catalogue": site.catalogue,
        "said": get_messages(request),
    }
    response = render(request, template, {**everywhere, **context}, status=status)
    response["Content-Security-Policy"] = _POLICY
    response["X-Content-Type-Options"] = "nosniff"
    if site.origin.startswith("https:"):
        response["Strict-Transport-Security"] = _ONLY_TLS
    response["Permissions-Policy"] = "camera=()"
    return response


@contextmanager
def speaking(request: HttpRequest, chosen: str | None = None) -> Iterator[None]:
    """Texts are in the language ``chosen``, else in the one that the browser likes best."""
    wished = request.headers.get("Accept-Language", "")
    with translation.override(_known([chosen or "", *_liked(wished)])):
        yield


def _liked(wished: str) -> list[str]:
    """The languages of ``Accept-Language``, the best liked first (RFC 9110, section 12.5.4)."""
    return [code for code, _ in parse_accept_lang_header(wished.lower()[:500])]


def _known(codes: list[str]) -> str:
    for code in codes:
        with suppress(LookupError):
            return translation.get_supported_language_variant(code)
    site: str = settings.ROSETTE.default_language
    return site


def in_web_client(*path: str, **query: str) -> str:
    """
    A page of the web client that the setting ``ui_url`` names; empty if there is none.

    The parts of the path and the query are plain text.
    """
    base: str = settings.ROSETTE.ui_url
    if not base:
        return ""
    address = "/".join([base, *(quote(part, safe="") for part in path)])
    return f"{address}?{urlencode(query)}" if query else address
