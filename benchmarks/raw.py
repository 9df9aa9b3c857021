"""The bare drivers without HTTP: one row and its commit, and many rows by COPY or executemany."""

import statistics
import time
from collections.abc import Callable, Iterator

from benchmarks.bulk import address
from benchmarks.floor.store import Row, Store, new_row
from benchmarks.load import Sample
from benchmarks.operations import STORY, wish
from benchmarks.processes import cpu_seconds
from benchmarks.servers import Site

INSERT = "raw insert"
STREAM = "raw stream"
_SINGLE = 10
_CHUNK = 10_000


def raw_batch(count: int) -> str:
    """The name of the measurement beside a batch of so many."""
    return f"raw batch of {count:,}"


def samples(
    site: Site, batches: list[int], *, seconds: float, at_most: int
) -> Iterator[tuple[str, Sample]]:
    """
    One sample of each: rows one by one, and batches of these sizes, each one transaction.

    Only the driver's own work counts, not the making of the rows.
    """
    store = Store(site.url)

    def one_by_one(rows: list[Row]) -> None:
        for row in rows:
            store.insert(row)

    yield INSERT, _sample(site, store, one_by_one, _SINGLE, _SINGLE, seconds, at_most)
    for count in batches:
        yield (
            raw_batch(count),
            _sample(site, store, store.insert_many, count, 1, seconds, at_most),
        )
    store.close()


def stream(site: Site, count: int) -> Sample:
    """So many rows by the ten thousand, each to another recipient; an operation is one row."""
    store = Store(site.url)
    wall = own = database = 0.0
    for start in range(0, count, _CHUNK):
        people = [address(n % site.size) for n in range(start, min(count, start + _CHUNK))]
        rows = _rows(site, store, people)
        begun, used, elsewhere = _clocks(site)
        store.insert_many(rows)
        ended = _clocks(site)
        wall, own = wall + ended[0] - begun, own + ended[1] - used
        database += ended[2] - elsewhere
    store.close()
    return Sample(count, count / wall, wall / count, own / count, database / count)


def _sample(
    site: Site,
    store: Store,
    insert: Callable[[list[Row]], None],
    count: int,
    operations: int,
    seconds: float,
    at_most: int,
) -> Sample:
    """Of ``count`` rows that are added over and over, which are so many operations each time."""
    known = site.targets["rosette"].people
    people = (known * (count // len(known) + 1))[:count]
    walls: list[float] = []
    own = database = 0.0
    while sum(walls) < seconds and len(walls) < at_most:
        rows = _rows(site, store, people)
        begun, used, elsewhere = _clocks(site)
        insert(rows)
        ended = _clocks(site)
        walls.append(ended[0] - begun)
        own, database = own + ended[1] - used, database + ended[2] - elsewhere
    done = len(walls) * operations
    return Sample(
        done, done / sum(walls), statistics.median(walls) / operations, own / done, database / done
    )


def _rows(site: Site, store: Store, people: list[str]) -> list[Row]:
    return [new_row(store, wish(name, **STORY), site.known) for name in people]


def _clocks(site: Site) -> tuple[float, float, float]:
    """Wall time, CPU of this process, CPU of the database."""
    elsewhere = cpu_seconds(site.database_pid)
    return time.monotonic(), time.process_time(), elsewhere
