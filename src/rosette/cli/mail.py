"""The mails that wait, went out, or could not be sent."""

import click

from rosette.cli.house import open_house


@click.group()
def mail() -> None:
    """Look at the mail outbox."""


@mail.command()
def state() -> None:
    """Count the mails by state, and show the latest failures."""
    open_house()
    from rosette.operations import notices

    found = notices.outbox_state()
    click.echo(found)
