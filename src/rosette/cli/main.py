"""``rosette``: which verb lives where."""

import sys

import click

from rosette.cli import demo, mail, people, server
from rosette.config import WrongSetting


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="rosette")
def rosette() -> None:
    """
    Award verifiable badges: an Open Badges server that speaks the Badgr V2 API.

    Start with `rosette up`. Every setting is an environment variable; `rosette settings` lists
    them.
    """


rosette.add_command(server.up)
rosette.add_command(server.init)
rosette.add_command(server.serve)
rosette.add_command(server.work)
rosette.add_command(server.doctor)
rosette.add_command(server.settings)
rosette.add_command(people.user)
rosette.add_command(mail.mail)
rosette.add_command(demo.demo)


def main() -> None:
    """Run the command; a wrong setting is named, without a traceback."""
    try:
        rosette()
    except WrongSetting as error:
        click.echo(f"Wrong setting:\n{error}", err=True)
        sys.exit(2)
