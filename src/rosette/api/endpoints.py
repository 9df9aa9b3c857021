"""
What an endpoint is, in every API: one verb of one path, described well enough to document it.

A function becomes an endpoint by the decorator of its API (``api/v2/envelope.py`` and its
siblings); ``by_verb`` puts the endpoints of one path together and answers 405 for all others.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import URLPattern, re_path

from rosette.api.shapes import Shape

_PART = re.compile(r"<(\w+)>")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """
    One verb of one path.

    ``scopes``: a token with any one of them may call; None: nobody need sign in. ``body`` and
    ``query``: shapes of what is sent, ``many`` if the body is a list of that shape. ``result``:
    the type of one element of the answer's ``result``. ``refusals``: the statuses besides the
    successful one.
    """

    handle: Callable[..., HttpResponseBase]
    summary: str
    description: str
    scopes: tuple[str, ...] | None
    status: int
    body: type[Shape] | None = None
    query: type[Shape] | None = None
    result: Any = None
    many: bool = False
    refusals: tuple[int, ...] = ()
    example: Any = None
    extra: Mapping[str, Any] = field(default_factory=dict)


class _Refuse(Protocol):
    def __call__(self, request: HttpRequest, allowed: tuple[str, ...]) -> HttpResponse: ...


class PathView:
    """A path's endpoints by verb; callable as a Django view."""

    csrf_exempt = True  # no endpoint takes a cookie for a name
    __name__ = "path_view"

    def __init__(self, endpoints: Mapping[str, Endpoint], refuse: _Refuse) -> None:
        self.endpoints = endpoints
        self._refuse = refuse

    def __call__(self, request: HttpRequest, **path: str) -> HttpResponseBase:
        verb = request.method or ""
        found = self.endpoints.get("GET" if verb == "HEAD" else verb)
        if found is None:
            return self._refuse(request, allowed=tuple(self.endpoints))
        return found.handle(request, **path)


def by_verb(refuse: _Refuse, **endpoints: Endpoint) -> PathView:
    """The view of one path; ``refuse`` makes the answer to any other verb."""
    return PathView(endpoints, refuse)


def route(template: str, view: Callable[..., HttpResponseBase]) -> URLPattern:
    """
    A path such as ``issuers/<issuer_id>``, with or without a slash at its end.

    A part in brackets is any text without a slash.
    """
    return re_path("^" + _PART.sub(r"(?P<\1>[^/]+)", template) + "/?$", view)
