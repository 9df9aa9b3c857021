"""The prompt answers are those of the views, byte for byte, and they are given."""

import io
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from rosette import wsgi
from rosette.models import Assertion, Issuer
from rosette.public import express
from tests import published
from tests.published import AWARD, HARBOR, KNOTS

# Requests end connections that they find in the middle of a transaction.
pytestmark = pytest.mark.django_db(transaction=True)

PATHS = (
    f"/public/assertions/{AWARD}",
    f"/public/assertions/{AWARD}.json",
    f"/public/badges/{KNOTS}/",
    f"/public/issuers/{HARBOR}",
)
AGENTS = ("", "openbadges 1.1", "LinkedInBot/1.0")
ACCEPTS = (
    *(None, "*/*", "application/json", "application/ld+json", "text/html", "text/html,*/*;q=0.8"),
    *("application/vc+ld+json", "application/vc+jwt, application/json;q=0.5", "application/vc"),
    *("application/ld+json, application/json;q=0.5", "image/png", "application/*", ""),
    'application/ld+json; profile="https://w3id.org/openbadges/v2"',
)


@pytest.fixture(autouse=True)
def award() -> Assertion:
    return published.award()


def environ(path: str, method: str = "GET", query: str = "", **headers: str) -> dict[str, Any]:
    return {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "SCRIPT_NAME": "",
        "SERVER_NAME": "badges.example.org",
        "SERVER_PORT": "443",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.input": io.BytesIO(),
        "wsgi.url_scheme": "https",
        **headers,
    }


def by_view(asked: dict[str, Any]) -> tuple[str, dict[str, str], bytes]:
    """The answer of the whole of Django."""
    told: list[Any] = []
    response = WSGIHandler()(asked, lambda status, headers: told.extend((status, headers)))
    body = b"".join(response)
    response.close()
    headers = dict(told[1])
    del headers["X-Request-ID"]  # of prompt answers, only who sends one gets it back
    return told[0], headers, body


def prompt(asked: dict[str, Any]) -> tuple[str, dict[str, str], bytes] | None:
    answer = express.answered(asked)
    return answer and (answer.status, dict(answer.headers), answer.body)


def test_a_prompt_answer_is_that_of_the_view():
    for path, accept, agent in product(PATHS, ACCEPTS, AGENTS):
        asked = environ(path, HTTP_USER_AGENT=agent)
        if accept is not None:
            asked["HTTP_ACCEPT"] = accept
        given = prompt(asked)

        assert given in (None, by_view(asked))
        if accept in (None, "*/*", "application/ld+json", "application/json") and not agent:
            assert given is not None


def test_who_has_the_document_is_told_so_promptly():
    for path in PATHS:
        _, headers, _ = by_view(environ(path))
        asked = environ(path, HTTP_IF_NONE_MATCH=headers["ETag"])
        given = prompt(asked)

        assert given is not None
        assert given[0] == "304 Not Modified"
        assert given == by_view(asked)


@pytest.mark.parametrize(
    "asked",
    [
        environ(PATHS[0], "HEAD"),
        environ(PATHS[0], "POST"),
        environ(PATHS[0], query="v=1_1"),
        environ(PATHS[0], query="expand=badge"),
        environ(PATHS[0], HTTP_ORIGIN="https://verifier.example.org"),
        environ(PATHS[0], HTTP_IF_NONE_MATCH="*"),
        environ(PATHS[0], HTTP_IF_NONE_MATCH='W/"a"'),
        environ(PATHS[0], HTTP_IF_NONE_MATCH='"a", "b"'),
        environ(PATHS[0], HTTP_IF_MODIFIED_SINCE="Wed, 25 Nov 2026 21:45:19 GMT"),
        environ("/public/assertions/unknown"),
        environ("/public/assertions/unknown\xc3\xa9"),
        environ(f"{PATHS[0]}/image"),
        environ("/public/collections/x"),
        environ("/"),
    ],
)
def test_whatever_is_out_of_the_ordinary_is_left_to_the_views(asked: dict[str, Any]):
    assert express.answered(asked) is None


@pytest.mark.parametrize(
    "change",
    [
        {"revoked_at": timezone.now(), "revocation_reason": "Issued in error"},
        {"expires_on": timezone.now() - timedelta(days=1)},
        {"updated_at": timezone.now() + timedelta(seconds=30)},
        {"recipient_hashed": False},
        {"source_url": "https://elsewhere.example.org/a/1"},
        {"visibility": "private"},
    ],
)
def test_the_state_of_an_award_makes_no_difference(change: dict[str, Any]):
    Assertion.objects.update(**change)
    asked = environ(PATHS[0])

    assert prompt(asked) in (None, by_view(asked))
    assert (prompt(asked) is None) == bool({"source_url", "visibility"} & change.keys())


def test_an_award_that_is_seen_by_link_alone_is_left_to_the_views():
    Assertion.objects.update(visibility="link", share_hash="0" * 32)
    assert express.answered(environ(f"/public/assertions/{'0' * 32}")) is None


def test_a_change_is_seen_at_once():
    before = prompt(environ(PATHS[3]))
    Issuer.objects.update(name="Harbor School", updated_at=timezone.now())
    after = prompt(environ(PATHS[3]))

    assert before
    assert after
    assert before[1]["ETag"] != after[1]["ETag"]
    assert b"Harbor School" in after[2]


def test_the_door_asks_here_first(monkeypatch: pytest.MonkeyPatch):
    def closed(*_: object) -> Any:
        raise AssertionError("left to Django")

    monkeypatch.setattr(wsgi, "_django", closed)
    told: list[Any] = []
    body = wsgi.answered(environ(PATHS[0]), lambda status, headers: told.append(status))

    assert told == ["200 OK"]
    assert AWARD.encode() in b"".join(body)


def test_one_question_is_asked_of_the_database():
    for path in PATHS:
        with CaptureQueriesContext(connection) as queries:
            given = prompt(environ(path))
            assert given
            assert prompt(environ(path, HTTP_IF_NONE_MATCH=given[1]["ETag"]))

        assert len(queries) == 2


def test_who_has_another_form_of_the_document_gets_this_one():
    for path in PATHS:
        asked = environ(path, HTTP_IF_NONE_MATCH='"0123456789abcdef"')
        given = prompt(asked)

        assert given is not None
        assert given[0] == "200 OK"
        assert given == by_view(asked)
