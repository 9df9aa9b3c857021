"""
Public keys as documents show them, and the documents that say whose keys they are.

Two kinds: Ed25519 for embedded proofs, RSA for JWTs. A key's name is its kind and number
(``key-1``, ``jwt-2``), unique to its owner.
"""

import base64
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal, get_args
from urllib.parse import quote, urlsplit

import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from rosette.openbadges.errors import BadProof
from rosette.openbadges.jsonld import Document

Kind = Literal["key", "jwt"]
"""``key``: Ed25519, for embedded proofs; ``jwt``: RSA, for JWTs."""
KINDS: tuple[Kind, ...] = get_args(Kind)

PrivateKey = Ed25519PrivateKey | rsa.RSAPrivateKey
PublicKey = Ed25519PublicKey | rsa.RSAPublicKey | ec.EllipticCurvePublicKey

_RSA_BITS = 2048
_ED25519 = b"\xed\x01"  # multicodec, "ed25519-pub"
_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_DID_CONTEXTS = (
    "https://www.w3.org/ns/did/v1",
    "https://w3id.org/security/multikey/v1",
    "https://w3id.org/security/suites/jws-2020/v1",
)


@dataclass(frozen=True, slots=True)
class PublishedKey:
    """
    A key as its owner publishes it; ``public`` is a Multikey for ``key`` and a JWK for ``jwt``.

    ``is_trusted``: false of one that fell into wrong hands, so that nothing it signed counts.
    """

    kind: Kind
    number: int
    public: str | Document
    is_trusted: bool = True

    @property
    def name(self) -> str:
        """``key-1``."""
        return f"{self.kind}-{self.number}"


def new_key(kind: Kind) -> PrivateKey:
    """A fresh private key. RSA takes some 40 ms."""
    if kind == "key":
        return Ed25519PrivateKey.generate()
    return rsa.generate_private_key(public_exponent=65537, key_size=_RSA_BITS)


def packed(key: PrivateKey) -> bytes:
    """The private key as PKCS #8, in DER; for a safe place only."""
    return key.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def unpacked(content: bytes) -> PrivateKey:
    """The private key that was packed."""
    key = serialization.load_der_private_key(content, password=None)
    assert isinstance(key, Ed25519PrivateKey | rsa.RSAPrivateKey)
    return key


def published(key: PrivateKey) -> str | Document:
    """The public half, as ``PublishedKey.public``."""
    if isinstance(key, Ed25519PrivateKey):
        return multikey(key.public_key())
    return jwk(key.public_key())


def multikey(key: Ed25519PublicKey) -> str:
    """``publicKeyMultibase`` (Controlled Identifiers 1.0, "Multikey")."""
    return "z" + base58(_ED25519 + key.public_bytes_raw())


def read_multikey(text: str) -> Ed25519PublicKey:
    """The key. Raises BadProof if it is no Ed25519 key in base58."""
    try:
        raw = unbase58(text.removeprefix("z"))
        if text[:1] != "z" or raw[:2] != _ED25519:
            raise ValueError
        return Ed25519PublicKey.from_public_bytes(raw[2:])
    except ValueError:
        raise BadProof("The public key is no Ed25519 key in multibase.") from None


def jwk(key: rsa.RSAPublicKey) -> Document:
    """The key as a JSON Web Key, with nothing but what is public (RFC 7517, RFC 7518)."""
    numbers = key.public_numbers()
    return {"kty": "RSA", "alg": "RS256", "n": _number(numbers.n), "e": _number(numbers.e)}


def read_jwk(found: Any) -> PublicKey:
    """The public key. Raises BadProof if it is none that signs badges."""
    try:
        key = jwt.PyJWK.from_dict(found).key
    except (jwt.PyJWTError, UnsupportedAlgorithm, AttributeError, TypeError, ValueError):
        raise BadProof("The public key is no JSON Web Key.") from None
    if isinstance(key, rsa.RSAPublicKey) and key.key_size >= _RSA_BITS:
        return key
    if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1):
        return key
    raise BadProof("The JSON Web Key is no public RSA key of 2048 bits, nor one on P-256.")


def did_web(url: str) -> str:
    """The ``did:web`` of ``url`` (did:web Method, "Method-specific identifier")."""
    parts = urlsplit(url)
    steps = [parts.netloc, *filter(None, parts.path.split("/"))]
    # A tilde is plain in URLs, but not in DIDs.
    return "did:web:" + ":".join(quote(step, safe="%").replace("~", "%7E") for step in steps)


def did_document(url: str, keys: Iterable[PublishedKey]) -> Document:
    """The document of the ``did:web`` of ``url`` (DID Core, "DID documents")."""
    did = did_web(url)
    known = list(keys)
    return {
        "@context": list(_DID_CONTEXTS),
        "id": did,
        "alsoKnownAs": [url],
        "verificationMethod": [_method(did, key) for key in known],
        "assertionMethod": [f"{did}#{key.name}" for key in known if key.is_trusted],
    }


def key_document(url: str, key: PublishedKey) -> Document:
    """What the address of a single key answers: one JWK, or one Multikey and its controller."""
    if isinstance(key.public, dict):
        return {**key.public, "kid": f"{url}/keys/{key.name}"}
    return {"@context": _DID_CONTEXTS[1], **_method(did_web(url), key)}


def key_set(url: str, keys: Iterable[PublishedKey]) -> Document:
    """The keys of JWTs as a JWK Set (RFC 7517); those that may not be trusted are left out."""
    return {
        "keys": [key_document(url, key) for key in keys if key.kind == "jwt" and key.is_trusted]
    }


def base58(raw: bytes) -> str:
    """The bytes in the alphabet of Bitcoin (Controlled Identifiers 1.0, "base58btc")."""
    number, digits = int.from_bytes(raw), []
    while number:
        number, digit = divmod(number, 58)
        digits.append(_ALPHABET[digit])
    digits.append("1" * (len(raw) - len(raw.lstrip(b"\0"))))
    return "".join(reversed(digits))


def unbase58(text: str) -> bytes:
    """The bytes that ``base58`` wrote. Raises ValueError. Wants a text of moderate length."""
    if len(text) > 200:
        raise ValueError("too long")
    number = 0
    for digit in text:
        number = number * 58 + _ALPHABET.index(digit)
    zeros = len(text) - len(text.lstrip("1"))
    return b"\0" * zeros + number.to_bytes((number.bit_length() + 7) // 8)


def _method(did: str, key: PublishedKey) -> Document:
    head = {"id": f"{did}#{key.name}", "type": "Multikey", "controller": did}
    if isinstance(key.public, str):
        return head | {"publicKeyMultibase": key.public}
    return head | {"type": "JsonWebKey2020", "publicKeyJwk": key.public}


def _number(value: int) -> str:
    raw = value.to_bytes((value.bit_length() + 7) // 8)
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
