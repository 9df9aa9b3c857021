"""
Assertions: awards of badge classes to recipients.

One row per award holds all of it, evidence too; nothing that can be computed from the row
(document, baked image, proof) is stored. Reading and adding go past the model, as tuples through
hand-written SQL, because these are the paths that every award and every verifier takes.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, NamedTuple

from django.db import connection, models

from rosette.models.accounts import User
from rosette.models.badgeclasses import BadgeClass
from rosette.models.base import (
    Entity,
    marks,
    moment,
    moment_or_none,
    row,
    rows,
    run,
    stored_json,
    stored_moment,
    unjson,
)
from rosette.models.issuers import Issuer

RECIPIENT_IDENTITY_MAX_LENGTH = 768


class RecipientKind(models.TextChoices):
    """What a recipient's identity is, as the V2 wire names it."""

    EMAIL = "email"
    TELEPHONE = "telephone"
    URL = "url"
    OPENBADGE_ID = "openBadgeId"


class Acceptance(models.TextChoices):
    """What the recipient made of the award."""

    UNACCEPTED = "Unaccepted"
    ACCEPTED = "Accepted"
    REJECTED = "Rejected"


class Assertion(Entity):
    """
    One award of one badge class to one recipient.

    The identity is kept in the clear, because the issuer needs it; ``recipient_hashed`` says how
    the public document shows it. ``salt`` never changes: a new one would change the published
    hash, and with it the badge. ``evidence`` is a list of objects with the keys ``url`` and
    ``narrative``, either of them null.
    """

    badgeclass = models.ForeignKey(
        BadgeClass, on_delete=models.PROTECT, related_name="assertions", db_index=False
    )
    issuer = models.ForeignKey(
        Issuer, on_delete=models.PROTECT, related_name="assertions", db_index=False
    )
    created_by = models.ForeignKey(
        User, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    recipient_kind = models.CharField(max_length=16, choices=RecipientKind.choices)
    recipient_identity = models.CharField(max_length=RECIPIENT_IDENTITY_MAX_LENGTH)
    recipient_hashed = models.BooleanField()
    salt = models.CharField(max_length=64)
    issued_on = models.DateTimeField()
    expires_on = models.DateTimeField(null=True, blank=True)
    narrative = models.TextField(blank=True)
    evidence = models.JSONField(default=list)
    extensions = models.JSONField(default=dict)
    revoked_at = models.DateTimeField(null=True, blank=True)
    revocation_reason = models.CharField(max_length=255, blank=True)
    acceptance = models.CharField(
        max_length=10, choices=Acceptance.choices, default=Acceptance.UNACCEPTED
    )

    class Meta(Entity.Meta):
        indexes = [
            models.Index(fields=["badgeclass", "created_at", "id"], name="assertion_of_class"),
            models.Index(fields=["issuer", "created_at", "id"], name="assertion_of_issuer"),
            models.Index(fields=["issuer", "updated_at", "id"], name="assertion_changed"),
            models.Index(
                fields=["recipient_identity", "badgeclass"], name="assertion_of_recipient"
            ),
        ]


class AssertionRecord(NamedTuple):
    """One award as it is read: the row, and the names of what it hangs on."""

    id: int
    entity_id: str
    created_at: datetime
    updated_at: datetime
    recipient_kind: str
    recipient_identity: str
    recipient_hashed: bool
    salt: str
    issued_on: datetime
    expires_on: datetime | None
    narrative: str
    evidence: list[dict[str, str | None]]
    extensions: dict[str, Any]
    revoked_at: datetime | None
    revocation_reason: str
    acceptance: str
    created_by: str | None
    badgeclass_id: int
    badgeclass: str
    issuer_id: int
    issuer: str
    notice_state: str | None


_SELECT = """
    SELECT a.id, a.entity_id, a.created_at, a.updated_at, a.recipient_kind, a.recipient_identity,
        a.recipient_hashed, a.salt, a.issued_on, a.expires_on, a.narrative, a.evidence,
        a.extensions, a.revoked_at, a.revocation_reason, a.acceptance, u.entity_id,
        a.badgeclass_id, b.entity_id, a.issuer_id, i.entity_id,
        (SELECT n.state FROM rosette_notice n WHERE n.assertion_id = a.id
         ORDER BY n.id DESC LIMIT 1)
    FROM rosette_assertion a
    JOIN rosette_badgeclass b ON b.id = a.badgeclass_id
    JOIN rosette_issuer i ON i.id = a.issuer_id
    LEFT JOIN rosette_user u ON u.id = a.created_by_id
"""


def assertion_record(entity_id: str) -> AssertionRecord | None:
    """The award of this name."""
    found = row(f"{_SELECT} WHERE a.entity_id = %s", [entity_id])
    return _record(found) if found else None


def assertion_records(
    where: str, parameters: Sequence[Any], *, order: str, limit: int | None = None
) -> list[AssertionRecord]:
    """
    The awards that ``where`` picks, in this order, at most ``limit``.

    ``where`` and ``order`` are fixed text of this code base (``a``, ``b``, ``i`` name the award,
    its badge class and issuer); what callers send goes into ``parameters``.
    """
    tail = "" if limit is None else f" LIMIT {limit:d}"
    found = rows(f"{_SELECT} WHERE {where} ORDER BY {order}{tail}", parameters)
    return [_record(item) for item in found]


def _record(found: tuple[Any, ...]) -> AssertionRecord:
    return AssertionRecord(
        *found[:2],
        moment(found[2]),
        moment(found[3]),
        *found[4:6],
        bool(found[6]),
        found[7],
        moment(found[8]),
        moment_or_none(found[9]),
        found[10],
        unjson(found[11]),
        unjson(found[12]),
        moment_or_none(found[13]),
        *found[14:],
    )


class NewAssertion(NamedTuple):
    """One award as it is added, in the order of ``_COLUMNS``; its ``id`` comes from the database."""

    entity_id: str
    created_at: datetime
    updated_at: datetime
    badgeclass_id: int
    issuer_id: int
    created_by_id: int
    recipient_kind: str
    recipient_identity: str
    recipient_hashed: bool
    salt: str
    issued_on: datetime
    expires_on: datetime | None
    narrative: str
    evidence: list[dict[str, str | None]]
    extensions: dict[str, Any]


_COLUMNS = ", ".join(NewAssertion._fields) + ", revocation_reason, acceptance"
_FIXED = ("", Acceptance.UNACCEPTED.value)
_INSERT = (
    f"INSERT INTO rosette_assertion ({_COLUMNS}) "
    f"VALUES ({marks(NewAssertion._fields)}, %s, %s)"
)
_COPY = f"COPY rosette_assertion ({_COLUMNS}) FROM STDIN"
_ROWS_PER_INSERT = 500


def add_assertion(new: NewAssertion) -> int:
    """Add one award; its row number."""
    found = row(f"{_INSERT} RETURNING id", _stored(new))
    assert found is not None
    number: int = found[0]
    return number


def add_assertions(many: Sequence[NewAssertion]) -> None:
    """Add many awards: a COPY stream on PostgreSQL, rows by the hundreds on SQLite."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor, cursor.copy(_COPY) as stream:
            for new in many:
                stream.write_row(_stored(new))
        return
    waiting = iter(many)
    while chunk := list(islice(waiting, _ROWS_PER_INSERT)):
        with connection.cursor() as cursor:
            cursor.executemany(_INSERT, [_stored(new) for new in chunk])


def _stored(new: NewAssertion) -> tuple[Any, ...]:
    return (
        new.entity_id,
        stored_moment(new.created_at),
        stored_moment(new.updated_at),
        *new[3:10],
        stored_moment(new.issued_on),
        stored_moment(new.expires_on),
        new.narrative,
        stored_json(new.evidence),
        stored_json(new.extensions),
        *_FIXED,
    )


def numbers_of(entity_ids: Sequence[str]) -> dict[str, int]:
    """The row numbers of these awards, by name."""
    found: dict[str, int] = {}
    for names in _chunks(entity_ids):
        found.update(
            rows(
                f"SELECT entity_id, id FROM rosette_assertion WHERE entity_id IN ({marks(names)})",
                names,
            )
        )
    return found


def known_identities(identities: Iterable[str]) -> set[str]:
    """Those of the identities to whom anything was ever awarded on this server."""
    known: set[str] = set()
    for names in _chunks(list(identities)):
        known.update(
            name
            for (name,) in rows(
                "SELECT DISTINCT recipient_identity FROM rosette_assertion"
                f" WHERE recipient_identity IN ({marks(names)})",
                names,
            )
        )
    return known


def holders(badgeclass_id: int, identities: Iterable[str], *, at: datetime) -> set[str]:
    """Those of the identities who hold an award of the class, neither revoked nor expired."""
    holding: set[str] = set()
    for names in _chunks(list(identities)):
        holding.update(
            name
            for (name,) in rows(
                "SELECT recipient_identity FROM rosette_assertion"
                f" WHERE recipient_identity IN ({marks(names)}) AND badgeclass_id = %s"
                " AND revoked_at IS NULL AND (expires_on IS NULL OR expires_on >= %s)",
                [*names, badgeclass_id, stored_moment(at)],
            )
        )
    return holding


def revoke(number: int, *, reason: str, at: datetime) -> bool:
    """Take back the award with this row number; False if it was taken back before."""
    when = stored_moment(at)
    return bool(
        run(
            "UPDATE rosette_assertion SET revoked_at = %s, revocation_reason = %s,"
            " updated_at = %s WHERE id = %s AND revoked_at IS NULL",
            [when, reason, when, number],
        )
    )


def _chunks(names: Sequence[str], size: int = 500) -> Iterable[Sequence[str]]:
    return (names[start : start + size] for start in range(0, len(names), size))
