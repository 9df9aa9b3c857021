"""What was measured, as tables: on the terminal, and as ``docs/performance.md``."""

import os
import platform
import sqlite3
import statistics
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.load import Sample

GROWTH_MAX = 1.20
"""What the largest size may cost, in costs of the smallest."""
_NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
_ROOT = Path(__file__).parent.parent

Key = tuple[str, str, int, str]
"""Database, operation, awards in the class, and who did it: rosette, floor or driver."""


@dataclass
class Results:
    """Every sample, by what it is a sample of, in the order of the rounds."""

    conditions: dict[str, str]
    command: str
    options: dict[str, Any]
    missing: list[str] = field(default_factory=list)
    kept: dict[Key, list[Sample]] = field(default_factory=dict)
    sameness: dict[tuple[str, str], bool] = field(default_factory=dict)
    repeated: dict[tuple[str, str], float] = field(default_factory=dict)

    def samples(self, *key: Any) -> list[Sample]:
        """The samples of database, operation, size and server, to be added to."""
        return self.kept.setdefault(key, [])

    def median(self, figure: Callable[[Sample], float], *key: Any) -> float:
        return statistics.median(figure(sample) for sample in self.kept[key])

    def ratio(self, figure: Callable[[Sample], float], over: Key, under: Key) -> float:
        """The median, over the rounds, of what one took in units of the other."""
        pairs = zip(self.kept[over], self.kept[under], strict=False)
        return statistics.median(figure(a) / max(figure(b), 1e-9) for a, b in pairs)

    def growth(self, database: str, operation: str, server: str) -> float:
        """CPU of server and database at the largest size, in units of that at the smallest."""
        first, *_, last = self.options["sizes"]
        return self.ratio(
            lambda sample: sample.cpu,
            (database, operation, last, server),
            (database, operation, first, server),
        )

    def repeat(self, database: str, operation: str) -> None:
        """Forget the operation's samples at both ends, but not how it seemed to grow."""
        self.repeated[database, operation] = self.growth(database, operation, "rosette")
        first, *_, last = self.options["sizes"]
        for size in (first, last):
            for server in ("rosette", "floor"):
                self.kept[database, operation, size, server].clear()

    def of(self, database: str, server: str) -> list[str]:
        """The operations that were measured, in order."""
        return list(dict.fromkeys(k[1] for k in self.kept if (k[0], k[3]) == (database, server)))

    @property
    def databases(self) -> list[str]:
        return list(dict.fromkeys(key[0] for key in self.kept))

    @property
    def middle(self) -> int:
        sizes = self.options["sizes"]
        size: int = sizes[len(sizes) // 2]
        return size

    def as_json(self) -> dict[str, Any]:
        return {
            "conditions": self.conditions,
            "command": self.command,
            "options": self.options,
            "same_bytes": [[*key, same] for key, same in self.sameness.items()],
            "growth_at_first": [[*key, growth] for key, growth in self.repeated.items()],
            "growth": [
                [database, operation, self.growth(database, operation, "rosette")]
                for database in self.databases
                for operation in self.of(database, "rosette")
            ],
            "samples": [
                dict(zip(("database", "operation", "size", "server"), key, strict=True))
                | {"rounds": [sample._asdict() for sample in samples]}
                for key, samples in self.kept.items()
            ],
        }


def conditions() -> dict[str, str]:
    """The machine and the versions of what runs on it."""
    return {
        "date": time.strftime("%Y-%m-%d %H:%M %Z"),
        "commit": _commit(),
        "processor": f"{_processor()}, {os.cpu_count()} cores",
        "system": f"{platform.system()} {'.'.join(platform.release().split('.')[:2])}",
        "Python": platform.python_version(),
        **{name: version(name) for name in ("django", "granian", "psycopg")},
        "SQLite": sqlite3.sqlite_version,
        **load_average("at the start"),
    }


def load_average(when: str) -> dict[str, str]:
    """How busy the machine is otherwise."""
    return {f"load average {when}": ", ".join(f"{value:.1f}" for value in os.getloadavg())}


def command(arguments: Sequence[str] | None) -> str:
    """The command that was given."""
    return " ".join(["python -m benchmarks", *(sys.argv[1:] if arguments is None else arguments)])


def tables(results: Results) -> str:
    """All figures, in Markdown that reads well as it is."""
    return "\n".join(_tables_of(database, results) for database in results.databases)


def page(results: Results) -> str:
    """The report."""
    options = results.options
    missing = "".join(f"\n{name} was missing, and is not measured.\n" for name in results.missing)
    facts = _table(["Condition", ""], [[name, value] for name, value in results.conditions.items()])
    opening = f"""Written by `{results.command}` (`make bench`); do not edit. The figures depend on
        the machine and on what else it did at that time; the ratios were measured side by side
        and depend on it far less."""
    sizes = ", ".join(f"{size:,}" for size in options["sizes"])
    method = f"""Rosette as it is started by `rosette serve`, with two web processes of four
        threads each, in a database of its own for each size ({sizes} awards in the badge class).
        The **floor** is a bare WSGI app without any framework
        (`benchmarks/floor.py`), on the same web server with as many processes and threads, which
        does the same work in the same database with the bare driver: the token looked up by its
        checksum, the badge class, whether the recipient is known, one `INSERT`; for the batch
        `COPY` (`executemany` on SQLite) and no look at the recipients; one `SELECT` for a document
        or list; and answers the same bytes, which is checked. Load comes from {options["clients"]}
        processes over loopback, HTTP/1.1 with keep-alive; the batch of {options["batch"]:,} from
        one. Each figure is the median of {options["rounds"]} rounds of {options["seconds"]} s; in
        each round, Rosette and the floor take turns at every operation and size; a ratio is the
        median of those of the rounds."""
    counting = f"""**CPU** is user and system time of the process tree, for one operation;
        SQLite's work is the server's own.
        Awards go to recipients that have had one before, so no mail is
        announced; what was added is deleted after each measurement. PostgreSQL runs with its
        defaults (commits reach the disk), but checkpoints and automatic vacuuming wait until the
        end. **Growth** is CPU at {options["sizes"][-1]:,} awards over that at
        {options["sizes"][0]:,}; over {GROWTH_MAX:.2f}, it is measured again, twice as long, and
        marked if it stays. What the floor grows by is the database's own."""
    parts = [_filled(opening), f"{facts}{missing}", "## What was measured, and how"]
    parts += [_filled(method), _filled(counting), tables(results)]
    return "# Performance\n\n" + "\n\n".join(part.rstrip("\n") for part in parts) + "\n"


def _filled(text: str) -> str:
    return textwrap.fill(" ".join(text.split()), 100, break_on_hyphens=False)


def _tables_of(database: str, results: Results) -> str:
    return "\n".join(
        [
            f"## {_NAMES[database]}",
            "",
            f"At {results.middle:,} awards in the class. Wall is the median in ms, CPU in µs.",
            "",
            _against_the_floor(database, results),
            _driver(database, results),
            "Growth with the number of awards in the class:",
            "",
            _growth(database, results),
            *(
                f"The floor does not answer the same bytes for **{operation}** any more: its "
                "figures do not count until `benchmarks/floor.py` does.\n"
                for (where, operation), same in results.sameness.items()
                if where == database and not same
            ),
        ]
    )


def _against_the_floor(database: str, results: Results) -> str:
    rows = []
    for operation in results.of(database, "floor"):
        row = [operation]
        for server in ("rosette", "floor"):
            key = (database, operation, results.middle, server)
            row += _figures(results, key, database) if key in results.kept else ["", "", ""]
        if operation in results.of(database, "rosette"):
            pair = [(database, operation, results.middle, who) for who in ("rosette", "floor")]
            row.append(f"{results.ratio(lambda sample: sample.server, *pair):.2f}")
            row.append(f"{results.ratio(lambda sample: sample.cpu, *pair):.2f}")
        else:
            row += ["", ""]
        rows.append(row)
    cpu = "CPU" if database == "sqlite" else "CPU server + database"
    return _table(
        [
            *("Operation", "Rosette: per s", "wall", cpu, "floor: per s", "wall", cpu),
            *("× server CPU", "× all CPU"),
        ],
        rows,
    )


def _figures(results: Results, key: Key, database: str) -> list[str]:
    rate = results.median(lambda sample: sample.rate, *key)
    wall = results.median(lambda sample: sample.median, *key) * 1000
    server = results.median(lambda sample: sample.server, *key) * 1e6
    base = results.median(lambda sample: sample.database, *key) * 1e6
    cpu = f"{server:,.0f}" if database == "sqlite" else f"{server:,.0f} + {base:,.0f}"
    return [f"{rate:,.0f}" if rate >= 10 else f"{rate:.1f}", f"{wall:.2f}", cpu]


def _driver(database: str, results: Results) -> str:
    rows, size = results.options["batch"], results.middle
    raw, batch = (database, "raw batch", size, "driver"), (database, "batch", size, "rosette")
    one = (database, "raw insert", size, "driver")
    if batch not in results.kept:
        return ""
    share = results.ratio(lambda sample: sample.rate, batch, raw)
    how = "executemany" if database == "sqlite" else "COPY"

    def said(key: Key, count: int) -> str:
        rate = results.median(lambda sample: sample.rate, *key) * count
        cpu = results.median(lambda sample: sample.cpu, *key) * 1e6 / count
        return f"{rate:,.0f} awards a second, {cpu:,.0f} µs of CPU for each"

    return (
        f"The bare driver without HTTP: {said(raw, rows)} by {how} of {rows:,}; "
        f"{said(one, 1)} by INSERT and COMMIT. Rosette's batch: {said(batch, rows)}, that is "
        f"{share:.0%} of the driver's rate.\n"
    )


def _growth(database: str, results: Results) -> str:
    sizes = results.options["sizes"]
    rows = []
    for operation in results.of(database, "rosette"):
        grown = results.growth(database, operation, "rosette")
        first = results.repeated.get((database, operation))
        verdict = "ok" if grown <= GROWTH_MAX else "**grows**"
        if first is not None:
            verdict += f" when repeated (×{first:.2f} at first)"
        costs = (
            results.median(lambda sample: sample.cpu, database, operation, size, "rosette")
            for size in sizes
        )
        cpu = [f"{cost * 1e6:,.0f}" for cost in costs]
        floor = results.growth(database, operation, "floor")
        rows.append([operation, *cpu, f"×{grown:.2f}", f"×{floor:.2f}", verdict])
    headings = [f"CPU at {size:,}" for size in sizes]
    return _table(["Operation", *headings, "growth", "floor's", ""], rows)


def _table(headings: list[str], rows: list[list[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(headings, *rows, strict=True)]

    def line(cells: list[str]) -> str:
        first, *others = (
            cell.ljust(width) if place == 0 else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(cells, widths, strict=True))
        )
        return f"| {' | '.join([first, *others])} |"

    rule = [
        f"{'-' * (width - 1)}{'-' if place == 0 else ':'}" for place, width in enumerate(widths)
    ]
    return "\n".join([line(headings), line(rule), *map(line, rows), ""])


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
