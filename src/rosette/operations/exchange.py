"""
Credentials of Open Badges 3.0 as programs of their holder take and bring them.

What is handed out of our own is what lies at its public address, byte for byte; what was imported
is what its issuer signed. What is brought goes through the import, with all its checks.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import Enum
from typing import Any, Final, NamedTuple

from django.db import transaction
from django.utils import timezone

from rosette.errors import NotFound, TryLater
from rosette.models import Assertion, Original
from rosette.models.assertions import kept_assertions
from rosette.models.backpack import Identity, identities_of, originals_of
from rosette.openbadges.jsonld import Document
from rosette.openbadges.recipient import matches
from rosette.openbadges.verification.credentials import issuer_of
from rosette.openbadges.verification.values import moment
from rosette.operations import audit, backpack, credentials, imports, verification
from rosette.operations.imports import Pictures
from rosette.operations.policies import Actor
from rosette.operations.verification import Foreign, Ours, failure

_BEGINNING_OF_JSON: Final = "{"
_A_MOMENT: Final = 1
_ANOTHER_ISSUER: Final = "The credential of this id that is here is another issuer's."


class Handed(NamedTuple):
    """
    Some of a person's credentials, and how many there are in all.

    ``documents`` are JSON with the proof in it, ``tokens`` compact JWS.
    """

    documents: Sequence[bytes]
    tokens: Sequence[str]
    total: int


class Change(Enum):
    """What became of a credential that was brought."""

    CREATED = "created"
    REPLACED = "replaced"
    UNCHANGED = "unchanged"
    OLDER = "older"
    """A newer copy is here, and stays."""


def hand_out(by: Actor, *, since: datetime | None, limit: int, offset: int) -> Handed:
    """
    At most ``limit`` of the person's credentials after the first ``offset``, oldest first.

    As ``backpack.credentials_part`` picks them. However many, the statements are as many.
    """
    found = backpack.credentials_part(by, since=since, limit=limit, offset=offset)
    ours = [item.award.id for item in found.items if item.award.source_url is None]
    imported = [item.award.id for item in found.items if item.award.source_url is not None]
    signed = credentials.signed_each(credentials.drafts(kept_assertions(ours)))
    originals = originals_of(imported) if imported else {}
    documents: list[bytes] = []
    tokens: list[str] = []
    for item in found.items:
        number = item.award.id
        if number in signed:
            documents.append(signed[number])
        elif number in originals:  # or it was removed meanwhile
            text = originals[number].jws
            if text.startswith(_BEGINNING_OF_JSON):
                documents.append(text.encode())
            else:
                tokens.append(text)
    return Handed(documents, tokens, found.total)


def bring(source: str | Mapping[str, Any], *, by: Actor) -> Change:
    """
    Put a credential into the person's backpack, or in the place of an older copy of it.

    ``source``: a compact JWS, or a document with its proof. Two are the same if issuer and id are
    (OB 3.0, "Credential equality and comparison algorithm"); the later ``validFrom`` stays.

    Raises InvalidInput and TryLater, as ``imports.import_award``.
    """
    document = verification.credential_in(source)
    if document is None:
        raise failure("INVALID_BADGE", "There is no credential of Open Badges 3.0 in this.")
    identities = identities_of(by.user_id)
    now = timezone.now()
    with verification.outward():
        found = verification.verified(
            source, at=now, recipient=(*identities.proven, *identities.claimed)
        )
        if isinstance(found, Ours):  # which does not say yet that this is what we signed
            document = verification.genuine(source, at=now).source
    if isinstance(found, Ours):
        return _handed_back(found, document, by=by)
    identity = imports.recognised(found, identities)
    return _kept(found, identity, imports.pictures_of(found), by=by)


@transaction.atomic
def _handed_back(named: Ours, document: Document, *, by: Actor) -> Change:
    """One of our own, which is in the backpack anyway; now it is accepted as well."""
    item = imports.handed_in(named, by=by)
    present = credentials.draft(kept_assertions([item.award.id])[item.award.id]).document
    if issuer_of(document) != issuer_of(present):
        raise failure("UNABLE_TO_VERIFY", detail=_ANOTHER_ISSUER)
    backpack.accept(item)
    return Change.OLDER if _valid_from(document) < _valid_from(present) else Change.UNCHANGED


@transaction.atomic
def _kept(foreign: Foreign, identity: Identity, images: Pictures, *, by: Actor) -> Change:
    row = _known(foreign)
    if row is None:
        _, is_new = imports.added(foreign, identity, images, by=by)
        if is_new:
            return Change.CREATED
        row = _known(foreign)  # somebody was faster
    if row is None:  # and has forgotten it again
        raise TryLater(_A_MOMENT)
    _require_same(row, foreign, by=by)
    kept = Original.objects.filter(assertion=row, is_credential=True).first()
    if kept is not None:
        before, now = _moment(kept.jws), _moment(foreign.jws)
        if now < before:
            return Change.OLDER
        if now == before and row.revoked_at is None:
            return Change.UNCHANGED
    audit.note("award.replace", "assertion", row.entity_id, by=by.user_entity_id)
    imports.refresh(row, foreign, images)
    return Change.REPLACED


def _known(foreign: Foreign) -> Assertion | None:
    """The award with this id, locked."""
    known = Assertion.objects.filter(source_url=foreign.credential.id)
    return known.select_for_update(of=("self",)).select_related("issuer").first()


def _require_same(row: Assertion, foreign: Foreign, *, by: Actor) -> None:
    """
    Refuse what has the id of an award that is here, and is another one. Raises InvalidInput.

    Anybody can write anybody's id, unless it is an address, into what they sign.
    """
    award = foreign.credential
    if row.issuer.source_url != award.achievement.issuer.id:
        raise failure("UNABLE_TO_VERIFY", detail=_ANOTHER_ISSUER, checks=foreign.checks)
    try:
        backpack.find(row.entity_id, by=by)
    except NotFound as error:
        raise imports.of_somebody_else() from error
    if not matches(award.recipient, row.recipient_identity):
        said = "It is about somebody else by now."
        raise failure("UNABLE_TO_VERIFY", detail=said, checks=foreign.checks)


def _moment(original: str) -> datetime:
    """As ``_valid_from``, of a kept original. The copy that counts may be another than was sent."""
    document = verification.credential_in(original)
    assert document is not None, "it was verified"
    return _valid_from(document)


def _valid_from(document: Document) -> datetime:
    """Since when a credential, which keeps to the schema, is in its present form."""
    found = moment(document["validFrom"])
    if found is None:  # such as a leap second
        raise failure("INVALID_BADGE", "Its validFrom is no moment that can be compared.")
    return found
