"""Answers of other servers, kept as long as they allow it: against real servers on 127.0.0.1."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
from django.core.cache import caches

from rosette import keeping
from rosette.fetching import FetchFailed, FetchRefused
from tests.test_fetching import Answer, Server, answer, redirect, running

LIMITS: dict[str, Any] = {
    "accept": "application/json",
    "max_bytes": 1000,
    "timeout_seconds": 5,
    "allow_loopback": True,
}
ETAG = '"one"'
LONG_AGO = "Sat, 01 Jan 2000 00:00:00 GMT"
SOME_DAY = "Wed, 01 Jan 2098 00:00:00 GMT"


@pytest.fixture
def server() -> Iterator[Server]:
    caches["fetched"].clear()
    with running(Server({})) as server:
        yield server
    caches["fetched"].clear()


@pytest.mark.parametrize(
    "headers",
    [
        {"Cache_Control": "max-age=60"},
        {"Cache_Control": "public, MAX-AGE=60"},
        {"Cache_Control": 'max-age="60"'},
        {"Cache_Control": "max-age=0, s-maxage=60"},
        {"Cache_Control": "max-age=60", "Age": "59"},
        {"Expires": SOME_DAY},
        {"Cache_Control": "max-age=60", "Expires": LONG_AGO},
        {"Cache_Control": "max-age=99999999999999999999"},
    ],
)
def test_a_fresh_answer_is_handed_out_again_unasked(server, headers):
    server.answers["/"] = answer(200, b"first", **headers)

    first, second = (keeping.fetch(server.url(), **LIMITS) for _ in range(2))

    assert first == second
    assert [path for path, _ in server.asked] == ["/"]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Cache_Control": "no-store, max-age=60"},
        {"Cache_Control": "private, max-age=60"},
        {"Cache_Control": "no-cache, max-age=60"},
        {"Cache_Control": "max-age=0"},
        {"Cache_Control": "max-age=-60"},
        {"Cache_Control": "max-age=soon"},
        {"Cache_Control": "s-maxage=0, max-age=60"},
        {"Cache_Control": "max-age=60", "Age": "60"},
        {"Cache_Control": "max-age=60", "Vary": "*"},
        {"Expires": LONG_AGO},
        {"Expires": "0"},
        {"Expires": SOME_DAY, "Date": SOME_DAY},
    ],
)
def test_any_other_answer_is_asked_for_each_time(server, headers):
    server.answers["/"] = answer(200, b"first", **headers)
    assert keeping.fetch(server.url(), **LIMITS).content == b"first"

    server.answers["/"] = answer(200, b"second", **headers)

    assert keeping.fetch(server.url(), **LIMITS).content == b"second"


@pytest.mark.parametrize("status", [204, 301, 404, 410, 500])
def test_what_is_not_there_is_not_kept(server, status):
    server.answers["/"] = answer(status, b"", Cache_Control="max-age=60")
    assert keeping.fetch(server.url(), **LIMITS).status == status

    server.answers["/"] = answer(200, b"here")
    assert keeping.fetch(server.url(), **LIMITS).content == b"here"


def _asked_about(
    name: str, value: str, *, body: bytes = b"first", not_modified: dict[str, str] | None = None
) -> Answer:
    """Answers 304 to who names the state that it is in."""
    asks = {"ETag": "If-None-Match", "Last-Modified": "If-Modified-Since"}[name]

    def send(handler: BaseHTTPRequestHandler) -> None:
        if handler.headers[asks] == value:
            answer(304, b"", **(not_modified or {}))(handler)
        else:
            answer(200, body, **{name.replace("-", "_"): value})(handler)

    return send


@pytest.mark.parametrize(("name", "value"), [("ETag", ETAG), ("Last-Modified", LONG_AGO)])
def test_a_stale_answer_is_asked_about_and_handed_out_if_nothing_changed(server, name, value):
    server.answers["/"] = _asked_about(name, value)

    contents = [keeping.fetch(server.url(), **LIMITS) for _ in range(3)]

    assert [(found.status, found.content) for found in contents] == [(200, b"first")] * 3
    asks = {"ETag": "If-None-Match", "Last-Modified": "If-Modified-Since"}[name]
    assert [headers.get(asks) for _, headers in server.asked] == [None, value, value]

    other = '"two"' if name == "ETag" else "Sun, 02 Jan 2000 00:00:00 GMT"
    server.answers["/"] = _asked_about(name, other, body=b"second")
    assert keeping.fetch(server.url(), **LIMITS).content == b"second"


def test_an_answer_that_did_not_change_may_become_fresh_again(server):
    fresh = {"Cache_Control": "max-age=60"}
    server.answers["/"] = _asked_about("ETag", ETAG, not_modified=fresh)

    for _ in range(4):
        assert keeping.fetch(server.url(), **LIMITS).content == b"first"

    assert len(server.asked) == 2


def test_what_came_by_a_redirect_is_fetched_anew_when_it_is_stale(server):
    server.answers["/old"] = redirect("/new")
    server.answers["/new"] = answer(200, b"first", ETag=ETAG)

    for _ in range(2):
        assert keeping.fetch(server.url("/old"), **LIMITS).content == b"first"

    assert [path for path, _ in server.asked] == ["/old", "/new"] * 2
    assert all("If-None-Match" not in headers for _, headers in server.asked)


def test_a_server_that_redirects_by_now_hands_on_no_validator(server):
    server.answers["/"] = answer(200, b"first", ETag=ETAG)
    server.answers["/new"] = answer(200, b"second")
    keeping.fetch(server.url(), **LIMITS)

    server.answers["/"] = redirect("/new")
    assert keeping.fetch(server.url(), **LIMITS).content == b"second"

    asked = [(path, headers.get("If-None-Match")) for path, headers in server.asked]
    assert asked == [("/", None), ("/", ETAG), ("/new", None)]


def test_what_was_asked_differently_is_another_answer(server):
    server.answers["/"] = answer(200, b"first", Cache_Control="max-age=60")
    keeping.fetch(server.url(), **LIMITS)

    keeping.fetch(server.url(), **LIMITS | {"accept": "text/html"})
    assert len(server.asked) == 2


def test_what_is_kept_for_development_is_for_nobody_else(server):
    server.answers["/"] = answer(200, b"first", Cache_Control="max-age=60")
    keeping.fetch(server.url(), **LIMITS)

    with pytest.raises(FetchRefused, match="not public"):
        keeping.fetch(server.url(), **LIMITS | {"allow_loopback": False})


def test_the_size_that_a_caller_takes_counts_for_what_is_kept_too(server):
    server.answers["/"] = answer(200, b"x" * 900, Cache_Control="max-age=60")
    keeping.fetch(server.url(), **LIMITS)

    with pytest.raises(FetchFailed, match="too large"):
        keeping.fetch(server.url(), **LIMITS | {"max_bytes": 899})


def test_what_is_large_is_not_kept(server):
    server.answers["/"] = answer(200, b"x" * 250_001, Cache_Control="max-age=60")

    for _ in range(2):
        keeping.fetch(server.url(), **LIMITS | {"max_bytes": 1_000_000})

    assert len(server.asked) == 2


def test_no_more_than_a_hundred_answers_are_kept(server):
    for n in range(150):
        server.answers[f"/{n}"] = answer(200, b"first", Cache_Control="max-age=60")
        keeping.fetch(server.url(f"/{n}"), **LIMITS)

    assert len(caches["fetched"]._cache) <= 100


def test_a_server_that_is_away_is_not_stood_in_for_by_what_is_stale(server):
    server.answers["/"] = answer(200, b"first", ETag=ETAG)
    keeping.fetch(server.url(), **LIMITS)

    server.answers["/"] = lambda handler: handler.wfile.write(b"")
    with pytest.raises(FetchFailed):
        keeping.fetch(server.url(), **LIMITS)
