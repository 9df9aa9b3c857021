"""Requests a minute, and how they are told."""

import logging

import pytest

from rosette.config import Config
from rosette.rates import Rates
from tests.services import Unavailable, redis


@pytest.fixture
def noon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Twenty seconds past it, for all of the test."""
    monkeypatch.setattr("rosette.rates.time.time", lambda: 1_800_000_020.0)


@pytest.mark.usefixtures("noon")
def test_both_limits_are_counted_and_told():
    rates = Rates(Config(rate_per_token=2, rate_per_address=3))

    counts = [rates.count("Bearer a", "192.0.2.1") for _ in range(3)]

    assert counts[0] == (
        [
            ("RateLimit-Policy", '"token";q=2;w=60, "address";q=3;w=60'),
            ("RateLimit", '"token";r=1;t=40, "address";r=2;t=40'),
        ],
        None,
    )
    assert [count.wait for count in counts] == [None, None, 40]
    assert rates.count("Bearer b", "192.0.2.1").wait == 40  # the address has none left
    assert rates.count("Bearer b", "192.0.2.2").wait is None


def test_nothing_is_counted_unless_a_limit_is_set():
    assert not Rates(Config()).is_on
    assert Rates(Config(rate_per_token=5)).count("", "192.0.2.1") == ([], None)


@pytest.mark.usefixtures("noon")
def test_processes_count_together_and_each_for_itself_without_the_cache(
    caplog: pytest.LogCaptureFixture,
):
    caplog.set_level(logging.WARNING)
    try:
        with redis() as address:
            one, other = (Rates(Config(rate_per_token=1, cache_url=address)) for _ in range(2))
            assert one.count("Bearer a", "").wait is None
            assert other.count("Bearer a", "").wait == 40
            assert one._shared
            assert not any(
                "Bearer" in key.decode()
                for key in one._shared.storage.keys("*")  # type: ignore[attr-defined]
            )
    except Unavailable as why:
        pytest.skip(str(why))

    assert other.count("Bearer a", "").wait is None
    assert "counted by each process" in caplog.text
