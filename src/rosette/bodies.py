"""
Bodies on their way in: those who send them slowly are cut off, and hold nobody up meanwhile.

The web server hands a request on when its head is there, and has no patience of its own for the
rest. So small bodies are read before the request takes a place in work; of large ones, there is
always one place fewer than there are. Who sends less than a kilobyte a second is hung up on: the
server does not say which connection a request came by, so those of its address are, as far as
nothing was sent to them for as long. Behind proxies that is left to them.
"""

import os
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import BytesIO
from typing import Any, Final

from rosette.crowd import Full

SMALL_BYTES: Final = 1_000_000
_PIECE_BYTES: Final = 16_384
_LEAST_BYTES_A_SECOND: Final = 1000
_SENT_AT: Final = 44  # in Linux's tcp_info: milliseconds since data was sent


class BrokenOff(OSError):
    """The body is shorter than it said."""


class Body:
    """A body that is as long as it says: one that breaks off is no shorter body."""

    def __init__(self, body: Any, length: int, address: str) -> None:
        self._body = body
        self.left = length
        self.address = address
        self.began = time.monotonic()
        self.got = 0

    def read(self, size: int = -1) -> bytes:
        """Some of it. Raises BrokenOff."""
        wanted = self.left if size is None or size < 0 else min(size, self.left)
        pieces = []
        while wanted:
            piece: bytes = self._body.read(min(wanted, _PIECE_BYTES))
            if not piece:
                raise BrokenOff("the body broke off")
            pieces.append(piece)
            wanted -= len(piece)
            self.left -= len(piece)
            self.got += len(piece)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def readline(self, size: int = -1) -> bytes:
        """A line of it. Raises BrokenOff."""
        most = self.left if size is None or size < 0 else min(size, self.left)
        line: bytes = self._body.readline(most) if most else b""
        self.left -= len(line)
        self.got += len(line)
        if self.left and not line and most:
            raise BrokenOff("the body broke off")
        return line

    def is_slow(self, seconds: int) -> bool:
        """Whether it has been too slow for so long."""
        passed = time.monotonic() - self.began
        return bool(self.left) and passed > seconds and self.got < passed * _LEAST_BYTES_A_SECOND


class Reading:
    """All bodies that are being read in this process."""

    def __init__(self, room: int, places: int, seconds: int, *, port: int | None) -> None:
        """``port``: where this server listens; None: it does not hang up on anybody."""
        self._room: Final = room
        self._large: Final = max(1, places - 1)
        self._seconds: Final = seconds
        self._port: Final = port
        self._bodies: set[Body] = set()
        self._of: Counter[tuple[bool, str]] = Counter()
        self._lock = threading.Lock()
        self._watch: threading.Thread | None = None

    def small(self, body: Body) -> BytesIO:
        """All of it. Raises Full, and BrokenOff."""
        with self._read(body, is_large=False):
            return BytesIO(body.read())

    @contextmanager
    def _read(self, body: Body, *, is_large: bool) -> Iterator[None]:
        self.begin(body, is_large=is_large)
        try:
            yield
        finally:
            self.end(body, is_large=is_large)

    def begin(self, body: Body, *, is_large: bool) -> None:
        """It is being read from now on, until ``end``. Raises Full."""
        room = self._large if is_large else self._room
        with self._lock:
            of_all = sum(number for (large, _), number in self._of.items() if large is is_large)
            if of_all >= room:
                raise Full(is_own=False)
            if not is_large and self._of[is_large, body.address] >= max(1, room // 2):
                raise Full(is_own=True)
            self._of[is_large, body.address] += 1
            self._bodies.add(body)
            if self._watch is None and self._port:
                self._watch = threading.Thread(target=self._look, daemon=True, name="patience")
                self._watch.start()

    def end(self, body: Body, *, is_large: bool) -> None:
        """It was read, or will not be."""
        with self._lock:
            self._bodies.discard(body)
            self._of[is_large, body.address] -= 1
            if not self._of[is_large, body.address]:
                del self._of[is_large, body.address]

    def _look(self) -> None:
        while True:
            time.sleep(1)
            with self._lock:
                slow = {body.address for body in self._bodies if body.is_slow(self._seconds)}
            if slow:
                _hang_up_on(slow, self._port, self._seconds)


def _hang_up_on(addresses: set[str], port: int | None, seconds: int) -> None:
    """End the connections of these addresses to our port, to which nothing was sent for so long."""
    for name in os.listdir("/proc/self/fd"):  # noqa: PTH208 -- numbers, not paths
        with (
            suppress(OSError, ValueError, IndexError),
            socket.socket(fileno=os.dup(int(name))) as connection,
        ):
            if connection.getsockname()[1] != port or connection.getpeername()[0] not in addresses:
                continue
            told = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 104)
            (silent,) = struct.unpack_from("I", told, _SENT_AT)
            if silent >= (seconds - 1) * 1000:
                connection.shutdown(socket.SHUT_RDWR)
