"""Making load by processes that stand by, and counting what it costs: rate, wall time, CPU."""

import itertools
import multiprocessing
import signal
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.context import ForkProcess
from typing import Any, NamedTuple, Self

from benchmarks.processes import cpu_seconds
from benchmarks.wire import Address, Line

_SETTLE_SECONDS = 0.03
"""For what follows an answer, such as ending a transaction."""
_PATIENCE_SECONDS = 120


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

    def __init__(self, count: int) -> None:
        """``count``: how many at a time there will be at most."""
        context = multiprocessing.get_context("fork")
        self._lines: list[Connection] = []
        self._processes: list[ForkProcess] = []
        for _ in range(count):
            mine, theirs = context.Pipe()
            self._lines.append(mine)
            client = context.Process(target=_client, args=(theirs, [*self._lines]), daemon=True)
            client.start()
            theirs.close()
            self._processes.append(client)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for client in self._processes:
            client.kill()  # whatever it is at
            client.join()
        for line in self._lines:
            line.close()

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
        that have been idle for long are new ones. Raises WrongAnswer, and whatever else befell
        a client.
        """
        lines = self._lines[: load.clients]
        for number, line in enumerate(lines):
            line.send((address, load, seconds, at_most, number))
        troubles = [trouble for line in lines if (trouble := _heard(line)) is not None]
        time.sleep(_SETTLE_SECONDS)
        before = cpu_seconds(server), cpu_seconds(database)
        begin = time.monotonic()
        for line in lines:
            line.send(not troubles)
        found = [_heard(line) for line in lines]
        wall = time.monotonic() - begin
        for trouble in (*troubles, *found):
            if isinstance(trouble, Exception):
                raise trouble
        time.sleep(_SETTLE_SECONDS)
        after = cpu_seconds(server), cpu_seconds(database)
        times = [took for each in found for took in each]
        count = len(times)
        return Sample(
            count,
            count / wall,
            statistics.median(times),
            (after[0] - before[0]) / count,
            (after[1] - before[1]) / count,
        )


def _heard(line: Connection) -> Any:
    """What the client says next. Raises TimeoutError if it has nothing to say for long."""
    if not line.poll(_PATIENCE_SECONDS):
        raise TimeoutError(f"a client got no answer within {_PATIENCE_SECONDS} s")
    return line.recv()


def _client(line: Connection, others: list[Connection]) -> None:
    """
    A client's life: told what to do, it warms up and says None, does it when told True, and
    says how long each took. What goes wrong is said instead, at either time.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever started this one hears of Ctrl+C
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    for other in others:
        other.close()  # or it would not end when whoever started it is gone
    with suppress(EOFError):
        while True:
            address, load, seconds, at_most, number = line.recv()
            turns = load.of(number)
            with Line(address) as connection:
                line.send(_said(_warm, connection, load, turns))
                if line.recv():
                    line.send(_said(_work, connection, load, turns, seconds, at_most))
                else:
                    line.send([])


def _said(do: Callable[..., Any], *arguments: Any) -> Any:
    try:
        return do(*arguments)
    except Exception as error:  # said to whoever measures
        return error


def _warm(line: Line, load: Load, turns: Iterator[Sequence[bytes]]) -> None:
    for turn in itertools.islice(turns, load.warming):
        _take(line, turn, load.status)


def _work(
    line: Line, load: Load, turns: Iterator[Sequence[bytes]], seconds: float, at_most: int
) -> list[float]:
    times: list[float] = []
    end = time.monotonic() + seconds
    for turn in itertools.islice(turns, at_most):
        before = time.monotonic()
        _take(line, turn, load.status)
        now = time.monotonic()
        times.append(now - before)
        if now >= end:
            break
    return times


def _take(line: Line, turn: Sequence[bytes], status: int) -> None:
    for sent in turn:
        reply = line.exchange(sent)
        if reply.status != status:
            raise WrongAnswer(f"{reply.status} to {sent[:120]!r}: {reply.body[:300]!r}")
