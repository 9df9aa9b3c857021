"""What the wire of the Open Badges 3.0 API looks like, in words of our own."""

from typing import Any

import jsonschema_rs
from django.test import Client

from rosette.models import User
from tests import factories

ROOT = "/ims/ob/v3p0"
CREDENTIALS, PROFILE, DISCOVERY = (
    f"{ROOT}/{name}" for name in ("credentials", "profile", "discovery")
)
_SCOPE = "https://purl.imsglobal.org/spec/ob/v3p0/scope"
READ, UPSERT, SEE, UPDATE = (
    f"{_SCOPE}/{name}"
    for name in ("credential.readonly", "credential.upsert", "profile.readonly", "profile.update")
)
VC = "application/vc+ld+json"
JSON = "application/json"
PLAIN = "text/plain"

_TEXT = {"type": "string"}
_MINOR = {
    "type": "object",
    "required": ["imsx_codeMinorFieldName", "imsx_codeMinorFieldValue"],
    "properties": {
        "imsx_codeMinorFieldName": _TEXT,
        "imsx_codeMinorFieldValue": {
            "enum": [
                *("fullsuccess", "forbidden", "invalid_data", "invalid_query_parameter"),
                *("internal_server_error", "not_acceptable", "not_allowed", "not_found"),
                *("not_modified", "server_busy", "unauthorizedrequest", "unknown"),
            ]
        },
    },
    "additionalProperties": False,
}
STATUS_INFO = {
    "type": "object",
    "required": ["imsx_codeMajor", "imsx_severity"],
    "properties": {
        "imsx_codeMajor": {"enum": ["failure", "processing", "success", "unsupported"]},
        "imsx_severity": {"enum": ["error", "status", "warning"]},
        "imsx_description": _TEXT,
        "imsx_codeMinor": {
            "type": "object",
            "required": ["imsx_codeMinorField"],
            "properties": {
                "imsx_codeMinorField": {"type": "array", "minItems": 1, "items": _MINOR}
            },
            "additionalProperties": False,
        },
    },
    "additionalProperties": False,
}
"""``Imsx_StatusInfo``, a closed object (OB 3.0, appendix B.3)."""


def refused(status: int, minor: str, description: str, severity: str = "error") -> dict[str, Any]:
    """A whole refusal."""
    field = {
        "imsx_codeMinorFieldName": "TargetEndSystem",
        "imsx_codeMinorFieldValue": minor,
    }
    return {
        "status": status,
        "body": {
            "imsx_codeMajor": "failure",
            "imsx_severity": severity,
            "imsx_description": description,
            "imsx_codeMinor": {"imsx_codeMinorField": [field]},
        },
    }


def told(answer: Any) -> dict[str, Any]:
    """The refusal that came, which has the shape of one."""
    body = answer.json()
    jsonschema_rs.validate(STATUS_INFO, body)
    assert answer["Content-Type"] == JSON
    assert answer["Cache-Control"] == "no-store"
    return {"status": answer.status_code, "body": body}


def send(
    person: User | None,
    scope: str,
    verb: str,
    path: str,
    content: bytes | str = b"",
    media_type: str = "",
) -> Any:
    """Any call, by a person with a token for this scope."""
    headers = factories.bearer(person, scope) if person else {}
    body = content.encode() if isinstance(content, str) else content
    return Client().generic(verb, path, body, content_type=media_type, headers=headers)


def get(person: User | None, path: str = CREDENTIALS, scope: str = READ) -> Any:
    """A reading call."""
    return send(person, scope, "GET", path)
