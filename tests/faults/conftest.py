"""The sites that the faults are done to, and the table of what came of it."""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.environment import DATABASE
from tests.faults import site as sites
from tests.faults.site import Site
from tests.services import Unavailable

SECONDS = float(os.environ.get("FAULTS_SECONDS", "3"))
"""How long the load lasts, where longer is harder; ``make faults`` says minutes."""

Told = Callable[[str, str], None]


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The small site when the suite runs on SQLite, the large one on PostgreSQL."""
    make = sites.large if DATABASE == "postgresql" else sites.small
    try:
        with make(tmp_path_factory.mktemp("site")) as made:
            yield made
    except Unavailable as why:
        pytest.skip(str(why))


@pytest.fixture
def badge(site: Site) -> str:
    """A badge class of the test's own."""
    return site.badgeclass()


@pytest.fixture
def told() -> Told:
    """Note a fault and what came of it, for the table."""
    table = os.environ.get("FAULTS_TABLE")

    def note(fault: str, result: str) -> None:
        if table:
            with Path(table).open("a") as file:
                file.write(json.dumps([fault, DATABASE, result]) + "\n")

    return note
