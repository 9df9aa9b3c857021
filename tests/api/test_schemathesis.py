"""
Schemathesis against a started server: no fault of its own, and no answer that is not described.

It makes requests of the description: the examples, the edges of every schema, and random ones,
right and wrong; always the same. The server is one of its own, since so many wrong passwords make
it deaf for a while.
"""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import orjson
import pytest

from rosette.api import examples
from tests.environment import DATABASE
from tests.served import Served, serving

PERSON = "ada@example.org"
PASSWORD = "knots and splices"
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "response_headers_conformance",
    "unsupported_method",
    "allow_header_conformance",
    "ignored_auth",
)
# The edges are refused before a database is asked, and take the longest.
PHASES = "examples,fuzzing" if DATABASE == "postgresql" else "examples,coverage,fuzzing"
# Words that hurt, strewn among the random ones.
NASTY = [
    *("\0", "a\0b", "999999999999999999999", "-1", "1e999", "NaN", "٣", "<b>x</b>", "![x](y)"),
    *("data:image/png;base64,AAAA", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"),
]
CONFIGURATION = """
[phases.coverage]
unexpected-methods = ["PATCH"]
[parameters]
"path.issuerId" = {{ dictionary = "issuer", probability = 0.7 }}
"path.badgeClassId" = {{ dictionary = "badgeclass", probability = 0.7 }}
"path.assertionId" = {{ dictionary = "assertion", probability = 0.7 }}
"path.userId" = {{ dictionary = "person", probability = 0.7 }}
[generation.dictionaries]
string = {{ dictionary = "nasty", probability = 0.1 }}
[dictionaries]
issuer.values = {issuer}
badgeclass.values = {badgeclass}
assertion.values = {assertion}
person.values = {person}
nasty.values = {nasty}
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server of this test's own."""
    with serving(tmp_path_factory.mktemp("schemathesis")) as server:
        server.add_person(PERSON, PASSWORD)
        yield server


def call(url: str, body: Any = None, token: str | None = None) -> Any:
    """What the server answers to a GET, or to a POST if there is a body."""
    request = Request(url, None if body is None else orjson.dumps(body))
    if body is not None:
        request.add_header("Content-Type", "application/json")
    if token is not None:
        request.add_header("Authorization", f"Bearer {token}")
    with urlopen(request, timeout=60) as answer:
        return orjson.loads(answer.read())


@pytest.mark.served
def test_server_answers_as_described_whatever_it_is_asked(server: Served, tmp_path: Path):
    token = call(f"{server.url}/o/token", {"username": PERSON, "password": PASSWORD})[
        "access_token"
    ]
    description = orjson.dumps(call(f"{server.url}/docs/v2/openapi.json")).decode()
    real = rows(server.url, token, orjson.loads(description))
    for kind, name in real.items():
        description = description.replace(getattr(examples, kind.upper()), name)
    (tmp_path / "openapi.json").write_text(description, "utf-8")
    dictionaries = {kind: orjson.dumps([name]).decode() for kind, name in real.items()}
    (tmp_path / "schemathesis.toml").write_text(
        CONFIGURATION.format(**dictionaries, nasty=orjson.dumps(NASTY).decode()), "utf-8"
    )

    run = subprocess.run(
        [
            *(Path(sys.executable).parent / "schemathesis", "run", "openapi.json"),
            *("--url", server.url, "--header", f"Authorization: Bearer {token}"),
            *("--phases", PHASES, "--checks", ",".join(CHECKS)),
            *("--generation-deterministic", "--max-examples", "10", "--no-shrink"),
            # One worker: Python 3.11.2 crashes where two threads parse code at a time (gh-106905).
            *("--continue-on-failure", "--workers", "1", "--warnings", "off", "--no-color"),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )

    assert run.returncode == 0, f"{run.stdout}\n{run.stderr}\n{server.log.read_text('utf-8')}"
    operations = sum(len(verbs) for verbs in orjson.loads(description)["paths"].values())
    assert f"Tested: {operations}" in run.stdout, run.stdout


def rows(url: str, token: str, description: Any) -> dict[str, str]:
    """Things that are there, by kind, made by the examples of the description."""
    found = {"person": call(f"{url}/v2/users/self", token=token)["result"][0]["entityId"]}
    steps = [
        ("issuer", "/v2/issuers", "/v2/issuers"),
        ("badgeclass", "/v2/issuers/{issuerId}/badgeclasses", "/v2/issuers/{issuer}/badgeclasses"),
        (
            "assertion",
            "/v2/badgeclasses/{badgeClassId}/assertions",
            "/v2/badgeclasses/{badgeclass}/assertions",
        ),
    ]
    for kind, path, filled in steps:
        content = description["paths"][path]["post"]["requestBody"]["content"]
        example = content["application/json"]["example"]
        answer = call(url + filled.format(**found), example, token)
        found[kind] = answer["result"][0]["entityId"]
    return found
