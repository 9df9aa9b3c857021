"""
Receipts of verifications: what was looked at, when, and what came of it, signed by this site.

A receipt is made when somebody asks for one, of what the verifier had just found: until then that
is carried by the page, signed, and nothing is kept. It names no person, and is kept for a year.
"""

import base64
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, Final, Literal, NamedTuple

import orjson
from django.conf import settings
from django.core import signing
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from rosette.errors import InvalidInput, NotFound
from rosette.models import Receipt
from rosette.models.applications import checksum
from rosette.models.base import new_entity_id
from rosette.openbadges import keys as library
from rosette.openbadges.errors import BadProof, MalformedDocument
from rosette.openbadges.jsonld import Document
from rosette.openbadges.keys import did_web
from rosette.openbadges.proofs import jwt
from rosette.openbadges.verification import Source, Verdict
from rosette.operations import audit, keys, verification
from rosette.operations.verdicts import Told

Of = Literal["file", "text", "document"]
"""What the digest is of: the bytes of a file, a text as it was sent, or what lies at a link."""

KEPT: Final = timedelta(days=365)

_SALT: Final = "rosette.receipt"
_OFFERED_FOR: Final = timedelta(hours=1)
_CONTEXT: Final = (
    "https://www.w3.org/ns/credentials/v2",
    "https://www.w3.org/ns/credentials/undefined-terms/v2",
)
_ADDRESS_MAX_LENGTH: Final = 2000


class Handed(NamedTuple):
    """What somebody handed in: as the verifier takes it, and its digest, 64 hex digits or none."""

    name: str
    source: Source
    of: Of
    sha256: str


class Checked(NamedTuple):
    """A receipt as it was just checked; ``is_good``: this site signed it, by a key that holds."""

    row: Receipt
    document: Document
    is_good: bool


def handed(name: str, source: Source, content: bytes | None = None) -> Handed:
    """``content``: the file that the source was found in, if it was one."""
    if content is None and isinstance(source, bytes):
        content = source
    if content is not None:
        return Handed(name, source, "file", sha256(content).hexdigest())
    text = str(source).strip()
    if verification.is_web(text):
        return Handed(name, source, "document", "")
    return Handed(name, source, "text", sha256(text.encode()).hexdigest())


def offered(given: Handed, verdict: Verdict, told: Told, *, at: datetime) -> str:
    """
    What a receipt would say, in a text that nobody can change, for an hour; empty if it would say
    whose the badge is not, and for a badge of a sandbox.

    Of a badge at a link, the digest is that of its document as JSON with sorted names.
    """
    if told.outcome == "wrong-recipient" or _is_of_sandbox(told):
        return ""
    digest = given.sha256
    if given.of == "document" and verdict.assertion is not None:
        sorted_names = orjson.dumps(verdict.assertion.source, option=orjson.OPT_SORT_KEYS)
        digest = sha256(sorted_names).hexdigest()
    address = str(given.source).strip() if given.of == "document" else ""
    facts = {
        "at": at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "of": given.of,
        "sha256": digest,
        "address": address[:_ADDRESS_MAX_LENGTH],
        "name": told.title,
        "badgeIssuer": told.issuer,
        "version": told.version,
        "verdict": told.outcome,
        "checks": {line.name: line.state for line in told.lines if line.name != "recipient"},
    }
    return signing.dumps(facts, salt=_SALT, compress=True)


def _is_of_sandbox(told: Told) -> bool:
    return any(line.name == "sandbox" for line in told.lines)


@transaction.atomic
def make(text: str) -> Receipt:
    """The receipt that was offered by this text; asked for again, the same. Raises InvalidInput."""
    try:
        facts = signing.loads(text, salt=_SALT, max_age=_OFFERED_FOR)
    except signing.BadSignature as error:
        raise InvalidInput(
            general=[_("This is too long ago. Verify the badge again, and ask then.")]
        ) from error
    asked = checksum(text)
    found = Receipt.objects.filter(asked=asked).first()
    if found is not None:
        return found
    name = new_entity_id()
    now = timezone.now()
    token = _signed(name, facts)
    row, is_new = Receipt.objects.get_or_create(
        asked=asked,
        defaults={
            "entity_id": name,
            "token": token,
            "created_at": now,
            "expires_at": now + KEPT,
        },
    )
    if is_new:
        audit.note_mine("receipt.create", "receipt", row.entity_id)
    return row


def find(entity_id: str) -> Checked:
    """The receipt of this name, its signature checked anew. Raises NotFound."""
    row = Receipt.objects.filter(entity_id=entity_id, expires_at__gt=timezone.now()).first()
    if row is None:
        raise NotFound
    document, is_good = _checked(row.token)
    return Checked(row, document, is_good and document.get("id") == _address(entity_id))


def forget(*, at: datetime) -> None:
    """Forget receipts whose time is over by then."""
    Receipt.objects.filter(expires_at__lte=at).delete()


def _signed(name: str, facts: dict[str, Any]) -> str:
    signer = keys.signer(None, "jwt")
    origin = settings.ROSETTE.origin
    digest = facts["sha256"]
    what = {
        "id": _named(digest) if digest else facts["address"] or _address(name),
        "digestOf": facts["of"],
        "sha256": digest,
        "address": facts["address"],
        "name": facts["name"],
        "badgeIssuer": facts["badgeIssuer"],
        "openBadgesVersion": facts["version"],
        "verdict": facts["verdict"],
        "checks": facts["checks"],
    }
    document: Document = {
        "@context": list(_CONTEXT),
        "id": _address(name),
        "type": ["VerifiableCredential", "VerificationReceipt"],
        "issuer": did_web(origin),
        "validFrom": facts["at"],
        "credentialSubject": {key: value for key, value in what.items() if value},
    }
    private: Any = signer.private
    return jwt.sign(document, private, kid=f"{origin}/keys/{signer.name}")


def _checked(token: str) -> tuple[Document, bool]:
    """What the token says, and whether a key of the site that is trusted has signed it."""
    try:
        name = str(jwt.header_of(token).get("kid", "")).rpartition("/")[2]
        said = jwt.unproven(token)
        key = next((key for key in keys.published(None) if key.name == name), None)
        if key is None:
            return said, False
        return jwt.check(token, library.read_jwk(key.public)), key.is_trusted
    except (BadProof, MalformedDocument):
        return {}, False


def _address(name: str) -> str:
    return f"{settings.ROSETTE.origin}/verify/receipts/{name}"


def _named(digest: str) -> str:
    """The digest as a name (RFC 6920)."""
    text = base64.urlsafe_b64encode(bytes.fromhex(digest)).rstrip(b"=").decode()
    return f"ni:///sha-256;{text}"
