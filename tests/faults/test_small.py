"""Faults of the one machine that a small site is on: its disk and its clock."""

import time

import pytest

from tests.environment import DATABASE
from tests.faults.conftest import Told
from tests.faults.site import Site, until

pytestmark = [
    pytest.mark.served,
    pytest.mark.skipif(DATABASE != "sqlite", reason="of the small site, on SQLite"),
]


def test_a_full_disk_is_told_and_nothing_is_half_done(site: Site, badge: str, told: Told):
    [web], [worker] = site.webs, site.workers
    site.award(badge, "before@example.org", notify=True)
    wish = {"recipient": {"identity": "during@example.org", "type": "email"}}

    with web.disk_full(), worker.disk_full():
        began = time.monotonic()
        answer = site.call("POST", f"/v2/badgeclasses/{badge}/assertions", wish)
        took = time.monotonic() - began
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5"), answer.text
        assert site.call("GET", f"/v2/badgeclasses/{badge}").status_code == 200
    site.award(badge, "after@example.org", notify=True)
    seconds = until(lambda: bool(site.sent_to("after@example.org")))

    assert set(site.awards(badge)) == {"before@example.org", "after@example.org"}
    until(lambda: bool(site.sent_to("before@example.org")))
    assert len(site.sent_to("after@example.org")) == 1
    told(
        "a disk without room",
        f"503 after {took:.1f} s, reading goes on, nothing is half done; with room again, awards "
        f"at once and their mails after {seconds:.0f} s",
    )


def test_a_clock_that_goes_back_keeps_nobody_waiting(site: Site, badge: str, told: Told):
    if "LD_PRELOAD" not in site.webs[0].environment:
        pytest.skip("libfaketime is not installed here: the package `libfaketime`")
    assert site.clock
    site.workers[0].kill()
    site.clock.write_text("+2h")
    site.award(badge, "later@example.org", notify=True)
    site.clock.write_text("+0")
    site.workers[0].start()
    site.award(badge, "now@example.org", notify=True)
    seconds = until(
        lambda: all(site.sent_to(to) for to in ("later@example.org", "now@example.org"))
    )

    assert len(site.sent_to("later@example.org")) == 1
    assert set(site.awards(badge)) == {"later@example.org", "now@example.org"}
    told(
        "a clock that goes back by two hours",
        f"awards of before and after are there; the mails of both are sent within {seconds:.0f} s",
    )
