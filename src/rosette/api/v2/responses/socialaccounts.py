"""Accounts at other providers as V2 objects."""

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from rosette.api.v2.responses.common import Timestamp
from rosette.models import SocialAccount


class SocialAccountObject(TypedDict):
    """An account at another provider, as the provider tells of it."""

    id: Annotated[int, Field(examples=[1])]
    provider: Annotated[str, Field(examples=["google"])]
    dateAdded: Timestamp
    uid: Annotated[str, Field(examples=["12345678901234567890"])]
    firstName: Annotated[str, Field(examples=["Ada"])]
    lastName: Annotated[str, Field(examples=["Vale"])]
    primaryEmail: Annotated[str, Field(examples=["ada@example.org"])]
    url: Annotated[str | None, Field(examples=["https://example.org/ada"])]


class ConnectObject(TypedDict):
    """Where the browser is to be led."""

    url: Annotated[
        str, Field(examples=["https://badges.example.org/account/sociallogin?provider=google"])
    ]


def social_account(row: SocialAccount) -> SocialAccountObject:
    """The account."""
    told = row.extra_data
    return {
        "id": row.pk,
        "provider": row.provider,
        "dateAdded": row.date_joined,
        "uid": row.uid,
        "firstName": told.get("first_name", ""),
        "lastName": told.get("last_name", ""),
        "primaryEmail": told.get("email", ""),
        "url": told.get("url") or None,
    }
