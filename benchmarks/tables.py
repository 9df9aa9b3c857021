"""The figures of a run as tables, in Markdown that reads well as it is."""

from collections.abc import Sequence

from benchmarks.goals import GOALS, worst_growth
from benchmarks.operations import OPERATIONS, STATIC
from benchmarks.raw import INSERT, STREAM, raw_batch
from benchmarks.results import GROWTH_MAX, Key, Results, cpu, rate, server_cpu, wall

NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


def tables(results: Results) -> str:
    """All figures: the goals first, then each database."""
    parts = [goals(results), *(_of(database, results) for database in results.databases)]
    if results.options.vs:
        parts.append(_versus(results))
    return "\n".join(parts)


def goals(results: Results) -> str:
    """What was to be reached, and whether it was."""
    rows = []
    for goal in GOALS:
        row = [goal.name, goal.wanted]
        for database in results.databases:
            figure = goal.figure(results, database)
            if figure is None:
                row.append("not measured")
            else:
                row.append(f"{goal.shown(figure)} {'met' if goal.is_met(figure) else '**missed**'}")
        rows.append(row)
    headings = ["Goal", "wanted", *(NAMES[database] for database in results.databases)]
    said = [
        f"On {NAMES[database]}, {worst[1]} grows most.\n"
        for database in results.databases
        if (worst := worst_growth(results, database)) and worst[0] > GROWTH_MAX
    ]
    return "\n".join(["## Goals", "", table(headings, rows), *said])


def _of(database: str, results: Results) -> str:
    parts = [
        f"## {NAMES[database]}",
        "",
        f"At {results.smallest:,} awards in the class. Wall is the median in ms, CPU in µs.",
        "",
        _against_the_floor(database, results),
        *_raw(database, results),
        *_job(database, results),
        *_growth(database, results),
        *_memory(database, results),
        *(
            f"The floor does not answer the same bytes for **{operation}** any more: its "
            "figures do not count until `benchmarks/floor` does.\n"
            for (where, operation), same in results.sameness.items()
            if where == database and not same
        ),
    ]
    return "\n".join(parts)


def _against_the_floor(database: str, results: Results) -> str:
    rows = []
    static = (database, STATIC.name, results.smallest, "floor")
    for operation in results.of(database, "floor"):
        row = [operation]
        for server in ("rosette", "floor"):
            key = (database, operation, results.smallest, server)
            row += _figures(results, key, database) if key in results.kept else ["", "", ""]
        pair = [(database, operation, results.smallest, who) for who in ("rosette", "floor")]
        row.append(_times(results.ratio(server_cpu, *pair)))
        row.append(_times(results.ratio(cpu, *pair)))
        row.append(_times(results.ratio(cpu, pair[0], static), 0))
        rows.append(row)
    sort = "CPU" if database == "sqlite" else "CPU server + database"
    return table(
        [
            *("Operation", "Rosette: per s", "wall", sort, "floor: per s", "wall", sort),
            *("× server CPU", "× all CPU", "× static"),
        ],
        rows,
    )


def _figures(results: Results, key: Key, database: str) -> list[str]:
    server = results.median(server_cpu, *key) * 1e6
    base = results.median(lambda sample: sample.database, *key) * 1e6
    used = f"{server:,.0f}" if database == "sqlite" else f"{server:,.0f} + {base:,.0f}"
    return [
        _per_second(results.median(rate, *key)),
        f"{results.median(wall, *key) * 1e3:.2f}",
        used,
    ]


def _raw(database: str, results: Results) -> list[str]:
    """Awards a second by the bare driver, and what part of that Rosette reaches."""
    how = "executemany" if database == "sqlite" else "COPY"
    rows = []
    for operation in OPERATIONS:
        name = INSERT if operation.awards == 1 else raw_batch(operation.awards)
        raw = (database, name, results.smallest, "driver")
        ours = (database, operation.name, results.smallest, "rosette")
        if not operation.awards or raw not in results.kept or ours not in results.kept:
            continue
        bare = "INSERT and COMMIT" if operation.awards == 1 else f"{how} of {operation.awards:,}"
        row = [operation.name]
        for key in (ours, raw):
            row.append(_per_second(results.median(rate, *key) * operation.awards))
            row.append(f"{results.median(cpu, *key) * 1e6 / operation.awards:,.0f}")
        floors = (database, operation.name, results.smallest, "floor")
        shares = [f"{results.ratio(rate, key, raw) or 0:.0%}" for key in (ours, floors)]
        rows.append([*row, bare, *shares, _times(results.ratio(cpu, ours, raw))])
    if not rows:
        return []
    headings = ["Operation", "awards per s", "CPU each", "bare driver: per s", "CPU each", "by"]
    return [
        "Against the bare driver without HTTP, the same rows into the same table with its indexes:",
        "",
        table([*headings, "share of its rate", "floor's share", "× its CPU"], rows),
    ]


def _job(database: str, results: Results) -> list[str]:
    outcome = results.jobs.get(database)
    if outcome is None:
        return []
    begin = f"The job of {outcome.total:,} awards, at {results.largest:,} in the class"
    if outcome.trouble:
        return [f"{begin}: not measured, because {outcome.trouble}.\n"]
    key = (database, STREAM, results.largest, "driver")
    share = outcome.rate / results.median(rate, *key)
    used = outcome.cpu / results.median(cpu, *key)
    each = [value * 1e6 / outcome.total for value in (outcome.web, outcome.worker)]
    parts = [f"{each[0]:,.0f} µs of the web processes, {each[1]:,.0f} µs of the worker"]
    if database != "sqlite":
        parts.append(f"{outcome.database * 1e6 / outcome.total:,.0f} µs of the database")
    return [
        f"{begin}, which all hold the recipients' earlier awards: sent and taken in "
        f"{outcome.accepted:.1f} s, done after {outcome.seconds:.1f} s, {outcome.failed:,} failed; "
        f"{outcome.rate:,.0f} awards a second, {share:.0%} of the bare driver's "
        f"{results.median(rate, *key):,.0f}. CPU of each award: {', '.join(parts)}, "
        f"×{used:.2f} of the driver's. Most resident memory of the worker "
        f"{_megabytes(outcome.worker_peak)}, of a web process {_megabytes(outcome.web_peak)}.\n"
    ]


def _growth(database: str, results: Results) -> list[str]:
    rows = []
    for operation in results.of(database, "rosette"):
        grown = results.growth(database, operation, "rosette")
        if grown is None:
            continue
        first = results.repeated.get((database, operation))
        verdict = "ok" if grown <= GROWTH_MAX else "**grows**"
        if first is not None:
            verdict += f" when repeated (×{first:.2f} at first)"
        used = [
            f"{results.median(cpu, database, operation, size, 'rosette') * 1e6:,.0f}"
            for size in results.options.growth
        ]
        floor = results.growth(database, operation, "floor")
        rows.append([operation, *used, _times(grown), _times(floor), verdict])
    if not rows:
        return []
    headings = [f"CPU at {size:,}" for size in results.options.growth]
    return [
        "Growth with the number of awards in the class:",
        "",
        table(["Operation", *headings, "growth, ×", "floor's, ×", ""], rows),
    ]


def _memory(database: str, results: Results) -> list[str]:
    rows = [
        [
            f"{server}, {'largest' if place == 0 else 'next'} process",
            _megabytes(item.peak),
            _megabytes(item.own),
        ]
        for (where, server), found in results.memory.items()
        if where == database
        for place, item in enumerate(found[:3])
    ]
    if not rows:
        return []
    shared = "mapped pages of the file" if database == "sqlite" else "shared buffers"
    return [
        f"Resident memory of the three largest processes of each server, at {results.largest:,} "
        f"awards: the most up to the end, with {shared} and libraries, and what is its own then:",
        "",
        table(["Process", "peak", "own"], rows),
    ]


def _versus(results: Results) -> str:
    """The other server, beside Rosette on the first database."""
    database = results.databases[0]
    rows = []
    for operation in results.of(database, "other"):
        row = [operation]
        pair = [(database, operation, results.smallest, who) for who in ("rosette", "other")]
        for key in pair:
            row.append(_per_second(results.median(rate, *key)))
            row.append(f"{results.median(wall, *key) * 1e3:.2f}")
        rows.append([*row, _times(results.ratio(rate, *pair)), _times(results.ratio(wall, *pair))])
    return "\n".join(
        [
            f"## Beside {results.options.vs}",
            "",
            f"Taking turns with Rosette on {NAMES[database]}. Wall is the median in ms.",
            "",
            table(
                [
                    *("Operation", "Rosette: per s", "wall", "other: per s", "wall"),
                    *("rate, ×", "wall, ×"),
                ],
                rows,
            ),
            *(f"Not measured there, {name}: {why}.\n" for name, why in results.refusals.items()),
        ]
    )


def table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table with columns of even width."""
    widths = [max(map(len, column)) for column in zip(headings, *rows, strict=True)]

    def line(cells: Sequence[str]) -> str:
        first, *others = (
            cell.ljust(width) if place == 0 else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(cells, widths, strict=True))
        )
        return f"| {' | '.join([first, *others])} |"

    rule = [
        f"{'-' * (width - 1)}{'-' if place == 0 else ':'}" for place, width in enumerate(widths)
    ]
    return "\n".join([line(headings), line(rule), *map(line, rows), ""])


def _times(ratio: float | None, digits: int = 2) -> str:
    return "" if ratio is None else f"{ratio:.{digits}f}"


def _per_second(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:.1f}"


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.0f} MB"
