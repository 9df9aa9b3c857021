"""The whole site at the shell: kept in an archive, and brought back from it."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, Any, BinaryIO, cast

import click

from rosette.cli.copying import CHANGED_NOTHING, bar, counted, fill, note, plainly
from rosette.cli.house import alone, open_house
from rosette.config import Config, master_key

if TYPE_CHECKING:  # Django has to be ready before these are read
    from rosette.copies.archives import Reader
    from rosette.copies.databases import Filling
    from rosette.copies.places import Beside
    from rosette.copies.tables import Table


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
    with plainly("There is no backup", "No file was made."):
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
        with bar("Backing up", total + files) as advance:
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
    with plainly(f"{file} cannot be restored", CHANGED_NOTHING), alone(settings):
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
            note("site.restore", master or master_key(settings), as_of=as_of)
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
    with bar("Restoring", sum(head.counts.values()) + head.files) as advance:

        def pour(filling: Filling) -> dict[str, int]:
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

        fill(made.door, list(known.values()), pour, reader.head.counts)
    applied = schema.bring_up_to_date()
    said = f"{head.counts.get('rosette_assertion', 0):,} awards, {head.files:,} files restored"
    later = f", and {applied} migrations applied" if applied else ""
    return f"{said}, as of {head.made_at:%Y-%m-%d %H:%M:%S} UTC{later}."


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
    filling.write(table, [found[column] for column in columns], counted(rows, advance))


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
        with bar("Checking", sum(reader.head.counts.values())) as advance:
            for member in reader.members():
                match member:
                    case archives.Key("master.key", content):
                        master = master or content.decode("ascii").strip()
                    case archives.Part("rosette_signingkey", columns, rows):
                        place = columns.index("sealed")
                        sealed = [str(row[place]) for row in counted(rows, advance) if row[place]]
                        labels |= set(map(sealing.label_of, sealed))
                    case archives.Part(_, _, rows):
                        for _ in counted(rows, advance):
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


def _new_file(path: Path) -> BinaryIO:
    """A file that was not there, and that nobody else reads."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
