"""
Status lists of issuers: made of the rows, and signed when somebody asks for them.

As of credentials, nothing is stored: the place of an award in its list is made of its row number,
and a list of the awards that do not hold. An issuer's list covers a stretch of row numbers, of
which those of other issuers stay unset in it.
"""

from datetime import datetime
from hashlib import sha256
from typing import Final, NamedTuple

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.core.cache import caches

from rosette import metrics
from rosette.errors import NotFound
from rosette.models import Issuer, statuses
from rosette.models.revisions import Awarded
from rosette.models.statuses import Changed
from rosette.openbadges import statuslist
from rosette.openbadges.jsonld import Document
from rosette.openbadges.keys import did_web
from rosette.openbadges.proofs import data_integrity
from rosette.openbadges.statuslist import PURPOSES, Purpose
from rosette.operations import keys
from rosette.operations.keys import Signer

_KEPT_SECONDS: Final = 3600


class StatusList(NamedTuple):
    """
    A list before it is signed.

    ``numbers``: row numbers of the awards whose bits are set. ``digest``: hex digits that stand
    for all that the signed bytes depend on.
    """

    url: str
    purpose: Purpose
    issuer_url: str
    status_key: str
    numbers: list[int]
    valid_from: datetime
    signer: Signer
    digest: str


def entry(award: Awarded, issuer_url: str) -> Document:
    """The ``credentialStatus`` of an award: the same for ever, whatever becomes of the award."""
    purpose: Purpose = "suspension" if award.is_suspendable else "revocation"
    index = statuslist.index_of(award.number, key=award.status_key, purpose=purpose)
    url = _url(issuer_url, purpose, statuslist.list_number(award.number))
    return statuslist.render_entry(url, purpose, index)


def status_list(entity_id: str, purpose: str, listed: int) -> StatusList:
    """
    The list of this number of one of our own issuers, be it deleted or not.

    A revoked award is set in both lists, because the credential knows but one of them. Raises
    NotFound for a list in which no award of anybody has a place yet, but the first.
    """
    known = next((item for item in PURPOSES if item == purpose), None)
    issuer = Issuer.objects.filter(entity_id=entity_id, source_url=None).first()
    span = statuslist.numbers_in(listed)
    if known is None or issuer is None or listed < 1:
        raise NotFound
    if listed > 1 and span.start > statuses.newest_number():
        raise NotFound
    changed = statuses.changed(issuer.pk, span)
    numbers = [item.number for item in changed if _is_set(item, known)]
    signer = keys.signer(issuer.pk, "key")
    moments = [issuer.created_at, signer.mistrusted_at]
    moments += [moment for item in changed for moment in _moments(item, known)]
    valid_from = max(moment for moment in moments if moment)
    issuer_url = f"{settings.ROSETTE.origin}/public/issuers/{entity_id}"
    url = _url(issuer_url, known, listed)
    facts = [url, issuer.status_key, numbers, valid_from, signer.name, signer.public, signer.since]
    digest = sha256(orjson.dumps(facts)).hexdigest()
    return StatusList(
        url, known, issuer_url, issuer.status_key, numbers, valid_from, signer, digest
    )


def signed(unsigned: StatusList) -> bytes:
    """The list as it is handed out: a credential with its proof."""
    cache = caches["credentials"]
    key = f"status-list:{unsigned.digest}"
    kept: bytes | None = cache.get(key)
    metrics.lookup("credentials", hit=kept is not None)
    if kept is None:
        kept = _signed(unsigned)
        cache.set(key, kept, _KEPT_SECONDS)
    return kept


def revocations(entity_id: str) -> Document:
    """
    The issuer's revoked awards with reasons, as OB 3.0, "RevocationList", has them; unsigned.

    For readers: no credential leads here. Awards that are not for everybody are left out.
    """
    issuer_id = keys.issuer_number(entity_id)
    origin = settings.ROSETTE.origin
    issuer_url = f"{origin}/public/issuers/{entity_id}"
    return {
        "id": f"{issuer_url}/revocations",
        "issuer": did_web(issuer_url),
        "revokedCredential": [
            {
                "id": f"{origin}/public/assertions/{item.entity_id}/ob3",
                "revoked": True,
                "revocationReason": item.reason,
            }
            for item in statuses.revoked(issuer_id)
        ],
    }


def _signed(unsigned: StatusList) -> bytes:
    key, purpose, signer = unsigned.status_key, unsigned.purpose, unsigned.signer
    assert isinstance(signer.private, Ed25519PrivateKey)
    did = did_web(unsigned.issuer_url)
    document = statuslist.render_list(
        unsigned.url,
        purpose,
        issuer=did,
        valid_from=unsigned.valid_from,
        encoded_list=statuslist.encoded(
            statuslist.index_of(number, key=key, purpose=purpose) for number in unsigned.numbers
        ),
    )
    return orjson.dumps(
        data_integrity.attach(
            document,
            signer.private,
            method=f"{did}#{signer.name}",
            created=max(unsigned.valid_from, signer.since),
        )
    )


def _is_set(item: Changed, purpose: Purpose) -> bool:
    is_suspended = purpose == "suspension" and item.suspended_at is not None
    return is_suspended or item.revoked_at is not None


def _moments(item: Changed, purpose: Purpose) -> tuple[datetime | None, ...]:
    """When the award's bit may have changed."""
    if purpose == "revocation":
        return (item.revoked_at,)
    return item.revoked_at, item.suspended_at, item.reinstated_at


def _url(issuer_url: str, purpose: Purpose, listed: int) -> str:
    return f"{issuer_url}/status/{purpose}/{listed}"
