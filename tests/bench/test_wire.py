"""The bare client against bytes as servers send them."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from socket import create_server

import pytest
from benchmarks.wire import Address, Line


@contextmanager
def answering(*answers: bytes) -> Iterator[tuple[Address, list[bytes]]]:
    """A server that gives these answers, a connection for each, and what it was asked."""
    asked: list[bytes] = []
    with create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            for answer in answers:
                line, _ = server.accept()
                with line:
                    asked.append(line.recv(1 << 16))
                    line.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        yield Address("127.0.0.1", server.getsockname()[1]), asked
        thread.join(10)


def test_a_body_is_as_long_as_it_says():
    with answering(b'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nETag: "a"\r\n\r\nhello') as (
        to,
        asked,
    ):
        reply = to.ask(to.request("GET", "/x"))

    assert (reply.status, reply.body, reply.headers[b"etag"]) == (200, b"hello", b'"a"')
    assert asked == [
        f"GET /x HTTP/1.1\r\nHost: 127.0.0.1:{to.port}\r\n".encode()
        + b"User-Agent: benchmark\r\nAccept: application/json\r\n\r\n"
    ]


def test_a_body_may_come_in_pieces():
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    pieces = b"7\r\n0\r\n\r\nhe\r\n3;x=y\r\nllo\r\n0\r\n\r\n"  # the first looks like the end
    with answering(head + pieces) as (to, _):
        assert to.ask(to.request("GET", "/")).body == b"0\r\n\r\nhello"


def test_a_body_may_end_with_the_connection():
    with answering(b"HTTP/1.0 200 OK\r\n\r\nhello") as (to, _):
        assert to.ask(to.request("GET", "/")).body == b"hello"


def test_no_body_follows_where_there_is_none():
    with answering(b'HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\nETag: "a"\r\n\r\n') as (
        to,
        _,
    ):
        assert to.ask(to.request("GET", "/"))[::2] == (304, b"")


def test_a_connection_that_the_server_ends_is_made_again():
    last = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\n"
    with answering(last + b"a", last + b"b") as (to, _), Line(to) as line:
        sent = to.request("GET", "/")
        assert [line.exchange(sent).body, line.exchange(sent).body] == [b"a", b"b"]


def test_a_server_that_breaks_off_is_an_error():
    half = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe"
    with answering(half) as (to, _), pytest.raises(ConnectionError):
        to.ask(to.request("GET", "/"))


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("http://localhost", Address("localhost", 80)),
        ("https://badges.example.org/app/", Address("badges.example.org", 443, True, "/app")),
        ("http://localhost:8000/", Address("localhost", 8000)),
    ],
)
def test_an_address_is_read_from_a_url(url: str, address: Address):
    assert Address.of(url) == address


def test_the_base_stands_before_every_path_and_a_usual_port_is_not_named():
    sent = Address.of("https://badges.example.org/app").request("POST", "/v2/x", body=b"{}")

    assert sent.startswith(b"POST /app/v2/x HTTP/1.1\r\nHost: badges.example.org\r\n")
    assert sent.endswith(b"Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}")


def test_other_urls_are_refused():
    with pytest.raises(ValueError, match="no http or https address"):
        Address.of("ftp://localhost")
