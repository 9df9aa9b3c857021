"""
What is counted and timed, for Prometheus; nothing, and at no cost, until ``start`` is called.

Several processes serve, and each request for the figures reaches one of them; so each keeps its own
in files of a folder that they share (``folder``), and whoever is asked adds them up. The library
is only loaded where something is measured, because its way of counting is settled when it loads.
"""

import os
import shutil
import socket
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from prometheus_client import Counter, Histogram, Summary
    from prometheus_client.core import Metric

FOLDER_VARIABLE: Final = "PROMETHEUS_MULTIPROC_DIR"
"""Where the library looks for the folder; ``rosette serve`` and ``rosette work`` set it."""
MEDIA_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_VERBS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class _Book(NamedTuple):
    requests: "Counter"
    request_seconds: "Histogram"
    awards: "Counter"
    revocations: "Counter"
    mails: "Counter"
    jobs: "Counter"
    job_seconds: "Summary"
    cached: "Counter"
    queries: "Summary"


_book: _Book | None = None


def start() -> None:
    """Begin to measure in this process; again is harmless."""
    global _book
    if _book is not None:
        return
    from prometheus_client import Counter, Histogram, Summary  # noqa: PLC0415 -- see above

    _book = _Book(
        requests=Counter(
            "rosette_requests", "Requests that were answered.", ("method", "route", "status")
        ),
        request_seconds=Histogram(
            "rosette_request_seconds",
            "Time until the answer.",
            ("method", "route"),
            buckets=_SECONDS,
        ),
        awards=Counter("rosette_awards", "Awards made."),
        revocations=Counter("rosette_revocations", "Awards taken back."),
        mails=Counter("rosette_mails", "Mails that were dealt with.", ("state",)),
        jobs=Counter("rosette_jobs", "Background jobs that were done.", ("task", "state")),
        job_seconds=Summary("rosette_job_seconds", "Time that they took.", ("task",)),
        cached=Counter("rosette_cache_lookups", "Looks into a cache.", ("cache", "result")),
        queries=Summary("rosette_database_seconds", "Statements, and the time that they took."),
    )


def is_on() -> bool:
    """Whether this process measures."""
    return _book is not None


def request(method: str, route: str, status: int, seconds: float) -> None:
    """A request was answered. ``route`` is a pattern: no names of things are in it."""
    if _book is not None:
        verb = method if method in _VERBS else "other"
        _book.requests.labels(verb, route, str(status)).inc()
        _book.request_seconds.labels(verb, route).observe(seconds)


def awards(count: int) -> None:
    """So many awards were made."""
    if _book is not None:
        _book.awards.inc(count)


def revocations(count: int) -> None:
    """So many awards were taken back."""
    if _book is not None:
        _book.revocations.inc(count)


def mail(state: str) -> None:
    """A mail was sent, given up, postponed, held or skipped."""
    if _book is not None:
        _book.mails.labels(state).inc()


def job(task: str, state: str, seconds: float) -> None:
    """A background job was done, or failed."""
    if _book is not None:
        _book.jobs.labels(task, state).inc()
        _book.job_seconds.labels(task).observe(seconds)


def lookup(cache: str, *, hit: bool) -> None:
    """Something was looked for in a cache."""
    if _book is not None:
        _book.cached.labels(cache, "hit" if hit else "miss").inc()


def query(seconds: float) -> None:
    """A statement was run."""
    if _book is not None:
        _book.queries.observe(seconds)


class Figure(NamedTuple):
    """What is looked up when it is asked for: its values, each with its labels."""

    name: str
    help: str
    labels: tuple[str, ...]
    values: list[tuple[tuple[str, ...], float]]


def text(parent: Path, figures: Iterable[Figure] = ()) -> bytes:
    """All of it, of all processes whose folders lie in ``parent``, as Prometheus reads it."""
    from prometheus_client import (  # noqa: PLC0415 -- see above
        REGISTRY,
        CollectorRegistry,
        generate_latest,
        values,
    )
    from prometheus_client.multiprocess import MultiProcessCollector  # noqa: PLC0415

    files = [str(file) for folder in _living(parent) for file in folder.glob("*.db")]
    is_shared = values.ValueClass is not values.MutexValue

    class All:
        """What Prometheus' library asks for."""

        def collect(self) -> "Iterator[Metric]":
            if is_shared:
                merged = MultiProcessCollector.merge(files, accumulate=True)  # type: ignore[no-untyped-call]
                yield from merged
            else:
                yield from (it for it in REGISTRY.collect() if it.name.startswith("rosette_"))
            yield from _as_gauges([*figures, _memory(files)])

    registry = CollectorRegistry(auto_describe=False)
    registry.register(All())
    written: bytes = generate_latest(registry)
    return written


def folder(parent: Path, role: str) -> Path:
    """
    A new folder for the processes that this one starts, in ``parent``.

    Those of processes that are gone, on this machine, are thrown away.
    """
    ours = _host()
    for other in parent.glob(f"{ours}~*"):
        if not _is_alive(other):
            shutil.rmtree(other, ignore_errors=True)
    made = parent / f"{ours}~{role}~{os.getpid()}"
    made.mkdir(parents=True, exist_ok=True)
    return made


def _living(parent: Path) -> list[Path]:
    return [found for found in sorted(parent.glob(f"{_host()}~*")) if _is_alive(found)]


def _host() -> str:
    return socket.gethostname().replace("~", "-").replace("/", "-")


def _is_alive(found: Path) -> bool:
    number = found.name.rpartition("~")[2]
    try:
        os.kill(int(number), 0)
    except PermissionError:
        return True
    except (OSError, ValueError):
        return False
    return True


def _memory(files: Iterable[str]) -> Figure:
    """The resident memory of every process that counts, as Linux tells it."""
    values: list[tuple[tuple[str, ...], float]] = []
    of_process = {
        (Path(file).stem.rpartition("_")[2], Path(file).parent.name.split("~")[1]) for file in files
    } or {(str(os.getpid()), "web")}
    for number, role in sorted(of_process):
        with suppress(OSError, ValueError, IndexError):
            pages = int(Path(f"/proc/{number}/statm").read_text("ascii").split()[1])
            values.append(((role, number), float(pages * os.sysconf("SC_PAGE_SIZE"))))
    return Figure("rosette_process_resident_bytes", "Resident memory.", ("role", "process"), values)


def _as_gauges(figures: Iterable[Figure]) -> Iterator[Any]:
    from prometheus_client.core import GaugeMetricFamily  # noqa: PLC0415 -- see above

    for figure in figures:
        gauge = GaugeMetricFamily(figure.name, figure.help, labels=figure.labels)
        for labels, value in figure.values:
            gauge.add_metric(labels, value)
        yield gauge
