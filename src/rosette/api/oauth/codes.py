"""/o/code: what a browser brought back from signing in elsewhere, for a token."""

from typing import Annotated, Final

from django.http import HttpRequest
from pydantic import Field
from typing_extensions import TypedDict

from rosette import limits
from rosette.api.bodies import body
from rosette.api.oauth.answers import Answer, endpoint, invalid_request
from rosette.api.oauth.tokens import Parameter
from rosette.api.shapes import Shape, read
from rosette.errors import NotFound
from rosette.operations import providers

INVALID: Final = "Invalid authcode"


class CodeRequest(Shape):
    """The code that stood in the address as ``authCode``."""

    code: Parameter | None = None


class CodeTokenObject(TypedDict):
    """A token; ``expires_in`` is in seconds."""

    access_token: Annotated[str, Field(examples=["mWq3v0Yf8tNnS1kZs5cQx7Rj2LhBda"])]
    token_type: Annotated[str, Field(examples=["Bearer"])]
    scope: Annotated[str, Field(examples=["rw:profile rw:issuer rw:backpack"])]
    expires_in: Annotated[int, Field(examples=[86400])]


@endpoint(
    refusal=invalid_request,
    body=CodeRequest,
    result=CodeTokenObject,
    refusals=(400, 413, 415, 429),
    example={"code": "cx4o2aed1b9f"},
)
def exchange(request: HttpRequest) -> Answer:
    """
    Exchange the code of a sign-in by another provider, or of a verified address, for a token.

    The code is good once, for ten minutes.
    """
    attempt = limits.attempt("code", address=limits.address_of(request))
    try:
        token = providers.token_for(read(CodeRequest, body(request)).code or "")
    except NotFound:
        attempt.failed()
        return Answer(400, {"error": INVALID})
    return Answer(
        200,
        {
            "access_token": token.text,
            "token_type": "Bearer",
            "scope": token.row.scope,
            "expires_in": providers.lifetime_seconds(),
        },
    )
