"""The door for web servers."""

import os
from collections.abc import Callable, Iterable
from typing import Any

from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rosette.settings")
_django = get_wsgi_application()
from rosette import occasions, watching  # noqa: E402 -- they want Django ready
from rosette.public import express  # noqa: E402
from rosette.public.admission import Doorkeeper  # noqa: E402

# The whole house is read before the door opens, and not while the first visitor waits.
get_resolver().url_patterns  # noqa: B018
_IS_WATCHED = watching.start()


def answered(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Django's answer; in one piece where it is whole, so that it goes out with its length."""
    if prompt := express.answered(environ):
        if _IS_WATCHED:
            environ[watching.ROUTE] = f"public/{environ['PATH_INFO'].split('/')[2]}/:entity_id"
        if watching.REQUEST_ID in environ:
            name = occasions.request_id(environ[watching.REQUEST_ID])
            prompt.headers.append(("X-Request-ID", name))
        start_response(prompt.status, prompt.headers)
        return [prompt.body]
    response = _django(environ, start_response)
    if not isinstance(response, HttpResponse):
        return response
    body = response.content
    response.close()
    return [body]


_door = Doorkeeper(answered)


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """The answer; logged, measured and traced where that is asked for."""
    if _IS_WATCHED:
        return watching.watched(_door, environ, start_response)
    return _door(environ, start_response)
