"""
The rounds of one database: each operation on every site, each server in turn.

So whatever else the machine does at that time meets them all.
"""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import Final

from benchmarks import job, other, raw
from benchmarks.load import Clients, Load, Sample, WrongAnswer
from benchmarks.operations import HASHER, OPERATIONS, REFERENCES, Operation, Target
from benchmarks.processes import memory
from benchmarks.results import GROWTH_MAX, Options, Results, cpu
from benchmarks.servers import Site
from benchmarks.tidy import put_back

Say = Callable[[str], None]
_NO_NOISE: Final = 3
"""Whatever has grown by so much has grown, and need not be measured again."""


class Rounds:
    """Measures the sites of one database, and the ``rival`` beside them, into ``results``."""

    def __init__(
        self,
        database: str,
        sites: Sequence[Site],
        rival: Target | None,
        results: Results,
        say: Say,
    ) -> None:
        self._database = database
        self._sites = sites
        self._rival = rival
        self._results = results
        self._options: Options = results.options
        self._say = say
        self._operations = [item for item in OPERATIONS if self._options.wants(item.name)]
        self._references = [
            item for item in REFERENCES if item is not HASHER or self._options.wants("token")
        ]
        self._loads = {
            (operation.name, site.size, server): self._load(operation, target)
            for operation in self._operations
            for site in sites
            for server, target in site.targets.items()
        }

    def run(self) -> None:
        """All that is asked for."""
        options = self._options
        with ExitStack() as stack:
            clients = stack.enter_context(Clients(options.clients))
            for operation in self._operations:
                same = self._is_same(operation)
                self._results.sameness[self._database, operation.name] = same
            for number in range(options.rounds):
                self._say(f"round {number + 1} of {options.rounds}")
                self._round(clients, number)
            for operation in self._operations:
                grown = self._results.growth(self._database, operation.name, "rosette") or 0
                if GROWTH_MAX < grown < _NO_NOISE:
                    self._say(f"{operation.name} once more: is ×{grown:.2f} growth?")
                    self._results.repeat(self._database, operation.name)
                    for number in range(2 * options.rounds):
                        self._one(clients, operation, number, self._ends)
        self._job()
        self._memory()

    @property
    def _ends(self) -> Sequence[Site]:
        return [self._sites[0], self._sites[-1]]

    def _round(self, clients: Clients, number: int) -> None:
        first = self._sites[0]
        for operation in self._references:
            if operation is HASHER:
                continue
            self._keep(operation.name, first.size, "floor", self._burst(clients, operation, first))
        for operation in self._operations:
            if operation.name == "token":
                sample = self._burst(clients, HASHER, first)
                self._keep(HASHER.name, first.size, "floor", sample)
            self._one(clients, operation, number, self._sites)
            if self._rival and operation.name not in self._results.refusals:
                self._beside(clients, operation, self._rival)
        sizes = sorted({item.awards for item in self._operations if item.awards > 1})
        if any(item.awards for item in self._operations):
            bare = raw.samples(
                first, sizes, seconds=self._options.seconds, at_most=self._options.at_most
            )
            for name, sample in bare:
                self._keep(name, first.size, "driver", sample)
        for site in self._sites:
            put_back(site, thoroughly=True)

    def _one(
        self, clients: Clients, operation: Operation, number: int, sites: Sequence[Site]
    ) -> None:
        """One operation on the sites, by each server; who begins changes from round to round."""
        figures = []
        for site in sites:
            servers = ["rosette", "floor"] if number % 2 == 0 else ["floor", "rosette"]
            for server in servers:
                load = self._loads[operation.name, site.size, server]
                sample = self._burst(clients, operation, site, server, load)
                self._keep(operation.name, site.size, server, sample)
                if operation.writes:
                    put_back(site)
            pair = [(self._database, operation.name, site.size, w) for w in ("rosette", "floor")]
            ours, floors = (self._results.kept[key][-1] for key in pair)
            figures.append(
                f"{cpu(ours) * 1e6:,.0f} µs ×{cpu(ours) / max(cpu(floors), 1e-9):.2f} "
                f"at {site.size:,}"
            )
        self._say(f"  {operation.name}: {', '.join(figures)}")

    def _burst(
        self,
        clients: Clients,
        operation: Operation,
        site: Site,
        server: str = "floor",
        load: Load | None = None,
    ) -> Sample:
        target = site.targets[server]
        ready = load or self._load(operation, target)
        try:
            return clients.measure(
                target.address,
                ready,
                seconds=self._options.seconds * operation.stretch,
                at_most=self._options.at_most,
                server=site.pids[server],
                database=site.database_pid,
            )
        except ConnectionError as error:
            raise RuntimeError(
                f"{server} with {site.size:,} awards answers no more, at {operation.name}: {error}"
            ) from error

    def _beside(self, clients: Clients, operation: Operation, rival: Target) -> None:
        """The operation at the other server, by wall time alone."""
        try:
            turns = other.turns(operation, rival)
            if not turns:
                raise other.NotUsable("there is nothing to ask for")
            sample = clients.measure(
                rival.address,
                self._loaded(operation, turns),
                seconds=self._options.seconds * operation.stretch,
                at_most=self._options.at_most,
                server=None,
                database=None,
            )
        except (WrongAnswer, other.NotUsable, ConnectionError) as refusal:
            self._say(f"  {operation.name} is not measured beside: {refusal}")
            self._results.refusals[operation.name] = str(refusal)
            return
        self._keep(operation.name, self._results.smallest, "other", sample)

    def _load(self, operation: Operation, target: Target) -> Load:
        return self._loaded(operation, operation.turns(target))

    def _loaded(self, operation: Operation, turns: Sequence[Sequence[bytes]]) -> Load:
        count = 1 if operation.alone else self._options.clients
        return Load(turns, operation.status, count, operation.spends, operation.warming)

    def _keep(self, name: str, size: int, server: str, sample: Sample) -> None:
        self._results.samples(self._database, name, size, server).append(sample)

    def _is_same(self, operation: Operation) -> bool:
        """Whether the floor answers the same bytes; where they vary, as many."""
        site = self._sites[0]
        answers: list[list[bytes]] = []
        for server, target in site.targets.items():
            turn = self._loads[operation.name, site.size, server].turns[0]
            answers.append([target.address.ask(sent).body for sent in turn])
            if operation.writes:
                put_back(site)
        ours, floors = answers
        if operation.varies:
            return [len(body) for body in ours] == [len(body) for body in floors]
        return ours == floors

    def _job(self) -> None:
        """At the very end, because a million awards are not taken away again."""
        options, largest = self._options, self._sites[-1]
        if not options.job or not options.wants(job.NAME):
            return
        self._say(f"the {job.NAME} of {options.job:,}")
        outcome = job.measure(largest, options.job, self._say)
        self._results.jobs[self._database] = outcome
        if outcome.trouble:
            self._say(f"  not measured: {outcome.trouble}")
            return
        sample = raw.stream(largest, min(options.job, 200_000))
        self._keep(raw.STREAM, largest.size, "driver", sample)

    def _memory(self) -> None:
        site = self._sites[-1]
        trees = {"Rosette": site.pids["rosette"], "floor": site.pids["floor"]}
        if site.database_pid is not None:
            trees["PostgreSQL"] = site.database_pid
        for name, pid in trees.items():
            self._results.memory[self._database, name] = memory(pid)
