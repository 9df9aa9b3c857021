"""Another server that speaks the V2 API, got ready to be measured beside Rosette (``--vs``)."""

import base64
import json
import time
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from benchmarks.fill import picture
from benchmarks.operations import STORY, Operation, Target, Turns, wish
from benchmarks.wire import Address

AWARDS = 200
"""So many awards are made there before anything is measured, and for each round of revoking."""


class NotUsable(RuntimeError):
    """The server does not let itself be measured; the text says what it answered."""


@dataclass(frozen=True)
class Access:
    """How to get in: a token, or a person and a password."""

    url: str
    token: str = ""
    person: str = ""
    password: str = ""


def target(access: Access) -> Target:
    """
    An issuer, a badge class and some awards on the server, all new, and the names of them.

    They stay there: the API cannot take awards away. Raises NotUsable.
    """
    address = Address.of(access.url)
    token = access.token or _token(address, access)
    bare = Target(
        address, token, "", [], [], [], [], "", person=access.person, password=access.password
    )
    image = "data:image/png;base64," + base64.b64encode(picture()).decode()
    name = f"Benchmark {time.strftime('%Y-%m-%d %H:%M:%S')}"
    issuer = _made(
        bare,
        "/v2/issuers",
        {
            "name": name,
            "url": "https://harbor.example.org",
            "email": _email(bare),
            "description": "Made by a benchmark",
            "image": image,
        },
    )[0]
    badgeclass = _made(
        bare,
        "/v2/badgeclasses",
        {
            "issuer": issuer["entityId"],
            "name": "Knot Tying",
            "description": "Ties ten knots by heart, and knows what each is for.",
            "image": image,
            "criteriaNarrative": "Tie **ten** knots in front of two other sailors.",
            "tags": ["rope", "seamanship"],
        },
    )[0]
    ready = replace(bare, badgeclass=badgeclass["entityId"])
    since = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 1))
    people = [f"person-{number}@example.org" for number in range(AWARDS)]
    awards = _awarded(ready, people)
    return replace(
        ready,
        documents=[_path(address, item["openBadgeId"]) for item in awards],
        images=[_path(address, item["image"]) for item in awards],
        common=[_path(address, item["openBadgeId"]) for item in (badgeclass, issuer)],
        people=people,
        since=since,
    )


def turns(operation: Operation, of: Target) -> Turns:
    """The requests of the operation; for what can be done once only, on awards made for it."""
    if operation.spends:
        of = replace(of, revocable=[item["entityId"] for item in _awarded(of, of.people)])
    return operation.turns(of)


def _awarded(target: Target, people: list[str]) -> list[dict[str, Any]]:
    wishes = [wish(person, **STORY) for person in people]
    return _made(target, f"/v2/badgeclasses/{target.badgeclass}/issue", {"assertions": wishes})


def _made(target: Target, path: str, body: dict[str, Any]) -> list[dict[str, Any]]:
    sent = json.dumps(body).encode()
    reply = target.address.ask(
        target.address.request("POST", path, body=sent, headers=target.bearer)
    )
    if reply.status not in (200, 201):
        raise NotUsable(f"POST {path} was answered {reply.status}: {reply.body[:500]!r}")
    result: list[dict[str, Any]] = json.loads(reply.body)["result"]
    return result


def _token(address: Address, access: Access) -> str:
    asked = Target(address, "", "", [], [], [], [], "").form(
        "/o/token", username=access.person, password=access.password
    )
    reply = address.ask(asked)
    if reply.status != 200:
        raise NotUsable(f"POST /o/token was answered {reply.status}: {reply.body[:500]!r}")
    token: str = json.loads(reply.body)["access_token"]
    return token


def _email(target: Target) -> str:
    """An address of the person, since an issuer must bear one."""
    reply = target.address.ask(target.read("/v2/users/self"))
    if reply.status != 200:
        raise NotUsable(f"GET /v2/users/self was answered {reply.status}: {reply.body[:500]!r}")
    emails: list[dict[str, Any]] = json.loads(reply.body)["result"][0]["emails"]
    verified = [item["email"] for item in emails if item.get("verified")]
    if not verified:
        raise NotUsable("the person behind the token has no verified address")
    email: str = verified[0]
    return email


def _path(address: Address, url: str) -> str:
    """The path of a document, whatever name the server gives itself, below the base."""
    parts = urlsplit(url)
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    return path.removeprefix(address.base)
