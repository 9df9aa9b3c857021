"""Opening the house for a command: data folder, secret, Django."""

import fcntl
import os
import secrets
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Final, Literal

import click
import django
from django.db.utils import Error

from rosette import metrics, occasions
from rosette.config import Config, config, master_key, secret_key
from rosette.copies import places
from rosette.occasions import Occasion

Role = Literal["serve", "work"]
_ROLES: Final[dict[Role, str]] = {"serve": "a server", "work": "a worker"}


def open_house(*, make: bool = False, empty: bool = False) -> Config:
    """
    The settings, with Django ready.

    ``make``: make the data folder and its secrets if they are missing; else a missing secret ends
    the command with advice, unless the house may be ``empty``.
    """
    settings = config()
    _let_waiting_site_in(settings)
    if empty:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        if not secret_key(settings):
            _without_secret()
    elif not secret_key(settings):
        if not make:
            raise click.ClickException(
                f"There is no Rosette in {settings.data_dir.resolve()} yet. "
                "Run `rosette init`, or `rosette up`, which does it too."
            )
        _require_shared(settings, "ROSETTE_SECRET_KEY")
        _make_secret(settings.data_dir, "secret.key")
    if make and not master_key(settings):
        _require_shared(settings, "ROSETTE_MASTER_KEY")
        _make_secret(settings.data_dir, "master.key")
    if make:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rosette.settings")
    django.setup()
    occasions.open_for_good(Occasion("command"))
    return settings


def _require_shared(settings: Config, name: str) -> None:
    """No node of several makes a secret for itself, which the others would not know."""
    if settings.has_bucket:
        raise click.ClickException(
            f"ROSETTE_STORAGE_URL is for several nodes: set {name} to the same on each."
        )


def _without_secret() -> None:
    """Let Django be made ready for a command that signs nothing."""
    os.environ["ROSETTE_SECRET_KEY"] = secrets.token_urlsafe(48)
    config.cache_clear()


def _let_waiting_site_in(settings: Config) -> None:
    """If a restore was broken off when all was decided, finish it and begin the command anew."""
    if not places.is_waiting(settings.data_dir):
        return
    known = dict(os.environ)
    if not secret_key(settings):
        _without_secret()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rosette.settings")
    django.setup()
    from rosette.settings import DATABASES

    with alone(settings):
        try:
            if places.is_waiting(settings.data_dir):
                places.finish(settings.data_dir, DATABASES["default"])
                click.echo("A restore that was broken off is finished now.", err=True)
        except (Error, places.HalfWay) as error:
            raise click.ClickException(
                f"A restore is decided, but not in place yet: {error}"
            ) from error
    os.execve(sys.executable, [sys.executable, "-m", "rosette", *sys.argv[1:]], known)  # noqa: S606


def be_present(settings: Config, role: Role) -> IO[str]:
    """
    Say that this process serves, or works, here, as long as the file is open.

    Ends the command while the site is being replaced.
    """
    file = _lock(settings, role).open("w")
    for _ in range(20):
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(0.1)  # perhaps somebody only looks whether we are there
        else:
            return file
    raise click.ClickException("The site is being restored or moved just now.")


def is_present(settings: Config, role: Role) -> bool:
    """Whether some process serves, or works, on this data folder."""
    try:
        with _lock(settings, role).open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    return False


@contextmanager
def alone(settings: Config) -> Iterator[None]:
    """Nobody serves or works here, nor begins to; ends the command if somebody does."""
    with ExitStack() as stack:
        for role, who in _ROLES.items():
            file = stack.enter_context(_lock(settings, role).open("w"))
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise click.ClickException(
                    f"Here runs {who}: stop Rosette first. Nothing was changed."
                ) from None
        yield


@contextmanager
def in_turn(settings: Config) -> Iterator[None]:
    """Of processes that begin on this folder or database at once, let one after the other do so."""
    from rosette import schema

    with _lock(settings, "init").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with schema.in_turn():
            yield


def _lock(settings: Config, role: Role | Literal["init"]) -> Path:
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    return settings.data_dir / f".{role}.lock"


def measure(settings: Config, role: str) -> None:
    """Let this process, and those that it starts, keep their figures where all find them."""
    if settings.measures:
        made = metrics.folder(settings.data_dir / "metrics", role)
        os.environ[metrics.FOLDER_VARIABLE] = str(made)


def require_master_key() -> None:
    """End the command, with advice, if the master key is not the one that sealed the keys."""
    from rosette.operations import keys

    try:
        trouble = keys.sealed_otherwise()
    except Error:
        return  # no table yet, or no database; whatever comes next says so
    if trouble:
        raise click.ClickException(f"Wrong master key: {trouble}. {keys.ADVICE}")


def _make_secret(folder: Path, name: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    # Exclusive and private from its first moment; of two processes at once, one makes it.
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(48) + "\n")
