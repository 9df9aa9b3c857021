"""
DIDs that are a public key and nothing else, ``did:key`` and ``did:jwk``: how holders are named.

Nothing is looked up for them. Three kinds of keys are known, which is what wallets have: Ed25519,
ECDSA on P-256, and RSA; the last as ``did:jwk`` only.
"""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any, Final

import jwt
import orjson
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from rosette.openbadges.errors import BadProof
from rosette.openbadges.jsonld import Document
from rosette.openbadges.keys import PublicKey, read_multikey, unbase58

DID_METHODS: Final = ("did:key", "did:jwk")
_DID_KEY: Final = "did:key:"
_DID_JWK: Final = "did:jwk:"
_P256: Final = b"\x80\x24"  # multicodec, "p256-pub"
_P256_BYTES: Final = 33  # a compressed point
_RSA_BITS: Final = range(2048, 4097)
_DID_MAX_LENGTH: Final = 2048
# What there is to a public key (RFC 7638, section 3.2), by its type.
_MEMBERS: Final = {
    "OKP": ("crv", "kty", "x"),
    "EC": ("crv", "kty", "x", "y"),
    "RSA": ("e", "kty", "n"),
}


def key_named(url: str) -> tuple[str, PublicKey]:
    """
    The DID in a DID URL, and the key that this is; the URL may do without its fragment.

    Raises BadProof for every other DID, and for one that holds no such key.
    """
    did, _, fragment = url.partition("#")
    if len(url) > _DID_MAX_LENGTH:
        raise BadProof("The DID is too long.")
    if did.startswith(_DID_KEY) and fragment in ("", did.removeprefix(_DID_KEY)):
        return did, _in_multibase(did.removeprefix(_DID_KEY))
    if did.startswith(_DID_JWK) and fragment in ("", "0"):
        return did, _in_base64(did.removeprefix(_DID_JWK))
    raise BadProof("The key is not named by a did:key or a did:jwk.")


def did_jwk(key: PublicKey) -> str:
    """The ``did:jwk`` of the key: of one key always the same."""
    match key:
        case Ed25519PublicKey():
            jwk = OKPAlgorithm.to_jwk(key, as_dict=True)
        case ec.EllipticCurvePublicKey():
            jwk = ECAlgorithm.to_jwk(key, as_dict=True)
        case rsa.RSAPublicKey():
            jwk = RSAAlgorithm.to_jwk(key, as_dict=True)
    content = orjson.dumps({name: jwk[name] for name in _MEMBERS[jwk["kty"]]})
    return _DID_JWK + urlsafe_b64encode(content).decode().rstrip("=")


def holder_key(jwk: Any) -> PublicKey:
    """The public key in a JSON Web Key. Raises BadProof, above all for a private one."""
    if not isinstance(jwk, dict) or "d" in jwk:
        raise BadProof("The key is no public JSON Web Key.")
    members = _MEMBERS.get(str(jwk.get("kty")), ())
    public: Document = {name: jwk.get(name) for name in members}
    try:
        key = jwt.PyJWK.from_dict(public).key
    except (jwt.PyJWTError, UnsupportedAlgorithm, AttributeError, TypeError, ValueError):
        raise BadProof("The key is no public JSON Web Key.") from None
    match key:
        case Ed25519PublicKey():
            return key
        case ec.EllipticCurvePublicKey() if isinstance(key.curve, ec.SECP256R1):
            return key
        case rsa.RSAPublicKey() if key.key_size in _RSA_BITS:
            return key
    raise BadProof("The key is none of Ed25519, on P-256, or RSA of 2048 to 4096 bits.")


def _in_multibase(text: str) -> PublicKey:
    try:
        raw = unbase58(text[1:])
    except ValueError:
        raise BadProof("The did:key is not in base58.") from None
    if text[:1] != "z" or raw[:2] != _P256:
        return read_multikey(text)
    try:
        if len(raw) != len(_P256) + _P256_BYTES:
            raise ValueError
        return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), raw[2:])
    except ValueError:
        raise BadProof("The did:key is no point on P-256.") from None


def _in_base64(text: str) -> PublicKey:
    try:
        content = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
        # Other letters are passed over, and would make many names of one key.
        if urlsafe_b64encode(content).decode().rstrip("=") != text:
            raise ValueError
        return holder_key(orjson.loads(content))
    except (binascii.Error, ValueError):
        raise BadProof("The did:jwk holds no JSON Web Key.") from None
