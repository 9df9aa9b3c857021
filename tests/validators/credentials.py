"""
What programs of others say of credentials of Open Badges 3.0, and what those programs sign.

The programs are pinned in ``ob3/package-lock.json``; they see the contexts of their own packages
and the documents that they are given, and nothing of the network.
"""

import json
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

import jwcrypto.jwk
import jwcrypto.jws
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256, Hash
from pyld import jsonld

from rosette.openbadges.credential_schema import credential_schema
from rosette.openbadges.keys import unbase58
from tests.environments import node_with, without_proxies
from tests.openbadges.test_canonical import by_pyld

Documents = dict[str, Any]
"""DID documents and JSON Web Keys by their addresses."""

EMBEDDED = ("@digitalbazaar/vc", "@digitalcredentials/vc", "PyLD + cryptography")
TOKENS = ("jose", "jwcrypto")
SCHEMAS = ("ajv",)
VERIFIERS = (*EMBEDDED, *TOKENS, *SCHEMAS)

_HERE = Path(__file__).parent / "ob3"
_PATIENCE_SECONDS = 300


class Item(NamedTuple):
    """One question: does this verifier take this credential, or this token?"""

    verifier: str
    credential: dict[str, Any] | None = None
    token: str | None = None


def verify(items: list[Item], documents: Documents) -> list[str]:
    """For each item, why it is refused; empty if it is taken."""
    ours = {"PyLD + cryptography": _by_pyld, "jwcrypto": _by_jwcrypto}
    theirs = iter(
        _ask(
            does="verify",
            documents=documents,
            schema=credential_schema(),
            items=[item._asdict() for item in items if item.verifier not in ours],
        )
    )
    return [
        ours[item.verifier](item, documents) if item.verifier in ours else next(theirs)
        for item in items
    ]


def sign(
    credential: dict[str, Any], claims: dict[str, Any], did: str, documents: Documents
) -> dict[str, Any]:
    """
    The credential as others sign it: ``embedded`` with its ``publicKeyMultibase``, and ``tokens``,
    each an object of ``token`` and ``jwk``, by RS256 and ES256.
    """
    found: dict[str, Any] = _ask(
        does="sign", credential=credential, claims=claims, controller=did, documents=documents
    )
    return found


def contexts(urls: list[str]) -> dict[str, Any]:
    """The contexts in the packages of others."""
    found: dict[str, Any] = _ask(does="contexts", urls=urls)
    return found


def _ask(**question: Any) -> Any:
    folder = node_with("ob3-verifiers", _HERE)
    done = subprocess.run(
        ["node", "verifiers.mjs"],
        input=json.dumps(question),
        cwd=folder,
        env=without_proxies(),
        capture_output=True,
        text=True,
        check=False,
        timeout=_PATIENCE_SECONDS,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def _by_pyld(item: Item, documents: Documents) -> str:
    """By the letter of the standard, with none of our own code for the canonical form."""
    document = dict(item.credential or {})
    [proof] = document.pop("proof")
    options = {"@context": document["@context"], **proof}
    signature = unbase58(options.pop("proofValue")[1:])
    did, _, _ = proof["verificationMethod"].partition("#")
    if did != document["issuer"]["id"]:
        return "The key is not the issuer's."
    [key] = [
        method["publicKeyMultibase"]
        for method in documents[did]["verificationMethod"]
        if method["id"] == proof["verificationMethod"]
    ]
    digests = b""
    try:
        for part in (options, document):
            digest = Hash(SHA256())
            digest.update(by_pyld(part).encode())
            digests += digest.finalize()
        Ed25519PublicKey.from_public_bytes(unbase58(key[1:])[2:]).verify(signature, digests)
    except (InvalidSignature, jsonld.JsonLdError) as error:
        return repr(error)
    return ""


def _by_jwcrypto(item: Item, documents: Documents) -> str:
    token = jwcrypto.jws.JWS()
    token.deserialize(item.token)
    key = jwcrypto.jwk.JWK(**documents[token.jose_header["kid"]])
    try:
        token.verify(key)
    except jwcrypto.jws.InvalidJWSSignature as error:
        return repr(error)
    return ""
