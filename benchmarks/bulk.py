"""
Millions of awards in a minute or two, and indexes that look as if they had come one by one.

The first nine tenths come without indexes, which are then built; the last tenth comes through
them, in random order as recipients do, so that their pages are as full as those of a site that
lives, and not as tightly packed as new ones.
"""

import os
import sqlite3
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import psycopg

from benchmarks.floor.store import COLUMNS, Row, insert_into

_CHUNK = 20_000
_SPAN = timedelta(days=90)
_NARRATIVE = "Tied them **all** at the first try."
_INDEXES = """
    SELECT 'ALTER TABLE rosette_assertion DROP CONSTRAINT ' || conname,
        'ALTER TABLE rosette_assertion ADD CONSTRAINT ' || conname || ' ' ||
        pg_get_constraintdef(oid)
    FROM pg_constraint WHERE conrelid = 'rosette_assertion'::regclass AND contype = 'u'
    UNION ALL
    SELECT 'DROP INDEX ' || i.indexname, i.indexdef FROM pg_indexes i
    WHERE i.tablename = 'rosette_assertion'
        AND i.indexname NOT IN (SELECT conname FROM pg_constraint WHERE contype IN ('u', 'p'))
"""


def address(number: int) -> str:
    """The recipient of the award of this number: each another, and in no order."""
    return f"person-{number * 2_654_435_761 % 2**32:08x}@example.org"


def begins(now: datetime, count: int) -> tuple[datetime, timedelta]:
    """When the first of so many awards was made, and the time between two of them."""
    return now - timedelta(days=100), min(timedelta(seconds=1), _SPAN / max(1, count))


def fill(url: str, count: int, known: tuple[int, int, int], now: datetime) -> list[str]:
    """
    Add so many awards; their names, in order.

    ``known``: row numbers of badge class, issuer and person. Nobody else may use the database.
    """
    names: list[str] = []
    is_postgresql = url.startswith("postgresql")
    rows = _rows(count, known, now, names, is_postgresql=is_postgresql)
    (_fill_postgresql if is_postgresql else _fill_sqlite)(url, count, rows)
    return names


def _rows(
    count: int,
    known: tuple[int, int, int],
    now: datetime,
    names: list[str],
    *,
    is_postgresql: bool,
) -> Iterator[list[Row]]:
    """Chunks of rows in the order of ``COLUMNS``, the last tenth in chunks of its own."""
    first, step = begins(now, count)
    zone = "+00" if is_postgresql else ""
    late = count - count // 10
    start = 0
    while start < count:
        end = min(start + _CHUNK, late if start < late else count)
        noise, chunk = os.urandom(26 * (end - start)), []
        for number in range(start, end):
            at = first + number * step
            moment = f"{at:%Y-%m-%d %H:%M:%S.%f}{zone}"
            own = noise[26 * (number - start) : 26 * (number - start + 1)]
            raw = int(at.timestamp() * 1000).to_bytes(6, "big") + own[:10]
            # Version 7 and variant of the UUID, as in floor.entity_id.
            raw = raw[:6] + bytes((raw[6] & 0x0F | 0x70, raw[7], raw[8] & 0x3F | 0x80)) + raw[9:]
            name = urlsafe_b64encode(raw)[:22].decode()
            names.append(name)
            chunk.append(
                (
                    *(name, moment, moment, *known, "email", address(number), True),
                    *(own[10:].hex(), moment, _NARRATIVE),
                    f'[{{"url":"https://harbor.example.org/log/{number}",'
                    '"narrative":"The log of the day."}]',
                    *("{}", "", "Unaccepted"),
                )
            )
        yield chunk
        start = end


def _fill_postgresql(url: str, count: int, chunks: Iterator[list[Row]]) -> None:
    copy = f"COPY rosette_assertion ({', '.join(COLUMNS)}) FROM STDIN"
    with psycopg.connect(url, autocommit=True) as connection:
        # Whom these rows refer to is known, and need not be looked up for each of them.
        connection.execute("SET session_replication_role = replica")
        connection.execute("SET maintenance_work_mem = '1GB'")
        connection.execute("SET synchronous_commit = off")
        indexes = connection.execute(_INDEXES).fetchall()
        for drop, _ in indexes:
            connection.execute(drop)
        added = 0
        for chunk in chunks:
            with connection.cursor().copy(copy) as stream:
                stream.write("".join(["\t".join(map(_text, row)) + "\n" for row in chunk]))
            added += len(chunk)
            if added == count - count // 10:
                for _, create in indexes:
                    connection.execute(create)
        connection.execute("VACUUM (ANALYZE)")


def _text(value: object) -> str:
    return value if isinstance(value, str) else "t" if value is True else str(value)


def _fill_sqlite(url: str, count: int, chunks: Iterator[list[Row]]) -> None:
    insert = insert_into("rosette_assertion", COLUMNS).replace("%s", "?")
    connection = sqlite3.connect(url, isolation_level=None)
    # A filling that breaks off is thrown away as a whole.
    for setting in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-1000000"):
        connection.execute(f"PRAGMA {setting}")
    indexes = connection.execute(
        "SELECT name, sql FROM sqlite_master"
        " WHERE type = 'index' AND tbl_name = 'rosette_assertion' AND sql IS NOT NULL"
    ).fetchall()
    for name, _ in indexes:
        connection.execute(f"DROP INDEX {name}")
    added = 0
    for chunk in chunks:
        connection.execute("BEGIN")
        connection.executemany(insert, chunk)
        connection.execute("COMMIT")
        added += len(chunk)
        if added == count - count // 10:
            for _, create in indexes:
                connection.execute(create)
    # No ANALYZE: Rosette never runs one, so its queries must do without what it would find.
    connection.execute("PRAGMA journal_mode=WAL")
    connection.close()


def now() -> datetime:
    return datetime.now(UTC)
