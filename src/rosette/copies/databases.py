"""
Reading all rows of a database as they were at one moment, and writing them into another one.

Both go row by row, so that a database of any size needs no more memory than a small one.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, Protocol
from urllib.parse import quote

from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from rosette.copies.tables import Column, Kind, Migration, Table, Value
from rosette.models.base import ONLY_READS

Row = Sequence[Value]

_AT_ONCE: Final = 2000

_READ: Final[dict[str, dict[Kind, str]]] = {
    "sqlite": {"bytes": "lower(hex({}))", "day": "CAST({} AS TEXT)"},
    "postgresql": {
        "truth": "{}::int",
        "moment": "replace(to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US'),"
        " '.000000', '')",
        "day": "{}::text",
        "json": "{}::text",
        "bytes": "encode({}, 'hex')",
        "uuid": "replace({}::text, '-', '')",
    },
}


class Snapshot(Protocol):
    """A database as it was at one moment, whatever is written meanwhile."""

    vendor: str

    def migrations(self) -> list[Migration]:
        """Which migrations were applied to it."""

    def count(self, table: Table) -> int:
        """How many rows the table has."""

    def rows(self, table: Table) -> Iterator[Row]:
        """All rows, in the order of their keys; the values in that of the columns."""

    def last_numbers(self, tables: Iterable[Table]) -> dict[str, int]:
        """Of each numbered table, the highest number ever given, to no avail or not."""


@contextmanager
def snapshot(alias: str = "default") -> Iterator[Snapshot]:
    """
    The database as it is now; writers go on meanwhile.

    Of SQLite a copy is made by its online backup API, and read. On PostgreSQL all is read in one
    transaction, which sees nothing later than its beginning.
    """
    door = connections[alias]
    if door.vendor == "postgresql":
        with transaction.atomic(using=alias):
            with door.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
                cursor.execute(f"SET LOCAL application_name = '{ONLY_READS}'")
            yield _OfPostgreSQL(door)
    else:
        with closing(_copy(Path(door.settings_dict["NAME"]))) as copy:
            yield _OfSQLite(copy)


def _copy(path: Path) -> sqlite3.Connection:
    """A copy of the database file, which is gone as soon as it is closed."""
    with TemporaryDirectory(dir=path.parent, prefix=".copy-") as folder:
        copy = sqlite3.connect(Path(folder) / "copy", isolation_level=None)
        with closing(sqlite3.connect(f"file:{quote(str(path))}?mode=rw", uri=True)) as original:
            original.backup(copy)
        # It has no journal beside it, so the open file is all there is of it, and needs no name.
        copy.execute("PRAGMA journal_mode=DELETE").fetchone()
        copy.execute("PRAGMA journal_mode=OFF").fetchone()
    return copy


class _OfSQLite:
    vendor = "sqlite"

    def __init__(self, copy: sqlite3.Connection) -> None:
        self._copy = copy

    def migrations(self) -> list[Migration]:
        found = self._copy.execute("SELECT app, name FROM django_migrations ORDER BY id")
        return [(str(app), str(name)) for app, name in found]

    def count(self, table: Table) -> int:
        found: int = self._copy.execute(f'SELECT COUNT(*) FROM "{table.name}"').fetchone()[0]
        return found

    def rows(self, table: Table) -> Iterator[Row]:
        yield from self._copy.execute(_selection(table, self.vendor))

    def last_numbers(self, tables: Iterable[Table]) -> dict[str, int]:
        given = dict(self._copy.execute("SELECT name, seq FROM sqlite_sequence").fetchall())
        return {table.name: given.get(table.name, 0) for table in tables if table.numbered}


class _OfPostgreSQL:
    vendor = "postgresql"

    def __init__(self, door: BaseDatabaseWrapper) -> None:
        self._door = door

    def migrations(self) -> list[Migration]:
        with self._door.cursor() as cursor:
            cursor.execute("SELECT app, name FROM django_migrations ORDER BY id")
            return [(str(app), str(name)) for app, name in cursor.fetchall()]

    def count(self, table: Table) -> int:
        return count(self._door, table)

    def rows(self, table: Table) -> Iterator[Row]:
        with self._door.chunked_cursor() as cursor:
            cursor.execute(_selection(table, self.vendor))
            while some := cursor.fetchmany(_AT_ONCE):
                yield from some

    def last_numbers(self, tables: Iterable[Table]) -> dict[str, int]:
        found = {}
        with self._door.cursor() as cursor:
            for table in tables:
                if table.numbered:
                    cursor.execute(
                        "SELECT pg_get_serial_sequence(%s, %s)", [f'"{table.name}"', table.key]
                    )
                    [[sequence]] = cursor.fetchall()
                    cursor.execute(f"SELECT last_value - (NOT is_called)::int FROM {sequence}")
                    [[found[table.name]]] = cursor.fetchall()
        return found


def _selection(table: Table, vendor: str) -> str:
    forms = _READ[vendor]
    columns = ", ".join(
        forms.get(column.kind, "{}").format(f'"{column.name}"') for column in table.columns
    )
    return f'SELECT {columns} FROM "{table.name}" ORDER BY "{table.key}"'


def count(door: BaseDatabaseWrapper, table: Table) -> int:
    """How many rows the table has now."""
    with door.cursor() as cursor:
        cursor.execute(f'SELECT COUNT(*) FROM "{table.name}"')
        [[found]] = cursor.fetchall()
    return int(found)


class Filling:
    """
    A database that is being filled with rows.

    References are looked at when all are there, so tables may come in any order.
    """

    def __init__(self, door: BaseDatabaseWrapper) -> None:
        self._door = door

    def empty(self, tables: Iterable[Table]) -> None:
        """Take away what the migrations themselves have written."""
        with self._door.cursor() as cursor:
            for table in tables:
                cursor.execute(f'DELETE FROM "{table.name}"')

    def write(self, table: Table, columns: Sequence[Column], rows: Iterable[Row]) -> None:
        """Add the rows, whose values are in the order of these columns."""
        names = ", ".join(f'"{column.name}"' for column in columns)
        packed = [place for place, column in enumerate(columns) if column.kind == "bytes"]
        if self._door.vendor == "postgresql":
            ready = _with(rows, packed, r"\x".__add__) if packed else rows
            with (
                self._door.cursor() as cursor,
                cursor.copy(f'COPY "{table.name}" ({names}) FROM STDIN') as copy,
            ):
                for row in ready:
                    copy.write_row(row)
            return
        ready = _with(rows, packed, bytes.fromhex) if packed else rows
        marks = ", ".join("?" for _ in columns)
        assert self._door.connection is not None
        self._door.connection.executemany(
            f'INSERT INTO "{table.name}" ({names}) VALUES ({marks})', ready
        )

    def go_on_from(self, numbers: dict[str, int], tables: Iterable[Table]) -> None:
        """No number that was ever given is given again."""
        for table in tables:
            if table.numbered and numbers.get(table.name, 0) > 0:
                self._go_on_from(table, numbers[table.name])

    def _go_on_from(self, table: Table, number: int) -> None:
        with self._door.cursor() as cursor:
            cursor.execute(f'SELECT MAX("{table.key}") FROM "{table.name}"')
            [[highest]] = cursor.fetchall()
            last = max(number, highest or 0)
            if self._door.vendor == "postgresql":
                cursor.execute(
                    "SELECT setval(pg_get_serial_sequence(%s, %s), %s)",
                    [f'"{table.name}"', table.key, last],
                )
            else:
                cursor.execute("DELETE FROM sqlite_sequence WHERE name = %s", [table.name])
                cursor.execute(
                    "INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [table.name, last]
                )


def _with(rows: Iterable[Row], places: Sequence[int], change: Any) -> Iterator[Sequence[Any]]:
    for row in rows:
        changed: list[Any] = list(row)
        for place in places:
            if changed[place] is not None:
                changed[place] = change(changed[place])
        yield changed
