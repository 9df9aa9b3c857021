"""
A database that has all tables and no rows, made once in a run and copied from then on.

Applying the migrations takes ten seconds; most tests that start a server are about something else.
"""

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

from tests.environment import DATABASE
from tests.services import postgresql

_NAME = "prepared"


def prepared_database(folder: Path, name: str) -> dict[str, str]:
    """
    A copy of it: the settings of a site that has it.

    On SQLite it lies in the data folder ``folder``; on PostgreSQL ``name`` is its own.
    """
    if DATABASE == "postgresql":
        _migrated()
        return {"ROSETTE_DATABASE_URL": postgresql().new_database(name, like=_NAME)}
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(_migrated() / "rosette.sqlite3", folder)
    return {}


@cache
def _migrated() -> Path:
    """The data folder of the site whose database is copied."""
    folder = Path(tempfile.mkdtemp(prefix="rosette-prepared-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    settings = {"ROSETTE_DATA_DIR": str(folder), "ROSETTE_SECRET_KEY": "only for tests"}
    if DATABASE == "postgresql":
        settings["ROSETTE_DATABASE_URL"] = postgresql().new_database(_NAME)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ROSETTE_")}
    subprocess.run(
        [sys.executable, "-m", "django", "migrate", "--verbosity", "0"],
        env={**kept, **settings, "DJANGO_SETTINGS_MODULE": "rosette.settings"},
        check=True,
    )
    return folder
