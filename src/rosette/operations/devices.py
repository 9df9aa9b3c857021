"""Where a person is signed in to the pages, and ending that from elsewhere."""

import re
from typing import Final, NamedTuple

from django.db import transaction
from django.utils import timezone

from rosette.errors import NotFound
from rosette.models import Session, User
from rosette.operations import audit

# What browsers call themselves, and people call them; the first that fits counts, for most say
# that they are like others, too.
_BROWSERS: Final = (
    ("Edg(?:e|A|iOS)?/", "Edge"),
    ("OPR/|Opera", "Opera"),
    ("Vivaldi/", "Vivaldi"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/|FxiOS/", "Firefox"),
    ("Chrome/|CriOS/|Chromium/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS: Final = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X|Macintosh", "Mac"),
    ("Linux|X11", "Linux"),
)


class Device(NamedTuple):
    """A browser in which somebody is signed in; ``browser`` and ``system`` are empty if unknown."""

    session: Session
    browser: str
    system: str


def of_person(person: User) -> list[Device]:
    """Where the person is signed in, the last used first."""
    rows = Session.objects.filter(user=person, expire_date__gt=timezone.now()).order_by("-seen_at")
    return [Device(row, *described(row.agent)) for row in rows]


def described(agent: str) -> tuple[str, str]:
    """Browser and system, as people call what calls itself so; empty where nobody knows."""
    return _named(agent, _BROWSERS), _named(agent, _SYSTEMS)


@transaction.atomic
def end(person: User, number: str) -> None:
    """Sign the person out there. Raises NotFound."""
    gone, _ = Session.objects.filter(user=person, number=number).exclude(number="").delete()
    if not gone:
        raise NotFound
    audit.note("device.end", "user", person.entity_id, by=person.entity_id)


@transaction.atomic
def end_all(person: User, *, but: str = "", by: User | None = None) -> int:
    """
    Sign the person out everywhere, but for the session of this number; out of how many.

    ``by``: who wants just that; None where it follows from something that is noted by itself.
    """
    gone = Session.objects.filter(user=person)
    if but:
        gone = gone.exclude(number=but)
    count = gone.delete()[0]
    if by is not None and count:
        audit.note("device.end", "user", person.entity_id, by=by.entity_id, count=count)
    return count


def _named(agent: str, names: tuple[tuple[str, str], ...]) -> str:
    return next((name for pattern, name in names if re.search(pattern, agent)), "")
