"""What follows from samples: ratios, growth, goals met and missed, and the page about them."""

import pytest
from benchmarks import report
from benchmarks.goals import GOALS, worst_growth
from benchmarks.job import Outcome
from benchmarks.load import Sample
from benchmarks.results import Options, Results, cpu, rate
from benchmarks.tables import goals, table, tables


def sample(micros: float, *, rate: float = 100.0, database: float = 0.0) -> Sample:
    return Sample(10, rate, 1 / rate, micros / 1e6, database / 1e6)


def results(**options: object) -> Results:
    chosen = Options(growth=(100, 1000), rounds=3, **options)  # type: ignore[arg-type]
    return Results({"date": "today"}, "python -m benchmarks", chosen)


def full() -> Results:
    """A run in which every goal of SQLite is exactly reached, or just not: the batch."""
    made = results()
    limits = {
        "award": 2.0,
        "award with evidence": 2.0,
        "award with notice": 2.0,
        "public document": 2.0,
        "public document, 304": 1.5,
        "list page of 100": 2.0,
    }
    for name, limit in limits.items():
        for size in (100, 1000):
            made.samples("sqlite", name, size, "rosette").append(sample(100 * limit))
            made.samples("sqlite", name, size, "floor").append(sample(100))
    for size in (100, 1000):
        made.samples("sqlite", "verifier's set", size, "rosette").append(sample(1600))
        made.samples("sqlite", "verifier's set", size, "floor").append(sample(400))
        made.samples("sqlite", "token", size, "rosette").append(sample(110_000))
        made.samples("sqlite", "token", size, "floor").append(sample(100_000))
        made.samples("sqlite", "batch of 1,000", size, "rosette").append(sample(1, rate=59))
        made.samples("sqlite", "batch of 1,000", size, "floor").append(sample(1, rate=80))
    made.samples("sqlite", "static answer", 100, "floor").append(sample(20))
    made.samples("sqlite", "password hasher", 100, "floor").append(sample(100_000))
    made.samples("sqlite", "raw batch of 1,000", 100, "driver").append(sample(1, rate=100))
    return made


def test_a_ratio_is_the_median_of_the_rounds_own_ratios():
    made = results()
    ours, floors = ("sqlite", "award", 100, "rosette"), ("sqlite", "award", 100, "floor")
    # The second round fell into a busy moment, which met both.
    made.samples(*ours).extend([sample(200), sample(900), sample(220)])
    made.samples(*floors).extend([sample(100), sample(300), sample(100)])

    assert made.ratio(cpu, ours, floors) == pytest.approx(2.2)
    assert made.ratio(rate, ours, floors) == 1
    assert made.ratio(cpu, ours, ("sqlite", "revoke", 100, "floor")) is None


def test_growth_counts_server_and_database_and_wants_two_sizes():
    made = results()
    made.samples("postgresql", "award", 100, "rosette").append(sample(100, database=100))
    made.samples("postgresql", "award", 1000, "rosette").append(sample(100, database=150))

    assert made.growth("postgresql", "award", "rosette") == pytest.approx(1.25)
    assert worst_growth(made, "postgresql") == (pytest.approx(1.25), "award")
    assert made.growth("postgresql", "award", "floor") is None
    one = Results({}, "", Options(growth=(100,)))
    one.samples("sqlite", "award", 100, "rosette").append(sample(100))
    assert one.growth("sqlite", "award", "rosette") is None


def test_what_is_repeated_starts_anew_and_remembers_how_it_seemed():
    made = results()
    made.samples("sqlite", "award", 100, "rosette").append(sample(100))
    made.samples("sqlite", "award", 1000, "rosette").append(sample(150))
    made.samples("sqlite", "award", 100, "floor").append(sample(50))
    made.samples("sqlite", "award", 1000, "floor").append(sample(50))

    made.repeat("sqlite", "award")

    assert made.repeated == {("sqlite", "award"): pytest.approx(1.5)}
    assert all(samples == [] for samples in made.kept.values())


def test_every_goal_is_said_to_be_met_or_missed():
    made = full()

    lines = {
        line.split("|")[1].strip(): line.split("|")[3].strip()
        for line in goals(made).splitlines()[4:]
        if line
    }

    assert lines == {
        goal.name: "59% **missed**" if goal.at_least else f"{goal.shown(goal.limit)} met"
        for goal in GOALS
        if "growth" not in goal.name
    } | {"growth of CPU, whichever operation grows most": "×1.00 met"}


def test_a_goal_of_which_nothing_was_measured_is_not_said_to_be_met():
    made = results()
    made.samples("sqlite", "revoke", 100, "rosette").append(sample(100))
    made.samples("sqlite", "revoke", 100, "floor").append(sample(100))

    assert goals(made).count("not measured") == len(GOALS)


def test_operations_that_grow_are_marked():
    made = full()
    made.kept["sqlite", "award", 1000, "rosette"] = [sample(300)]

    said = tables(made)

    assert "On SQLite, award grows most." in said
    assert [line for line in said.splitlines() if line.startswith("| award ") and "grows" in line]


def test_the_page_ends_with_what_people_noted_and_says_what_became_of_the_job():
    made = full()
    made.jobs["sqlite"] = Outcome(1000, trouble="it was answered 404 and not 202")
    made.missing.append("PostgreSQL")

    page = report.page(made)

    assert page.startswith("# Performance\n\nWritten by `python -m benchmarks`")
    assert tables(made).rstrip("\n") in page
    assert "not measured, because it was answered 404 and not 202." in page
    assert "PostgreSQL was missing, and is not measured." in page
    assert page.endswith(f"## Notes\n\n{report.NOTES.read_text('utf-8').strip()}\n")


def test_the_jobs_figures_stand_beside_the_bare_drivers():
    made = full()
    made.jobs["sqlite"] = Outcome(1000, 1.5, 10.0, 0, 0.01, 0.02, 0.0, 200_000_000, 100_000_000)
    made.samples("sqlite", "raw stream", 1000, "driver").append(sample(10, rate=200))

    [said] = [line for line in tables(made).splitlines() if line.startswith("The job of 1,000")]

    assert "taken in 1.5 s, done after 10.0 s, 0 failed; 100 awards a second, 50% of" in said
    assert "10 µs of the web processes, 20 µs of the worker, ×3.00 of the driver's" in said
    assert "the worker 100 MB, of a web process 200 MB" in said


def test_another_server_is_compared_by_rate_and_wall_time():
    made = results(vs="https://other.example.org")
    made.samples("sqlite", "award", 100, "rosette").append(sample(100, rate=200))
    made.samples("sqlite", "award", 100, "floor").append(sample(100, rate=400))
    made.samples("sqlite", "award", 100, "other").append(sample(0, rate=20))
    made.refusals["public document, 304"] = "there is nothing to ask for"

    said = tables(made)

    assert (
        "| award     |            200 | 5.00 |           20 | 50.00 |   10.00 |    0.10 |" in said
    )
    assert "Not measured there, public document, 304: there is nothing to ask for." in said


def test_secrets_of_the_command_line_do_not_reach_the_report():
    given = ["--vs", "https://o.example.org", "--vs-token", "abc", "--vs-password=def"]

    assert report.command(given) == (
        "python -m benchmarks --vs https://o.example.org --vs-token … --vs-password=…"
    )


def test_tables_have_even_columns():
    assert table(["Name", "n"], [["a", "1,000"], ["bcdef", "2"]]) == (
        "| Name  |     n |\n| ----- | ----: |\n| a     | 1,000 |\n| bcdef |     2 |\n"
    )
