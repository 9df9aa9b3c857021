"""An issuer of Open Badges 3.0 for tests: keys, the documents that declare them, status lists."""

import base64
import gzip
import json
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

import jwt as pyjwt
import orjson
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from rosette.openbadges import keys
from rosette.openbadges.baking import bake
from rosette.openbadges.proofs import data_integrity, jwt
from rosette.openbadges.recipient import hashed
from rosette.openbadges.verification import Loaded, Unreachable, Verdict, identities, verify
from tests.foreign import Academy
from tests.openbadges import vectors
from tests.openbadges.facts import png

Document = dict[str, Any]

HOME = "https://badges.example.org/issuers/ada"
DID = "did:web:badges.example.org:issuers:ada"
METHOD = f"{DID}#key-1"
KID = f"{HOME}/keys/jwt-1"
AWARD = "https://badges.example.org/awards/1"
LIST = f"{HOME}/status/1"
NOW = datetime(2026, 6, 1, tzinfo=UTC)
CREATED = datetime(2026, 2, 1, tzinfo=UTC)
ED = Ed25519PrivateKey.from_private_bytes(vectors.GOLDEN_SEED)
OTHER_ED = Ed25519PrivateKey.from_private_bytes(bytes(32))
RSA = keys.new_key("jwt")
EC = ec.generate_private_key(ec.SECP256R1())


def credential(**members: Any) -> Document:
    """Bob's, not signed yet; a member that is None is left out."""
    golden = deepcopy(vectors.golden())
    for name in ("proof", "credentialStatus"):
        del golden[name]
    golden["id"] = AWARD
    golden["issuer"]["id"] = DID
    for owner in (golden["issuer"], golden["credentialSubject"]["achievement"]):
        del owner["image"]
    identifier = golden["credentialSubject"]["identifier"][0]
    identifier["identityHash"] = hashed("bob@example.org", identifier["salt"])
    return {name: value for name, value in {**golden, **members}.items() if value is not None}


def signed(
    document: Document, key: Ed25519PrivateKey = ED, method: str = METHOD, at: datetime = CREATED
) -> Document:
    return data_integrity.attach(document, key, method=method, created=at)


def token(document: Document, kid: str = KID) -> str:
    assert not isinstance(RSA, Ed25519PrivateKey)
    return jwt.sign(document, RSA, kid=kid)


def es256(document: Document, header: Document, **claims: Any) -> str:
    """The credential in a token by ES256, as others make them."""
    told = {
        "iss": document["issuer"]["id"],
        "jti": document["id"],
        "sub": document["credentialSubject"]["id"],
        "nbf": int(datetime.fromisoformat(document["validFrom"]).timestamp()),
        "exp": int(datetime.fromisoformat(document["validUntil"]).timestamp()),
    }
    return jws({**document, **told, **claims}, header)


def jws(payload: Any, header: Document) -> str:
    """Whatever it is, in a token by ES256."""
    return pyjwt.PyJWS().encode(json.dumps(payload).encode(), EC, "ES256", header)


def ec_jwk() -> Document:
    found: Document = pyjwt.algorithms.ECAlgorithm.to_jwk(EC.public_key(), as_dict=True)
    return found


def did_document(**members: Any) -> Document:
    published = [
        keys.PublishedKey("key", 1, keys.published(ED)),
        keys.PublishedKey("jwt", 1, keys.published(RSA)),
        keys.PublishedKey("key", 2, keys.published(OTHER_ED), is_trusted=False),
    ]
    document = keys.did_document(HOME, published)
    document["verificationMethod"].append(
        {"id": f"{DID}#ec", "type": "JsonWebKey", "controller": DID, "publicKeyJwk": ec_jwk()}
    )
    document["assertionMethod"].append(f"{DID}#ec")
    return {**document, **members}


def entry(index: int, purpose: str = "revocation", **members: Any) -> Document:
    return {
        "id": f"{LIST}#{index}",
        "type": "BitstringStatusListEntry",
        "statusPurpose": purpose,
        "statusListIndex": str(index),
        "statusListCredential": LIST,
        **members,
    }


def status_list(
    *bits: int, purpose: str = "revocation", size: int = 16_384, **members: Any
) -> Document:
    """The list in which these places are set, not signed yet."""
    raw = bytearray(size)
    for bit in bits:
        raw[bit // 8] |= 0x80 >> bit % 8
    packed = base64.urlsafe_b64encode(gzip.compress(bytes(raw), mtime=0)).rstrip(b"=").decode()
    return {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "id": LIST,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": DID,
        "validFrom": "2026-01-01T00:00:00Z",
        "credentialSubject": {
            "id": f"{LIST}#list",
            "type": "BitstringStatusList",
            "statusPurpose": purpose,
            "encodedList": f"u{packed}",
        },
        **members,
    }


def pages(**more: Any) -> dict[str, Any]:
    """What the issuer serves, by address; ``listed`` is its status list."""
    listed = more.pop("listed", None)
    found = {f"{HOME}/did.json": did_document(), KID: keys.published(RSA), **more}
    return {**found, LIST: listed} if listed is not None else found


def verdict(
    source: Any, served: dict[str, Any] | None = None, *, recipient: str = "", at: datetime = NOW
) -> Verdict:
    there = pages() if served is None else served

    def load(url: str, *, accept: str, max_bytes: int) -> Loaded:
        if url not in there:
            raise Unreachable("there is nothing")
        page = there[url]
        if isinstance(page, int):
            return Loaded(url, page, "", b"")
        content = page if isinstance(page, bytes) else orjson.dumps(page)
        return Loaded(url, 200, "", content[:max_bytes])

    who = identities(recipient) if recipient else ()
    return verify(source, load=load, at=at, recipient=who)


def baked(text: str | Document) -> bytes:
    written = text if isinstance(text, str) else orjson.dumps(text).decode()
    return bake(png(), written, "credential")


class Issuer:
    """The issuer on a server of this machine, with all that a credential of theirs leads to."""

    index = 5

    def __init__(self, there: Academy) -> None:
        self._there = there
        self._home = f"{there.origin}/issuers/ada"
        self.did = keys.did_web(self._home)
        self.award = f"{there.origin}/awards/1"
        self.achievement = f"{there.origin}/achievements/1"
        self._list = f"{there.origin}/status/1"
        published = [
            keys.PublishedKey("key", 1, keys.published(ED)),
            keys.PublishedKey("jwt", 1, keys.published(RSA)),
        ]
        there.put("/issuers/ada/did.json", keys.did_document(self._home, published))
        there.put("/issuers/ada/keys/jwt-1", keys.published(RSA))
        there.put_image("/loaf.png", png())

    def signed(self, **wishes: Any) -> Document:
        return signed(self._credential(**wishes), method=f"{self.did}#key-1")

    def token(self, **wishes: Any) -> str:
        return token(self._credential(**wishes), kid=f"{self._home}/keys/jwt-1")

    def publish_list(self, *bits: int) -> None:
        """The status list, with these places set."""
        unsigned = status_list(*bits, id=self._list, issuer=self.did)
        self._there.put("/status/1", signed(unsigned, method=f"{self.did}#key-1"))

    def _credential(
        self,
        *,
        id: str = "",
        to: str = "bob@example.org",
        image: str | None = "/loaf.png",
        achievement: str = "",
        listed: bool = False,
        **members: Any,
    ) -> Document:
        document = credential(id=id or self.award, **members)
        document["issuer"]["id"] = self.did
        subject = document["credentialSubject"]
        identifier = subject["identifier"][0]
        identifier["identityHash"] = hashed(to, identifier["salt"])
        subject["achievement"]["id"] = achievement or self.achievement
        if image:
            url = f"{self._there.origin}{image}"
            subject["achievement"]["image"] = {"id": url, "type": "Image"}
        if listed:
            document["credentialStatus"] = entry(self.index, statusListCredential=self._list)
        return document
