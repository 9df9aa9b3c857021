"""Reading the audit log: what was done at one issuer, or on the whole site, the newest first."""

import csv
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple, cast

import orjson

from rosette.models import AuditBlock, Issuer
from rosette.models.audit import Numbered, entries_where
from rosette.models.base import marks, stored_moment
from rosette.operations import audit, policies
from rosette.operations.policies import Actor, Reach

COLUMNS: Final = (
    *("number", "at", "action", "actor", "application", "kind", "name", "issuer", "address"),
    *("request", "details"),
)
_AT_A_TIME: Final = 1000
# An entry has the time of its beginning, and stands where it was written.
_LATEST: Final = timedelta(hours=1)
_END: Final = datetime.max.replace(tzinfo=UTC) - _LATEST
# What a spreadsheet would take for a formula.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


class Wanted(NamedTuple):
    """
    Which entries: all that is said has to fit.

    ``action``: a whole one, or what stands before its dot. ``name``: entity id of what was changed.
    ``since`` and ``until``: the former is in, the latter is not. ``below``: row number of the last
    entry of the page before; None for the first page.
    """

    action: str = ""
    actor: str = ""
    kind: str = ""
    name: str = ""
    since: datetime | None = None
    until: datetime | None = None
    below: int | None = None


class Event(NamedTuple):
    """One entry, as it is shown; ``address`` is empty for anybody but the operator."""

    number: int
    at: datetime
    action: str
    actor: str
    application: str
    kind: str
    name: str
    issuer: str
    address: str
    request: str
    details: dict[str, Any]


def of_issuer(issuer: Issuer, wanted: Wanted, *, by: Actor, limit: int) -> list[Event]:
    """
    What was done at the issuer, for its owners, without where from: that is the operator's.

    Raises NotPermitted below owner.
    """
    policies.require(Reach.OWNER, by, issuer)
    found = _found(wanted, limit, issuer=issuer.entity_id)
    return [event._replace(address="") for event in found]


def of_site(wanted: Wanted, *, limit: int, issuer: str = "") -> list[Event]:
    """What was done on this server, or at one issuer of it; for whoever runs it."""
    return _found(wanted, limit, issuer=issuer)


def every(wanted: Wanted, *, issuer: str = "") -> Iterator[Event]:
    """As ``of_site``, all of it, a thousand in memory at a time."""
    # What comes in meanwhile is newer, and so above the first.
    while page := _found(wanted, _AT_A_TIME, issuer=issuer):
        yield from page
        wanted = wanted._replace(below=page[-1].number)


def csv_lines(events: Iterable[Event]) -> Iterator[str]:
    """The events as lines of a table, the first of them with headings."""
    line = csv.writer(_Echo()).writerow
    yield cast(str, line(COLUMNS))
    for event in events:
        details = orjson.dumps(event.details).decode() if event.details else ""
        fields = [str(event.number), event.at.isoformat(), *event[2:10], details]
        yield cast(
            str, line([f"'{text}" if text.startswith(_FORMULA) else text for text in fields])
        )


class _Echo:
    """A file that hands back what is written to it."""

    def write(self, line: str) -> str:
        return line


def _found(wanted: Wanted, limit: int, *, issuer: str) -> list[Event]:
    where, parameters = ["1 = 1"], list[Any]()
    for column, value in (
        ("issuer", issuer),
        ("actor", wanted.actor),
        ("kind", wanted.kind),
        ("name", wanted.name),
    ):
        if value:
            where.append(f"{column} = %s")
            parameters.append(value.replace("\x00", "\N{REPLACEMENT CHARACTER}"))
    if issuer:
        where.append("issuer <> ''")  # for the index, which has no others
    if wanted.action:
        meant = [
            action
            for action in audit.ACTIONS
            if action == wanted.action or action.startswith(f"{wanted.action}.")
        ]
        where.append(f"action IN ({marks(meant)})" if meant else "1 = 0")
        parameters += meant
    if wanted.since is not None:
        where.append("at >= %s AND id > %s")
        parameters += [stored_moment(wanted.since), _last_before(wanted.since)]
    if wanted.until is not None:
        where.append("at < %s")
        parameters.append(stored_moment(wanted.until))
        if (last := _last_until(wanted.until)) is not None:
            where.append("id <= %s")
            parameters.append(last)
    if wanted.below is not None:
        where.append("id < %s")
        parameters.append(wanted.below)
    found = entries_where(" AND ".join(where), parameters, limit=limit)
    return [_event(item) for item in found]


def _last_before(moment: datetime) -> int:
    """Row number of the last entry of the blocks that end before the moment: a page of an index."""
    blocks = AuditBlock.objects.filter(last_at__gte=moment).order_by("number")
    later = blocks.values_list("number", flat=True).first()
    before = AuditBlock.objects.order_by("-number")
    if later is not None:
        before = before.filter(number__lt=later)
    return before.values_list("last_entry", flat=True).first() or 0


def _last_until(moment: datetime) -> int | None:
    """Row number above which every entry is later than the moment; None if that is not known."""
    if moment > _END:
        return None
    blocks = AuditBlock.objects.filter(last_at__gte=moment + _LATEST).order_by("number")
    return blocks.values_list("last_entry", flat=True).first()


def _event(item: Numbered) -> Event:
    entry = item.entry
    return Event(item.number, *entry[:9], details=orjson.loads(entry.details))
