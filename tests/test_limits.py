"""Who failed too often must wait, whatever process answers."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.test import RequestFactory
from django.utils import timezone

from rosette import limits
from rosette.errors import TryLater
from rosette.models import Backoff
from tests.environment import DATABASE

pytestmark = pytest.mark.django_db

HOME = "192.0.2.1"


@pytest.fixture(autouse=True)
def still(monkeypatch):
    """Time stands still but for ``wait``, however slow the machine is."""
    now = timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: now)


def wait(seconds):
    """Let this much time pass."""
    for row in Backoff.objects.all():
        row.locked_until -= timedelta(seconds=seconds)
        row.save()


def locked(name="", address="", what="login"):
    """How many seconds somebody must wait now."""
    try:
        limits.attempt(what, name=name, address=address)
    except TryLater as refusal:
        return refusal.seconds
    return 0


def fail(name="", address=""):
    limits.attempt("login", name=name, address=address).failed()


def test_each_failure_doubles_the_wait_up_to_the_setting():
    waits = []
    for _ in range(14):
        fail("ada")
        waits.append(locked("ada"))
        wait(waits[-1])

    assert waits == [2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 3600, 3600, 3600]


def test_w23_the_wait_that_is_told_is_what_remains():
    for _ in range(5):
        fail("ada")
        wait(locked("ada"))
    fail("ada")
    wait(40)

    assert locked("ada") == 24


def test_w23_while_locked_nothing_is_counted():
    fail("ada")
    for _ in range(3):
        with pytest.raises(TryLater):
            fail("ada")

    assert [row.failures for row in Backoff.objects.all()] == [1]


def test_w23_different_things_are_counted_apart():
    fail("ada", HOME)

    assert (locked("ada"), locked("ada", what="registration")) == (2, 0)


def test_success_forgets_the_name():
    limits.attempt("login", name="ada").failed()
    wait(2)
    limits.attempt("login", name="ada").succeeded()
    fail("ada")

    assert locked("ada") == 2


def test_a_name_that_proved_itself_otherwise_is_forgotten():
    fail("ada")

    limits.forget("login", " ADA ")

    assert locked("ada") == 0


def test_the_letter_case_of_a_name_does_not_matter():
    fail("Ada@Example.org")

    assert locked(" ada@example.ORG") == 2


def test_failures_of_the_day_before_yesterday_are_forgotten():
    for _ in range(3):
        fail("ada")
        wait(locked("ada"))
    wait(24 * 3600 + 1)
    fail("ada")

    assert locked("ada") == 2


def test_an_address_may_fail_a_hundred_times_whatever_the_names():
    for number in range(100):
        fail(f"pupil {number}", HOME)
    assert locked("somebody else", HOME) == 0

    fail("one too many", HOME)

    assert locked("somebody else", HOME) == 36
    assert locked("somebody else", "192.0.2.2") == 0
    wait(36)
    assert locked("somebody else", HOME) == 0


def test_an_address_that_failed_too_often_is_not_cleared_by_an_account_of_its_own():
    for _ in range(101):
        limits.Attempt("login", "", HOME).failed()
    limits.Attempt("login", "mallory", HOME).succeeded()

    assert locked("ada", HOME) == 36


def test_the_setting_bounds_every_wait(settings):
    settings.ROSETTE = settings.ROSETTE.model_copy(update={"login_backoff_max_seconds": 3})
    for _ in range(101):
        limits.Attempt("login", "ada", HOME).failed()

    assert (locked("ada"), locked("", HOME)) == (3, 3)


def test_zero_switches_waiting_off(settings):
    fail("ada")
    settings.ROSETTE = settings.ROSETTE.model_copy(update={"login_backoff_max_seconds": 0})
    fail("ada")

    assert locked("ada") == 0
    assert [row.failures for row in Backoff.objects.all()] == [1]


def test_what_is_long_past_is_thrown_away():
    fail("ada", HOME)
    Backoff.objects.update(locked_until=timezone.now() - timedelta(days=2))

    fail("bob")

    assert Backoff.objects.count() == 1


def test_no_name_and_no_address_is_kept_in_the_clear():
    fail("ada@example.org", HOME)

    stored = str(list(Backoff.objects.values()))
    assert ("ada" in stored, HOME in stored) == (False, False)


@pytest.mark.parametrize(
    ("proxies", "remote", "forwarded", "address"),
    [
        (0, "192.0.2.1", "198.51.100.1", "192.0.2.1"),
        (1, "192.0.2.1", "198.51.100.1", "198.51.100.1"),
        (1, "192.0.2.1", "6.6.6.6, 198.51.100.1", "198.51.100.1"),
        (2, "192.0.2.1", "6.6.6.6, 198.51.100.1, 203.0.113.9", "198.51.100.1"),
        (2, "192.0.2.1", "198.51.100.1", "192.0.2.1"),
        (1, "192.0.2.1", "198.51.100.1:5123", "198.51.100.1"),
        (1, "192.0.2.1", "[2001:db8:1:2::3]:5123", "2001:db8:1:2::/64"),
        (1, "192.0.2.1", "unknown", "unknown"),
        (0, "2001:db8:1:2:3:4:5:6", "", "2001:db8:1:2::/64"),
        (0, "::ffff:192.0.2.1", "", "192.0.2.1"),
    ],
)
def test_a_forwarded_address_is_believed_as_far_as_the_setting_says(
    settings, proxies, remote, forwarded, address
):
    settings.ROSETTE = settings.ROSETTE.model_copy(update={"trusted_proxies": proxies})
    request = RequestFactory().get("/", REMOTE_ADDR=remote, HTTP_X_FORWARDED_FOR=forwarded)

    assert limits.address_of(request) == address


@pytest.mark.skipif(
    DATABASE == "sqlite", reason="SQLite lives in memory here, where threads lock each other out"
)
@pytest.mark.django_db(transaction=True)
def test_failures_at_the_same_moment_all_count():
    def once(_):
        try:
            limits.Attempt("login", "ada", HOME).failed()
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(once, range(40)))

    assert [row.failures for row in Backoff.objects.all()] == [40, 40]
