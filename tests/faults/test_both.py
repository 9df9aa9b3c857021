"""Faults that may meet every site, on either database."""

import threading
import time
from collections import Counter

import pytest

from tests.environment import DATABASE
from tests.faults.conftest import SECONDS, Told
from tests.faults.site import Site, until

pytestmark = pytest.mark.served


def test_a_web_node_that_is_killed_under_load_loses_nothing(site: Site, badge: str, told: Told):
    with site.load(badge) as load:
        load.wait()
        site.webs[0].kill()
        if len(site.webs) > 1:
            load.wait()  # the others go on
        site.webs[0].start()
        site.webs[0].wait()
        load.wait()
        time.sleep(SECONDS)

    told("`kill -9` of a web node under load", load.judge())


def test_a_worker_that_is_killed_within_a_bulk_job_loses_nothing(
    site: Site, badge: str, told: Told
):
    lines = "email\n" + "".join(f"person{number}@example.org\n" for number in range(4000))
    answer = site.insist(
        "POST",
        f"/v2/badgeclasses/{badge}/issue?async=1",
        lines.encode(),
        **{"Content-Type": "text/csv"},
    )
    assert answer.status_code == 202, answer.text
    job = answer.json()["result"][0]["entityId"]

    def seen() -> dict[str, object]:
        found = site.insist("GET", f"/v2/jobs/{job}").json()["result"][0]
        assert isinstance(found, dict)
        return found

    until(lambda: bool(seen()["done"]))
    for worker in site.workers:
        worker.kill()
    half = seen()["done"]
    for worker in site.workers:
        worker.start()
    seconds = until(lambda: seen()["state"] == "done", 120)

    assert site.awards(badge) == Counter({f"person{n}@example.org": 1 for n in range(4000)})
    told(
        "`kill -9` of all workers within a bulk job",
        f"killed at {half} of 4000 lines, {seconds:.0f} s later all 4000 awards are there once",
    )


def test_a_worker_that_is_killed_while_it_sends_mail_loses_none(site: Site, badge: str, told: Told):
    asked = threading.Event()
    to = [f"killed{number}@example.org" for number in range(5)]

    def slow(line: str) -> str:
        asked.set()
        time.sleep(1)
        return "250 taken"

    site.mail.answers["CONTENT"] = slow
    try:
        wishes = [{"recipient": {"identity": email, "type": "email"}} for email in to]
        batch = {"assertions": wishes, "notify": True, "createNotification": True}
        answer = site.insist("POST", f"/v2/badgeclasses/{badge}/issue", batch)
        assert answer.status_code == 201, answer.text
        assert asked.wait(60)
    finally:
        site.mail.answers.clear()
    for worker in site.workers:
        worker.kill()
    for worker in site.workers:
        worker.start()
    seconds = until(lambda: all(site.sent_to(email) for email in to))

    counts = [len(site.sent_to(email)) for email in to]
    # Of the one that was on its way, nobody can know whether the mail server took it.
    assert sorted(counts)[:-1] == [1] * 4
    assert counts.count(2) <= 1
    repeated = [{mail["Message-ID"] for mail in site.sent_to(email)} for email in to]
    assert all(len(ids) == 1 for ids in repeated)
    told(
        "`kill -9` of all workers while they send mail",
        f"all 5 mails are sent {seconds:.0f} s later; of the one on its way, perhaps twice, under "
        "the same Message-ID",
    )


def test_mail_servers_that_refuse_hang_or_break_off_get_each_mail_in_the_end(
    site: Site, badge: str, told: Told
):
    refused, hanging, broken = (f"{name}@example.org" for name in ("refused", "hung", "broken"))
    site.mail.answers["RCPT"] = lambda line: "451 not now" if refused in line else "250 fine"
    site.award(badge, refused, notify=True)
    site.mail.answers["MAIL"] = "250 fine"
    until(lambda: site.mail.connections > 0)
    time.sleep(1)
    site.mail.answers["DATA"] = None
    site.award(badge, hanging, notify=True)
    time.sleep(3.5)
    site.mail.answers.clear()
    # It takes the mail, and the connection breaks before it can say so.
    takes = iter([None])
    site.mail.answers["CONTENT"] = lambda line: next(takes, "250 taken") or ""
    site.award(badge, broken, notify=True)
    seconds = until(lambda: all(site.sent_to(to) for to in (refused, hanging, broken)), 90)
    site.mail.answers.clear()
    time.sleep(1)

    assert [len(site.sent_to(to)) for to in (refused, hanging, broken)] == [1, 1, 1]
    told(
        "a mail server that refuses, hangs, and says nothing after the mail",
        f"each of 3 mails is taken once, the last {seconds:.0f} s after the faults; awards are "
        "answered meanwhile",
    )


def test_one_idempotency_key_at_two_doors_at_once_is_one_award(site: Site, badge: str, told: Told):
    doors = [web.url for web in site.webs] * 2
    wish = {"recipient": {"identity": "bob@example.org", "type": "email"}}
    path = f"/v2/badgeclasses/{badge}/assertions"
    start = threading.Barrier(len(doors) * 2)
    said: list[tuple[int, str]] = []

    def ask(door: str) -> None:
        start.wait()
        answer = site.call("POST", path, wish, at=door, **{"Idempotency-Key": "at once"})
        body = answer.json()["result"]
        said.append((answer.status_code, body[0]["entityId"] if body else ""))

    threads = [threading.Thread(target=ask, args=(door,)) for door in doors * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(said) == len(threads)
    made = {name for status, name in said if status == 201}
    assert len(made) == 1
    assert {status for status, _ in said} <= {201, 409}
    assert site.awards(badge) == {"bob@example.org": 1}
    told(
        f"the same idempotency key, {len(said)} times at once at {len(set(doors))} node(s)",
        "one award, and every answer names it",
    )


def test_writers_on_all_processes_wait_for_each_other(site: Site, badge: str, told: Told):
    with site.load(badge, clients=8, notify=True) as load:
        load.wait()
        time.sleep(SECONDS)
    said = load.judge()
    # While so many write, the worker's turn comes seldom; it sends most of the mails afterwards.
    enough = 120 + 4 * SECONDS
    seconds = until(lambda: load.acknowledged.keys() <= site.mailed().keys(), enough)

    mails = site.mailed()
    assert {mails[to] for to in load.acknowledged} == {1}
    processes = "four processes" if DATABASE == "sqlite" else "two nodes"
    told(
        f"eight clients who write to {processes}, with mail",
        f"{said}; each mail sent once, the last {seconds:.0f} s after",
    )
