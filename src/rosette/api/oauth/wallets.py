"""/openid/…: what a wallet calls to take an award that its recipient offers (OpenID4VCI 1.0)"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Final, NotRequired

from django.http import HttpRequest
from pydantic import Field
from typing_extensions import TypedDict

from rosette.api import examples
from rosette.api.bodies import MalformedBody, body
from rosette.api.oauth.answers import Answer, endpoint
from rosette.api.oauth.tokens import Parameter
from rosette.api.shapes import Shape, read
from rosette.errors import InvalidInput
from rosette.operations import offers, wallets
from rosette.operations.offers import CONFIGURATIONS, GRANT_TYPE, Declined
from rosette.operations.wallets import Event, NoToken

_REQUEST: Final = "invalid_credential_request"
_NOTIFICATION: Final = "invalid_notification_request"
_EXAMPLE: Final = next(iter(CONFIGURATIONS))
# What descriptions of errors may not hold (OpenID4VCI 1.0, "Credential Request Errors").
_UNWANTED: Final = re.compile(r"[^\x20-\x21\x23-\x5b\x5d-\x7e]")


class Proofs(Shape):
    """Proofs that the wallet has a key: one token of the type `openid4vci-proof+jwt`."""

    jwt: Annotated[list[Parameter], Field(min_length=1, max_length=1)]


class CredentialRequest(Shape):
    """What a wallet asks for: by configuration, or by the identifier that came with its token."""

    credential_configuration_id: Parameter | None = None
    credential_identifier: Parameter | None = None
    proofs: Proofs
    credential_response_encryption: Any = Field(
        None, description="Answers are not encrypted here; to ask for it is refused."
    )


class NotificationRequest(Shape):
    """What became of a credential in the wallet."""

    notification_id: Parameter
    event: Event
    event_description: Parameter | None = None


class TransactionCodeObject(TypedDict):
    """The wallet has to ask for a code besides."""

    input_mode: Annotated[str, Field(examples=["numeric"])]
    length: Annotated[int, Field(examples=[6])]
    description: Annotated[str, Field(examples=["It is shown beside the QR code."])]


PreAuthorizedObject = TypedDict(
    "PreAuthorizedObject",
    {
        "pre-authorized_code": Annotated[str, Field(examples=[examples.PRE_AUTHORIZED_CODE])],
        "tx_code": NotRequired[TransactionCodeObject],
    },
)
PreAuthorizedObject.__doc__ = "What is exchanged for a token."


class CredentialOfferObject(TypedDict):
    """One award that its recipient offers to a wallet."""

    credential_issuer: Annotated[str, Field(examples=[examples.ORIGIN])]
    credential_configuration_ids: list[Annotated[str, Field(examples=[_EXAMPLE])]]
    grants: Annotated[
        dict[str, PreAuthorizedObject],
        Field(
            examples=[{GRANT_TYPE: {"pre-authorized_code": examples.PRE_AUTHORIZED_CODE}}],
        ),
    ]


class NonceObject(TypedDict):
    """What the next proof has to hold as `nonce`; it is good for five minutes, and once."""

    c_nonce: Annotated[str, Field(examples=["Vq0yT3kZr1…"])]


class CredentialObject(TypedDict):
    """A credential: a JSON object of the form `ldp_vc`, a text of the form `jwt_vc_json`."""

    credential: Annotated[Any, Field(examples=["eyJhbGciOiJSUzI1NiJ9.eyJpZCI…"])]


class CredentialsObject(TypedDict):
    """The credential, and the name for what the wallet has to say of it."""

    credentials: Sequence[CredentialObject]
    notification_id: Annotated[str, Field(examples=[examples.OFFER])]


def _worded(malformed: str) -> Callable[[InvalidInput], Mapping[str, Any]]:
    """How refusals are worded; ``malformed``: the code of a request that does not hold together."""

    def refusal(refused: InvalidInput) -> Mapping[str, Any]:
        if isinstance(refused, Declined):
            code = refused.code
        else:
            code = "invalid_proof" if "proofs" in refused.fields else malformed
        names = [f"{name} is missing or wrong." for name in refused.fields]
        text = " ".join([*map(str, refused.general), *names])
        return {"error": code, "error_description": _UNWANTED.sub("'", text)}

    return refusal


@endpoint(refusal=_worded(_REQUEST), result=CredentialOfferObject, refusals=(404,))
def offer(request: HttpRequest, reference: str) -> Answer:
    """
    The offer that a wallet finds at the address that its person gave to it.

    Until its code has been exchanged at `/o/token`, or ten minutes have passed.
    """
    return Answer(200, offers.offered(reference))


@endpoint(refusal=_worded(_REQUEST), result=NonceObject)
def nonce(request: HttpRequest) -> Answer:
    """A fresh nonce for a proof."""
    return Answer(200, {"c_nonce": wallets.nonce()})


@endpoint(
    refusal=_worded(_REQUEST),
    body=CredentialRequest,
    result=CredentialsObject,
    refusals=(400, 401, 413, 415),
    example={"credential_configuration_id": _EXAMPLE, "proofs": {"jwt": ["eyJ0eXAiOi…"]}},
)
def credential(request: HttpRequest) -> Answer:
    """
    The credential of the offered award, bound to the key of the wallet.

    With the token that the code of the offer was exchanged for. `proofs` holds one proof, by a key
    that its header names by `jwk`, or by `kid` as `did:key` or `did:jwk`; the DID becomes
    `credentialSubject.id`. `invalid_nonce` asks for another nonce; `credential_request_denied` is
    for good: the award was revoked or suspended, has expired, or is somebody else's by now.
    """
    token = _token(request)
    if token is None:
        return _unauthorized("")
    wish = read(CredentialRequest, _sent(request, _REQUEST))
    if wish.credential_response_encryption is not None:
        raise Declined("invalid_encryption_parameters", "Answers are not encrypted here.")
    try:
        issued = wallets.issue(
            token,
            named=wish.credential_configuration_id,
            identified=wish.credential_identifier,
            proof=wish.proofs.jwt[0],
        )
    except NoToken:
        return _unauthorized("invalid_token")
    content: CredentialsObject = {
        "credentials": [{"credential": issued.credential}],
        "notification_id": issued.notification_id,
    }
    return Answer(200, content)


@endpoint(
    refusal=_worded(_NOTIFICATION),
    status=204,
    body=NotificationRequest,
    refusals=(400, 401, 413, 415),
    example={"notification_id": examples.OFFER, "event": "credential_accepted"},
)
def notification(request: HttpRequest) -> Answer:
    """
    What became of the credential in the wallet.

    With the same token. Its person sees it where they see what became of the offer.
    """
    token = _token(request)
    if token is None:
        return _unauthorized("")
    wish = read(NotificationRequest, _sent(request, _NOTIFICATION))
    try:
        wallets.notify(token, wish.notification_id, wish.event)
    except NoToken:
        return _unauthorized("invalid_token")
    return Answer(204, None)


def _token(request: HttpRequest) -> str | None:
    """The token of the ``Authorization`` header (RFC 6750, section 2.1)."""
    scheme, _, token = request.META.get("HTTP_AUTHORIZATION", "").strip().partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


def _unauthorized(code: str) -> Answer:
    """Who shows no token is not told of an error (RFC 6750, section 3.1)."""
    challenge = f'Bearer error="{code}"' if code else "Bearer"
    return Answer(401, {"error": code or "invalid_token"}, {"WWW-Authenticate": challenge})


def _sent(request: HttpRequest, malformed: str) -> Any:
    """The body. Raises MalformedBody if it is too large or of another kind, else Declined."""
    try:
        return body(request)
    except MalformedBody as error:
        if error.status != 400:
            raise
        raise Declined(malformed, error.message) from error
