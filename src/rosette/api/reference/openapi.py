"""The OpenAPI 3.1 description of all but V1, made by walking the endpoints."""

import importlib.metadata
from functools import cache
from importlib import resources
from typing import Any, Final

from rosette.api import examples
from rosette.api.connect.backpack import PartQuery
from rosette.api.endpoints import Endpoint
from rosette.api.reference import schemas as json_schema
from rosette.api.reference.nouns import NOUNS, noun_of
from rosette.api.reference.operations import Operation, Wire, camel, walk
from rosette.api.reference.refusals import ENVELOPE, header, in_both, name_of, responses
from rosette.api.reference.samples import as_asked, at, sample
from rosette.api.reference.schemas import JSON, PREFIX, Document, Schema, Schemas
from rosette.api.v2.requests.queries import PageQuery
from rosette.api.v3.credentials import PLAIN, CredentialsQuery
from rosette.api.v3.envelope import StatusInfoObject
from rosette.scopes import SCOPES, meaning

FORM: Final = "application/x-www-form-urlencoded"
MULTIPART: Final = "multipart/form-data"

RESPONSES: Final = "#/components/responses/"

# Where a client may say who it is, in a Basic header.
_CLIENTS: Final = ("/o/token", "/o/revoke_token")
_DONE: Final = {201: "Created.", 202: "Begun."}


@cache
def document(origin: str) -> Document:
    """The description, as of the server at ``origin``."""
    found = walk()
    endpoints = [operation.endpoint for operation in found]
    types = Schemas(
        [shape for each in endpoints for shape in (each.body, each.items) if shape],
        [
            StatusInfoObject,
            *(kind for each in endpoints for kind in (each.result, each.beside) if kind),
        ],
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
            "schemas": {**types.components, **answers, **ENVELOPE},
            "responses": responses(),
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
            "parameters": [
                *_path_parameters(operation, self._origin),
                *_query(operation),
                *_headers(operation),
            ],
            "security": _security(operation),
            "responses": {
                str(status): self._success(operation, status)
                if status in operation.successes
                else {"$ref": RESPONSES + name_of(status, operation.wire)}
                for status in operation.statuses
            },
        }
        if endpoint.body or endpoint.items:
            described["requestBody"] = self._body(endpoint, operation.wire)
        return described

    def _body(self, endpoint: Endpoint, wire: Wire) -> Document:
        is_form_first = wire == "oauth"
        kinds: list[Schema] = []
        forms: Document = {}
        if endpoint.body:
            schema = self._types.of(endpoint.body)
            kinds.append(schema)
            form = self._types.form(schema)
            forms = {FORM: {"schema": form}, MULTIPART: _multipart(form)}
            if wire == "v3":  # which takes none
                forms = _plain(endpoint)
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
            case 304:
                return {"description": "There is something newer; nothing was changed."}
            case 302:
                where = {"required": True, "schema": {"type": "string"}}
                return {"description": "Leads to a page.", "headers": {"Location": where}}
        headers: Document = {}
        if endpoint.query and issubclass(endpoint.query, PageQuery | PartQuery | CredentialsQuery):
            headers["Link"] = header(
                'The neighbouring pages, if there are any: `<URL>; rel="next"`, `rel="prev"`.'
            )
        if endpoint.query is CredentialsQuery:
            headers["X-Total-Count"] = header("How many there are in all.", "integer")
        if operation.creates:
            headers["Idempotent-Replayed"] = header("`true` if this is the first answer again.")
        described: Document = {"description": _DONE.get(status, "Done.")}
        if headers:
            described["headers"] = headers
        if endpoint.media_type:
            file = {"type": "string", "format": "binary"}
            described["content"] = {endpoint.media_type: {"schema": file}}
        elif operation.enveloped:
            described["content"] = in_both(self._envelope(endpoint), self._answer(endpoint))
        elif endpoint.result:
            schema = self._types.of(endpoint.result)
            example = at(self._sample(endpoint), self._origin)
            described["content"] = {
                JSON: {"schema": schema, "example": example},
                **_plain(endpoint),
            }
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


def _plain(endpoint: Endpoint) -> Document:
    """The text that may be sent, and is answered, in the place of JSON."""
    if not endpoint.plain:
        return {}
    return {PLAIN: {"schema": {"type": "string"}, "example": endpoint.plain}}


def _description(endpoint: Endpoint) -> str:
    """The docstring, and who may call."""
    parts = [endpoint.description]
    if endpoint.verified:
        parts.append("Only for people with a verified identity.")
    if endpoint.scopes is not None:
        words = [f"- `{scope}`: {meaning(scope)}" for scope in endpoint.scopes]
        parts.append("\n".join(["The token has one of these scopes:\n", *words]))
    return "\n\n".join(filter(None, parts))


def _path_parameters(operation: Operation, origin: str) -> list[Document]:
    parts = operation.parts
    return [
        {
            "name": camel(part),
            "in": "path",
            "required": True,
            "description": _PARTS.get(part) or f"`entityId` of the {part.removesuffix('_id')}.",
            "schema": {"type": "string", "maxLength": 254 if part.endswith("_id") else 1000},
            **({"example": at(known, origin)} if (known := examples.BY_PATH.get(part)) else {}),
        }
        for part in parts
    ]


_PARTS: Final = {
    "badgeclass_id": "`entityId` of the badge class.",
    "token_id": "`entityId` of the access token.",
    "account_id": "Number of the account.",
    "identifier_id": "`entityId` of the web address or telephone number.",
    "token": "The token of the mail.",
    "domain": "The name of this server.",
    "reference": "The secret in the address of the offer.",
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
                "authorizationCode": {
                    "authorizationUrl": f"{origin}/auth/oauth2/authorize",
                    **common,
                },
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
