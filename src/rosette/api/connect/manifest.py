"""/.well-known/badgeconnect.json: what a program must know to connect to this backpack"""

from collections.abc import Sequence
from typing import Annotated, Final
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from pydantic import Field
from typing_extensions import TypedDict

from rosette.api import examples
from rosette.api.connect.envelope import respond
from rosette.api.endpoints import Endpoint
from rosette.scopes import BADGE_CONNECT_SCOPES

CONTEXT: Final = "https://w3id.org/openbadges/badgeconnect/v1"
_VERSION: Final = "v1p0"


class HostObject(TypedDict):
    """This backpack, and where each part of it answers."""

    name: Annotated[str, Field(examples=["Rosette"])]
    image: Annotated[str, Field(examples=[f"{examples.ORIGIN}/static/favicon.svg"])]
    apiBase: Annotated[str, Field(examples=[f"{examples.ORIGIN}/bcv1"])]
    version: Annotated[str, Field(examples=[_VERSION])]
    termsOfServiceUrl: Annotated[str, Field(examples=[f"{examples.ORIGIN}/terms"])]
    privacyPolicyUrl: Annotated[str, Field(examples=[f"{examples.ORIGIN}/privacy"])]
    scopesOffered: Sequence[Annotated[str, Field(examples=[BADGE_CONNECT_SCOPES[0]])]]
    registrationUrl: Annotated[str, Field(examples=[f"{examples.ORIGIN}/o/register"])]
    authorizationUrl: Annotated[str, Field(examples=[f"{examples.ORIGIN}/auth/oauth2/authorize"])]
    tokenUrl: Annotated[str, Field(examples=[f"{examples.ORIGIN}/o/token"])]


ManifestObject = TypedDict(
    "ManifestObject",
    {
        "@context": Annotated[str, Field(examples=[CONTEXT])],
        "id": Annotated[str, Field(examples=[f"{examples.ORIGIN}/bcv1/manifest/{examples.HOST}"])],
        "badgeConnectAPI": list[HostObject],
    },
)
ManifestObject.__doc__ = "What this server offers to programs by Badge Connect."


def _leads_there(request: HttpRequest) -> HttpResponse:
    return HttpResponseRedirect(f"/bcv1/manifest/{_host()}", headers={"Cache-Control": _CACHE})


def _read(request: HttpRequest, domain: str) -> HttpResponse:
    origin = settings.ROSETTE.origin
    if domain.lower() not in (_host(), urlsplit(origin).netloc.lower()):
        return HttpResponse(status=404)
    return respond(_manifest(origin), 200, {"Cache-Control": _CACHE})


_CACHE: Final = "public, max-age=300"

well_known = Endpoint(
    handle=_leads_there,
    summary="Where programs begin that know nothing but the address: leads to the manifest.",
    description="",
    scopes=None,
    status=302,
)
manifest = Endpoint(
    handle=_read,
    summary="The manifest: what Badge Connect offers here, and at which addresses.",
    description="Known under the name of this server alone, with or without its port.",
    scopes=None,
    status=200,
    result=ManifestObject,
    refusals=(404,),
)


def _host() -> str:
    return urlsplit(settings.ROSETTE.origin).hostname or ""


def _manifest(origin: str) -> ManifestObject:
    host: HostObject = {
        "name": settings.ROSETTE.site_name,
        "image": f"{origin}/static/favicon.svg",
        "apiBase": f"{origin}/bcv1",
        "version": _VERSION,
        "termsOfServiceUrl": settings.ROSETTE.terms_url or f"{origin}/",
        "privacyPolicyUrl": settings.ROSETTE.privacy_url or f"{origin}/",
        "scopesOffered": list(BADGE_CONNECT_SCOPES),
        "registrationUrl": f"{origin}/o/register",
        "authorizationUrl": f"{origin}/auth/oauth2/authorize",
        "tokenUrl": f"{origin}/o/token",
    }
    return {
        "@context": CONTEXT,
        "id": f"{origin}/bcv1/manifest/{_host()}",
        "badgeConnectAPI": [host],
    }
