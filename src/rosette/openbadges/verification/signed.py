"""
Signed badges: the signature, whose key it is, and the list of what was revoked (OB 2.0, "Signed
Badges").

The cryptography is PyJWT's and cryptography's. Which algorithms are taken is the verifier's
policy; no key is ever taken from the signature itself, and none that is weak.
"""

import binascii
from typing import Any, Final, NamedTuple

import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from rosette.openbadges.jsonld import Document
from rosette.openbadges.verification import loading, terms, values
from rosette.openbadges.verification.examination import Examination
from rosette.openbadges.verification.loading import NotJson, Unreachable
from rosette.openbadges.verification.verdict import Code, Node

ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "ES256", "EdDSA")
"""Those that can be allowed: with a public key, so never ``none`` nor HMAC."""

_RSA_BITS: Final = range(2048, 8193)
"""Shorter keys can be broken; longer ones would keep us busy."""
_MOST_KEYS: Final = 10


class Key(NamedTuple):
    """A public key as it was fetched, and who it says owns it."""

    id: str
    pem: str
    owner: str


def payload(exam: Examination, jws: str) -> Document | None:
    """What is signed, the signature not being checked yet; None, with a finding, if no badge is."""
    code: Code = "PROCESS_JWS_INPUT"
    if len(jws) > 2 * loading.DOCUMENT_MAX_BYTES:
        exam.failed("parsed", "The signed badge is too large.", code)
        return None
    try:
        content = _decoded(jws, None, ())["payload"]
        document = loading.json_object(content)
    except (jwt.InvalidTokenError, binascii.Error, ValueError, RecursionError):
        exam.failed("parsed", "What is signed is no badge: it is not a JSON object.", code)
        return None
    exam.passed("parsed", "The signed badge can be read.", code)
    return document


def examine(exam: Examination, jws: str, award: Node, issuer: Node | None) -> None:
    """Check signature, ownership of the key, and revocation."""
    if not _is_allowed(exam, jws, award):
        return
    signer, urls = _key_addresses(award, issuer)
    if not urls:
        said = "Neither the badge nor its issuer names a key, so nobody can have signed it."
        exam.failed("signature", said, "VERIFY_JWS", award.id)
        return
    keys = [key for url in urls[:_MOST_KEYS] if (key := _fetched(exam, url)) is not None]
    if not keys:
        return
    fitting = next((key for key in keys if _fits(jws, key, exam.policy.algorithms)), None)
    if fitting is None:
        exam.failed(
            "signature",
            "The signature does not fit the badge: it was changed, or signed by somebody else.",
            "VERIFY_JWS",
            award.id,
            advice="Get the badge anew from where it was issued.",
        )
    else:
        said = f"The signature fits, with the key {fitting.id}."
        exam.passed("signature", said, "VERIFY_JWS", award.id)
    if issuer is not None:
        _examine_ownership(exam, fitting or keys[0], award, issuer, is_named=bool(signer))
        _examine_revocation(exam, award, issuer)


def _decoded(jws: str, key: Any, algorithms: tuple[str, ...]) -> dict[str, Any]:
    """Header and payload; the signature is checked if there is a key. Raises what PyJWT raises."""
    return jwt.PyJWS().decode_complete(
        jws, key or "", list(algorithms), {"verify_signature": key is not None}
    )


def _is_allowed(exam: Examination, jws: str, award: Node) -> bool:
    try:
        algorithm = jwt.get_unverified_header(jws).get("alg")
    except (jwt.InvalidTokenError, ValueError, RecursionError):
        algorithm = None
    if algorithm in exam.policy.algorithms and algorithm in ALGORITHMS:
        return True
    said = f"It is signed by the algorithm {str(algorithm)[:40]!r}, which is not taken here."
    exam.failed("signature", said, "VERIFY_JWS", award.id)
    return False


def _key_addresses(award: Node, issuer: Node | None) -> tuple[str, list[str]]:
    """The key that the badge names, if it does, and those that are to be tried."""
    verification = award.members.get("verification")
    verification = verification if isinstance(verification, dict) else {}
    creator = _id(verification.get("creator"))
    if not creator and award.version in ("1.0", "1.1"):
        creator = _id(verification.get("url"))  # where those versions say it
    if creator:
        return creator, [creator]
    return "", _ids(issuer.members.get("publicKey")) if issuer else []


def _fetched(exam: Examination, url: str) -> Key | None:
    """The key at the address: an object, or, as 1.x has it, bare PEM. None, with a finding."""
    try:
        answer = exam.get(
            url, accept=f"{loading.DOCUMENTS}, text/plain", max_bytes=loading.DOCUMENT_MAX_BYTES
        )
        why = "" if answer.status == 200 else f"{answer.url} answers {answer.status}"
    except Unreachable as error:
        why = error.message
    if why:
        exam.unreachable("CryptographicKey", url, why)
        return None
    if answer.content.lstrip().startswith(b"-----BEGIN"):
        return Key(url, answer.content.decode(errors="replace"), "")
    try:
        members = terms.compacted(loading.json_object(answer.content))
    except NotJson as error:
        exam.failed("signature", f"The key at {url} {error}.", "INTAKE_JSON", url)
        return None
    node = Node(url, members, members, "2.0")
    if members.get("id") != url:
        said = f"The key at {url} does not declare this as its id."
        exam.failed("issuer", said, "VERIFY_KEY_OWNERSHIP", url)
        return None
    exam.examine_properties(node, "CryptographicKey")
    pem, owner = members.get("publicKeyPem"), members.get("owner")
    if not isinstance(pem, str):
        return None
    return Key(url, pem, owner if isinstance(owner, str) else "")


def _fits(jws: str, key: Key, algorithms: tuple[str, ...]) -> bool:
    try:
        public = load_pem_public_key(key.pem.encode(errors="replace"))
        algorithm = jwt.get_unverified_header(jws).get("alg", "")
        if algorithm not in algorithms or algorithm[:2] not in _families(public):
            return False
        _decoded(jws, public, (algorithm,))
    except (jwt.PyJWTError, UnsupportedAlgorithm, ValueError, TypeError):
        return False
    return True


def _families(public: Any) -> tuple[str, ...]:
    """How the algorithms begin that go with the key; none for a key that is not taken."""
    match public:
        case RSAPublicKey() if public.key_size in _RSA_BITS:
            return "RS", "PS"
        case EllipticCurvePublicKey() if isinstance(public.curve, SECP256R1):
            return ("ES",)
        case Ed25519PublicKey():
            return ("Ed",)
        case _:
            return ()


def _examine_ownership(
    exam: Examination, key: Key, award: Node, issuer: Node, *, is_named: bool
) -> None:
    code: Code = "VERIFY_KEY_OWNERSHIP"
    owned = _ids(issuer.members.get("publicKey"))
    # Issuers of 1.x do not list their keys; such a key has to lie on the issuer's own server.
    is_at_home = (
        issuer.version in ("1.0", "1.1")
        and not owned
        and values.authority(key.id) == values.authority(issuer.id) != ""
    )
    if key.id not in owned and not is_at_home:
        said = (
            f"The key {key.id} is none of those that the issuer, {issuer.id}, declares as its own."
        )
        exam.failed("issuer", said, code, award.id)
    elif key.owner and key.owner != issuer.id:
        said = f"The key {key.id} says that it belongs to {key.owner[:200]}, not to the issuer."
        exam.failed("issuer", said, code, award.id)
    else:
        exam.passed("issuer", f"The key belongs to the issuer, {issuer.id}.", code, award.id)


def _examine_revocation(exam: Examination, award: Node, issuer: Node) -> None:
    code: Code = "VERIFY_SIGNED_ASSERTION_NOT_REVOKED"
    if issuer.members.get("revocationList") is None:
        exam.passed("status", "The issuer keeps no list of revoked badges.", code, award.id)
        return
    found = exam.linked(issuer, "revocationList", "RevocationList")
    if found is None:
        return
    entries = found.members.get("revokedAssertions")
    if entries is None or not all(_is_entry(entry) for entry in terms.listed(entries)):
        exam.note(
            "status",
            "failed",
            f"The list of revoked badges at {found.id} is malformed.",
            "VALIDATE_REVOCATIONLIST_ENTRIES",
            found.id,
            outcome="status-unknown",
        )
    for entry in terms.listed(entries):
        if _is_about(entry, award):
            reason = entry.get("revocationReason") if isinstance(entry, dict) else ""
            said = "The issuer lists the badge as revoked"
            exam.revoked(award.id, reason if isinstance(reason, str) else "", said, code)
            return
    exam.passed("status", "The issuer does not list the badge as revoked.", code, award.id)


def _is_entry(entry: Any) -> bool:
    if isinstance(entry, dict):
        id = entry.get("id")
        return values.is_iri(id) if id is not None else isinstance(entry.get("uid"), str)
    return values.is_iri(entry)


def _is_about(entry: Any, award: Node) -> bool:
    """``"revoked": false`` in an entry takes it back (OB 2.0, "RevocationList")."""
    if not isinstance(entry, dict):
        return bool(entry == award.id)
    uid = award.members.get("uid")
    is_same = entry.get("id") == award.id or (uid is not None and entry.get("uid") == uid)
    return is_same and entry.get("revoked") is not False


def _ids(value: Any) -> list[str]:
    return [id for item in terms.listed(value) if (id := _id(item))]


def _id(value: Any) -> str:
    found = value.get("id") if isinstance(value, dict) else value
    return found if isinstance(found, str) else ""
