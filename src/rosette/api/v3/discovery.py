"""
/ims/ob/v3p0/discovery: what a program of Open Badges 3.0 must know to connect to this backpack

The Service Description Document of the standard, an OpenAPI 3.0 description of this API and of it
alone; the reference at ``/docs/v2/`` describes everything, and newer.
"""

import hashlib
from collections.abc import Mapping
from typing import Any, Final

import orjson
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response

from rosette.api.endpoints import Endpoint
from rosette.api.v3 import credentials
from rosette.api.v3.envelope import JSON
from rosette.scopes import OPEN_BADGES_3_SCOPES, SCOPES

_Document = dict[str, Any]
_VERSION: Final = "3.0"
_SCHEME: Final = "OAuth2ACG"
_SCHEMA: Final = (
    "https://purl.imsglobal.org/spec/ob/v3p0/schema/json/ob_v3p0_achievementcredential_schema.json"
)
_CREDENTIALS: Final = "OpenBadgeCredentials"
_DISCOVERY: Final = "Discovery"
_JWS: Final = r"^[-A-Za-z0-9_]+\.[-A-Za-z0-9_]*\.[-A-Za-z0-9_]+$"
_CACHE: Final = "public, max-age=300"


def _read(request: HttpRequest) -> HttpResponse:
    content = orjson.dumps(_description(settings.ROSETTE.origin))
    tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    had = get_conditional_response(request, etag=tag)
    response = HttpResponse(content, content_type=JSON) if had is None else had
    response["ETag"] = tag
    response["Cache-Control"] = _CACHE
    return response


discovery = Endpoint(
    handle=_read,
    summary="What this API offers, and where programs register and get tokens.",
    description="The Service Description Document of Open Badges 3.0, in OpenAPI 3.0.",
    scopes=None,
    status=200,
    result=dict[str, Any],
)


def _description(origin: str) -> _Document:
    terms = settings.ROSETTE.terms_url or f"{origin}/"
    privacy = settings.ROSETTE.privacy_url or f"{origin}/"
    return {
        "openapi": "3.0.1",
        "info": {
            "title": settings.ROSETTE.site_name,
            "version": _VERSION,
            "termsOfService": terms,
            "x-imssf-privacyPolicyUrl": privacy,
            "x-imssf-image": f"{origin}/static/favicon.svg",
        },
        "servers": [{"url": f"{origin}/ims/ob/v3p0"}],
        "tags": [{"name": _CREDENTIALS}, {"name": _DISCOVERY}],
        "paths": {
            "/credentials": {"get": _GET_CREDENTIALS, "post": _UPSERT_CREDENTIAL},
            "/profile": {"get": _GET_PROFILE, "put": _PUT_PROFILE},
            "/discovery": {"get": _GET_DESCRIPTION},
        },
        "components": {
            "schemas": _SCHEMAS,
            "securitySchemes": {
                _SCHEME: {
                    "type": "oauth2",
                    "description": "OAuth 2.0 Authorization Code Grant, with PKCE (S256)",
                    # The text of the standard has these in both places.
                    "x-imssf-name": settings.ROSETTE.site_name,
                    "x-imssf-privacyPolicyUrl": privacy,
                    "x-imssf-termsOfServiceUrl": terms,
                    "x-imssf-registrationUrl": f"{origin}/o/register",
                    "flows": {
                        "authorizationCode": {
                            "authorizationUrl": f"{origin}/auth/oauth2/authorize",
                            "tokenUrl": f"{origin}/o/token",
                            "refreshUrl": f"{origin}/o/token",
                            "scopes": {scope: SCOPES[scope] for scope in OPEN_BADGES_3_SCOPES},
                        }
                    },
                }
            },
        },
    }


def _of(name: str) -> _Document:
    return {"$ref": f"#/components/schemas/{name}"}


def _content(*media_types: str, schema: _Document) -> _Document:
    return {media_type: {"schema": schema} for media_type in media_types}


_REFUSED: Final = _content(JSON, schema=_of("Imsx_StatusInfo"))
_REFUSALS: Final = {
    "400": "What was sent does not hold together.",
    "401": "There is no token, or none that is good.",
    "403": "The token lends too little.",
    "429": "Too much at a time.",
    "500": "Something went wrong here.",
}


def _operation(
    name: str,
    tag: str,
    summary: str,
    answers: Mapping[str, _Document],
    *,
    scope: str = "",
    parameters: list[_Document] | None = None,
    body: _Document | None = None,
) -> _Document:
    refused = {
        status: {"description": meaning, "content": _REFUSED}
        for status, meaning in _REFUSALS.items()
        if scope or status == "500"
    }
    described: _Document = {
        "operationId": name,
        "tags": [tag],
        "summary": summary,
        "responses": {**answers, **refused},
    }
    if scope:
        described["security"] = [{_SCHEME: [scope]}]
    if parameters:
        described["parameters"] = parameters
    if body:
        described["requestBody"] = {"required": True, "content": body}
    return described


def _parameter(name: str, schema: _Document, description: str) -> _Document:
    return {"name": name, "in": "query", "description": description, "schema": schema}


_READONLY, _UPSERT, _PROFILE, _UPDATE = OPEN_BADGES_3_SCOPES
_SIGNED: Final = _content(
    JSON, "application/vc+ld+json", schema=_of("AchievementCredential")
) | _content(credentials.PLAIN, schema=_of("CompactJws"))
_PERSON: Final = _content(JSON, schema=_of("Profile"))

_GET_CREDENTIALS: Final = _operation(
    "getCredentials",
    _CREDENTIALS,
    "The person's credentials, oldest first.",
    {
        "200": {
            "description": "Some of them.",
            "headers": {
                "X-Total-Count": {
                    "description": "How many there are in all.",
                    "schema": {"type": "integer", "minimum": 0},
                },
                "Link": {
                    "description": "The parts before and after: next, prev, first, last.",
                    "schema": {"type": "string"},
                },
            },
            "content": _content(JSON, schema=_of("GetOpenBadgeCredentialsResponse")),
        }
    },
    scope=_READONLY,
    parameters=[
        _parameter(
            "limit",
            {"type": "integer", "minimum": 1, "default": credentials.USUAL},
            f"Most credentials in the answer; {credentials.MOST} of them at most.",
        ),
        _parameter(
            "offset",
            {"type": "integer", "minimum": 0, "default": 0},
            "How many to leave out at the beginning.",
        ),
        _parameter(
            "since",
            {"type": "string", "format": "date-time"},
            "Only what was issued, imported or changed after it.",
        ),
    ],
)
_UPSERT_CREDENTIAL: Final = _operation(
    "upsertCredential",
    _CREDENTIALS,
    "Put a credential in, or a newer copy in the place of an older one.",
    {
        "200": {"description": "It is here, as it was sent.", "content": _SIGNED},
        "201": {"description": "It is new here.", "content": _SIGNED},
        "304": {"description": "A newer copy is here."},
    },
    scope=_UPSERT,
    body=_SIGNED,
)
_GET_PROFILE: Final = _operation(
    "getProfile",
    _CREDENTIALS,
    "Whose credentials these are.",
    {"200": {"description": "The person.", "content": _PERSON}},
    scope=_PROFILE,
)
_PUT_PROFILE: Final = _operation(
    "putProfile",
    _CREDENTIALS,
    "Change the person's name.",
    {"200": {"description": "The person as they are now.", "content": _PERSON}},
    scope=_UPDATE,
    body=_PERSON,
)
_GET_DESCRIPTION: Final = _operation(
    "getServiceDescription",
    _DISCOVERY,
    "This description.",
    {
        "200": {
            "description": "OpenAPI 3.0.",
            "content": _content(JSON, schema=_of("ServiceDescriptionDocument")),
        }
    },
)

_TEXT: Final = {"type": "string"}
_TEXTS: Final = {"type": "array", "items": _TEXT}
_SCHEMAS: Final = {
    "AchievementCredential": {
        "type": "object",
        "description": "A signed credential with its proof in it.",
        "externalDocs": {"url": _SCHEMA},
        "required": ["@context", "id", "type", "issuer", "validFrom", "credentialSubject"],
        "properties": {
            "@context": {"type": "array", "items": {}},
            "id": _TEXT,
            "type": _TEXTS,
            "name": _TEXT,
            "issuer": {"type": "object"},
            "validFrom": {"type": "string", "format": "date-time"},
            "validUntil": {"type": "string", "format": "date-time"},
            "credentialSubject": {"type": "object"},
            "proof": {"type": "array", "items": {"type": "object"}},
        },
        "additionalProperties": True,
    },
    "CompactJws": {
        "type": "string",
        "description": "A signed credential as a JSON Web Token.",
        "pattern": _JWS,
    },
    "GetOpenBadgeCredentialsResponse": {
        "type": "object",
        "properties": {
            "credential": {"type": "array", "items": _of("AchievementCredential")},
            "compactJwsString": {"type": "array", "items": _of("CompactJws")},
        },
        "additionalProperties": False,
    },
    "Profile": {
        "type": "object",
        "required": ["id", "type"],
        "properties": {
            "@context": _TEXTS,
            "id": _TEXT,
            "type": _TEXTS,
            "name": _TEXT,
            "givenName": _TEXT,
            "familyName": _TEXT,
            "email": _TEXT,
        },
        "additionalProperties": True,
    },
    "ServiceDescriptionDocument": {
        "type": "object",
        "required": ["openapi", "info", "components"],
        "additionalProperties": True,
    },
    "Imsx_StatusInfo": {
        "type": "object",
        "required": ["imsx_codeMajor", "imsx_severity"],
        "properties": {
            "imsx_codeMajor": {
                "type": "string",
                "enum": ["failure", "processing", "success", "unsupported"],
            },
            "imsx_severity": {"type": "string", "enum": ["error", "status", "warning"]},
            "imsx_description": _TEXT,
            "imsx_codeMinor": _of("Imsx_CodeMinor"),
        },
        "additionalProperties": False,
    },
    "Imsx_CodeMinor": {
        "type": "object",
        "required": ["imsx_codeMinorField"],
        "properties": {
            "imsx_codeMinorField": {
                "type": "array",
                "minItems": 1,
                "items": _of("Imsx_CodeMinorField"),
            }
        },
        "additionalProperties": False,
    },
    "Imsx_CodeMinorField": {
        "type": "object",
        "required": ["imsx_codeMinorFieldName", "imsx_codeMinorFieldValue"],
        "properties": {"imsx_codeMinorFieldName": _TEXT, "imsx_codeMinorFieldValue": _TEXT},
        "additionalProperties": False,
    },
}
