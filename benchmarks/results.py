"""Every figure of a run, and what follows from them: medians, ratios, growth."""

import statistics
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

from benchmarks.job import Outcome
from benchmarks.load import Sample
from benchmarks.processes import Memory

GROWTH_MAX = 1.15
"""What the largest size may cost, in costs of the smallest."""

Key = tuple[str, str, int, str]
"""Database, operation, awards in the class, and who did it: rosette, floor, driver or other."""
Figure = Callable[[Sample], float]


def cpu(sample: Sample) -> float:
    """CPU of server and database for one operation, in seconds."""
    return sample.cpu


def server_cpu(sample: Sample) -> float:
    """CPU of the server alone."""
    return sample.server


def rate(sample: Sample) -> float:
    """Operations a second."""
    return sample.rate


def wall(sample: Sample) -> float:
    """Seconds that an operation took its client."""
    return sample.median


@dataclass(frozen=True)
class Options:
    """How thoroughly to measure; see ``--help``."""

    databases: tuple[str, ...] = ("sqlite", "postgresql")
    growth: tuple[int, ...] = (10_000, 5_000_000)
    rounds: int = 3
    seconds: float = 0.5
    at_most: int = 1_000_000
    clients: int = 4
    job: int = 1_000_000
    only: tuple[str, ...] = ()
    vs: str = ""

    def wants(self, name: str) -> bool:
        """Whether an operation of this name is asked for."""
        return not self.only or any(text in name for text in self.only)


@dataclass
class Results:
    """
    Every sample, by what it is a sample of, in the order of the rounds.

    ``memory``: of each process of a server, by database and server, the largest first.
    ``refusals``: what another server does not do, and its answer. ``missing``: what could not be
    measured at all.
    """

    conditions: dict[str, str]
    command: str
    options: Options
    missing: list[str] = field(default_factory=list)
    kept: dict[Key, list[Sample]] = field(default_factory=dict)
    sameness: dict[tuple[str, str], bool] = field(default_factory=dict)
    repeated: dict[tuple[str, str], float] = field(default_factory=dict)
    jobs: dict[str, Outcome] = field(default_factory=dict)
    memory: dict[tuple[str, str], list[Memory]] = field(default_factory=dict)
    refusals: dict[str, str] = field(default_factory=dict)

    def samples(self, *key: Any) -> list[Sample]:
        """The samples of database, operation, size and server, to be added to."""
        return self.kept.setdefault(key, [])

    def median(self, figure: Figure, *key: Any) -> float:
        return statistics.median(figure(sample) for sample in self.kept[key])

    def ratio(self, figure: Figure, over: Key, under: Key) -> float | None:
        """
        The median, over the rounds, of what one took in units of the other.

        None where either was not measured.
        """
        pairs = list(zip(self.kept.get(over, ()), self.kept.get(under, ()), strict=False))
        if not pairs:
            return None
        return statistics.median(figure(a) / max(figure(b), 1e-9) for a, b in pairs)

    def growth(self, database: str, operation: str, server: str) -> float | None:
        """CPU of server and database at the largest size, in units of that at the smallest."""
        if self.largest == self.smallest:
            return None
        return self.ratio(
            cpu,
            (database, operation, self.largest, server),
            (database, operation, self.smallest, server),
        )

    def repeat(self, database: str, operation: str) -> None:
        """Forget the operation's samples at both ends, but not how it seemed to grow."""
        self.repeated[database, operation] = self.growth(database, operation, "rosette") or 0.0
        for size in (self.smallest, self.largest):
            for server in ("rosette", "floor"):
                self.kept[database, operation, size, server].clear()

    def of(self, database: str, server: str) -> list[str]:
        """The operations that were measured, in order."""
        return list(dict.fromkeys(k[1] for k in self.kept if (k[0], k[3]) == (database, server)))

    @property
    def databases(self) -> list[str]:
        return list(dict.fromkeys(key[0] for key in self.kept))

    @property
    def smallest(self) -> int:
        return self.options.growth[0]

    @property
    def largest(self) -> int:
        return self.options.growth[-1]

    def as_json(self) -> dict[str, Any]:
        return {
            "conditions": self.conditions,
            "command": self.command,
            "options": asdict(self.options),
            "missing": self.missing,
            "refusals": self.refusals,
            "same_bytes": [[*key, same] for key, same in self.sameness.items()],
            "growth_at_first": [[*key, growth] for key, growth in self.repeated.items()],
            "growth": [
                [database, operation, self.growth(database, operation, "rosette")]
                for database in self.databases
                for operation in self.of(database, "rosette")
            ],
            "jobs": {database: outcome.as_json() for database, outcome in self.jobs.items()},
            "memory": [
                [*key, [item._asdict() for item in found]] for key, found in self.memory.items()
            ],
            "samples": [
                dict(zip(("database", "operation", "size", "server"), key, strict=True))
                | {"rounds": [sample._asdict() for sample in samples]}
                for key, samples in self.kept.items()
            ],
        }
