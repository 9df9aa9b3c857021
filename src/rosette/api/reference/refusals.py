"""Every refusal that the reference describes: its envelope, its name, and its words."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from rosette.api.reference.operations import Wire
from rosette.api.reference.schemas import JSON, JSON_LD, PREFIX, Document, Schema
from rosette.api.v2.envelope import BAD_REQUEST, MISCELLANEOUS, NO_TOKEN, NOT_FOUND
from rosette.api.v3.envelope import status_info

ENVELOPE: Final[Mapping[str, Schema]] = {
    "SuccessStatus": {
        "type": "object",
        "required": ["success", "description"],
        "properties": {
            "success": {"type": "boolean", "const": True},
            "description": {"type": "string", "examples": ["ok"]},
        },
    },
    "Refusal": {
        "description": "A refusal in the envelope of the V2 API.",
        "type": "object",
        "required": ["status", "result", "fieldErrors", "validationErrors"],
        "properties": {
            "status": {
                "type": "object",
                "required": ["success", "description"],
                "properties": {
                    "success": {"type": "boolean", "const": False},
                    "description": {"type": "string"},
                },
            },
            "result": {"type": "array", "maxItems": 0},
            "fieldErrors": {
                "description": "Messages by field; of a batch, one such object per item, `{}` for "
                "those that are fine.",
                "anyOf": [
                    {"type": "object"},
                    {"type": "array", "items": {"type": "object"}},
                ],
            },
            "validationErrors": {
                "description": "Messages that belong to no single field; about a badge that is "
                "imported, objects with `name`, `description` and `detail`.",
                "type": "array",
                "items": {"type": ["string", "object"]},
            },
        },
    },
    "OAuthRefusal": {
        "description": "A refusal of an OAuth2 endpoint (RFC 6749, section 5.2), or, where a "
        "request has wrong fields, the messages by field.",
        "type": "object",
        "properties": {
            "error": {"type": "string"},
            "error_description": {"type": "string"},
            "expires": {"type": "integer", "description": "Seconds to wait."},
        },
        "additionalProperties": True,
    },
    "ConnectRefusal": {
        "description": "A refusal of Badge Connect.",
        "type": "object",
        "required": ["status"],
        "properties": {
            "status": {
                "type": "object",
                "required": ["error", "statusCode", "statusText"],
                "properties": {
                    "error": {"type": ["string", "null"], "description": "What is wrong."},
                    "statusCode": {"type": "integer"},
                    "statusText": {"type": "string"},
                },
            },
        },
    },
}


class _Refusal(NamedTuple):
    """A status: the name and meaning of its response, and how each of the wires words it."""

    name: str
    meaning: str
    words: str
    fields: Mapping[str, Any]
    general: Sequence[str]
    oauth: Mapping[str, Any]
    headers: Mapping[str, Any] = {}
    connect: tuple[str, str | None] = ("BAD_REQUEST", None)


def header(description: str, kind: str = "string", *, is_always_there: bool = False) -> Document:
    described: Document = {"description": description, "schema": {"type": kind}}
    return {**described, "required": True} if is_always_there else described


_TRY_LATER: Final = "Too many attempts. Please wait and try again."
_REFUSALS: Final[Mapping[int, _Refusal]] = {
    400: _Refusal(
        "BadRequest",
        "The request does not hold together; nothing was done.",
        BAD_REQUEST,
        {"name": ["This field is required."]},
        [],
        {"error": "invalid_grant", "error_description": "Invalid credentials given."},
        connect=(
            "REQUEST_VALIDATION_ERROR",
            "DUPLICATE_BADGE: You already have this badge in your backpack",
        ),
    ),
    401: _Refusal(
        "Unauthorized",
        "No token, or one that is unknown or expired; of a client, the wrong secret.",
        NO_TOKEN,
        {},
        [],
        {"error": "invalid_client"},
        {"WWW-Authenticate": header("What is wanted.", is_always_there=True)},
        ("UNAUTHENTICATED", None),
    ),
    403: _Refusal(
        "Forbidden",
        "The token lends too little for this.",
        MISCELLANEOUS,
        {},
        [],
        {"error": "insufficient_scope"},
    ),
    404: _Refusal(
        "NotFound",
        "There is no such thing, or none that this token may know of.",
        NOT_FOUND,
        {},
        [],
        {"error": "not found"},
    ),
    413: _Refusal(
        "TooLarge",
        "The body is too large.",
        MISCELLANEOUS,
        {},
        ["The request body is too large."],
        {"error": "invalid_request", "error_description": "The request body is too large."},
    ),
    415: _Refusal(
        "UnsupportedMediaType",
        "The body is of a media type that is not understood.",
        MISCELLANEOUS,
        {},
        ['Unsupported media type "application/xml" in request.'],
        {
            "error": "invalid_request",
            "error_description": 'Unsupported media type "application/xml" in request.',
        },
    ),
    422: _Refusal(
        "KeyReused",
        "The `Idempotency-Key` was used for a different request.",
        BAD_REQUEST,
        {},
        ["This Idempotency-Key was used for a different request."],
        {},
    ),
    429: _Refusal(
        "TooManyAttempts",
        "Too many attempts; none is heard until the time in `Retry-After` has passed.",
        MISCELLANEOUS,
        {},
        [_TRY_LATER],
        {"error": "login attempts throttled", "error_description": _TRY_LATER, "expires": 4},
        {"Retry-After": header("Seconds to wait.", "integer", is_always_there=True)},
    ),
}


# Said by the web server, which reads no further.
_URI_TOO_LONG: Final = "UriTooLong"


_PREFIXES: Final[Mapping[Wire, str]] = {
    "v2": "",
    "oauth": "OAuth",
    "connect": "Connect",
    "v3": "OpenBadges3",
}


def name_of(status: int, wire: Wire) -> str:
    """The name of the response with this status, as the wire words it."""
    return _URI_TOO_LONG if status == 414 else _PREFIXES[wire] + _REFUSALS[status].name


def responses() -> Document:
    """Every refusal, as each of the wires words it."""
    made: Document = {_URI_TOO_LONG: {"description": "The address is too long."}}
    for status, refusal in _REFUSALS.items():
        described: Document = {"description": refusal.meaning}
        if refusal.headers:
            described["headers"] = dict(refusal.headers)
        envelope = {
            "status": {"success": False, "description": refusal.words},
            "result": [],
            "fieldErrors": refusal.fields,
            "validationErrors": refusal.general,
        }
        content = in_both({"$ref": f"{PREFIX}Refusal"}, envelope)
        made[refusal.name] = {**described, "content": content}
        plain = {"schema": {"$ref": f"{PREFIX}OAuthRefusal"}, "example": refusal.oauth}
        made[f"OAuth{refusal.name}"] = {**described, "content": {JSON: plain}}
        made[f"Connect{refusal.name}"] = _of_connect(status, refusal, described)
        info = {
            "schema": {"$ref": f"{PREFIX}StatusInfo"},
            "example": status_info(status, refusal.meaning),
        }
        made[f"OpenBadges3{refusal.name}"] = {**described, "content": {JSON: info}}
    return made


def _of_connect(status: int, refusal: _Refusal, described: Document) -> Document:
    if status == 404:  # of the manifest, which has no wrapper
        return described
    text, error = refusal.connect
    example = {"status": {"error": error, "statusCode": status, "statusText": text}}
    plain = {"schema": {"$ref": f"{PREFIX}ConnectRefusal"}, "example": example}
    return {**described, "content": {JSON: plain}}


def in_both(schema: Schema, example: Any) -> Document:
    """The content under both media types of the V2 API; callers get the one that they ask for."""
    return {JSON: {"schema": schema, "example": example}, JSON_LD: {"schema": schema}}
