"""
Which workers live, as all other workers see it: no clock is asked, and no row is written.

On PostgreSQL a worker holds an advisory lock of its own, which is gone when its connection is: at
once when it dies, and also when the database is started anew, until the worker takes it again, a
second later. So whoever is missed is not buried before ``MISSED_SECONDS`` are over. On SQLite,
where all are on one machine, it holds a file of the data folder instead.
"""

import fcntl
import hashlib
from pathlib import Path
from typing import IO, Final

from django.conf import settings
from django.db import connection, transaction

from rosette.models.base import on_postgresql, row

MISSED_SECONDS: Final = 10


class Presence:
    """One worker's sign of life, as long as ``show`` is called every second."""

    def __init__(self, worker: str) -> None:
        self._worker = worker
        self._connection: object = None  # the one that holds it
        self._file: IO[str] | None = None

    def show(self) -> None:
        """Show it, unless it is shown. Raises Django's errors of a database that is away."""
        if not on_postgresql():
            self._file = self._file or _taken(_file(self._worker))
            return
        connection.close_if_unusable_or_obsolete()
        connection.ensure_connection()
        row("SELECT 1")
        # A connection of ours that broke may hold it yet, for a moment.
        if self._connection is not connection.connection and row(
            "SELECT pg_try_advisory_lock(%s)", [_number(self._worker)]
        ) == (True,):
            self._connection = connection.connection

    def end(self) -> None:
        """The worker is not there any more; called where ``show`` was."""
        self._connection = None
        connection.close()
        if self._file is not None:
            _file(self._worker).unlink(missing_ok=True)
            self._file.close()


def lives(worker: str) -> bool:
    """Whether the worker shows itself just now."""
    if on_postgresql():
        with transaction.atomic():
            found = row("SELECT pg_try_advisory_xact_lock(%s)", [_number(worker)])
            return found != (True,)
    path = _file(worker)
    if not path.exists():
        return False
    held = _taken(path)
    if held is None:
        return True
    path.unlink(missing_ok=True)
    held.close()
    return False


def _taken(path: Path) -> IO[str] | None:
    file = path.open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return None
    return file


def _file(worker: str) -> Path:
    name = hashlib.sha256(worker.encode()).hexdigest()[:32]
    folder: Path = settings.ROSETTE.data_dir
    return folder / f".worker-{name}.lock"


def _number(worker: str) -> int:
    """One of PostgreSQL's 64 bits for such locks."""
    digest = hashlib.sha256(f"rosette.worker {worker}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)
