"""
How a password, a code, a refresh token or a client's own secret becomes a token.

The protocol (RFC 6749, 7009, 7636) is oauthlib's, and the rows are django-oauth-toolkit's. Here
stand the defaults of Badgr's clients, and the rules that the libraries leave to us: who may have
which scope, and that of a code, too, only the checksum is stored.
"""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final
from urllib.parse import unquote_plus, urlencode

import orjson
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from oauth2_provider.oauth2_backends import get_oauthlib_core
from oauth2_provider.oauth2_validators import GRANT_TYPE_MAPPING, OAuth2Validator
from oauthlib.common import add_params_to_uri
from oauthlib.oauth2 import (
    AccessDeniedError,
    FatalClientError,
    InvalidGrantError,
    InvalidScopeError,
    OAuth2Error,
)

from rosette.errors import InvalidInput, NotPermitted
from rosette.models import AccessToken, Application, Grant, RefreshToken, User
from rosette.models.applications import checksum
from rosette.operations import applications, audit, second_steps
from rosette.operations.applications import PUBLIC
from rosette.scopes import OPEN_BADGES_3_SCOPES, SCOPES, issuer_of

GRANT_TYPES: Final = ("password", "refresh_token", "client_credentials", "authorization_code")
BAD_SCOPE: Final = "invalid scope requested"
ASKED_BY: Final = (
    *("client_id", "redirect_uri", "response_type", "state", "scope"),
    *("code_challenge", "code_challenge_method"),
)
"""The parameters of an authorization request (RFC 6749, section 4.1.1; RFC 7636, section 4.3)."""
_CHALLENGE_MAX_LENGTH: Final = 128


@dataclass(frozen=True, slots=True)
class Reply:
    """What the protocol answers: a status, and a JSON object or nothing."""

    status: int
    content: Mapping[str, Any]

    @property
    def error(self) -> str | None:
        """The code of RFC 6749, section 5.2; None if all went well."""
        code: str | None = self.content.get("error")
        return code


class Misasked(InvalidInput):
    """
    An application asks for what cannot be asked.

    ``sent_back`` is where the person's browser takes the error to the application; None where the
    application, or its address, is not known for sure (RFC 6749, section 4.1.2.1).
    """

    def __init__(self, message: str, sent_back: str | None) -> None:
        super().__init__(general=[message])
        self.sent_back = sent_back


@dataclass(frozen=True, slots=True)
class Question:
    """What an application asks of a person, checked; ``scopes`` are those that it may have."""

    application: Application
    redirect_uri: str
    response_type: str
    state: str | None
    scopes: Sequence[str]
    parameters: Mapping[str, str]


def exchange(parameters: Mapping[str, str], *, authorization: str) -> Reply:
    """
    A token for what the parameters of RFC 6749 hold; ``authorization`` is the header, or empty.

    Without a ``grant_type`` a password is exchanged, and without any client the client is
    ``public``. A refused client is told what is wrong with it.
    """
    sent = {"grant_type": "password"} | _with_client(parameters, authorization)
    if sent["grant_type"] not in GRANT_TYPES:
        return Reply(400, {"error": "unsupported_grant_type"})
    if "code" in sent:
        sent["code"] = checksum(sent["code"])
    try:
        _, content, status = _server().create_token_response("/o/token", "POST", sent)
    except OAuth2Error as error:
        return Reply(error.status_code, dict(error.twotuples))
    except Grant.DoesNotExist:
        # The library does not expect a code to go while it looks at it: somebody was faster.
        return Reply(400, {"error": "invalid_grant"})
    return _explained(Reply(status, orjson.loads(content)), sent, authorization)


def revoke(parameters: Mapping[str, str], *, authorization: str) -> Reply:
    """End the token of this client that the parameters of RFC 7009 name, if there is such a one."""
    sent = _with_client(parameters, authorization)
    _, content, status = _server().create_revocation_response("/o/revoke_token", "POST", sent)
    return _explained(Reply(status, orjson.loads(content or "{}")), sent, authorization)


def uses_basic(authorization: str) -> bool:
    """Whether a client names itself in the header; any other scheme means nothing here."""
    return authorization.partition(" ")[0].lower() == "basic"


def question(parameters: Mapping[str, str]) -> Question:
    """
    What an application asks by the parameters of an authorization request.

    A missing ``response_type`` means ``code``, and a challenge without a method is of S256. Of
    the scopes, the application is given those that it may have. Raises Misasked.
    """
    sent = {"response_type": "code"} | dict(parameters)
    if any("\0" in value for value in sent.values()):
        raise Misasked("Null characters are not allowed.", None)
    if len(sent.get("code_challenge", "")) > _CHALLENGE_MAX_LENGTH:
        raise Misasked("The code challenge is too long.", None)
    if "code_challenge" in sent:
        sent |= _challenge(sent["code_challenge"], sent.get("code_challenge_method", "S256"))
    application = Application.objects.filter(client_id=sent.get("client_id", "")).first()
    if application is not None and "scope" in sent:
        # With nothing left it is the library that refuses, once it knows whom to tell.
        sent["scope"] = " ".join(_askable(application, sent["scope"].split())) or sent["scope"]
    try:
        scopes, found = _server().validate_authorization_request(_uri(sent))
    except InvalidScopeError as error:
        error.description = BAD_SCOPE
        raise Misasked(BAD_SCOPE, _back(error)) from error
    except OAuth2Error as error:
        raise Misasked(error.description or error.error, _back(error)) from error
    return Question(
        application=found["request"].client,
        redirect_uri=found["redirect_uri"],
        response_type=found["response_type"],
        state=found["state"],
        scopes=scopes,
        parameters=sent,
    )


def consent(asked: Question, *, by: User) -> str:
    """
    The address that carries the code for what the person grants back to the application.

    A scope that the person cannot lend is left out. Raises NotPermitted if nothing is left.
    """
    scopes = lendable(asked, by=by)
    if not scopes:
        raise NotPermitted
    with transaction.atomic():
        headers, _, _ = _server().create_authorization_response(
            _uri(asked.parameters), scopes=scopes, credentials={"user": by}
        )
        client = asked.application.client_id
        audit.note("consent.create", "application", client, by=by.entity_id, scopes=list(scopes))
    address: str = add_params_to_uri(headers["Location"], [("scope", " ".join(scopes))])
    return address


def lendable(asked: Question, *, by: User) -> list[str]:
    """Those of the scopes that the person has to lend."""
    return applications.lendable(asked.application, asked.scopes, by)


def denial(asked: Question) -> str:
    """The address that tells the application that the person does not consent."""
    address: str = AccessDeniedError(state=asked.state).in_uri(asked.redirect_uri)
    return address


def is_agreed(asked: Question, *, by: User) -> bool:
    """Whether the application holds a living token of the person for all that it asks."""
    held = AccessToken.objects.filter(
        user=by, application=asked.application, expires__gt=timezone.now()
    )
    return any(token.allow_scopes(asked.scopes) for token in held)


class Validator(OAuth2Validator):
    """The questions that oauthlib asks, as far as they are answered differently here."""

    def validate_grant_type(
        self, client_id: str, grant_type: str, client: Application, request: Any, *_: Any
    ) -> bool:
        """
        Whether the client may use this kind of grant.

        The library warns of every password (RFC 9700, section 2.4); Badgr's clients have nothing
        else.
        """
        if not client.allows_grant_type(*GRANT_TYPE_MAPPING[grant_type]):
            return False
        if grant_type == "client_credentials":
            return client.user is not None and client.user.is_active
        return grant_type != "refresh_token" or client.issues_refresh_tokens

    def validate_user(
        self, username: str, password: str, client: Application, request: Any, *_: Any
    ) -> bool:
        """
        Whose name and password these are, provided that a password is enough for them.

        Whoever has two-step sign-in is told to make a key instead; the password has to be right.
        """
        if not super().validate_user(username, password, client, request):
            return False
        if second_steps.is_on(request.user):
            audit.note("token.refuse", "user", request.user.entity_id, by="", two_step=True)
            raise InvalidGrantError(
                second_steps.REFUSED.format(origin=settings.ROSETTE.origin), request=request
            )
        return True

    def validate_response_type(
        self, client_id: str, response_type: str, client: Application, request: Any, *_: Any
    ) -> bool:
        """Codes and nothing else."""
        return response_type == "code" and bool(
            client.allows_grant_type(Application.GRANT_AUTHORIZATION_CODE)
        )

    def is_pkce_required(self, client_id: str, request: Any) -> bool:
        """
        Whether a code has to be bound to a secret of whoever asks for it (RFC 7636).

        Open Badges 3.0 wants it ("Authorization Request"); Badgr's clients do not know of it.
        """
        asked = request.scopes or (request.scope or "").split()
        return not set(OPEN_BADGES_3_SCOPES).isdisjoint(asked)

    def validate_scopes(
        self, client_id: str, scopes: Sequence[str], client: Application, request: Any, *_: Any
    ) -> bool:
        """Whether client and person may have them all."""
        return applications.lendable(client, scopes, _person(request)) == list(scopes)

    def get_default_scopes(self, client_id: str, request: Any, *_: Any) -> list[str]:
        """What is meant when nothing is asked for."""
        return applications.default_scopes(request.client)

    def validate_refresh_token(
        self, refresh_token: str, client: Application, request: Any, *_: Any
    ) -> bool:
        """Whether it is alive and the client's, and its person active."""
        return bool(
            super().validate_refresh_token(refresh_token, client, request)
            and request.user.is_active
        )

    def get_original_scopes(self, refresh_token: str, request: Any, *_: Any) -> list[str]:
        """What was granted, without what the person can no longer lend."""
        granted = request.refresh_token_instance.access_token.scope.split()
        left = applications.lendable(request.client, granted, request.user)
        if not left:
            raise InvalidGrantError(request=request)
        return left

    def save_authorization_code(
        self, client_id: str, code: dict[str, str], request: Any, *_: Any
    ) -> None:
        """Keep the checksum of the code; ``exchange`` asks for the same."""
        kept = code | {"code": checksum(code["code"])}
        super().save_authorization_code(client_id, kept, request)

    def _save_bearer_token(self, token: dict[str, Any], request: Any, *_: Any) -> None:
        # In the transaction that stores the token: what it is exchanged for must be there still,
        # and of two who come at once, one finds it gone.
        if request.grant_type == "authorization_code":
            super().invalidate_authorization_code(request.client_id, request.code, request)
        if request.grant_type == "refresh_token" and not list(
            RefreshToken.objects.select_for_update().filter(
                pk=request.refresh_token_instance.pk, revoked=None
            )
        ):
            raise InvalidGrantError(request=request)
        if not request.client.issues_refresh_tokens:
            token.pop("refresh_token", None)
        super()._save_bearer_token(token, request)
        person = _person(request)
        name = person.entity_id if person else ""
        audit.note(
            "token.create",
            "user",
            name,
            by=name,
            client=request.client.client_id,
            grant=request.grant_type,
            scope=token["scope"],
        )

    def revoke_token(self, token: str, token_type_hint: str, request: Any, *_: Any) -> None:
        """End the token of this client, and note it if there was one."""
        named = {"token_checksum": checksum(token), "application": request.client}
        with transaction.atomic():
            for model in (AccessToken, RefreshToken):
                found = model.objects.filter(**named).select_related("user").first()
                if found is not None:
                    name, client = found.user.entity_id if found.user else "", request.client
                    audit.note("token.end", "user", name, by="", client=client.client_id)
                    break
            super().revoke_token(token, token_type_hint, request)

    def invalidate_authorization_code(
        self, client_id: str, code: str, request: Any, *_: Any
    ) -> None:
        """Nothing: the code went when its token was saved."""


@cache
def _server() -> Any:
    return get_oauthlib_core().server


def _with_client(parameters: Mapping[str, str], authorization: str) -> dict[str, str]:
    """The parameters, with the client of the header, or ``public`` where none is named."""
    sent = dict(parameters)
    if uses_basic(authorization):
        sent |= _basic(authorization)
    sent.setdefault("client_id", PUBLIC)
    if sent["client_id"] == PUBLIC:
        applications.ensure_public_client()
    return sent


def _basic(authorization: str) -> dict[str, str]:
    """Name and secret of a client out of the header (RFC 6749, section 2.3.1)."""
    try:
        plain = base64.b64decode(authorization.partition(" ")[2].strip(), validate=True).decode()
    except ValueError:
        plain = ""
    name, _, secret = plain.partition(":")
    # An unreadable header names no client that there is.
    return {
        "client_id": unquote_plus(name).replace("\0", ""),
        "client_secret": unquote_plus(secret),
    }


def _explained(reply: Reply, sent: Mapping[str, str], authorization: str) -> Reply:
    """The refusal with the words that Badgr had for it."""
    if reply.error == "invalid_scope":
        return Reply(400, {"error": reply.error, "error_description": BAD_SCOPE})
    if reply.error != "invalid_client":
        return reply
    if Application.objects.filter(client_id=sent["client_id"]).exists():
        return Reply(401, {"error": reply.error, "error_description": "invalid client_secret"})
    # RFC 6749, section 5.2, wants 401 of a client that used the header; Badgr answered 400.
    status = 401 if uses_basic(authorization) else 400
    return Reply(status, {"error": reply.error, "error_description": "invalid client_id"})


def _challenge(challenge: str, method: str) -> dict[str, str]:
    """
    The challenge (RFC 7636), a plain one as the S256 of itself.

    The same verifier fits, and nothing that could be used is kept.
    """
    if method == "plain":
        digest = hashlib.sha256(challenge.encode()).digest()
        challenge, method = base64.urlsafe_b64encode(digest).decode().rstrip("="), "S256"
    return {"code_challenge": challenge, "code_challenge_method": method}


def _askable(application: Application, wanted: Sequence[str]) -> list[str]:
    """Those that the application may have; none if there is an unknown one among them."""
    if any(scope not in SCOPES and issuer_of(scope) is None for scope in wanted):
        return []
    return applications.lendable(application, wanted, None)


def _back(error: OAuth2Error) -> str | None:
    if isinstance(error, FatalClientError) or not error.redirect_uri:
        return None
    address: str = error.in_uri(error.redirect_uri)
    return address


def _person(request: Any) -> User | None:
    """For whom the token will act; nobody yet while an application only asks."""
    person: User | None = (
        request.client.user if request.grant_type == "client_credentials" else request.user
    )
    return person


def _uri(parameters: Mapping[str, str]) -> str:
    return f"/o/authorize?{urlencode(parameters)}"
