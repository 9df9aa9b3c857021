"""What Rosette is meant to reach, and whether it does."""

from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.operations import HASHER
from benchmarks.raw import raw_batch
from benchmarks.results import GROWTH_MAX, Results, cpu, rate

Measure = Callable[[Results, str], float | None]


@dataclass(frozen=True)
class Goal:
    """``figure`` of a database may be ``limit`` at most, or must be so much at least."""

    name: str
    limit: float
    figure: Measure
    at_least: bool = False
    is_share: bool = False

    @property
    def wanted(self) -> str:
        return f"{'≥' if self.at_least else '≤'} {self.shown(self.limit)}"

    def shown(self, figure: float) -> str:
        return f"{figure:.0%}" if self.is_share else f"×{figure:.2f}"

    def is_met(self, figure: float) -> bool:
        return figure >= self.limit if self.at_least else figure <= self.limit


def worst_growth(results: Results, database: str) -> tuple[float, str] | None:
    """The operation that grows most with the number of awards, and by how much."""
    found = [
        (grown, name)
        for name in results.of(database, "rosette")
        if (grown := results.growth(database, name, "rosette")) is not None
    ]
    return max(found, default=None)


def _floors(operation: str) -> Measure:
    """CPU in units of the floor's."""
    return lambda results, database: results.ratio(
        cpu,
        (database, operation, results.smallest, "rosette"),
        (database, operation, results.smallest, "floor"),
    )


def _share_of_raw(results: Results, database: str) -> float | None:
    return results.ratio(
        rate,
        (database, "batch of 1,000", results.smallest, "rosette"),
        (database, raw_batch(1000), results.smallest, "driver"),
    )


def _hashers(results: Results, database: str) -> float | None:
    return results.ratio(
        cpu,
        (database, "token", results.smallest, "rosette"),
        (database, HASHER.name, results.smallest, "floor"),
    )


def _documents(results: Results, database: str) -> float | None:
    return results.ratio(
        cpu,
        (database, "verifier's set", results.smallest, "rosette"),
        (database, "public document", results.smallest, "rosette"),
    )


def _growth(results: Results, database: str) -> float | None:
    worst = worst_growth(results, database)
    return worst and worst[0]


GOALS = (
    Goal("award: CPU, in the floor's", 2, _floors("award")),
    Goal("award with evidence: CPU, in the floor's", 2, _floors("award with evidence")),
    Goal("award with notice: CPU, in the floor's", 2, _floors("award with notice")),
    Goal(
        "batch of 1,000: share of the bare driver's rate",
        0.6,
        _share_of_raw,
        at_least=True,
        is_share=True,
    ),
    Goal("public document: CPU, in the floor's", 2, _floors("public document")),
    Goal("public document, 304: CPU, in the floor's", 1.5, _floors("public document, 304")),
    Goal("list page of 100: CPU, in the floor's", 2, _floors("list page of 100")),
    Goal("token for a password: CPU, in the hasher's own", 1.1, _hashers),
    Goal("verifier's set: CPU, in single documents", 8, _documents),
    Goal("growth of CPU, whichever operation grows most", GROWTH_MAX, _growth),
)
