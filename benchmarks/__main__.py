"""
``python -m benchmarks``: what Rosette's main jobs cost, beside what they would cost at least.

For each database, a site of each size is filled, and Rosette and the floor are started on it;
then they take turns (``rounds.py``).
"""

import argparse
import json
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import FrameType

from benchmarks import job, other, report, servers
from benchmarks.operations import OPERATIONS, Target
from benchmarks.results import Options, Results
from benchmarks.rounds import Rounds
from benchmarks.tables import NAMES, tables

_HERE = Path(__file__).parent
_WHOLE_REPORT = _HERE.parent / "docs" / "performance.md"
_STOPPED = 130
_QUICK = Options(
    databases=("sqlite",),
    growth=(300, 600),
    rounds=1,
    seconds=0.2,
    at_most=10,
    clients=2,
    job=1000,
)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print the tables, and write the report where it is wanted."""
    parser = _parser()
    asked = parser.parse_args(arguments)
    options = chosen(asked, parser)
    results = Results(report.conditions(), report.command(arguments), options)
    signal.signal(signal.SIGTERM, _stop)
    try:
        _measure(options, asked, results)
    except KeyboardInterrupt:
        _say("Stopped; nothing is left behind.")
        sys.exit(_STOPPED)
    kept = asked.results or _HERE / "results" / f"{time.strftime('%Y-%m-%d-%H%M%S')}.json"
    kept.parent.mkdir(exist_ok=True)
    kept.write_text(json.dumps(results.as_json(), indent=1))
    print(tables(results))
    if asked.report:
        asked.report.write_text(report.page(results), "utf-8")
        _say(f"Written to {asked.report}")


def chosen(asked: argparse.Namespace, parser: argparse.ArgumentParser) -> Options:
    """The options that the arguments mean; ends the program where they mean none."""
    wished = ("rounds", "seconds", "clients", "growth", "databases", "only", "job", "vs")
    given = {name: value for name in wished if (value := getattr(asked, name)) is not None}
    options = replace(_QUICK if asked.quick else Options(), **given)
    known = [operation.name for operation in OPERATIONS] + [job.NAME]
    if not any(options.wants(name) for name in known):
        parser.error(f"--only: choose of {', '.join(known)}")
    if unknown := set(options.databases) - set(NAMES):
        parser.error(f"--databases: not {', '.join(sorted(unknown))}, but {', '.join(NAMES)}")
    if asked.vs and not (asked.vs_token or (asked.vs_user and asked.vs_password)):
        parser.error("--vs wants --vs-token, or --vs-user and --vs-password")
    if not given and not asked.quick and asked.report is None:
        asked.report = _WHOLE_REPORT
    return options


def _measure(options: Options, asked: argparse.Namespace, results: Results) -> None:
    begun = time.monotonic()
    rival: Target | None = None
    if options.vs:
        access = other.Access(options.vs, asked.vs_token, asked.vs_user, asked.vs_password)
        rival = other.target(access)
    for database in options.databases:
        say = partial(_say, f"[{NAMES[database]}]")
        binaries = servers.postgresql_binaries()
        if database == "postgresql" and binaries is None:
            say("not installed here: it is not measured")
            results.missing.append(NAMES[database])
            continue
        # Not below a folder that only its owner may enter: PostgreSQL runs as somebody else.
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="rosette-bench-")))
            home, server = folder / "sites", None
            home.mkdir()
            if database == "postgresql" and binaries:
                server = stack.enter_context(servers.postgresql(folder / "cluster", binaries))
                results.conditions["PostgreSQL"] = server.version
            sites = []
            for size in options.growth:
                filling = time.monotonic()
                say(f"filling a site with {size:,} awards …")
                sites.append(servers.site(home, size, server, stack))
                say(f"it is filled and served after {time.monotonic() - filling:.0f} s")
            Rounds(database, sites, rival, results, say).run()
            rival = None  # once is enough
    results.conditions |= report.load_average("at the end")
    results.conditions["duration"] = f"{time.monotonic() - begun:.0f} s"


def _say(*words: str) -> None:
    print(*words, file=sys.stderr, flush=True)


def _stop(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _parser() -> argparse.ArgumentParser:
    default = Options()
    parser = argparse.ArgumentParser(
        "python -m benchmarks",
        description="Measure Rosette against the floor of this machine: the same work by a bare "
        "WSGI app and the bare driver. Without options, the whole run writes "
        "docs/performance.md.",
    )
    add = parser.add_argument
    add("--quick", action="store_true", help="a little of everything on SQLite: does it run?")
    add("--only", type=_words, help="operations with one of these texts in their names")
    add("--databases", type=_words, help="sqlite,postgresql")
    add(
        "--growth",
        type=_numbers,
        help=f"awards in the class, smallest first ({','.join(map(str, default.growth))})",
    )
    add("--rounds", type=int, help=f"how often ({default.rounds})")
    add("--seconds", type=float, help=f"length of one measurement ({default.seconds})")
    add("--clients", type=int, help=f"connections at a time ({default.clients})")
    add("--job", type=int, help=f"awards of the award job, 0 for none ({default.job})")
    add("--report", type=Path, help="where the report goes (Markdown)")
    add("--results", type=Path, help="where the raw figures go (JSON)")
    vs = parser.add_argument_group(
        "another server",
        "Measure what goes over the wire at any server that speaks the V2 API, too. An issuer, a "
        "badge class and some hundred awards stay there, and it may mail their recipients at "
        "example.org: take one that is made for it.",
    )
    vs.add_argument("--vs", metavar="URL", help="where it answers")
    vs.add_argument("--vs-token", default="", help="a bearer token of a person who may issue")
    vs.add_argument("--vs-user", default="", help="or who signs in there")
    vs.add_argument("--vs-password", default="", help="and with what")
    return parser


def _words(text: str) -> tuple[str, ...]:
    return tuple(part for part in text.split(",") if part)


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(sorted({int(part) for part in text.split(",")}))


if __name__ == "__main__":
    main()
