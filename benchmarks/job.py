"""
The job of a million awards, as a client sees it: sent in one request, looked at until it is done.

The job is done by the background worker, so one is started for it alone.
"""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from benchmarks import servers
from benchmarks.bulk import address
from benchmarks.operations import STORY, Target, wish
from benchmarks.processes import cpu_seconds, forget_peaks, memory
from benchmarks.servers import Site
from benchmarks.wire import Reply

NAME = "award job"
_ENDS = ("done", "failed", "cancelled", "undone")
_LOOKS_EVERY_SECONDS = 0.25
_SLOWEST_PER_SECOND = 500
_LINES_PER_PART = 1000
_MEDIA_TYPE = "application/x-ndjson"


@dataclass(frozen=True)
class Outcome:
    """
    What became of a job of so many awards.

    ``accepted``: seconds until the request was answered; ``seconds``: until the job was seen
    done. CPU seconds of the web processes, the worker and the database; the most resident memory
    of any one web process and of the worker, in bytes. ``trouble``: why there are no figures.
    """

    total: int
    accepted: float = 0.0
    seconds: float = 0.0
    failed: int = 0
    web: float = 0.0
    worker: float = 0.0
    database: float = 0.0
    web_peak: int = 0
    worker_peak: int = 0
    trouble: str = ""

    @property
    def rate(self) -> float:
        """Awards a second, from the first byte of the request to the end of the job."""
        return (self.total - self.failed) / self.seconds

    @property
    def cpu(self) -> float:
        """CPU seconds of all processes for one award."""
        return (self.web + self.worker + self.database) / self.total

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def measure(site: Site, total: int, say: Callable[[str], None]) -> Outcome:
    """Put so many awards on the site's Rosette as one job, and wait for its end."""
    target = site.targets["rosette"]
    probe = _asked(target, 1, site.size)
    if probe.status != 202:
        return Outcome(total, trouble=f"it was answered {probe.status} and not 202")
    with servers.worker(site) as worker:
        _, trouble = _awaited(target, probe, 1, say)  # which proves that the worker works
        if trouble:
            return Outcome(total, trouble=trouble)
        trees = (site.pids["rosette"], worker, site.database_pid)
        before = [cpu_seconds(pid) for pid in trees]
        forget_peaks(site.pids["rosette"])  # those of passwords, which are meant to be large
        outcome = follow(target, total, site.size, say)
        web, work, database = (
            cpu_seconds(pid) - used for pid, used in zip(trees, before, strict=True)
        )
        return replace(
            outcome,
            web=web,
            worker=work,
            database=database,
            web_peak=memory(site.pids["rosette"])[0].peak,
            worker_peak=memory(worker)[0].peak,
        )


def follow(target: Target, total: int, known: int, say: Callable[[str], None]) -> Outcome:
    """The job as its client sees it; ``known``: so many recipients hold an award already."""
    begun = time.monotonic()
    try:
        reply = _asked(target, total, known)
    except ConnectionError as error:
        return Outcome(total, trouble=f"the server did not take it whole ({error})")
    accepted = time.monotonic() - begun
    if reply.status != 202:
        return Outcome(total, trouble=f"it was answered {reply.status}: {reply.body[:200]!r}")
    job, trouble = _awaited(target, reply, total, say)
    seconds = time.monotonic() - begun
    return Outcome(total, accepted, seconds, int(job.get("failed", 0)), trouble=trouble)


def _asked(target: Target, total: int, known: int) -> Reply:
    sent = target.address.request(
        "POST",
        f"/v2/badgeclasses/{target.badgeclass}/issue?async=1",
        headers={**target.bearer, "Content-Type": _MEDIA_TYPE},
        length=total * len(_line(0)),  # every address is as long as any other
    )
    return target.address.ask(sent, _lines(total, known))


def _lines(total: int, known: int) -> Iterator[bytes]:
    """One award a line, to recipients who hold one, each once as far as there are as many."""
    for start in range(0, total, _LINES_PER_PART):
        numbers = range(start, min(total, start + _LINES_PER_PART))
        yield b"".join(_line(number % known) for number in numbers)


def _line(number: int) -> bytes:
    return json.dumps(wish(address(number), **STORY)).encode() + b"\n"


def _awaited(
    target: Target, reply: Reply, total: int, say: Callable[[str], None]
) -> tuple[dict[str, Any], str]:
    """The job at its end, and what went wrong, if anything did."""
    [job] = json.loads(reply.body)["result"]
    path = (
        urlsplit(job["statusUrl"]).path if job.get("statusUrl") else f"/v2/jobs/{job['entityId']}"
    )
    patience = time.monotonic() + 120 + total / _SLOWEST_PER_SECOND
    looked = time.monotonic()
    while job["state"] not in _ENDS:
        if time.monotonic() > patience:
            return job, f"it was {job['state']} at {job.get('done')} of {total:,} for too long"
        time.sleep(_LOOKS_EVERY_SECONDS)
        answer = target.address.ask(target.read(path))
        if answer.status != 200:
            return job, f"GET {path} was answered {answer.status}"
        [job] = json.loads(answer.body)["result"]
        if time.monotonic() - looked > 10:
            say(f"  {job.get('done', 0):,} of {total:,}")
            looked = time.monotonic()
    return job, "" if job["state"] == "done" else f"it ended as {job['state']}"
