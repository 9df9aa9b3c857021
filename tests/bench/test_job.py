"""The job of many awards, sent to a server of the same wire and looked at until its end."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

from benchmarks import job
from benchmarks.bulk import address
from benchmarks.operations import Target
from benchmarks.wire import Address


@dataclass
class Asked:
    """What came in."""

    lines: list[dict[str, Any]] = field(default_factory=list)
    paths: list[tuple[str, str, str | None, str | None]] = field(default_factory=list)


@contextmanager
def taking(*states: str, status: int = 202) -> Iterator[tuple[Target, Asked]]:
    """A server whose job is in these states, one after the other."""
    asked, coming = Asked(), iter(states)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            body = self.rfile.read(length)
            asked.lines = [json.loads(line) for line in body.splitlines()]
            self._answer(status)

        def do_GET(self) -> None:
            self._answer(200)

        def _answer(self, status: int) -> None:
            media_type, token = self.headers["Content-Type"], self.headers["Authorization"]
            asked.paths.append((self.command, self.path, media_type, token))
            total = len(asked.lines)
            found = {
                "entityType": "AwardJob",
                "entityId": "J1",
                "state": next(coming),
                "total": total,
                "done": total - 1,
                "failed": 1,
                "statusUrl": "https://badges.example.org/v2/jobs/J1",
            }
            content = json.dumps({"status": {"success": True}, "result": [found]}).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        to = Address("127.0.0.1", server.server_address[1])
        yield Target(to, "abc", "B1", [], [], [], [], ""), asked
        server.shutdown()
        thread.join(10)


def test_a_job_is_sent_line_by_line_and_followed_to_its_end():
    with taking("queued", "running", "done") as (target, asked):
        outcome = job.follow(target, 2500, 2000, print)

    assert (outcome.total, outcome.failed, outcome.trouble) == (2500, 1, "")
    assert outcome.seconds > outcome.accepted > 0
    assert [line["recipient"]["identity"] for line in asked.lines] == [
        address(number % 2000) for number in range(2500)
    ]
    assert len(asked.lines[0]["evidence"]) == 1
    assert asked.paths == [
        ("POST", "/v2/badgeclasses/B1/issue?async=1", "application/x-ndjson", "Bearer abc"),
        *[("GET", "/v2/jobs/J1", None, "Bearer abc")] * 2,
    ]


def test_a_job_that_fails_gives_no_figures():
    with taking("running", "failed") as (target, _):
        assert job.follow(target, 5, 5, print).trouble == "it ended as failed"


def test_a_server_without_jobs_is_said_to_have_none():
    with taking("done", status=404) as (target, _):
        assert job.follow(target, 5, 5, print).trouble.startswith("it was answered 404: ")
