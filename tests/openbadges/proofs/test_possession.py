"""Proofs that a wallet has a key."""

from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from rosette.openbadges.dids import did_jwk
from rosette.openbadges.errors import BadProof
from rosette.openbadges.keys import multikey
from rosette.openbadges.proofs import possession
from rosette.openbadges.proofs.possession import Possession
from tests.openbadges.test_dids import jwk

AT = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
HERE = "https://badges.example.org"
KEYS: dict[str, Any] = {
    "EdDSA": Ed25519PrivateKey.from_private_bytes(bytes(range(32))),
    "ES256": ec.derive_private_key(7, ec.SECP256R1()),
    "RS256": rsa.generate_private_key(65537, 2048),
}
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(32))
CLAIMS = {"aud": HERE, "iat": int(AT.timestamp()), "nonce": "n"}


def proof(
    algorithm: str = "EdDSA",
    header: dict[str, Any] | None = None,
    claims: dict[str, Any] | None = None,
    key: Any = None,
) -> str:
    """A proof; members of ``header`` and ``claims`` that are None are left out."""
    signing = key or KEYS[algorithm]
    named = {"typ": "openid4vci-proof+jwt", "jwk": jwk(KEYS[algorithm].public_key())}
    whole = {k: v for k, v in {**named, **(header or {})}.items() if v is not None}
    said = {k: v for k, v in {**CLAIMS, **(claims or {})}.items() if v is not None}
    return jwt.PyJWS().encode(orjson.dumps(said), signing, algorithm, whole)


def check(token: str) -> Possession:
    return possession.check(token, audience=HERE, at=AT)


@pytest.mark.parametrize("algorithm", KEYS)
def test_a_key_of_each_kind_is_proven_by_jwk_and_by_did(algorithm: str):
    did = did_jwk(KEYS[algorithm].public_key())

    assert check(proof(algorithm)) == Possession(did, "n")
    assert check(proof(algorithm, {"jwk": None, "kid": f"{did}#0"})) == Possession(did, "n")


def test_a_did_key_is_the_name_that_it_gives_itself():
    text = multikey(KEYS["EdDSA"].public_key())
    token = proof(header={"jwk": None, "kid": f"did:key:{text}#{text}"})

    assert check(token) == Possession(f"did:key:{text}", "n")


@pytest.mark.parametrize("minutes", [-4, 4])
def test_the_clock_of_the_wallet_may_be_some_minutes_amiss(minutes: int):
    moment = (AT + timedelta(minutes=minutes)).timestamp()

    assert check(proof(claims={"iat": moment})).nonce == "n"


def unsigned() -> str:
    head, body, _ = proof().split(".")
    return f"{head}.{body}.AAAA"


def with_secret() -> str:
    """Signed with HMAC, by what everybody knows of the public key."""
    return jwt.PyJWS().encode(
        orjson.dumps(CLAIMS),
        b"0" * 32,
        "HS256",
        {"typ": "openid4vci-proof+jwt", "jwk": jwk(KEYS["EdDSA"].public_key())},
    )


def with_payload(payload: bytes) -> str:
    header = {"typ": "openid4vci-proof+jwt", "jwk": jwk(KEYS["EdDSA"].public_key())}
    return jwt.PyJWS().encode(payload, KEYS["EdDSA"], "EdDSA", header)


def with_claims_of_another() -> str:
    head, _, tail = proof().split(".")
    body = urlsafe_b64encode(orjson.dumps({**CLAIMS, "nonce": "m"})).decode().rstrip("=")
    return f"{head}.{body}.{tail}"


BAD = {
    "no token": lambda: "a.b",
    "not base64": lambda: "a.b.c",
    "much too long": lambda: proof(claims={"more": "x" * 20_000}),
    "no signature": unsigned,
    "another's signature": lambda: proof(key=OTHER),
    "claims of another": with_claims_of_another,
    "signed with a secret": with_secret,
    "no algorithm": lambda: jwt.PyJWS().encode(orjson.dumps(CLAIMS), None, "none"),
    "algorithm of another kind of key": lambda: proof(
        "ES256", {"jwk": jwk(KEYS["EdDSA"].public_key())}
    ),
    "of another type": lambda: proof(header={"typ": "JWT"}),
    "of no type": lambda: proof(header={"typ": False}),
    "critical extensions": lambda: proof(header={"crit": ["b64"], "b64": True}),
    "no key": lambda: proof(header={"jwk": None}),
    "two keys": lambda: proof(header={"kid": "did:key:z6Mk"}),
    "a certificate": lambda: proof(header={"jwk": None, "x5c": ["AAAA"]}),
    "a key to be fetched": lambda: proof(header={"jwk": None, "kid": "https://evil.example/key"}),
    "a private key": lambda: proof(header={"jwk": {**jwk(KEYS["EdDSA"].public_key()), "d": "AA"}}),
    "no claims": lambda: with_payload(b"[]"),
    "no JSON": lambda: with_payload(b"nonsense"),
    "for nobody": lambda: proof(claims={"aud": None}),
    "for another": lambda: proof(claims={"aud": "https://evil.example"}),
    "for others as well": lambda: proof(claims={"aud": [HERE, "https://evil.example"]}),
    "of no time": lambda: proof(claims={"iat": None}),
    "of a time in words": lambda: proof(claims={"iat": "now"}),
    "of a time that is none": lambda: proof(claims={"iat": True}),
    "of long ago": lambda: proof(claims={"iat": CLAIMS["iat"] - 301}),
    "of the future": lambda: proof(claims={"iat": CLAIMS["iat"] + 301}),
    "over": lambda: proof(claims={"exp": CLAIMS["iat"] - 301}),
    "without nonce": lambda: proof(claims={"nonce": None}),
    "with an empty nonce": lambda: proof(claims={"nonce": ""}),
    "with a nonce that is no text": lambda: proof(claims={"nonce": 5}),
}


@pytest.mark.parametrize("name", BAD)
def test_a_proof_is_refused_that_is(name: str):
    with pytest.raises(BadProof):
        check(BAD[name]())
