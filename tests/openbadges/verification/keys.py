"""Keys of the Sailing Academy, and badges that are signed with them."""

import json
import warnings
from functools import cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.foreign import CONTEXT, Academy, Document

Private = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey


@cache
def private_key(name: str) -> Private:
    """A key by its name: ``rsa`` and ``other`` of 2048 bits, ``weak`` of 1024, ``ec``, ``ed``."""
    match name:
        case "ec":
            return ec.generate_private_key(ec.SECP256R1())
        case "ed":
            return ed25519.Ed25519PrivateKey.generate()
        case _:
            return rsa.generate_private_key(65537, 1024 if name == "weak" else 2048)


def pem(name: str) -> str:
    """The public half."""
    public = private_key(name).public_key()
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def sign(document: Any, *, key: str = "rsa", algorithm: str = "RS256", **headers: Any) -> str:
    """The compact JWS of a document."""
    content = document if isinstance(document, bytes) else json.dumps(document).encode()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that the weak key is weak
        return jwt.PyJWS().encode(content, private_key(key), algorithm, headers=headers or None)


def put_key(there: Academy, name: str = "rsa", **members: Any) -> str:
    """The public key, served; its URL."""
    url = f"{there.origin}/key-{name}"
    document = {
        "@context": CONTEXT,
        "type": "CryptographicKey",
        "id": url,
        "owner": f"{there.origin}/issuer",
        "publicKeyPem": pem(name),
    } | members
    return there.put(f"/key-{name}", document)


def signed_award(there: Academy, **members: Any) -> Document:
    """The document of a badge that the Academy signs, to be handed to ``sign``; None leaves out."""
    key = put_key(there)
    if "/issuer" not in there.pages:
        there.issuer(publicKey=key)
    if "/navigation" not in there.pages:
        there.badgeclass()
    document = {
        "@context": CONTEXT,
        "type": "Assertion",
        "id": "urn:uuid:a953081a-4bbc-4927-8653-7219bca00e3b",
        "badge": f"{there.origin}/navigation",
        "recipient": {"type": "email", "identity": "bob@example.org", "hashed": False},
        "verification": {"type": "SignedBadge", "creator": key},
        "issuedOn": "2024-05-02T09:30:00Z",
    } | members
    return {name: value for name, value in document.items() if value is not None}


def revocation_list(there: Academy, *entries: Any, **members: Any) -> str:
    """A list of what was revoked, served; its URL."""
    document = {
        "@context": CONTEXT,
        "type": "RevocationList",
        "id": f"{there.origin}/revoked",
        "issuer": f"{there.origin}/issuer",
        "revokedAssertions": list(entries),
    } | members
    kept = {name: value for name, value in document.items() if value is not None}
    return there.put("/revoked", kept)
