"""/v2/backpack/share"""

from typing import Annotated, Final

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from pydantic import Field
from typing_extensions import TypedDict

from rosette.api.answers import answer
from rosette.api.auth import Caller, Unauthenticated, caller
from rosette.api.v2.backpack import READ
from rosette.api.v2.envelope import BAD_REQUEST, endpoint
from rosette.api.v2.requests.queries import ShareQuery
from rosette.operations import sharing
from rosette.operations.policies import Actor
from rosette.operations.sharing import Shared
from rosette.scopes import SCOPES

EVERY_SCOPE: Final = tuple(SCOPES)
UNSPECIFIED: Final = "unspecified share provider"
_EXAMPLE: Final = (
    "https://www.linkedin.com/shareArticle?mini=true&url="
    "https%3A%2F%2Fbadges.example.org%2Fpublic%2Fassertions%2FAZ5nTs7YhKoZe1uQ3aV9pw"
)


class ShareObject(TypedDict):
    """Where a provider shows something."""

    url: Annotated[str, Field(examples=[_EXAMPLE])]


@endpoint(
    scopes=None,
    status=302,
    query=ShareQuery,
    result=ShareObject,
    beside=ShareObject,
    refusals=(400, 404),
)
def award(request: HttpRequest, assertion_id: str) -> HttpResponse:
    """
    Show an award elsewhere: leads to the provider.

    With `redirect=0`, `url` is the address of the provider's page instead.
    """
    return _shared(request, shared_award(request, assertion_id))


@endpoint(
    scopes=EVERY_SCOPE,
    status=302,
    query=ShareQuery,
    result=ShareObject,
    beside=ShareObject,
    refusals=(400,),
)
def collection(request: HttpRequest, by: Caller, collection_id: str) -> HttpResponse:
    """
    Show a published collection elsewhere: leads to the provider.

    With `redirect=0`, `url` is the address of the provider's page instead.
    """
    return _shared(request, sharing.collection(collection_id))


def shared_award(request: HttpRequest, assertion_id: str) -> Shared:
    """The award, for whoever asks; with who received it, if that is who asks, and asks for it."""
    asks_for_identity = request.GET.get("include_identifier", "").lower() in ("1", "true")
    viewer = _viewer(request) if asks_for_identity else None
    return sharing.award(assertion_id, identified_for=viewer)


def wants_address(request: HttpRequest) -> bool:
    """Whether the address is to be told, instead of being led there."""
    return request.GET.get("redirect", "").lower() in ("0", "false")


def _viewer(request: HttpRequest) -> Actor | None:
    """Who asks, if their token lets them see their awards."""
    try:
        by = caller(request)
    except Unauthenticated:
        return None
    return by.actor if by.has_any(READ) else None


def _shared(request: HttpRequest, shared: Shared) -> HttpResponse:
    """What Badgr answers stands beside the envelope: ``url`` or ``error``."""
    provider = request.GET.get("provider")
    if not provider:
        refusal = {
            "status": {"success": False, "description": BAD_REQUEST},
            "result": [],
            "fieldErrors": {},
            "validationErrors": [UNSPECIFIED],
            "error": UNSPECIFIED,
        }
        return answer(request, refusal, 400)
    url = sharing.link(provider, shared)
    if wants_address(request):
        status = {"success": True, "description": "ok"}
        return answer(request, {"status": status, "result": [{"url": url}], "url": url}, 200)
    return HttpResponseRedirect(url, headers={"Cache-Control": "no-store"})
