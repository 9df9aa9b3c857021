"""``rosette award``: a table of people at the shell; and jobs that outlive their worker."""

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.served import Served, serving

MANY = 30_000


class Site:
    """A served Rosette with Ada, her issuer and a badge class, asked over HTTP."""

    def __init__(self, server: Served) -> None:
        self.server = server
        self.email = f"ada-{time.time_ns()}@example.org"
        server.add_person(self.email, "correct horse")
        form = f"username={self.email}&password=correct+horse"
        self.token = self.ask("POST", "/o/token", form, kind="application/x-www-form-urlencoded")[
            "access_token"
        ]
        issuer = self.made(
            "/v2/issuers",
            {"name": "Harbor", "url": "https://h.example.org", "email": self.email},
        )
        self.badgeclass = self.made(
            f"/v2/issuers/{issuer}/badgeclasses",
            {"name": "Knots", "criteriaNarrative": "Tie ten", "image": PNG},
        )

    def ask(self, verb: str, path: str, body: str = "", kind: str = "application/json") -> Any:
        door = http.client.HTTPConnection(urlsplit(self.server.url).netloc, timeout=60)
        headers = {"Content-Type": kind, "Accept": "application/json"}
        if hasattr(self, "token"):
            headers["Authorization"] = f"Bearer {self.token}"
        door.request(verb, path, body.encode(), headers)
        answer = door.getresponse()
        content = answer.read()
        door.close()
        assert answer.status < 300, content
        return json.loads(content)

    def made(self, path: str, body: dict[str, Any]) -> str:
        name: str = self.ask("POST", path, json.dumps({"description": "d"} | body))["result"][0][
            "entityId"
        ]
        return name

    def awarded(self) -> list[str]:
        """Who holds an award of the badge class, each as often as they do."""
        path = f"/v2/badgeclasses/{self.badgeclass}/assertions"
        return sorted(
            item["recipient"]["plaintextIdentity"] for item in self.ask("GET", path)["result"]
        )

    def award(self, *arguments: str, table: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "rosette", "award", self.badgeclass, "--csv", "-"]
        return subprocess.run(
            [*command, *arguments],
            input=table,
            env=dict(self.server.environment),
            cwd=self.server.data_dir,
            text=True,
            capture_output=True,
        )


PNG = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAA"
    "CklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="
)


@pytest.fixture
def site(served: Served) -> Site:
    return Site(served)


def test_a_table_is_awarded_and_what_is_refused_is_named(site: Site):
    table = "Email,Narrative\nbob@example.org,Well done\nnobody,\ncarol@example.org,\n"
    done = site.award("--by", site.email.upper(), table=table)

    assert done.returncode == 1
    assert done.stdout.startswith("2 awarded, 1 refused.  Job ")
    assert done.stdout.endswith("  row 2: recipient: Enter a valid email address.\n")
    assert site.awarded() == ["bob@example.org", "carol@example.org"]


def test_a_cell_of_several_lines_is_taken_as_it_stands(site: Site):
    done = site.award(table='email,narrative\nbob@example.org,"Bowline\nClove hitch"\n')

    assert done.returncode == 0, done.stderr
    path = f"/v2/badgeclasses/{site.badgeclass}/assertions"
    (award,) = site.ask("GET", path)["result"]
    assert award["narrative"] == "Bowline\nClove hitch"


def test_without_a_name_an_owner_awards(site: Site):
    done = site.award(table="email\nbob@example.org\n")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("1 awarded, 0 refused.  Job ")


@pytest.mark.parametrize(
    ("arguments", "table", "said"),
    [
        ((), "name\nBob\n", "The first line must name a column `email`."),
        (("--by", "stranger@example.org"), "email\nb@example.org\n", "nobody to award it"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_line(
    site: Site, arguments: tuple[str, ...], table: str, said: str
):
    done = site.award(*arguments, table=table)
    assert done.returncode == 1
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert site.awarded() == []


@contextmanager
def running(verb: str, server: Served) -> Iterator[subprocess.Popen[bytes]]:
    """``rosette serve`` or ``rosette work`` on the server's data."""
    process = subprocess.Popen(
        [sys.executable, "-m", "rosette", verb],
        env=dict(server.environment),
        cwd=server.data_dir,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def worker_of(server: Served) -> int:
    """The process that works for the server."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
            place = (folder / "environ").read_bytes()
        except OSError:
            continue
        if b"work" in words and str(server.data_dir).encode() in place:
            return int(folder.name)
    raise AssertionError("no worker runs")


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="wants Linux")
def test_a_worker_that_is_killed_loses_and_repeats_nothing(tmp_path: Path):
    with serving(tmp_path, ROSETTE_NOTIFY_ON_FIRST_AWARD="false") as server:
        site = Site(server)
        people = sorted(f"person-{number}@example.org" for number in range(MANY))
        lines = "\n".join(json.dumps({"recipient": {"identity": name}}) for name in people)
        path = f"/v2/badgeclasses/{site.badgeclass}/issue?async=1"
        job = site.ask("POST", path, lines, kind="application/x-ndjson")["result"][0]["entityId"]
        while not 0 < site.ask("GET", f"/v2/jobs/{job}")["result"][0]["done"] < MANY:
            time.sleep(0.02)
        os.kill(worker_of(server), signal.SIGKILL)  # and the whole server ends
    with running("serve", server), running("work", server):
        for _ in range(300):
            time.sleep(0.2)
            try:
                state = site.ask("GET", f"/v2/jobs/{job}")["result"][0]
            except OSError:
                continue  # it is still starting
            if state["state"] == "done":
                break
        assert (state["state"], state["awarded"], state["failed"]) == ("done", MANY, 0)
        assert site.awarded() == people
