"""
Whether the installation is sound, as far as one sees at a glance: nobody else is asked.

``rosette doctor`` looks at these and at more; administrators see them in their browser.
"""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from django.db import connection
from django.db.utils import Error
from django.utils.translation import gettext as _

from rosette import schema
from rosette.config import Config
from rosette.operations import keys

_FREE_BYTES: Final = 500_000_000


class Finding(NamedTuple):
    """What was looked at; what is wrong with it, or None; and what to do about it."""

    check: str
    trouble: str | None
    remedy: str


def database(settings: Config) -> Finding:
    """It answers."""
    remedy = _("Check ROSETTE_DATABASE_URL, and that the database server runs.")
    name = _("database")
    try:
        connection.ensure_connection()
    except Error as error:
        return Finding(name, str(error).strip(), remedy)
    return Finding(f"{name} ({connection.vendor})", None, remedy)


def migrations(settings: Config) -> Finding:
    """The tables are those of this version."""
    name = _("migrations")
    try:
        waiting = schema.waiting()
    except Error as error:
        return Finding(name, str(error).strip(), database_first())
    trouble = _("%(count)s not applied") % {"count": waiting} if waiting else None
    return Finding(name, trouble, _("Run `rosette init`."))


def folder(settings: Config) -> Finding:
    """The data folder takes files."""
    probe = settings.data_dir / ".doctor"
    try:
        probe.write_text("x")
        probe.unlink()
        trouble = None
    except OSError as error:
        trouble = str(error)
    remedy = _("Let this user write to %(folder)s.") % {"folder": settings.data_dir}
    return Finding(_("data folder is writable"), trouble, remedy)


def secret(settings: Config) -> Finding:
    """Nobody else reads what signs links."""
    return _is_private(_("signing secret"), settings.data_dir / "secret.key")


def master(settings: Config) -> Finding:
    """Nobody else reads what seals secrets."""
    return _is_private(_("master key"), settings.data_dir / "master.key")


def sealed_keys(settings: Config) -> Finding:
    """The master key is the one that sealed the keys."""
    try:
        trouble = keys.sealed_otherwise()
    except Error as error:
        return Finding(_("signing keys"), str(error).strip(), database_first())
    return Finding(_("signing keys can be unsealed"), trouble, keys.ADVICE)


def space(settings: Config) -> Finding:
    """There is room."""
    free = shutil.disk_usage(settings.data_dir).free
    left = _("only %(count)s MB left") % {"count": free // 1_000_000}
    remedy = _("Free some space, or move ROSETTE_DATA_DIR.")
    return Finding(_("disk space"), left if free < _FREE_BYTES else None, remedy)


def address(settings: Config) -> Finding:
    """The world can reach it, as far as one can tell by its looks."""
    parts = urlsplit(settings.origin)
    is_local = parts.hostname in ("localhost", "127.0.0.1", "::1")
    trouble = None
    if not settings.public_url:
        trouble = _("badges say %(origin)s, which nobody else can reach")
    elif parts.scheme != "https" and not is_local:
        trouble = _("%(origin)s is not encrypted, and wallets take https alone")
    remedy = _("Set ROSETTE_PUBLIC_URL to the https address of this site.")
    told = trouble and trouble % {"origin": settings.origin}
    return Finding(_("public address"), told, remedy)


def nodes(settings: Config) -> Finding:
    """Where images are kept for several nodes, nothing else is kept for one alone."""
    own = (
        *(("ROSETTE_SECRET_KEY",) if not settings.secret_key else ()),
        *(("ROSETTE_MASTER_KEY",) if not settings.master_key else ()),
        *(("ROSETTE_DATABASE_URL",) if not settings.database_url.startswith("postgres") else ()),
        *(("ROSETTE_EMAIL_URL",) if not settings.email_url.startswith("smtp") else ()),
    )
    trouble = None
    if settings.has_bucket and own:
        trouble = _("this node keeps for itself what all must share: %(settings)s") % {
            "settings": ", ".join(own)
        }
    remedy = _("Set these to the same on every node; keys may come from files of the data folder.")
    return Finding(_("several nodes"), trouble, remedy)


def database_first() -> str:
    """What to do where nothing can be said without a database."""
    return _("Make the database reachable first.")


def _is_private(name: str, path: Path) -> Finding:
    open_to_others = path.exists() and path.stat().st_mode & 0o077
    trouble = _("%(path)s can be read by others") % {"path": path} if open_to_others else None
    return Finding(_("%(name)s is private") % {"name": name}, trouble, f"chmod 600 {path}")


AT_A_GLANCE: Final[tuple[Callable[[Config], Finding], ...]] = (
    database,
    migrations,
    folder,
    secret,
    master,
    sealed_keys,
    space,
    address,
    nodes,
)
