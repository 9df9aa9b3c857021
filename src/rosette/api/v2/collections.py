"""/v2/backpack/collections"""

from collections.abc import Sequence

from django.http import HttpRequest

from rosette.api import examples
from rosette.api.auth import Caller
from rosette.api.bodies import body
from rosette.api.v2.backpack import READ, WRITE
from rosette.api.v2.envelope import endpoint
from rosette.api.v2.requests.collections import CollectionEntry, collection
from rosette.api.v2.responses import collections as responses
from rosette.api.v2.responses.collections import CollectionObject
from rosette.models import Collection
from rosette.operations import collections

_EXAMPLE = {"name": "Rope work", "published": True, "assertions": [examples.ASSERTION]}


@endpoint(scopes=READ, verified=True, result=CollectionObject)
def index(request: HttpRequest, by: Caller) -> Sequence[CollectionObject]:
    """Your collections."""
    return _shown(collections.of_person(by.actor), by)


@endpoint(
    scopes=WRITE,
    verified=True,
    status=201,
    body=CollectionEntry,
    result=CollectionObject,
    example=_EXAMPLE,
)
def create(request: HttpRequest, by: Caller) -> Sequence[CollectionObject]:
    """
    Create a collection.

    Of your own awards; with `published`, everybody who has its address may see it.
    """
    return _shown([collections.create(collection(body(request)), by=by.actor)], by)


@endpoint(scopes=READ, verified=True, result=CollectionObject)
def read(request: HttpRequest, by: Caller, collection_id: str) -> Sequence[CollectionObject]:
    """One of your collections."""
    return _shown([collections.find(collection_id, by=by.actor)], by)


@endpoint(
    scopes=WRITE,
    verified=True,
    body=CollectionEntry,
    result=CollectionObject,
    example=_EXAMPLE,
)
def change(request: HttpRequest, by: Caller, collection_id: str) -> Sequence[CollectionObject]:
    """
    Change a collection.

    What is left out stays as it is; `assertions` is the whole list. A collection that is no
    longer published loses its address for good.
    """
    found = collections.find(collection_id, by=by.actor)
    return _shown([collections.change(found, collection(body(request)), by=by.actor)], by)


@endpoint(scopes=WRITE, verified=True, status=204)
def remove(request: HttpRequest, by: Caller, collection_id: str) -> None:
    """Remove a collection; the awards stay in your backpack."""
    collections.remove(collections.find(collection_id, by=by.actor), by=by.actor)


def _shown(rows: Sequence[Collection], by: Caller) -> list[CollectionObject]:
    return responses.collections(rows, owner=by.actor.user_entity_id)
