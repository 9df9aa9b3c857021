"""Credentials as JWTs, made and checked."""

import base64
import hashlib
import hmac
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from jwt import PyJWS

from rosette.openbadges.errors import BadProof, MalformedDocument
from rosette.openbadges.keys import new_key, published, read_jwk
from rosette.openbadges.proofs import jwt
from tests.openbadges import vectors

KID = "https://badges.example.org/public/issuers/9mX2b7QkR1eLs0aZtYpVcw/keys/jwt-1"


@pytest.fixture(scope="module")
def key() -> RSAPrivateKey:
    made = new_key("jwt")
    assert isinstance(made, RSAPrivateKey)
    return made


def credential() -> dict[str, Any]:
    return {name: member for name, member in vectors.golden().items() if name != "proof"}


def claims() -> dict[str, Any]:
    return {
        "iss": "did:web:badges.example.org:public:issuers:9mX2b7QkR1eLs0aZtYpVcw",
        "jti": "https://badges.example.org/public/assertions/uY3kq0PzS8m4dN1xWfJ7bg/ob3",
        "sub": "urn:uuid:5f0c1d8e-7b1a-4c55-9d1c-2a4f6e0b9c33",
        "nbf": 1768469400,
        "exp": 2084002200,
    }


def part(token: str, number: int) -> Any:
    text = token.split(".")[number]
    return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


def test_header_and_payload_are_what_the_standard_wants(key: RSAPrivateKey):
    token = jwt.sign(credential(), key, kid=KID)

    assert part(token, 0) == {"alg": "RS256", "typ": "JWT", "kid": KID} == jwt.header_of(token)
    assert part(token, 1) == credential() | claims()
    assert token == jwt.sign(credential(), key, kid=KID)


def test_a_token_is_checked_with_the_published_key(key: RSAPrivateKey):
    token = jwt.sign(credential(), key, kid=KID)

    assert jwt.check(token, read_jwk(published(key))) == credential()


def test_es256_is_checked_as_well():
    key = ec.generate_private_key(ec.SECP256R1())
    token = PyJWS().encode(json.dumps(credential() | claims()).encode(), key, "ES256")

    assert jwt.check(token, key.public_key()) == credential()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("name", "Bread baking, level 2"),
        ("iss", "did:web:evil.example"),
        ("jti", "https://evil.example/1"),
        ("sub", "did:key:z6Mk"),
        ("nbf", 1),
        ("exp", 4_000_000_000),
    ],
)
def test_claims_that_differ_from_the_credential_are_refused(
    key: RSAPrivateKey, name: str, value: Any
):
    tampered = credential() | claims() | {name: value}
    token = PyJWS().encode(json.dumps(tampered).encode(), key, "RS256")

    if name == "name":  # whoever signs may say what he likes
        assert jwt.check(token, key.public_key())["name"] == value
        head, _, tail = jwt.sign(credential(), key, kid=KID).split(".")
        token = f"{head}.{token.split('.')[1]}.{tail}"
    with pytest.raises(BadProof):
        jwt.check(token, key.public_key())


def test_without_an_end_there_is_no_claim_of_one(key: RSAPrivateKey):
    endless = {name: value for name, value in credential().items() if name != "validUntil"}
    token = jwt.sign(endless, key, kid=KID)

    assert "exp" not in part(token, 1)
    assert jwt.check(token, key.public_key()) == endless


def test_neither_no_algorithm_nor_the_public_key_as_a_password_will_do(key: RSAPrivateKey):
    public = key.public_key()
    pem = public.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )

    def text(raw: bytes) -> str:
        return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()

    payload = text(json.dumps(credential() | claims()).encode())
    none = text(b'{"alg":"none"}')
    shared = text(b'{"alg":"HS256","typ":"JWT"}')
    mac = hmac.new(pem, f"{shared}.{payload}".encode(), hashlib.sha256).digest()
    for token in (f"{none}.{payload}.", f"{none}.{payload}.x", f"{shared}.{payload}.{text(mac)}"):
        with pytest.raises(BadProof):
            jwt.check(token, public)


@pytest.mark.parametrize("token", ["", "a.b", "a.b.c", "é.b.c", "{}", "a.b.c.d", "e30.e30.e30"])
def test_what_is_no_token_is_refused(key: RSAPrivateKey, token: str):
    with pytest.raises(BadProof):
        jwt.check(token, key.public_key())


@pytest.mark.parametrize(
    "payload",
    [b"[]", b"1", b"not json", b"{}", b'{"issuer":"x","id":"y","validFrom":"z"}'],
)
def test_a_payload_that_is_no_credential_is_malformed(key: RSAPrivateKey, payload: bytes):
    token = PyJWS().encode(payload, key, "RS256")

    with pytest.raises(MalformedDocument):
        jwt.check(token, key.public_key())
