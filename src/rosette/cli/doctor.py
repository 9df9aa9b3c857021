"""``rosette doctor``: is everything well, and what to do if it is not."""

import json
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final, NamedTuple
from urllib.parse import urlsplit

import click

from rosette.cli.house import is_present, open_house
from rosette.config import Config

_CLOCK: Final = timedelta(seconds=5)
_WAITS: Final = timedelta(minutes=5)
_QUIET: Final = timedelta(hours=2)
_DATABASE_FIRST: Final = "Make the database reachable first."


class Finding(NamedTuple):
    """What was looked at; what is wrong with it, or None; and what to do about it."""

    check: str
    trouble: str | None
    remedy: str


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Say it for programs.")
def doctor(as_json: bool) -> None:
    """Check the installation; say what to do about each finding."""
    settings = open_house()
    findings = [Finding(*check(settings)) for check in _checks()]
    if as_json:
        found = [
            {"check": check, "ok": trouble is None, "trouble": trouble, "remedy": remedy}
            if trouble
            else {"check": check, "ok": True}
            for check, trouble, remedy in findings
        ]
        is_well = not any(finding.trouble for finding in findings)
        click.echo(json.dumps({"ok": is_well, "checks": found}, indent=2))
    else:
        for check, trouble, remedy in findings:
            state = "ok " if trouble is None else "BAD"
            click.echo(f"{state}  {check}" + (f": {trouble}" if trouble else ""))
            if trouble:
                click.echo(f"     {remedy}")
    if any(finding.trouble for finding in findings):
        sys.exit(1)


def _clock(_: Config) -> Finding:
    """Nothing is of a later time than this machine's, neither the database nor what is in it."""
    from django.db import connection
    from django.db.utils import Error
    from django.utils import timezone

    from rosette.models import Assertion

    trouble = None
    try:
        if connection.vendor == "postgresql":
            before = timezone.now()
            with connection.cursor() as cursor:
                cursor.execute("SELECT clock_timestamp()")
                [[its]] = cursor.fetchall()
            apart = max(before - its, its - timezone.now())
            if apart > _CLOCK:
                trouble = f"it is {_long(apart)} apart from that of the database"
        newest = Assertion.objects.order_by("-pk").values_list("created_at", flat=True).first()
    except Error as error:
        return Finding("clock", str(error).strip(), _DATABASE_FIRST)
    if newest and newest - timezone.now() > _CLOCK:
        trouble = f"the newest award was made {_long(newest - timezone.now())} from now"
    return Finding("clock", trouble, "Let the clocks be set by NTP (`timedatectl set-ntp true`).")


def _storage(settings: Config) -> Finding:
    """A file is written to where images are kept, read back and taken away."""
    from django.core.files.base import ContentFile
    from django.core.files.storage import default_storage

    content = b"Is everything well?"
    try:
        name = default_storage.save(".doctor", ContentFile(content))
        try:
            with default_storage.open(name) as file:
                trouble = None if file.read() == content else "it gives back something else"
        finally:
            default_storage.delete(name)
    except OSError as error:
        trouble = str(error)
    remedy = (
        "See that the storage of ROSETTE_STORAGE_URL runs, that its bucket is there, and that "
        "these keys may read, write, list and delete."
        if settings.has_bucket
        else f"Let this user write to {settings.data_dir / 'media'}, and look at that disk."
    )
    return Finding("storage of images", trouble, remedy)


def _reachable(settings: Config) -> Finding:
    """Under its own address answers this very site: whose keys are ours."""
    from django.db.utils import Error

    from rosette import fetching
    from rosette.openbadges.keys import did_document
    from rosette.operations import keys
    from rosette.sealing import WrongMasterKey

    name = "site answers under its address"
    if not settings.public_url:
        return Finding(name, None, "")  # the finding before this one says it
    try:
        ours = did_document(settings.origin, keys.published(None))
    except (Error, WrongMasterKey) as error:
        return Finding(name, str(error).strip(), _DATABASE_FIRST)
    host = urlsplit(settings.origin).hostname
    remedy = (
        "See that `rosette up` runs, and that the proxy of this address leads to "
        f"http://{settings.host}:{settings.port}."
    )
    try:
        answer = fetching.fetch(
            f"{settings.origin}/.well-known/did.json",
            accept="application/json",
            max_bytes=1_000_000,
            timeout_seconds=10,
            # Our own address may be one of this machine's, or of its network.
            allow_loopback=host in ("localhost", "127.0.0.1", "::1"),
        )
        if answer.status != 200 or json.loads(answer.content) != ours:
            return Finding(name, f"another site answers (status {answer.status})", remedy)
    except fetching.FetchError as error:
        return Finding(name, error.message, remedy)
    except ValueError:
        return Finding(name, "something else answers", remedy)
    return Finding(name, None, remedy)


def _mail(_: Config) -> Finding:
    from django.core.mail import get_connection

    remedy = "Check ROSETTE_EMAIL_URL, and that the mail server takes connections."
    try:
        door = get_connection()
        door.open()
        door.close()
    except OSError as error:
        return Finding("mail", str(error), remedy)
    return Finding("mail", None, remedy)


def _worker(settings: Config) -> Finding:
    """A worker is here, or one elsewhere has shown itself, and nothing waits for long."""
    from django.db.models import Case, Min, When
    from django.db.utils import Error
    from django.utils import timezone
    from django_tasks_db.models import DBTaskResult

    now = timezone.now()
    remedy = "Run `rosette work`, or `rosette up`, which does it too; see what it says."
    # What may be done at once is put off until the year 9999, as the library has it.
    since = Case(When(run_after__gt=now, then="enqueued_at"), default="run_after")
    late = DBTaskResult.objects.ready().annotate(since=since).filter(since__lt=now - _WAITS)
    try:
        oldest: datetime | None = late.aggregate(oldest=Min("since"))["oldest"]
        recent = DBTaskResult.objects.filter(started_at__gt=now - _QUIET).exists()
    except Error as error:
        return Finding("worker", str(error).strip(), _DATABASE_FIRST)
    here = is_present(settings, "work")
    if not here and not recent:
        return Finding("worker", "there is none", remedy)
    if oldest:
        more = "" if here else "; if you have several, one more helps"
        return Finding(
            "worker", f"{late.count()} jobs wait, one for {_long(now - oldest)}{more}", remedy
        )
    return Finding("worker", None, remedy)


def _long(span: timedelta) -> str:
    seconds = int(span.total_seconds())
    if seconds < 120:
        return f"{seconds} seconds"
    return f"{seconds // 60} minutes" if seconds < 7200 else f"{seconds // 3600} hours"


def _checks() -> list[Callable[[Config], tuple[str, str | None, str]]]:
    """What is seen at a glance, and what one has to ask for."""
    from rosette.operations import doctor

    return [
        doctor.database,
        doctor.migrations,
        _clock,
        doctor.folder,
        _storage,
        doctor.secret,
        doctor.master,
        doctor.sealed_keys,
        doctor.space,
        doctor.address,
        doctor.nodes,
        _reachable,
        _mail,
        _worker,
    ]
