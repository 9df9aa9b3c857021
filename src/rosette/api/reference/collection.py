"""The Postman collection (format 2.1): the first steps, each saving what the next one needs."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import orjson

from rosette.api import examples
from rosette.api.reference.openapi import FORM, document
from rosette.api.reference.schemas import JSON, Document

_FORMAT: Final = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
_ENTITY_ID: Final = "result[0].entityId"


class _Step(NamedTuple):
    """One call; ``saves`` maps a variable to where in the answer its value is."""

    name: str
    verb: str
    path: str
    saves: Mapping[str, str] = {}
    also: Sequence[str] = ()


_STEPS: Final = (
    _Step("Get a token", "post", "/o/token", {"access_token": "access_token"}),
    _Step("Read your profile", "get", "/v2/users/self"),
    _Step("Create an issuer", "post", "/v2/issuers", {"issuerId": _ENTITY_ID}),
    _Step(
        "Create a badge class",
        "post",
        "/v2/issuers/{issuerId}/badgeclasses",
        {"badgeClassId": _ENTITY_ID},
    ),
    _Step(
        "Award it to yourself",
        "post",
        "/v2/badgeclasses/{badgeClassId}/assertions",
        {"assertionId": _ENTITY_ID},
    ),
    _Step(
        "Read the public document",
        "get",
        "/public/assertions/{assertionId}",
        also=[
            'pm.test("it is an award", () => '
            'pm.expect(pm.response.json().type).to.equal("Assertion"));'
        ],
    ),
    _Step(
        "Get the baked image",
        "get",
        "/public/assertions/{assertionId}/image",
        also=[
            'pm.test("it is an image", () => '
            'pm.expect(pm.response.headers.get("Content-Type")).to.match(/^image/));'
        ],
    ),
    _Step(
        "Revoke the award",
        "delete",
        "/v2/assertions/{assertionId}",
        also=[
            'pm.test("it is revoked", () => '
            "pm.expect(pm.response.json().result[0].revoked).to.equal(true));"
        ],
    ),
)
# What the examples say, and the variable that stands for it.
_VARIABLES: Final = {
    examples.ISSUER: "{{issuerId}}",
    examples.BADGECLASS: "{{badgeClassId}}",
    examples.ASSERTION: "{{assertionId}}",
    "ada@example.org": "{{username}}",
    "bob@example.org": "{{username}}",
    "knots and splices": "{{password}}",
}


def collection(origin: str) -> Document:
    """The collection, for the server at ``origin``."""
    paths = document(origin)["paths"]
    variables = {"baseUrl": origin, "username": "", "password": ""}
    saved = [name for step in _STEPS for name in step.saves]
    return {
        "info": {
            "name": "Rosette basics",
            "description": "Fill in the variables `username` and `password`, then send the calls "
            "in order, or run the whole collection.",
            "schema": _FORMAT,
        },
        "auth": {
            "type": "bearer",
            "bearer": [{"key": "token", "value": "{{access_token}}", "type": "string"}],
        },
        "variable": [
            {"key": name, "value": value, "type": "string"}
            for name, value in {**variables, **dict.fromkeys(saved, "")}.items()
        ],
        "item": [_item(step, paths.get(step.path, {}).get(step.verb)) for step in _STEPS],
    }


def _item(step: _Step, operation: Document | None) -> Document:
    """The step, as its operation describes it; public documents are not of this API."""
    path = step.path.replace("{", "{{").replace("}", "}}")
    request: Document = {
        "method": step.verb.upper(),
        "header": [],
        "url": {
            "raw": "{{baseUrl}}" + path,
            "host": ["{{baseUrl}}"],
            "path": path.strip("/").split("/"),
        },
    }
    status = "200"
    if operation is not None:
        request["description"] = operation["description"]
        status = next(iter(operation["responses"]))
        content = operation.get("requestBody", {}).get("content", {})
        if "example" in content.get(FORM, {}):
            request["body"] = _form(content[FORM]["example"])
        elif "example" in content.get(JSON, {}):
            request["header"].append({"key": "Content-Type", "value": JSON})
            request["body"] = _json(content[JSON]["example"])
    if operation is None or not operation["security"]:
        request["auth"] = {"type": "noauth"}
    return {
        "name": step.name,
        "request": request,
        "event": [{"listen": "test", "script": _script(step, status)}],
    }


def _script(step: _Step, status: str) -> Document:
    lines = [f'pm.test("{status}", () => pm.response.to.have.status({status}));', *step.also]
    lines += [
        f'pm.collectionVariables.set("{name}", pm.response.json().{where});'
        for name, where in step.saves.items()
    ]
    return {"type": "text/javascript", "exec": lines}


def _form(example: Mapping[str, Any]) -> Document:
    fields = [
        {"key": name, "value": _with_variables(str(value)), "type": "text"}
        for name, value in example.items()
    ]
    return {"mode": "urlencoded", "urlencoded": fields}


def _json(example: Any) -> Document:
    text = orjson.dumps(example, option=orjson.OPT_INDENT_2).decode()
    return {
        "mode": "raw",
        "raw": _with_variables(text),
        "options": {"raw": {"language": "json"}},
    }


def _with_variables(text: str) -> str:
    for said, variable in _VARIABLES.items():
        text = text.replace(said, variable)
    return text
