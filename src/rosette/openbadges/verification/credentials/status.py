"""
Whether a credential was taken back: status lists (W3C, "Bitstring Status List v1.0") and the
revocation list of 1EdTech ("1EdTechRevocationList").
"""

import binascii
import zlib
from base64 import urlsafe_b64decode
from typing import Any, Final

from rosette.openbadges.errors import BadProof, MalformedDocument
from rosette.openbadges.jsonld import Document
from rosette.openbadges.proofs import jwt
from rosette.openbadges.verification import loading, reading, terms, values
from rosette.openbadges.verification.credentials import forms, proofs
from rosette.openbadges.verification.dates import SKEW
from rosette.openbadges.verification.examination import Examination
from rosette.openbadges.verification.loading import NotJson, Unreachable
from rosette.openbadges.verification.verdict import State

_ACCEPT: Final = "application/vc, application/vc+ld+json, application/ld+json, application/json"
_LEAST_BYTES: Final = 16_384
_MOST_BYTES: Final = 4 * 1024 * 1024
_MOST_ENTRIES: Final = 8


class _Unusable(Exception):
    """A list does not tell; ``state`` is unknown where it could not be had."""

    def __init__(self, said: str, state: State = "failed") -> None:
        super().__init__(said)
        self.said = said
        self.state: State = state


def examine(exam: Examination, document: Document) -> None:
    """Check every status that the credential names."""
    id = str(document.get("id", ""))
    entries = terms.listed(document.get("credentialStatus"))
    if not entries:
        said = "The credential names no list on which it could be taken back."
        exam.passed("status", said, None, id)
    for entry in entries[:_MOST_ENTRIES]:
        try:
            _examine_entry(exam, entry if isinstance(entry, dict) else {}, document, id)
        except _Unusable as error:
            exam.note(
                "status",
                error.state,
                error.said,
                None,
                id,
                outcome="status-unknown",
                advice="Try again later; if it stays so, tell the issuer.",
            )
    if len(entries) > _MOST_ENTRIES:
        said = f"Only the first {_MOST_ENTRIES} lists are looked at."
        exam.note("status", "unknown", said, None, id, outcome="status-unknown")


def _examine_entry(exam: Examination, entry: Document, document: Document, id: str) -> None:
    match entry.get("type"):
        case "BitstringStatusListEntry":
            _examine_bit(exam, entry, document, id)
        case "1EdTechRevocationList":
            _examine_revocations(exam, entry, document, id)
        case kind:
            raise _Unusable(
                f"A status of the kind {str(kind)[:80]!r} is not known here.", "unknown"
            )


def _examine_bit(exam: Examination, entry: Document, document: Document, id: str) -> None:
    purpose, url = entry.get("statusPurpose"), entry.get("statusListCredential")
    if not isinstance(purpose, str) or not isinstance(url, str):
        raise _Unusable("The credential does not say on which list its status is.")
    if purpose not in ("revocation", "suspension"):
        said = f"The credential has a status for {purpose[:80]!r}, which is not looked at."
        exam.note("status", "unknown", said, None, id, decisive=False)
        return
    is_set = _bit(_list(exam, url, purpose, proofs.issuer_of(document)), entry)
    if is_set and purpose == "revocation":
        exam.revoked(id, "", "The issuer has revoked the badge")
    elif is_set:
        exam.note(
            "status",
            "failed",
            "The issuer has suspended the badge for now.",
            None,
            id,
            outcome="suspended",
            advice="Ask the issuer why, if you did not expect it.",
        )
    else:
        word = "revoked" if purpose == "revocation" else "suspended"
        exam.passed("status", f"The issuer has not {word} the badge.", None, id)


def _list(exam: Examination, url: str, purpose: str, issuer: str) -> bytes:
    """The bits of the list at the address, which has to be the issuer's. Raises _Unusable."""
    content = _fetched(exam, url)
    document, token = _opened(content, url)
    try:
        forms.require_readable(document)
    except MalformedDocument as error:
        raise _Unusable(f"The status list at {url[:200]} cannot be read: {error}.") from None
    if document.get("id") != url:
        raise _Unusable(f"The status list at {url[:200]} says that it is another one.")
    if proofs.issuer_of(document) != issuer:
        raise _Unusable(f"The status list at {url[:200]} is not the issuer's.")
    if "BitstringStatusListCredential" not in terms.listed(document.get("type")):
        raise _Unusable(f"There is no status list at {url[:200]}.")
    aside = Examination(exam.load, exam.at, exam.policy, loads=exam.loads)
    is_signed = proofs.examine(aside, document, token)
    exam.loads = aside.loads
    if not is_signed:
        first = next(aside_check for aside_check in aside.checks if aside_check.is_against)
        raise _Unusable(f"The status list at {url[:200]} does not hold: {first.said}", first.state)
    _require_current(document, url, exam)
    subject = document.get("credentialSubject")
    if not isinstance(subject, dict) or "BitstringStatusList" not in terms.listed(
        subject.get("type")
    ):
        raise _Unusable(f"There is no status list at {url[:200]}.")
    if purpose not in terms.listed(subject.get("statusPurpose")):
        raise _Unusable(f"The status list at {url[:200]} is for something else than {purpose}.")
    if subject.get("statusSize", 1) != 1:
        raise _Unusable(f"The status list at {url[:200]} has more than a bit for each badge.")
    return _bits(subject.get("encodedList"), url)


def _require_current(document: Document, url: str, exam: Examination) -> None:
    since, until = (
        values.moment(document.get("validFrom")),
        values.moment(document.get("validUntil")),
    )
    is_early = since is not None and since > exam.at + SKEW
    if is_early or (
        document.get("validUntil") is not None and not (until and until > exam.at - SKEW)
    ):
        raise _Unusable(f"The status list at {url[:200]} is not of now.")


def _bits(encoded: Any, url: str) -> bytes:
    try:
        if not isinstance(encoded, str) or not encoded.startswith("u"):
            raise ValueError
        packed = urlsafe_b64decode(encoded[1:].encode("ascii") + b"=" * (-len(encoded[1:]) % 4))
        unpacker = zlib.decompressobj(zlib.MAX_WBITS | 16)
        bits = unpacker.decompress(packed, _MOST_BYTES)
        is_whole = unpacker.eof
    except (binascii.Error, ValueError, zlib.error):
        raise _Unusable(f"The status list at {url[:200]} cannot be unpacked.") from None
    if not is_whole or len(bits) < _LEAST_BYTES:
        raise _Unusable(f"The status list at {url[:200]} is too short or too long.")
    return bits


def _bit(bits: bytes, entry: Document) -> bool:
    index = entry.get("statusListIndex")
    if not (isinstance(index, str) and index.isascii() and index.isdigit() and len(index) < 10):
        raise _Unusable("The credential does not say where on the list its status is.")
    byte, place = divmod(int(index), 8)
    if byte >= len(bits):
        raise _Unusable("The credential's place is not on the status list.")
    return bool(bits[byte] >> (7 - place) & 1)


def _examine_revocations(exam: Examination, entry: Document, document: Document, id: str) -> None:
    url = entry.get("id")
    if not isinstance(url, str):
        raise _Unusable("The credential does not say where the list of revoked ones is.")
    try:
        found = loading.json_object(_fetched(exam, url))
    except NotJson as error:
        raise _Unusable(f"The list of revoked badges at {url[:200]} {error}.") from None
    entries = terms.listed(found.get("revokedCredential"))
    if found.get("issuer") is not None and proofs.issuer_of(found) != proofs.issuer_of(document):
        raise _Unusable(f"The list of revoked badges at {url[:200]} is not the issuer's.")
    for item in entries:
        is_ours = isinstance(item, dict) and item.get("id") == id
        if is_ours and item.get("revoked", True) is True:
            reason = item.get("revocationReason")
            said = "The issuer lists the badge as revoked"
            exam.revoked(id, reason if isinstance(reason, str) else "", said)
            return
    exam.passed("status", "The issuer does not list the badge as revoked.", None, id)


def _opened(content: bytes, url: str) -> tuple[Document, str]:
    """The credential, and the token that it is in, if it is in one. Raises _Unusable."""
    text = content.decode(errors="replace").strip()
    try:
        if reading.is_jws(text):
            return jwt.unproven(text), text
        return loading.json_object(content), ""
    except (NotJson, BadProof, MalformedDocument):
        raise _Unusable(f"There is no status list at {url[:200]}.") from None


def _fetched(exam: Examination, url: str) -> bytes:
    try:
        answer = exam.get(url, accept=_ACCEPT, max_bytes=loading.DOCUMENT_MAX_BYTES)
        why = "" if answer.status == 200 else f"{answer.url} answers {answer.status}"
    except Unreachable as error:
        why = error.message
    if why:
        said = f"The status list at {url[:200]} could not be fetched: {why.rstrip('.')}."
        raise _Unusable(said, "unknown")
    return answer.content
