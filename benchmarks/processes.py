"""What process trees have used: CPU so far, and the most memory at a time."""

import os
import time
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

_PROCESS_CLOCK = 2  # CPUCLOCK_SCHED of the kernel: the whole process, in nanoseconds
_TICK = 1 / os.sysconf("SC_CLK_TCK")


def cpu_seconds(root: int | None) -> float:
    """
    CPU that the process and all of its descendants have used so far, user and system.

    Of the living by their CPU clocks, because ``/proc/<pid>/stat`` counts in steps of 10 ms; of
    those that ended and were waited for by what that file keeps of them. Zero for None.
    """
    if root is None:
        return 0.0
    parents, used = {}, {}
    for pid, fields in _all():
        try:
            used[pid] = time.clock_gettime(~pid << 3 | _PROCESS_CLOCK)
        except OSError:
            continue  # it has just ended
        parents[pid] = int(fields[1])
        used[pid] += (int(fields[13]) + int(fields[14])) * _TICK  # cutime, cstime
    return sum(used.get(pid, 0.0) for pid in _family(root, parents))


class Memory(NamedTuple):
    """
    Resident memory of one process, in bytes: the most it ever had, and what is its own now.

    The most includes what it shares with others or has mapped: of PostgreSQL's shared buffers, or
    of SQLite's file, once for each connection.
    """

    peak: int
    own: int


def memory(root: int | None) -> list[Memory]:
    """Of each process of the tree, the largest first."""
    if root is None:
        return []
    parents = {pid: int(fields[1]) for pid, fields in _all()}
    found = []
    for pid in _family(root, parents):
        try:
            lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        except OSError:
            continue  # it has just ended
        sizes = {line.partition(":")[0]: line.split()[1] for line in lines if line.endswith(" kB")}
        found.append(Memory(*(int(sizes.get(name, 0)) * 1024 for name in ("VmHWM", "RssAnon"))))
    return sorted(found, reverse=True)


def forget_peaks(root: int | None) -> None:
    """Let the most that each process of the tree ever had be what it has now."""
    if root is not None:
        for pid in _family(root, {pid: int(fields[1]) for pid, fields in _all()}):
            with suppress(OSError):  # it has just ended, or is somebody else's
                Path(f"/proc/{pid}/clear_refs").write_text("5")


def _all() -> list[tuple[int, list[str]]]:
    """Every process with the fields of its ``stat`` that follow its name."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                found.append(
                    (int(entry.name), (entry / "stat").read_text().rpartition(")")[2].split())
                )
            except OSError:
                continue
    return found


def _family(root: int, parents: dict[int, int]) -> set[int]:
    family: set[int] = set()
    found = {root}
    while found:
        family |= found
        found = {pid for pid, parent in parents.items() if parent in found}
    return family
