"""Addresses of Badgr's web interface, which lead to the page that is for the same thing here."""

from typing import Final

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, re_path
from django.views.generic import RedirectView

from rosette.models import BadgeClass, Issuer

_NAME: Final = r"(?P<name>[^/\x00]+)"


def _moved(pattern: str, to: str) -> URLPattern:
    """``to`` may name the parts of the pattern; what was asked for besides is left behind."""
    return re_path(rf"^{pattern}/?$", RedirectView.as_view(url=to.replace("{name}", "%(name)s")))


def badgeclass(request: HttpRequest, issuer: str, name: str, what: str = "") -> HttpResponse:
    """``/issuer/issuers/:slug/badges/:slug[/issue]``: the badge class, or to award it."""
    known = BadgeClass.entity_id_of(name) or name
    path = f"/badges/{known}/award" if what in ("issue", "bulk-import") else f"/badges/{known}"
    return HttpResponseRedirect(path)


def issuer(request: HttpRequest, name: str, what: str = "") -> HttpResponse:
    """``/issuer/issuers/:slug``: the issuer."""
    return HttpResponseRedirect(f"/issuers/{Issuer.entity_id_of(name) or name}")


urlpatterns = [
    _moved("recipient(/badges)?", "/backpack"),
    _moved("recipient/badges/import", "/backpack/import"),
    _moved("recipient/badge-import", "/backpack/import"),
    _moved(rf"recipient/earned-badge/{_NAME}(/.*)?", "/backpack/{name}"),
    _moved("recipient/badge-collections", "/collections"),
    _moved("recipient/badge-collections/(collection/)?create", "/collections/new"),
    _moved(rf"recipient/badge-collections/(collection/)?{_NAME}(/edit)?", "/collections/{name}"),
    _moved("earner(/badges)?", "/backpack"),
    _moved("earner/collections", "/collections"),
    _moved("issuer(/issuers)?", "/issuers"),
    _moved("issuer/(issuers/)?create", "/issuers/new"),
    re_path(
        rf"^issuer/issuers/(?P<issuer>[^/\x00]+)/badges/{_NAME}(/(?P<what>[\w-]+)(/.*)?)?/?$",
        badgeclass,
    ),
    re_path(rf"^issuer/issuers/{_NAME}(/(?P<what>[\w-]+))?/?$", issuer),
    _moved("profile(/.*)?", "/account"),
    _moved("auth/(?!login|oauth2|change-password).+", "/auth/login"),
]
