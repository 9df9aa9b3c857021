"""
Pages of long lists: ``?num=`` with a ``Link`` header, and the feeds of what has changed.

Positions are those of the last row seen (a moment and a row number), so that a page costs the
same however far down it is, and rows that come in meanwhile shift nothing.
"""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Final, Generic, NamedTuple, Protocol, TypeVar

import orjson
from django.conf import settings
from django.db.models import Q, QuerySet
from django.http import HttpRequest, QueryDict
from pydantic import Field
from typing_extensions import TypedDict

from rosette.errors import InvalidInput, Refused
from rosette.models.base import settled_at

MOST: Final = 500
FEED_SIZE: Final = 100
SETTLED: Final = "settled"


class InvalidCursor(Refused):
    """The cursor is not one that this server has made."""


class Position(NamedTuple):
    """Where a row stands in a list: by a moment, and by row number among equals."""

    at: datetime
    number: int


class Slice(Protocol):
    """
    Reads part of a list: at most ``limit`` rows beyond ``after``, walking up or down.

    ``after`` None is the very beginning of the walk.
    """

    def __call__(self, after: Position | None, *, upwards: bool, limit: int) -> Sequence[Any]: ...


Row = TypeVar("Row")


class Page(NamedTuple, Generic[Row]):
    """One page of rows, and the cursors of its neighbours, None where there is none."""

    rows: Sequence[Row]
    next: str | None
    previous: str | None


def page_size(request: HttpRequest, *, default: int | None) -> int | None:
    """``num``: from 1 to 500; what is no number counts as not said."""
    try:
        return max(1, min(MOST, int(request.GET["num"])))
    except (KeyError, ValueError):
        return default


def page(
    request: HttpRequest,
    read: Slice,
    position: Callable[[Any], Position],
    *,
    size: int,
    newest_first: bool,
) -> Page[Any]:
    """The page that the request's ``cursor`` names, or the first. Raises InvalidCursor."""
    after, backwards = _cursor(request)
    upwards = newest_first is backwards
    found = list(read(after, upwards=upwards, limit=size + 1))
    more, found = len(found) > size, found[:size]
    if backwards:
        found.reverse()
    if not found:
        return Page([], None, None)
    has_next = more if not backwards else True
    has_previous = more if backwards else after is not None
    return Page(
        found,
        _token(position(found[-1]), backwards=False) if has_next else None,
        _token(position(found[0]), backwards=True) if has_previous else None,
    )


def links(request: HttpRequest, found: Page[Any]) -> dict[str, str]:
    """The ``Link`` header of a page, spelt as Badgr's clients parse it; {} for one page."""
    parts = [
        f'<{_address(request, cursor)}>; rel="{name}"'
        for name, cursor in (("next", found.next), ("prev", found.previous))
        if cursor
    ]
    return {"Link": ", ".join(parts)} if parts else {}


def offset_links(request: HttpRequest, *, limit: int, offset: int, total: int) -> dict[str, str]:
    """The ``Link`` header of a list by ``limit`` and ``offset``, spelt as Badgr's is."""
    places = {"next": offset + limit} if offset + limit < total else {}
    places |= {"first": 0, "last": max(total - 1, 0) // limit * limit}
    if offset:
        places["prev"] = max(offset - limit, 0)
    parts = [
        f'<{_with(request, {"limit": str(limit), "offset": str(at)})}>; rel="{name}"'
        for name, at in places.items()
    ]
    return {"Link": ",".join(parts)}


class FeedPages(TypedDict):
    """Where a feed goes on."""

    hasNext: Annotated[bool, Field(examples=[True])]
    nextResults: Annotated[
        str | None,
        Field(examples=["https://badges.example.org/v2/assertions/changed?cursor=WzE3NjM"]),
    ]
    hasPrevious: bool
    previousResults: str | None


class FeedBeside(TypedDict):
    """What stands beside a feed's ``result``; ``timestamp`` is to be the next ``since``."""

    pagination: FeedPages
    timestamp: Annotated[str, Field(examples=["2026-11-23T09:30:00.123456+00:00"])]


def feed_pages(request: HttpRequest, found: Page[Any], *, until: datetime) -> FeedPages:
    """Where the feed goes on, as addresses that hand on ``until`` when it is complete."""
    handed = {SETTLED: until.isoformat()}
    return {
        "hasNext": found.next is not None,
        "nextResults": _address(request, found.next, handed) if found.next else None,
        "hasPrevious": found.previous is not None,
        "previousResults": _address(request, found.previous, handed) if found.previous else None,
    }


def since(request: HttpRequest) -> datetime | None:
    """``since``: only what changed after it. Raises InvalidInput for anything but ISO 8601."""
    return moment(request, "since")


def settled(request: HttpRequest) -> datetime:
    """
    Up to when a feed is complete, to be sent back as the next ``since``.

    It is found when the walk begins and handed on from page to page, because what is committed
    meanwhile may lie behind the page. Raises InvalidInput.
    """
    return moment(request, SETTLED) or settled_at()


def slice_of(rows: QuerySet[Any], moment: str) -> Slice:
    """How to read part of the set, ordered by the column ``moment`` and the row number."""

    def read(after: Position | None, *, upwards: bool, limit: int) -> Sequence[Any]:
        beyond = "gt" if upwards else "lt"
        found = rows.order_by(moment, "id") if upwards else rows.order_by(f"-{moment}", "-id")
        if after is not None:
            found = found.filter(
                Q(**{f"{moment}__{beyond}": after.at})
                | Q(**{moment: after.at, f"id__{beyond}": after.number})
            )
        return list(found[:limit])

    return read


def _cursor(request: HttpRequest) -> tuple[Position | None, bool]:
    text = request.GET.get("cursor")
    if not text:
        return None, False
    try:
        at, number, backwards = orjson.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        moment = datetime.fromtimestamp(at // 1_000_000, UTC).replace(microsecond=at % 1_000_000)
        if not (type(number) is int and 0 <= number < 2**63):  # a bool is none
            raise InvalidCursor
        return Position(moment, number), bool(backwards)
    except (binascii.Error, ValueError, TypeError, OverflowError, OSError) as error:
        raise InvalidCursor from error


def _token(position: Position, *, backwards: bool) -> str:
    whole = int(position.at.replace(microsecond=0).timestamp())
    at = whole * 1_000_000 + position.at.microsecond
    text = orjson.dumps([at, position.number, int(backwards)])
    return urlsafe_b64encode(text).decode().rstrip("=")


def moment(request: HttpRequest, name: str) -> datetime | None:
    """The moment of this name in the query. Raises InvalidInput for anything but ISO 8601."""
    text = request.GET.get(name)
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise InvalidInput({name: ["must be ISO-8601 format with time zone"]}) from error


def _address(request: HttpRequest, cursor: str, handed: Mapping[str, str] | None = None) -> str:
    return _with(request, {"cursor": cursor, **(handed or {})})


def _with(request: HttpRequest, changes: Mapping[str, str]) -> str:
    """The address that was asked, with these words of its query changed."""
    query: QueryDict = request.GET.copy()
    for name, value in changes.items():
        query[name] = value
    return f"{settings.ROSETTE.origin}{request.path}?{query.urlencode()}"
