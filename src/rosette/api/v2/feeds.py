"""The feeds of what has changed, each a walk up the time of last change."""

from collections.abc import Callable, Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

from rosette.api.v2 import paging
from rosette.api.v2.envelope import Answer


def changed(
    request: HttpRequest, rows: QuerySet[Any], shown: Callable[[Sequence[Any]], Sequence[Any]]
) -> Answer:
    """The page of ``rows`` that changed after ``since``, as ``shown`` makes of them."""
    begun = paging.since(request)
    if begun is not None:
        rows = rows.filter(updated_at__gt=begun)
    return feed(
        request,
        paging.slice_of(rows, "updated_at"),
        lambda row: paging.Position(row.updated_at, row.pk),
        shown,
    )


def feed(
    request: HttpRequest,
    read: paging.Slice,
    position: Callable[[Any], paging.Position],
    shown: Callable[[Sequence[Any]], Sequence[Any]],
) -> Answer:
    """One page of a feed, with where it goes on and the time to ask from next."""
    until = paging.settled(request)
    size = paging.page_size(request, default=paging.FEED_SIZE) or paging.FEED_SIZE
    found = paging.page(request, read, position, size=size, newest_first=False)
    return Answer(
        shown(found.rows),
        beside={
            "pagination": paging.feed_pages(request, found, until=until),
            "timestamp": until.isoformat(),
        },
    )
