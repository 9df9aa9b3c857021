"""Which API answers which path, and what each says when something breaks."""

import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from rosette.api.v2 import envelope as v2
from rosette.api.v3 import envelope as v3

urlpatterns = [
    path("v1/", include("rosette.api.v1.urls")),
    path("v2/", include("rosette.api.v2.urls")),
    path("", include("rosette.api.oauth.urls")),
    path("", include("rosette.api.connect.urls")),
    path("", include("rosette.api.v3.urls")),
    path("", include("rosette.api.reference.urls")),
]


def unreadable(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """A request that Django could not even take apart, such as one with too many fields."""
    return v3.unreadable() if request.path.startswith(v3.ROOT) else v2.unreadable(request)


def crashed(request: HttpRequest) -> HttpResponse:
    """
    What nobody foresaw; the log has it.

    A database that is away for a moment is no fault of the request: 503, to be tried again.
    """
    is_away = isinstance(sys.exc_info()[1], OperationalError | InterfaceError)
    if request.path.startswith(v3.ROOT):
        return v3.crashed(is_away=is_away)
    return v2.crashed(request, is_away=is_away)
