"""A site of several processes, its people, and the load that it is put under."""

import secrets
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from tests import mailserver
from tests.api.client import PNG
from tests.faults.parts import Bucket, Part
from tests.house import House
from tests.prepared import prepared_database
from tests.services import Balancer, Cluster, balancer, free_port, install, redis

EMAIL, PASSWORD = "ada@example.org", "knots and splices"
SETTLED_WITHIN_SECONDS = 60


@dataclass
class Site:
    """
    A running site: ``url`` is the address that the world knows, of a node or of what stands before
    all nodes.
    """

    url: str
    house: House
    webs: Sequence[Part]
    workers: Sequence[Part]
    mail: mailserver.MailServer
    environment: Mapping[str, str]
    database: Cluster | None = None
    bucket_door: Balancer | None = None
    bucket: Bucket | None = None
    clock: Path | None = None
    redis_port: int = 0
    redis_off: Callable[[], None] = lambda: None
    _token: str = ""
    _session: threading.local = field(default_factory=threading.local)

    def call(
        self, verb: str, path: str, body: Any = None, *, at: str = "", **headers: str
    ) -> requests.Response:
        """A call with Ada's token, over a connection that is kept."""
        session = self._session.__dict__.setdefault("kept", requests.Session())
        session.trust_env = False
        given = {"Authorization": f"Bearer {self._token}", **headers}
        url = f"{at or self.url}{path}"
        if isinstance(body, bytes):
            answer = session.request(verb, url, data=body, headers=given, timeout=45)
        else:
            answer = session.request(verb, url, json=body, headers=given, timeout=45)
        found: requests.Response = answer
        return found

    def one(self, verb: str, path: str, body: Any = None) -> dict[str, Any]:
        """The only element of the result of a call that succeeds, at last."""
        answer = self.insist(verb, path, body)
        assert answer.ok, answer.text
        [found] = answer.json()["result"]
        result: dict[str, Any] = found
        return result

    def insist(self, verb: str, path: str, body: Any = None, **headers: str) -> requests.Response:
        """
        What a good client does: it comes again, with the same Idempotency-Key, after a 503, a 429
        or no answer, until it has one. Nothing else than these may ever be answered.
        """
        headers = {"Idempotency-Key": secrets.token_hex(16), **headers}
        patience = time.monotonic() + SETTLED_WITHIN_SECONDS
        while True:
            with suppress(requests.ConnectionError, requests.Timeout):
                answer = self.call(verb, path, body, **headers)
                # A balancer says 502, 503 and 504 of a node that died; the server itself 503 alone.
                if answer.status_code not in (409, 429, 502, 503, 504):
                    return answer
            assert time.monotonic() < patience, "it does not recover"
            time.sleep(0.1)

    def sign_in(self) -> None:
        """Ada has a token, an issuer and a badge class."""
        self.house.run("user", "add", EMAIL, "--password-file", "-", given=PASSWORD)
        answer = requests.post(
            f"{self.url}/o/token", data={"username": EMAIL, "password": PASSWORD}, timeout=30
        )
        self._token = answer.json()["access_token"]

    def badgeclass(self) -> str:
        """The name of a new badge class of a new issuer."""
        issuer = self.one(
            "POST",
            "/v2/issuers",
            {
                "name": "Harbor Learning",
                "url": "https://harbor.example.org",
                "email": EMAIL,
                "description": "Night school for sailors",
            },
        )
        made = self.one("POST", f"/v2/issuers/{issuer['entityId']}/badgeclasses", KNOTS)
        return str(made["entityId"])

    def award(self, badge: str, to: str, *, notify: bool = False) -> str:
        """The name of a new award."""
        wish = {"recipient": {"identity": to, "type": "email"}, "notify": notify}
        return str(self.one("POST", f"/v2/badgeclasses/{badge}/assertions", wish)["entityId"])

    def awards(self, badge: str) -> Counter[str]:
        """How many awards of the badge class each address has, as the server tells."""
        found: Counter[str] = Counter()
        path = f"/v2/badgeclasses/{badge}/assertions?num=500"
        while path:
            answer = self.insist("GET", path)
            for award in answer.json()["result"]:
                found[award["recipient"]["plaintextIdentity"]] += 1
            following = answer.links.get("next", {}).get("url", "")
            path = following.removeprefix(self.house.settings["ROSETTE_PUBLIC_URL"])
        return found

    def sent_to(self, address: str) -> list[Any]:
        """The mails that the mail server has said yes to."""
        return [
            mailserver.parsed(content)
            for _, to, content in list(self.mail.envelopes)
            if to == [f"<{address}>"]
        ]

    def mailed(self) -> Counter[str]:
        """How many mails the mail server has said yes to, by address."""
        return Counter(to[0][1:-1] for _, to, _ in list(self.mail.envelopes) if len(to) == 1)

    @contextmanager
    def load(self, badge: str, clients: int = 4, *, notify: bool = False) -> Iterator["Load"]:
        """Clients that award as fast as they are answered, until the block ends."""
        load = Load(self, badge, notify=notify)
        threads = [threading.Thread(target=load.run, args=(n,)) for n in range(clients)]
        for thread in threads:
            thread.start()
        try:
            yield load
        finally:
            load.over.set()
            for thread in threads:
                thread.join()
        assert not load.wrong, load.wrong

    def stop(self) -> None:
        """All parts."""
        for part in (*self.webs, *self.workers):
            part.kill()


KNOTS = {
    "name": "Knot Tying",
    "description": "Ties knots",
    "image": PNG,
    "criteriaNarrative": "Tie **ten** knots",
}


class Load:
    """Awards, each to somebody else; ``acknowledged`` are those that the server said yes to."""

    def __init__(self, site: Site, badge: str, *, notify: bool) -> None:
        self._site = site
        self._badge = badge
        self._notify = notify
        self.over = threading.Event()
        self.acknowledged: dict[str, str] = {}
        self.wrong: list[str] = []

    def run(self, client: int) -> None:
        """One client."""
        number = 0
        while not self.over.is_set():
            number += 1
            to = f"c{client}-{number}-{secrets.token_hex(3)}@example.org"
            try:
                self.acknowledged[to] = self._site.award(self._badge, to, notify=self._notify)
            except Exception as error:
                self.wrong.append(f"{type(error).__name__}: {error}"[:500])
                return

    def wait(self, more: int = 20) -> None:
        """Until so many more awards are acknowledged."""
        wanted = len(self.acknowledged) + more
        until(lambda: len(self.acknowledged) >= wanted or bool(self.wrong))
        assert not self.wrong, self.wrong

    def judge(self) -> str:
        """Each acknowledged award exists exactly once, and no other; in words."""
        assert self._site.awards(self._badge) == Counter(dict.fromkeys(self.acknowledged, 1))
        return f"{len(self.acknowledged)} awards acknowledged, each there once"


def until(holds: Callable[[], bool], seconds: float = SETTLED_WITHIN_SECONDS) -> float:
    """Wait until it holds; how many seconds that took."""
    began = time.monotonic()
    while not holds():
        assert time.monotonic() - began < seconds, "it does not recover"
        time.sleep(0.05)
    return time.monotonic() - began


@contextmanager
def small(folder: Path) -> Iterator[Site]:
    """SQLite, a node of four processes and a worker, and a clock for the node that can be set."""
    port = free_port()
    clock = folder / "clock"
    clock.write_text("+0")
    with ExitStack() as stack:
        mail = stack.enter_context(mailserver.running())
        url = f"http://127.0.0.1:{port}"
        house = _house(
            folder / "data",
            url,
            mail,
            ROSETTE_PORT=str(port),
            ROSETTE_WEB_WORKERS="4",
            **prepared_database(folder / "data", "small"),
        )
        house.done("init")
        # The web node goes by that clock; the worker by the machine's, which libfaketime would
        # keep from sleeping.
        web = Part("serve", house.environment | _with_clock(clock), folder / "web.log")
        worker = Part("work", house.environment, folder / "worker.log")
        site = Site(url, house, [web], [worker], mail, house.environment, clock=clock)
        stack.callback(site.stop)
        _start(site)
        yield site


@contextmanager
def large(folder: Path) -> Iterator[Site]:
    """PostgreSQL, Redis, S3, two nodes behind a balancer, and two workers."""
    with ExitStack() as stack:
        mail = stack.enter_context(mailserver.running())
        database = Cluster()
        stack.callback(database.remove)
        bucket = stack.enter_context(Bucket().running())
        door = stack.enter_context(balancer([bucket.port]))
        redis_port = free_port()
        cache = stack.enter_context(ExitStack())
        address = cache.enter_context(redis(redis_port))
        ports = [free_port(), free_port()]
        front = stack.enter_context(balancer(ports, checked="/health"))
        url = f"http://127.0.0.1:{front.port}"
        shared = {
            "ROSETTE_DATABASE_URL": database.at.url("rosette"),
            "ROSETTE_CACHE_URL": address,
            "ROSETTE_STORAGE_URL": f"s3+http://key:secret@127.0.0.1:{door.port}/badges/site",
            "ROSETTE_SECRET_KEY": "the same on every node",
            "ROSETTE_MASTER_KEY": "the same on every node, and long enough",
            "ROSETTE_WEB_WORKERS": "1",
            "ROSETTE_TRUSTED_PROXIES": "1",
        }
        houses = [
            _house(folder / f"node{port}", url, mail, ROSETTE_PORT=str(port), **shared)
            for port in ports
        ]
        houses[0].done("init")
        site = Site(
            url,
            houses[0],
            [Part("serve", house.environment, folder / "web.log") for house in houses],
            [Part("work", house.environment, folder / "worker.log") for house in houses],
            mail,
            houses[0].environment,
            database,
            door,
            bucket,
            redis_port=redis_port,
            redis_off=cache.close,
        )
        stack.callback(site.stop)
        _start(site)
        yield site


def _house(folder: Path, url: str, mail: mailserver.MailServer, **settings: str) -> House:
    return House(
        folder,
        ROSETTE_PUBLIC_URL=url,
        ROSETTE_EMAIL_URL=f"smtp://127.0.0.1:{mail.port}",
        ROSETTE_EMAIL_TIMEOUT_SECONDS="2",
        ROSETTE_NOTIFY_ON_FIRST_AWARD="false",
        **settings,
    )


def _start(site: Site) -> None:
    for part in (*site.webs, *site.workers):
        part.start()
    for web in site.webs:
        web.wait()
    until(lambda: requests.get(f"{site.url}/health", timeout=5).status_code == 200)
    site.sign_in()


def _with_clock(clock: Path) -> dict[str, str]:
    """The variables under which a process goes by this file's clock; none without libfaketime."""
    library = "*/faketime/libfaketimeMT.so.1"
    if not any(Path("/usr/lib").glob(library)):
        install("libfaketime")
    found = sorted(Path("/usr/lib").glob(library))
    if not found:
        return {}
    return {
        "LD_PRELOAD": str(found[-1]),
        "FAKETIME_TIMESTAMP_FILE": str(clock),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }
