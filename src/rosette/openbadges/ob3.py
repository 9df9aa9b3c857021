"""
Open Badges 3.0: facts to documents, unsigned (1EdTech, "Open Badges 3.0").

What is signed must mean the same to every library, so documents hold nothing but what the
contexts define: texts in Unicode NFC without control characters, absolute addresses, whole
seconds, and no member without a value.
"""

import re
import unicodedata
import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote

from rosette.openbadges.canonical import is_address
from rosette.openbadges.credential import (
    Achievement,
    Alignment,
    Credential,
    Endorsement,
    Evidence,
    Profile,
)
from rosette.openbadges.credential_schema import SCHEMA_ID
from rosette.openbadges.jsonld import Document, filled, second
from rosette.openbadges.keys import did_web
from rosette.openbadges.recipient import Kind, Recipient

CONTEXTS: Final = (
    "https://www.w3.org/ns/credentials/v2",
    "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
)
TYPES: Final = ("VerifiableCredential", "OpenBadgeCredential")
EXTENSIONS_CONTEXT: Final = "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json"
"""Wanted as the third one by the types whose names begin with ``1EdTech``."""

_EARLIER_VERSION: Final = "Open Badges v2p0"
_IDENTITY_TYPES: Final[dict[Kind, str]] = {
    "email": "emailAddress",
    "telephone": "ext:telephone",
    "url": "ext:url",
    "openBadgeId": "ext:openBadgeId",
}
# Control characters, which libraries escape in different ways; not tab and line ends.
_UNWANTED: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_BROKEN_ESCAPE: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")


def credential_id(credential: Credential) -> str:
    """Where the credential of version 3.0 is published."""
    return f"{_address(credential.address)}/ob3"


def achievement_id(achievement: Achievement) -> str:
    """Where the achievement of version 3.0 is published."""
    return f"{_address(achievement.address)}/ob3"


def render_credential(
    credential: Credential,
    *,
    valid_from: datetime | None = None,
    status: Document | None = None,
    with_schema: bool = False,
    holder: str | None = None,
) -> Document:
    """
    The OpenBadgeCredential, without proof (OB 3.0, "AchievementCredential").

    ``valid_from``: when it was issued in its present form, if that was after the award itself.
    ``status``: its ``credentialStatus``. ``with_schema``: name the schema that it keeps to.
    ``holder``: the DID of a recipient who has proven to have its key, and can so prove to be meant.
    Whether the award was revoked is said by the status, never by the credential.
    """
    awarded, until = credential.issued_on, credential.expires_on
    since = awarded if valid_from is None else max(awarded, valid_from)
    achievement = credential.achievement
    return {
        "@context": [*CONTEXTS, *([EXTENSIONS_CONTEXT] if with_schema else [])],
        "id": credential_id(credential),
        "type": list(TYPES),
        "name": _text(achievement.name),
        "issuer": _profile(achievement.issuer),
        "validFrom": second(since if until is None else min(since, until)),
        "awardedDate": second(awarded),
        **({"validUntil": second(until)} if until else {}),
        "credentialSubject": _subject(credential, holder),
        **filled(
            {
                "evidence": _distinct(_evidence(item) for item in credential.evidence),
                "credentialStatus": status,
                "credentialSchema": _schemas() if with_schema else [],
            }
        ),
    }


def render_endorsement(
    endorsement: Endorsement, *, valid_from: datetime | None = None, revocations: str
) -> Document:
    """
    The EndorsementCredential, without proof (OB 3.0, "EndorsementCredential").

    ``revocations`` is where its issuer lists those that it has withdrawn. ``valid_from`` is as for
    ``render_credential``.
    """
    about = _address(endorsement.about)
    is_profile = endorsement.kind == "issuer"
    return {
        "@context": [*CONTEXTS, EXTENSIONS_CONTEXT],
        "id": f"{_address(endorsement.id)}/ob3",
        "type": ["VerifiableCredential", "EndorsementCredential"],
        "name": _text(endorsement.name),
        "issuer": _profile(endorsement.issuer),
        "validFrom": second(valid_from or endorsement.issued_on),
        "awardedDate": second(endorsement.issued_on),
        "credentialSubject": {
            "id": did_web(about) if is_profile else f"{about}/ob3",
            "type": ["EndorsementSubject"],
            "endorsementComment": _text(endorsement.comment),
        },
        "credentialStatus": {"id": revocations, "type": "1EdTechRevocationList"},
    }


def render_achievement(achievement: Achievement) -> Document:
    """The Achievement by itself, as its own address answers it; unsigned."""
    return {"@context": [CONTEXTS[1]], **_achievement(achievement)}


def _subject(credential: Credential, holder: str | None) -> Document:
    """
    The recipient, and what was achieved.

    Without a holder, the id is no name of the person: it is made of the credential's own, so that
    it tells nothing and links nothing. An address that the award shows anyway is its own id.
    """
    recipient = credential.recipient
    shown = "" if recipient.hashed else _address(recipient.identity)
    own = shown if recipient.kind in ("url", "openBadgeId") else ""
    return filled(
        {
            "id": holder or own or uuid.uuid5(uuid.NAMESPACE_URL, credential_id(credential)).urn,
            "type": ["AchievementSubject"],
            "identifier": [_identity(recipient)],
            "narrative": _text(credential.narrative),
            "achievement": _achievement(credential.achievement),
        }
    )


def _identity(recipient: Recipient) -> Document:
    """The IdentityObject, which takes no other members than these."""
    return filled(
        {
            "type": "IdentityObject",
            "hashed": recipient.hashed,
            "identityHash": _text(recipient.published),
            "identityType": _IDENTITY_TYPES[recipient.kind],
            "salt": _text(recipient.salt) if recipient.hashed else "",
        }
    )


def _achievement(achievement: Achievement) -> Document:
    criteria = filled(
        {
            "id": _address(achievement.criteria_url),
            "narrative": _text(achievement.criteria_narrative),
        }
    )
    name = _text(achievement.name)
    return {
        "id": achievement_id(achievement),
        "type": ["Achievement"],
        "achievementType": "Badge",
        "name": name,
        "description": _text(achievement.description) or name,
        # Verifiers insist on some; the page says at least what the badge is.
        "criteria": criteria or {"id": f"{_address(achievement.address)}/criteria"},
        **filled(
            {
                "image": _image(achievement.image),
                "tag": _distinct(map(_text, achievement.tags)),
                "alignment": _distinct(_alignment(item) for item in achievement.alignments),
            }
        ),
        "related": [
            {
                "id": _address(achievement.id),
                "type": ["Related"],
                "version": _EARLIER_VERSION,
            }
        ],
    }


def _profile(profile: Profile) -> Document:
    return filled(
        {
            "id": did_web(_address(profile.address)),
            "type": ["Profile"],
            "name": _text(profile.name),
            "url": _address(profile.url),
            "email": _text(profile.email),
            "description": _text(profile.description or ""),
            "image": _image(profile.image),
            "otherIdentifier": [
                {
                    "type": "IdentifierEntry",
                    "identifier": _address(profile.id),
                    "identifierType": "identifier",
                }
            ],
        }
    )


def _alignment(alignment: Alignment) -> Document:
    name, url = _text(alignment.name), _address(alignment.url)
    if not (name and url):
        return {}
    return filled(
        {
            "type": ["Alignment"],
            "targetName": name,
            "targetUrl": url,
            "targetDescription": _text(alignment.description),
            "targetFramework": _text(alignment.framework),
            "targetCode": _text(alignment.code),
        }
    )


def _evidence(evidence: Evidence) -> Document:
    url, narrative = _address(evidence.url), _text(evidence.narrative)
    if not (url or narrative):
        return {}
    return filled({"id": url, "type": ["Evidence"], "narrative": narrative})


def _image(url: str | None) -> Document:
    address = _address(url or "")
    return {"id": address, "type": "Image"} if address else {}


def _schemas() -> list[Document]:
    return [{"id": SCHEMA_ID, "type": "1EdTechJsonSchemaValidator2019"}]


def _distinct(items: Iterable[Any]) -> list[Any]:
    """Those that say something, each once: to the proof, twice the same is once."""
    kept: list[Any] = []
    for item in items:
        if item and item not in kept:
            kept.append(item)
    return kept


def _text(text: str) -> str:
    return unicodedata.normalize("NFC", text if text.isprintable() else _UNWANTED.sub("", text))


def _address(url: str) -> str:
    """The absolute address in the letters that addresses have (RFC 3986); empty if it is none."""
    if not url:
        return ""
    head, hash_sign, fragment = _UNWANTED.sub("", url).strip().partition("#")
    whole = _BROKEN_ESCAPE.sub("%25", head + hash_sign + fragment.replace("#", "%23"))
    escaped = quote(whole, safe="%:/?#@!$&'()*+,;=~")
    return escaped if is_address(escaped) else ""
