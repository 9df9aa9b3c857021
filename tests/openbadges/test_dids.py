"""Keys as DIDs, and DIDs as keys."""

import json
from base64 import urlsafe_b64encode
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwcrypto.jwk import JWK

from rosette.openbadges.dids import did_jwk, holder_key, key_named
from rosette.openbadges.errors import BadProof
from rosette.openbadges.keys import base58, multikey

ED = Ed25519PrivateKey.from_private_bytes(bytes(range(32))).public_key()
P256 = ec.derive_private_key(7, ec.SECP256R1()).public_key()
RSA = rsa.generate_private_key(65537, 2048).public_key()
# The examples of did:key (W3C CCG, "The did:key Method") and of did:jwk.
ED_DID = "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"
P256_DID = "did:key:zDnaerDaTF5BXEavCrfRZEk316dpbLsfPDZ3WJ5hRTPFU2169"
JWK_DID = (
    "did:jwk:eyJjcnYiOiJQLTI1NiIsImt0eSI6IkVDIiwieCI6ImFjYklRaXVNczNpOF91c3pFakoydHBUdFJNNEVVM3l6O"
    "TFQSDZDZEgyVjAiLCJ5IjoiX0tjeUxqOXZXTXB0bm1LdG00NkdxRHo4d2Y3NEk1TEtncmwyR3pIM25TRSJ9"
)


def jwk(key: Any) -> dict[str, Any]:
    """The key as another library writes it."""
    found: dict[str, Any] = json.loads(JWK.from_pyca(key).export_public())
    return found


def raw(key: Any) -> bytes:
    found: bytes = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return found


def in_base64(value: Any) -> str:
    return urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


@pytest.mark.parametrize("did", [ED_DID, P256_DID, JWK_DID])
def test_the_examples_of_the_methods_are_read(did: str):
    named, key = key_named(did)

    assert named == did
    if did == JWK_DID:
        assert did_jwk(key) == did


@pytest.mark.parametrize("key", [ED, P256, RSA], ids=["Ed25519", "P-256", "RSA"])
def test_a_key_has_one_did_and_is_found_in_it(key: Any):
    did = did_jwk(key)

    named, found = key_named(f"{did}#0")
    assert (named, raw(found)) == (did, raw(key))
    assert raw(holder_key({**jwk(key), "alg": "none", "use": "sig"})) == raw(key)
    assert did_jwk(holder_key(jwk(key))) == did


def test_a_key_is_found_in_a_did_key_with_its_fragment_and_without():
    text = multikey(ED)
    for url in (f"did:key:{text}", f"did:key:{text}#{text}"):
        named, found = key_named(url)
        assert (named, raw(found)) == (f"did:key:{text}", raw(ED))


@pytest.mark.parametrize(
    "url",
    [
        "",
        "did:web:evil.example",
        "did:jwk:",
        "did:jwk:!!!!",
        "did:jwk:bm8",
        f"did:jwk:{in_base64([])}",
        f"did:jwk:{in_base64({'kty': 'oct', 'k': 'AAAA'})}",
        f"did:jwk:{in_base64({'kty': ['RSA']})}",
        f"{JWK_DID}#1",
        f"{JWK_DID}=",
        f"{JWK_DID} ",
        f"did:jwk:{'A' * 3000}",
        "did:key:",
        "did:key:z",
        "did:key:zzzz",
        "did:key:z0OIl",
        f"{ED_DID}#key-1",
        f"did:key:z{base58(bytes([0x80, 0x24]) + bytes(33))}",
        f"did:key:z{base58(bytes([0x80, 0x24, 4]) + bytes(64))}",
        f"did:key:z{base58(bytes([0xEC, 0x01]) + bytes(32))}",
        f"did:key:u{base58(bytes([0x80, 0x24]) + bytes(33))}",
    ],
)
def test_what_is_no_such_did_is_refused(url: str):
    with pytest.raises(BadProof):
        key_named(url)


SMALL = rsa.generate_private_key(65537, 1024).public_key()


@pytest.mark.parametrize(
    "found",
    [
        None,
        "key",
        {},
        {"kty": "EC"},
        {"kty": "oct", "k": "AAAA"},
        {"kty": "RSA", "n": "AQAB", "e": "AQAB"},
        jwk(SMALL),
        jwk(ec.derive_private_key(7, ec.SECP384R1()).public_key()),
        {**jwk(P256), "y": jwk(P256)["x"]},
        {**jwk(ED), "crv": "X25519"},
        {**jwk(ED), "d": "AAAA"},
        {**jwk(RSA), "n": 5},
        {**jwk(P256), "x": ""},
    ],
)
def test_what_is_no_public_key_of_these_kinds_is_refused(found: Any):
    with pytest.raises(BadProof):
        holder_key(found)
