"""Opening the house for a command: data folder, secret, Django."""

import os
import secrets
from pathlib import Path

import click
import django
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.utils import Error

from rosette import metrics, occasions
from rosette.config import Config, config, master_key, secret_key
from rosette.occasions import Occasion

MASTER_KEY_ADVICE = (
    "Put the former one back, in ROSETTE_MASTER_KEY or master.key of the data folder. "
    "If it is lost, `rosette keys rotate --all` makes new signing keys; what was signed stays good."
)


def open_house(*, make: bool = False) -> Config:
    """
    The settings, with Django ready.

    ``make``: make the data folder and its secrets if they are missing; else a missing secret ends
    the command with advice.
    """
    settings = config()
    if not secret_key(settings):
        if not make:
            raise click.ClickException(
                f"There is no Rosette in {settings.data_dir.resolve()} yet. "
                "Run `rosette init`, or `rosette up`, which does it too."
            )
        _make_secret(settings.data_dir, "secret.key")
    if make and not master_key(settings):
        _make_secret(settings.data_dir, "master.key")
    if make:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rosette.settings")
    django.setup()
    occasions.open_for_good(Occasion("command"))
    return settings


def measure(settings: Config, role: str) -> None:
    """Let this process, and those that it starts, keep their figures where all find them."""
    if settings.measures:
        made = metrics.folder(settings.data_dir / "metrics", role)
        os.environ[metrics.FOLDER_VARIABLE] = str(made)


def migrate() -> int:
    """Bring the database up to this version; how many migrations were applied."""
    waiting = waiting_migrations()
    if waiting:
        call_command("migrate", verbosity=0, interactive=False)
    return waiting


def waiting_migrations() -> int:
    """How many migrations are not applied yet."""
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def require_master_key() -> None:
    """End the command, with advice, if the master key is not the one that sealed the keys."""
    from rosette.operations import keys

    try:
        trouble = keys.sealed_otherwise()
    except Error:
        return  # no table yet, or no database; whatever comes next says so
    if trouble:
        raise click.ClickException(f"Wrong master key: {trouble}. {MASTER_KEY_ADVICE}")


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
