"""
Whose badge it is: kinds of identifiers, their normal form, their salted hash, and matching.

Nothing here checks whether an address or number is valid; that is asked where people type.
"""

import hashlib
import re
from dataclasses import dataclass
from typing import Literal, get_args

Kind = Literal["email", "url", "telephone", "openBadgeId"]
KINDS: tuple[Kind, ...] = get_args(Kind)

_HASH = re.compile(r"sha256\$[0-9a-fA-F]{64}|md5\$[0-9a-fA-F]{32}")
_AUTHORITY = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*://(?:[^/?#]*@)?)([^/?#@]*)")


@dataclass(frozen=True, slots=True)
class Recipient:
    """
    One identity and how documents show it.

    ``identity`` is in the clear for our own awards. Of a foreign document that hides it only
    the hash is known, and then ``identity`` is that hash (``sha256$`` + 64 or ``md5$`` + 32
    hex digits). ``salt`` is empty if there is none.
    """

    kind: Kind
    identity: str
    hashed: bool
    salt: str = ""

    @property
    def published(self) -> str:
        """The identity as documents show it: hashed, if it is to be and is not yet."""
        if self.hashed and not is_hash(self.identity):
            return hashed(self.identity, self.salt)
        return self.identity


def normalised(identity: str, kind: Kind) -> str:
    """
    The form in which an identity is kept, hashed and compared.

    E-mail addresses are lower-cased as a whole, and a domain in ASCII (``xn--bcher-kva.de``) is
    written out (``bücher.de``); of URLs only the host is lower-cased; the others stay as they
    are. Normalising twice changes nothing.
    """
    if kind == "email":
        return _written_out(identity.lower())
    if kind == "url":
        return _AUTHORITY.sub(lambda part: part[1] + part[2].lower(), identity, count=1)
    return identity


def hashed(identity: str, salt: str) -> str:
    """``sha256$`` + 64 hex digits over UTF-8 of identity and salt (OB 2.0, "IdentityHash")."""
    return "sha256$" + hashlib.sha256(_salted(identity, salt), usedforsecurity=False).hexdigest()


def is_hash(identity: str) -> bool:
    """Whether this is an IdentityHash, and not an identity in the clear."""
    return _HASH.fullmatch(identity) is not None


def matches(recipient: Recipient, identity: str) -> bool:
    """
    Whether ``identity``, in the clear and of the recipient's kind, is the recipient.

    It is tried as given and normalised, because issuers differ in what they hash. E-mail
    addresses that are shown in the clear are compared without regard to case.
    """
    candidates = {identity, normalised(identity, recipient.kind)}
    shown = recipient.published
    if not is_hash(shown):
        return shown in candidates or normalised(shown, recipient.kind) in candidates
    algorithm, _, digest = shown.partition("$")
    return digest.lower() in {
        _digest(algorithm, candidate, recipient.salt) for candidate in candidates
    }


def _written_out(address: str) -> str:
    """The address with its domain in Unicode, if that is another name of the same domain."""
    local, at, domain = address.rpartition("@")
    if "xn--" not in domain:
        return address
    try:
        unicode = domain.encode("ascii").decode("idna")
        is_same = unicode.encode("idna").decode("ascii") == domain
    except UnicodeError:
        return address
    return f"{local}{at}{unicode}" if is_same and unicode == unicode.lower() else address


def _digest(algorithm: str, identity: str, salt: str) -> str:
    return hashlib.new(algorithm, _salted(identity, salt), usedforsecurity=False).hexdigest()


def _salted(identity: str, salt: str) -> bytes:
    # JSON can name half a surrogate pair, and the salt of a foreign badge may hold anything.
    return (identity + salt).encode(errors="surrogatepass")
