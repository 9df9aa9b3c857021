"""What the documents point at is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = sorted((ROOT / "docs").glob("*.md")) + sorted(ROOT.glob("*.md"))


@pytest.mark.parametrize("name", ["asvs.md", "threat-model.md"])
def test_every_test_that_is_named_as_a_proof_is_there(name: str):
    named = set(re.findall(r"`([\w/]+\.py)`", (ROOT / "docs" / name).read_text("utf-8")))

    assert len(named) > 20
    assert {
        path
        for path in named
        if not any((ROOT / part / path).exists() for part in ("tests", "src/rosette"))
    } == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_documents_lead_somewhere(page: Path):
    led = re.findall(r"\]\((?!https?:|mailto:|#)([^)#\s]+)", page.read_text("utf-8"))

    assert [path for path in led if not (page.parent / path).exists()] == []
