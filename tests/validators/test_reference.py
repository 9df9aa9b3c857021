"""Our badges before the reference validator, served from this machine."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from rosette.openbadges import documents
from rosette.openbadges.baking import bake
from rosette.openbadges.credential import Credential, Revocation
from rosette.openbadges.jsonld import Document
from tests.openbadges.facts import AWARD, HARBOR, KNOTS, SVG, png
from tests.validators.reference import Report, validate


class Host:
    """A badge server on a free port: what lies under which path, as (media type, bytes)."""

    def __init__(self) -> None:
        self.pages: dict[str, tuple[str, bytes]] = {}
        pages = self.pages

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                media_type, body = pages.get(self.path, ("text/plain", b"not found"))
                self.send_response(200 if self.path in pages else 404)
                self.send_header("Content-Type", media_type)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *message: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.origin = f"http://127.0.0.1:{self.server.server_port}"

    def award(self) -> Credential:
        """Bob's award, with every id on this host."""
        harbor = replace(HARBOR, id=f"{self.origin}/issuer", image=f"{self.origin}/issuer.png")
        knots = replace(KNOTS, id=f"{self.origin}/badge", issuer=harbor, image=harbor.image)
        award = replace(AWARD, achievement=knots, image=f"{self.origin}/baked.png")
        return replace(award, id=f"{self.origin}/assertion", expires_on=None)

    def publish(self, award: Credential) -> None:
        """The award, its badge class, their issuer and all images."""
        for fact in (award, award.achievement, award.achievement.issuer):
            self.serve_document(fact.id.removeprefix(self.origin), documents.render(fact))
        text = json.dumps(documents.render(award))
        self.pages["/issuer.png"] = "image/png", png()
        self.pages["/baked.png"] = "image/png", bake(png(), text)
        self.pages["/baked.svg"] = "image/svg+xml", bake(SVG, text)

    def serve_document(self, path: str, document: Document) -> None:
        self.pages[path] = "application/ld+json", json.dumps(document).encode()


@contextmanager
def serving() -> Iterator[Host]:
    host = Host()
    thread = threading.Thread(target=host.server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield host
    host.server.shutdown()
    host.server.server_close()
    thread.join()


@pytest.fixture
def host() -> Iterator[Host]:
    with serving() as host:
        yield host


@pytest.fixture
def stranger() -> Iterator[Host]:
    with serving() as host:
        yield host


def tasks(report: Report) -> list[str]:
    """The tasks of the validator that found errors, in its order."""
    return [error.partition(":")[0] for error in report.errors]


def test_a_hosted_badge_is_valid(host: Host) -> None:
    host.publish(host.award())

    report = validate(f"{host.origin}/assertion")

    assert (report.valid, report.errors, report.warnings) == (True, (), ())
    assert report.raw["report"]["openBadgesVersion"] == "2.0"
    assert [node["id"] for node in report.raw["graph"] if not node["id"].startswith("_:")] == [
        f"{host.origin}/assertion",
        f"{host.origin}/badge",
        f"{host.origin}/issuer",
    ]


@pytest.mark.parametrize("name", ["baked.png", "baked.svg"])
def test_a_baked_badge_is_valid_as_a_url_and_as_a_file(
    host: Host, tmp_path: Path, name: str
) -> None:
    host.publish(host.award())
    file = tmp_path / name
    file.write_bytes(host.pages[f"/{name}"][1])

    for badge in (f"{host.origin}/{name}", file):
        report = validate(badge)
        assert (report.valid, report.errors, report.warnings) == (True, (), ())


def test_an_expired_badge_is_invalid(host: Host) -> None:
    host.publish(replace(host.award(), expires_on=datetime(2024, 6, 1, tzinfo=UTC)))

    report = validate(f"{host.origin}/assertion")

    assert (report.valid, tasks(report)) == (False, ["ASSERTION_TIMESTAMP_CHECKS"])


def test_a_badge_from_elsewhere_than_its_issuer_is_invalid(host: Host, stranger: Host) -> None:
    award = host.award()
    victim = stranger.award()
    stranger.publish(victim)
    host.publish(award)
    claimed = replace(award.achievement, issuer=victim.achievement.issuer)
    host.serve_document("/badge", documents.render(claimed))

    report = validate(f"{host.origin}/assertion")

    assert (report.valid, tasks(report)) == (False, ["HOSTED_ID_IN_VERIFICATION_SCOPE"])


def test_a_tampered_document_is_invalid(host: Host) -> None:
    award = host.award()
    host.publish(award)
    host.serve_document("/assertion", documents.render(award) | {"issuedOn": "yesterday"})

    report = validate(f"{host.origin}/assertion")

    assert (report.valid, tasks(report)) == (
        False,
        ["VALIDATE_PROPERTY", "ASSERTION_TIMESTAMP_CHECKS"],
    )


def test_a_revoked_badge_is_invalid(host: Host) -> None:
    host.publish(replace(host.award(), revocation=Revocation("Issued in error")))

    report = validate(f"{host.origin}/assertion")

    # The validator knows no revoked stub: it misses what the stub leaves out.
    assert (report.valid, tasks(report)) == (
        False,
        ["VALIDATE_PROPERTY"] * 4 + ["ASSERTION_TIMESTAMP_CHECKS", "FLATTEN_EMBEDDED_RESOURCE"],
    )


@pytest.mark.parametrize(("name", "image"), [("plain.png", png()), ("plain.svg", SVG)])
def test_an_image_without_badge_is_invalid(tmp_path: Path, name: str, image: bytes) -> None:
    file = tmp_path / name
    file.write_bytes(image)

    report = validate(file)

    assert (report.valid, report.errors) == (
        False,
        ("DETECT_INPUT_TYPE: Could not find Open Badges metadata in file.",),
    )
