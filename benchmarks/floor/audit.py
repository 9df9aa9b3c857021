"""What is noted of a change in the audit log, as the server does it: an entry, and its MAC."""

import hashlib
import os
from typing import Any

import orjson

from benchmarks.floor.store import Row

_KEY = os.urandom(64)  # what the server derives from its master key; nobody asks whether this is it
_LABEL = _KEY[:4]


def entry(at: Any, action: str, kind: str, name: str, by: str, *, issuer: str, **said: Any) -> Row:
    """The parameters of ``INSERT_ENTRY``. ``at`` is as it is stored."""
    details = orjson.dumps(said, option=orjson.OPT_SORT_KEYS).decode()
    told = (at, action, by, "public", kind, name, issuer)
    request, address = os.urandom(12).hex(), "127.0.0.1"
    of_content = _mac(orjson.dumps((*told, request, details)))[:16]
    of_address = _mac(of_content + address.encode())[:8]
    return (*told, address, request, details, _LABEL + of_content + of_address)


def digest(names: list[str]) -> str:
    """What an entry says of many awards."""
    return hashlib.sha256("\n".join(sorted(names)).encode()).hexdigest()


def _mac(message: bytes) -> bytes:
    return hashlib.blake2b(message, key=_KEY, digest_size=32).digest()
