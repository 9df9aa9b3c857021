"""Whether the installation is sound: checks, each with what to do about what it finds."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Final

from django.core.mail import get_connection
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.utils import Error

from rosette.config import Config
from rosette.operations import keys

Finding = tuple[str, str | None, str]
"""What was looked at, what is wrong with it or None, and the remedy."""


def waiting_migrations() -> int:
    """How many migrations are not applied yet."""
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def _database(_: Config) -> Finding:
    remedy = "Check ROSETTE_DATABASE_URL, and that the database server runs."
    try:
        connection.ensure_connection()
    except Error as error:
        return "database", str(error).strip(), remedy
    return f"database ({connection.vendor})", None, remedy


def _migrations(_: Config) -> Finding:
    try:
        waiting = waiting_migrations()
    except Error as error:
        return "migrations", str(error).strip(), "Make the database reachable first."
    trouble = f"{waiting} not applied" if waiting else None
    return "migrations", trouble, "Run `rosette init`."


def _folder(settings: Config) -> Finding:
    probe = settings.data_dir / ".doctor"
    try:
        probe.write_text("x")
        probe.unlink()
        trouble = None
    except OSError as error:
        trouble = str(error)
    return "data folder is writable", trouble, f"Let this user write to {settings.data_dir}."


def _secret(settings: Config) -> Finding:
    return _is_private("signing secret", settings.data_dir / "secret.key")


def _master(settings: Config) -> Finding:
    return _is_private("master key", settings.data_dir / "master.key")


def _is_private(name: str, path: Path) -> Finding:
    open_to_others = path.exists() and path.stat().st_mode & 0o077
    trouble = f"{path} can be read by others" if open_to_others else None
    return f"{name} is private", trouble, f"chmod 600 {path}"


def _sealed_keys(_: Config) -> Finding:
    try:
        trouble = keys.sealed_otherwise()
    except Error as error:
        return "signing keys", str(error).strip(), "Make the database reachable first."
    return "signing keys can be unsealed", trouble, keys.ADVICE


def _space(settings: Config) -> Finding:
    free = shutil.disk_usage(settings.data_dir).free
    trouble = f"only {free // 1_000_000} MB left" if free < 500_000_000 else None
    return "disk space", trouble, "Free some space, or move ROSETTE_DATA_DIR."


def _address(settings: Config) -> Finding:
    local = not settings.public_url
    trouble = f"badges say {settings.origin}, which nobody else can reach" if local else None
    return "public address", trouble, "Set ROSETTE_PUBLIC_URL to the address of this site."


def _mail(_: Config) -> Finding:
    remedy = "Check ROSETTE_EMAIL_URL, and that the mail server takes connections."
    try:
        door = get_connection()
        door.open()
        door.close()
    except OSError as error:
        return "mail", str(error), remedy
    return "mail", None, remedy


CHECKS: Final[tuple[Callable[[Config], Finding], ...]] = (
    _database,
    _migrations,
    _folder,
    _secret,
    _master,
    _sealed_keys,
    _space,
    _address,
    _mail,
)

AT_A_GLANCE: Final = tuple(check for check in CHECKS if check is not _mail)
"""Those that ask nobody else, and so take no time."""
