"""/v2/backpack/share, /v2/backpack/shares"""

from collections.abc import Callable
from typing import Annotated, Final, NotRequired

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from pydantic import Field
from typing_extensions import TypedDict

from rosette import limits
from rosette.api import examples
from rosette.api.answers import answer
from rosette.api.auth import Caller, Unauthenticated, caller
from rosette.api.v2 import paging
from rosette.api.v2.backpack import READ
from rosette.api.v2.envelope import BAD_REQUEST, Answer, endpoint
from rosette.api.v2.requests.queries import PageQuery, ShareQuery
from rosette.api.v2.responses.common import (
    AssertionId,
    CollectionId,
    Timestamp,
)
from rosette.errors import InvalidInput, TryLater
from rosette.models import Share
from rosette.models.backpack import SHARE_SOURCE_MAX_LENGTH
from rosette.operations import sharing
from rosette.operations.policies import Actor
from rosette.operations.sharing import Link
from rosette.scopes import SCOPES

EVERY_SCOPE: Final = tuple(SCOPES)
UNSPECIFIED: Final = "unspecified share provider"
_TOO_LONG: Final = f"Ensure this field has no more than {SHARE_SOURCE_MAX_LENGTH} characters."
_EXAMPLE: Final = (
    "https://www.linkedin.com/shareArticle?mini=true&url="
    f"https%3A%2F%2Fbadges.example.org%2Fpublic%2Fassertions%2F{examples.ASSERTION}"
)


class ShareObject(TypedDict):
    """Where a provider shows something; of `embed`, what to put into a page as well."""

    url: Annotated[str, Field(examples=[_EXAMPLE])]
    html: NotRequired[Annotated[str, Field(examples=["<iframe …></iframe>"])]]


class ShareRecordObject(TypedDict):
    """One time that an award or a collection was shown elsewhere."""

    entityType: Annotated[str, Field(examples=["Share"])]
    createdAt: Timestamp
    provider: Annotated[str, Field(examples=["linkedin"])]
    source: Annotated[
        str | None,
        Field(description="What the program said of itself.", examples=["badgr-ui"]),
    ]
    assertion: AssertionId | None
    collection: CollectionId | None
    sharedByYou: Annotated[bool, Field(description="Or by somebody else who saw it.")]


class _Leading(HttpResponseRedirect):
    allowed_schemes = ["https", "http", "mailto"]


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

    With `redirect=0`, and always for `mastodon` and `embed`, `url` is the address of the
    provider's page instead. Nobody need sign in; but of an award that is not public, only its
    recipient may ask.
    """
    return _shared(request, lambda provider: share_award(request, assertion_id, provider))


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

    With `redirect=0`, and always for `mastodon` and `embed`, `url` is the address of the
    provider's page instead.
    """
    return _shared(request, lambda provider: share_collection(request, collection_id, provider, by))


@endpoint(scopes=READ, verified=True, query=PageQuery, result=ShareRecordObject)
def index(request: HttpRequest, by: Caller) -> Answer:
    """
    Where your awards and collections were shown: each time that somebody asked for a link.

    Newest first, 100 to a page unless `num` says otherwise.
    """
    size = paging.page_size(request, default=paging.FEED_SIZE) or paging.FEED_SIZE
    found = paging.page(
        request,
        paging.slice_of(sharing.shares(by.actor), "created_at"),
        lambda row: paging.Position(row.created_at, row.pk),
        size=size,
        newest_first=True,
    )
    shown = [_record(row, by.actor) for row in found.rows]
    return Answer(shown, headers=paging.links(request, found))


def _record(row: Share, owner: Actor) -> ShareRecordObject:
    return {
        "entityType": "Share",
        "createdAt": row.created_at,
        "provider": row.provider,
        "source": row.source or None,
        "assertion": row.assertion.entity_id if row.assertion else None,
        "collection": row.collection.entity_id if row.collection else None,
        "sharedByYou": row.user_id == owner.user_id,
    }


def share_award(request: HttpRequest, assertion_id: str, provider: str) -> Link:
    """The link that shows the award at a provider, for whoever asks."""
    viewer = _viewer(request)
    return sharing.share_award(
        assertion_id,
        provider,
        by=viewer,
        identified=request.GET.get("include_identifier", "").lower() in ("1", "true"),
        instance=request.GET.get("instance", ""),
        source=_source(request),
        counted=_counts(request, viewer),
    )


def share_collection(request: HttpRequest, collection_id: str, provider: str, by: Caller) -> Link:
    """The link that shows the published collection at a provider."""
    return sharing.share_collection(
        collection_id,
        provider,
        by=by.actor,
        instance=request.GET.get("instance", ""),
        source=_source(request),
        counted=_counts(request, by.actor),
    )


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


def _source(request: HttpRequest) -> str:
    """What the program says of itself. Raises InvalidInput."""
    said = request.GET.get("source", "")
    if len(said) > SHARE_SOURCE_MAX_LENGTH:
        raise InvalidInput({"source": [_TOO_LONG]})
    if "\0" in said:
        raise InvalidInput({"source": ["Null characters are not allowed."]})
    return said


def _counts(request: HttpRequest, by: Actor | None) -> bool:
    """
    Whether this is kept as a share: not if it only asks for headers, and of those who are not
    signed in only so many from one address, for whom nothing else changes.
    """
    if request.method == "HEAD":
        return False
    if by is None:
        try:
            limits.attempt("share", address=limits.address_of(request)).failed()
        except TryLater:
            return False
    return True


def _shared(request: HttpRequest, share: Callable[[str], Link]) -> HttpResponse:
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
    link = share(provider)
    if wants_address(request) or not link.leads:
        status = {"success": True, "description": "ok"}
        shown: ShareObject = {"url": link.url}
        if link.html:
            shown["html"] = link.html
        return answer(request, {"status": status, "result": [shown], **shown}, 200)
    return _Leading(link.url, headers={"Cache-Control": "no-store"})
