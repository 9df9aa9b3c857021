"""
What a large site needs, computed from what was measured: ``python -m benchmarks.scale RESULTS``.

RESULTS is the file of a whole run of ``python -m benchmarks``, which has the CPU of each operation
on PostgreSQL. Bytes of an award, and how fast it commits, are measured here. Writes
``docs/scale.md``.
"""

import argparse
import json
import statistics
import tempfile
import threading
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import psycopg

from benchmarks import servers
from benchmarks.crowds import share_asked, simulated_share, waited
from benchmarks.floor.store import Store, new_row
from benchmarks.operations import STORY, wish
from benchmarks.report import conditions, table

AWARDS = 10_000_000
PER_CLASS = 1_000
AWARDED = 1_000
VERIFIED = 50_000
KEPT = 30
"""Seconds that a public document may be handed out unasked, as its ``Cache-Control`` says."""
BUSY = 0.6
"""How much of a processor is planned for; the rest is for peaks and for a lost node."""
NODE_CORES = 8
_MONTH_SECONDS = 30 * 86_400
SKEWS = (0.0, 0.8, 1.0)
_IN_A_BATCH = "award in a batch of 1,000"
_SHOWN = (
    *("award", _IN_A_BATCH, "public document", "public document, 304"),
    *("baked image", "list page of 100"),
)
_PAGE = Path(__file__).with_name("scale.md")
_REPORT = Path(__file__).parent.parent / "docs" / "scale.md"


@dataclass(frozen=True)
class Stored:
    """
    What awards take in PostgreSQL: bytes of each in the table, its indexes and the log (WAL) of
    single awards and of batches; ``commits`` a second by number of connections; bytes of a public
    document and of a baked image.
    """

    rows: int
    heap: float
    indexes: float
    log: float
    log_in_batch: float
    commits: dict[int, float]
    document: int
    image: int


@dataclass(frozen=True)
class Cost:
    """Seconds of CPU that one operation takes."""

    web: float
    database: float

    @property
    def share(self) -> float:
        """What the web processes take of it."""
        return self.web / (self.web + self.database)


def main() -> None:
    """Measure, compute, and write the page."""
    parser = argparse.ArgumentParser("python -m benchmarks.scale", description=__doc__)
    parser.add_argument("results", type=Path, help="the file of a whole run")
    parser.add_argument("--rows", type=int, default=500_000, help="awards to weigh (500000)")
    parser.add_argument("--seconds", type=float, default=3, help="of committing (3)")
    parser.add_argument("--report", type=Path, default=_REPORT, help="where the page goes")
    asked = parser.parse_args()
    results = json.loads(asked.results.read_text())
    asked.report.write_text(page(results, stored(asked.rows, asked.seconds)), "utf-8")


def stored(rows: int, seconds: float) -> Stored:
    """Measure on a PostgreSQL of our own, as durable as it is by default."""
    binaries = servers.postgresql_binaries()
    if binaries is None:
        raise SystemExit("PostgreSQL is not installed here.")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="rosette-scale-")))
        home = folder / "sites"
        home.mkdir()
        database = stack.enter_context(servers.postgresql(folder / "cluster", binaries))
        site = servers.site(home, rows, database, stack)
        heap, indexes = _weights(site.url)
        many = 5_000
        store = Store(site.url)
        wishes = [wish(f"{n}@example.org", **STORY) for n in range(many)]
        batch = [new_row(store, item, site.known) for item in wishes]
        begun = _log_position(site.url)
        store.insert_many(batch)
        in_batch = (_log_position(site.url) - begun) / many
        single = [new_row(store, item, site.known) for item in wishes[:1000]]
        begun = _log_position(site.url)
        for row in single:
            store.insert(row)
        alone = (_log_position(site.url) - begun) / len(single)
        store.close()
        target = site.targets["rosette"]
        return Stored(
            rows,
            heap / rows,
            indexes / rows,
            alone,
            in_batch,
            {count: _commits(site, count, seconds) for count in (1, 4, 16, 64)},
            len(_fetched(target, target.documents[0])),
            len(_fetched(target, target.images[0])),
        )


def costs(results: dict[str, Any]) -> dict[str, Cost]:
    """CPU of each operation of Rosette on PostgreSQL, at the most awards that were measured."""
    size = max(item["size"] for item in results["samples"])
    return {
        item["operation"]: Cost(
            statistics.median(sample["server"] for sample in item["rounds"]),
            statistics.median(sample["database"] for sample in item["rounds"]),
        )
        for item in results["samples"]
        if (item["database"], item["server"], item["size"]) == ("postgresql", "rosette", size)
    }


def page(results: dict[str, Any], weighed: Stored) -> str:
    """``docs/scale.md``: ``benchmarks/scale.md`` with the figures in their places."""
    cost = costs(results)
    said = {
        "awards": f"{AWARDS:,}",
        "awarded": f"{AWARDED:,}",
        "verified": f"{VERIFIED:,}",
        "per_class": f"{PER_CLASS:,}",
        "kept": KEPT,
        "busy": f"{BUSY:.0%}",
        "node_cores": NODE_CORES,
        **_measured(cost, results, weighed),
        **_read(cost),
        **_written(cost, weighed),
        **_in_all(cost, weighed),
    }
    return _PAGE.read_text("utf-8").format(**said)


def _measured(
    cost: dict[str, Cost], results: dict[str, Any], weighed: Stored
) -> dict[str, str | int]:
    """What was measured, here and by the benchmark."""
    facts, one, most = conditions(), _rates(results), max(weighed.commits)
    shown = {**cost, _IN_A_BATCH: _batch(cost)}
    return {
        "conditions": table(
            ["Condition", ""], [[name, facts[name]] for name in ("date", "processor", "memory")]
        ),
        "costs": table(
            ["CPU of one operation, at the most awards measured", "web µs", "database µs"],
            [
                [name, _micro(item.web), _micro(item.database)]
                for name, item in shown.items()
                if name in _SHOWN
            ],
        ),
        "bytes": table(
            [f"Of one award in PostgreSQL, with {weighed.rows:,}", "bytes"],
            [
                ["row", f"{weighed.heap:,.0f}"],
                ["its places in indexes", f"{weighed.indexes:,.0f}"],
                ["log (WAL), awarded alone", f"{weighed.log:,.0f}"],
                ["log (WAL), in a batch", f"{weighed.log_in_batch:,.0f}"],
                ["public document", f"{weighed.document:,}"],
                ["baked image, of the benchmark's small picture", f"{weighed.image:,}"],
            ],
        ),
        "commits": table(
            ["Connections that insert one award and commit", "awards a second"],
            [[str(count), f"{rate:,.0f}"] for count, rate in weighed.commits.items()],
        ),
        "commits_alone": f"{weighed.commits[1]:,.0f}",
        "commits_most": f"{weighed.commits[most]:,.0f}",
        "most": most,
        "sqlite_award": f"{one['sqlite']['award']:,.0f}",
        "sqlite_document": f"{one['sqlite']['public document']:,.0f}",
        "postgresql_award": f"{one['postgresql']['award']:,.0f}",
        "postgresql_document": f"{one['postgresql']['public document']:,.0f}",
        "award_share": f"{cost['award'].share:.0%}",
        "document_share": f"{cost['public document'].share:.0%}",
    }


def _read(cost: dict[str, Cost]) -> dict[str, str]:
    """What verifying takes."""
    document, image = cost["public document"], cost["baked image"]
    reading = _readings(cost)
    rows = [
        [
            f"{item.skew:.1f}",
            f"{item.share:.0%}",
            f"{item.share * VERIFIED:,.0f}",
            f"{item.web:.1f}",
            f"{item.database:.1f}",
        ]
        for item in reading
    ]
    return {
        "uncached": f"{VERIFIED * (3 * document.web + image.web):,.0f}",
        "worst_database": f"{reading[0].database:.1f}",
        "reading": table(
            ["Skew", "awards that reach us", "a second", "web cores", "database cores"], rows
        ),
        "class_share": f"{share_asked(AWARDS // PER_CLASS, VERIFIED, KEPT, 0.0):.1%}",
        "played": f"{simulated_share(20_000, 400, KEPT, 0.8, requests=200_000):.1%}",
        "said": f"{share_asked(20_000, 400, KEPT, 0.8):.1%}",
    }


def _written(cost: dict[str, Cost], weighed: Stored) -> dict[str, str]:
    """What awarding takes."""
    award = cost["award"]
    return {
        "award_web": f"{AWARDED * award.web:.1f}",
        "award_database": f"{AWARDED * award.database:.1f}",
        "award_log": f"{AWARDED * weighed.log / 1e6:.1f}",
        "writing": table(
            ["Awarded", "web cores", "database cores", "log, MB/s", "log, TB a month"],
            [
                _writing("one by one", award, weighed.log),
                _writing("by the thousand", _batch(cost), weighed.log_in_batch),
            ],
        ),
    }


def _in_all(cost: dict[str, Cost], weighed: Stored) -> dict[str, str | int]:
    """Nodes, memory, and how long a request waits for a processor."""
    award, (worst, *_others, usual) = cost["award"], _readings(cost)
    web, web_usual = (AWARDED * award.web + item.web for item in (worst, usual))
    database = AWARDED * award.database + worst.database
    each = weighed.heap + weighed.indexes
    memory = _memory(AWARDS * each / 1e9)
    return {
        "database_cores": _nodes(database) * NODE_CORES,
        "gigabytes": f"{AWARDS * each / 1e9:.1f}",
        "index_gigabytes": f"{AWARDS * weighed.indexes / 1e9:.1f}",
        "memory": memory,
        "too_many": f"{64e9 / each / 1e6:,.0f}",
        "total": table(
            ["", "cores, always busy", f"cores, {BUSY:.0%} busy", "as"],
            [
                ["web nodes, skew 0", *_cores(web), f"{_nodes(web)} nodes, one more for a loss"],
                [
                    *("web nodes, skew 1", *_cores(web_usual)),
                    f"{_nodes(web_usual)} nodes, one more for a loss",
                ],
                [
                    *("database, skew 0", *_cores(database)),
                    f"one of {memory} GB of memory, and a replica for its loss",
                ],
            ],
        ),
        "award_micro": _micro(award.web),
        "waited": f"{_waited(award.web, BUSY) * 1000:.2f}",
        "waited_at_95": f"{_waited(award.web, 0.95) * 1000:.1f}",
    }


def _batch(cost: dict[str, Cost]) -> Cost:
    """Of one award among a thousand."""
    whole = cost["batch of 1,000"]
    return Cost(whole.web / 1000, whole.database / 1000)


@dataclass(frozen=True)
class _Reading:
    skew: float
    share: float
    web: float
    database: float


def _readings(cost: dict[str, Cost]) -> list[_Reading]:
    return [_reading(skew, cost["public document"], cost["baked image"]) for skew in SKEWS]


def _reading(skew: float, document: Cost, image: Cost) -> _Reading:
    """What verifications take of us, behind a cache."""
    share = share_asked(AWARDS, VERIFIED, KEPT, skew)
    of_classes = share_asked(AWARDS // PER_CLASS, VERIFIED, KEPT, skew)
    documents = VERIFIED * (share + 2 * of_classes)
    return _Reading(
        skew,
        share,
        documents * document.web + VERIFIED * share * image.web,
        documents * document.database + VERIFIED * share * image.database,
    )


def _rates(results: dict[str, Any]) -> dict[str, dict[str, float]]:
    """Operations a second of Rosette on this machine, at the most awards."""
    size = max(item["size"] for item in results["samples"])
    found: dict[str, dict[str, float]] = {"sqlite": {}, "postgresql": {}}
    for item in results["samples"]:
        if item["server"] == "rosette" and item["size"] == size:
            rates = [sample["rate"] for sample in item["rounds"]]
            found[item["database"]][item["operation"]] = statistics.median(rates)
    return found


def _writing(name: str, cost: Cost, log: float) -> list[str]:
    return [
        name,
        f"{AWARDED * cost.web:.2f}",
        f"{AWARDED * cost.database:.2f}",
        f"{AWARDED * log / 1e6:.1f}",
        f"{AWARDED * log * _MONTH_SECONDS / 1e12:.1f}",
    ]


def _cores(busy: float) -> tuple[str, str]:
    return f"{busy:.1f}", f"{busy / BUSY:.0f}"


def _waited(service: float, busy: float) -> float:
    return waited(busy * NODE_CORES / service, service, NODE_CORES, requests=200_000)


def _nodes(cores: float) -> int:
    return -(-int(cores / BUSY + 0.999) // NODE_CORES)


def _memory(gigabytes: float) -> int:
    """The next size of machine that holds so many, and as much again for its work."""
    return next(size for size in (8, 16, 32, 64, 128, 256, 512, 1024) if size > gigabytes * 1.5)


def _micro(seconds: float) -> str:
    return f"{seconds * 1e6:,.0f}"


def _weights(url: str) -> tuple[int, int]:
    with psycopg.connect(url) as connection:
        found = connection.execute(
            "SELECT pg_table_size('rosette_assertion'), pg_indexes_size('rosette_assertion')"
        ).fetchone()
        assert found
        return found[0], found[1]


def _log_position(url: str) -> int:
    with psycopg.connect(url) as connection:
        found = connection.execute("SELECT pg_current_wal_insert_lsn() - '0/0'").fetchone()
        assert found
        return int(found[0])


def _commits(site: servers.Site, connections: int, seconds: float) -> float:
    """Awards a second that so many connections insert and commit, one at a time each."""
    done = [0] * connections
    store = Store(site.url)
    until = time.monotonic() + seconds

    def work(number: int) -> None:
        item = wish(f"{number}@example.org", **STORY)
        while time.monotonic() < until:
            store.insert(new_row(store, item, site.known))
            done[number] += 1

    threads = [threading.Thread(target=work, args=[number]) for number in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(done) / seconds


def _fetched(target: Any, path: str) -> bytes:
    url = f"http://{target.address.host}:{target.address.port}{path}"
    with urlopen(Request(url, headers={"Accept": "application/json"})) as answer:
        body: bytes = answer.read()
        return body


if __name__ == "__main__":
    main()
