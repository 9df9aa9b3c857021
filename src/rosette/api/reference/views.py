"""/docs/v2: the page, and the description and collection for programs"""

import hashlib
import importlib.metadata
from collections.abc import Callable
from functools import cache
from typing import Any, Final

import orjson
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

from rosette import pages
from rosette.api.reference.collection import collection
from rosette.api.reference.openapi import document
from rosette.api.reference.reading import chapters

_PAGE_POLICY: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
_CACHE: Final = "public, max-age=300"


@require_safe
def openapi(request: HttpRequest) -> HttpResponse:
    """``GET /docs/v2/openapi.json``"""
    return _file(request, document)


@require_safe
def postman(request: HttpRequest) -> HttpResponse:
    """``GET /docs/v2/postman.json``"""
    return _file(request, collection)


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """``GET /docs/v2/``"""
    origin = settings.ROSETTE.origin
    facts = {
        "introduction": document(origin)["info"]["description"],
        "chapters": chapters(origin),
        "release": importlib.metadata.version("rosette"),
    }
    response = pages.page(request, "docs/reference.html", facts)
    response["Content-Security-Policy"] = _PAGE_POLICY
    response["Cache-Control"] = _CACHE
    return response


def _file(request: HttpRequest, make: Callable[[str], Any]) -> HttpResponse:
    content, tag = _written(make, settings.ROSETTE.origin)
    had = get_conditional_response(request, etag=tag)
    response = HttpResponse(content, content_type="application/json") if had is None else had
    response["ETag"] = tag
    response["Cache-Control"] = _CACHE
    return response


@cache
def _written(make: Callable[[str], Any], origin: str) -> tuple[bytes, str]:
    """The file, and its tag: it changes with the release and the address only."""
    content = orjson.dumps(make(origin), option=orjson.OPT_INDENT_2)
    return content, f'"{hashlib.sha256(content).hexdigest()[:32]}"'
