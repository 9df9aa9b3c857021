"""``rosette``: which verb lives where."""

import sys

import click
from django.db.utils import OperationalError

from rosette.cli import (
    audit,
    awards,
    copies,
    demo,
    doctor,
    keys,
    mail,
    moves,
    people,
    server,
    verifier,
    worker,
)
from rosette.config import WrongSetting


class _InOrder(click.Group):
    """Lists its commands in the order in which a newcomer needs them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)


@click.group(
    cls=_InOrder,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(package_name="rosette")
def rosette() -> None:
    """
    Award verifiable badges: an Open Badges server that speaks the Badgr V2 API.

    Start with `rosette up`. Every setting is an environment variable; `rosette settings` lists
    them.
    """


for verb in (
    server.up,
    demo.demo,
    people.user,
    awards.award,
    mail.mail,
    verifier.verify,
    keys.keys,
    audit.audit,
    copies.backup,
    copies.restore,
    moves.move,
    doctor.doctor,
    server.settings,
    server.init,
    server.serve,
    worker.work,
):
    rosette.add_command(verb)


def main() -> None:
    """Run the command; what is wrong with the settings or the database is said in a line."""
    try:
        rosette()
    except WrongSetting as error:
        click.echo(f"Wrong setting:\n{error}", err=True)
        sys.exit(2)
    except OperationalError as error:
        click.echo(f"The database: {error}\n`rosette doctor` looks into it.", err=True)
        sys.exit(1)
