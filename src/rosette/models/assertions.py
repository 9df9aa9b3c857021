"""
Assertions: awards of badge classes to recipients.

One row per award holds all of it, evidence too; nothing that can be computed from the row
(document, baked image, proof) is stored. Reading and adding go past the model, as tuples through
hand-written SQL, because these are the paths that every award and every verifier takes.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection, models

from rosette.models.accounts import User
from rosette.models.audit import INSERT_ENTRY, Entry, add_entry, stored_entry
from rosette.models.badgeclasses import PUBLISHED_BADGECLASS, BadgeClass, PublishedBadgeClass
from rosette.models.base import (
    Published,
    asked_texts,
    at_once,
    marks,
    on_postgresql,
    row,
    rows,
    run,
    stored_json,
    stored_moment,
    stored_texts,
    unjson,
)
from rosette.models.issuers import Issuer
from rosette.openbadges.recipient import Kind

RECIPIENT_IDENTITY_MAX_LENGTH = 768
SALT_MAX_LENGTH = 255


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


class Visibility(models.TextChoices):
    """
    Who may see the award; its recipient says so.

    ``link``: whoever has the address with its ``share_hash``, and nobody by its own name.
    """

    PUBLIC = "public"
    LINK = "link"
    PRIVATE = "private"


SHARE_HASH_LENGTH = 32


class Assertion(Published):
    """
    One award of one badge class to one recipient.

    The identity is kept in the clear, because the issuer needs it; ``recipient_hashed`` says how
    the public document shows it. ``salt`` never changes: a new one would change the published
    hash, and with it the badge. ``evidence`` is a list of objects with the keys ``url`` and
    ``narrative``, either of them null. Of an imported award, ``source_identity`` is the identity
    as the foreign document shows it, and ``created_by`` who imported it. ``share_hash`` is 32 hex
    digits while the award is seen by link alone, else null; each time it gets a new one.
    ``amended_at``: when what it says was last changed, or null; what its recipient does with it
    is no such change. ``suspended_at``: since when it does not hold for the time being, or null;
    ``reinstated_at``: when it was last made to hold again. ``claimed_at``: when its recipient last
    accepted it, or null. ``endorsements``: names of those that it shows, or null.
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
    source_identity = models.CharField(
        max_length=RECIPIENT_IDENTITY_MAX_LENGTH, null=True, blank=True
    )
    salt = models.CharField(max_length=SALT_MAX_LENGTH)
    issued_on = models.DateTimeField()
    expires_on = models.DateTimeField(null=True, blank=True)
    narrative = models.TextField(blank=True)
    evidence = models.JSONField(default=list)
    extensions = models.JSONField(default=dict)
    amended_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    revocation_reason = models.CharField(max_length=255, blank=True)
    # Past the model, awards are added without these; the database knows what they are then.
    suspended_at = models.DateTimeField(null=True, blank=True)
    suspension_reason = models.CharField(max_length=255, blank=True, default="", db_default="")
    reinstated_at = models.DateTimeField(null=True, blank=True)
    endorsements = models.JSONField(null=True, blank=True, editable=False)
    acceptance = models.CharField(
        max_length=10, choices=Acceptance.choices, default=Acceptance.UNACCEPTED
    )
    # The database knows the default as well, so that adding awards past the model need not say it.
    visibility = models.CharField(
        max_length=7,
        choices=Visibility.choices,
        default=Visibility.PUBLIC,
        db_default=Visibility.PUBLIC,
    )
    share_hash = models.CharField(max_length=SHARE_HASH_LENGTH, null=True, blank=True)
    claimed_at = models.DateTimeField(null=True, blank=True)

    class Meta(Published.Meta):
        constraints = [
            *Published.Meta.constraints,
            models.UniqueConstraint(
                fields=["share_hash"],
                condition=models.Q(share_hash__isnull=False),
                name="assertion_share_hash",
            ),
            models.CheckConstraint(
                condition=models.Q(visibility=Visibility.LINK, share_hash__isnull=False)
                | (~models.Q(visibility=Visibility.LINK) & models.Q(share_hash__isnull=True)),
                name="assertion_hash_for_link",
            ),
        ]
        indexes = [
            models.Index(fields=["badgeclass", "created_at", "id"], name="assertion_of_class"),
            models.Index(fields=["issuer", "created_at", "id"], name="assertion_of_issuer"),
            models.Index(fields=["issuer", "updated_at", "id"], name="assertion_changed"),
            models.Index(
                fields=["recipient_identity", "badgeclass"], name="assertion_of_recipient"
            ),
            models.Index(
                fields=["issuer", "id"],
                condition=models.Q(revoked_at__isnull=False)
                | models.Q(suspended_at__isnull=False)
                | models.Q(reinstated_at__isnull=False),
                name="assertion_status_changed",
            ),
        ]


class AssertionRecord(NamedTuple):
    """
    One award as it is read: the row, and the names of what it hangs on.

    ``is_heard``: webhooks hear of what becomes of it. ``is_step``: it leads along a pathway.
    """

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
    source_url: str | None = None
    source_identity: str | None = None
    badgeclass_source_url: str | None = None
    issuer_source_url: str | None = None
    visibility: str = Visibility.PUBLIC.value
    share_hash: str | None = None
    suspended_at: datetime | None = None
    suspension_reason: str = ""
    is_heard: bool = False
    is_step: bool = False

    @property
    def is_suspended(self) -> bool:
        """Whether it does not hold for the time being; one that was revoked does not for good."""
        return self.suspended_at is not None and self.revoked_at is None


_SELECT = """
    SELECT a.id, a.entity_id, a.created_at, a.updated_at, a.recipient_kind, a.recipient_identity,
        a.recipient_hashed, a.salt, a.issued_on, a.expires_on, a.narrative, a.evidence,
        a.extensions, a.revoked_at, a.revocation_reason, a.acceptance, u.entity_id,
        a.badgeclass_id, b.entity_id, a.issuer_id, i.entity_id,
        (SELECT n.state FROM rosette_notice n WHERE n.assertion_id = a.id
         ORDER BY n.id DESC LIMIT 1),
        a.source_url, a.source_identity, b.source_url, i.source_url, a.visibility, a.share_hash,
        a.suspended_at, a.suspension_reason, i.has_webhooks, b.is_step
    FROM rosette_assertion a
    JOIN rosette_badgeclass b ON b.id = a.badgeclass_id
    JOIN rosette_issuer i ON i.id = a.issuer_id
    LEFT JOIN rosette_user u ON u.id = a.created_by_id
"""


def assertion_record(entity_id: str) -> AssertionRecord | None:
    """The award of this name."""
    found = row(f"{_SELECT} WHERE a.entity_id = %s", [entity_id])
    return _record(found) if found else None


def assertion_records_named(names: Iterable[str]) -> dict[str, AssertionRecord]:
    """Those of the awards with these names that there are, by name."""
    found = rows(
        f"{_SELECT} WHERE a.entity_id IN (SELECT name FROM ({asked_texts()}) AS asked)",
        [stored_texts(names)],
    )
    return {record.entity_id: record for record in map(_record, found)}


def assertion_records(
    where: str,
    parameters: Sequence[Any],
    *,
    order: str,
    limit: int | None = None,
    offset: int = 0,
) -> list[AssertionRecord]:
    """
    The awards that ``where`` picks, in this order, at most ``limit``, without the first ``offset``.

    ``where`` and ``order`` are fixed text of this code base (``a``, ``b``, ``i`` name the award,
    its badge class and issuer); what callers send goes into ``parameters``.
    """
    tail = "" if limit is None else f" LIMIT {limit:d} OFFSET {offset:d}"
    found = rows(f"{_SELECT} WHERE {where} ORDER BY {order}{tail}", parameters)
    return [_record(item) for item in found]


def _record(found: tuple[Any, ...]) -> AssertionRecord:
    evidence, extensions = found[11:13]
    return AssertionRecord._make([*found[:11], unjson(evidence), unjson(extensions), *found[13:]])


class PublishedAssertion(NamedTuple):
    """
    What public documents of an award are made of; ``recipient_hashed`` says what they show.

    ``entity_id`` is the name under which it is published: of one that is seen by link alone, the
    ``share_hash``, so that its documents and images lead there and nowhere else.
    """

    entity_id: str
    updated_at: datetime
    recipient_kind: Kind
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
    suspended_at: datetime | None
    suspension_reason: str
    source_url: str | None
    source_identity: str | None
    visibility: str
    endorsements: list[str] | None
    badgeclass: PublishedBadgeClass

    @property
    def is_listed(self) -> bool:
        """Whether search engines may know of it."""
        is_test = self.badgeclass.issuer.sandbox
        return self.visibility == Visibility.PUBLIC and not is_test

    @property
    def holds(self) -> bool:
        """Whether the award holds: it was neither taken back nor suspended."""
        return self.revoked_at is None and self.suspended_at is None

    @classmethod
    def of(cls, columns: tuple[Any, ...]) -> "PublishedAssertion":
        """Made of what ``_PUBLISHED`` selects."""
        evidence, extensions = columns[9:11]
        return cls._make(
            [
                *columns[:9],
                unjson(evidence),
                unjson(extensions),
                *columns[11:18],
                columns[18] and unjson(columns[18]),
                PublishedBadgeClass.of(columns[19:]),
            ]
        )


_PUBLISHED_FROM = """
    FROM rosette_assertion a
    JOIN rosette_badgeclass b ON b.id = a.badgeclass_id
    JOIN rosette_issuer i ON i.id = b.issuer_id
"""
_PUBLISHED = f"""
    SELECT COALESCE(a.share_hash, a.entity_id),
        {", ".join(f"a.{name}" for name in PublishedAssertion._fields[1:-1])},
        {PUBLISHED_BADGECLASS}
    {_PUBLISHED_FROM}
"""


# An imported award shows once somebody has proven to be its recipient; our own always do.
PROVEN = """
    (a.source_url IS NULL
    OR EXISTS (SELECT 1 FROM account_emailaddress e
        WHERE e.email = a.recipient_identity AND e.verified AND a.recipient_kind = 'email')
    OR EXISTS (SELECT 1 FROM rosette_identifier p
        WHERE p.value = a.recipient_identity AND p.kind = a.recipient_kind
        AND p.verified_at IS NOT NULL))
"""

_PUBLIC = f"a.visibility = '{Visibility.PUBLIC.value}'"
_NOT_PRIVATE = f"a.visibility <> '{Visibility.PRIVATE.value}'"


def published_assertion(entity_id: str) -> PublishedAssertion | None:
    """
    The award of this name, with its badge class and issuer, be they deleted or not.

    One that is seen by link alone is found by its hash, and a private one by nothing. None, too,
    for an imported one while nobody has proven to be its recipient.
    """
    found = row(f"{_PUBLISHED} WHERE a.entity_id = %s AND {_PUBLIC} AND {PROVEN}", [entity_id])
    if found is None and len(entity_id) == SHARE_HASH_LENGTH:
        found = row(f"{_PUBLISHED} WHERE a.share_hash = %s AND {PROVEN}", [entity_id])
    return PublishedAssertion.of(found) if found else None


def published_changes(entity_id: str) -> tuple[datetime, ...] | None:
    """When the award of this public name, its class and its issuer were last changed, if public."""
    return row(
        f"SELECT a.updated_at, b.updated_at, i.updated_at {_PUBLISHED_FROM}"
        f" WHERE a.entity_id = %s AND {_PUBLIC} AND {PROVEN}",
        [entity_id],
    )


def kept_assertions(numbers: Sequence[int]) -> dict[int, PublishedAssertion]:
    """The awards by row number, whoever may see them: nothing for anybody but their recipient."""
    if not numbers:
        return {}
    selected = _PUBLISHED.replace("SELECT", "SELECT a.id,", 1)
    found = rows(f"{selected} WHERE a.id IN ({marks(numbers)})", numbers)
    return {item[0]: PublishedAssertion.of(item[1:]) for item in found}


def published_assertions_in(collection_id: int) -> list[PublishedAssertion]:
    """
    The awards in the collection, in its order; no revoked, suspended, rejected or private ones.

    Whoever is here has a secret address from their owner already: those seen by link do show.
    """
    found = rows(
        f"{_PUBLISHED} JOIN rosette_collectionitem c ON c.assertion_id = a.id"
        f" WHERE c.collection_id = %s AND a.revoked_at IS NULL AND a.suspended_at IS NULL"
        f" AND a.acceptance <> %s AND {_NOT_PRIVATE} AND {PROVEN}"
        " ORDER BY c.position, c.id",
        [collection_id, Acceptance.REJECTED.value],
    )
    return [PublishedAssertion.of(item) for item in found]


class NewAssertion(NamedTuple):
    """
    One award as it is added, in the order of ``_COLUMNS``.

    ``id``: a reserved row number, or None for the one that the database gives.
    """

    id: int | None
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
_WITHOUT_ID = _COLUMNS.removeprefix("id, ")
_FIXED = ("", Acceptance.UNACCEPTED.value)
_MARKS = marks((*NewAssertion._fields, *_FIXED))
_INSERT_MANY = f"INSERT INTO rosette_assertion ({_COLUMNS}) VALUES ({_MARKS})"
_INSERT_ONE = (
    f"INSERT INTO rosette_assertion ({_WITHOUT_ID}) "
    f"VALUES ({_MARKS.removeprefix('%s, ')}) RETURNING id"
)
_INSERT_NOTED = f"WITH noted AS ({INSERT_ENTRY}) {_INSERT_ONE}"
_COPY = f"COPY rosette_assertion ({_COLUMNS}) FROM STDIN"


def add_assertion(new: NewAssertion, *, noted: Entry) -> int:
    """Add one award and its entry in the audit log; its row number, which the database gives."""
    if on_postgresql():
        # One statement is a transaction of its own, and costs less than one that is begun.
        found = row(_INSERT_NOTED, [*stored_entry(noted), *_stored(new)[1:]])
    else:
        with at_once():
            add_entry(noted)
            found = row(_INSERT_ONE, _stored(new)[1:])
    assert found is not None
    number: int = found[0]
    return number


def reserve_numbers(count: int) -> list[int]:
    """
    Row numbers for so many awards of the present transaction, ascending.

    Known before the rows are added, so that what refers to them can be added in bulk as well.
    """
    if on_postgresql():
        sequence = "pg_get_serial_sequence('rosette_assertion', 'id')"
        found = rows(f"SELECT nextval({sequence}) FROM generate_series(1, %s)", [count])
        return [number for (number,) in found]
    # The transaction holds SQLite's only write lock, so nobody else numbers rows meanwhile.
    last = row("SELECT seq FROM sqlite_sequence WHERE name = 'rosette_assertion'")
    start = (last[0] if last else 0) + 1
    return list(range(start, start + count))


def add_assertions(many: Iterable[NewAssertion]) -> list[NewAssertion]:
    """
    Add many awards with reserved numbers, as they come: COPY on PostgreSQL.

    There the database works on the first while the last are still being made.
    """
    added: list[NewAssertion] = []
    with connection.cursor() as cursor:
        if on_postgresql():
            with cursor.copy(_COPY) as stream:
                for new in many:
                    stream.write_row(_stored(new))
                    added.append(new)
        else:
            added.extend(many)
            cursor.executemany(_INSERT_MANY, [_stored(new) for new in added])
    return added


def _stored(new: NewAssertion) -> tuple[Any, ...]:
    return (
        new.id,
        new.entity_id,
        stored_moment(new.created_at),
        stored_moment(new.updated_at),
        *new[4:11],
        stored_moment(new.issued_on),
        stored_moment(new.expires_on),
        new.narrative,
        stored_json(new.evidence),
        stored_json(new.extensions),
        *_FIXED,
    )


def lock_badgeclass(badgeclass_id: int) -> None:
    """
    Let nobody else look for duplicates of this class until the transaction ends.

    SQLite has one writer at a time anyway.
    """
    if on_postgresql():
        run("SELECT 1 FROM rosette_badgeclass WHERE id = %s FOR NO KEY UPDATE", [badgeclass_id])


def known_identities(identities: Iterable[str]) -> set[str]:
    """Those of the identities to whom anything was ever awarded on this server, not elsewhere."""
    # One look for each name, however many awards it has.
    found = rows(
        f"SELECT name FROM ({asked_texts()}) AS asked"
        " WHERE EXISTS (SELECT 1 FROM rosette_assertion a"
        " WHERE a.recipient_identity = asked.name AND a.source_url IS NULL)",
        [stored_texts(identities)],
    )
    return {name for (name,) in found}


def holders(badgeclass_id: int, identities: Iterable[str], *, at: datetime) -> set[str]:
    """Those of the identities who hold an award of the class, neither revoked nor expired."""
    found = rows(
        f"SELECT name FROM ({asked_texts()}) AS asked"
        " WHERE EXISTS (SELECT 1 FROM rosette_assertion a"
        " WHERE a.recipient_identity = asked.name AND a.badgeclass_id = %s"
        " AND a.revoked_at IS NULL AND (a.expires_on IS NULL OR a.expires_on >= %s))",
        [stored_texts(identities), badgeclass_id, stored_moment(at)],
    )
    return {name for (name,) in found}


_REVOKE = """
    UPDATE rosette_assertion AS a
    SET revoked_at = %s, updated_at = %s, revocation_reason = asked.reason
    FROM ({asked}) AS asked WHERE a.id = asked.number AND a.revoked_at IS NULL
"""
_REVOKE_ON_POSTGRESQL = _REVOKE.format(
    asked="SELECT * FROM unnest(%s::bigint[], %s::text[]) AS pairs(number, reason)"
)
_REVOKE_ON_SQLITE = _REVOKE.format(
    asked="SELECT json_extract(value, '$[0]') AS number, json_extract(value, '$[1]') AS reason"
    " FROM json_each(%s)"
)


def revoke(reasons: Mapping[int, str], *, at: datetime) -> set[int]:
    """
    Take back the awards with these row numbers, for these reasons, in one statement.

    The numbers of those that were taken back now, and not before.
    """
    times = [stored_moment(at)] * 2
    if on_postgresql():
        asked = [list(reasons), list(reasons.values())]
        found = rows(f"{_REVOKE_ON_POSTGRESQL} RETURNING a.id", [*times, *asked])
    else:
        asked = [stored_json(list(reasons.items()))]
        found = rows(f"{_REVOKE_ON_SQLITE} RETURNING id", [*times, *asked])
    return {number for (number,) in found}
