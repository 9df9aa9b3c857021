"""
How the log of the process is written: lines for people, or one JSON object to the line.

Each says on which occasion it was written. Whatever is logged, by our own code or a library, loses
mail addresses, tokens and queries on the way, because nobody can foresee what an error's text
quotes.
"""

import logging
import re
from datetime import UTC, datetime
from typing import Any, Final

import orjson

from rosette import occasions

_HIDDEN: Final = (
    # A password in an address, before the rest of it is taken for a mail address.
    (re.compile(r"(?<=://)[^\s/@]+@"), "[hidden]@"),
    # Only where a word begins: else a long one would be read again from each of its letters.
    (
        re.compile(
            r"(?<![^\s@<>()\[\]{}\"',;:=/?&])[^\s@<>()\[\]{}\"',;:=/?&]+(?:@|%40)[\w.-]+\w",
            re.IGNORECASE,
        ),
        "[address]",
    ),
    (re.compile(r"\b(Bearer|Token|Basic)\s+[\w.~+/=-]{8,}", re.IGNORECASE), r"\1 [hidden]"),
    # Links in mails carry what proves that the mail was read.
    (
        re.compile(
            r"(/(?:account/password|auth/change-password|auth/confirm-email"
            r"|user/confirmemail|unsubscribe|claim|invitations)/)(?!:)[^\s/?\"'<>]+"
        ),
        r"\1[hidden]",
    ),
    (re.compile(r"(?<=[\w/])\?[\w.~%-]+=[^\s\"'<>]*"), "?[hidden]"),
)
_OWN: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "request"}
_PLAIN: Final = (str, int, float, bool, type(None))


def hidden(text: str) -> str:
    """The text without what does not belong into a log."""
    for pattern, instead in _HIDDEN:
        text = pattern.sub(instead, text)
    return text


class Line(logging.Formatter):
    """``2026-11-23 09:30:00,123 WARNING rosette.caching [req8k…]: what there is to say``."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s%(occasion)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        """The line, and perhaps a traceback below it."""
        name = occasion_of(record)
        record.occasion = f" [{name}]" if name else ""
        return hidden(super().format(record))


class JsonLine(logging.Formatter):
    """
    An object with ``time`` (ISO 8601, UTC), ``level``, ``logger``, ``message``, and perhaps
    ``occasion``, ``id``, ``exception`` and whatever the record has besides.
    """

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        said: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": hidden(record.getMessage()),
        }
        present = occasions.now()
        if present.kind != "none":
            said["occasion"] = present.kind
        if name := occasion_of(record):
            said["id"] = name
        for key, value in vars(record).items():
            if key not in _OWN and key not in said and isinstance(value, _PLAIN):
                said[key] = hidden(value) if isinstance(value, str) else value
        if record.exc_info:
            said["exception"] = hidden(self.formatException(record.exc_info))
        return orjson.dumps(said, option=orjson.OPT_UTC_Z).decode()


def occasion_of(record: logging.LogRecord) -> str:
    """The id of the request or job that the record is about."""
    given = getattr(record, "id", None)
    return given if isinstance(given, str) else occasions.now().id
