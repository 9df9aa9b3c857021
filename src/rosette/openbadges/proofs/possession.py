"""
Proofs that somebody has the private half of a key: the proof type ``jwt`` of OpenID4VCI 1.0
("``jwt`` Proof Type"), by which a wallet asks for a credential that is bound to its key.

Checked only; it is wallets that sign them.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

import jwt
import orjson
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from rosette.openbadges.dids import did_jwk, holder_key, key_named
from rosette.openbadges.errors import BadProof
from rosette.openbadges.keys import PublicKey
from rosette.openbadges.proofs.jwt import header_of

TYPE: Final = "openid4vci-proof+jwt"
ALGORITHMS: Final[Mapping[str, type]] = {
    "EdDSA": Ed25519PublicKey,
    "ES256": ec.EllipticCurvePublicKey,
    "RS256": rsa.RSAPublicKey,
}
"""Each with the kind of key that it is for."""
_MAX_LENGTH: Final = 16_384
_MOST_AMISS: Final = timedelta(minutes=5)
_jws = jwt.PyJWS(algorithms=list(ALGORITHMS))


class Possession(NamedTuple):
    """What is proven: who has the key, as DID, and for which question."""

    did: str
    nonce: str


def check(token: str, *, audience: str, at: datetime) -> Possession:
    """
    Who has signed the token, and for which nonce; whether that is a good one, the caller knows.

    A bare key gets the name ``did:jwk:…``. Its clock may be five minutes amiss. Raises BadProof.
    """
    if len(token) > _MAX_LENGTH:
        raise BadProof("The proof is too long.")
    header = header_of(token)
    did, key = _key(header)
    algorithm = str(header.get("alg"))
    if header.get("typ") != TYPE or "crit" in header:
        raise BadProof(f"The proof is not of the type {TYPE}.")
    if not isinstance(key, ALGORITHMS.get(algorithm, ())):
        raise BadProof("The proof is not signed by EdDSA, ES256 or RS256, or not by such a key.")
    try:
        claims = orjson.loads(_jws.decode(token, key, algorithms=[algorithm]))
    except jwt.PyJWTError:
        raise BadProof("The signature does not fit the proof.") from None
    except orjson.JSONDecodeError:
        claims = None
    if not isinstance(claims, dict):
        raise BadProof("The proof holds no claims.")
    if claims.get("aud") != audience:
        raise BadProof("The proof is made for somebody else: see aud.")
    if not _is_of_now(claims, at):
        raise BadProof("The proof is not of now: see iat.")
    nonce = claims.get("nonce")
    if not isinstance(nonce, str) or not nonce:
        raise BadProof("The proof has no nonce.")
    return Possession(did, nonce)


def _key(header: Mapping[str, Any]) -> tuple[str, PublicKey]:
    named = [name for name in ("kid", "jwk", "x5c") if name in header]
    if named == ["jwk"]:
        key = holder_key(header["jwk"])
        return did_jwk(key), key
    if named == ["kid"] and isinstance(header["kid"], str):
        return key_named(header["kid"])
    raise BadProof("The proof must name its key by kid or jwk, and by one of them only.")


def _is_of_now(claims: Mapping[str, Any], at: datetime) -> bool:
    issued, ends = claims.get("iat"), claims.get("exp")
    numbers = [moment for moment in (issued, ends) if moment is not None]
    if issued is None or not all(type(moment) in (int, float) for moment in numbers):
        return False
    now, amiss = at.timestamp(), _MOST_AMISS.total_seconds()
    return abs(now - issued) <= amiss and (ends is None or now < ends + amiss)
