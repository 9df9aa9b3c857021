"""What process trees have used: CPU so far, and the most memory at a time."""

import os
import time
from pathlib import Path

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


def peak_bytes(root: int | None) -> list[int]:
    """
    The most resident memory that each process of the tree has had, the largest first.

    Of PostgreSQL's processes, that includes what of the shared buffers they have touched.
    """
    if root is None:
        return []
    parents = {pid: int(fields[1]) for pid, fields in _all()}
    peaks = []
    for pid in _family(root, parents):
        try:
            status = Path(f"/proc/{pid}/status").read_text()
        except OSError:
            continue
        [peak] = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:")] or [
            "0"
        ]
        peaks.append(int(peak) * 1024)
    return sorted(peaks, reverse=True)


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
