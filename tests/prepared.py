"""
A database that has all tables and no rows: made once, and copied wherever one is needed.

Applying the migrations takes ten seconds; nearly every test is about something else. What was made
is kept under ``.cache``, and made anew if a migration, ours or a library's, has come since.
"""

import hashlib
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path

from tests.environment import DATABASE
from tests.environments import alone
from tests.services import dump, load, postgresql

_ROOT = Path(__file__).parents[1]
_FOLDER = _ROOT / ".cache" / "prepared"
_FILE = "rosette.sqlite3"
_NAME = "prepared"
_MADE_FROM = ("requirements.lock", "src/rosette/settings.py", "src/rosette/migrations/*.py")


def prepared_database(folder: Path, name: str) -> dict[str, str]:
    """
    A copy of it: the settings of a site that has it.

    On SQLite it lies in the data folder ``folder``; on PostgreSQL ``name`` is its own.
    """
    if DATABASE == "postgresql":
        return {"ROSETTE_DATABASE_URL": postgresql().new_database(name, like=prepared_template())}
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(_kept(), folder / _FILE)
    return {}


@cache
def prepared_template() -> str:
    """The name of the database of our PostgreSQL to make others from."""
    load(postgresql().new_database(_NAME), _kept())
    return _NAME


@contextmanager
def prepared_in_memory(name: str) -> Iterator[None]:
    """SQLite's database in memory of this name is a copy, as long as this lasts at the least."""
    with (
        closing(sqlite3.connect(_kept())) as kept,
        closing(sqlite3.connect(name, uri=True)) as copy,
    ):
        kept.backup(copy)
        yield


@cache
def _kept() -> Path:
    """The file that copies are made from; of PostgreSQL, a dump."""
    made_from = hashlib.sha256()
    for file in sorted(file for pattern in _MADE_FROM for file in _ROOT.glob(pattern)):
        made_from.update(file.read_bytes())
    kept = _FOLDER / f"{DATABASE}-{made_from.hexdigest()[:16]}"
    with alone(_NAME):
        if not kept.exists():
            _FOLDER.mkdir(exist_ok=True)
            for old in _FOLDER.glob(f"{DATABASE}-*"):
                old.unlink()
            _make(kept)
    return kept


def _make(kept: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="rosette-prepared-") as folder:
        made = Path(folder) / _FILE
        settings = {"ROSETTE_DATA_DIR": folder, "ROSETTE_SECRET_KEY": "only for tests"}
        if DATABASE == "postgresql":
            settings["ROSETTE_DATABASE_URL"] = postgresql().new_database(f"{_NAME}_first")
        known = {name: value for name, value in os.environ.items() if name[:8] != "ROSETTE_"}
        subprocess.run(
            [sys.executable, "-m", "django", "migrate", "--verbosity", "0"],
            env={**known, **settings, "DJANGO_SETTINGS_MODULE": "rosette.settings"},
            check=True,
        )
        if DATABASE == "postgresql":
            dump(settings["ROSETTE_DATABASE_URL"], made)
        shutil.move(made, kept)
