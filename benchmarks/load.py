"""Making load, and counting what it costs: rate, wall time, and CPU of process trees."""

import itertools
import multiprocessing
import os
import statistics
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.synchronize import Barrier
from pathlib import Path
from socket import IPPROTO_TCP, TCP_NODELAY, create_connection, socket
from threading import BrokenBarrierError
from typing import NamedTuple, Self

_PROCESS_CLOCK = 2  # CPUCLOCK_SCHED of the kernel: the whole process, in nanoseconds
_TICK = 1 / os.sysconf("SC_CLK_TCK")
_SETTLE_SECONDS = 0.03
"""For what follows an answer, such as ending a transaction."""
_PATIENCE_SECONDS = 120
_WARMING_TURNS = 5

Meetings = dict[int, Barrier]
_meetings: Meetings = {}


class Sample(NamedTuple):
    """
    One measured stretch of one operation.

    ``median``: seconds that one operation took its client. ``server`` and ``database``: CPU
    seconds of their processes, for one operation.
    """

    count: int
    rate: float
    median: float
    server: float
    database: float

    @property
    def cpu(self) -> float:
        return self.server + self.database


class Reply(NamedTuple):
    """An answer over HTTP."""

    status: int
    headers: dict[bytes, bytes]
    body: bytes


@dataclass(frozen=True)
class Load:
    """
    What the clients do over and over, on one connection each.

    ``turns``: every operation is one turn, and sends its requests one after the other.
    """

    turns: Sequence[Sequence[bytes]]
    status: int
    clients: int


def request(
    method: str, path: str, *, body: bytes = b"", headers: dict[str, str] | None = None
) -> bytes:
    """A request as it goes over the wire."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", "User-Agent: benchmark"]
    sent = {"Accept": "application/json", **(headers or {})}
    if body:
        sent |= {"Content-Type": "application/json", "Content-Length": str(len(body))}
    lines += [f"{name}: {value}" for name, value in sent.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


def ask(port: int, sent: bytes) -> Reply:
    """The answer to one request, on a connection of its own."""
    with _connected(port) as line:
        return _exchange(line, sent)


class Clients:
    """Processes that make load, and stand by in between."""

    def __init__(self, counts: Iterable[int]) -> None:
        """``counts``: how many at a time there will be."""
        context = multiprocessing.get_context("fork")
        self._meetings = {count: context.Barrier(count + 1) for count in counts}
        self._pool = ProcessPoolExecutor(
            max(self._meetings), context, initializer=_remember, initargs=(self._meetings,)
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown()

    def measure(
        self,
        port: int,
        load: Load,
        *,
        seconds: float,
        at_most: int,
        server: int,
        database: int | None,
    ) -> Sample:
        """
        Put the load on the port for so many seconds, or operations of each client at most.

        ``server`` and ``database`` are the roots of the process trees whose CPU is counted. Each
        client begins with a few operations that are not: threads and connections of the servers
        that have been idle for long are new ones.
        """
        asked = [
            self._pool.submit(_client, port, load, seconds, at_most, number)
            for number in range(load.clients)
        ]
        meeting = self._meetings[load.clients]
        with suppress(BrokenBarrierError):  # the client that broke it says why, below
            meeting.wait(_PATIENCE_SECONDS)
            time.sleep(_SETTLE_SECONDS)
            before = cpu_seconds(server), cpu_seconds(database)
            begin = time.monotonic()
            meeting.wait(_PATIENCE_SECONDS)
        times = [took for future in asked for took in future.result()]
        wall = time.monotonic() - begin
        time.sleep(_SETTLE_SECONDS)
        after = cpu_seconds(server), cpu_seconds(database)
        count = len(times)
        return Sample(
            count,
            count / wall,
            statistics.median(times),
            (after[0] - before[0]) / count,
            (after[1] - before[1]) / count,
        )


def cpu_seconds(root: int | None) -> float:
    """
    CPU that the process and all of its descendants have used so far, user and system.

    Of the living by their CPU clocks, because ``/proc/<pid>/stat`` counts in steps of 10 ms; of
    those that ended and were waited for by what that file keeps of them. Zero for None.
    """
    if root is None:
        return 0.0
    parents, used = {}, {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        pid = int(entry.name)
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
            used[pid] = time.clock_gettime(~pid << 3 | _PROCESS_CLOCK)
        except OSError:
            continue  # it has just ended
        parents[pid] = int(fields[1])
        used[pid] += (int(fields[13]) + int(fields[14])) * _TICK  # cutime, cstime
    family: set[int] = set()
    found = {root}
    while found:
        family |= found
        found = {pid for pid, parent in parents.items() if parent in found}
    return sum(used.get(pid, 0.0) for pid in family)


def _remember(meeting: Meetings) -> None:
    global _meetings
    _meetings = meeting


def _client(port: int, load: Load, seconds: float, at_most: int, number: int) -> list[float]:
    times: list[float] = []
    start = number * len(load.turns) // load.clients  # not all clients at the same rows
    turns = itertools.islice(itertools.cycle(load.turns), start, None)
    meeting = _meetings[load.clients]
    try:
        with _connected(port) as line:
            for turn in itertools.islice(turns, 1 if load.clients == 1 else _WARMING_TURNS):
                _take(line, turn, load.status)
            meeting.wait(_PATIENCE_SECONDS)
            meeting.wait(_PATIENCE_SECONDS)
            end = time.monotonic() + seconds
            for turn in itertools.islice(turns, at_most):
                before = time.monotonic()
                _take(line, turn, load.status)
                now = time.monotonic()
                times.append(now - before)
                if now >= end:
                    break
    except BaseException:
        meeting.abort()  # so that nobody waits for this one
        raise
    return times


def _take(line: socket, turn: Sequence[bytes], status: int) -> None:
    for sent in turn:
        reply = _exchange(line, sent)
        if reply.status != status:
            raise RuntimeError(f"{reply.status} to {sent[:300]!r}: {reply.body[:500]!r}")


def _connected(port: int) -> socket:
    line = create_connection(("127.0.0.1", port), timeout=60)
    line.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
    return line


def _exchange(line: socket, sent: bytes) -> Reply:
    line.sendall(sent)
    got = b""
    while b"\r\n\r\n" not in got:
        got += _more(line)
    head, _, body = got.partition(b"\r\n\r\n")
    first, *lines = head.split(b"\r\n")
    headers = {
        name.lower(): value.strip() for name, _, value in (text.partition(b":") for text in lines)
    }
    status = int(first.split()[1])
    if b"chunked" in headers.get(b"transfer-encoding", b""):
        while not body.endswith(b"0\r\n\r\n"):
            body += _more(line)
        return Reply(status, headers, _unchunked(body))
    missing = 0 if status == 304 else int(headers.get(b"content-length", b"0")) - len(body)
    parts = [body]
    while missing > 0:
        parts.append(_more(line))
        missing -= len(parts[-1])
    return Reply(status, headers, b"".join(parts))


def _unchunked(body: bytes) -> bytes:
    parts = []
    while body:
        size, _, body = body.partition(b"\r\n")
        parts.append(body[: int(size, 16)])
        body = body[int(size, 16) + 2 :]
    return b"".join(parts)


def _more(line: socket) -> bytes:
    got = line.recv(1 << 18)
    if not got:
        raise RuntimeError("the server closed the connection")
    return got
