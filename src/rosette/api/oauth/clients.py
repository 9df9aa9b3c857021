"""/o/register: programs of Badge Connect and Open Badges 3.0 register themselves (RFC 7591)"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest
from pydantic import AfterValidator, BeforeValidator, Field, model_validator
from typing_extensions import TypedDict

from rosette import limits
from rosette.api.bodies import Body, body
from rosette.api.oauth.answers import Answer, endpoint
from rosette.api.shapes import Line, Shape, read, refuse, refuse_whole
from rosette.errors import InvalidInput
from rosette.operations import applications
from rosette.operations.applications import Registered, Registration
from rosette.scopes import BADGE_CONNECT_SCOPES, OFFLINE, OPEN_BADGES_3_SCOPES

_LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")
_CODE: Final = "authorization_code"
_REFRESH: Final = "refresh_token"
_BASIC: Final = "client_secret_basic"
_SCOPES: Final = (*BADGE_CONNECT_SCOPES, *OPEN_BADGES_3_SCOPES, OFFLINE)


def _https(value: str) -> str:
    try:
        parts = urlsplit(value)
        port_is_whole = parts.port != 0
    except ValueError as error:
        raise refuse("Must be a valid HTTPS URI") from error
    secure = parts.scheme == "https" or (
        parts.scheme == "http"
        and parts.hostname in _LOOPBACK
        and settings.ROSETTE.fetch_loopback  # development
    )
    clean = value.isprintable() and not set(value) & set(" #@\\")
    if not (secure and parts.hostname and port_is_whole and clean):
        raise refuse("Must be a valid HTTPS URI")
    return value


def _basic_only(value: str) -> str:
    if value != _BASIC:
        raise refuse("Invalid token authentication method. Only client_secret_basic allowed.")
    return value


def _grant_types(values: list[str]) -> list[str]:
    if _CODE not in values:
        raise refuse("Missing authorization_code grant type")
    if set(values) - {_CODE, _REFRESH}:
        raise refuse("Invalid grant types. Only authorization_code and refresh_token supported")
    return values


def _code_only(values: list[str]) -> list[str]:
    if values != ["code"]:
        raise refuse("Invalid response type")
    return values


def _for_backpacks(value: str) -> str:
    for scope in value.split():
        if scope not in _SCOPES:
            raise refuse(
                f"Scope {scope} not valid for automatic application registration. "
                "Badge Connect Scopes only"
            )
    return value


def _text(value: Any) -> Any:
    # Some clients send numbers as versions.
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


Address = Annotated[str, AfterValidator(_https), Field(max_length=1024)]
Name = Annotated[Line, Field(max_length=255)]


class ClientRequest(Shape):
    """What a program says of itself. All addresses are on one host."""

    client_name: Name
    client_uri: Address
    logo_uri: Address
    tos_uri: Address
    policy_uri: Address
    software_id: Name
    software_version: Annotated[Name, BeforeValidator(_text)]
    redirect_uris: Annotated[list[Address], Field(min_length=1, max_length=20)]
    token_endpoint_auth_method: Annotated[str, AfterValidator(_basic_only)] = _BASIC
    grant_types: Annotated[list[str], AfterValidator(_grant_types)] = [_CODE]
    response_types: Annotated[list[str], AfterValidator(_code_only)] = ["code"]
    scope: Annotated[str, AfterValidator(_for_backpacks)] = " ".join(BADGE_CONNECT_SCOPES)

    @model_validator(mode="after")
    def _one_host(self) -> "ClientRequest":
        addresses = [self.client_uri, self.logo_uri, self.tos_uri, self.policy_uri]
        if len({urlsplit(address).netloc for address in [*addresses, *self.redirect_uris]}) > 1:
            raise refuse_whole(
                "client_uri, logo_uri, tos_uri, policy_uri, redirect_uris do not match domain."
            )
        return self

    @model_validator(mode="after")
    def _refreshing(self) -> "ClientRequest":
        """Whoever asks for ``offline_access`` wants to refresh, said or not."""
        if OFFLINE not in self.scope.split() or self.sent("grant_types"):
            return self
        return self.model_copy(update={"grant_types": [_CODE, _REFRESH]})


class ClientObject(TypedDict):
    """The registered program; its secret is shown this once. Times are in seconds since 1970."""

    client_id: Annotated[str, Field(examples=["c7Zr0Xp4"])]
    client_secret: Annotated[str, Field(examples=["Vx3…"])]
    client_id_issued_at: Annotated[int, Field(examples=[1795426200])]
    client_secret_expires_at: Annotated[int, Field(description="0: never", examples=[0])]
    client_name: str
    client_uri: str
    logo_uri: str
    tos_uri: str
    policy_uri: str
    software_id: str
    software_version: str
    redirect_uris: Sequence[str]
    token_endpoint_auth_method: Annotated[str, Field(examples=[_BASIC])]
    grant_types: Sequence[Annotated[str, Field(examples=[_CODE])]]
    response_types: Sequence[Annotated[str, Field(examples=["code"])]]
    scope: Annotated[str, Field(examples=[" ".join(BADGE_CONNECT_SCOPES)])]


def _first_of_all(refused: InvalidInput) -> Mapping[str, Any]:
    """The first fault as ``error``, all of them as ``error_description``."""
    faults = [f"{name}: {text}" for name, said in refused.fields.items() for text in _flat(said)]
    faults += [str(text) for text in refused.general]
    return {"error": faults[0], "error_description": "; ".join(faults)}


def _is_of_3(sent: Body) -> bool:
    """Whether the program speaks Open Badges 3.0, and not Badge Connect."""
    scope = sent.values.get("scope") if isinstance(sent.values, Mapping) else None
    words = scope.split() if isinstance(scope, str) else []
    return not set(OPEN_BADGES_3_SCOPES).isdisjoint(words)


def _by_code(refused: InvalidInput) -> Mapping[str, Any]:
    """The refusal as RFC 7591, section 3.2.2, has it; Badgr never had its codes."""
    is_redirect = "redirect_uris" in refused.fields
    error = "invalid_redirect_uri" if is_redirect else "invalid_client_metadata"
    return {**_first_of_all(refused), "error": error}


def _flat(said: Any) -> list[str]:
    """The messages of a field, wherever in it they stand."""
    if isinstance(said, Mapping):
        return [text for inner in said.values() for text in _flat(inner)]
    if isinstance(said, list):
        return [text for inner in said for text in _flat(inner)]
    return [str(said)]


@endpoint(
    refusal=_first_of_all,
    status=201,
    body=ClientRequest,
    result=ClientObject,
    refusals=(400, 413, 415, 429),
    example={
        "client_name": "Harbor Backpack",
        "client_uri": "https://backpack.example.org",
        "logo_uri": "https://backpack.example.org/logo.png",
        "tos_uri": "https://backpack.example.org/terms",
        "policy_uri": "https://backpack.example.org/privacy",
        "software_id": "harbor-backpack",
        "software_version": "1.0",
        "redirect_uris": ["https://backpack.example.org/callback"],
    },
)
def register(request: HttpRequest) -> Answer:
    """
    Register a program for Badge Connect or the Open Badges 3.0 API, by the scopes that it names.

    Anybody may. It can then ask people for codes, and exchange them with its secret in a Basic
    header. Nothing is fetched from the addresses that it names.
    """
    attempt = limits.attempt("registration", address=limits.address_of(request))
    sent = body(request)
    try:
        wish = read(ClientRequest, sent)
    except InvalidInput as refused:
        if not _is_of_3(sent):
            raise
        return Answer(400, _by_code(refused))
    attempt.failed()  # every one counts, for anybody may have one
    registered = applications.register(
        Registration(
            name=wish.client_name,
            website_url=wish.client_uri,
            logo_url=wish.logo_uri,
            policy_url=wish.policy_uri,
            terms_url=wish.tos_uri,
            software_id=wish.software_id,
            software_version=wish.software_version,
            redirect_uris=wish.redirect_uris,
            scopes=wish.scope.split(),
            refresh=_REFRESH in wish.grant_types,
        )
    )
    return Answer(201, _client(wish, registered))


def _client(wish: ClientRequest, registered: Registered) -> ClientObject:
    return {
        "client_id": registered.application.client_id,
        "client_secret": registered.secret,
        "client_id_issued_at": int(registered.application.created.timestamp()),
        "client_secret_expires_at": 0,
        "client_name": wish.client_name,
        "client_uri": wish.client_uri,
        "logo_uri": wish.logo_uri,
        "tos_uri": wish.tos_uri,
        "policy_uri": wish.policy_uri,
        "software_id": wish.software_id,
        "software_version": wish.software_version,
        "redirect_uris": wish.redirect_uris,
        "token_endpoint_auth_method": wish.token_endpoint_auth_method,
        "grant_types": wish.grant_types,
        "response_types": wish.response_types,
        "scope": wish.scope,
    }
