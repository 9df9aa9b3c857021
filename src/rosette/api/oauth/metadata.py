"""/.well-known/…: what wallets and other OAuth2 clients must know of this server"""

from typing import Annotated, Any, Final, NotRequired

from django.conf import settings
from django.http import HttpRequest
from pydantic import Field
from typing_extensions import TypedDict

from rosette.api import examples
from rosette.api.oauth.answers import Answer, endpoint, invalid_request
from rosette.api.oauth.details import TYPE
from rosette.openbadges.dids import DID_METHODS
from rosette.openbadges.documents import CREDENTIAL_CONTEXTS, CREDENTIAL_TYPES
from rosette.openbadges.proofs import data_integrity, possession
from rosette.operations.credentials import Form
from rosette.operations.grants import GRANT_TYPES
from rosette.operations.offers import CONFIGURATIONS, GRANT_TYPE
from rosette.scopes import ANY_ISSUER, SCOPES

_LOCALE: Final = "en"
_FORMATS: Final[dict[Form, str]] = {"jwt": "jwt_vc_json", "embedded": "ldp_vc"}
_SIGNED_BY: Final[dict[Form, str]] = {"jwt": "RS256", "embedded": data_integrity.CRYPTOSUITE}


class LogoObject(TypedDict):
    """A picture."""

    uri: Annotated[str, Field(examples=[f"{examples.ORIGIN}/static/favicon.svg"])]


class DisplayObject(TypedDict):
    """How something is called in front of people."""

    name: Annotated[str, Field(examples=["Rosette"])]
    locale: Annotated[str, Field(examples=[_LOCALE])]
    logo: NotRequired[LogoObject]


class ProofTypeObject(TypedDict):
    """How such proofs may be signed."""

    proof_signing_alg_values_supported: list[Annotated[str, Field(examples=["EdDSA"])]]


class CredentialMetadataObject(TypedDict):
    """How wallets show such a credential."""

    display: list[DisplayObject]


DefinitionObject = TypedDict(
    "DefinitionObject",
    {
        "@context": NotRequired[list[Annotated[str, Field(examples=[CREDENTIAL_CONTEXTS[0]])]]],
        "type": list[Annotated[str, Field(examples=[CREDENTIAL_TYPES[0]])]],
    },
)
DefinitionObject.__doc__ = "What kind of credential it is."


class ConfigurationObject(TypedDict):
    """One form in which awards can be taken into a wallet."""

    format: Annotated[str, Field(examples=["jwt_vc_json"])]
    credential_definition: DefinitionObject
    credential_signing_alg_values_supported: list[Annotated[str, Field(examples=["RS256"])]]
    cryptographic_binding_methods_supported: list[Annotated[str, Field(examples=["did:key"])]]
    proof_types_supported: dict[str, ProofTypeObject]
    credential_metadata: CredentialMetadataObject


class CredentialIssuerObject(TypedDict):
    """This server as issuer of credentials (OpenID4VCI 1.0)."""

    credential_issuer: Annotated[str, Field(examples=[examples.ORIGIN])]
    credential_endpoint: Annotated[str, Field(examples=[f"{examples.ORIGIN}/openid/credential"])]
    nonce_endpoint: Annotated[str, Field(examples=[f"{examples.ORIGIN}/openid/nonce"])]
    notification_endpoint: Annotated[
        str, Field(examples=[f"{examples.ORIGIN}/openid/notification"])
    ]
    display: list[DisplayObject]
    credential_configurations_supported: dict[str, ConfigurationObject]


AuthorizationServerObject = TypedDict(
    "AuthorizationServerObject",
    {
        "issuer": Annotated[str, Field(examples=[examples.ORIGIN])],
        "authorization_endpoint": Annotated[
            str, Field(examples=[f"{examples.ORIGIN}/auth/oauth2/authorize"])
        ],
        "token_endpoint": Annotated[str, Field(examples=[f"{examples.ORIGIN}/o/token"])],
        "registration_endpoint": Annotated[str, Field(examples=[f"{examples.ORIGIN}/o/register"])],
        "revocation_endpoint": Annotated[
            str, Field(examples=[f"{examples.ORIGIN}/o/revoke_token"])
        ],
        "service_documentation": Annotated[str, Field(examples=[f"{examples.ORIGIN}/docs/v2/"])],
        "scopes_supported": list[Annotated[str, Field(examples=["r:backpack"])]],
        "response_types_supported": list[Annotated[str, Field(examples=["code"])]],
        "grant_types_supported": list[Annotated[str, Field(examples=[GRANT_TYPE])]],
        "token_endpoint_auth_methods_supported": list[Annotated[str, Field(examples=["none"])]],
        "code_challenge_methods_supported": list[Annotated[str, Field(examples=["S256"])]],
        "authorization_details_types_supported": list[Annotated[str, Field(examples=[TYPE])]],
        "pre-authorized_grant_anonymous_access_supported": bool,
    },
)
AuthorizationServerObject.__doc__ = "This server as OAuth2 server (RFC 8414)."


@endpoint(refusal=invalid_request, result=CredentialIssuerObject)
def credential_issuer(request: HttpRequest) -> Answer:
    """
    Which credentials wallets can have of this server, and where.

    The server speaks for all of its issuers; the credential itself is signed by the one who made
    the award.
    """
    origin = settings.ROSETTE.origin
    content: CredentialIssuerObject = {
        "credential_issuer": origin,
        "credential_endpoint": f"{origin}/openid/credential",
        "nonce_endpoint": f"{origin}/openid/nonce",
        "notification_endpoint": f"{origin}/openid/notification",
        "display": [
            {
                "name": settings.ROSETTE.site_name,
                "locale": _LOCALE,
                "logo": {"uri": f"{origin}/static/favicon.svg"},
            }
        ],
        "credential_configurations_supported": {
            name: _configuration(form) for name, form in CONFIGURATIONS.items()
        },
    }
    return Answer(200, content)


@endpoint(refusal=invalid_request, result=AuthorizationServerObject)
def authorization_server(request: HttpRequest) -> Answer:
    """How this server gives tokens, and where."""
    origin = settings.ROSETTE.origin
    content: AuthorizationServerObject = {
        "issuer": origin,
        "authorization_endpoint": f"{origin}/auth/oauth2/authorize",
        "token_endpoint": f"{origin}/o/token",
        "registration_endpoint": f"{origin}/o/register",
        "revocation_endpoint": f"{origin}/o/revoke_token",
        "service_documentation": f"{origin}/docs/v2/",
        "scopes_supported": [scope for scope in SCOPES if scope != ANY_ISSUER],
        "response_types_supported": ["code"],
        "grant_types_supported": [*GRANT_TYPES, GRANT_TYPE],
        "token_endpoint_auth_methods_supported": [
            "none",
            "client_secret_basic",
            "client_secret_post",
        ],
        "code_challenge_methods_supported": ["S256", "plain"],
        "authorization_details_types_supported": [TYPE],
        "pre-authorized_grant_anonymous_access_supported": True,
    }
    return Answer(200, content)


def _configuration(form: Form) -> ConfigurationObject:
    definition: Any = {"type": list(CREDENTIAL_TYPES)}
    if form == "embedded":
        definition = {"@context": list(CREDENTIAL_CONTEXTS), **definition}
    return {
        "format": _FORMATS[form],
        "credential_definition": definition,
        "credential_signing_alg_values_supported": [_SIGNED_BY[form]],
        "cryptographic_binding_methods_supported": [*DID_METHODS, "jwk"],
        "proof_types_supported": {
            "jwt": {"proof_signing_alg_values_supported": list(possession.ALGORITHMS)}
        },
        "credential_metadata": {"display": [{"name": "Open Badge", "locale": _LOCALE}]},
    }
