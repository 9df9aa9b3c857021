"""What is computed of a large site: the formulas beside their simulations, and the page."""

import re

import pytest
from benchmarks import scale
from benchmarks.crowds import share_asked, simulated_share, waited


@pytest.mark.parametrize("skew", [0.0, 0.8, 1.0])
def test_the_formula_of_a_cache_is_what_playing_it_gives(skew: float):
    said = share_asked(5_000, 200, 30, skew)
    played = simulated_share(5_000, 200, 30, skew, requests=60_000)

    assert played == pytest.approx(said, rel=0.03)


def test_like_items_are_counted_together_without_losing_any():
    # Nothing is kept, so that every request reaches the server, however they are grouped.
    assert share_asked(10_000_000, 50_000, 0, 0.8) == pytest.approx(1)
    assert share_asked(10_000_000, 50_000, 30, 0.0) == pytest.approx(1 / (1 + 0.15), rel=1e-6)


def test_who_meets_an_idle_server_waits_for_nothing_and_a_busy_one_long():
    assert waited(1, 0.001, 8, requests=5_000) == 0
    assert waited(0.95 * 8_000, 0.001, 8, requests=50_000) > 0.001


def test_the_page_is_computed_of_the_largest_run_on_postgresql():
    def sample(database: str, operation: str, size: int, web: float, stored: float):
        rounds = [{"server": web, "database": stored, "rate": 500.0}] * 3
        return {
            "database": database,
            "operation": operation,
            "size": size,
            "server": "rosette",
            "rounds": rounds,
        }

    names = ("award", "public document", "baked image", "batch of 1,000")
    results = {
        "samples": [
            *(sample("postgresql", name, 10, 1, 1) for name in names),
            *(sample("postgresql", name, 20, 0.002, 0.001) for name in names),
            *(sample("sqlite", name, 20, 1, 0) for name in names),
        ]
    }
    weighed = scale.Stored(1000, 400, 300, 1000, 500, {1: 500.0, 64: 3000.0}, 700, 20_000)

    page = scale.page(results, weighed)

    assert "1,000 awards a second take 2.0 cores of web nodes\n   and 1.0 of the database" in page
    assert "write 1.0 MB of log a second" in page
    assert "10,000,000 awards are 7.0 GB, 3.0 GB of them" in re.sub(r"\n\s+", " ", page)
    assert "would take 400\n   cores of web nodes" in page
