"""Making load by processes that stand by, and counting what it costs: rate, wall time, CPU."""

import itertools
import multiprocessing
import signal
import statistics
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.synchronize import Barrier
from threading import BrokenBarrierError
from typing import NamedTuple, Self

from benchmarks.processes import cpu_seconds
from benchmarks.wire import Address, Line

_SETTLE_SECONDS = 0.03
"""For what follows an answer, such as ending a transaction."""
_PATIENCE_SECONDS = 120

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


@dataclass(frozen=True)
class Load:
    """
    What the clients do, on one connection each.

    ``turns``: every operation is one turn, and sends its requests one after the other. They come
    over and over, or, if ``once``, until there is none left. ``warming``: so many turns of each
    client do not count.
    """

    turns: Sequence[Sequence[bytes]]
    status: int
    clients: int
    once: bool = False
    warming: int = 5

    def of(self, number: int) -> Iterator[Sequence[bytes]]:
        """The turns of one client: not all begin at the same rows."""
        start = number * len(self.turns) // self.clients
        if self.once:
            end = (number + 1) * len(self.turns) // self.clients
            return iter(self.turns[start:end])
        return itertools.islice(itertools.cycle(self.turns), start, None)


class WrongAnswer(RuntimeError):
    """A server answered with another status than it should."""


class Clients:
    """Processes that make load, and stand by in between."""

    def __init__(self, counts: Iterable[int]) -> None:
        """``counts``: how many at a time there will be."""
        context = multiprocessing.get_context("fork")
        self._meetings = {count: context.Barrier(count + 1) for count in counts}
        self._pool = ProcessPoolExecutor(
            max(self._meetings), context, initializer=_begin, initargs=(self._meetings,)
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for meeting in self._meetings.values():
            meeting.abort()  # whoever waits for the others has waited long enough
        self._pool.shutdown(cancel_futures=True)

    def measure(
        self,
        address: Address,
        load: Load,
        *,
        seconds: float,
        at_most: int,
        server: int | None,
        database: int | None,
    ) -> Sample:
        """
        Put the load on the server for so many seconds, or operations of each client at most.

        ``server`` and ``database`` are the roots of the process trees whose CPU is counted. Each
        client begins with a few operations that are not: threads and connections of the servers
        that have been idle for long are new ones. Raises WrongAnswer.
        """
        asked = [
            self._pool.submit(_client, address, load, seconds, at_most, number)
            for number in range(load.clients)
        ]
        meeting = self._meetings[load.clients]
        with suppress(BrokenBarrierError):  # the client that broke it says why, below
            meeting.wait(_PATIENCE_SECONDS)
            time.sleep(_SETTLE_SECONDS)
            before = cpu_seconds(server), cpu_seconds(database)
            begin = time.monotonic()
            meeting.wait(_PATIENCE_SECONDS)
        ends = [future.exception() for future in asked]
        wall = time.monotonic() - begin if not any(ends) else 0.0
        if any(ends):
            meeting.reset()
            raise _reason(ends)
        time.sleep(_SETTLE_SECONDS)
        after = cpu_seconds(server), cpu_seconds(database)
        times = [took for future in asked for took in future.result()]
        count = len(times)
        return Sample(
            count,
            count / wall,
            statistics.median(times),
            (after[0] - before[0]) / count,
            (after[1] - before[1]) / count,
        )


def _reason(ends: Sequence[BaseException | None]) -> BaseException:
    """Why a measurement broke off: what befell one client, and not that the others waited."""
    for end in ends:
        if end is not None and not isinstance(end, BrokenBarrierError):
            return end
    return TimeoutError(f"some client was not ready within {_PATIENCE_SECONDS} s")


def _begin(meetings: Meetings) -> None:
    global _meetings
    _meetings = meetings
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever started this one hears of Ctrl+C
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _client(address: Address, load: Load, seconds: float, at_most: int, number: int) -> list[float]:
    times: list[float] = []
    turns = load.of(number)
    meeting = _meetings[load.clients]
    try:
        with Line(address) as line:
            for turn in itertools.islice(turns, load.warming):
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


def _take(line: Line, turn: Sequence[bytes], status: int) -> None:
    for sent in turn:
        reply = line.exchange(sent)
        if reply.status != status:
            raise WrongAnswer(f"{reply.status} to {sent[:120]!r}: {reply.body[:300]!r}")
