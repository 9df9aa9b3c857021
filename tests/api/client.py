"""A caller of the API, as a test sees one: a person with a token, and JSON both ways."""

from dataclasses import dataclass, field
from typing import Any

from django.test import Client

from rosette.models import User
from tests import factories

PNG = (  # one black pixel
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="
)
SVG = (
    "data:image/svg+xml;base64,"
    "PHN2ZyB4bWxucz0iaHR0cDovL3d3dy53My5vcmcvMjAwMC9zdmciIHZpZXdCb3g9IjAgMCA5IDkiPjxyZWN0IHdpZHRoPSI5IiBoZWlnaHQ9IjkiLz48L3N2Zz4="
)
NOT_FOUND: dict[str, Any] = {
    "status": {"success": False, "description": "entity not found or insufficient privileges"},
    "result": [],
    "fieldErrors": {},
    "validationErrors": [],
}
NO_TOKEN: dict[str, Any] = {
    "status": {"success": False, "description": "no valid auth token found"},
    "result": [],
    "fieldErrors": {},
    "validationErrors": [],
}


def bad_request(
    fields: Any = None, general: list[Any] | None = None, description: str = "bad request"
) -> dict[str, Any]:
    """The envelope of a refusal."""
    return {
        "status": {"success": False, "description": description},
        "result": [],
        "fieldErrors": {} if fields is None else fields,
        "validationErrors": general or [],
    }


@dataclass
class Answer:
    """What came back."""

    status: int
    body: Any
    headers: Any

    @property
    def result(self) -> list[dict[str, Any]]:
        """The envelope's result, of a success."""
        assert self.body["status"]["success"], self.body
        found: list[dict[str, Any]] = self.body["result"]
        return found

    @property
    def one(self) -> dict[str, Any]:
        """The only element of the result."""
        (found,) = self.result
        return found


@dataclass
class Api:
    """A person calling the API; nobody, if there is no person."""

    person: User | None = None
    scope: str = factories.ALL_SCOPES
    headers: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._client = Client()
        if self.person is not None:
            self.headers = {**self.headers, **factories.bearer(self.person, self.scope)}

    def get(self, path: str, **query: Any) -> Answer:
        """GET with a query."""
        return self._answer(self._client.get(path, query, headers=self.headers))

    def post(self, path: str, body: Any = None, **headers: str) -> Answer:
        """POST of a JSON body."""
        return self.send("POST", path, body, **headers)

    def put(self, path: str, body: Any = None) -> Answer:
        """PUT of a JSON body."""
        return self.send("PUT", path, body)

    def delete(self, path: str, body: Any = None) -> Answer:
        """DELETE, with a JSON body if one is given."""
        return self.send("DELETE", path, body)

    def send(self, verb: str, path: str, body: Any = None, **headers: str) -> Answer:
        """Any verb with a JSON body."""
        import orjson

        content = b"" if body is None else orjson.dumps(body)
        return self._answer(
            self._client.generic(
                verb,
                path,
                content,
                content_type="application/json" if content else "",
                headers={**self.headers, **headers},
            )
        )

    def form(self, path: str, fields: dict[str, Any]) -> Answer:
        """POST of a multipart form."""
        return self._answer(self._client.post(path, fields, headers=self.headers))

    @staticmethod
    def _answer(response: Any) -> Answer:
        import orjson

        body = orjson.loads(response.content) if response.content else None
        return Answer(response.status_code, body, response.headers)
