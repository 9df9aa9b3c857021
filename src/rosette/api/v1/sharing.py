"""/v1/earner/share: show an award or a collection elsewhere, as Badgr's web client."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from typing_extensions import TypedDict

from rosette.api.auth import Caller
from rosette.api.v1.envelope import Answer, endpoint
from rosette.api.v2 import sharing as v2
from rosette.api.v2.requests.queries import ShareQuery
from rosette.operations.sharing import Link


class ShareObject(TypedDict):
    """Where a provider shows something."""

    url: str


@endpoint(scopes=None, status=302, query=ShareQuery, result=ShareObject, refusals=(400, 404))
def award(request: HttpRequest, assertion_id: str) -> Answer | HttpResponse:
    """Show an award elsewhere: leads to the provider, or tells its address (``redirect=0``)."""
    return _shared(request, lambda provider: v2.share_award(request, assertion_id, provider))


@endpoint(
    scopes=v2.EVERY_SCOPE, status=302, query=ShareQuery, result=ShareObject, refusals=(400, 404)
)
def collection(request: HttpRequest, by: Caller, collection_id: str) -> Answer | HttpResponse:
    """Show a published collection elsewhere, as an award."""
    return _shared(
        request, lambda provider: v2.share_collection(request, collection_id, provider, by)
    )


def _shared(request: HttpRequest, share: Callable[[str], Link]) -> Answer | HttpResponse:
    provider = request.GET.get("provider")
    if not provider:
        return Answer({"error": v2.UNSPECIFIED}, status=400)
    link = share(provider)
    if v2.wants_address(request) or not link.leads:
        return Answer({"url": link.url}, status=200)
    return HttpResponseRedirect(link.url, headers={"Cache-Control": "no-store"})
