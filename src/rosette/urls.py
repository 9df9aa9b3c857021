"""Which wing answers which path."""

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from rosette.api import urls as api
from rosette.api.v2 import envelope
from rosette.public import refusals
from rosette.public import urls as public
from rosette.public.negotiation import takes_pages

_API: Final = ("/v1/", "/v2/", "/o/", "/bcv1/", "/api-auth/", "/ims/", "/openid/")

urlpatterns = [
    path("public/", include(public.documents)),
    path("", include(api)),
    path("", include("rosette.developers.urls")),
    path("", include("rosette.web.urls")),
    path("", include(public)),
]

handler400 = "rosette.api.urls.unreadable"
handler403 = "rosette.urls.forbidden"
handler404 = "rosette.urls.not_found"
handler500 = "rosette.urls.crashed"


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """An address that there is not: the API has words of its own for it."""
    if request.path.startswith(_API):
        return envelope.unknown_route(request)
    return refusals.not_found(request)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """What nobody may do."""
    return refusals.forbidden(request)


def crashed(request: HttpRequest) -> HttpResponse:
    """What nobody foresaw: a page for people, and for programs the envelope."""
    answer = api.crashed(request)
    if request.path.startswith(_API) or not takes_pages(request):
        return answer
    page = refusals.crashed(request, answer.status_code)
    if "Retry-After" in answer:
        page["Retry-After"] = answer["Retry-After"]
    return page
