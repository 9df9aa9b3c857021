"""
``python -m benchmarks``: what Rosette's main jobs cost, beside what they would cost at least.

For each database, a site of each size is filled, and Rosette and the floor are started on it. In
every round, each operation is measured on every site, first Rosette's and then the floor's, so
that whatever else the machine does at that time meets both.
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks import floor, report, servers
from benchmarks.fill import PEOPLE
from benchmarks.load import Clients, Load, Sample, ask, cpu_seconds, request
from benchmarks.report import GROWTH_MAX, Results
from benchmarks.servers import Site

_HERE = Path(__file__).parent
_WHOLE_REPORT = _HERE.parent / "docs" / "performance.md"


@dataclass(frozen=True)
class Options:
    """How thoroughly to measure; see ``--help``."""

    databases: tuple[str, ...] = ("sqlite", "postgresql")
    sizes: tuple[int, ...] = (100, 10_000, 100_000)
    rounds: int = 3
    seconds: float = 0.5
    at_most: int = 1_000_000
    clients: int = 4
    batch: int = 1000
    only: str = ""

    @property
    def operations(self) -> list["Operation"]:
        return [operation for operation in OPERATIONS if self.only in operation.name]


@dataclass(frozen=True)
class Operation:
    """
    Something that is measured.

    ``turns`` makes the requests of a site for one of the servers; ``status`` answers each of
    them. ``writes``: what it adds is taken away afterwards, so that a site keeps its size.
    """

    name: str
    turns: Callable[[Site, str, Options], list[list[bytes]]]
    status: int = 200
    writes: bool = False
    alone: bool = False


def _award(site: Site, server: str, options: Options) -> list[list[bytes]]:
    return [[_post(site, "assertions", _wish(person))] for person in site.facts["people"]]


def _award_with_evidence(site: Site, server: str, options: Options) -> list[list[bytes]]:
    return [[_post(site, "assertions", _wish(person) | _STORY)] for person in site.facts["people"]]


def _batch(site: Site, server: str, options: Options) -> list[list[bytes]]:
    wishes = [_wish(person) | _STORY for person in site.facts["people"][: options.batch]]
    return [[_post(site, "issue", {"assertions": wishes})]]


def _document(site: Site, server: str, options: Options) -> list[list[bytes]]:
    return [[_get(f"/public/assertions/{name}")] for name in site.facts["assertions"]]


def _not_modified(site: Site, server: str, options: Options) -> list[list[bytes]]:
    return [
        [_get(path, **{"If-None-Match": ask(site.ports[server], _get(path)).headers[b"etag"]})]
        for path in (f"/public/assertions/{name}" for name in site.facts["assertions"])
    ]


def _verifier(site: Site, server: str, options: Options) -> list[list[bytes]]:
    common = [
        _get(f"/public/badges/{site.facts['badgeclass']}"),
        _get(f"/public/issuers/{site.facts['issuer']}"),
    ]
    return [
        [_get(path), *common, _get(f"{path}/image")]
        for path in (f"/public/assertions/{name}" for name in site.facts["assertions"])
    ]


def _list(site: Site, server: str, options: Options) -> list[list[bytes]]:
    path = f"/v2/badgeclasses/{site.facts['badgeclass']}/assertions?num=100"
    return [[_get(path, **_bearer(site))]]


OPERATIONS = (
    Operation("award", _award, 201, writes=True),
    Operation("award with evidence", _award_with_evidence, 201, writes=True),
    Operation("batch", _batch, 201, writes=True, alone=True),
    Operation("public document", _document),
    Operation("public document, 304", _not_modified, 304),
    Operation("verifier's set", _verifier),
    Operation("list page of 100", _list),
)
STATIC = Operation("static answer", lambda site, server, options: [[_get("/health")]])
_STORY = {
    "narrative": "Tied them **all** at the first try.",
    "evidence": [{"url": "https://harbor.example.org/log/7", "narrative": "The log of the day."}],
}


def main(arguments: Sequence[str] | None = None) -> None:
    asked = _parser().parse_args(arguments)
    options = _options(asked)
    results = Results(report.conditions(), report.command(arguments), vars(options))
    begun = time.monotonic()
    # Not below a folder that only its owner may enter: PostgreSQL runs as somebody else.
    with tempfile.TemporaryDirectory(prefix="rosette-bench-") as folder:
        for database in options.databases:
            binaries = servers.postgresql_binaries()
            if database == "postgresql" and binaries is None:
                _say("PostgreSQL is not installed here: it is not measured.")
                results.missing.append("PostgreSQL")
                continue
            with ExitStack() as stack:
                home = Path(folder) / database
                home.mkdir()
                server = None
                if database == "postgresql" and binaries:
                    cluster = Path(folder) / "cluster"
                    server = stack.enter_context(servers.postgresql(cluster, binaries))
                    results.conditions["PostgreSQL"] = server.version
                _say(f"{database}: filling {', '.join(f'{n:,}' for n in options.sizes)} …")
                sites = servers.sites(home, options.sizes, server, stack)
                _measure(database, sites, options, results)
    results.conditions |= report.load_average("at the end")
    results.conditions["duration"] = f"{time.monotonic() - begun:.0f} s"
    kept = asked.results or _HERE / "results" / f"{time.strftime('%Y-%m-%d-%H%M%S')}.json"
    kept.parent.mkdir(exist_ok=True)
    kept.write_text(json.dumps(results.as_json(), indent=1))
    print(report.tables(results))
    if asked.report:
        asked.report.write_text(report.page(results))
        _say(f"Written to {asked.report}")


def _say(progress: str) -> None:
    print(progress, file=sys.stderr)


def _parser() -> argparse.ArgumentParser:
    default = Options()
    parser = argparse.ArgumentParser(
        "python -m benchmarks",
        description="Measure Rosette against the floor of this machine: the same work by a bare "
        "WSGI app and the bare driver. The whole run takes about five minutes, and writes "
        "docs/performance.md.",
    )
    parser.add_argument("--quick", action="store_true", help="about a minute, and no report")
    parser.add_argument("--smoke", action="store_true", help="a few operations: does it run?")
    parser.add_argument("--rounds", type=int, help=f"how often ({default.rounds})")
    parser.add_argument(
        "--seconds", type=float, help=f"length of one measurement ({default.seconds})"
    )
    parser.add_argument("--clients", type=int, help=f"connections at a time ({default.clients})")
    parser.add_argument(
        "--sizes", type=_numbers, help="awards in the class (100,10000,100000), at least two sizes"
    )
    parser.add_argument(
        "--databases", type=lambda text: tuple(text.split(",")), help="sqlite,postgresql"
    )
    parser.add_argument("--only", help="operations with this text in their names")
    parser.add_argument("--report", type=Path, help="where the report goes (Markdown)")
    parser.add_argument("--results", type=Path, help="where the raw figures go (JSON)")
    return parser


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(sorted(int(part) for part in text.split(",")))


def _options(asked: argparse.Namespace) -> Options:
    wished = ("rounds", "seconds", "clients", "sizes", "databases", "only")
    options = Options()
    if asked.quick:
        options = replace(options, sizes=(100, 10_000), seconds=0.2)
    elif asked.smoke:
        options = Options(("sqlite",), (20, 40), rounds=1, at_most=20, clients=2, batch=10)
    elif asked.report is None and not any(getattr(asked, name) for name in wished):
        asked.report = _WHOLE_REPORT
    return replace(
        options, **{name: getattr(asked, name) for name in wished if getattr(asked, name)}
    )


def _measure(database: str, sites: list[Site], options: Options, results: Results) -> None:
    middle = sites[len(sites) // 2]
    with Clients({1, options.clients}) as clients:

        def burst(operation: Operation, site: Site, server: str) -> Sample:
            load = loads[operation.name, site.size, server]
            return clients.measure(
                site.ports[server],
                load,
                seconds=options.seconds,
                at_most=options.at_most,
                server=site.pids[server],
                database=site.database_pid,
            )

        def round_of(operation: Operation, of: Sequence[Site]) -> None:
            for site in of:
                for server in ("rosette", "floor"):
                    kept = results.samples(database, operation.name, site.size, server)
                    kept.append(burst(operation, site, server))
                if operation.writes:
                    _put_back(site)

        loads = {
            (operation.name, site.size, server): Load(
                operation.turns(site, server, options),
                operation.status,
                1 if operation.alone else options.clients,
            )
            for operation in (*options.operations, STATIC)
            for site in sites
            for server in site.ports
        }
        for operation in options.operations:
            results.sameness[database, operation.name] = _same(operation, middle, loads)
        for number in range(options.rounds):
            _say(f"{database}: round {number + 1} of {options.rounds}")
            for operation in options.operations:
                round_of(operation, sites)
            kept = results.samples(database, STATIC.name, middle.size, "floor")
            kept.append(burst(STATIC, middle, "floor"))
            for name, sample in _raw(middle, options):
                results.samples(database, name, middle.size, "driver").append(sample)
        for operation in options.operations:
            if results.growth(database, operation.name, "rosette") > GROWTH_MAX:
                _say(f"{database}: {operation.name} once more: is that growth?")
                results.repeat(database, operation.name)
                for _ in range(2 * options.rounds):
                    round_of(operation, (sites[0], sites[-1]))


def _same(operation: Operation, site: Site, loads: dict[tuple[str, int, str], Load]) -> bool:
    """Whether the floor answers the same bytes; of new awards, as many."""
    answers = []
    for server, port in site.ports.items():
        [turn] = loads[operation.name, site.size, server].turns[:1]
        answers.append([ask(port, sent) for sent in turn])
    if operation.writes:
        _put_back(site)
        return [len(item.body) for item in answers[0]] == [len(item.body) for item in answers[1]]
    return [item.body for item in answers[0]] == [item.body for item in answers[1]]


def _put_back(site: Site) -> None:
    """Take away what was added since the filling."""
    store = floor.Store(site.url)
    store.run("DELETE FROM rosette_assertion WHERE id > %s", [PEOPLE + site.size])
    if store.is_postgresql:
        store.run("VACUUM rosette_assertion")
    store.connection.close()


def _raw(site: Site, options: Options) -> Iterator[tuple[str, Sample]]:
    """The bare driver: one row and its commit, and many rows by COPY or executemany."""
    store = floor.Store(site.url)
    wishes = [_wish(person) | _STORY for person in site.facts["people"][: options.batch]]
    known: tuple[int, int, int] = tuple(site.facts["row"])

    def one(rows: list[floor.Row]) -> None:
        for row in rows[:10]:
            store.insert(row)

    for name, insert, count in (
        ("raw insert", one, min(10, options.batch)),
        ("raw batch", store.insert_many, options.batch),
    ):
        walls: list[float] = []
        own, database = 0.0, cpu_seconds(site.database_pid)
        while sum(walls) < options.seconds and len(walls) < options.at_most:
            rows = [floor.new_row(store, wish, known) for wish in wishes]
            begun, used = time.monotonic(), time.process_time()
            insert(rows)
            walls.append(time.monotonic() - begun)
            own += time.process_time() - used
        database = cpu_seconds(site.database_pid) - database
        operations = len(walls) * (count if name == "raw insert" else 1)
        wall = statistics.median(walls) * len(walls) / operations
        yield (
            name,
            Sample(
                operations, operations / sum(walls), wall, own / operations, database / operations
            ),
        )
    store.connection.close()
    _put_back(site)


def _wish(person: str) -> dict[str, object]:
    return {"recipient": {"identity": person, "type": "email"}}


def _bearer(site: Site) -> dict[str, str]:
    return {"Authorization": f"Bearer {site.facts['token']}"}


def _get(path: str, **headers: str | bytes) -> bytes:
    texts = {k: v.decode() if isinstance(v, bytes) else v for k, v in headers.items()}
    return request("GET", path, headers=texts)


def _post(site: Site, what: str, body: dict[str, object]) -> bytes:
    path = f"/v2/badgeclasses/{site.facts['badgeclass']}/{what}"
    return request("POST", path, body=json.dumps(body).encode(), headers=_bearer(site))


if __name__ == "__main__":
    main()
