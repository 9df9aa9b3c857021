"""Rows through the bare drivers of both databases."""

import os
import secrets
import sqlite3
import threading
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from functools import cache
from typing import Any

import orjson
import psycopg

Row = tuple[Any, ...]

COLUMNS = (
    *("entity_id", "created_at", "updated_at", "badgeclass_id", "issuer_id", "created_by_id"),
    *("recipient_kind", "recipient_identity", "recipient_hashed", "salt", "issued_on"),
    *("narrative", "evidence", "extensions", "revocation_reason", "acceptance"),
)
"""Of an award's row, those that are not null."""


def insert_into(table: str, columns: Sequence[str]) -> str:
    """The statement that adds one row."""
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join('%s' for _ in columns)})"


_INSERT = insert_into("rosette_assertion", COLUMNS)
INSERT_ENTRY = insert_into(
    "rosette_auditentry",
    (
        *("at", "action", "actor", "application", "kind", "name", "issuer", "address"),
        *("request", "details", "mac"),
    ),
)
_INSERT_NOTED = f"WITH noted AS ({INSERT_ENTRY}) {_INSERT}"
_COPY = f"COPY rosette_assertion ({', '.join(COLUMNS)}) FROM STDIN"


class Store:
    """A database by its bare driver, one connection for each thread."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.is_postgresql = url.startswith("postgresql")
        self._own = threading.local()

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        return self._cursor(sql, parameters).fetchall()

    def run(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        """How many rows it was done to."""
        return int(self._cursor(sql, parameters).rowcount)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """What is run within is committed together."""
        self.run("BEGIN" if self.is_postgresql else "BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self.run("ROLLBACK")
            raise
        self.run("COMMIT")

    def insert(self, row: Row) -> None:
        """One award, committed."""
        self._cursor(_INSERT, row)

    def insert_noted(self, row: Row, noted: Row) -> None:
        """One award and its entry in the audit log, committed."""
        if self.is_postgresql:
            self.run(_INSERT_NOTED, (*noted, *row))
            return
        with self.transaction():
            self.run(INSERT_ENTRY, noted)
            self.run(_INSERT, row)

    def insert_numbered(self, row: Row, noted: Row) -> int:
        """One award and its entry in the audit log within a transaction; its row number."""
        if self.is_postgresql:
            [(number,)] = self.rows(f"{_INSERT_NOTED} RETURNING id", (*noted, *row))
        else:
            self.run(INSERT_ENTRY, noted)
            [(number,)] = self.rows(f"{_INSERT} RETURNING id", row)
        return int(number)

    def insert_many(self, rows: Iterable[Row], *, noted: Row | None = None) -> None:
        """Many awards, and their entry, in one transaction, as fast as the driver can."""
        alone = self.is_postgresql and noted is None  # a statement alone is a transaction
        with nullcontext() if alone else self.transaction():
            if self.is_postgresql:
                with self.connection.cursor().copy(_COPY) as stream:
                    for row in rows:
                        stream.write_row(row)
            else:
                self.connection.executemany(_spelt(_INSERT), rows)
            if noted is not None:
                self.run(INSERT_ENTRY, noted)

    def _cursor(self, sql: str, parameters: Sequence[Any]) -> Any:
        return self.connection.execute(sql if self.is_postgresql else _spelt(sql), parameters)

    @property
    def connection(self) -> Any:
        try:
            return self._own.connection
        except AttributeError:
            self._own.connection = self._connect()
            return self._own.connection

    def close(self) -> None:
        """End this thread's connection."""
        self.connection.close()
        del self._own.connection

    def _connect(self) -> Any:
        if self.is_postgresql:
            made = psycopg.connect(self._url, autocommit=True, options="-c timezone=UTC")
            psycopg.types.json.set_json_loads(orjson.loads, made)
            return made
        file = sqlite3.connect(self._url, isolation_level=None, timeout=30)
        for setting in ("journal_mode=WAL", "synchronous=FULL", "cache_size=-65536"):
            file.execute(f"PRAGMA {setting}")
        file.execute("PRAGMA mmap_size=268435456")
        return file

    def stored(self, at: datetime) -> Any:
        return at if self.is_postgresql else at.replace(tzinfo=None).isoformat(" ")

    def shown(self, at: Any) -> str:
        text = at.replace(tzinfo=None).isoformat() if self.is_postgresql else at.replace(" ", "T")
        return f"{text}Z"

    def listed(self, values: list[str]) -> Any:
        """A list as one parameter: of ``ANY`` or ``unnest``, or of ``json_each``."""
        return values if self.is_postgresql else orjson.dumps(values).decode()

    def unjson(self, value: Any) -> Any:
        return value if self.is_postgresql else orjson.loads(value)


@cache
def _spelt(sql: str) -> str:
    return sql.replace("%s", "?")


def new_row(store: Store, wish: dict[str, Any], known: tuple[int, int, int]) -> Row:
    """The columns of one award; ``known``: row numbers of badge class, issuer and person."""
    at = store.stored(datetime.now(UTC))
    evidence = [
        {"url": item.get("url"), "narrative": item.get("narrative")}
        for item in wish.get("evidence") or ()
    ]
    return (
        *(entity_id(time.time_ns() // 1_000_000), at, at, *known),
        *("email", wish["recipient"]["identity"], True),
        *(secrets.token_hex(16), at, wish.get("narrative") or ""),
        *(orjson.dumps(evidence).decode(), "{}", "", "Unaccepted"),
    )


def entity_id(milliseconds: int) -> str:
    """A name of that time: a UUID of version 7 in base64url."""
    raw = bytearray(milliseconds.to_bytes(6, "big") + os.urandom(10))
    raw[6], raw[8] = raw[6] & 0x0F | 0x70, raw[8] & 0x3F | 0x80
    return urlsafe_b64encode(raw).decode()[:22]
