"""What was measured, under which conditions, as ``docs/performance.md``."""

import os
import platform
import sqlite3
import subprocess
import sys
import textwrap
import time
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from benchmarks.fill import DOCUMENTS, PEOPLE
from benchmarks.results import GROWTH_MAX, Results
from benchmarks.servers import SHARED_BUFFERS, THREADS, WORKERS
from benchmarks.tables import table, tables

NOTES = Path(__file__).parent / "notes.md"
_ROOT = Path(__file__).parent.parent


def conditions() -> dict[str, str]:
    """The machine and the versions of what runs on it."""
    return {
        "date": time.strftime("%Y-%m-%d %H:%M %Z"),
        "commit": _commit(),
        "processor": f"{_processor()}, {os.cpu_count()} cores",
        "memory": f"{os.sysconf('SC_PHYS_PAGES') * os.sysconf('SC_PAGE_SIZE') / 2**30:.0f} GiB",
        "system": f"{platform.system()} {'.'.join(platform.release().split('.')[:2])}",
        "Python": platform.python_version(),
        **{name: version(name) for name in ("django", "granian", "psycopg", "argon2-cffi")},
        "SQLite": sqlite3.sqlite_version,
        **load_average("at the start"),
    }


def load_average(when: str) -> dict[str, str]:
    """How busy the machine is otherwise."""
    return {f"load average {when}": ", ".join(f"{value:.1f}" for value in os.getloadavg())}


def command(arguments: Sequence[str] | None) -> str:
    """The command that was given, without what is secret in it."""
    said = list(sys.argv[1:] if arguments is None else arguments)
    for place, word in enumerate(said):
        name, _, value = word.partition("=")
        if name in ("--vs-token", "--vs-password"):
            if value:
                said[place] = f"{name}=…"
            elif place + 1 < len(said):
                said[place + 1] = "…"
    return " ".join(["python -m benchmarks", *said])


def page(results: Results) -> str:
    """The report."""
    missing = "".join(f"\n{name} was missing, and is not measured.\n" for name in results.missing)
    facts = table(["Condition", ""], [[name, value] for name, value in results.conditions.items()])
    opening = f"""Written by `{results.command}` (`make bench`); do not edit. The figures depend on
        the machine and on what else it did at that time; the ratios were measured side by side
        and depend on it far less. What people have to say about them stands in
        `benchmarks/notes.md`, which is the last part of this page."""
    parts = ["# Performance", _filled(opening), f"{facts}{missing}", tables(results)]
    parts += ["## What was measured, and how", *_method(results)]
    parts += ["## Notes", NOTES.read_text("utf-8").strip()]
    return "\n\n".join(part.rstrip("\n") for part in parts) + "\n"


def _method(results: Results) -> list[str]:
    options = results.options
    sizes = " and ".join(f"{size:,}" for size in options.growth)
    texts = [
        f"""Rosette as it is started by `rosette serve`, with {WORKERS} web processes of {THREADS}
        threads each, in a database of its own for each size: {sizes} awards, all in one badge
        class. Each award has its own recipient, a narrative and a piece of evidence. The awards
        are filled in in bulk, the last tenth of them through the indexes in random order.""",
        """The **floor** (`benchmarks/floor`) is a bare WSGI app without any framework on the same
        web server, with as many processes and threads. It does the same work in the same database
        with the bare driver: the token looked up by its checksum, the badge class, whether
        the recipient is known, one `INSERT` of the award and one of its entry in the audit log
        (with a notice: four, in a transaction); for a batch a look at all recipients, `COPY`
        (`executemany` on SQLite) and one entry; one `SELECT` for a document or list. It answers
        the same bytes, which is checked; where they hold times or names, as many bytes.
        **Static** is its answer of a few constant bytes. The **password hasher** is one
        verification by argon2 with the same parameters in that app; a token of the floor's is
        that, and three `INSERT`s. The **bare driver** adds the same rows to the same table with
        all of its indexes, without any server.""",
        f"""Load comes from {options.clients} processes over loopback, HTTP/1.1 with keep-alive;
        batches from one. Each figure is the median of {options.rounds} rounds of
        {options.seconds} s (tokens: four times as long); in each round, the servers take turns
        at every operation and size, and who begins changes from round to round; a ratio
        is the median of those of the rounds.""",
        f"""**CPU** is user and system time of the process tree, for one operation, by the kernel's
        clock of each process; SQLite's work is the server's own. Documents are asked for
        of {DOCUMENTS:,} awards all over the site, and {PEOPLE:,} recipients all over it are
        awarded and looked up. They hold an award already, so no mail is announced but where the
        operation says so. What was added is deleted after each measurement. PostgreSQL
        runs with its defaults (commits reach the disk), but {SHARED_BUFFERS} of shared buffers,
        and checkpoints and automatic vacuuming wait until the end. **Growth** is CPU at
        {results.largest:,} awards over that at {results.smallest:,}; over {GROWTH_MAX:.2f},
        it is measured again, twice as long, and marked if it stays. What the floor grows by is
        the database's own.""",
    ]
    return [_filled(text) for text in texts]


def _filled(text: str) -> str:
    return textwrap.fill(" ".join(text.split()), 100, break_on_hyphens=False)


def _processor() -> str:
    for text in Path("/proc/cpuinfo").read_text().splitlines():
        if text.startswith("model name"):
            return text.partition(":")[2].strip()
    return platform.machine()


def _commit() -> str:
    def git(*arguments: str) -> str:
        done = subprocess.run(["git", *arguments], cwd=_ROOT, capture_output=True, text=True)
        return done.stdout.strip()

    changed = " with uncommitted changes" if git("status", "--porcelain", "src") else ""
    return (git("rev-parse", "--short", "HEAD") or "unknown") + changed
