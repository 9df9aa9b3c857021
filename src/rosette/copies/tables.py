"""
Which tables a database has, by the migrations that were applied to it.

So a copy can be made of, and into, a database that is older than this version of Rosette.
"""

from collections.abc import Collection
from functools import lru_cache
from typing import Any, Final, Literal, NamedTuple

from django.db.migrations.loader import MigrationLoader
from django.db.models import Field

Migration = tuple[str, str]
"""App and name."""

Kind = Literal["plain", "truth", "moment", "day", "json", "bytes", "uuid"]
Value = int | float | str | None
"""
A value that either database takes, and JSON too. A truth is 0 or 1; a moment is a text in UTC as
SQLite keeps it (``2026-11-23 09:30:00`` or with six digits more), a day ``2026-11-23``; bytes and
UUIDs are hex digits; JSON is its text.
"""

_KINDS: Final[dict[str, Kind]] = {
    **dict.fromkeys(
        (
            *("AutoField", "BigAutoField", "BigIntegerField", "IntegerField", "FloatField"),
            *("PositiveIntegerField", "PositiveSmallIntegerField", "PositiveBigIntegerField"),
            *("SmallIntegerField", "CharField", "TextField", "SlugField", "URLField", "FileField"),
        ),
        "plain",
    ),
    "BooleanField": "truth",
    "DateTimeField": "moment",
    "DateField": "day",
    "JSONField": "json",
    "BinaryField": "bytes",
    "UUIDField": "uuid",
}


class CannotCopy(Exception):
    """A copy cannot be made, or be restored; the text says why, and nothing was changed."""


class Column(NamedTuple):
    """A column, and what its values are."""

    name: str
    kind: Kind


class Table(NamedTuple):
    """A table. ``numbered``: the database itself counts up its ``key``."""

    name: str
    columns: tuple[Column, ...]
    key: str
    numbered: bool


def tables(applied: Collection[Migration]) -> list[Table]:
    """
    The tables of a database to which these migrations were applied, by name.

    Raises CannotCopy if this version does not know one of them.
    """
    return list(_tables(frozenset(applied)))


# To go through all migrations takes a second, and a command asks more than once.
@lru_cache(maxsize=4)
def _tables(applied: frozenset[Migration]) -> tuple[Table, ...]:
    loader = _loader(applied)
    known = [migration for migration in applied if migration in loader.graph.nodes]
    models = loader.project_state(known).apps.get_models(include_auto_created=True)
    found = {model._meta.db_table: _table(model) for model in models if model._meta.managed}
    return tuple(found[name] for name in sorted(found))


def last_of_each_app(applied: Collection[Migration]) -> list[Migration]:
    """The migrations to go to, in order to have all of these. Raises CannotCopy as ``tables``."""
    graph = _loader(applied).graph
    return sorted(
        migration
        for migration in applied
        if migration in graph.nodes
        and not any(
            child.key[0] == migration[0] and child.key in applied
            for child in graph.node_map[migration].children
        )
    )


def _loader(applied: Collection[Migration]) -> MigrationLoader:
    loader = MigrationLoader(None)
    unknown = sorted(set(applied) - set(loader.disk_migrations))
    if unknown:
        named = ", ".join(".".join(migration) for migration in unknown[:3])
        raise CannotCopy(f"it was made by another version of Rosette, which has {named}")
    return loader


def _table(model: Any) -> Table:
    meta = model._meta
    return Table(
        meta.db_table,
        tuple(Column(field.column, _kind(field)) for field in meta.local_concrete_fields),
        meta.pk.column,
        meta.pk.get_internal_type() in ("AutoField", "BigAutoField"),
    )


def _kind(field: "Field[Any, Any]") -> Kind:
    while field.remote_field:
        field = field.target_field  # type: ignore[attr-defined]  # of what refers to others
    kind = _KINDS.get(field.get_internal_type())
    if kind is None:
        raise CannotCopy(f"nobody has said how {field.model._meta.db_table}.{field.column} goes")
    return kind
