"""/v1/earner/collections: awards that a person shows together, as Badgr's web client."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.http import HttpRequest
from typing_extensions import TypedDict

from rosette.api.auth import Caller
from rosette.api.bodies import Body, body
from rosette.api.shapes import Plain, Shape, read
from rosette.api.v1.envelope import endpoint
from rosette.api.v1.shown import in_v1_names
from rosette.api.v2.backpack import READ, WRITE
from rosette.api.v2.requests.collections import CollectionEntry, collection
from rosette.api.v2.responses.common import collection_address
from rosette.models import Collection
from rosette.operations import collections
from rosette.operations.collections import CollectionWish

ABSENT: Any = None


class BadgeEntry(Shape):
    """An award in a collection, by its id in the backpack."""

    id: Plain


class Badges(Shape):
    """The awards that are to be in a collection, in order."""

    badges: list[BadgeEntry] = ABSENT


class BadgeObject(TypedDict):
    """An award in a collection; there is nothing to say of it."""

    id: str
    description: str


class CollectionObject(TypedDict):
    """Some of a person's awards. The address is empty while it is not published."""

    name: str
    slug: str
    description: str
    share_hash: str
    share_url: str
    badges: list[BadgeObject]
    published: bool


@endpoint(scopes=READ, verified=True, result=list[CollectionObject])
def index(request: HttpRequest, by: Caller) -> list[CollectionObject]:
    """Your collections."""
    return _shown(collections.of_person(by.actor))


@endpoint(
    scopes=WRITE,
    verified=True,
    status=201,
    body=CollectionEntry,
    result=CollectionObject,
    refusals=(400, 403),
)
def create(request: HttpRequest, by: Caller) -> CollectionObject:
    """Create a collection."""
    with in_v1_names(assertions="badges"):
        wish = _wish(body(request))
        return _shown([collections.create(wish, by=by.actor)])[0]


@endpoint(scopes=READ, verified=True, result=CollectionObject, refusals=(403, 404))
def read_one(request: HttpRequest, by: Caller, collection_id: str) -> CollectionObject:
    """One of your collections."""
    return _shown([collections.find(collection_id, by=by.actor)])[0]


@endpoint(
    scopes=WRITE,
    verified=True,
    body=CollectionEntry,
    result=CollectionObject,
    refusals=(400, 403, 404),
)
def change(request: HttpRequest, by: Caller, collection_id: str) -> CollectionObject:
    """Change a collection. What is left out stays as it is; ``badges`` is the whole list."""
    found = collections.find(collection_id, by=by.actor)
    with in_v1_names(assertions="badges"):
        wish = _wish(body(request))
        return _shown([collections.change(found, wish, by=by.actor)])[0]


@endpoint(scopes=WRITE, verified=True, status=204, refusals=(403, 404))
def remove(request: HttpRequest, by: Caller, collection_id: str) -> None:
    """Remove a collection; the awards stay in your backpack."""
    collections.remove(collections.find(collection_id, by=by.actor), by=by.actor)


def _wish(sent: Body) -> CollectionWish:
    """As V2 reads it; here the awards are objects. Raises InvalidInput."""
    named = read(Badges, sent)
    if not named.sent("badges"):
        return collection(sent)
    assertions = [entry.id for entry in named.badges]
    return collection(replace(sent, values={**sent.values, "assertions": assertions}))


def _shown(rows: Sequence[Collection]) -> list[CollectionObject]:
    awards = collections.awards(rows)
    return [
        {
            "name": row.name,
            "slug": row.entity_id,
            "description": row.description,
            "share_hash": row.share_hash,
            "share_url": collection_address(row.share_hash) if row.share_hash else "",
            "badges": [{"id": name, "description": ""} for name in awards[row.pk]],
            "published": bool(row.share_hash),
        }
        for row in rows
    ]
