"""Tokens as V2 objects."""

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from rosette.api import examples
from rosette.api.applications import ApplicationObject, application_object
from rosette.api.v2.responses.common import IssuerId, Timestamp
from rosette.models import AccessToken
from rosette.operations.applications import IssuerToken


class AccessTokenObject(TypedDict):
    """One access token, without its text."""

    entityType: Annotated[str, Field(examples=["AccessToken"])]
    entityId: Annotated[str, Field(examples=[examples.ACCESS_TOKEN])]
    application: ApplicationObject
    scope: Annotated[str, Field(examples=["rw:profile rw:issuer rw:backpack"])]
    expires: Annotated[Timestamp, Field(examples=["2026-11-24T09:30:00.123456Z"])]
    created: Timestamp


class IssuerTokenObject(TypedDict):
    """A token for one issuer; its text is shown this once."""

    token: Annotated[str, Field(examples=["mWq3v0Yf8tNnS1kZs5cQx7Rj2LhBda"])]
    issuer: IssuerId
    expires: Annotated[Timestamp, Field(examples=["2126-07-24T09:30:00.123456Z"])]


def access_token(row: AccessToken) -> AccessTokenObject:
    """The token, for the person for whom it acts."""
    return {
        "entityType": "AccessToken",
        "entityId": row.entity_id,
        "application": application_object(row.application),
        "scope": row.scope,
        "expires": row.expires,
        "created": row.created,
    }


def issuer_token(made: IssuerToken) -> IssuerTokenObject:
    """The new token, with its text."""
    return {
        "token": made.text,
        "issuer": made.issuer,
        "expires": made.row.expires,
    }
