"""The whole site at the shell: kept in an archive, brought back, and moved to another database."""

import os
import sqlite3
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, Any, BinaryIO, cast
from urllib.parse import urlsplit, urlunsplit

import click

from rosette.cli.house import alone, open_house
from rosette.config import Config, WrongSetting, master_key

if TYPE_CHECKING:  # Django has to be ready before these are read
    from rosette.copies.archives import Reader
    from rosette.copies.databases import Filling, Snapshot
    from rosette.copies.places import Beside
    from rosette.copies.tables import Table
    from rosette.operations.audit import Action

_CHANGED_NOTHING = "Nothing was changed."


@click.command()
@click.argument("file", required=False, type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--encrypt-to",
    "recipients",
    multiple=True,
    metavar="KEY",
    help="Only who has the private key can read it: an age1… or ssh-… key. May be repeated.",
)
def backup(file: Path | None, recipients: Sequence[str]) -> None:
    """
    Keep the whole site in FILE: database, images and keys.

    The site may go on working; the archive has everything as it was at one moment. `rosette keys
    backup` makes a pair of keys to encrypt it with.
    """
    settings = open_house()
    from rosette.copies import encryption

    file = file or Path(f"rosette-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.backup")
    if file.exists():
        raise click.ClickException(f"{file} is there already.")
    with _plainly("There is no backup", "No file was made."):
        keys = [encryption.recipient(key) for key in recipients]
        # Whole or not at all; and nobody else's to read, from its first byte on.
        with NamedTemporaryFile(dir=file.parent, prefix=f".{file.name}.", delete=False) as part:
            try:
                if keys:
                    with encryption.encrypted(cast(BinaryIO, part), keys) as stream:
                        said = _write(settings, stream)
                else:
                    said = _write(settings, cast(BinaryIO, part))
                part.flush()
                os.fsync(part.fileno())
                Path(part.name).rename(file)
            finally:
                Path(part.name).unlink(missing_ok=True)
    click.echo(f"{said}  {file}, {file.stat().st_size:,} bytes")
    for name, given in (("master.key", settings.master_key), ("secret.key", settings.secret_key)):
        if given:
            click.echo(f"{name} is a setting of yours and not in it: keep it elsewhere.")
    if not keys:
        click.echo("Whoever reads this file has the site's keys: keep it as safe as those.")


def _write(settings: Config, to: BinaryIO) -> str:
    """Write the archive; what is in it, for people."""
    from django.core.files.storage import default_storage

    from rosette.copies import archives, stores
    from rosette.copies.databases import snapshot
    from rosette.copies.tables import tables

    with snapshot() as taken:
        known = tables(taken.migrations())
        # Files are kept before the rows that name them, so all that the snapshot names are there.
        files = sum(1 for _ in stores.names(default_storage))
        head = archives.new_head(
            taken, known, version=version("rosette"), origin=settings.origin, files=files
        )
        writer = archives.Writer(to, head)
        for name in archives.KEYS:
            path = settings.data_dir / name
            if path.exists():
                writer.key(name, path.read_bytes())
        total = sum(head.counts.values())
        with _bar("Backing up", total + files) as advance:
            for table in known:
                writer.table(table, taken.rows(table), advance)
            for name in stores.names(default_storage):
                with suppress(FileNotFoundError):  # it went meanwhile, with all that named it
                    writer.file(name, stores.read(default_storage, name))
                advance(1)
        writer.end(taken.last_numbers(known))
    return f"{head.counts['rosette_assertion']:,} awards, {total:,} rows, {files:,} files."


@click.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--replace", is_flag=True, help="Put it in the place of the site that is there.")
@click.option(
    "--identity",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="The private key (age or SSH) of an encrypted archive.",
)
def restore(file: Path, replace: bool, identity: Path | None) -> None:
    """
    Bring back the site that `rosette backup` kept in FILE.

    It is made beside what is there and takes its place when all of it is there and good, or not at
    all. The database may be another than that of the backup: the one that the settings name.
    """
    settings = open_house(empty=True)
    from rosette.copies import archives, places
    from rosette.settings import DATABASES

    database = DATABASES["default"]
    with _plainly(f"{file} cannot be restored", _CHANGED_NOTHING), alone(settings):
        if not replace:
            _require_empty(settings, database)
        _look_through(file, identity, settings)
        with (
            _opened(file, identity) as stream,
            places.beside(settings.data_dir, database) as made,
        ):
            reader = archives.Reader(stream)
            said = _bring_back(reader, made, settings)
            key = made.files / "master.key"
            master = settings.master_key or (key.read_text("ascii").strip() if key.exists() else "")
            as_of = reader.head.made_at.isoformat()
            _note("site.restore", master or master_key(settings), as_of=as_of)
            kept = places.take_over(made, settings.data_dir, (*archives.KEYS, "media"))
    click.echo(said)
    if kept:
        click.echo(f"What was there before is kept in {', '.join(kept)}.")
    if reader.head.origin != settings.origin:
        click.echo(
            f"Its badges say {reader.head.origin}, but this site says {settings.origin}: "
            "see ROSETTE_PUBLIC_URL."
        )


def _bring_back(reader: "Reader", made: "Beside", settings: Config) -> str:
    """Fill the new site with what is in the archive; what there was, for people."""
    from django.core.files.storage import default_storage

    from rosette import schema
    from rosette.copies import archives, places, stores, tables
    from rosette.copies.databases import Filling

    head = reader.head
    known = {table.name: table for table in tables.tables(head.migrations)}
    places.migrate(made.door, head.migrations)
    with _bar("Restoring", sum(head.counts.values()) + head.files) as advance:

        def fill(filling: Filling) -> dict[str, int]:
            for member in reader.members():
                match member:
                    case archives.Part(name, columns, rows):
                        _write_part(filling, known, name, columns, rows, advance)
                    case archives.File(name, content):
                        if settings.storage_url:
                            stores.write(default_storage, name, content.read())
                        else:
                            _write_file(made.files / "media" / name, content)
                        advance(1)
                    case archives.Key(name, content):
                        _write_key(made.files / name, content)
            return reader.manifest.last_numbers

        _fill(made.door, list(known.values()), fill, reader.head.counts)
    applied = schema.bring_up_to_date()
    said = f"{head.counts.get('rosette_assertion', 0):,} awards, {head.files:,} files restored"
    later = f", and {applied} migrations applied" if applied else ""
    return f"{said}, as of {head.made_at:%Y-%m-%d %H:%M:%S} UTC{later}."


@click.command()
@click.option(
    "--to",
    "url",
    envvar="ROSETTE_MOVE_TO",
    metavar="URL",
    help="postgresql://user:password@host/name or sqlite:FILE; it must be empty. May come from "
    "the variable ROSETTE_MOVE_TO.",
)
@click.option(
    "--files-to",
    "files_url",
    envvar="ROSETTE_MOVE_FILES_TO",
    metavar="URL",
    help="Copy the images there: s3://key:secret@host/bucket or file:DIR. May come from the "
    "variable ROSETTE_MOVE_FILES_TO.",
)
def move(url: str | None, files_url: str | None) -> None:
    """
    Copy the site's database, or its images, to another place.

    The database goes into one of the other kind. Stop Rosette before. All stays where it is, too;
    keys are not copied.
    """
    settings = open_house()
    if not (url or files_url):
        raise click.UsageError("Say where to: --to URL, or --files-to URL.")
    if files_url:
        _move_files(settings, files_url)
    if url:
        _move_database(settings, url)


def _move_files(settings: Config, url: str) -> None:
    from django.core.files.storage import default_storage
    from pydantic import ValidationError

    from rosette.copies import stores
    from rosette.settings import storage_of

    try:
        target = stores.lead_to(storage_of(Config(storage_url=url)))
    except ValidationError as error:
        raise WrongSetting("--files-to must begin with s3://, s3+http:// or file:") from error
    with _plainly("The images cannot be moved", _CHANGED_NOTHING), alone(settings):
        names = list(stores.names(default_storage))
        with _bar("Copying images", len(names)) as advance:
            for name in names:
                content = stores.read(default_storage, name)
                stores.write(target, name, content)
                if stores.read(target, name) != content:
                    raise click.ClickException(f"{name} is not there as it was written.")
                advance(1)
    click.echo(f"{len(names):,} images are there, and compared.")
    click.echo(f"Now set ROSETTE_STORAGE_URL to {_masked(url)} and start Rosette.")


def _move_database(settings: Config, url: str) -> None:
    from rosette import schema
    from rosette.copies import places
    from rosette.copies.databases import count, snapshot
    from rosette.copies.tables import tables
    from rosette.settings import DATABASES, database_of

    if schema.waiting():
        raise click.ClickException("The database is not of this version: run `rosette init` first.")
    to = database_of(_aimed_at(url))
    with _plainly("The database cannot be moved", _CHANGED_NOTHING), alone(settings):
        target = places.lead_to("place", to)
        if not places.is_empty(target):
            raise click.ClickException(f"{_masked(url)} is not empty. {_CHANGED_NOTHING}")
        places.lead_to("source", DATABASES["default"])
        present = places.lead_to("present", DATABASES["default"])
        with snapshot("source") as taken, places.beside(settings.data_dir, to) as made:
            applied = taken.migrations()
            known = tables(applied)
            counts = {table.name: taken.count(table) for table in known}
            places.migrate(made.door, applied)
            with _bar("Moving", sum(counts.values())) as advance:
                _fill(made.door, known, _from(taken, known, advance), counts)
            _note("site.move", master_key(settings), rows=sum(counts.values()))
            if {table.name: count(present, table) for table in known} != counts:
                raise click.ClickException(
                    f"Somebody writes to the present database: stop Rosette. {_CHANGED_NOTHING}"
                )
            places.take_over(made, settings.data_dir, ())
    click.echo(f"{sum(counts.values()):,} rows of {len(known)} tables are there, and counted.")
    click.echo(f"Now set ROSETTE_DATABASE_URL to {_masked(url)} and start Rosette.")
    click.echo("The former database is as it was; nothing reads it once that is set.")


def _note(action: "Action", master: str, **said: Any) -> None:
    """
    Note in the new site, before it takes its place, how it came there.

    ``master``: the master key that it will have. Without one nothing was ever noted in it.
    """
    from rosette.operations import audit
    from rosette.sealing import LocalSealer

    if master:
        sealer = LocalSealer(master)
        audit.note(action, "server", "", by=audit.SERVER, sealer=sealer, **said)


def _from(
    taken: "Snapshot", known: "Sequence[Table]", advance: Callable[[int], None]
) -> "Callable[[Filling], dict[str, int]]":
    def fill(filling: "Filling") -> dict[str, int]:
        for table in known:
            filling.write(table, table.columns, _counted(taken.rows(table), advance))
        return taken.last_numbers(known)

    return fill


def _fill(
    door: Any,
    known: "Sequence[Table]",
    fill: "Callable[[Filling], dict[str, int]]",
    counts: dict[str, int],
) -> None:
    """In one transaction: all rows, whose references and numbers are then looked at."""
    from django.db import transaction

    from rosette.copies.databases import Filling, count
    from rosette.copies.tables import CannotCopy

    filling = Filling(door)
    with door.constraint_checks_disabled(), transaction.atomic():
        filling.empty(known)
        numbers = fill(filling)
        door.check_constraints()
        filling.go_on_from(numbers, known)
        for table in known:
            if count(door, table) != counts.get(table.name, 0):
                raise CannotCopy(f"not all rows of {table.name} have arrived")


def _write_part(
    filling: "Filling",
    known: "dict[str, Table]",
    name: str,
    columns: list[str],
    rows: Iterator[Any],
    advance: Callable[[int], None],
) -> None:
    from rosette.copies.tables import CannotCopy

    table = known.get(name)
    found = {column.name: column for column in table.columns} if table else {}
    if table is None or sorted(found) != sorted(columns):
        raise CannotCopy(f"it has a table {name} that does not belong to its version")
    filling.write(table, [found[column] for column in columns], _counted(rows, advance))


def _write_file(path: Path, content: Any) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _new_file(path) as file:
        while some := content.read(1_000_000):
            file.write(some)


def _write_key(path: Path, content: bytes) -> None:
    with _new_file(path) as file:
        file.write(content)


def _require_empty(settings: Config, database: dict[str, Any]) -> None:
    from rosette.copies import archives, places

    found = [name for name in (*archives.KEYS, "media") if (settings.data_dir / name).exists()]
    if not places.is_empty(places.lead_to("place", database)):
        found.append("a database")
    if found:
        raise click.ClickException(
            f"There is a site in {settings.data_dir.resolve()} already ({', '.join(found)}): "
            "--replace puts the backup in its place, and the former one aside."
        )


def _look_through(file: Path, identity: Path | None, settings: Config) -> None:
    """
    See that all of the archive is there, genuine, and of use here, before anything is made of it.

    Of use is one whose signing keys can be unsealed by the master key that will be in force.
    """
    from rosette import sealing
    from rosette.copies import archives
    from rosette.copies.tables import CannotCopy, tables

    master, labels = settings.master_key, set()
    with _opened(file, identity) as stream:
        reader = archives.Reader(stream)
        tables(reader.head.migrations)
        with _bar("Checking", sum(reader.head.counts.values())) as advance:
            for member in reader.members():
                match member:
                    case archives.Key("master.key", content):
                        master = master or content.decode("ascii").strip()
                    case archives.Part("rosette_signingkey", columns, rows):
                        place = columns.index("sealed")
                        sealed = [str(row[place]) for row in _counted(rows, advance) if row[place]]
                        labels |= set(map(sealing.label_of, sealed))
                    case archives.Part(_, _, rows):
                        for _ in _counted(rows, advance):
                            pass
    if labels and (not master or labels != {sealing.LocalSealer(master).label}):
        raise CannotCopy(
            "its signing keys were sealed with a master key that is not in it; "
            "set ROSETTE_MASTER_KEY to that one"
        )


@contextmanager
def _opened(file: Path, identity: Path | None) -> Iterator[BinaryIO]:
    """The archive as a stream, decrypted if it is encrypted."""
    from rosette.copies import encryption
    from rosette.copies.tables import CannotCopy

    with file.open("rb") as content:
        beginning = content.read(len(encryption.BEGINNING))
        content.seek(0)
        if beginning != encryption.BEGINNING:
            yield content
        elif identity is None:
            raise CannotCopy("it is encrypted; say --identity and the file of the private key")
        else:
            with encryption.decrypted(content, encryption.identities(identity)) as stream:
                yield stream


@contextmanager
def _plainly(what: str, consolation: str) -> Iterator[None]:
    """Troubles in one sentence, and what became of everything."""
    import psycopg
    from django.db import Error

    from rosette.copies import places
    from rosette.copies.tables import CannotCopy

    troubles = (CannotCopy, Error, psycopg.Error, sqlite3.Error, OSError, OverflowError, ValueError)
    try:
        yield
    except places.HalfWay as error:
        raise click.ClickException(
            f"All is decided, but not in place: {error}. The next command tries again."
        ) from error
    except troubles as error:
        said = " ".join(str(error).split()) or type(error).__name__
        raise click.ClickException(f"{what}: {said}. {consolation}") from error


@contextmanager
def _bar(label: str, length: int) -> Iterator[Callable[[int], None]]:
    with click.progressbar(length=length, label=label, file=sys.stderr) as bar:
        yield bar.update


def _counted(rows: Iterator[Any], advance: Callable[[int], None]) -> Iterator[Any]:
    """The rows; of every thousand, word is given."""
    number = 0
    for number, row in enumerate(rows, 1):
        yield row
        if not number % 1000:
            advance(1000)
    advance(number % 1000)


def _aimed_at(url: str) -> Config:
    """The settings with another database."""
    from pydantic import ValidationError

    try:
        return Config(database_url=url)
    except ValidationError as error:
        raise WrongSetting("--to must begin with postgresql:// or sqlite:") from error


def _masked(url: str) -> str:
    parts = urlsplit(url)
    if parts.password is None:
        return url
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{parts.username}:…@{host}"))


def _new_file(path: Path) -> BinaryIO:
    """A file that was not there, and that nobody else reads."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
