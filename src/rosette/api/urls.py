"""Which API answers which path, and what each says when something breaks."""

import errno
import sys
from typing import Final

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from rosette.api.v2 import envelope as v2
from rosette.api.v3 import envelope as v3
from rosette.errors import StorageAway

_FULL: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS)

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

    A database or storage that is away, or full, is no fault of the request: 503, to be tried again.
    """
    missing = _missing(sys.exc_info()[1])
    if request.path.startswith(v3.ROOT):
        return v3.crashed(missing=missing)
    return v2.crashed(request, missing=missing)


def _missing(error: BaseException | None) -> str | None:
    """What cannot be reached for the moment, if that is why."""
    if isinstance(error, OperationalError | InterfaceError):
        return "database"
    is_full = isinstance(error, OSError) and error.errno in _FULL
    return "storage" if is_full or isinstance(error, StorageAway) else None
