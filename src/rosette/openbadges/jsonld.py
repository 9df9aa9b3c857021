"""
The shapes that documents of several versions share, written and read.

Reading is tolerant of what changes nothing: one value in place of a list, null in place of
nothing. Whatever else does not fit raises ``MalformedDocument``, which names the member.
"""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from rosette.openbadges.errors import MalformedDocument
from rosette.openbadges.recipient import KINDS, Recipient, is_hash

Document = dict[str, Any]
"""A JSON object as ``json.loads`` gives it. Its members are in the order of publication."""

_EMPTY: tuple[Any, ...] = (None, "", [], {})


def moment(at: datetime) -> str:
    """An aware moment as documents show it: ``2024-05-02T09:30:00.134978+00:00``, in UTC."""
    return at.astimezone(UTC).isoformat()


def second(at: datetime) -> str:
    """An aware moment as credentials of version 3.0 show it: ``2024-05-02T09:30:00Z``, in UTC."""
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def filled(members: Document) -> Document:
    """The members that say something: neither None nor an empty text, list or object."""
    return {name: value for name, value in members.items() if value not in _EMPTY}


def extended(document: Document, extensions: Mapping[str, Any]) -> Document:
    """The document with members beyond the standard, which never replace those that it has."""
    return {**document, **beyond(extensions, document)}


def beyond(members: Mapping[str, Any], known: Collection[str]) -> Document:
    """The members whose names are not among the known ones."""
    return {name: value for name, value in members.items() if name not in known}


def render_image(url: str | None, details: Mapping[str, Any]) -> str | Document | None:
    """An image as its URL, or as an object if there is more to say (OB 2.0, "Image")."""
    return {"id": url, **details} if url and details else url


def render_recipient(recipient: Recipient) -> Document:
    """
    The IdentityObject of a recipient (OB 2.0, "IdentityObject").

    The standard's name for a recipient that is known by an Open Badges id is ``id``.
    """
    shown = {
        "hashed": recipient.hashed,
        "type": "id" if recipient.kind == "openBadgeId" else recipient.kind,
        "identity": recipient.published,
    }
    return shown | {"salt": recipient.salt} if recipient.hashed and recipient.salt else shown


@contextmanager
def within(member: str) -> Iterator[None]:
    """Refusals that rise from here name the members of the document by their path."""
    try:
        yield
    except MalformedDocument as refusal:
        raise MalformedDocument(f"{member}.{refusal.member}", refusal.problem) from None


def require_type(document: Document, *allowed: str) -> None:
    """Refuse a document none of whose types is allowed."""
    if not any(name in allowed for name in values(document, "type")):
        raise MalformedDocument("type", f"must be {' or '.join(allowed)}")


def text(document: Document, name: str) -> str:
    """The text of a member; empty if the member is absent or null."""
    value = document.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise MalformedDocument(name, "must be a text")
    return value


def required_text(document: Document, name: str) -> str:
    """The text of a member that has to say something."""
    if not (value := text(document, name)):
        raise MalformedDocument(name, "is missing")
    return value


def values(document: Document, name: str) -> list[Any]:
    """The values of a member of which there may be none, one or several."""
    value = document.get(name)
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def objects(document: Document, name: str) -> list[Document]:
    """The values of a member, all of which have to be objects."""
    found = values(document, name)
    if not all(isinstance(value, dict) for value in found):
        raise MalformedDocument(name, "must be an object")
    return found


def texts(document: Document, name: str) -> tuple[str, ...]:
    """The values of a member, all of which have to be texts."""
    found = values(document, name)
    if not all(isinstance(value, str) for value in found):
        raise MalformedDocument(name, "must be a list of texts")
    return tuple(found)


def linked(document: Document, name: str) -> str | Document:
    """
    What a member that has to be there points to: a URL, or the object embedded in its place.

    An object that holds nothing besides its id is as good as its URL.
    """
    match document.get(name):
        case None | "":
            raise MalformedDocument(name, "is missing")
        case str(url):
            return url
        case {"id": str(url), **rest} if url and not rest.keys() - {"@context", "type"}:
            return url
        case dict(embedded):
            return embedded
        case _:
            raise MalformedDocument(name, "must be a URL or an object")


def read_moment(member: str, value: object) -> datetime:
    """The moment, in UTC, of a text in ISO 8601 with ``Z`` or an offset (OB 2.0, "DateTime")."""
    if not isinstance(value, str):
        raise MalformedDocument(member, "must be a date and time" if value else "is missing")
    try:
        at = datetime.fromisoformat(value)
        if at.tzinfo is None:
            raise MalformedDocument(member, "must have a time zone")
        return at.astimezone(UTC)
    except (ValueError, OverflowError):
        raise MalformedDocument(member, "must be a date and time in ISO 8601") from None


def read_image(document: Document) -> tuple[str | None, Document]:
    """The URL of ``image``, None if there is none, and the other members of an image object."""
    match document.get("image"):
        case None | "":
            return None, {}
        case str(url) | {"id": str(url)} as image:
            return url, beyond(image, {"id"}) if isinstance(image, dict) else {}
        case _:
            raise MalformedDocument("image", "must be a URL or an object with an id")


def read_recipient(document: Document) -> Recipient:
    """
    The recipient that the IdentityObject in ``recipient`` stands for.

    Without ``hashed``, the identity itself tells whether it is a hash.
    """
    recipient = document.get("recipient")
    if not isinstance(recipient, dict):
        raise MalformedDocument("recipient", "must be an object" if recipient else "is missing")
    with within("recipient"):
        identity = required_text(recipient, "identity")
        kind = required_text(recipient, "type")
        is_hashed = recipient.get("hashed", is_hash(identity))
        if not isinstance(is_hashed, bool):
            raise MalformedDocument("hashed", "must be true or false")
        if is_hashed and not is_hash(identity):
            raise MalformedDocument("identity", "must be a hash, sha256$ or md5$ and hex digits")
        for known in KINDS:
            if kind == known or (kind == "id" and known == "openBadgeId"):
                return Recipient(known, identity, is_hashed, text(recipient, "salt"))
        raise MalformedDocument("type", "must be email, url, telephone or id")
