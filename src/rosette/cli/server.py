"""Starting the server and its worker, and looking after them."""

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import FrameType
from typing import Any, get_args, get_origin

import click

from rosette.cli.house import be_present, in_turn, measure, open_house, require_master_key
from rosette.config import PREFIX, Config, config, is_secret

_AT_THE_DOOR = 4
_CONNECTIONS = 1024  # of each process
FIRST_ACCOUNT = "admin@localhost"


_in_browser = click.option(
    "--setup",
    is_flag=True,
    help="Make no first account: print a code with which it is made in the browser.",
)


@click.command()
@_in_browser
def init(setup: bool) -> None:
    """Make database, keys and first account; harmless to repeat."""
    settings = open_house(make=True)
    with in_turn(settings):
        _init(settings, in_browser=setup)


@click.command()
@_in_browser
def up(setup: bool) -> None:
    """Start everything: make what is missing, serve, work."""
    settings = open_house(make=True)
    with be_present(settings, "serve"):
        with in_turn(settings):
            _init(settings, in_browser=setup)
        require_master_key()
        click.echo(f"Rosette is starting on {settings.origin}  (stop with Ctrl+C)")
        _run_together(
            [sys.executable, "-m", "rosette", "serve"], [sys.executable, "-m", "rosette", "work"]
        )


@click.command()
def serve() -> None:
    """Answer requests: API and public pages."""
    settings = open_house()
    require_master_key()
    measure(settings, "web")
    from granian.constants import Interfaces
    from granian.http import HTTP1Settings
    from granian.log import LogLevels
    from granian.server import Server

    # It finds so many threads strange, and cannot know that few of them are ever at work.
    logging.getLogger("_granian").addFilter(lambda said: "Python threads" not in said.getMessage())
    _hear_interrupts_here_only()
    server = Server(
        target="rosette.wsgi:application",
        address=settings.host,
        port=settings.port,
        interface=Interfaces.WSGI,
        workers=settings.web_workers,
        # Those at work, those who wait or send a body, and some to say that it is full.
        blocking_threads=settings.web_threads + 2 * settings.web_queue + _AT_THE_DOOR,
        backpressure=_CONNECTIONS,
        http1_settings=HTTP1Settings(header_read_timeout=10_000),
        blocking_threads_idle_timeout=60,
        respawn_failed_workers=True,
        workers_kill_timeout=10,
        websockets=False,
        log_level=LogLevels.warning,
    )
    with be_present(settings, "serve"):
        server.serve()


_UNITS = {
    "seconds": "seconds",
    "bytes": "bytes",
    "pixels": "pixels",
    "px": "pixels",
    "days": "days",
}


@click.command()
def settings() -> None:
    """List every setting: value, type, unit, default, meaning."""
    in_force = config()
    for name, field in Config.model_fields.items():
        value = getattr(in_force, name)
        shown = "********" if is_secret(name) and value else value
        click.secho(f"{PREFIX}{name.upper()}", bold=True, nl=False)
        click.echo(f" = {shown}")
        facts = [_kind(field.annotation)]
        if unit := _UNITS.get(name.rsplit("_", 1)[-1]):
            facts.append(f"in {unit}")
        has_default = str(field.default) and field.default != ()
        facts.append(f"default {field.default!s}" if has_default else "default empty")
        click.echo(f"    {', '.join(facts)}")
        click.echo(click.wrap_text(field.description or "", 96, "    ", "    "))
    click.echo(f"\nEach may also come from the file that the variable with {PREFIX}…_FILE names.")


def _kind(annotation: Any) -> str:
    names = {
        str: "text",
        int: "whole number",
        float: "number",
        bool: "true or false",
        Path: "path",
    }
    choices = get_args(annotation)
    if choices and all(isinstance(choice, str) for choice in choices):
        return "one of " + ", ".join(choices)
    if get_origin(annotation) is tuple:
        return "JSON"
    return names.get(annotation) or names[choices[0]]


def _init(settings: Config, *, in_browser: bool) -> None:
    from rosette import schema
    from rosette.models import User
    from rosette.operations import accounts, applications, terms
    from rosette.tasks import ensure_housekeeping

    if applied := schema.bring_up_to_date():
        click.echo(f"Database ready ({applied} migrations).")
    applications.ensure_public_client()
    terms.keep_configured()
    ensure_housekeeping()
    if User.objects.exists():
        return
    if in_browser:
        click.echo("There is no account yet. Make the first one in your browser:")
        click.echo(f"  open:     {settings.origin}/setup")
        click.echo(f"  code:     {accounts.setup_code()}")
    else:
        import secrets

        password = secrets.token_urlsafe(9)
        accounts.add_person(FIRST_ACCOUNT, password, verified=True, is_admin=True)
        click.echo("Your first account:")
        click.echo(f"  email:    {FIRST_ACCOUNT}")
        click.echo(f"  password: {password}")
        click.echo(
            "  (`rosette user add EMAIL` makes more, `rosette user password EMAIL` sets a new one)"
        )
        click.echo(
            f"  Sign in at {settings.origin}/auth/login; what is left to set up is told there."
        )


def _hear_interrupts_here_only() -> None:
    """
    Turn Ctrl+C into SIGTERM for this process alone.

    The server's workers would take it as well as what this process then tells them, and hang.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])  # the workers inherit this

    def wait() -> None:
        signal.sigwait([signal.SIGINT])
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, daemon=True).start()


def _run_together(*commands: list[str]) -> None:
    """Run the commands in this process group until one ends or we are told to stop."""
    # Ctrl+C reaches the whole group; the parts hear of it from here, once, as SIGTERM.
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    children = [subprocess.Popen(command) for command in commands]  # noqa: S603 -- our own verbs
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])
    stopping = False

    def stop(number: int, frame: FrameType | None) -> None:
        nonlocal stopping
        stopping = True

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    while not stopping and all(child.poll() is None for child in children):
        time.sleep(0.2)
    failed = [child for child in children if child.poll() not in (None, 0)]
    for child in children:
        if child.poll() is None:
            child.terminate()
    for child in children:
        try:
            child.wait(15)
        except subprocess.TimeoutExpired:
            child.kill()
    if failed and not stopping:
        raise click.ClickException("A part of the server ended unexpectedly; see above.")
