"""
On what occasion something happens now: a request, a job or a command, and where it comes from.

Known to whatever is done meanwhile, so that the audit log and the log of the process can say it
without being told. Opened by whoever lets work in: ``watching.py``, the worker, the shell.
"""

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar, Token
from typing import Final, Literal

_GIVEN: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{7,63}", re.ASCII)

Kind = Literal["request", "job", "command", "none"]


class Occasion:
    """
    ``id``: of the request (8 to 64 characters), the job, or empty. ``person``: entity id of who was
    let in, and ``application``: the client that their token was given to; or empty.
    """

    __slots__ = ("_whence", "application", "id", "kind", "person")

    def __init__(self, kind: Kind, id: str = "", whence: Callable[[], str] | None = None) -> None:
        self.kind, self.id = kind, id
        self.person = self.application = ""
        self._whence = whence

    @property
    def address(self) -> str:
        """The network address of whoever asks, as ``limits.address_of`` counts them; or empty."""
        return self._whence() if self._whence else ""


_NONE: Final = Occasion("none")
_now: ContextVar[Occasion] = ContextVar("occasion", default=_NONE)


def now() -> Occasion:
    """The present occasion."""
    return _now.get()


def let_in(person: str, application: str = "") -> None:
    """Note who asks."""
    occasion = _now.get()
    if occasion is not _NONE:
        occasion.person, occasion.application = person, application


def begin(occasion: Occasion) -> Token[Occasion]:
    """Open the occasion; ``end`` takes what is returned."""
    return _now.set(occasion)


def end(token: Token[Occasion]) -> None:
    """Close it; the one before is the present one again."""
    _now.reset(token)


@contextmanager
def during(occasion: Occasion) -> Iterator[Occasion]:
    """The occasion, open within."""
    token = begin(occasion)
    try:
        yield occasion
    finally:
        end(token)


def open_for_good(occasion: Occasion) -> None:
    """Let it be the occasion of all that this process does: a command's."""
    _now.set(occasion)


def request_id(given: str | None) -> str:
    """
    The name of a request: the one that it brought, if it is one, else a new one.

    Letters, digits, ``.``, ``_`` and ``-`` only, so that it cannot forge a line of a log, nor be a
    mail address.
    """
    if given is not None and _GIVEN.fullmatch(given):
        return given
    return os.urandom(12).hex()
