"""The table of what is measured: which requests make one operation, and what answers them."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from benchmarks.wire import Address


@dataclass(frozen=True)
class Target:
    """
    A server to be measured, and the names of what is there.

    ``documents`` are paths of public awards, ``images`` those of their images, ``common`` those
    of the badge class and issuer of them all. ``people`` are recipients who hold an award.
    """

    address: Address
    token: str
    badgeclass: str
    documents: list[str]
    images: list[str]
    common: list[str]
    people: list[str]
    since: str
    revocable: list[str] = field(default_factory=list)
    person: str = ""
    password: str = ""
    hash: str = ""

    @property
    def bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def get(self, path: str, **headers: str) -> bytes:
        return self.address.request("GET", path, headers=headers)

    def read(self, path: str) -> bytes:
        return self.address.request("GET", path, headers=self.bearer)

    def award(self, what: str, body: dict[str, Any]) -> bytes:
        return self.address.request(
            "POST",
            f"/v2/badgeclasses/{self.badgeclass}/{what}",
            body=json.dumps(body).encode(),
            headers=self.bearer,
        )

    def form(self, path: str, **fields: str) -> bytes:
        media_type = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.address.request(
            "POST", path, body=urlencode(fields).encode(), headers=media_type
        )


Turns = list[list[bytes]]


@dataclass(frozen=True)
class Operation:
    """
    Something that is measured.

    ``turns`` makes the requests; ``status`` answers each of them. ``writes``: what it adds is
    taken away afterwards, so that a site keeps its size. ``alone``: by one client. ``spends``:
    no turn can be done twice. ``varies``: no two answers have the same bytes. ``awards``: made by
    one operation. ``stretch``: in how many times the usual seconds, because each takes long.
    """

    name: str
    turns: Callable[[Target], Turns]
    status: int = 200
    writes: bool = False
    alone: bool = False
    spends: bool = False
    varies: bool = False
    awards: int = 0
    stretch: int = 1

    @property
    def warming(self) -> int:
        return 1 if self.alone or self.stretch > 1 else 5


STORY = {
    "narrative": "Tied them **all** at the first try.",
    "evidence": [{"url": "https://harbor.example.org/log/7", "narrative": "The log of the day."}],
}
"""What is awarded, besides to whom, where it is more than the badge."""


def wish(person: str, **more: Any) -> dict[str, Any]:
    """An award to the person, as the API takes it."""
    return {"recipient": {"identity": person, "type": "email"}, **more}


def _awards(**more: Any) -> Callable[[Target], Turns]:
    return lambda target: [
        [target.award("assertions", wish(person, **more))] for person in target.people
    ]


def _batch(count: int) -> Callable[[Target], Turns]:
    def turns(target: Target) -> Turns:
        people = (target.people * (count // len(target.people) + 1))[:count]
        return [[target.award("issue", {"assertions": [wish(p, **STORY) for p in people]})]]

    return turns


def _token(target: Target) -> Turns:
    if not target.password:
        return []
    return [[target.form("/o/token", username=target.person, password=target.password)]]


def _not_modified(target: Target) -> Turns:
    turns = []
    for path in target.documents[::5]:
        tag = target.address.ask(target.get(path)).headers.get(b"etag")
        if tag is None:
            return []
        turns.append([target.get(path, **{"If-None-Match": tag.decode()})])
    return turns


def _verifier(target: Target) -> Turns:
    common = [target.get(path) for path in target.common]
    return [
        [target.get(document), *common, target.get(image)]
        for document, image in zip(target.documents, target.images, strict=True)
    ]


def _of_class(target: Target, **query: Any) -> bytes:
    path = f"/v2/badgeclasses/{target.badgeclass}/assertions"
    return target.read(f"{path}?{urlencode(query, quote_via=quote)}")


def _changed(target: Target) -> Turns:
    return [[target.read(f"/v2/assertions/changed?{urlencode({'since': target.since})}")]]


def _revoke(target: Target) -> Turns:
    body = json.dumps({"revocation_reason": "Issued in error"}).encode()
    return [
        [
            target.address.request(
                "DELETE", f"/v2/assertions/{name}", body=body, headers=target.bearer
            )
        ]
        for name in target.revocable
    ]


OPERATIONS = (
    Operation("public document", lambda target: [[target.get(p)] for p in target.documents]),
    Operation("public document, 304", _not_modified, 304),
    Operation("baked image", lambda target: [[target.get(path)] for path in target.images]),
    Operation("verifier's set", _verifier),
    Operation("list page of 100", lambda target: [[_of_class(target, num=100)]]),
    Operation("changed feed", _changed, varies=True),
    Operation(
        "look-up by recipient",
        lambda target: [[_of_class(target, recipient=person)] for person in target.people],
    ),
    Operation("token", _token, writes=True, varies=True, stretch=4),
    Operation("award", _awards(), 201, writes=True, varies=True, awards=1),
    Operation("award with evidence", _awards(**STORY), 201, writes=True, varies=True, awards=1),
    Operation("award with notice", _awards(notify=True), 201, writes=True, varies=True, awards=1),
    Operation("batch of 100", _batch(100), 201, writes=True, varies=True, alone=True, awards=100),
    Operation(
        "batch of 1,000", _batch(1000), 201, writes=True, varies=True, alone=True, awards=1000
    ),
    Operation("revoke", _revoke, writes=True, varies=True, spends=True),
)
STATIC = Operation("static answer", lambda target: [[target.get("/health")]])
HASHER = Operation(
    "password hasher",
    lambda target: [[target.form("/hash", hash=target.hash, password=target.password)]],
    stretch=4,
)
REFERENCES = (STATIC, HASHER)
"""What only the floor is asked."""
