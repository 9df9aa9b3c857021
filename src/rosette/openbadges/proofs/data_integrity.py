"""
Embedded proofs: Data Integrity with the cryptosuite eddsa-rdfc-2022 (W3C, "Data Integrity EdDSA
Cryptosuites v1.0"), and, to be checked only, its forerunner Ed25519Signature2020, which differs in
nothing but its name.
"""

from datetime import datetime
from hashlib import sha256
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from rosette.openbadges.canonical import (
    Contexts,
    canonical,
    require_defined,
    tame_canonical,
)
from rosette.openbadges.errors import BadProof, MalformedDocument
from rosette.openbadges.jsonld import Document, second, values
from rosette.openbadges.keys import base58, unbase58

CRYPTOSUITE: Final = "eddsa-rdfc-2022"
_FORERUNNER: Final = "Ed25519Signature2020"
_PURPOSE: Final = "assertionMethod"


def attach(
    document: Document, key: Ed25519PrivateKey, *, method: str, created: datetime
) -> Document:
    """
    The credential with a proof; the same credential and key give the same proof.

    ``method`` is the absolute id under which the world finds the key. Raises MalformedDocument if
    part of the credential would be left unsigned.
    """
    options = {
        "type": "DataIntegrityProof",
        "cryptosuite": CRYPTOSUITE,
        "created": second(created),
        "verificationMethod": method,
        "proofPurpose": _PURPOSE,
    }
    said = canonical({"@context": document["@context"], **options})
    signature = key.sign(_hashed(said) + _hashed(canonical(document)))
    return {**document, "proof": [{**options, "proofValue": "z" + base58(signature)}]}


def proofs_of(document: Document) -> list[Document]:
    """The proofs in a credential that ``check`` can check."""
    return [
        proof
        for proof in values(document, "proof")
        if isinstance(proof, dict)
        and (proof.get("type"), proof.get("cryptosuite"))
        in (("DataIntegrityProof", CRYPTOSUITE), (_FORERUNNER, None))
    ]


def check(
    document: Document, proof: Document, key: Ed25519PublicKey, *, contexts: Contexts | None = None
) -> None:
    """
    Whether ``proof``, one of the document's, was made of all of the document with the key.

    Whose key it is, the caller finds out by ``verificationMethod``; so for the dates. Raises
    BadProof if not, and MalformedDocument if part of the document cannot be signed at all.
    """
    if proof not in proofs_of(document) or proof.get("proofPurpose") != _PURPOSE:
        raise BadProof("The proof is no eddsa-rdfc-2022 proof that asserts the document.")
    if "previousProof" in proof:
        raise BadProof("The proof depends on another one.")
    if not all(isinstance(member, str) for member in proof.values()):
        raise BadProof("The proof holds something else than texts.")
    value = proof.get("proofValue")
    try:
        if not isinstance(value, str) or value[:1] != "z":
            raise ValueError
        signature = unbase58(value[1:])
    except ValueError:
        raise BadProof("The proof value is not in base58.") from None
    unsigned = {name: member for name, member in document.items() if name != "proof"}
    options = {name: member for name, member in proof.items() if name != "proofValue"}
    options["@context"] = document.get("@context")
    require_defined(unsigned, contexts)
    said = _hashed(tame_canonical(options, contexts))
    try:
        key.verify(signature, said + _hashed(tame_canonical(unsigned, contexts)))
    except InvalidSignature:
        raise BadProof("The signature does not fit the document.") from None


def _hashed(text: str) -> bytes:
    try:
        return sha256(text.encode()).digest()
    except UnicodeEncodeError:
        raise MalformedDocument("@context", "holds half a character") from None
