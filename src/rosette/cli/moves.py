"""The site at the shell, moved to another database or another place for its images."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

import click

from rosette.cli.copying import CHANGED_NOTHING, bar, counted, fill, note, plainly
from rosette.cli.house import alone, open_house
from rosette.config import Config, WrongSetting, master_key

if TYPE_CHECKING:  # Django has to be ready before these are read
    from rosette.copies.databases import Filling, Snapshot
    from rosette.copies.tables import Table


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
    with plainly("The images cannot be moved", CHANGED_NOTHING), alone(settings):
        names = list(stores.names(default_storage))
        with bar("Copying images", len(names)) as advance:
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
    with plainly("The database cannot be moved", CHANGED_NOTHING), alone(settings):
        target = places.lead_to("place", to)
        if not places.is_empty(target):
            raise click.ClickException(f"{_masked(url)} is not empty. {CHANGED_NOTHING}")
        places.lead_to("source", DATABASES["default"])
        present = places.lead_to("present", DATABASES["default"])
        with snapshot("source") as taken, places.beside(settings.data_dir, to) as made:
            applied = taken.migrations()
            known = tables(applied)
            counts = {table.name: taken.count(table) for table in known}
            places.migrate(made.door, applied)
            with bar("Moving", sum(counts.values())) as advance:
                fill(made.door, known, _from(taken, known, advance), counts)
            note("site.move", master_key(settings), rows=sum(counts.values()))
            if {table.name: count(present, table) for table in known} != counts:
                raise click.ClickException(
                    f"Somebody writes to the present database: stop Rosette. {CHANGED_NOTHING}"
                )
            places.take_over(made, settings.data_dir, ())
    click.echo(f"{sum(counts.values()):,} rows of {len(known)} tables are there, and counted.")
    click.echo(f"Now set ROSETTE_DATABASE_URL to {_masked(url)} and start Rosette.")
    click.echo("The former database is as it was; nothing reads it once that is set.")


def _from(
    taken: "Snapshot", known: "Sequence[Table]", advance: Callable[[int], None]
) -> "Callable[[Filling], dict[str, int]]":
    def pour(filling: "Filling") -> dict[str, int]:
        for table in known:
            filling.write(table, table.columns, counted(taken.rows(table), advance))
        return taken.last_numbers(known)

    return pour


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
