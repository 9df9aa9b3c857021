"""Collections as V2 objects."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from rosette.api import examples
from rosette.api.v2.responses.common import (
    AssertionId,
    CollectionId,
    PersonId,
    collection_address,
)
from rosette.models import Collection
from rosette.operations import collections as operations

_ADDRESS = f"{examples.ORIGIN}/public/collections/{examples.SHARE_HASH}"


class CollectionObject(TypedDict):
    """Some of a person's awards."""

    entityType: Annotated[str, Field(examples=["BackpackCollection"])]
    entityId: CollectionId
    name: Annotated[str, Field(examples=["Rope work"])]
    description: Annotated[str, Field(examples=["What I can do with rope"])]
    owner: PersonId
    share_url: Annotated[
        str | None,
        Field(description="Where it is published; null while it is not.", examples=[_ADDRESS]),
    ]
    shareHash: Annotated[str, Field(examples=[examples.SHARE_HASH])]
    published: Annotated[bool, Field(examples=[True])]
    assertions: list[AssertionId]


def collections(rows: Sequence[Collection], *, owner: str) -> list[CollectionObject]:
    """The collections of the person of this name; reads the awards in all of them at once."""
    awards = operations.awards(rows)
    return [
        {
            "entityType": "BackpackCollection",
            "entityId": row.entity_id,
            "name": row.name,
            "description": row.description,
            "owner": owner,
            "share_url": collection_address(row.share_hash) if row.share_hash else None,
            "shareHash": row.share_hash,
            "published": bool(row.share_hash),
            "assertions": awards[row.pk],
        }
        for row in rows
    ]
