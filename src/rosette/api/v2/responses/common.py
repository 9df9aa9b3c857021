"""What several V2 objects have in common."""

from datetime import datetime
from typing import Annotated, Any
from urllib.parse import urlsplit

from django.conf import settings
from pydantic import Field

from rosette.api import examples

PersonId = Annotated[str, Field(max_length=254, examples=[examples.PERSON])]
IssuerId = Annotated[str, Field(max_length=254, examples=[examples.ISSUER])]
BadgeClassId = Annotated[str, Field(max_length=254, examples=[examples.BADGECLASS])]
AssertionId = Annotated[str, Field(max_length=254, examples=[examples.ASSERTION])]
CollectionId = Annotated[str, Field(max_length=254, examples=[examples.COLLECTION])]
Timestamp = Annotated[datetime, Field(examples=["2026-11-23T09:30:00.123456Z"])]
Extensions = Annotated[dict[str, Any], Field(description="Open Badges extensions by name.")]

_PUBLIC = f"{examples.ORIGIN}/public"
IssuerAddress = Annotated[str, Field(examples=[f"{_PUBLIC}/issuers/{examples.ISSUER}"])]
BadgeClassAddress = Annotated[str, Field(examples=[f"{_PUBLIC}/badges/{examples.BADGECLASS}"])]
AssertionAddress = Annotated[str, Field(examples=[f"{_PUBLIC}/assertions/{examples.ASSERTION}"])]
ImageAddress = Annotated[str, Field(examples=[f"{examples.ORIGIN}/media/images/7d1c….svg"])]
Domain = Annotated[
    str,
    Field(description="The host of this server.", examples=[urlsplit(examples.ORIGIN).hostname]),
]


def issuer_address(entity_id: str) -> str:
    """Where the issuer of this name is published."""
    return f"{settings.ROSETTE.origin}/public/issuers/{entity_id}"


def badgeclass_address(entity_id: str) -> str:
    """Where the badge class of this name is published."""
    return f"{settings.ROSETTE.origin}/public/badges/{entity_id}"


def collection_address(share_hash: str) -> str:
    """Where the collection that is published under this hash is shown."""
    return f"{settings.ROSETTE.origin}/public/collections/{share_hash}"


def assertion_address(entity_id: str) -> str:
    """Where the award of this name is published."""
    return f"{settings.ROSETTE.origin}/public/assertions/{entity_id}"
