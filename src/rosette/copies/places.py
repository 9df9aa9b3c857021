"""
A new site in the making, beside the present one, and the moment when it takes its place.

Files are made in a folder beside those that they will replace, tables of PostgreSQL in a schema
beside those in use. When all is there and was looked at, a plan is written of what goes where;
from then on the new site is in force: whoever finds the plan carries it out, at once or, if the
machine stopped meanwhile, at the next start.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

from django.db import Error, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor
from pydantic import BaseModel

from rosette import schema
from rosette.copies.tables import CannotCopy, Migration, last_of_each_app

_SCHEMA: Final = "rosette_beside"
_FOLDER: Final = ".beside"
_PLAN: Final = "plan.json"


class HalfWay(Exception):
    """The new site is in force, and could not take its place yet; the text says why."""


class Move(BaseModel):
    """
    A file or folder takes its place, and what was there goes aside.

    Without ``new``, what is there goes aside if ``because_of`` is still to take its place.
    """

    new: Path | None
    place: Path
    aside: Path
    because_of: Path | None = None

    def carry_out(self) -> None:
        """Do it, or what is left of it."""
        wanted = self.new or self.because_of
        if wanted is None or not wanted.exists():
            return
        if self.place.exists():
            self.aside.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.place.rename(self.aside)
        if self.new:
            self.new.rename(self.place)


class Plan(BaseModel):
    """What is to be done; ``schema_aside`` is for tables of PostgreSQL that are replaced."""

    moves: list[Move]
    schema_aside: str | None


class Beside(NamedTuple):
    """
    Where a new site is made.

    ``files``: the folder for what goes to the data folder. ``door``: the empty database, which
    is Django's default as long as it is being made. ``place``: the one in whose place it comes.
    """

    files: Path
    door: BaseDatabaseWrapper
    place: BaseDatabaseWrapper


def lead_to(alias: str, settings: dict[str, Any]) -> BaseDatabaseWrapper:
    """From now on, the database with these settings is the one that is called ``alias``."""
    if alias in connections.settings:
        connections[alias].close()
        del connections[alias]
    made = connections.configure_settings({"default": deepcopy(settings)})
    connections.settings[alias] = made["default"]
    return connections[alias]


@contextmanager
def beside(folder: Path, database: dict[str, Any]) -> Iterator[Beside]:
    """
    An empty site beside the one of this data folder and database; what is left of it goes.

    From here on, Django's default database is the new one, also for migrations and what they call.
    """
    place = lead_to("place", database)
    files = folder.resolve() / _FOLDER
    settings = deepcopy(database)
    if place.vendor == "postgresql":
        _with_schema(place)
        given = settings["OPTIONS"].get("options", "")
        settings["OPTIONS"]["options"] = f"{given} -c search_path={_SCHEMA}".strip()
    else:
        new = _new_file(Path(settings["NAME"]))
        for stale in (new, *_companions(new)):
            stale.unlink(missing_ok=True)
        os.close(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        settings["NAME"] = new
        # Nobody needs what was made before all of it was; it is written down at the end.
        settings["OPTIONS"]["init_command"] = (
            "PRAGMA journal_mode=MEMORY; PRAGMA synchronous=OFF; PRAGMA cache_size=-65536;"
        )
    shutil.rmtree(files, ignore_errors=True)
    files.mkdir(mode=0o700)
    door = lead_to("default", settings)
    try:
        yield Beside(files, door, place)
    finally:
        door.close()
        if not (files / _PLAN).exists():
            shutil.rmtree(files, ignore_errors=True)
            if place.vendor == "postgresql":
                _drop_schema(place)
            else:
                Path(settings["NAME"]).unlink(missing_ok=True)


def migrate(door: BaseDatabaseWrapper, applied: list[Migration]) -> None:
    """Bring the empty database to where the other one was. Raises CannotCopy."""
    if set(applied) == schema.migrations():
        schema.make(door)
    else:
        MigrationExecutor(door).migrate(last_of_each_app(applied))


def take_over(made: Beside, folder: Path, names: tuple[str, ...]) -> list[str]:
    """
    Put the new database, and what was made of these names, in place; where the former things are.

    ``names`` are those of files and folders of the data folder; one that was not made stays what
    it is.
    """
    folder = folder.resolve()
    stamp = f"{datetime.now(UTC):%Y%m%dT%H%M%S}"
    aside = f"replaced-{stamp}"
    moves = []
    is_postgresql = made.place.vendor == "postgresql"
    if not is_postgresql:
        place = Path(made.place.settings_dict["NAME"])
        new = _new_file(place)
        made.door.close()
        moves = [
            Move(new=None, place=path, aside=path.parent / aside / path.name, because_of=new)
            for path in _companions(place)
        ]
        moves.append(Move(new=new, place=place, aside=place.parent / aside / place.name))
    moves += [
        Move(new=made.files / name, place=folder / name, aside=folder / aside / name)
        for name in names
        if (made.files / name).exists()
    ]
    for move in moves:
        if move.place.is_mount():
            raise CannotCopy(f"{move.place} is a disk of its own, which nothing can replace")
    kept = [str(move.aside) for move in moves if move.place.exists()]
    schema = f"rosette_replaced_{stamp.lower()}" if is_postgresql else None
    plan = Plan(moves=moves, schema_aside=schema)
    os.sync()  # all that the plan speaks of is on the disk before the plan is
    path = made.files / f"{_PLAN}.new"
    path.write_text(plan.model_dump_json())
    path.rename(made.files / _PLAN)
    os.sync()
    try:
        if schema and _exchange_tables(made.place, schema):
            kept.append(f"the schema {schema} of the database")
    except Error as error:
        if not _is_untouched(made.place):
            raise HalfWay(str(error)) from error
        (made.files / _PLAN).unlink()  # nothing has happened, and nothing shall
        raise
    _carry_out(plan, made.files)
    return kept


def is_waiting(folder: Path) -> bool:
    """Whether a new site was made and has not taken its place yet."""
    return (folder / _FOLDER / _PLAN).exists()


def finish(folder: Path, database: dict[str, Any]) -> None:
    """Let the site that waits take its place."""
    plan = Plan.model_validate_json((folder / _FOLDER / _PLAN).read_bytes())
    if plan.schema_aside:
        _exchange_tables(lead_to("place", database), plan.schema_aside)
    _carry_out(plan, folder / _FOLDER)


def _carry_out(plan: Plan, files: Path) -> None:
    try:
        for move in plan.moves:
            move.carry_out()
        os.sync()
        (files / _PLAN).unlink()
    except OSError as error:
        raise HalfWay(str(error)) from error
    shutil.rmtree(files, ignore_errors=True)


def _new_file(place: Path) -> Path:
    return place.with_name(f".{place.name}.beside")


def _companions(database: Path) -> list[Path]:
    """The files that SQLite keeps beside its own."""
    return [database.with_name(database.name + ending) for ending in ("-wal", "-shm", "-journal")]


def _with_schema(place: BaseDatabaseWrapper) -> None:
    with place.cursor() as cursor:
        cursor.execute("SELECT has_database_privilege(current_database(), 'CREATE')")
        if cursor.fetchone() != (True,):
            raise CannotCopy(
                "the user of the database needs the right to make a schema: "
                "GRANT CREATE ON DATABASE … TO …"
            )
    _drop_schema(place)
    with place.cursor() as cursor:
        cursor.execute(f"CREATE SCHEMA {_SCHEMA}")


def _drop_schema(place: BaseDatabaseWrapper) -> None:
    with place.cursor() as cursor:
        cursor.execute("SET client_min_messages = warning")
        cursor.execute(f"DROP SCHEMA IF EXISTS {_SCHEMA} CASCADE")


def _exchange_tables(place: BaseDatabaseWrapper, aside: str) -> bool:
    """
    Put the tables that were made beside in place, all at once; whether there were others before.

    Raises CannotCopy if somebody keeps hold of the present ones.
    """
    with transaction.atomic(using=place.alias), place.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '15s'")
        cursor.execute("SELECT current_schema()")
        [[home]] = cursor.fetchall()
        ours = "SELECT tablename FROM pg_tables WHERE schemaname = %s"
        cursor.execute(ours, [_SCHEMA])
        made = [name for (name,) in cursor.fetchall()]
        cursor.execute(f"{ours} AND tablename = ANY(%s)", [home, made])
        former = [name for (name,) in cursor.fetchall()]
        if former:
            cursor.execute(f"CREATE SCHEMA {aside}")
        for name in former:
            cursor.execute(f'ALTER TABLE "{home}"."{name}" SET SCHEMA {aside}')
        for name in made:
            cursor.execute(f'ALTER TABLE {_SCHEMA}."{name}" SET SCHEMA "{home}"')
        cursor.execute(f"DROP SCHEMA IF EXISTS {_SCHEMA}")
    return bool(former)


def _is_untouched(place: BaseDatabaseWrapper) -> bool:
    """Whether the tables are certainly still beside; a connection may break at the last word."""
    try:
        with place.cursor() as cursor:
            cursor.execute("SELECT to_regnamespace(%s) IS NOT NULL", [_SCHEMA])
            [[is_there]] = cursor.fetchall()
            return bool(is_there)
    except Error:
        return False


def is_empty(place: BaseDatabaseWrapper) -> bool:
    """Whether there is no table in the database; a file that is not there is none."""
    if place.vendor == "sqlite" and not Path(place.settings_dict["NAME"]).exists():
        return True
    with place.cursor() as cursor:
        return not place.introspection.table_names(cursor)
