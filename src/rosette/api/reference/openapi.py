"""The OpenAPI 3.1 description of the V2 API and of the OAuth2 endpoints, made by walking them."""

import importlib.metadata
import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any, Final, NamedTuple

from rosette.api import examples
from rosette.api.endpoints import Endpoint, operations
from rosette.api.oauth import urls as oauth
from rosette.api.reference import schemas as json_schema
from rosette.api.reference.nouns import NOUNS, noun_of
from rosette.api.reference.samples import as_asked, at, sample
from rosette.api.reference.schemas import PREFIX, Schema, Schemas
from rosette.api.v2 import urls as v2
from rosette.api.v2.envelope import BAD_REQUEST, MISCELLANEOUS, NO_TOKEN, NOT_FOUND
from rosette.api.v2.requests.queries import PageQuery
from rosette.scopes import SCOPES, meaning

Document = dict[str, Any]

JSON: Final = "application/json"
JSON_LD: Final = "application/ld+json"
FORM: Final = "application/x-www-form-urlencoded"
MULTIPART: Final = "multipart/form-data"

RESPONSES: Final = "#/components/responses/"

_PART: Final = re.compile(r"<(\w+)>")
# Where a client may say who it is, in a Basic header.
_CLIENTS: Final = ("/o/token", "/o/revoke_token")


class Operation(NamedTuple):
    """One verb of one path; ``enveloped`` if it answers in the V2 envelope."""

    template: str
    verb: str
    endpoint: Endpoint
    enveloped: bool

    @property
    def path(self) -> str:
        """``/v2/issuers/{issuerId}``"""
        return _PART.sub(lambda part: f"{{{_camel(part[1])}}}", self.template)

    @property
    def name(self) -> str:
        """``getIssuersById``: made of what is on the wire, so that it stays."""
        words = _PART.sub(" by id ", self.template.removeprefix("/v2")).replace("-", " ")
        return self.verb.lower() + "".join(
            word[0].upper() + word[1:] for word in re.split(r"[/ _]+", words) if word
        )

    @property
    def creates(self) -> bool:
        """Whether it can be repeated safely under an ``Idempotency-Key``."""
        endpoint = self.endpoint
        makes = endpoint.status == 201
        return self.enveloped and makes and endpoint.scopes is not None

    @property
    def successes(self) -> list[int]:
        """The statuses of success; what leads elsewhere may say instead where."""
        status = self.endpoint.status
        return [status, 200] if status == 302 and self.endpoint.result else [status]

    @property
    def statuses(self) -> list[int]:
        """Everything that it may answer, the successes first."""
        endpoint = self.endpoint
        refusals = set(endpoint.refusals)
        if endpoint.scopes is not None:
            refusals |= {401, 404} if self.enveloped else {401}
        if endpoint.body or endpoint.items:
            refusals |= {400, 413, 415}
        if endpoint.query:
            refusals.add(414)
        if self.creates:
            refusals.add(422)
        return [*self.successes, *sorted(refusals)]


def walk() -> Sequence[Operation]:
    """Every operation that is described, in the order of the URL tables."""
    wings = [("/", oauth.urlpatterns, False), ("/v2/", v2.urlpatterns, True)]
    return [
        Operation(prefix + template, verb, endpoint, enveloped)
        for prefix, patterns, enveloped in wings
        for template, verb, endpoint in operations(patterns)
    ]


@cache
def document(origin: str) -> Document:
    """The description, as of the server at ``origin``."""
    found = walk()
    endpoints = [operation.endpoint for operation in found]
    types = Schemas(
        [shape for each in endpoints for shape in (each.body, each.items) if shape],
        [kind for each in endpoints for kind in (each.result, each.beside) if kind],
    )
    answers: dict[str, Schema] = {}
    paths: dict[str, dict[str, Any]] = {}
    for operation in found:
        described = _Describer(types, answers, origin).operation(operation)
        paths.setdefault(operation.path, {})[operation.verb.lower()] = described
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Rosette API",
            "version": importlib.metadata.version("rosette"),
            "description": at(_introduction(), origin),
            "license": {"name": "Apache 2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": origin}],
        "tags": [
            {"name": noun.name, "description": noun.description}
            for noun in NOUNS
            if any(noun_of(path) == noun.name for path in paths)
        ],
        "paths": paths,
        "components": {
            "schemas": {**types.components, **answers, **_ENVELOPE},
            "responses": _responses(),
            "securitySchemes": _security_schemes(origin),
        },
    }


def _introduction() -> str:
    return (resources.files(__package__) / "introduction.md").read_text("utf-8")


class _Describer:
    """Describes operations in terms of ``types``; envelopes that they need go to ``answers``."""

    def __init__(self, types: Schemas, answers: dict[str, Schema], origin: str) -> None:
        self._types = types
        self._answers = answers
        self._origin = origin

    def operation(self, operation: Operation) -> Document:
        """One Operation Object."""
        endpoint = operation.endpoint
        described: Document = {
            "operationId": operation.name,
            "tags": [noun_of(operation.path)],
            "summary": endpoint.summary.rstrip(".").replace("`", ""),  # no Markdown here
            "description": _description(endpoint),
            "parameters": [*_path_parameters(operation), *_query(operation), *_headers(operation)],
            "security": _security(operation),
            "responses": {
                str(status): self._success(operation, status)
                if status in operation.successes
                else {"$ref": RESPONSES + _refusal_name(operation, status)}
                for status in operation.statuses
            },
        }
        if endpoint.body or endpoint.items:
            described["requestBody"] = self._body(endpoint, is_form_first=not operation.enveloped)
        return described

    def _body(self, endpoint: Endpoint, *, is_form_first: bool) -> Document:
        kinds: list[Schema] = []
        forms: Document = {}
        if endpoint.body:
            schema = self._types.of(endpoint.body)
            kinds.append(schema)
            form = self._types.form(schema)
            forms = {FORM: {"schema": form}, MULTIPART: _multipart(form)}
        if endpoint.items:
            kinds.append({"type": "array", "items": self._types.of(endpoint.items)})
        json: Document = {"schema": kinds[0] if len(kinds) == 1 else {"anyOf": kinds}}
        if endpoint.example is not None:
            example = at(endpoint.example, self._origin)
            if is_form_first:
                forms[FORM]["example"] = example
            json["example"] = example
        content = {**forms, JSON: json} if is_form_first else {JSON: json, **forms}
        may_be_empty = all(
            "items" not in kind and "required" not in self._types.resolved(kind) for kind in kinds
        )
        return {"required": not may_be_empty, "content": content}

    def _success(self, operation: Operation, status: int) -> Document:
        endpoint = operation.endpoint
        match status:
            case 204:
                return {"description": "Done; there is nothing to say."}
            case 302:
                header = {"required": True, "schema": {"type": "string"}}
                return {"description": "Leads to a page.", "headers": {"Location": header}}
        headers: Document = {}
        if endpoint.query and issubclass(endpoint.query, PageQuery):
            headers["Link"] = _header(
                'The neighbouring pages, if there are any: `<URL>; rel="next"`, `rel="prev"`.'
            )
        if operation.creates:
            headers["Idempotent-Replayed"] = _header("`true` if this is the first answer again.")
        described: Document = {"description": "Created." if status == 201 else "Done."}
        if headers:
            described["headers"] = headers
        if operation.enveloped:
            described["content"] = _in_both(self._envelope(endpoint), self._answer(endpoint))
        elif endpoint.result:
            schema = self._types.of(endpoint.result)
            example = at(self._sample(endpoint), self._origin)
            described["content"] = {JSON: {"schema": schema, "example": example}}
        return described

    def _envelope(self, endpoint: Endpoint) -> Schema:
        """The schema of the enveloped answer, as a component."""
        parts = [kind for kind in dict.fromkeys((endpoint.result, endpoint.beside)) if kind]
        name = "".join(self._types.name(kind).removesuffix("Beside") for kind in parts) + "Answer"
        result = self._types.of(endpoint.result) if endpoint.result else {"type": "object"}
        schema: Schema = {
            "type": "object",
            "required": ["status", "result"],
            "properties": {
                "status": {"$ref": f"{PREFIX}SuccessStatus"},
                "result": {"type": "array", "items": result},
            },
        }
        if endpoint.beside:
            schema = {"allOf": [schema, self._types.of(endpoint.beside)]}
        self._answers[name] = schema
        return {"$ref": PREFIX + name}

    def _answer(self, endpoint: Endpoint) -> Document:
        """A sample of the enveloped answer."""
        answer: Document = {"status": {"success": True, "description": "ok"}, "result": []}
        if endpoint.result:
            answer["result"] = [self._sample(endpoint)]
        if endpoint.beside:
            answer |= sample(self._types, self._types.of(endpoint.beside))
        shown: Document = at(answer, self._origin)
        return shown

    def _sample(self, endpoint: Endpoint) -> Document:
        """A sample of the endpoint's result."""
        found = sample(self._types, self._types.of(endpoint.result))
        return as_asked(found, endpoint.example) | dict(endpoint.answer)


def _description(endpoint: Endpoint) -> str:
    """The docstring, and who may call."""
    parts = [endpoint.description]
    if endpoint.verified:
        parts.append("Only for people with a verified identity.")
    if endpoint.scopes is not None:
        words = [f"- `{scope}`: {meaning(scope)}" for scope in endpoint.scopes]
        parts.append("\n".join(["The token has one of these scopes:\n", *words]))
    return "\n\n".join(filter(None, parts))


def _path_parameters(operation: Operation) -> list[Document]:
    parts = _PART.findall(operation.template)
    return [
        {
            "name": _camel(part),
            "in": "path",
            "required": True,
            "description": _PARTS.get(part) or f"`entityId` of the {part.removesuffix('_id')}.",
            "schema": {"type": "string", "maxLength": 254 if part.endswith("_id") else 1000},
            **({"example": known} if (known := examples.BY_PATH.get(part)) else {}),
        }
        for part in parts
    ]


_PARTS: Final = {
    "badgeclass_id": "`entityId` of the badge class.",
    "token_id": "`entityId` of the access token.",
    "account_id": "Number of the account.",
    "token": "The token of the mail.",
}


def _query(operation: Operation) -> list[Document]:
    if operation.endpoint.query is None:
        return []
    parameters: list[Document] = []
    for name, field in json_schema.query(operation.endpoint.query).items():
        schema = dict(field)
        parameter: Document = {"name": name, "in": "query"}
        if "description" in schema:
            parameter["description"] = schema.pop("description")
        if schema.pop("required", None) is True:  # shapes.REQUIRED
            parameter |= {"required": True, "example": schema["examples"][0]}
        parameters.append({**parameter, "schema": schema})
    return parameters


def _headers(operation: Operation) -> list[Document]:
    if not operation.creates:
        return []
    return [
        {
            "name": "Idempotency-Key",
            "in": "header",
            "description": "Any text of your own. Sent again with the same request, it brings the "
            "first answer again, and nothing is created twice.",
            "schema": {"type": "string", "maxLength": 255},
        }
    ]


def _security(operation: Operation) -> list[Document]:
    scopes = operation.endpoint.scopes
    if scopes is not None:
        # Any one of them will do, and the word for "any" is a list of alternatives.
        return [{"oauth2": [scope]} for scope in scopes] + [{"bearer": []}]
    if operation.path in _CLIENTS:
        return [{}, {"client": []}]
    return []


def _security_schemes(origin: str) -> Document:
    common = {
        "tokenUrl": f"{origin}/o/token",
        "refreshUrl": f"{origin}/o/token",
        "scopes": dict(SCOPES),
    }
    return {
        "oauth2": {
            "type": "oauth2",
            "flows": {
                "password": common,
                "authorizationCode": {"authorizationUrl": f"{origin}/o/authorize", **common},
            },
        },
        "bearer": {
            "type": "http",
            "scheme": "bearer",
            "description": "An access token, in the header `Authorization: Bearer TOKEN`.",
        },
        "client": {
            "type": "http",
            "scheme": "basic",
            "description": "The id and the secret of a registered client.",
        },
    }


_ENVELOPE: Final[Mapping[str, Schema]] = {
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
}


class _Refusal(NamedTuple):
    """A status: the name and meaning of its response, and how each of the two wires words it."""

    name: str
    meaning: str
    words: str
    fields: Mapping[str, Any]
    general: Sequence[str]
    oauth: Mapping[str, Any]
    headers: Mapping[str, Any] = {}


def _header(description: str, kind: str = "string", *, is_always_there: bool = False) -> Document:
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
    ),
    401: _Refusal(
        "Unauthorized",
        "No token, or one that is unknown or expired; of a client, the wrong secret.",
        NO_TOKEN,
        {},
        [],
        {"error": "invalid_client"},
        {"WWW-Authenticate": _header("What is wanted.", is_always_there=True)},
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
        {"Retry-After": _header("Seconds to wait.", "integer", is_always_there=True)},
    ),
}


# Said by the web server, which reads no further.
_URI_TOO_LONG: Final = "UriTooLong"


def _refusal_name(operation: Operation, status: int) -> str:
    if status == 414:
        return _URI_TOO_LONG
    name = _REFUSALS[status].name
    return name if operation.enveloped else f"OAuth{name}"


def _responses() -> Document:
    """Every refusal, as the V2 wire and as the OAuth2 wire words it."""
    made: Document = {_URI_TOO_LONG: {"description": "The address is too long."}}
    for refusal in _REFUSALS.values():
        described: Document = {"description": refusal.meaning}
        if refusal.headers:
            described["headers"] = dict(refusal.headers)
        envelope = {
            "status": {"success": False, "description": refusal.words},
            "result": [],
            "fieldErrors": refusal.fields,
            "validationErrors": refusal.general,
        }
        content = _in_both({"$ref": f"{PREFIX}Refusal"}, envelope)
        made[refusal.name] = {**described, "content": content}
        plain = {"schema": {"$ref": f"{PREFIX}OAuthRefusal"}, "example": refusal.oauth}
        made[f"OAuth{refusal.name}"] = {**described, "content": {JSON: plain}}
    return made


def _in_both(schema: Schema, example: Any) -> Document:
    """The content under both media types of the V2 API; callers get the one that they ask for."""
    return {JSON: {"schema": schema, "example": example}, JSON_LD: {"schema": schema}}


def _multipart(form: Schema) -> Document:
    """The form, with the picture as a file."""
    if "image" not in form["properties"]:
        return {"schema": form}
    picture = {
        "description": "A PNG or SVG image.",
        "type": "string",
        "format": "binary",
        "contentMediaType": "application/octet-stream",
    }
    return {
        "schema": {**form, "properties": {**form["properties"], "image": picture}},
        "encoding": {"image": {"contentType": "image/png, image/svg+xml"}},
    }


def _camel(name: str) -> str:
    first, *rest = name.replace("badgeclass", "badge_class").split("_")
    return first + "".join(word.title() for word in rest)
