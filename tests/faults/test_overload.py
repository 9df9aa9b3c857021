"""More than a server can do: who is told what, and how fast."""

import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, suppress

import pytest
import requests

from tests.environment import DATABASE
from tests.faults.conftest import SECONDS, Told
from tests.faults.parts import Part
from tests.faults.site import EMAIL, PASSWORD
from tests.house import begun
from tests.services import Unavailable, free_port, redis

pytestmark = [
    pytest.mark.served,
    pytest.mark.skipif(DATABASE != "sqlite", reason="the database has no part in it"),
]

QUEUE, QUEUE_SECONDS, BODY_SECONDS, RATE = 8, 2, 3, 20
BUSY = {
    "status": {"success": False, "description": "service unavailable"},
    "result": [],
    "fieldErrors": {},
    "validationErrors": ["The server is busy. Please try again."],
}


class Doors:
    """Three nodes: a small one, and two that count requests together."""

    def __init__(self, small: Part, counting: list[Part], tokens: list[str]) -> None:
        self.small = small
        self.counting = counting
        self.tokens = tokens


@pytest.fixture(scope="module")
def doors(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Doors]:
    folder = tmp_path_factory.mktemp("doors")
    with ExitStack() as stack:
        try:
            cache = stack.enter_context(redis())
        except Unavailable as why:
            pytest.skip(str(why))
        house = begun(
            folder / "data",
            ROSETTE_WEB_WORKERS="1",
            ROSETTE_WEB_THREADS="2",
            ROSETTE_WEB_QUEUE=str(QUEUE),
            ROSETTE_WEB_QUEUE_SECONDS=str(QUEUE_SECONDS),
            ROSETTE_WEB_BODY_SECONDS=str(BODY_SECONDS),
        )
        house.run("user", "add", EMAIL, "--password-file", "-", given=PASSWORD)
        counted = {"ROSETTE_RATE_PER_TOKEN": str(RATE), "ROSETTE_CACHE_URL": cache}
        parts = [
            Part(
                "serve",
                house.environment | {"ROSETTE_PORT": str(free_port())} | settings,
                folder / "log",
            )
            for settings in ({}, counted, counted)
        ]
        for part in parts:
            part.start()
            stack.callback(part.kill)
        for part in parts:
            part.wait()
        tokens = [
            requests.post(
                f"{parts[0].url}/o/token",
                data={"username": EMAIL, "password": PASSWORD},
                timeout=30,
            ).json()["access_token"]
            for _ in range(2)
        ]
        yield Doors(parts[0], parts[1:], tokens)


def flood(url: str, tokens: list[str], clients: int, over: threading.Event) -> "Flood":
    """So many clients ask without a pause until it is over."""
    made = Flood()

    def ask(client: int) -> None:
        headers = {"Authorization": f"Bearer {tokens[client % len(tokens)]}"}
        with requests.Session() as session:
            session.trust_env = False
            while not over.is_set():
                began = time.monotonic()
                answer = session.get(f"{url}/v2/users/self", headers=headers, timeout=30)
                made.took.append((answer.status_code, time.monotonic() - began))
                made.answers.setdefault(answer.status_code, answer)

    made.threads = [threading.Thread(target=ask, args=(n,)) for n in range(clients)]
    for thread in made.threads:
        thread.start()
    return made


class Flood:
    """What the clients were answered, and how long each answer took in seconds."""

    def __init__(self) -> None:
        self.took: list[tuple[int, float]] = []
        self.answers: dict[int, requests.Response] = {}
        self.threads: list[threading.Thread] = []


def test_past_capacity_the_server_says_so_at_once(doors: Doors, told: Told):
    over = threading.Event()
    strangers = [f"nobody{number}" for number in range(40)]
    flooding = flood(doors.small.url, strangers, 40, over)
    time.sleep(SECONDS)
    well = requests.get(f"{doors.small.url}/health", timeout=5).status_code
    over.set()
    for thread in flooding.threads:
        thread.join()

    counts = Counter(status for status, _ in flooding.took)
    assert set(counts) == {401, 503}
    refusal = flooding.answers[503]
    assert (refusal.json(), refusal.headers["Retry-After"]) == (BUSY, "1")
    assert well == 200
    slowest = max(took for _, took in flooding.took)
    assert slowest < QUEUE_SECONDS + 3
    told(
        "40 clients at a node with 2 threads",
        f"{counts[401]} answers and {counts[503]} times 503 with Retry-After; the slowest of all "
        f"took {slowest:.1f} s",
    )


def test_one_client_does_not_starve_another(doors: Doors, told: Told):
    over = threading.Event()
    greedy, modest = doors.tokens
    flooding = flood(doors.small.url, [greedy], 40, over)
    time.sleep(0.5)
    took = []
    for _ in range(20):
        began = time.monotonic()
        answer = requests.get(
            f"{doors.small.url}/v2/users/self",
            headers={"Authorization": f"Bearer {modest}"},
            timeout=30,
        )
        assert answer.status_code == 200, answer.text
        took.append(time.monotonic() - began)
    over.set()
    for thread in flooding.threads:
        thread.join()

    assert set(flooding.answers) == {200, 429}
    assert flooding.answers[429].headers["Retry-After"] == "1"
    assert max(took) < QUEUE_SECONDS
    told(
        "40 connections of one token, and a client with another one",
        f"the first is told 429; the other is answered each time, in {max(took):.1f} s at most",
    )


def connect(url: str, begun: bytes) -> socket.socket:
    """A connection by which this much of a request was sent."""
    port = int(url.rpartition(":")[2])
    made = socket.create_connection(("127.0.0.1", port), 10)
    made.sendall(begun)
    return made


def is_closed(connection: socket.socket) -> bool:
    connection.settimeout(0.01)
    try:
        while connection.recv(4096):
            pass
    except TimeoutError:
        return False
    except OSError:
        return True
    return True


def test_slow_clients_are_cut_and_hold_nobody_up(doors: Doors, told: Told):
    head = b"POST /v2/issuers HTTP/1.1\r\nHost: rosette\r\nContent-Length: 5000\r\n\r\n{"
    slow = [connect(doors.small.url, head) for _ in range(3)]
    headless = connect(doors.counting[0].url, b"GET / HTTP/1.1\r\nHo")
    began = time.monotonic()
    slowest = 0.0
    closed: dict[socket.socket, float] = {}
    while len(closed) < 4 and time.monotonic() - began < 25:
        for connection in {*slow, headless} - closed.keys():
            if is_closed(connection):
                closed[connection] = time.monotonic() - began
        for connection in set(slow) - closed.keys():
            with suppress(OSError):
                connection.sendall(b" ")
        asked = time.monotonic()
        answer = requests.get(f"{doors.small.url}/v2/users/self", timeout=30)
        slowest = max(slowest, time.monotonic() - asked)
        assert answer.status_code == 401
        time.sleep(0.2)
    for connection in (*slow, headless):
        connection.close()

    assert len(closed) == 4, closed
    assert max(closed[connection] for connection in slow) < BODY_SECONDS + 5
    assert slowest < 2
    told(
        "clients who send a byte now and then",
        f"hung up on after {max(closed.values()):.0f} s; others are answered meanwhile, in "
        f"{slowest:.1f} s at most",
    )


def test_a_huge_body_is_refused_before_it_is_sent(doors: Doors, told: Told):
    head = b"POST /v2/issuers HTTP/1.1\r\nHost: rosette\r\nContent-Length: 5000000000\r\n\r\n"
    began = time.monotonic()
    connection = connect(doors.small.url, head)
    answer = connection.recv(4096)
    took = time.monotonic() - began
    connection.close()

    assert answer.startswith(b"HTTP/1.1 413 "), answer
    assert took < 2
    told("a body of five gigabytes", f"413 after {took:.1f} s, before any of it is read")


def test_a_body_that_breaks_off_is_no_shorter_body(doors: Doors):
    token = doors.tokens[0]
    badge = "POST /v2/badgeclasses/none/issue?async=1 HTTP/1.1\r\nHost: rosette\r\n"
    head = f"{badge}Authorization: Bearer {token}\r\nContent-Type: text/csv\r\n"
    connection = connect(
        doors.small.url, f"{head}Content-Length: 500\r\n\r\nemail\nbob@example.org\n".encode()
    )
    connection.shutdown(socket.SHUT_WR)
    answer = connection.recv(4096)
    connection.close()

    assert not answer.startswith(b"HTTP/1.1 2"), answer


def test_nodes_count_the_requests_of_a_token_together_and_tell(doors: Doors, told: Told):
    first, other = doors.tokens
    answers = []
    for number in range(2 * RATE + 2):  # within two minutes of the clock at most
        door = doors.counting[number % 2]
        answers.append(
            requests.get(
                f"{door.url}/v2/users/self",
                headers={"Authorization": f"Bearer {first}"},
                timeout=30,
            )
        )
        if answers[-1].status_code == 429:
            break

    assert {answer.status_code for answer in answers[:-1]} == {200}
    last = answers[-1]
    assert last.status_code == 429
    wait = int(last.headers["Retry-After"])
    assert 0 < wait <= 60
    assert last.headers["RateLimit"] == f'"token";r=0;t={wait}'
    assert last.headers["RateLimit-Policy"] == f'"token";q={RATE};w=60'
    assert answers[0].headers["RateLimit"].startswith('"token";r=')
    same = requests.get(
        f"{doors.counting[0].url}/v2/users/self",
        headers={"Authorization": f"Bearer {other}"},
        timeout=30,
    )
    assert same.status_code == 200
    told(
        f"more than {RATE} requests a minute by one token, at two nodes",
        f"429 after {len(answers) - 1}, with RateLimit headers; another token is not touched",
    )
