"""The mails that wait, went out, or could not be sent."""

from pathlib import Path

import click

from rosette.cli.house import open_house


@click.group()
def mail() -> None:
    """Look at the mail that Rosette sends."""


@mail.command()
def state() -> None:
    """Count the mails by state, and show the latest troubles."""
    open_house()
    from rosette.operations import notices

    found = notices.outbox_state()
    for name, count in found.counts.items():
        click.echo(f"{name:8} {count}")
    for notice in found.troubled:
        click.echo(
            f"{notice.state:8} {notice.kind} to {notice.to}, "
            f"{notice.attempts} attempts: {notice.last_error}"
        )


@mail.command("list")
def list_mail() -> None:
    """List the mails that were written as files, newest first."""
    open_house()
    from rosette import outbox

    for item in outbox.filed(_folder()):
        click.echo(f"{item.name}  {item.sent_at:%Y-%m-%d %H:%M}  {item.to}  {item.subject}")


@mail.command()
@click.argument("name", required=False)
def show(name: str | None) -> None:
    """Show one of these mails, the newest unless NAME is given."""
    open_house()
    from rosette import outbox

    folder = _folder()
    known = outbox.filed(folder)
    if not known:
        raise click.ClickException("No mail was written yet.")
    try:
        click.echo(outbox.shown(folder, name or known[0].name))
    except FileNotFoundError as error:
        raise click.ClickException(f"There is no mail {name}; see `rosette mail list`.") from error


def _folder() -> Path:
    from django.conf import settings

    from rosette import outbox

    if not hasattr(settings, "EMAIL_FILE_PATH"):
        raise click.ClickException("Mail is not written as files here; see ROSETTE_EMAIL_URL.")
    return outbox.folder()
