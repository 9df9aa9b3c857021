"""
Credentials as JSON Web Tokens (OB 3.0, "JSON Web Token Proof Format"; the form of VC 2.0).

The payload is the credential itself, with its main members repeated as registered claims.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import jwt
import orjson
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from rosette.openbadges.errors import BadProof, MalformedDocument
from rosette.openbadges.jsonld import Document, objects, read_moment, required_text, text
from rosette.openbadges.keys import PublicKey

ALGORITHMS: Final = ("RS256", "ES256")
_TOKEN: Final = re.compile(r"[\w-]+\.[\w-]+\.[\w-]+", re.ASCII)
_CLAIMS: Final = frozenset({"iss", "jti", "sub", "nbf", "exp"})
_OTHER_CLAIMS: Final = frozenset({"aud", "iat"})
_jws = jwt.PyJWS(algorithms=list(ALGORITHMS))


def sign(document: Document, key: rsa.RSAPrivateKey, *, kid: str) -> str:
    """
    The credential as a compact JWS, by RS256; the same credential and key give the same.

    ``kid`` is the address of the public key. Wants ``credentialSubject.id``.
    """
    payload = orjson.dumps(document | _claims(document))
    return _jws.encode(payload, key, "RS256", {"kid": kid})


def header_of(token: str) -> Mapping[str, Any]:
    """The header, of which nothing is proven yet. Raises BadProof if this is no token."""
    if not _TOKEN.fullmatch(token):
        raise BadProof("The text is no compact JWS.")
    try:
        header: Mapping[str, Any] = _jws.get_unverified_header(token)
    except jwt.PyJWTError:
        raise BadProof("The header of the JWT cannot be read.") from None
    return header


def unproven(token: str) -> Document:
    """
    The credential in the token, of which nothing is proven yet, without the claims about it.

    Raises BadProof if this is no token, and MalformedDocument if there is no credential in it.
    """
    header_of(token)
    try:
        payload = _jws.decode(token, options={"verify_signature": False})
        document = orjson.loads(payload)
    except jwt.PyJWTError:
        raise BadProof("The JWT cannot be read.") from None
    except orjson.JSONDecodeError:
        raise MalformedDocument("payload", "must be JSON") from None
    if not isinstance(document, dict):
        raise MalformedDocument("payload", "must be an object")
    hidden = _CLAIMS | _OTHER_CLAIMS
    return {name: member for name, member in document.items() if name not in hidden}


def check(token: str, key: PublicKey) -> Document:
    """
    The credential in the token, which was signed with the key; its claims say what it says.

    Whose key it is, the caller finds out by ``kid``; so for the dates. Raises BadProof, and
    MalformedDocument if there is no credential in it.
    """
    header = header_of(token)
    wanted = "RS256" if isinstance(key, rsa.RSAPublicKey) else "ES256"
    fits = isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey)
    if not fits or header.get("alg") != wanted:
        raise BadProof("The JWT is not signed by RS256 or ES256, or not with this kind of key.")
    try:
        document = orjson.loads(_jws.decode(token, key, algorithms=[wanted]))
    except jwt.PyJWTError:
        raise BadProof("The signature does not fit the JWT.") from None
    except orjson.JSONDecodeError:
        raise MalformedDocument("payload", "must be JSON") from None
    if not isinstance(document, dict):
        raise MalformedDocument("payload", "must be an object")
    credential = {name: member for name, member in document.items() if name not in _CLAIMS}
    if {name: document[name] for name in _CLAIMS if name in document} != _claims(credential):
        raise BadProof("The claims of the JWT differ from the credential in it.")
    return credential


def _claims(document: Document) -> Document:
    issuer = document.get("issuer")
    subjects = objects(document, "credentialSubject")
    if len(subjects) != 1:
        raise MalformedDocument("credentialSubject", "must be one object")
    claims: Document = {
        "iss": required_text(issuer, "id")
        if isinstance(issuer, dict)
        else text(document, "issuer"),
        "jti": required_text(document, "id"),
        "sub": required_text(subjects[0], "id"),
        "nbf": _seconds(read_moment("validFrom", document.get("validFrom"))),
    }
    if document.get("validUntil") is not None:
        claims["exp"] = _seconds(read_moment("validUntil", document["validUntil"]))
    return claims


def _seconds(at: datetime) -> int:
    return int(at.timestamp())
