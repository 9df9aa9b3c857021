"""
The words of Open Badges 2.0, and documents put into them.

This is no JSON-LD processor: what is understood are the contexts of Open Badges themselves, in
the forms in which issuers write them. A context that is not known is reported, never fetched for
the meaning of a document, and one that gives the standard's words another meaning is refused.
"""

import re
from typing import Any, Final, NamedTuple

from rosette.openbadges.jsonld import Document

CONTEXT: Final = "https://w3id.org/openbadges/v2"

_CONTEXT = re.compile(
    r"https?://(?:w3id\.org/openbadges|(?:www\.)?openbadgespec\.org)/v([12])(?:/|/context\.json)?"
)
_PREFIXES: Final = {
    "obi:": "https://w3id.org/openbadges#",
    "sec:": "https://w3id.org/security#",
    "schema:": "http://schema.org/",
    "cred:": "https://w3id.org/credentials#",
    "extensions:": "https://w3id.org/openbadges/extensions#",
}
CLASSES: Final = frozenset(
    {
        *("AlignmentObject", "Assertion", "BadgeClass", "Criteria", "CryptographicKey"),
        *("Endorsement", "Evidence", "Extension", "FrameValidation", "HostedBadge"),
        *("IdentityObject", "Image", "Issuer", "Profile", "RevocationList", "SignedBadge"),
        *("TypeValidation", "VerificationObject"),
    }
)
_ALIASES: Final = {
    "hosted": "HostedBadge",
    "signed": "SignedBadge",
    "IssuerOrganization": "Issuer",
    "sec:Key": "CryptographicKey",
    "cred:Credential": "Endorsement",
    **{f"obi:{name}": name for name in CLASSES},
}
PROPERTIES: Final = frozenset(
    {
        *("id", "type", "author", "caption", "claim", "created", "creator", "description", "email"),
        *("endorsement", "expires", "genre", "image", "name", "owner", "publicKey"),
        *("publicKeyPem", "related", "startsWith", "tags", "targetDescription", "targetFramework"),
        *("targetName", "targetUrl", "targetCode", "telephone", "url", "version", "alignment"),
        *("allowedOrigins", "audience", "badge", "criteria", "endorsementComment", "evidence"),
        *("hashed", "identity", "issuedOn", "issuer", "narrative", "recipient", "revocationList"),
        *("revocationReason", "revoked", "revokedAssertions", "salt", "uid", "verification"),
        *("verificationProperty", "verify", "validation", "validatesType", "validationSchema"),
    }
)
_KEYWORDS: Final = {"@id": "id", "@type": "type", "verify": "verification"}
_LISTS: Final = frozenset({"revokedAssertions"})


class Contexts(NamedTuple):
    """
    What ``@context`` says.

    ``version`` is that of Open Badges, 1.1 or 2.0, empty if none is named. ``foreign`` are the
    URLs of other contexts; ``redefined`` are words of the standard that get another meaning.
    """

    version: str
    foreign: tuple[str, ...]
    redefined: tuple[str, ...]


def contexts(document: Document) -> Contexts:
    """What the document's own ``@context`` says."""
    named = _listed(document.get("@context"))
    versions = {found[1] for url in named if isinstance(url, str) and (found := _known(url))}
    return Contexts(
        "2.0" if "2" in versions else "1.1" if versions else "",
        tuple(url for url in named if isinstance(url, str) and not _known(url)),
        tuple(
            sorted(
                word
                for inline in named
                if isinstance(inline, dict)
                for word in inline.keys() & (PROPERTIES | CLASSES | {"@vocab", "@base"})
            )
        ),
    )


def expanded(name: str) -> str:
    """A name with a known prefix as the IRI that it stands for; any other as it is."""
    for prefix, start in _PREFIXES.items():
        if name.startswith(prefix):
            return start + name.removeprefix(prefix)
    return name


def compacted(document: Document) -> Document:
    """
    The document as a processor of JSON-LD would leave it under the context of 2.0.

    Keywords get their plain names, and classes theirs; a list of one is what is in it; members
    that are null are left out; an object that holds nothing but its id is the id.
    """
    found: Document = {}
    for name, value in document.items():
        name = _KEYWORDS.get(name, name)
        inner = _types(value) if name == "type" else _value(value)
        if name in _LISTS:
            inner = _listed(inner)
        if inner is not None and name != "@context":
            found.setdefault(name, inner)
    return found


def types(members: Document) -> tuple[str, ...]:
    """The classes that a compacted document says that it is of."""
    return tuple(name for name in _listed(members.get("type")) if isinstance(name, str))


def listed(value: Any) -> list[Any]:
    """The values of a property of which there may be none, one or several."""
    return [item for item in _listed(value) if item is not None]


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _known(url: str) -> re.Match[str] | None:
    return _CONTEXT.fullmatch(url)


def _value(value: Any) -> Any:
    if isinstance(value, list):
        kept = [found for item in value if (found := _value(item)) is not None]
        return kept[0] if len(kept) == 1 else kept
    if not isinstance(value, dict):
        return value
    if "@value" in value:
        return _value(value["@value"])
    members = compacted(value)
    if value.get("@context") is not None:
        members["@context"] = value["@context"]
    return members["id"] if members.keys() == {"id"} else members


def _types(value: Any) -> Any:
    if isinstance(value, list):
        kept = [_types(item) for item in value if item is not None]
        return kept[0] if len(kept) == 1 else kept
    if not isinstance(value, str):
        return value
    for prefix, start in _PREFIXES.items():
        if value.startswith(start):
            value = prefix + value.removeprefix(start)
    return _ALIASES.get(value, value)
