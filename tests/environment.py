"""
The surroundings of the tests, settled before Django reads its settings (a plugin, ``-p``).

``ROSETTE_TEST_DATABASE=postgresql`` runs the suite on a PostgreSQL of its own; else SQLite.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

import pytest

ORIGIN = "https://badges.example.org"
DATABASE = os.environ.get("ROSETTE_TEST_DATABASE", "sqlite")

for name in [name for name in os.environ if name.startswith("ROSETTE_")]:
    if name != "ROSETTE_TEST_DATABASE":
        del os.environ[name]  # the developer's own settings do not reach into the tests

_folder = Path(tempfile.mkdtemp(prefix="rosette-tests-"))
atexit.register(shutil.rmtree, _folder, ignore_errors=True)

os.environ["ROSETTE_DATA_DIR"] = str(_folder)
os.environ["ROSETTE_PUBLIC_URL"] = ORIGIN
os.environ["ROSETTE_SECRET_KEY"] = "only for tests"
os.environ["ROSETTE_MASTER_KEY"] = "only for tests, and of thirty-two letters"
os.environ["DJANGO_SETTINGS_MODULE"] = "rosette.settings"

missing: str | None = None
"""Why the database that the suite should run on is not to be had."""

if DATABASE == "postgresql":
    from tests.services import Unavailable, postgresql

    try:
        os.environ["ROSETTE_DATABASE_URL"] = postgresql().url("rosette")
    except Unavailable as error:
        missing = str(error)


_LONGEST = (
    *("tests/web/test_screens.py", "tests/cli/test_copies.py", "tests/api/test_schemathesis.py"),
    *("tests/test_permissions.py", "tests/test_queries.py", "tests/bench/test_run.py"),
    *("tests/faults/", "tests/cli/"),
)
_STORED = {"db", "transactional_db", "django_db_setup", "served", "town", "house"}
"""What a test asks for that has to do with a database."""


_FROM_OUTSIDE = ("serving", "Served", "prepared_database", "postgresql", "DATABASE")
"""What a module knows that starts servers, or looks into databases by itself."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """
    On PostgreSQL, leave out what knows no database: it was tried in the other run.

    Without PostgreSQL that whole run is skipped: counted, not passed over. What takes longest comes
    first, so that of several processes none is left with it at the end.
    """
    items.sort(key=lambda item: not item.nodeid.startswith(_LONGEST))
    if DATABASE == "postgresql":
        needless = [item for item in items if not _is_stored(item)]
        items[:] = [item for item in items if _is_stored(item)]
        config.hook.pytest_deselected(items=needless)
    for item in items if missing else ():
        item.add_marker(pytest.mark.skip(reason=missing))


def _is_stored(item: pytest.Item) -> bool:
    names = set(getattr(item, "fixturenames", ()))
    return bool(item.get_closest_marker("django_db") or names & _STORED) or _starts_servers(item)


def _starts_servers(item: pytest.Item) -> bool:
    """Its module knows of servers or databases, and may start one in its own way."""
    known = vars(getattr(item, "module", None) or object)
    return any(name in known for name in _FROM_OUTSIDE)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """And said aloud."""
    if missing:
        terminalreporter.write_sep("!", "NOTHING WAS TESTED ON POSTGRESQL", red=True)
        terminalreporter.write_line(missing, red=True)
