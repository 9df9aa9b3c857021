"""The door for web servers."""

import os
from collections.abc import Callable, Iterable
from typing import Any

from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rosette.settings")
_django = get_wsgi_application()
from rosette.public import express  # noqa: E402 -- it wants Django ready
from rosette.public.admission import Doorkeeper  # noqa: E402

# The whole house is read before the door opens, and not while the first visitor waits.
get_resolver().url_patterns  # noqa: B018


def answered(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Django's answer; in one piece where it is whole, so that it goes out with its length."""
    if prompt := express.answered(environ):
        start_response(prompt.status, prompt.headers)
        return [prompt.body]
    response = _django(environ, start_response)
    if not isinstance(response, HttpResponse):
        return response
    body = response.content
    response.close()
    return [body]


application = Doorkeeper(answered)
