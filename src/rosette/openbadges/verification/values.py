"""The types that values of properties have (OB 2.0, "Data Types"), each a question."""

import re
from datetime import UTC, datetime
from typing import Any, TypeGuard
from urllib.parse import urlsplit

_DEFAULT_PORTS = {"http": 80, "https": 443}
_URL = re.compile(r"https?://[^\s<>\"{}|\\^`\x00-\x20\x7f\ud800-\udfff]+", re.IGNORECASE)
_URN_UUID = re.compile(r"urn:uuid:[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}", re.IGNORECASE | re.ASCII)
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
_TELEPHONE = re.compile(r"\+?[1-9]\d{1,14}(;ext=\d+)?", re.ASCII)
_MOMENT = re.compile(r"\d{4}-?(\d\d-?\d\d|W\d\d-?\d|\d{3})T.+(Z|[+-]\d\d(:?\d\d)?)", re.ASCII)
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z\d]{1,8})*", re.ASCII)
_PREFIXED = re.compile(r"[A-Za-z][\w-]*:[^\s]+", re.ASCII)
_DATA_URI = re.compile(r"data:[^,\s]*,[^\s]*", re.IGNORECASE)


def is_text(value: Any) -> TypeGuard[str]:
    """A text, even an empty one."""
    return isinstance(value, str)


def is_text_or_number(value: Any) -> bool:
    """A text or a number."""
    return isinstance(value, str | int | float) and not isinstance(value, bool)


def is_boolean(value: Any) -> bool:
    """True or false."""
    return isinstance(value, bool)


def is_url(value: Any) -> TypeGuard[str]:
    """An absolute http or https URL."""
    return isinstance(value, str) and _URL.fullmatch(value) is not None and authority(value) != ""


def is_blank(value: Any) -> TypeGuard[str]:
    """The name of a node that has no address."""
    return isinstance(value, str) and value.startswith("_:")


def is_iri(value: Any) -> TypeGuard[str]:
    """A URL, the name of a blank node, or a UUID as URN."""
    return is_url(value) or is_blank(value) or is_urn_uuid(value)


def is_urn_uuid(value: Any) -> TypeGuard[str]:
    """A UUID as URN."""
    return isinstance(value, str) and _URN_UUID.fullmatch(value) is not None


def is_data_uri(value: Any) -> TypeGuard[str]:
    """A ``data:`` URI."""
    return isinstance(value, str) and _DATA_URI.fullmatch(value) is not None


def is_url_or_data_uri(value: Any) -> TypeGuard[str]:
    """What an image can be."""
    return is_url(value) or is_data_uri(value)


def is_datetime(value: Any) -> bool:
    """A moment in ISO 8601 with ``Z`` or an offset."""
    return moment(value) is not None


def is_email(value: Any) -> TypeGuard[str]:
    """Something, one ``@``, something."""
    return isinstance(value, str) and _EMAIL.fullmatch(value) is not None


def is_telephone(value: Any) -> bool:
    """A number of E.164, perhaps with an extension."""
    return isinstance(value, str) and _TELEPHONE.fullmatch(value) is not None


def is_language(value: Any) -> bool:
    """A language tag (BCP 47), by its form."""
    return isinstance(value, str) and _LANGUAGE.fullmatch(value) is not None


def is_origin(value: Any) -> bool:
    """A host name, or an address, with or without a port (OB 2.0, ``allowedOrigins``)."""
    return isinstance(value, str) and "/" not in value and authority(f"http://{value}") != ""


def is_name(value: Any) -> bool:
    """The name of a property: a term of the standard, or an IRI, perhaps with a prefix."""
    return isinstance(value, str) and (
        value.isidentifier() or _PREFIXED.fullmatch(value) is not None
    )


def moment(value: Any) -> datetime | None:
    """The moment that the text stands for, in UTC; None if it is none."""
    if not isinstance(value, str) or not _MOMENT.fullmatch(value):
        return None
    try:
        at = datetime.fromisoformat(value)
        return at.astimezone(UTC) if at.tzinfo else None
    except (ValueError, OverflowError):
        return None


def authority(url: str) -> str:
    """Host, and port unless it is the usual one, in lower case; empty if this is no web URL."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return ""
    if parts.scheme not in _DEFAULT_PORTS or not host:
        return ""
    return host if port in (None, _DEFAULT_PORTS[parts.scheme]) else f"{host}:{port}"
