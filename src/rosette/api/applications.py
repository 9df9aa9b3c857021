"""How OAuth2 clients and tokens without end are shown, wherever they are shown."""

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from rosette.models import Application


class LegacyTokenObject(TypedDict):
    """The token for the header ``Authorization: Token …``; it has no end."""

    token: Annotated[str, Field(examples=["b8e4cf7d1a0f4d6c9f0c3a5b7e9d2f4a6c8e0b1d"])]


class ApplicationObject(TypedDict):
    """A program that asks for tokens."""

    name: Annotated[str, Field(examples=["Harbor Portal"])]
    image: str | None
    website_url: str | None
    clientId: Annotated[str, Field(examples=["public"])]
    policyUri: str | None
    termsUri: str | None


def application_object(row: Application) -> ApplicationObject:
    """The client, for the person who lends it rights."""
    return {
        "name": row.name,
        "image": row.logo_url or None,
        "website_url": row.website_url or None,
        "clientId": row.client_id,
        "policyUri": row.policy_url or None,
        "termsUri": row.terms_url or None,
    }
