"""
Sheets: tables of recipients that somebody hands in, maps, mends, and then has awarded.

Nothing is awarded before it is confirmed. What a line means is for whoever reads lines to say
(``Reads``); it is the code that reads a single award. A confirmed sheet becomes an award job
(``operations/bulk.py``), once, however often it is confirmed.
"""

import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, Literal, NamedTuple

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from rosette.errors import InvalidInput, NotFound
from rosette.models import AwardJob, BadgeClass, Sheet, SheetColumns, assertions
from rosette.models.badgeclasses import BadgeClassRecord
from rosette.models.jobs import packed, unpacked
from rosette.openbadges.recipient import normalised
from rosette.operations import bulk, policies, tables
from rosette.operations.assertions import Award, noticed
from rosette.operations.policies import Actor, Reach
from rosette.operations.tables import Table

FIELDS: Final = (
    *("recipient", "name", "first_name", "last_name", "narrative", "url", "evidence"),
    *("issued_on", "expires_on"),
)
"""What a column can mean."""

KEPT: Final = timedelta(days=7)
"""How long a sheet is kept after it was touched last."""

_OPEN_AT_MOST: Final = 20
_CELL_MAX_LENGTH: Final = 65_536
_TOO_MANY_OPEN: Final = _("You have twenty tables open. Award or discard one of them first.")
_NO_RECIPIENT: Final = _("Say which column tells who receives it.")
_MEANT_TWICE: Final = _("Two columns mean the same. Keep one of them.")
_AWARDED: Final = _("This table was awarded already.")
_NOTHING_READY: Final = _("There is nothing to award in this table.")
_NO_ROOM: Final = _("The lines of this table have become too long.")
_PACKED_MAX_BYTES: Final = 30_000_000
_WORDS: Final = {
    "recipient": "email emailaddress mail recipient identity recipientidentity identifier "
    "emailadresse mailadresse empfaenger empfänger adresse",
    "name": "name fullname recipientname displayname vollername teilnehmer participant",
    "first_name": "firstname givenname vorname",
    "last_name": "lastname familyname surname nachname familienname",
    "narrative": "narrative comment text description beschreibung kommentar bemerkung",
    "url": "evidence evidenceurl url link nachweis beleg",
    "evidence": "evidencenarrative evidencetext nachweistext",
    "issued_on": "issuedon issued date awardedon datum ausgestelltam verliehenam",
    "expires_on": "expires expireson expiry gooduntil validuntil gueltigbis gültigbis ablauf",
}
_MEANINGS: Final = {word: field for field, words in _WORDS.items() for word in words.split()}

Line = Mapping[str, str]
"""A line, by field; what is empty is not in it."""
Reads = Callable[[Line], Award | None]
"""What the line asks for; None if something is wrong with it."""
State = Literal["ready", "twice", "wrong", "out"]


class Seen(NamedTuple):
    """What would become of a line; ``is_held``: an award is there; ``at`` counts from 0."""

    at: int
    state: State
    is_twin: bool
    is_held: bool


class Foreseen(NamedTuple):
    """What would happen: so many awards, and so many mails, with and without asking for mails."""

    awards: int
    mails: int
    mails_unasked: int


def keep(badgeclass: BadgeClass, source: bytes, *, name: str, by: Actor) -> Sheet:
    """
    A new sheet out of a file, its columns guessed.

    Raises NotPermitted below staff, and InvalidInput for what is no table, or one too many.
    """
    policies.require(Reach.STAFF, by, badgeclass.issuer)
    _require_few(by)
    table = tables.read(source)  # which takes a while, and is no transaction's business
    now = timezone.now()
    sheet = Sheet(
        badgeclass=badgeclass,
        created_by_id=by.user_id,
        name=name.replace("\0", "")[:200],
        source=zlib.compress(source),
        created_at=now,
    )
    _take(sheet, table, has_head=not any("@" in cell for cell in table.rows[0]))
    sheet.save()
    return sheet


@transaction.atomic
def again(job: AwardJob, *, name: str, head: Sequence[str], by: Actor) -> Sheet:
    """A new sheet of the lines that the job refused; ``head`` names the columns of FIELDS."""
    badgeclass = job.badgeclass
    policies.require(Reach.STAFF, by, badgeclass.issuer)
    _require_few(by)
    rows = [_cells(wish) for _number, wish, _errors in bulk.refused(job) if wish is not None]
    if not rows:
        raise InvalidInput(general=[_NOTHING_READY])
    now = timezone.now()
    rows = rows[: tables.ROWS_AT_MOST]
    sheet = Sheet(
        badgeclass=badgeclass,
        created_by_id=by.user_id,
        name=name.replace("\0", "")[:200],
        source=b"",
        created_at=now,
        updated_at=now,
        head=list(head),
        fields=["recipient", "name", "narrative", "url", "evidence", "issued_on", "expires_on"],
        cells=packed(rows),
        total=len(rows),
    )
    sheet.save()
    return sheet


def find(entity_id: str, badgeclass: BadgeClass, *, by: Actor) -> Sheet:
    """The person's own sheet. Raises NotFound, also for other people's."""
    found = Sheet.objects.filter(
        entity_id=entity_id, badgeclass=badgeclass, created_by_id=by.user_id
    ).first()
    if found is None:
        raise NotFound
    return found


def open_of(badgeclass: BadgeClass, *, by: Actor) -> list[Sheet]:
    """The person's sheets that wait, the newest first."""
    mine = Sheet.objects.filter(badgeclass=badgeclass, created_by_id=by.user_id, job=None)
    return list(mine.defer("source", "cells", "verdicts").order_by("-pk")[:_OPEN_AT_MOST])


def rows_of(sheet: Sheet) -> list[list[str]]:
    """The cells of all lines, without the head."""
    return unpacked(sheet.cells)


def line_of(sheet: Sheet, row: Sequence[str]) -> dict[str, str]:
    """What the row says, by field."""
    return {name: cell for name, cell in zip(sheet.fields, row, strict=False) if name and cell}


@transaction.atomic
def reread(sheet: Sheet, *, encoding: str, delimiter: str, has_head: bool) -> Sheet:
    """Read the file in another way; what was mended in its lines is lost."""
    sheet = _locked(sheet)
    if sheet.source:
        source = zlib.decompress(sheet.source)
        _take(sheet, tables.read(source, encoding=encoding, delimiter=delimiter), has_head=has_head)
        sheet.save()
    return sheet


@transaction.atomic
def give_meaning(sheet: Sheet, fields: Sequence[str], *, reads: Reads) -> Sheet:
    """
    Say what each column means, look at every line, and remember it for the badge class.

    Raises InvalidInput if no column says who receives, or two say the same.
    """
    sheet = _locked(sheet)
    chosen = [name if name in FIELDS else "" for name in fields][: len(sheet.fields)]
    chosen += [""] * (len(sheet.fields) - len(chosen))
    meant = [name for name in chosen if name]
    if "recipient" not in meant:
        raise InvalidInput(general=[_NO_RECIPIENT])
    if len(set(meant)) < len(meant):
        raise InvalidInput(general=[_MEANT_TWICE])
    sheet.fields = chosen
    sheet.verdicts = packed([_verdict(sheet, row, reads) for row in rows_of(sheet)])
    _save(sheet)
    if sheet.head:
        said = {_word(head): name for head, name in zip(sheet.head, chosen, strict=True)}
        SheetColumns.objects.update_or_create(
            badgeclass_id=sheet.badgeclass_id, defaults={"fields": said}
        )
    return sheet


@transaction.atomic
def mend(
    sheet: Sheet,
    cells: Mapping[tuple[int, int], str],
    choices: Mapping[int, str],
    *,
    reads: Reads,
) -> Sheet:
    """Other texts for cells, by line and column, and what to do with lines; they count from 0."""
    sheet = _locked(sheet)
    rows, verdicts = rows_of(sheet), _verdicts(sheet)
    touched = set()
    for (at, column), text in cells.items():
        if at < len(rows) and column < len(rows[at]):
            rows[at][column] = text.strip()[:_CELL_MAX_LENGTH]
            touched.add(at)
    for at in touched:
        verdicts[at] = _verdict(sheet, rows[at], reads)
    for at, choice in choices.items():
        if choice in ("skip", "again") and at < len(rows):
            sheet.choices[str(at)] = choice
        else:
            sheet.choices.pop(str(at), None)
    sheet.cells, sheet.verdicts = packed(rows), packed(verdicts)
    if len(sheet.cells) > _PACKED_MAX_BYTES:
        raise InvalidInput(general=[_NO_ROOM])
    _save(sheet)
    return sheet


def seen(sheet: Sheet) -> list[Seen]:
    """What would become of every line now. Wants the columns to have a meaning."""
    verdicts = _verdicts(sheet)
    identities = {verdict[1] for verdict in verdicts if verdict}
    held = assertions.holders(sheet.badgeclass_id, identities, at=timezone.now())
    told, met = [], set()
    for at, verdict in enumerate(verdicts):
        choice = sheet.choices.get(str(at))
        if not verdict:
            told.append(Seen(at, "out" if choice == "skip" else "wrong", False, False))
            continue
        is_held, is_twin = verdict[1] in held, verdict[1] in met
        is_double = is_held or is_twin
        state: State = "twice" if is_double and choice != "again" else "ready"
        if choice == "skip":
            state = "out"
        else:
            met.add(verdict[1])
        told.append(Seen(at, state, is_twin, is_held))
    return told


def counts(lines: Sequence[Seen]) -> dict[str, int]:
    """How many lines are in which state."""
    found = Counter(line.state for line in lines)
    return {state: found[state] for state in ("ready", "wrong", "twice", "out")}


def foreseen(sheet: Sheet) -> Foreseen:
    """What confirming would do: nothing is done."""
    verdicts = _verdicts(sheet)
    ready = [verdicts[line.at] for line in seen(sheet) if line.state == "ready"]
    wishes = [Award(identity, kind) for kind, identity in ready]
    identities = [wish.identity for wish in wishes]
    mails = sum(wish.kind == "email" for wish in wishes)
    return Foreseen(len(wishes), mails, sum(noticed(wishes, identities)))


@transaction.atomic
def confirm(
    sheet: Sheet,
    badgeclass: BadgeClassRecord,
    *,
    reads: Reads,
    notify: bool,
    begins_at: datetime | None,
    by: Actor,
) -> AwardJob:
    """
    Have all lines awarded that are ready, at once or from a moment on.

    Confirmed twice, it is the same job. Raises NotPermitted below staff, and InvalidInput if no
    line is ready or the badge class is archived.
    """
    policies.require_at(Reach.STAFF, by, badgeclass)
    sheet = Sheet.objects.select_for_update(of=("self",)).get(pk=sheet.pk)
    if sheet.job is not None:
        return sheet.job
    rows = rows_of(sheet)
    ready = [line for line in seen(sheet) if line.state == "ready"]
    lines = bulk.packed_lines(_wishes(sheet, rows, ready, reads, notify=notify))
    sheet.job = bulk.begin(badgeclass, lines, by=by, begins_at=begins_at)
    # What is not needed any more names people.
    sheet.source, sheet.cells, sheet.verdicts = b"", packed([]), None
    sheet.choices = {}
    _save(sheet)
    return sheet.job


def discard(sheet: Sheet) -> None:
    """Throw the sheet away; what it has become stays."""
    sheet.delete()


def forget(*, before: datetime) -> None:
    """Throw away sheets that nobody touched since."""
    Sheet.objects.filter(updated_at__lt=before).delete()


def _require_few(by: Actor) -> None:
    if Sheet.objects.filter(created_by_id=by.user_id, job=None).count() >= _OPEN_AT_MOST:
        raise InvalidInput(general=[_TOO_MANY_OPEN])


def _wishes(
    sheet: Sheet, rows: list[list[str]], ready: Sequence[Seen], reads: Reads, *, notify: bool
) -> Iterator[bulk.Line]:
    for line in ready:
        wish = reads(line_of(sheet, rows[line.at]))
        if wish is None:  # a day that has begun where it was read and not where it is confirmed
            continue
        again = sheet.choices.get(str(line.at)) == "again"
        yield wish._replace(notify=notify, allow_duplicates=again)


def _take(sheet: Sheet, table: Table, *, has_head: bool) -> None:
    has_head = has_head and len(table.rows) > 1
    rows = table.rows[1:] if has_head else table.rows
    if len(rows) > tables.ROWS_AT_MOST:
        raise InvalidInput(general=[tables.TOO_MANY])
    sheet.head = [cell[:200].replace("\0", "") for cell in table.rows[0]] if has_head else []
    sheet.cells, sheet.total = packed(rows), len(rows)
    sheet.encoding, sheet.delimiter = table.encoding, table.delimiter
    sheet.fields = _guessed(sheet, rows)
    sheet.verdicts, sheet.choices = None, {}
    sheet.updated_at = timezone.now()


def _guessed(sheet: Sheet, rows: list[list[str]]) -> list[str]:
    """What the columns may mean: as last time, by their names, or by what stands in them."""
    kept = SheetColumns.objects.filter(badgeclass_id=sheet.badgeclass_id).first()
    last: dict[str, str] = kept.fields if kept else {}
    found: list[str] = []
    for head in map(_word, sheet.head or [""] * len(rows[0])):
        name = last[head] if head in last else _MEANINGS.get(head, "")
        found.append("" if name in found else name)
    if "recipient" not in found:
        signs = [sum("@" in row[at] for row in rows[:200]) for at in range(len(found))]
        if max(signs):
            found[signs.index(max(signs))] = "recipient"
    return found


def _word(head: str) -> str:
    return "".join(letter for letter in head.casefold() if letter.isalpha())


def _verdict(sheet: Sheet, row: list[str], reads: Reads) -> Any:
    wish = reads(line_of(sheet, row))
    return [wish.kind, normalised(wish.identity, wish.kind)] if wish else 0


def _verdicts(sheet: Sheet) -> list[Any]:
    if sheet.verdicts is None:
        raise InvalidInput(general=[_NO_RECIPIENT])
    return unpacked(sheet.verdicts)


def _cells(wish: Award) -> list[str]:
    """The wish as a row of ``again``; the day is that of the reader."""
    evidence = wish.evidence[0] if wish.evidence else {}
    profile = wish.extensions.get("extensions:recipientProfile", {})
    days = [
        timezone.localtime(at).date().isoformat() if at else ""
        for at in (wish.issued_on, wish.expires_on)
    ]
    return [
        wish.identity,
        str(profile.get("name", "")),
        wish.narrative,
        evidence.get("url") or "",
        evidence.get("narrative") or "",
        *days,
    ]


def _locked(sheet: Sheet) -> Sheet:
    found = Sheet.objects.select_for_update(of=("self",)).filter(pk=sheet.pk).first()
    if found is None:
        raise NotFound
    if found.job_id is not None:
        raise InvalidInput(general=[_AWARDED])
    return found


def _save(sheet: Sheet) -> None:
    sheet.updated_at = timezone.now()
    sheet.save()
