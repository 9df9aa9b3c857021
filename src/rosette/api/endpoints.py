"""
What an endpoint is, in every API: one verb of one path, described well enough to document it.

A function becomes an endpoint by the decorator of its API (``api/v2/envelope.py`` and its
siblings); ``by_verb`` puts the endpoints of one path together and answers 405 for all others.
"""

import inspect
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import URLPattern, URLResolver, re_path

from rosette.api.shapes import Shape

_PART = re.compile(r"<(\w+)>")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """
    One verb of one path.

    ``scopes``: a token with any one of them may call; None: nobody need sign in. ``verified``:
    only people with a verified identity may. ``body`` and ``query``: shapes of what is sent;
    ``items``: the shape of each item, where a bare list may be sent instead. ``result``: the type
    of one element of the answer's ``result``; ``beside``: the type of what stands beside it.
    ``also``: other statuses of success. ``refusals``: statuses that do not follow from all this.
    ``example``: a body that works; ``answer``: members in which the answer to it differs from the
    example of its type. ``media_type``: of an answer that is no JSON. ``plain``: an example of a
    text that may be sent in the place of JSON, and is then answered as such.
    """

    handle: Callable[..., HttpResponseBase]
    summary: str
    description: str
    scopes: tuple[str, ...] | None
    status: int
    body: type[Shape] | None = None
    query: type[Shape] | None = None
    items: type[Shape] | None = None
    result: Any = None
    beside: Any = None
    refusals: tuple[int, ...] = ()
    example: Any = None
    answer: Mapping[str, Any] = field(default_factory=dict)
    verified: bool = False
    media_type: str = ""
    also: tuple[int, ...] = ()
    plain: str = ""


def told(function: Callable[..., Any]) -> tuple[str, str]:
    """Summary and description of an endpoint: its docstring's first paragraph, and the rest."""
    summary, _, description = (inspect.getdoc(function) or "").partition("\n\n")
    return summary.replace("\n", " "), description


class _Refuse(Protocol):
    def __call__(self, request: HttpRequest, allowed: tuple[str, ...]) -> HttpResponse: ...


class PathView:
    """A path's endpoints by verb; callable as a Django view."""

    csrf_exempt = True  # no endpoint takes a cookie for a name
    __name__ = "path_view"

    def __init__(self, endpoints: Mapping[str, Endpoint], refuse: _Refuse) -> None:
        self.endpoints = endpoints
        self._refuse = refuse
        self.__qualname__ = self.__name__  # asked for whenever Django makes an address

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

    A part in brackets is any text without a slash; NUL is none, for no database keeps it.
    """
    pattern = _PART.sub(r"(?P<\1>[^/\\x00]+)", template)
    return re_path(f"^{pattern}/?$", view, name=template)


def operations(
    patterns: Iterable[URLPattern | URLResolver],
) -> Iterator[tuple[str, str, Endpoint]]:
    """Every endpoint among the patterns: the template of its ``route``, its verb, itself."""
    for pattern in patterns:
        if isinstance(pattern, URLPattern) and isinstance(view := pattern.callback, PathView):
            for verb, endpoint in view.endpoints.items():
                yield str(pattern.name), verb, endpoint
