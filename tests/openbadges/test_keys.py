"""Public keys, and the documents that hold them."""

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from hypothesis import given
from hypothesis import strategies as st

from rosette.openbadges import keys
from rosette.openbadges.errors import BadProof
from rosette.openbadges.keys import PublishedKey
from tests.openbadges import vectors

URL = "https://badges.example.org/public/issuers/i"
DID = "did:web:badges.example.org:public:issuers:i"
RSA = {"kty": "RSA", "alg": "RS256", "n": "sXch", "e": "AQAB"}
KNOWN = [
    PublishedKey("jwt", 1, RSA),
    PublishedKey("key", 1, "z6MkOne", is_trusted=False),
    PublishedKey("key", 2, "z6MkTwo"),
]


def test_a_did_document_names_all_keys_and_asserts_by_those_that_are_trusted():
    assert keys.did_document(URL, KNOWN) == {
        "@context": [
            "https://www.w3.org/ns/did/v1",
            "https://w3id.org/security/multikey/v1",
            "https://w3id.org/security/suites/jws-2020/v1",
        ],
        "id": DID,
        "alsoKnownAs": [URL],
        "verificationMethod": [
            {
                "id": f"{DID}#jwt-1",
                "type": "JsonWebKey2020",
                "controller": DID,
                "publicKeyJwk": RSA,
            },
            {
                "id": f"{DID}#key-1",
                "type": "Multikey",
                "controller": DID,
                "publicKeyMultibase": "z6MkOne",
            },
            {
                "id": f"{DID}#key-2",
                "type": "Multikey",
                "controller": DID,
                "publicKeyMultibase": "z6MkTwo",
            },
        ],
        "assertionMethod": [f"{DID}#jwt-1", f"{DID}#key-2"],
    }


def test_single_keys_and_key_sets():
    one = RSA | {"kid": f"{URL}/keys/jwt-1"}

    assert keys.key_document(URL, KNOWN[0]) == one
    assert keys.key_document(URL, KNOWN[2]) == {
        "@context": "https://w3id.org/security/multikey/v1",
        "id": f"{DID}#key-2",
        "type": "Multikey",
        "controller": DID,
        "publicKeyMultibase": "z6MkTwo",
    }
    assert keys.key_set(URL, KNOWN) == {"keys": [one]}
    assert keys.key_set(URL, [PublishedKey("jwt", 1, RSA, is_trusted=False)]) == {"keys": []}


@pytest.mark.parametrize("kind", keys.KINDS)
def test_a_key_comes_back_from_its_packing(kind: keys.Kind):
    key = keys.new_key(kind)
    again = keys.unpacked(keys.packed(key))

    assert keys.published(again) == keys.published(key)
    public = keys.published(key)
    if isinstance(public, str):
        assert keys.multikey(keys.read_multikey(public)) == public
    else:
        assert public.keys() == {"kty", "alg", "n", "e"}
        read = keys.read_jwk(public)
        assert isinstance(read, rsa.RSAPublicKey)
        assert keys.jwk(read) == public


def test_the_golden_key_as_a_multikey():
    key = ed25519.Ed25519PrivateKey.from_private_bytes(vectors.GOLDEN_SEED)

    assert keys.published(key) == vectors.GOLDEN_KEY


@given(st.binary(max_size=80))
def test_base58_comes_back(raw: bytes):
    assert keys.unbase58(keys.base58(raw)) == raw


@pytest.mark.parametrize("text", ["", "z", "x6Mk", "z0", "z6Mk", vectors.GOLDEN_KEY[:-1], "zé"])
def test_what_is_no_multikey_is_refused(text: str):
    with pytest.raises(BadProof):
        keys.read_multikey(text)


def test_what_is_no_key_for_badges_is_refused():
    short = keys.jwk(rsa.generate_private_key(public_exponent=65537, key_size=1024).public_key())
    curve = ec.generate_private_key(ec.SECP384R1()).public_key().public_numbers()
    other = {"kty": "EC", "crv": "P-384", "x": f"{curve.x:x}", "y": f"{curve.y:x}"}
    secret = {"kty": "oct", "k": "c2VjcmV0"}
    for found in (short, other, secret, RSA, {}, [], None, "text", {"kty": "RSA", "n": 1, "e": 2}):
        with pytest.raises(BadProof):
            keys.read_jwk(found)
