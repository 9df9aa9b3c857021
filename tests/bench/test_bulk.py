"""A site that was filled in bulk is one as Rosette makes it."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from benchmarks.bulk import address
from benchmarks.floor.store import Store

from tests.environment import DATABASE
from tests.prepared import prepared_database


def database(folder: Path, name: str) -> str:
    settings = prepared_database(folder, f"bulk_{name}_{os.getpid()}")
    return settings.get("ROSETTE_DATABASE_URL", str(folder / "rosette.sqlite3"))


def run(url: str, folder: Path, *command: str) -> str:
    settings = {"ROSETTE_DATA_DIR": str(folder)}
    settings |= {"ROSETTE_DATABASE_URL": url} if DATABASE == "postgresql" else {}
    others = {name: value for name, value in os.environ.items() if not name.startswith("ROSETTE_")}
    done = subprocess.run(
        [sys.executable, "-m", *command], env=others | settings, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def indexes(url: str) -> set[Any]:
    """The indexes of the awards, and the constraints that stand for some."""
    store = Store(url)
    sql = "SELECT sql FROM sqlite_master WHERE type = 'index' AND tbl_name = 'rosette_assertion'"
    if DATABASE == "postgresql":
        sql = (
            "SELECT indexdef FROM pg_indexes WHERE tablename = 'rosette_assertion' UNION ALL"
            " SELECT conname || pg_get_constraintdef(oid) FROM pg_constraint"
            " WHERE conrelid = 'rosette_assertion'::regclass"
        )
    found = {definition for (definition,) in store.rows(sql)}
    store.close()
    return found


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("filled")
    url = database(folder, "filled")
    return url, json.loads(run(url, folder, "benchmarks.fill", "250", url))


def test_indexes_and_constraints_are_those_of_an_empty_site(
    filled: tuple[str, dict[str, Any]], tmp_path: Path
):
    empty = database(tmp_path, "empty")
    run(empty, tmp_path, "rosette", "init")

    assert indexes(filled[0]) == indexes(empty)
    assert len(indexes(empty)) > 4


def test_every_award_is_there_with_a_recipient_and_a_time_of_its_own(
    filled: tuple[str, dict[str, Any]],
):
    url, facts = filled
    store = Store(url)
    rows = store.rows(
        "SELECT entity_id, recipient_identity, created_at, salt FROM rosette_assertion ORDER BY id"
    )
    store.close()

    assert [row[1] for row in rows] == [address(number) for number in range(250)]
    assert [len({row[column] for row in rows}) for column in range(4)] == [250] * 4
    assert [row[2] for row in rows] == sorted(row[2] for row in rows)
    assert facts["assertions"] == [row[0] for row in rows]
    assert facts["last"]["rosette_assertion"] == 250
