"""People with accounts at the started server, and what must be there before a client comes."""

import secrets
import time
from dataclasses import dataclass
from email import message_from_bytes, policy
from functools import cached_property
from typing import Any

import requests

from tests.api.client import PNG
from tests.served import Served

_MAIL_WITHIN_SECONDS = 180


@dataclass(frozen=True)
class Person:
    """Somebody who calls the started server."""

    served: Served
    entity_id: str
    email: str
    password: str

    @cached_property
    def tokens(self) -> dict[str, Any]:
        """The answer to a sign-in with nothing but name and password."""
        answer = requests.post(
            f"{self.served.url}/o/token",
            data={"username": self.email, "password": self.password},
        )
        assert answer.status_code == 200, answer.text
        tokens: dict[str, Any] = answer.json()
        return tokens

    @property
    def bearer(self) -> dict[str, str]:
        """The header of a request."""
        return {"Authorization": f"Bearer {self.tokens['access_token']}"}

    def call(self, verb: str, path: str, body: Any = None, **query: Any) -> requests.Response:
        """Any call with a JSON body, answered in any way."""
        url = f"{self.served.url}{path}"
        return requests.request(verb, url, json=body, params=query, headers=self.bearer)

    def one(self, verb: str, path: str, body: Any = None) -> dict[str, Any]:
        """The only element of the result of a call that succeeds."""
        answer = self.call(verb, path, body)
        assert answer.ok, answer.text
        (found,) = answer.json()["result"]
        result: dict[str, Any] = found
        return result

    def issuer(self, **fields: Any) -> dict[str, Any]:
        """A new issuer of this person."""
        given = {
            "name": "Harbor Learning",
            "url": "https://harbor.example.org",
            "email": self.email,
            "description": "Night school for sailors",
        }
        return self.one("POST", "/v2/issuers", given | fields)

    def badgeclass(self, issuer: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
        """A new badge class, of a new issuer unless one is given."""
        issuer = issuer or self.issuer()
        given = {
            "name": "Knot Tying",
            "description": "Ties knots",
            "image": PNG,
            "criteriaNarrative": "Tie **ten** knots",
        }
        return self.one("POST", f"/v2/issuers/{issuer['entityId']}/badgeclasses", given | fields)

    def award(self, badgeclass: dict[str, Any], to: str, **fields: Any) -> dict[str, Any]:
        """A new award to this address."""
        given = {"recipient": {"identity": to, "type": "email"}}
        path = f"/v2/badgeclasses/{badgeclass['entityId']}/assertions"
        return self.one("POST", path, given | fields)


def person(served: Served, name: str) -> Person:
    """Somebody of this name with an account, and an address that nobody had before."""
    email, password = address(name), "knots and splices"
    return Person(served, served.add_person(email, password), email, password)


def address(name: str) -> str:
    """An address that nobody had before: the tests of a run share the server."""
    return f"{name}-{secrets.token_hex(4)}@example.org"


def mail_to(served: Served, email: str) -> str:
    """The text of the mail that the server's worker sends to this address."""
    patience = time.monotonic() + _MAIL_WITHIN_SECONDS
    while time.monotonic() < patience:
        for file in (served.data_dir / "mail").glob("*.eml"):
            message = message_from_bytes(file.read_bytes(), policy=policy.default)
            text = message.get_body(("plain",))
            if email in message["To"] and text is not None:
                content: str = text.get_content()
                return content
        time.sleep(0.1)
    raise AssertionError(f"no mail came to {email}\n{served.log.read_text('utf-8')[-4000:]}")
