"""/v1/earner/share: show an award or a collection elsewhere, as Badgr's web client."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from typing_extensions import TypedDict

from rosette.api.auth import Caller
from rosette.api.v1.envelope import Answer, endpoint
from rosette.api.v2.requests.queries import ShareQuery
from rosette.api.v2.sharing import EVERY_SCOPE, UNSPECIFIED, shared_award, wants_address
from rosette.operations import sharing
from rosette.operations.sharing import Shared


class ShareObject(TypedDict):
    """Where a provider shows something."""

    url: str


@endpoint(scopes=None, status=302, query=ShareQuery, result=ShareObject, refusals=(400, 404))
def award(request: HttpRequest, assertion_id: str) -> Answer | HttpResponse:
    """Show an award elsewhere: leads to the provider, or tells its address (``redirect=0``)."""
    return _shared(request, shared_award(request, assertion_id))


@endpoint(scopes=EVERY_SCOPE, status=302, query=ShareQuery, result=ShareObject, refusals=(400, 404))
def collection(request: HttpRequest, by: Caller, collection_id: str) -> Answer | HttpResponse:
    """Show a published collection elsewhere, as an award."""
    return _shared(request, sharing.collection(collection_id))


def _shared(request: HttpRequest, shared: Shared) -> Answer | HttpResponse:
    provider = request.GET.get("provider")
    if not provider:
        return Answer({"error": UNSPECIFIED}, status=400)
    url = sharing.link(provider, shared)
    if wants_address(request):
        return Answer({"url": url}, status=200)
    return HttpResponseRedirect(url, headers={"Cache-Control": "no-store"})
