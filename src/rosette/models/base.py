"""What every row has, and the few words that hand-written SQL needs on both databases."""

import base64
import os
import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from typing import Any

import django.db.backends.sqlite3.base  # noqa: F401 -- its converters first, then ours
import orjson
from django.db import DEFAULT_DB_ALIAS, connection, connections, models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils import timezone

ENTITY_ID_MAX_LENGTH = 254
SOURCE_URL_MAX_LENGTH = 1024


def new_entity_id() -> str:
    """
    A fresh UUID of version 7 as 22 characters of base64url.

    Version 7 begins with the time in milliseconds, so that new rows lie side by side in an index.
    """
    milliseconds = time.time_ns() // 1_000_000
    raw = bytearray(milliseconds.to_bytes(6, "big") + os.urandom(10))
    raw[6] = raw[6] & 0x0F | 0x70
    raw[8] = raw[8] & 0x3F | 0x80
    return base64.urlsafe_b64encode(raw).decode("ascii")[:22]


class Entity(models.Model):
    """
    A thing with a public name of its own.

    ``entity_id`` is what clients see: 22 characters for things made here, anything up to 254
    for things that came from elsewhere. It never changes.
    """

    id = models.BigAutoField(primary_key=True)
    entity_id = models.CharField(max_length=ENTITY_ID_MAX_LENGTH, default=new_entity_id)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        abstract = True
        constraints = [
            # A constraint and not `unique=True`, which would add a second index for LIKE.
            models.UniqueConstraint(fields=["entity_id"], name="%(class)s_entity_id"),
        ]

    def __str__(self) -> str:
        return self.entity_id


class Published(Entity):
    """
    A thing with a public address.

    ``slug`` is the name that it had in the earliest releases of Badgr, else null; links with it
    still lead here. ``source_url`` is the id of a thing that was made elsewhere and imported into
    a backpack, else null; nobody here awards or changes such a thing.
    """

    slug = models.CharField(max_length=ENTITY_ID_MAX_LENGTH, null=True, blank=True)
    source_url = models.CharField(max_length=SOURCE_URL_MAX_LENGTH, null=True, blank=True)

    class Meta:
        abstract = True
        constraints = [
            *Entity.Meta.constraints,
            # Conditional, so that the many things without one are in no index.
            models.UniqueConstraint(
                fields=["slug"], condition=models.Q(slug__isnull=False), name="%(class)s_slug"
            ),
            models.UniqueConstraint(
                fields=["source_url"],
                condition=models.Q(source_url__isnull=False),
                name="%(class)s_source_url",
            ),
        ]

    @classmethod
    def entity_id_of(cls, slug: str) -> str | None:
        """The name of the thing that had this slug."""
        return cls._default_manager.filter(slug=slug).values_list("entity_id", flat=True).first()


def rows(sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """What the statement selects, as plain tuples. ``%s`` marks a parameter on both databases."""
    door = connections[DEFAULT_DB_ALIAS]
    with door.wrap_database_errors:
        found: list[tuple[Any, ...]] = _executed(door, sql, parameters).fetchall()
        return found


def row(sql: str, parameters: Sequence[Any] = ()) -> tuple[Any, ...] | None:
    """The first row that the statement selects, or None."""
    door = connections[DEFAULT_DB_ALIAS]
    with door.wrap_database_errors, closing(_executed(door, sql, parameters)) as cursor:
        found: tuple[Any, ...] | None = cursor.fetchone()
        return found


def run(sql: str, parameters: Sequence[Any] = ()) -> int:
    """Run the statement; how many rows it touched."""
    door = connections[DEFAULT_DB_ALIAS]
    with door.wrap_database_errors:
        touched: int = _executed(door, sql, parameters).rowcount
        return touched


@contextmanager
def at_once() -> Iterator[None]:
    """
    The statements within are one transaction, on SQLite; nothing else may be done within.

    As ``transaction.atomic``, by the driver alone, which costs a fifth.
    """
    door = connections[DEFAULT_DB_ALIAS]
    if door.in_atomic_block or door.queries_logged or door.execute_wrappers:
        with transaction.atomic():
            yield
        return
    door.ensure_connection()
    assert door.connection is not None
    with door.wrap_database_errors:
        door.connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            door.connection.execute("COMMIT")
        except BaseException:
            if door.connection.in_transaction:  # a full disk ends it by itself
                door.connection.execute("ROLLBACK")
            raise


def _executed(door: BaseDatabaseWrapper, sql: str, parameters: Sequence[Any]) -> Any:
    """
    The driver's cursor after the statement, on Django's own connection.

    Django's cursors cost more than most statements here; they are used when somebody looks on
    (tests that count queries), and when Django has to refuse (a transaction that is broken).
    """
    if door.queries_logged or door.execute_wrappers or door.needs_rollback:
        cursor = door.cursor()
        cursor.execute(sql, parameters)
        return cursor
    door.close_if_health_check_failed()
    door.ensure_connection()
    assert door.connection is not None
    return door.connection.execute(sql if on_postgresql() else _for_sqlite(sql), parameters)


@lru_cache(256)
def _for_sqlite(sql: str) -> str:
    return sql.replace("%s", "?").replace("%%", "%")


def _read_moment(stored: bytes) -> datetime:
    """A time out of SQLite, which keeps them without a zone."""
    return datetime.fromisoformat(stored.decode() + "+00:00")


# In place of Django's own, which takes ten times as long, and says nothing of the zone: so
# hand-written SQL gives the same times, aware and in UTC, on both databases.
sqlite3.register_converter("datetime", _read_moment)


@cache
def on_postgresql() -> bool:
    """Whether the database is PostgreSQL; else it is SQLite."""
    return connection.vendor == "postgresql"


def stored_moment(value: datetime | None) -> Any:
    """A time as a parameter of hand-written SQL."""
    if value is None or on_postgresql():
        return value
    in_utc = value if value.tzinfo is UTC else value.astimezone(UTC)
    return in_utc.isoformat(" ")[: -len("+00:00")]


def unjson(value: Any) -> Any:
    """A JSON column out of hand-written SQL: both drivers hand over its text."""
    return orjson.loads(value)


def stored_json(value: Any) -> str:
    """A JSON value as a parameter of hand-written SQL."""
    return orjson.dumps(value).decode()


def asked_texts() -> str:
    """A SELECT of texts, as ``name``, out of one parameter: ``stored_texts``, however many."""
    if on_postgresql():
        return "SELECT unnest(%s::text[]) AS name"
    return "SELECT value AS name FROM json_each(%s)"


def stored_texts(values: Iterable[str]) -> Any:
    """Texts as the one parameter of ``asked_texts``."""
    return list(values) if on_postgresql() else stored_json(list(values))


def marks(values: Iterable[Any]) -> str:
    """``%s, %s, …``: one mark for each of the values."""
    return ", ".join("%s" for _ in values)


# Between a change's own time and the moment when the database knows of its transaction.
_BEGINS_LATE = timedelta(seconds=1)
ONLY_READS = "rosette reads"
"""The ``application_name`` of a session whose transaction, however long, changes nothing."""
_OLDEST_TRANSACTION = f"""
    SELECT EXTRACT(EPOCH FROM max(clock_timestamp() - xact_start)) FROM pg_stat_activity
    WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()
    AND application_name <> '{ONLY_READS}'
"""


def settled_at() -> datetime:
    """
    A moment, as late as can be said, up to which every change can be read.

    A change bears the time of its beginning and is seen when it is committed. So on PostgreSQL
    this is the beginning of the oldest transaction under way, and a second less; on SQLite, where
    writers wait for each other, now, once the present writer is done.
    """
    if not on_postgresql():
        with transaction.atomic():
            return timezone.now()
    now = timezone.now()
    found = row(_OLDEST_TRANSACTION)
    age = timedelta(seconds=float(found[0])) if found and found[0] else timedelta()
    return now - age - _BEGINS_LATE
