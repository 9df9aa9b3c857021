"""
The audit log: who changed what, when and from where; and the blocks that seal it.

An entry is written by the transaction of its change, and names things by their entity ids, so that
it outlives them. Blocks are made afterwards (``operations/chain.py``): each covers the entries
after those of the one before, and its digest covers the digest of that.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final, NamedTuple

import orjson
from django.db import models

from rosette.models.base import (
    ENTITY_ID_MAX_LENGTH,
    marks,
    on_postgresql,
    row,
    rows,
    run,
    stored_moment,
)

MARK_BYTES: Final = 16
_NUMBER_BYTES: Final = 8


class AuditEntry(models.Model):
    """
    One change.

    ``actor``: entity id of the person; or ``operator`` (the shell), ``server`` (nobody asked), or
    empty (somebody who is not known). ``application``: the client id of their token. ``kind`` and
    ``name``: what was changed, and its entity id. ``issuer``: entity id of the issuer concerned,
    or empty. ``address``: where from; empty once it is erased. ``request``: id of the request or
    job. ``details``: the text of a JSON object, kept as it was written. ``mac``: see
    ``operations/audit.py``.
    """

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField()
    action = models.CharField(max_length=32)
    actor = models.CharField(max_length=ENTITY_ID_MAX_LENGTH)
    application = models.CharField(max_length=100)
    kind = models.CharField(max_length=16)
    name = models.CharField(max_length=ENTITY_ID_MAX_LENGTH)
    issuer = models.CharField(max_length=ENTITY_ID_MAX_LENGTH)
    address = models.CharField(max_length=64)
    request = models.CharField(max_length=64)
    details = models.TextField()
    mac = models.BinaryField()

    class Meta:
        indexes = [
            models.Index(
                fields=["issuer", "id"],
                condition=~models.Q(issuer=""),
                name="auditentry_of_issuer",
            ),
            models.Index(fields=["actor", "id"], name="auditentry_of_actor"),
            models.Index(fields=["name"], name="auditentry_of_thing"),
        ]

    def __str__(self) -> str:
        return f"{self.pk} {self.action}"


class AuditBlock(models.Model):
    """
    The entries up to ``last_entry`` that no earlier block has, sealed.

    ``marks``: for each of them its row number (8 bytes) and the mark of its content (16).
    ``previous`` and ``digest``: SHA-256 in hex. ``mac``: of the digest, by the master key that
    ``label`` names. ``pruned_at``: when its entries were thrown away for their age, or null.
    """

    number = models.PositiveBigIntegerField(primary_key=True)
    last_entry = models.BigIntegerField()
    last_at = models.DateTimeField()
    count = models.PositiveIntegerField()
    marks = models.BinaryField()
    previous = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)
    label = models.CharField(max_length=12)
    mac = models.CharField(max_length=64)
    sealed_at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True)
    pruned_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return str(self.number)

    def marked(self) -> dict[int, bytes]:
        """The mark of each entry, by row number, in order."""
        kept, width = bytes(self.marks), _NUMBER_BYTES + MARK_BYTES
        return {
            int.from_bytes(kept[at : at + _NUMBER_BYTES], "big"): kept[
                at + _NUMBER_BYTES : at + width
            ]
            for at in range(0, len(kept), width)
        }

    def expected_digest(self) -> str:
        """What the digest has to be."""
        facts = [self.number, self.previous, self.last_entry, self.count]
        return sha256(orjson.dumps(facts) + b"\n" + bytes(self.marks)).hexdigest()


class Entry(NamedTuple):
    """One entry as it is written and read, without its row number."""

    at: datetime
    action: str
    actor: str
    application: str
    kind: str
    name: str
    issuer: str
    address: str
    request: str
    details: str
    mac: bytes = b""

    def content(self) -> bytes:
        """All of it but the address and the MAC, as bytes that are always the same."""
        return content_of(self)


def content_of(fields: Sequence[Any]) -> bytes:
    """As ``Entry.content``, of the fields of one that has no MAC yet."""
    at = fields[0] if fields[0].tzinfo is UTC else fields[0].astimezone(UTC)
    return orjson.dumps((at, *fields[1:7], *fields[8:10]))


class Numbered(NamedTuple):
    """An entry and its row number."""

    number: int
    entry: Entry

    def mark(self) -> bytes:
        """What a block keeps of it. The address is left out, so that it can be erased."""
        whole = b"%d\n%s\n%s" % (self.number, self.entry.content(), self.entry.mac)
        return sha256(whole).digest()[:MARK_BYTES]


def packed_marks(entries: Sequence[Numbered]) -> bytes:
    """The marks of the entries as a block keeps them."""
    return b"".join(item.number.to_bytes(_NUMBER_BYTES, "big") + item.mark() for item in entries)


_COLUMNS = ", ".join(Entry._fields)
INSERT_ENTRY: Final = f"INSERT INTO rosette_auditentry ({_COLUMNS}) VALUES ({marks(Entry._fields)})"


def stored_entry(new: Entry) -> tuple[Any, ...]:
    """The parameters of ``INSERT_ENTRY``."""
    return stored_moment(new.at), *new[1:]


def add_entry(new: Entry) -> None:
    """Write the entry."""
    run(INSERT_ENTRY, stored_entry(new))


def add_entries(many: Sequence[Entry]) -> None:
    """Write the entries, a thousand to the statement."""
    for at in range(0, len(many), 1000):
        some = many[at : at + 1000]
        values = ", ".join([f"({marks(Entry._fields)})"] * len(some))
        parameters = [value for new in some for value in stored_entry(new)]
        run(f"INSERT INTO rosette_auditentry ({_COLUMNS}) VALUES {values}", parameters)


def newest_entry() -> int:
    """The highest row number that was ever drawn by a transaction which began before now."""
    if on_postgresql():
        sequence = row("SELECT pg_get_serial_sequence('rosette_auditentry', 'id')")
        assert sequence is not None
        found = row(f"SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM {sequence[0]}")
    else:
        found = row("SELECT max(id) FROM rosette_auditentry")
    return int(found[0] or 0) if found else 0


def entries_between(after: int, last: int, *, limit: int | None = None) -> list[Numbered]:
    """The entries with row numbers above ``after`` up to ``last``, in order."""
    tail = "" if limit is None else f" LIMIT {limit:d}"
    found = rows(
        f"SELECT id, {_COLUMNS} FROM rosette_auditentry WHERE id > %s AND id <= %s"
        f" ORDER BY id{tail}",
        [after, last],
    )
    return [_numbered(item) for item in found]


def entries_where(
    where: str, parameters: Sequence[Any], *, limit: int, newest_first: bool = True
) -> list[Numbered]:
    """The entries that ``where`` (fixed text of this code base) picks, by row number."""
    order = "DESC" if newest_first else "ASC"
    found = rows(
        f"SELECT id, {_COLUMNS} FROM rosette_auditentry WHERE {where}"
        f" ORDER BY id {order} LIMIT {limit:d}",
        parameters,
    )
    return [_numbered(item) for item in found]


def in_steps(after: int, last: int, step: int = 2000) -> Iterator[Numbered]:
    """As ``entries_between``, a few at a time."""
    while found := entries_between(after, last, limit=step):
        yield from found
        after = found[-1].number


_UNDER_WAY: Final = """
    SELECT pid, xact_start::text, backend_xid IS NOT NULL FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL
"""


def under_way() -> dict[tuple[int, str], bool]:
    """
    The transactions under way on PostgreSQL, and of each whether it has written anything.

    Those of our own database user: of others, it tells nothing, and they write no entries.

    None on SQLite, where whoever asks within a transaction is the only one who writes.
    """
    if not on_postgresql():
        return {}
    return {(pid, begun): writes for pid, begun, writes in rows(_UNDER_WAY)}


def _numbered(found: tuple[Any, ...]) -> Numbered:
    return Numbered(found[0], Entry._make([*found[1:-1], bytes(found[-1])]))
