"""The reference validator of Open Badges 2.0 before badges of a started server."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from threading import Thread
from typing import Any
from xml.etree import ElementTree

import pytest
import requests
from openbadges_bakery import unbake

from tests.api.client import PNG, SVG
from tests.clients.people import Person, address, person
from tests.served import Served
from tests.validators.reference import Report, validate

pytestmark = pytest.mark.served

Entity = dict[str, Any]
IMAGES = pytest.mark.parametrize(
    ("image", "ending"), [(PNG, "png"), (SVG, "svg")], ids=["png", "svg"]
)


@pytest.fixture(scope="module")
def ada(served: Served) -> Person:
    """Who awards."""
    return person(served, "ada")


def _is_valid(report: Report) -> bool:
    assert (report.valid, report.errors, report.warnings) == (True, (), ())
    return report.raw["report"]["openBadgesVersion"] == "2.0"


def _baked(award: Entity, folder: Path, ending: str) -> Path:
    """The baked image, as somebody downloads it."""
    file = folder / f"badge.{ending}"
    file.write_bytes(requests.get(f"{award['openBadgeId']}/baked").content)
    return file


def _unbaked(file: Path) -> Entity:
    """What the field's own tool takes out of the image; of an SVG it tells the address only."""
    text = unbake(BytesIO(file.read_bytes()))
    if file.suffix == ".svg":
        element = ElementTree.fromstring(file.read_bytes()).find("{http://openbadges.org}assertion")
        assert element is not None
        assert element.get("verify") == text
        text = element.text
    document: Entity = json.loads(text)
    return document


def _document(award: Entity) -> Entity:
    headers = {"Accept": "application/ld+json"}
    document: Entity = requests.get(award["openBadgeId"], headers=headers).json()
    return document


def _context(origin: str) -> Entity:
    """The context of an extension, which names the schema that it is checked by."""
    return {
        "@context": {
            "extensions": "https://w3id.org/openbadges/extensions#",
            "obi": "https://w3id.org/openbadges#",
            "fathoms": "extensions:fathoms",
        },
        "obi:validation": [
            {
                "obi:validatesType": "extensions:Depth",
                "obi:validationSchema": f"{origin}/schema.json",
            }
        ],
    }


@contextmanager
def _published(folder: Path) -> Iterator[str]:
    """Another site, which serves what is in the folder: its address."""

    class Handler(SimpleHTTPRequestHandler):
        def log_message(self, *message: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=folder))
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@IMAGES
def test_a_badge_is_valid_as_a_document_and_baked(
    ada: Person, tmp_path: Path, image: str, ending: str
) -> None:
    award = ada.award(ada.badgeclass(image=image), address("bob"))

    baked = _baked(award, tmp_path, ending)

    for badge in (award["openBadgeId"], f"{award['openBadgeId']}/baked", baked):
        assert _is_valid(validate(badge)), badge
    assert _unbaked(baked) == _document(award)


@IMAGES
def test_a_badge_with_all_that_it_can_have_is_valid(
    ada: Person, tmp_path: Path, image: str, ending: str
) -> None:
    badgeclass = ada.badgeclass(
        ada.issuer(image=image),
        image=image,
        criteriaUrl="https://harbor.example.org/knots",
        tags=["rope", "Knöt 🪢"],
        alignments=[
            {
                "targetName": "Std 1",
                "targetUrl": "https://std.example.org/1",
                "targetDescription": "Ropes",
                "targetFramework": "Std",
                "targetCode": "1.a",
            },
            {"targetName": "Std 2", "targetUrl": "https://std.example.org/2"},
        ],
        expires={"amount": 1, "duration": "years"},
    )
    award = ada.award(
        badgeclass,
        address("bob"),
        narrative="Tied them **all**",
        evidence=[
            {"url": "https://harbor.example.org/log", "narrative": "The log"},
            {"url": "https://harbor.example.org/film"},
            {"narrative": "Everybody saw it"},
        ],
        issuedOn="2024-05-02T11:30:00.134978+02:00",
        expires="2099-01-01T00:00:00Z",
    )

    baked = _baked(award, tmp_path, ending)

    for badge in (award["openBadgeId"], baked):
        report = validate(badge)
        assert _is_valid(report), badge
        nodes = {node["id"] for node in report.raw["graph"]}
        assert {award["openBadgeId"], badgeclass["openBadgeId"]} <= nodes
    assert _unbaked(baked) == _document(award)


@pytest.mark.parametrize(
    "recipient",
    [
        {"identity": "bob@example.org", "type": "email", "hashed": False},
        {"identity": "https://bob.example.org/", "type": "url"},
        {"identity": "https://bob.example.org/", "type": "url", "hashed": True},
        {"identity": "+15415550100", "type": "telephone"},
        {"identity": "https://bob.example.org/profile", "type": "openBadgeId"},
    ],
    ids=["email in the clear", "url", "hashed url", "telephone", "openBadgeId"],
)
def test_every_kind_of_recipient_is_valid(ada: Person, recipient: Entity) -> None:
    award = ada.award(ada.badgeclass(), "", recipient=recipient)

    assert _is_valid(validate(award["openBadgeId"]))


def test_an_issuer_of_few_words_is_valid(ada: Person) -> None:
    """As Moodle makes it."""
    issuer = ada.one(
        "POST",
        "/v2/issuers",
        {"type": "Issuer", "name": "H", "email": ada.email, "url": "https://h.example.org"},
    )
    award = ada.award(ada.badgeclass(issuer), address("bob"))

    assert _is_valid(validate(award["openBadgeId"]))


def test_extensions_that_can_be_looked_up_are_valid(ada: Person, tmp_path: Path) -> None:
    with _published(tmp_path) as origin:
        (tmp_path / "context.json").write_text(json.dumps(_context(origin)))
        (tmp_path / "schema.json").write_text(json.dumps({"required": ["fathoms"]}))
        extension = {
            "@context": f"{origin}/context.json",
            "type": ["Extension", "extensions:Depth"],
            "fathoms": 3,
        }
        badgeclass = ada.badgeclass(
            ada.issuer(extensions={"extensions:Depth": extension}),
            extensions={"extensions:Depth": extension},
        )
        award = ada.award(badgeclass, address("bob"), extensions={"extensions:Depth": extension})

        report = validate(award["openBadgeId"])

    assert _is_valid(report)
    assert _document(award)["extensions:Depth"] == extension


def test_extensions_that_cannot_be_looked_up_are_the_only_error(ada: Person) -> None:
    award = ada.award(
        ada.badgeclass(),
        address("bob"),
        extensions={"extensions:Depth": {"type": ["Extension", "extensions:Depth"], "fathoms": 3}},
    )

    report = validate(award["openBadgeId"])

    assert [error.partition(":")[0] for error in report.errors] == ["VALIDATE_EXTENSION_NODE"]


def test_a_changed_badge_is_valid_when_it_is_downloaded_again(ada: Person, tmp_path: Path) -> None:
    award = ada.award(ada.badgeclass(), address("bob"))
    before = _baked(award, tmp_path, "png").read_bytes()

    ada.one("PUT", f"/v2/assertions/{award['entityId']}", {"narrative": "Tied them twice"})

    baked = _baked(award, tmp_path, "png")
    assert baked.read_bytes() != before
    assert _is_valid(validate(baked))
    assert _unbaked(baked)["narrative"] == "Tied them twice"


def test_a_revoked_badge_is_not_valid(ada: Person, tmp_path: Path) -> None:
    award = ada.award(ada.badgeclass(), address("bob"))
    downloaded = _baked(award, tmp_path, "png")
    ada.call(
        "DELETE", f"/v2/assertions/{award['entityId']}", {"revocation_reason": "Issued in error"}
    )

    # What is left to read says no more than this, and so the validator misses all else.
    assert _document(award)["revoked"] is True
    for badge in (award["openBadgeId"], downloaded):
        report = validate(badge)
        assert not report.valid
        assert any("recipient not present" in error for error in report.errors), report.errors


def test_an_expired_badge_is_not_valid(ada: Person) -> None:
    award = ada.award(
        ada.badgeclass(),
        address("bob"),
        issuedOn="2024-01-01T00:00:00Z",
        expires="2024-06-01T00:00:00Z",
    )

    report = validate(award["openBadgeId"])

    assert not report.valid
    assert any("expired" in error for error in report.errors), report.errors
