"""
Older documents, lifted to the terms of Open Badges 2.0 before any rule is applied.

What cannot be lifted raises ``NotLifted``.
"""

import math
import re
from datetime import UTC, datetime
from typing import Any, Final

from rosette.openbadges.jsonld import Document
from rosette.openbadges.verification import terms, values
from rosette.openbadges.verification.verdict import Code

_ZONELESS = re.compile(r"\d{4}-\d\d-\d\d(T[\d:.]+)?", re.ASCII)
_SECONDS = re.compile(r"\d{1,12}(\.\d+)?", re.ASCII)

_OLD_ALIGNMENT: Final = {
    "url": "targetUrl",
    "name": "targetName",
    "description": "targetDescription",
}
_OLD_ISSUER: Final = {"contact": "email", "origin": "url"}


class NotLifted(Exception):
    """An old document that cannot be put into the terms of 2.0; ``code`` names the step."""

    def __init__(self, code: Code, message: str) -> None:
        super().__init__(message)
        self.code: Code = code
        self.message = message


def version(document: Document) -> str:
    """
    Which version the document is of: 0.5, 1.0, 1.1 or 2.0; empty if its context is of no version.

    Without a context it is older than 1.1, and 0.5 if its recipient is a text.
    """
    if document.get("@context") is None:
        return "0.5" if isinstance(document.get("recipient"), str) else "1.0"
    return terms.contexts(document).version


def lifted(document: Document, version: str, *, url: str, wanted: str) -> Document:
    """
    The members in terms of 2.0.

    ``url`` is where it came from, empty if it was signed; ``wanted`` is the class that it is
    looked at for, which older ones do not say.
    """
    members = terms.compacted(document)
    if version == "0.5":
        members = _from_0_5(members, url)
    elif version == "1.0":
        members = _from_1_0(members, url, wanted)
    return members if version == "2.0" else _from_1_1(members)


def _from_0_5(members: Document, url: str) -> Document:
    badge = members.get("badge")
    if not isinstance(badge, dict):
        raise NotLifted("UPGRADE_0_5_NODE", "its badge is not written into it")
    if not (id := members.get("id") or url):
        raise NotLifted("UPGRADE_0_5_NODE", "it has no address")
    recipient = members.pop("recipient")
    identity: Document = {
        "type": "email",
        "identity": recipient,
        "hashed": "@" not in recipient,
    }
    if isinstance(members.get("salt"), str) and members["salt"]:
        identity["salt"] = members.pop("salt")
    if "issued_on" in members:
        members.setdefault("issuedOn", members.pop("issued_on"))
    issuer = badge.get("issuer")
    if isinstance(issuer, dict):
        badge = {**badge, "issuer": _issuer_from_0_5(issuer)}
    return members | {
        "id": id,
        "type": "Assertion",
        "recipient": identity,
        "verification": {"type": "HostedBadge"},
        "badge": {**badge, "type": "BadgeClass"},
    }


def _issuer_from_0_5(issuer: Document) -> Document:
    issuer = {_OLD_ISSUER.get(name, name): value for name, value in issuer.items()}
    part = issuer.pop("org", None)
    if isinstance(part, str) and part and isinstance(issuer.get("name"), str):
        issuer["name"] = f"{issuer['name']}: {part}"
    return {**issuer, "type": "Issuer"}


def _from_1_0(members: Document, url: str, wanted: str) -> Document:
    if members.get("recipient") is not None:
        wanted = "Assertion"
    id = members.get("id") or url or (_id_of_1_0(members) if wanted == "Assertion" else "")
    if not id:
        raise NotLifted("UPGRADE_1_0_NODE", "nothing in it can be its id")
    return {"type": "Issuer" if wanted == "Profile" else wanted, **members, "id": id}


def _id_of_1_0(members: Document) -> str:
    verification = members.get("verification")
    uid = members.get("uid")
    if isinstance(verification, dict) and verification.get("type") == "SignedBadge":
        return f"uid:{uid}" if isinstance(uid, str) and uid else ""
    return ""


def _from_1_1(members: Document) -> Document:
    for name in ("issuedOn", "expires"):
        if members.get(name) is not None and not values.is_datetime(members[name]):
            members[name] = _moment(members[name])
    if members.get("alignment") is not None:
        items = [_alignment(item) for item in terms.listed(members["alignment"])]
        members["alignment"] = items[0] if len(items) == 1 else items
    return members


def _alignment(item: Any) -> Any:
    if not isinstance(item, dict):
        return item
    return {
        _OLD_ALIGNMENT.get(name, name) if _OLD_ALIGNMENT.get(name) not in item else name: value
        for name, value in item.items()
    }


def _moment(value: Any) -> str:
    """
    A moment in one of the forms of OB 1.1, "DateTime": UNIX seconds, or ISO 8601 without a zone.

    The zone is taken to be UTC, a date alone to be its first second.
    """
    if isinstance(value, str) and _ZONELESS.fullmatch(value):
        text = f"{value}Z" if "T" in value else f"{value}T00:00:00Z"
        if values.is_datetime(text):
            return text
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if is_number or (isinstance(value, str) and _SECONDS.fullmatch(value)):
        seconds = float(value)
        try:
            if math.isfinite(seconds):
                return datetime.fromtimestamp(seconds, UTC).isoformat()
        except (ValueError, OverflowError, OSError):
            pass
    raise NotLifted("UPGRADE_1_1_NODE", f"{str(value)[:60]!r} is no date and time")
