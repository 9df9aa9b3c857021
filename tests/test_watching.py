"""Logs, figures and traces of a started server, with two processes that answer."""

import json
import re
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from rosette import metrics, wsgi
from rosette.public import express, health
from rosette.watching import pretty
from tests.public.test_express import PATHS, environ
from tests.served import Served, serving

PASSWORD = "knots and splices"
TOKEN = "scrape-0123456789"


@dataclass
class Collector:
    """A little OTLP receiver; ``spans`` is what came in, ``headers`` those of the last request."""

    url: str = ""
    spans: list[Any] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)


@pytest.fixture(scope="module")
def collector() -> Iterator[Collector]:
    found = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                import gzip

                body = gzip.decompress(body)
            found.headers = {name.lower(): value for name, value in self.headers.items()}
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
                for scope in resource.scope_spans:
                    found.spans.extend(scope.spans)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    found.url = f"http://127.0.0.1:{server.server_port}/v1/traces"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield found
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory, collector: Collector) -> Iterator[Served]:
    """A watched server on which Ada has signed in, awarded, revoked and mistyped."""
    with serving(
        tmp_path_factory.mktemp("watched"),
        ROSETTE_LOG_FORMAT="json",
        ROSETTE_ACCESS_LOG="true",
        ROSETTE_METRICS_TOKEN=TOKEN,
        ROSETTE_LOGIN_BACKOFF_MAX_SECONDS="0",
        ROSETTE_OTLP_URL=collector.url,
        ROSETTE_OTLP_HEADERS="x-tenant=harbor",
        OTEL_BSP_SCHEDULE_DELAY="100",
    ) as server:
        server.add_person("ada@harbor.example.org", PASSWORD)
        call(server, "POST", "/o/token", username="ada@harbor.example.org", password="wr0ng-guess")
        made = call(
            server, "POST", "/o/token", username="ada@harbor.example.org", password=PASSWORD
        )
        token = made["access_token"]
        issuer = call(
            server,
            "POST",
            "/v2/issuers",
            token,
            name="Harbor",
            description="Night school",
            url="https://harbor.example.org",
            email="ada@harbor.example.org",
        )["result"][0]["entityId"]
        knots = call(
            server,
            "POST",
            f"/v2/issuers/{issuer}/badgeclasses",
            token,
            name="Knots",
            description="Ties them",
            criteriaNarrative="Tie ten",
            image=_image(),
        )["result"][0]["entityId"]
        for _ in range(3):
            award = call(
                server,
                "POST",
                f"/v2/badgeclasses/{knots}/assertions",
                token,
                recipient={"identity": "bob@pier.example.org"},
                notify=True,
            )["result"][0]["entityId"]
        for _ in range(30):
            call(server, "GET", f"/public/assertions/{award}?identity__email=bob@pier.example.org")
            call(server, "GET", f"/public/assertions/{award}")
        call(server, "DELETE", f"/v2/assertions/{award}", token, revocation_reason="Error")
        call(server, "GET", "/v2/auth/confirm-email/t0ken-0f-a-mail")
        call(server, "GET", "/nowhere/at-all")
        (server.data_dir / "told").write_text(token)
        yield server


def _image() -> str:
    from rosette.api import examples

    return examples.IMAGE


def call(server: Served, verb: str, path: str, token: str = "", **body: Any) -> Any:
    """One request on a connection of its own, so that any process may get it."""
    there = HTTPConnection(urlsplit(server.url).netloc, timeout=30)
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    there.request(verb, path, json.dumps(body) if body else None, headers)
    answer = there.getresponse().read()
    there.close()
    try:
        return json.loads(answer)
    except ValueError:
        return answer.decode()


def figures(server: Served) -> dict[str, float]:
    """What stands on the page, by name with labels."""
    page = call(server, "GET", "/metrics", TOKEN)
    return {
        name: float(value)
        for line in page.splitlines()
        if not line.startswith("#")
        for name, _, value in [line.rpartition(" ")]
    }


def total(found: dict[str, float], beginning: str) -> float:
    return sum(value for name, value in found.items() if name.startswith(beginning))


@pytest.mark.served
def test_the_figures_are_those_of_all_processes(busy: Served):
    found = figures(busy)

    route = (
        'rosette_requests_total{method="GET",route="/public/assertions/:entity_id",status="200"}'
    )
    assert found[route] == 60
    assert found["rosette_awards_total"] == 3
    assert found["rosette_revocations_total"] == 1
    assert (
        found['rosette_request_seconds_count{method="DELETE",route="/v2/assertions/:assertion_id"}']
        == 1
    )
    assert found['rosette_requests_total{method="POST",route="/o/token",status="400"}'] == 1
    assert found["rosette_database_seconds_count"] > 60
    assert found["rosette_mails_queued"] >= 0
    assert found['rosette_jobs_kept{state="failed"}'] == 0
    memory = [name for name in found if name.startswith("rosette_process_resident_bytes")]
    assert sum('role="web"' in name for name in memory) == 2
    assert all(found[name] > 10_000_000 for name in memory)
    # Each page is made by whichever process is asked, and of the same files.
    pages = [total(figures(busy), "rosette_requests_total") for _ in range(6)]
    assert pages == sorted(pages)
    assert pages[-1] - pages[0] == 5


@pytest.mark.served
def test_the_worker_counts_as_well(busy: Served):
    patience = time.monotonic() + 60
    # The one of the award that was taken back is skipped, if that was quicker.
    while total(found := figures(busy), "rosette_mails_total") < 3:
        assert time.monotonic() < patience
        time.sleep(0.2)

    assert found['rosette_jobs_total{state="done",task="send_notices"}'] >= 1
    assert any('role="work"' in name for name in found)


@pytest.mark.served
def test_strangers_are_told_nothing(busy: Served):
    for token in ("", "wrong"):
        assert "rosette_" not in str(call(busy, "GET", "/metrics", token))


@pytest.mark.served
def test_every_request_is_logged_and_no_secret_with_it(busy: Served):
    patience = time.monotonic() + 10
    while "/unknown" not in (log := busy.log.read_text("utf-8")) and "unknown" not in log:
        assert time.monotonic() < patience
        time.sleep(0.1)

    lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    access = [line for line in lines if line["logger"] == "rosette.access"]
    assert {(line["method"], line["route"], line["status"]) for line in access} >= {
        ("POST", "/o/token", 400),
        ("POST", "/o/token", 200),
        ("POST", "/v2/badgeclasses/:badgeclass_id/assertions", 201),
        ("GET", "/public/assertions/:entity_id", 200),
        ("GET", "unknown", 404),
    }
    assert "/v2/auth/confirm-email/:token" in {line["route"] for line in access}
    assert all(re.fullmatch(r"[0-9a-f]{24}", line["id"]) for line in access)
    secrets = ["harbor.example.org", "pier.example.org", PASSWORD, "wr0ng-guess", "t0ken-0f-a-mail"]
    secrets += [TOKEN, (busy.data_dir / "told").read_text()]
    written = "\n".join(line for line in log.splitlines() if line.startswith("{"))
    assert [secret for secret in secrets if secret in written] == []


@pytest.mark.served
def test_traces_reach_the_collector(busy: Served, collector: Collector):
    parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    there = HTTPConnection(urlsplit(busy.url).netloc, timeout=30)
    there.request("GET", "/v2/issuers", headers={"traceparent": parent})
    there.getresponse().read()
    there.close()

    def seen() -> dict[str, Any]:
        return {span.name: span for span in list(collector.spans)}

    patience = time.monotonic() + 60
    wanted = {"GET /v2/issuers", "POST /v2/badgeclasses/:badgeclass_id/assertions", "send_notices"}
    while not seen().keys() >= wanted:
        assert time.monotonic() < patience, sorted(seen())
        time.sleep(0.1)

    spans = list(collector.spans)
    child = seen()["GET /v2/issuers"]
    assert child.trace_id.hex() == "0af7651916cd43dd8448eb211c80319c"
    assert child.parent_span_id.hex() == "b7ad6b7169203331"
    award = seen()["POST /v2/badgeclasses/:badgeclass_id/assertions"]
    statements = [span for span in spans if span.parent_span_id == award.span_id]
    assert any("INSERT INTO rosette_assertion" in str(span.attributes) for span in statements)
    assert any(span.parent_span_id == seen()["send_notices"].span_id for span in spans)
    assert collector.headers["x-tenant"] == "harbor"
    told = str([(span.name, *span.attributes, *span.events) for span in spans])
    assert "@" not in told
    assert "wr0ng-guess" not in told


@pytest.mark.served
def test_the_log_of_a_busy_server_is_whole(busy: Served):
    said = busy.rosette("audit", "verify")
    assert said.endswith("The log is as it was written.\n")
    head = re.search(r"head ([0-9a-f]{64})", said)
    assert head
    assert "award.revoke" in busy.rosette("audit", "show", "--action", "award.revoke")
    busy.rosette("audit", "verify", "--expect", head[1])
    busy.rosette("audit", "export", str(busy.data_dir / "audit.csv"))
    table = (busy.data_dir / "audit.csv").read_text("utf-8")
    assert "sign-in.refuse" in table
    assert "account.create,operator" in table
    assert "@" not in table


@pytest.mark.django_db
def test_what_is_missing_is_named_and_nothing_else(monkeypatch: pytest.MonkeyPatch):
    assert Client().get("/ready").json() == {"ready": True, "missing": []}

    monkeypatch.setattr(health.figures, "_migrated", False)
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'rosette'")
    answer = Client().get("/ready")
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert answer.json() == {"ready": False, "missing": ["migrations"]}


@pytest.mark.django_db
def test_keys_that_cannot_be_opened_are_named(settings):
    from rosette.operations import keys

    keys.published(None)
    other = "another master key of thirty-two letters"
    settings.ROSETTE = settings.ROSETTE.model_copy(update={"master_key": other})

    assert Client().get("/ready").json()["missing"] == ["keys"]


@pytest.mark.django_db
def test_a_secret_of_a_webhook_that_cannot_be_opened_is_missed_too(settings):
    from rosette.operations import webhooks
    from rosette.operations.policies import Actor
    from tests import factories

    ada = factories.user()
    issuer = factories.issuer(ada)
    webhooks.create(issuer, {"url": "https://harbor.example.org/b"}, by=Actor.person(ada))
    other = "another master key of thirty-two letters"
    settings.ROSETTE = settings.ROSETTE.model_copy(update={"master_key": other})

    assert Client().get("/ready").json()["missing"] == ["keys"]


@pytest.mark.django_db
def test_nothing_is_ready_without_a_master_key(settings, tmp_path: Path):
    none = {"master_key": "", "data_dir": tmp_path}
    settings.ROSETTE = settings.ROSETTE.model_copy(update=none)

    assert Client().get("/ready").json() == {"ready": False, "missing": ["keys"]}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("networks", "proxies", "forwarded", "remote", "status"),
    [
        ("10.0.0.0/8", 0, None, "10.1.2.3", 200),
        ("10.0.0.0/8", 0, None, "192.0.2.1", 404),
        ("127.0.0.1", 0, "203.0.113.9", "127.0.0.1", 404),
        ("127.0.0.1", 1, "203.0.113.9", "127.0.0.1", 404),
        ("203.0.113.0/24", 1, "203.0.113.9", "127.0.0.1", 200),
        ("2001:db8::/32", 0, None, "2001:db8::1", 200),
        ("2001:db8::/32", 0, None, "2001:db9::1", 404),
        ("10.0.0.0/8", 0, None, "", 404),
    ],
)
def test_the_networks_of_the_settings_may_read(
    settings,
    monkeypatch: pytest.MonkeyPatch,
    networks: str,
    proxies: int,
    forwarded: str | None,
    remote: str,
    status: int,
):
    changed = {"metrics_networks": networks, "trusted_proxies": proxies}
    settings.ROSETTE = settings.ROSETTE.model_copy(update=changed)
    monkeypatch.setattr(metrics, "is_on", lambda: True)
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}

    assert Client(headers=headers).get("/metrics", REMOTE_ADDR=remote).status_code == status


@pytest.mark.django_db(transaction=True)
def test_the_door_names_routes_as_the_views_do():
    from rosette.public import urls  # noqa: F401

    for path in PATHS[:1] + PATHS[2:]:
        kind = path.split("/")[2]
        from django.urls import resolve

        assert pretty(resolve(path).route) == pretty(f"public/{kind}/:entity_id")


def test_an_unwatched_door_adds_nothing_to_prompt_answers(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(
        express, "answered", lambda _: express.Answer("200 OK", [("ETag", "x")], b"")
    )
    told: list[Any] = []
    wsgi.application(environ(PATHS[0]), lambda status, headers: told.append(headers))
    wsgi.application(
        environ(PATHS[0], HTTP_X_REQUEST_ID="lesson-17"),
        lambda status, headers: told.append(headers),
    )

    assert told == [[("ETag", "x")], [("ETag", "x"), ("X-Request-ID", "lesson-17")]]


def test_nothing_is_loaded_where_nothing_is_asked_for(tmp_path: Path):
    import subprocess
    import sys

    program = (
        "import os; os.environ['DJANGO_SETTINGS_MODULE'] = 'rosette.settings'\n"
        "import sys; from rosette import wsgi\n"
        "print([name for name in sys.modules if name in ('prometheus_client', 'opentelemetry')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={"ROSETTE_DATA_DIR": str(tmp_path), "ROSETTE_SECRET_KEY": "x"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "[]\n"
