"""
Whose key it is: the document of whoever controls a key, and what it says of it.

A key is an issuer's if a document that only the issuer can write says so: the one that its DID or
address leads to. A key that stands in a proof, in a header or behind a ``#`` vouches for nobody.
"""

import binascii
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import unquote

from rosette.openbadges.errors import BadProof
from rosette.openbadges.jsonld import Document
from rosette.openbadges.keys import PublicKey, read_jwk, read_multikey
from rosette.openbadges.verification import loading, terms, values
from rosette.openbadges.verification.examination import Examination
from rosette.openbadges.verification.loading import NotJson, Unreachable
from rosette.openbadges.verification.verdict import Outcome, State, Subject

_ACCEPT: Final = (
    "application/did+ld+json, application/did+json, application/json, application/jwk+json"
)
_PURPOSE: Final = "assertionMethod"
_LOCAL: Final = ("localhost", "127.0.0.1", "[::1]")


class NoKey(Exception):
    """There is no key to check with; the message says why, for people."""

    def __init__(
        self,
        message: str,
        state: State = "failed",
        outcome: Outcome = "untrusted-key",
        subject: Subject = "issuer",
    ) -> None:
        super().__init__(message)
        self.message = message
        self.state: State = state
        self.outcome: Outcome = outcome
        self.subject: Subject = subject


def address_of(did: str) -> str:
    """The address of a ``did:web`` document; NoKey if there is none (did:web Method, "Read")."""
    host, *steps = did.removeprefix("did:web:").split(":")
    host = unquote(host)
    scheme = "http" if host.rpartition(":")[0] in _LOCAL else "https"
    path = "/".join(map(unquote, steps)) if steps else ".well-known"
    url = f"{scheme}://{host}/{path}/did.json"
    if "/" in host or "@" in host or "?" in path or "#" in path or not values.is_url(url):
        raise NoKey(f"{did[:200]} leads to no address.")
    return url


def home_of(issuer: str) -> str:
    """Host and port on which the issuer's document lies; empty if on none."""
    try:
        return values.authority(address_of(issuer) if issuer.startswith("did:web:") else issuer)
    except NoKey:
        return ""


def key_of_method(exam: Examination, method: str, issuer: str) -> PublicKey:
    """The issuer's key that a proof names as its ``verificationMethod``. Raises NoKey."""
    if not method.startswith(("did:", "https://", "http://")):
        raise NoKey(f"The proof names {method[:200]!r} as its key, which is no address.")
    base = method.partition("#")[0]
    if method.startswith("did:") and base != issuer:
        raise NoKey(f"The key is {base[:200]}'s, and not that of the issuer, {issuer[:200]}.")
    if method.startswith("did:key:"):
        return _embedded_key(method)
    if base == issuer:
        return _listed(document_of(exam, issuer), method, issuer)
    found = _fetched(exam, base)
    candidates = [found, *terms.listed(found.get("verificationMethod"))]
    for key in candidates:
        is_it = isinstance(key, dict) and key.get("id") == method
        if is_it and key.get("controller") == issuer:
            return _declared(exam, _read(key), method, issuer)
    raise NoKey(f"The key at {method[:200]} does not say that it is the issuer's, {issuer[:200]}.")


def key_of_header(exam: Examination, header: Any, issuer: str) -> PublicKey:
    """The issuer's key that the header of a token names. Raises NoKey."""
    kid = header.get("kid")
    if kid is None and isinstance(header.get("jwk"), dict):
        return _declared(exam, _read({"publicKeyJwk": header["jwk"]}), "", issuer)
    if not isinstance(kid, str) or not kid:
        raise NoKey("The token names no key.", outcome="bad-signature", subject="signature")
    if not kid.startswith(("did:", "https://", "http://")):
        kid = f"{issuer}#{kid.removeprefix('#')}"
    if kid.startswith("did:jwk:"):
        if kid.partition("#")[0] != issuer:
            raise NoKey(f"The key is not that of the issuer, {issuer[:200]}.")
        return _jwk_in(issuer)
    if kid.startswith("did:") or "#" in kid:
        return key_of_method(exam, kid, issuer)
    found = _fetched(exam, kid)
    if "keys" in found and isinstance(found["keys"], list):
        raise NoKey(f"At {kid[:200]} are several keys, and it does not say which.")
    return _declared(exam, _read({"publicKeyJwk": found}), kid, issuer)


def document_of(exam: Examination, id: str) -> Document:
    """The document of a DID or of an address, which says to be just that. Raises NoKey."""
    if id.startswith("did:web:"):
        url = address_of(id)
    elif values.is_url(id):
        url = id
    else:
        raise NoKey(
            f"Keys of {id[:200]} cannot be looked up here: only did:web, did:key, did:jwk and "
            "addresses are known."
        )
    found = _fetched(exam, url)
    if found.get("id") != id:
        raise NoKey(f"The document at {url[:200]} is not that of {id[:200]}.")
    return found


def _declared(exam: Examination, key: PublicKey, url: str, issuer: str) -> PublicKey:
    """
    The key, which lies at an address of its own, if the issuer's document declares the same.

    An issuer who is an address and declares no keys at all has those on its own host.
    """
    if issuer.startswith("did:jwk:") and _numbers(_jwk_in(issuer)) == _numbers(key):
        return key
    found = document_of(exam, issuer)
    declared = list(_methods(found, issuer, is_for_signing=True))
    for method in declared:
        try:
            if _numbers(_read(method)) == _numbers(key):
                return key
        except NoKey:
            continue
    is_silent = not any(found.get(name) for name in ("verificationMethod", _PURPOSE, "publicKey"))
    if values.is_url(issuer) and is_silent and home_of(issuer) == values.authority(url) != "":
        return key
    raise NoKey(f"The issuer, {issuer[:200]}, does not declare the key as its own.")


def _listed(document: Document, method: str, issuer: str) -> PublicKey:
    for found in _methods(document, issuer, is_for_signing=True):
        if _full(found.get("id"), issuer) == method:
            return _read(found)
    known = (_full(item.get("id"), issuer) for item in _methods(document, issuer))
    if method in known:
        raise NoKey(f"The issuer does not let the key {method[:200]} sign credentials (any more).")
    raise NoKey(f"The issuer, {issuer[:200]}, has no key {method[:200]}.")


def _methods(
    document: Document, issuer: str, *, is_for_signing: bool = False
) -> Iterator[Document]:
    """The keys in the document that are the issuer's own; only those that may sign."""
    signing = terms.listed(document.get(_PURPOSE))
    named = {_full(item, issuer) for item in signing if isinstance(item, str)}
    for item in terms.listed(document.get("verificationMethod")):
        if not isinstance(item, dict) or item.get("controller") != issuer:
            continue
        if not is_for_signing or _full(item.get("id"), issuer) in named:
            yield item
    yield from (
        item for item in signing if isinstance(item, dict) and item.get("controller") == issuer
    )


def _full(id: Any, issuer: str) -> str:
    if not isinstance(id, str):
        return ""
    return f"{issuer}{id}" if id.startswith("#") else id


def _embedded_key(method: str) -> PublicKey:
    """The key in a ``did:key``, whose fragment has to say it again."""
    text, _, fragment = method.removeprefix("did:key:").partition("#")
    if fragment != text:
        raise NoKey(f"There is no key {method[:200]}.")
    return _read({"publicKeyMultibase": text})


def _jwk_in(did: str) -> PublicKey:
    text = did.removeprefix("did:jwk:")
    try:
        raw = urlsafe_b64decode(text.encode() + b"=" * (-len(text) % 4))
        return _read({"publicKeyJwk": loading.json_object(raw)})
    except (binascii.Error, ValueError):
        raise NoKey(f"There is no key in {did[:80]}.") from None


def _read(method: Document) -> PublicKey:
    multibase, jwk = method.get("publicKeyMultibase"), method.get("publicKeyJwk")
    try:
        if isinstance(multibase, str):
            return read_multikey(multibase)
        if isinstance(jwk, dict):
            return read_jwk(jwk)
    except BadProof as error:
        raise NoKey(str(error)) from None
    raise NoKey("The key is in none of the forms that are taken here, Multikey and JSON Web Key.")


def _numbers(key: PublicKey) -> Any:
    return key.public_numbers() if hasattr(key, "public_numbers") else key.public_bytes_raw()


def _fetched(exam: Examination, url: str) -> Document:
    try:
        answer = exam.get(url, accept=_ACCEPT, max_bytes=loading.DOCUMENT_MAX_BYTES)
        why = "" if answer.status == 200 else f"{answer.url} answers {answer.status}"
    except Unreachable as error:
        why = error.message
    if why:
        raise NoKey(
            f"The key at {url[:200]} could not be fetched: {why.rstrip('.')}.",
            "unknown",
            "unavailable",
            "reachable",
        )
    try:
        return loading.json_object(answer.content)
    except NotJson as error:
        raise NoKey(f"What is at {url[:200]} is no key: it {error}.") from None
