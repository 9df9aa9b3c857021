"""Load on a server of the test's own, and what goes wrong there."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from benchmarks.load import Clients, Load, WrongAnswer
from benchmarks.wire import Address


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    asked: list[str] = []

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.send_response(404 if self.path == "/wrong" else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def address() -> Iterator[Address]:
    Handler.asked.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield Address("127.0.0.1", server.server_address[1])
        server.shutdown()
        thread.join(10)


def load(address: Address, *paths: str, once: bool = False, warming: int = 0) -> Load:
    return Load([[address.request("GET", path)] for path in paths], 200, 2, once, warming)


def test_each_client_does_at_most_so_many_after_warming(address: Address):
    with Clients(2) as clients:
        sample = clients.measure(
            address,
            load(address, "/a", "/b", warming=1),
            seconds=60,
            at_most=3,
            server=None,
            database=None,
        )

    assert (sample.count, sorted(Handler.asked)) == (6, ["/a"] * 4 + ["/b"] * 4)


def test_what_can_be_done_once_is_done_once_and_shared_out(address: Address):
    with Clients(2) as clients:
        sample = clients.measure(
            address,
            load(address, "/1", "/2", "/3", "/4", "/5", "/6", once=True, warming=1),
            seconds=60,
            at_most=100,
            server=None,
            database=None,
        )

    assert (sample.count, sorted(Handler.asked)) == (4, ["/1", "/2", "/3", "/4", "/5", "/6"])


@pytest.mark.parametrize("warming", [0, 1])
def test_a_wrong_answer_is_told_and_the_next_measurement_goes_well(address: Address, warming: int):
    with Clients(2) as clients:
        for paths in (["/wrong", "/right"], ["/right", "/right"]):
            wanted = load(address, *paths, warming=warming)
            try:
                sample = clients.measure(
                    address, wanted, seconds=60, at_most=2, server=None, database=None
                )
            except WrongAnswer as wrong:
                assert "404 to b'GET /wrong" in str(wrong)
                assert "/wrong" in paths
            else:
                assert ("/wrong" in paths, sample.count) == (False, 4)
