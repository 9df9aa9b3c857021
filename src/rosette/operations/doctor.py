"""Whether the installation is sound: checks, each with what to do about what it finds."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Final

from django.core.mail import get_connection
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.utils import Error
from django.utils.translation import gettext as _

from rosette.config import Config
from rosette.operations import keys

Finding = tuple[str, str | None, str]
"""What was looked at, what is wrong with it or None, and the remedy."""


def waiting_migrations() -> int:
    """How many migrations are not applied yet."""
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def _database(settings: Config) -> Finding:
    remedy = _("Check ROSETTE_DATABASE_URL, and that the database server runs.")
    try:
        connection.ensure_connection()
    except Error as error:
        return _("database"), str(error).strip(), remedy
    return _("database (%(kind)s)") % {"kind": connection.vendor}, None, remedy


def _migrations(settings: Config) -> Finding:
    try:
        waiting = waiting_migrations()
    except Error as error:
        return _("migrations"), str(error).strip(), _("Make the database reachable first.")
    trouble = _("%(count)s not applied") % {"count": waiting} if waiting else None
    return _("migrations"), trouble, _("Run `rosette init`.")


def _folder(settings: Config) -> Finding:
    probe = settings.data_dir / ".doctor"
    try:
        probe.write_text("x")
        probe.unlink()
        trouble = None
    except OSError as error:
        trouble = str(error)
    return (
        _("data folder is writable"),
        trouble,
        _("Let this user write to %(folder)s.") % {"folder": settings.data_dir},
    )


def _secret(settings: Config) -> Finding:
    return _is_private(_("signing secret"), settings.data_dir / "secret.key")


def _master(settings: Config) -> Finding:
    return _is_private(_("master key"), settings.data_dir / "master.key")


def _is_private(name: str, path: Path) -> Finding:
    open_to_others = path.exists() and path.stat().st_mode & 0o077
    trouble = _("%(path)s can be read by others") % {"path": path} if open_to_others else None
    return _("%(name)s is private") % {"name": name}, trouble, f"chmod 600 {path}"


def _sealed_keys(settings: Config) -> Finding:
    try:
        trouble = keys.sealed_otherwise()
    except Error as error:
        return _("signing keys"), str(error).strip(), _("Make the database reachable first.")
    return _("signing keys can be unsealed"), trouble, keys.ADVICE


def _space(settings: Config) -> Finding:
    free = shutil.disk_usage(settings.data_dir).free
    trouble = (
        _("only %(count)s MB left") % {"count": free // 1_000_000} if free < 500_000_000 else None
    )
    return _("disk space"), trouble, _("Free some space, or move ROSETTE_DATA_DIR.")


def _address(settings: Config) -> Finding:
    local = not settings.public_url
    trouble = (
        _("badges say %(origin)s, which nobody else can reach") % {"origin": settings.origin}
        if local
        else None
    )
    return _("public address"), trouble, _("Set ROSETTE_PUBLIC_URL to the address of this site.")


def _mail(settings: Config) -> Finding:
    remedy = _("Check ROSETTE_EMAIL_URL, and that the mail server takes connections.")
    try:
        door = get_connection()
        door.open()
        door.close()
    except OSError as error:
        return _("mail"), str(error), remedy
    return _("mail"), None, remedy


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
