"""
The tables of a database, and how they become those of this version.

In an empty database they are made at once, as the models say: that is where all migrations end, and
a test compares. To walk there through the whole history takes a hundred times as long, which nobody
shall wait for who starts a server, or restores one. Any other database is given the migrations that
it has not had.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.apps import apps
from django.core.management import call_command
from django.core.management.sql import emit_post_migrate_signal
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

_TURN = int.from_bytes(b"rosette")  # of PostgreSQL's advisory locks


def waiting() -> int:
    """How many migrations the default database has not had."""
    executor = MigrationExecutor(connections[DEFAULT_DB_ALIAS])
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def bring_up_to_date() -> int:
    """Make the tables of the default database those of this version; the migrations it took."""
    missing = waiting()
    door = connections[DEFAULT_DB_ALIAS]
    if missing and _is_new(door):
        make(door)
        emit_post_migrate_signal(verbosity=0, interactive=False, db=door.alias)
    elif missing:
        call_command("migrate", verbosity=0, interactive=False)
    return missing


@contextmanager
def in_turn() -> Iterator[None]:
    """
    Of nodes that begin at once on one PostgreSQL, let one after the other do so.

    The lock ends with its process, however that ends. On SQLite there is one node.
    """
    door = connections[DEFAULT_DB_ALIAS]
    if door.vendor != "postgresql":
        yield
        return
    with door.cursor() as cursor:

        def has(function: str) -> bool:
            cursor.execute(f"SELECT {function}(%s)", [_TURN])
            return bool(cursor.fetchone()[0])

        # Asked anew each time: for a statement that waits, CREATE INDEX CONCURRENTLY would wait.
        while not has("pg_try_advisory_lock"):
            time.sleep(0.2)
        yield
        has("pg_advisory_unlock")


def migrations() -> set[tuple[str, str]]:
    """All that this version has, each by its app and name."""
    return set(MigrationLoader(None).graph.nodes)


def make(door: BaseDatabaseWrapper) -> None:
    """Make the tables of this version, all or none, in a database that has none of these names."""
    with door.schema_editor() as editor:
        for model in apps.get_models():
            if model._meta.can_migrate(door):
                editor.create_model(model)
        recorder = MigrationRecorder(door)
        recorder.ensure_schema()
        for migration in sorted(migrations()):
            recorder.record_applied(*migration)


def _is_new(door: BaseDatabaseWrapper) -> bool:
    """Whether there is no table, of ours or of another site of Django's, that is in the way."""
    ours = {model._meta.db_table for model in apps.get_models(include_auto_created=True)}
    ours.add(MigrationRecorder.Migration._meta.db_table)
    with door.cursor() as cursor:
        return ours.isdisjoint(door.introspection.table_names(cursor))
