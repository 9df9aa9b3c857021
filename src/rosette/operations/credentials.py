"""
Credentials of Open Badges 3.0: made of the rows, and signed when somebody asks for them.

Nothing is stored. The same award gives the same bytes: what it says comes out of rows that do not
change, the time of the proof does, and both signatures leave nothing to chance. What was signed
once is kept in Django's cache ``credentials``, under a digest of all that is signed.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from hashlib import sha256
from typing import Final, Literal, NamedTuple, Protocol

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.core.cache import caches

from rosette import metrics
from rosette.errors import NotFound
from rosette.models import revisions
from rosette.models.assertions import PublishedAssertion
from rosette.models.revisions import Awarded
from rosette.openbadges import documents
from rosette.openbadges.jsonld import Document
from rosette.openbadges.keys import Kind, did_web
from rosette.openbadges.proofs import data_integrity, jwt
from rosette.operations import keys, publishing, statuses
from rosette.operations.keys import Signer

Form = Literal["embedded", "jwt"]
"""JSON with the proof embedded in it, or a compact JWS around the JSON."""

_KINDS: Final[dict[Form, Kind]] = {"embedded": "key", "jwt": "jwt"}
_KEPT_SECONDS: Final = 3600


class Draft(NamedTuple):
    """
    A credential before it is signed.

    ``row`` is the award with its badge class and issuer as they were when it was made.
    ``created``: the time of the proof. ``digest``: hex digits that stand for all that the signed
    bytes depend on.
    """

    row: PublishedAssertion
    form: Form
    document: Document
    issuer_url: str
    created: datetime
    signer: Signer
    digest: str


class Unsigned(Protocol):
    """What signing wants to know of a credential, be it of an award or of something else."""

    @property
    def form(self) -> Form: ...
    @property
    def document(self) -> Document: ...
    @property
    def issuer_url(self) -> str: ...
    @property
    def created(self) -> datetime: ...
    @property
    def signer(self) -> Signer: ...
    @property
    def digest(self) -> str: ...


def draft(row: PublishedAssertion, form: Form = "embedded", *, holder: str | None = None) -> Draft:
    """
    The credential of an award, be it revoked or not: its status says that, not the credential.

    ``holder`` is the DID of whoever takes it into a wallet. That makes another document of the same
    credential: it has the same id, times and status, so that it ends with the award.

    Raises NotFound for an award of another server, in whose name nothing can be signed here.
    """
    awarded = revisions.awarded(row.entity_id)
    if awarded is None:
        raise NotFound
    signer = keys.signer(awarded.issuer_id, _KINDS[form])
    return _draft(row, awarded, signer, form, holder=holder)


def drafts(rows: Mapping[int, PublishedAssertion]) -> dict[int, Draft]:
    """
    The credentials of many awards with embedded proofs, by row number.

    Awards of other servers are left out. As many statements as for one.
    """
    awarded = revisions.awarded_each(list(rows))
    signers = keys.signers([item.issuer_id for item in awarded.values()], _KINDS["embedded"])
    return {
        number: _draft(rows[number], item, signers[item.issuer_id], "embedded")
        for number, item in awarded.items()
    }


def signed(unsigned: Unsigned) -> bytes:
    """The credential as it is handed out: JSON with its proof, or a compact JWS."""
    cache = caches["credentials"]
    key = _cache_key(unsigned)
    kept: bytes | None = cache.get(key)
    metrics.lookup("credentials", hit=kept is not None)
    if kept is None:
        kept = _SIGNERS[unsigned.form](unsigned)
        cache.set(key, kept, _KEPT_SECONDS)
    return kept


def signed_each(unsigned: Mapping[int, Draft]) -> dict[int, bytes]:
    """As ``signed``, of many, in one look into the cache."""
    cache = caches["credentials"]
    names = {number: _cache_key(item) for number, item in unsigned.items()}
    kept = cache.get_many(names.values())
    for name in names.values():
        metrics.lookup("credentials", hit=name in kept)
    made = {
        names[number]: _SIGNERS[item.form](item)
        for number, item in unsigned.items()
        if names[number] not in kept
    }
    if made:
        cache.set_many(made, _KEPT_SECONDS)
    return {number: made.get(name) or kept[name] for number, name in names.items()}


def digest_of(
    form: Form, document: Document, issuer_url: str, created: datetime, signer: Signer
) -> str:
    """Hex digits that stand for all that the signed bytes depend on."""
    facts = [form, document, issuer_url, created, signer.name, signer.public]
    return sha256(orjson.dumps(facts)).hexdigest()


def kind_of(form: Form) -> Kind:
    """The kind of key that signs credentials of this form."""
    return _KINDS[form]


def _cache_key(unsigned: Unsigned) -> str:
    return f"credential:{unsigned.digest}"


def _draft(
    row: PublishedAssertion,
    awarded: Awarded,
    signer: Signer,
    form: Form,
    *,
    holder: str | None = None,
) -> Draft:
    row = _as_awarded(row, awarded)
    fact = publishing.credential(row)
    written_at = awarded.amended_at or awarded.created_at
    # Signed anew, because the key of the time has fallen into wrong hands.
    is_renewed = signer.mistrusted_at is not None and written_at < signer.mistrusted_at
    document = documents.achievement_credential(
        fact,
        status=statuses.entry(awarded, fact.achievement.issuer.address),
        valid_from=signer.mistrusted_at if is_renewed else awarded.amended_at,
        with_schema=settings.ROSETTE.credential_schema,
        holder=holder,
    )
    issuer_url = fact.achievement.issuer.address
    created = max(written_at, signer.since)
    digest = digest_of(form, document, issuer_url, created, signer)
    return Draft(row, form, document, issuer_url, created, signer, digest)


def _as_awarded(row: PublishedAssertion, awarded: Awarded) -> PublishedAssertion:
    badgeclass = row.badgeclass
    issuer = badgeclass.issuer._replace(**awarded.issuer or {})
    return row._replace(badgeclass=badgeclass._replace(**awarded.badgeclass or {}, issuer=issuer))


def _embedded(unsigned: Unsigned) -> bytes:
    signer = unsigned.signer
    assert isinstance(signer.private, Ed25519PrivateKey)
    return orjson.dumps(
        data_integrity.attach(
            unsigned.document,
            signer.private,
            method=f"{did_web(unsigned.issuer_url)}#{signer.name}",
            created=unsigned.created,
        )
    )


def _jwt(unsigned: Unsigned) -> bytes:
    signer = unsigned.signer
    assert not isinstance(signer.private, Ed25519PrivateKey)
    kid = f"{unsigned.issuer_url}/keys/{signer.name}"
    return jwt.sign(unsigned.document, signer.private, kid=kid).encode()


_SIGNERS: Final[dict[Form, Callable[[Unsigned], bytes]]] = {"embedded": _embedded, "jwt": _jwt}
