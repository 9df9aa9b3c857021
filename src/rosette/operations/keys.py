"""
The keys that issuers and the site sign with: made when first needed, sealed, exchanged.

The private half of a key is forgotten when another takes its place; the public half stays
published, so that what it signed stays good.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Final, NamedTuple

from django.db import models, transaction
from django.db.models import functions
from django.utils import timezone

from rosette import sealing
from rosette.errors import NotFound
from rosette.models import Issuer, SigningKey, Webhook
from rosette.openbadges import keys
from rosette.openbadges.jsonld import Document
from rosette.openbadges.keys import KINDS, Kind, PrivateKey, PublishedKey
from rosette.operations import audit

ADVICE: Final = (
    "Put the former one back, in ROSETTE_MASTER_KEY or master.key of the data folder. "
    "If it is lost, `rosette keys rotate --all` makes new signing keys; what was signed stays good."
)
"""What to do where the master key is not the one that sealed the keys."""


class Signer(NamedTuple):
    """
    The key that signs for an owner now.

    ``public`` is as ``PublishedKey.public``. ``since``: when it was made; it has signed nothing
    before. ``mistrusted_at``: when a key of this owner was last given up as stolen, or None; what
    was signed before is signed anew.
    """

    name: str
    private: PrivateKey
    public: str | Document
    since: datetime
    mistrusted_at: datetime | None


def signer(issuer_id: int | None, kind: Kind) -> Signer:
    """
    The signer of this kind; its key is made if there is none. ``issuer_id``: None for the site.

    Raises WrongMasterKey if the key was sealed with another master key than the present one.
    """
    rows = _rows(issuer_id)
    if _active(rows, kind) is None:
        rows = _with(issuer_id, [kind])
    return _signer(rows, kind)


def signers(issuer_ids: Iterable[int], kind: Kind) -> dict[int, Signer]:
    """As ``signer``, of many issuers at a time, in as many statements as for one."""
    owners = sorted(set(issuer_ids))
    found = _rows_of(owners)
    missing = [owner for owner in owners if _active(found[owner], kind) is None]
    if missing:
        _make([(owner, found[owner]) for owner in missing], [kind])
        found |= _rows_of(missing)
    return {owner: _signer(found[owner], kind) for owner in owners}


def published(issuer_id: int | None) -> list[PublishedKey]:
    """
    All the keys that the owner ever had, the oldest first.

    Those in use are made now if they are missing: whoever has read the list without them would
    not know them when the first credential comes.
    """
    rows = _rows(issuer_id)
    missing = [kind for kind in KINDS if _active(rows, kind) is None]
    if missing:
        rows = _with(issuer_id, missing)
    return [_published(row) for row in rows]


def issuer_number(entity_id: str) -> int:
    """The row number of one of our own issuers, be it deleted or not. Raises NotFound."""
    number = (
        Issuer.objects.filter(entity_id=entity_id, source_url=None)
        .values_list("pk", flat=True)
        .first()
    )
    if number is None:
        raise NotFound
    return number


@transaction.atomic
def rotate(
    issuer: Issuer | None, kinds: Iterable[Kind] = KINDS, *, stolen: bool = False
) -> list[SigningKey]:
    """
    Put new keys in the place of those in use; the new ones.

    ``stolen``: nothing that the old ones signed is to count any more. What this site still
    publishes is signed anew when it is next asked for.
    """
    issuer_id = issuer.pk if issuer else None
    if issuer:
        Issuer.objects.select_for_update().get(pk=issuer.pk)
    now = timezone.now()
    wanted = list(kinds)
    ended: dict[str, object] = {"retired_at": now, "sealed": ""}
    SigningKey.objects.filter(issuer=issuer, kind__in=wanted, retired_at=None).update(
        **ended | ({"withdrawn_at": now} if stolen else {})
    )
    rows = _with(issuer_id, wanted)
    owner = issuer.entity_id if issuer else ""
    audit.note("key.rotate", "key", "", by=audit.SERVER, issuer=owner, kinds=wanted, stolen=stolen)
    return [row for kind in wanted if (row := _active(rows, kind))]


def sealed_otherwise() -> str | None:
    """
    What is wrong with the master key, or None: secrets in use that it cannot unseal.

    There has to be one in any case: without it nothing can be noted in the audit log, nor changed.
    """
    signing = SigningKey.objects.exclude(sealed="").values_list(_head("sealed"), flat=True)
    told = Webhook.objects.values_list(_head("secret"), flat=True)
    labels = {sealing.label_of(head) for head in (*signing.distinct(), *told.distinct())}
    try:
        label = sealing.sealer().label
    except sealing.WrongMasterKey as trouble:
        return str(trouble)
    others = sorted(labels - {label})
    if not others:
        return None
    return (
        f"keys or secrets were sealed with the master key {', '.join(others)}, "
        f"but the one in force is {label}"
    )


def _head(column: str) -> functions.Left:
    return functions.Left(column, sealing.HEAD_LENGTH)


def _rows(issuer_id: int | None) -> list[SigningKey]:
    owned = models.Q(issuer_id=issuer_id) if issuer_id else models.Q(issuer=None)
    return list(SigningKey.objects.filter(owned).order_by("kind", "number"))


def _rows_of(issuer_ids: Sequence[int]) -> dict[int, list[SigningKey]]:
    found: dict[int, list[SigningKey]] = {number: [] for number in issuer_ids}
    for row in SigningKey.objects.filter(issuer__in=issuer_ids).order_by("kind", "number"):
        assert row.issuer_id is not None
        found[row.issuer_id].append(row)
    return found


def _signer(rows: Sequence[SigningKey], kind: Kind) -> Signer:
    row = _active(rows, kind)
    assert row is not None, "whoever asks has it made before"
    stolen = [item.withdrawn_at for item in rows if item.withdrawn_at]
    return Signer(
        str(row),
        _private(row.sealed, _purpose(row)),
        row.public,
        row.created_at,
        max(stolen, default=None),
    )


def _active(rows: Iterable[SigningKey], kind: Kind) -> SigningKey | None:
    return next((row for row in rows if row.kind == kind and row.retired_at is None), None)


def _with(issuer_id: int | None, kinds: Collection[Kind]) -> list[SigningKey]:
    """The owner's keys, with one in use of each of the kinds; whoever comes first makes it."""
    _make([(issuer_id, _rows(issuer_id))], kinds)
    return _rows(issuer_id)


@transaction.atomic
def _make(
    known: Iterable[tuple[int | None, Sequence[SigningKey]]], kinds: Collection[Kind]
) -> None:
    """Make keys of these kinds for owners of whom these are known; who was faster has theirs."""
    made = []
    for issuer_id, rows in known:
        for kind in kinds:
            private = keys.new_key(kind)
            row = SigningKey(
                issuer_id=issuer_id,
                kind=kind,
                number=max((item.number for item in rows if item.kind == kind), default=0) + 1,
                public=keys.published(private),
                created_at=timezone.now(),
            )
            row.sealed = sealing.sealer().seal(keys.packed(private), purpose=_purpose(row))
            made.append(row)
    SigningKey.objects.bulk_create(made, ignore_conflicts=True)
    owners = {row.issuer_id for row in made if row.issuer_id is not None}
    names = (
        dict(Issuer.objects.filter(pk__in=owners).values_list("pk", "entity_id")) if owners else {}
    )
    audit.note_all(
        audit.entry(
            "key.create",
            "key",
            str(row),
            by=audit.SERVER,
            issuer=names[row.issuer_id] if row.issuer_id is not None else "",
        )
        for row in made
    )


def _purpose(row: SigningKey) -> str:
    """What the sealing is bound to, so that no key can be put in another's place."""
    return f"signing key {row} of {row.issuer_id or 'the site'}"


@lru_cache(256)
def _private(sealed: str, purpose: str) -> PrivateKey:
    return keys.unpacked(sealing.sealer().unseal(sealed, purpose=purpose))


def _published(row: SigningKey) -> PublishedKey:
    kind: Kind = "key" if row.kind == SigningKey.Kind.KEY else "jwt"
    return PublishedKey(kind, row.number, row.public, is_trusted=not row.withdrawn_at)
