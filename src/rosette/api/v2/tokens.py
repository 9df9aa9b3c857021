"""/v2/auth/token, /v2/auth/tokens, /v2/tokens/issuers"""

from collections.abc import Sequence
from typing import Annotated

from django.http import HttpRequest
from pydantic import AfterValidator, Field

from rosette.api import examples
from rosette.api.applications import LegacyTokenObject
from rosette.api.auth import Caller
from rosette.api.bodies import body
from rosette.api.shapes import REQUIRED, Plain, Shape, read
from rosette.api.v2.envelope import endpoint
from rosette.api.v2.responses import tokens as responses
from rosette.api.v2.responses.tokens import (
    AccessTokenObject,
    IssuerTokenObject,
)
from rosette.errors import InvalidInput, NotPermitted
from rosette.models import User
from rosette.operations import applications
from rosette.scopes import DEFAULT_SCOPES


def _once_each(names: list[str]) -> list[str]:
    return list(dict.fromkeys(names))


class IssuerTokensWish(Shape):
    """The issuers, by entity id, that want a token each."""

    issuers: Annotated[list[Plain], Field(max_length=1000), AfterValidator(_once_each)] = Field(
        [], json_schema_extra=REQUIRED
    )


@endpoint(scopes=DEFAULT_SCOPES, result=LegacyTokenObject)
def legacy(request: HttpRequest, by: Caller) -> Sequence[LegacyTokenObject]:
    """
    Your token without end, for old clients (`Authorization: Token …`).

    It is the same each time, and made if there is none. Your present token must have all of
    `rw:profile`, `rw:issuer` and `rw:backpack`, because the token without end has them.
    """
    return [{"token": applications.legacy_token(_whole(by))}]


@endpoint(scopes=DEFAULT_SCOPES, result=LegacyTokenObject)
def replace_legacy(request: HttpRequest, by: Caller) -> Sequence[LegacyTokenObject]:
    """
    Replace your token without end.

    The one before it is refused from now on.
    """
    return [{"token": applications.new_legacy_token(_whole(by))}]


@endpoint(scopes=("rw:profile",), result=AccessTokenObject)
def index(request: HttpRequest, by: Caller) -> Sequence[AccessTokenObject]:
    """The access tokens that act for you and have not expired."""
    return [responses.access_token(row) for row in applications.tokens(by.user)]


@endpoint(scopes=("rw:profile",), result=AccessTokenObject)
def show(request: HttpRequest, by: Caller, token_id: str) -> Sequence[AccessTokenObject]:
    """One of your access tokens."""
    return [responses.access_token(applications.token(token_id, by=by.user))]


@endpoint(scopes=("rw:profile",), status=204)
def revoke(request: HttpRequest, by: Caller, token_id: str) -> None:
    """End one of your access tokens, with the refresh token that belongs to it."""
    applications.revoke(token_id, by=by.user)


@endpoint(
    scopes=("rw:issuer",),
    body=IssuerTokensWish,
    result=IssuerTokenObject,
    example={"issuers": [examples.ISSUER]},
)
def for_issuers(request: HttpRequest, by: Caller) -> Sequence[IssuerTokenObject]:
    """
    Make a token for each of your issuers, for a program that serves that issuer alone.

    You must be owner of each of them. The tokens have the scope `rw:issuer:<entityId>` and last
    for a hundred years; they act for the owner of the application that you call with, or else
    for you.
    """
    if by.application_id is None:
        raise NotPermitted  # a token without end belongs to no application
    wish = read(IssuerTokensWish, body(request))
    if not wish.issuers:
        raise InvalidInput({"issuers": ["field is required"]})
    made = applications.issuer_tokens(wish.issuers, by=by.actor, application_id=by.application_id)
    return [responses.issuer_token(item) for item in made]


def _whole(by: Caller) -> User:
    """The caller, if their token may do all that the one that they ask for may."""
    if not by.is_whole:
        raise NotPermitted
    return by.user
