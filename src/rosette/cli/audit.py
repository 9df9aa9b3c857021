"""The audit log, from the shell."""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rosette.cli.house import open_house

if TYPE_CHECKING:
    from rosette.operations.history import Event, Wanted


@click.group()
def audit() -> None:
    """See who changed what, and whether that is true."""


def _choice(command: Any) -> Any:
    for option in (
        click.option(
            "--action", default="", help="Such as award.revoke, or award for all of them."
        ),
        click.option("--actor", default="", help="Entity id of a person; operator; server."),
        click.option("--name", default="", help="Entity id of what was changed."),
        click.option("--issuer", default="", help="Entity id of the issuer concerned."),
        click.option("--since", type=click.DateTime(), help="From this moment on (UTC)."),
        click.option("--until", type=click.DateTime(), help="Before this moment (UTC)."),
    ):
        command = option(command)
    return command


@audit.command()
@_choice
@click.option("--limit", default=50, show_default=True, help="At most so many.")
def show(limit: int, issuer: str, **chosen: Any) -> None:
    """Show the latest changes, the newest first."""
    open_house()
    from rosette.operations import history

    for event in history.of_site(_wanted(**chosen), limit=limit, issuer=issuer):
        click.echo(_line(event))


@audit.command()
@_choice
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def export(file: Path, issuer: str, **chosen: Any) -> None:
    """Write the changes into FILE, a new table (CSV), the newest first."""
    open_house()
    from rosette.operations import history

    try:
        with file.open("x", encoding="utf-8", newline="") as table:
            file.chmod(0o600)
            count = -1  # the headings
            for line in history.csv_lines(history.every(_wanted(**chosen), issuer=issuer)):
                table.write(line)
                count += 1
    except FileExistsError as error:
        raise click.ClickException(f"{file} is there already.") from error
    click.echo(f"{file} has {count:,} changes.")


@audit.command()
@click.option("--expect", default="", metavar="HEAD", help="A head that was kept elsewhere.")
def verify(expect: str) -> None:
    """
    Compute the chain of the whole log anew, and name whatever is wrong.

    Keep the head that is printed somewhere else: whoever has both the database and the master key
    can write the log anew, but not to an old head.
    """
    open_house()
    from rosette.operations import chain

    chain.seal()
    report = chain.verify(expect=expect.strip().lower())
    for finding in report.findings:
        click.echo(f"BAD  {finding}")
    click.echo(
        f"{report.entries:,} entries in {report.blocks:,} blocks, {report.waiting:,} to be sealed."
    )
    if report.unchecked:
        click.echo(
            f"{report.unchecked:,} of them were written with another master key: only the chain "
            "says that they are unchanged."
        )
    click.echo(f"head {report.head or '(nothing is sealed yet)'}")
    if report.findings:
        sys.exit(1)
    click.echo("The log is as it was written.")


def _wanted(
    action: str, actor: str, name: str, since: datetime | None, until: datetime | None
) -> "Wanted":
    from rosette.operations.history import Wanted

    return Wanted(
        action=action,
        actor=actor,
        name=name,
        since=since and since.replace(tzinfo=UTC),
        until=until and until.replace(tzinfo=UTC),
    )


def _line(event: "Event") -> str:
    parts = [
        f"{event.at:%Y-%m-%d %H:%M:%S}",
        f"{event.action:18}",
        f"by {event.actor or 'somebody unknown'}",
        f"on {event.kind} {event.name}".rstrip(),
    ]
    if event.issuer and event.issuer != event.name:
        parts.append(f"at issuer {event.issuer}")
    if event.application:
        parts.append(f"through {event.application}")
    if event.address:
        parts.append(f"from {event.address}")
    if event.details:
        parts.append(json.dumps(event.details, ensure_ascii=False))
    return "  ".join(parts)
