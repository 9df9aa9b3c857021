"""/o/token, /o/revoke_token, and the token login of old clients"""

from typing import Annotated, Any, Final, NotRequired

from django.conf import settings
from django.contrib.auth import authenticate
from django.http import HttpRequest
from pydantic import AfterValidator, Field
from typing_extensions import TypedDict

from rosette import limits
from rosette.api.applications import LegacyTokenObject
from rosette.api.bodies import body
from rosette.api.oauth import details
from rosette.api.oauth.answers import Answer, endpoint, invalid_request
from rosette.api.shapes import Shape, read, refuse
from rosette.errors import InvalidInput, NotFound
from rosette.models import User
from rosette.operations import applications, grants, offers
from rosette.operations.grants import Reply
from rosette.operations.offers import Declined

LOGIN: Final = "login"
_IN_THE_QUERY: Final = "Token grant parameters must be sent in post body, not query parameters"
_WRONG_LOGIN: Final = "Unable to log in with provided credentials."


def _without_null(value: str) -> str:
    if "\0" in value:
        raise refuse("Null characters are not allowed.")
    return value


Parameter = Annotated[str, AfterValidator(_without_null), Field(max_length=16_384)]


class TokenRequest(Shape):
    """What is exchanged for a token. Empty values count as not sent."""

    grant_type: Annotated[
        Parameter | None,
        Field(json_schema_extra={"enum": [*grants.GRANT_TYPES, offers.GRANT_TYPE]}),
    ] = None
    client_id: Parameter | None = None
    client_secret: Parameter | None = None
    scope: Parameter | None = None
    username: Parameter | None = None
    password: Parameter | None = None
    refresh_token: Parameter | None = None
    code: Parameter | None = None
    redirect_uri: Parameter | None = None
    code_verifier: Parameter | None = None
    pre_authorized_code: Parameter | None = Field(None, validation_alias="pre-authorized_code")
    tx_code: Parameter | None = None
    authorization_details: Parameter | None = Field(
        None, description="Of a wallet: a JSON list of what it will ask for (RFC 9396)."
    )


class RevocationRequest(Shape):
    """The token to be ended."""

    token: Parameter | None = None
    token_type_hint: Parameter | None = None
    client_id: Parameter | None = None
    client_secret: Parameter | None = None


class Login(Shape):
    """Who signs in: by any of their addresses."""

    username: Annotated[Parameter, Field(min_length=1)]
    password: Annotated[Parameter, Field(min_length=1)]


class TokenObject(TypedDict):
    """A token (RFC 6749, section 5.1); ``expires_in`` is in seconds."""

    access_token: Annotated[str, Field(examples=["mWq3v0Yf8tNnS1kZs5cQx7Rj2LhBda"])]
    expires_in: Annotated[int, Field(examples=[86400])]
    token_type: Annotated[str, Field(examples=["Bearer"])]
    scope: NotRequired[Annotated[str, Field(examples=["rw:profile rw:issuer rw:backpack"])]]
    refresh_token: NotRequired[Annotated[str, Field(examples=["p9Ue4HkT6bXoVy1rGz0CfWsM8DnLqa"])]]
    authorization_details: NotRequired[list[details.DetailObject]]


@endpoint(
    refusal=invalid_request,
    body=TokenRequest,
    result=TokenObject,
    refusals=(400, 401, 413, 415, 429),
    example={"username": "ada@example.org", "password": "knots and splices"},
)
def grant(request: HttpRequest) -> Answer:
    """
    Exchange a password, a refresh token, a code or a client's secret for an access token.

    A user name and a password are enough: the client is then `public` and the token may do
    everything but administer. A token that is used renews itself; so does a refresh token, which
    is good for one exchange. The code of an offer to a wallet gives a token for that offer only.
    """
    if request.META.get("QUERY_STRING"):
        return Answer(400, {"error": _IN_THE_QUERY})
    sent = _parameters(read(TokenRequest, body(request)))
    if sent.get("grant_type") == offers.GRANT_TYPE:
        return Answer(200, _of_offer(sent))
    is_password = sent.get("grant_type", "password") == "password"
    address = limits.address_of(request)
    attempt = limits.attempt(
        LOGIN, name=sent.get("username", "") if is_password else "", address=address
    )
    reply = grants.exchange(sent, authorization=_authorization(request))
    if is_password and reply.error is None:
        attempt.succeeded()
    if is_password and reply.error == "invalid_grant":
        attempt.failed()
    if reply.error == "invalid_client":
        # A guess at a client's secret says nothing against the person.
        limits.attempt(LOGIN, address=address).failed()
    return Answer(reply.status, reply.content, _challenge(request, reply))


@endpoint(
    refusal=invalid_request,
    body=RevocationRequest,
    refusals=(400, 401, 413, 415),
    example={"token": "mWq3v0Yf8tNnS1kZs5cQx7Rj2LhBda"},
)
def revoke(request: HttpRequest) -> Answer:
    """
    End an access token or a refresh token, with the other one of the pair.

    The answer to a token that there is not, or that is another client's, is the same.
    """
    sent = _parameters(read(RevocationRequest, body(request)))
    reply = grants.revoke(sent, authorization=_authorization(request))
    return Answer(reply.status, reply.content or None, _challenge(request, reply))


def _fields(refused: InvalidInput) -> dict[str, Any]:
    general = {"non_field_errors": refused.general} if refused.general else {}
    return {**refused.fields, **general}


@endpoint(
    refusal=_fields,
    body=Login,
    result=LegacyTokenObject,
    refusals=(400, 404, 413, 415, 429),
    example={"username": "ada@example.org", "password": "knots and splices"},
)
def legacy_login(request: HttpRequest) -> Answer:
    """
    Exchange a password for a token without end, as clients of before 2019 do.

    It is the same token each time, until it is replaced by `PUT /v2/auth/token`.
    """
    if not settings.ROSETTE.legacy_token_login:
        raise NotFound
    wish = read(Login, body(request))
    attempt = limits.attempt(LOGIN, name=wish.username, address=limits.address_of(request))
    person = authenticate(request, username=wish.username, password=wish.password)
    if not isinstance(person, User):
        attempt.failed()
        raise InvalidInput(general=[_WRONG_LOGIN])
    attempt.succeeded()
    return Answer(200, {"token": applications.legacy_token(person)})


def _of_offer(sent: dict[str, str]) -> TokenObject:
    """
    A wallet's token for the code of an offer (OpenID4VCI 1.0, "Token Request").

    Wallets need not be known here, so what one says of itself is not looked at.
    """
    code, asked = sent.get("pre_authorized_code"), sent.get("authorization_details")
    if code is None:
        raise Declined("invalid_request", "The pre-authorized_code is missing.")
    wanted = None if asked is None else details.asked(asked)
    granted = offers.exchange(code, sent.get("tx_code"))
    answer: TokenObject = {
        "access_token": granted.token,
        "expires_in": granted.seconds,
        "token_type": "Bearer",
    }
    if wanted is not None:
        answer["authorization_details"] = details.granted(granted.row, wanted)
    return answer


def _parameters(sent: Shape) -> dict[str, str]:
    """What was sent; a value that is empty was not (RFC 6749, section 3.2)."""
    return {name: value for name, value in sent.model_dump().items() if value}


def _authorization(request: HttpRequest) -> str:
    header: str = request.META.get("HTTP_AUTHORIZATION", "")
    return header


def _challenge(request: HttpRequest, reply: Reply) -> dict[str, str]:
    """What a 401 must say; ``Basic`` only to whom used it, for browsers ask people at that word."""
    if reply.status != 401:
        return {}
    if grants.uses_basic(_authorization(request)):
        return {"WWW-Authenticate": 'Basic realm="api"'}
    return {"WWW-Authenticate": f'Bearer error="{reply.error}"'}
