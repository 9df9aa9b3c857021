"""
What every answer of the server says beside its content: to whom cookies are given, what pages may
do, whose forms are taken, and whose word about the host counts.

All addresses are asked, those of ``tests.test_queries``, in the world of ``tests.world``.
"""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from tests import factories
from tests.calls import Call, body_of
from tests.environment import ORIGIN
from tests.test_queries import ROWS
from tests.world import PASSWORD, World, standing, undone

EVIL = "evil.example"
READS = [call for call in ROWS if call.verb in ("GET", "PAGE")]
# Pages for people who sign in have a session, scripts of our own, and forms that count.
_SESSIONS = re.compile(
    r"/($|language|design|auth/|login|signup|setup|goodbye|account|manage|staff|issuers|badges/"
    r"|awards/|invitations/|backpack|collections|claim/|c/|developers)"
)

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def harbor(django_db_setup, django_db_blocker) -> Iterator[World]:
    with standing(django_db_blocker) as made:
        yield made


def asked(call: Call, harbor: World, client: Client | None = None, **more: str) -> Any:
    """The answer to Ada, by a browser if it is a page."""
    named = {**harbor.named, "me": "ada@example.org", "mine": harbor.people["ada"].entity_id}
    kind = "text/html" if call.verb == "PAGE" or call.is_page else "application/json"
    headers = {"Accept": kind, **more}
    if call.endpoint and call.endpoint.scopes and "Cookie" not in more:
        headers |= factories.bearer(harbor.people["ada"])
    body = None if call.is_read else body_of(call, named)
    answer = call.made(client or Client(), named, headers, body)
    answer.said = answer.getvalue()  # of a file, which is closed by this, too
    return answer


def page_answers(harbor: World) -> Iterator[tuple[Call, Any]]:
    for call in READS:
        with undone():
            answer = asked(Call("PAGE", call.path), harbor)
            if answer.said and answer.headers.get("Content-Type", "").startswith("text/html"):
                yield call, answer


def test_no_api_and_no_public_page_gives_anybody_a_cookie(harbor):
    given = []
    for call in ROWS:
        if not _SESSIONS.match(call.path):
            with undone():
                if asked(call, harbor).cookies:
                    given.append(str(call))

    assert given == []


def test_every_page_may_run_nothing_and_say_nothing_elsewhere(harbor):
    seen = 0
    for call, answer in page_answers(harbor):
        seen += 1
        policy = answer.headers.get("Content-Security-Policy", "")
        rules = dict(rule.split(maxsplit=1) for rule in policy.split("; ") if " " in rule)
        assert rules.get("default-src") == "'none'", call
        assert rules.get("base-uri") == "'none'", call
        runs_ours = _SESSIONS.match(call.path) or call.path == "/verify"  # its camera
        ours = {"'self'"} if runs_ours else set()
        assert {rules[name] for name in ("script-src", "connect-src") if name in rules} <= ours, (
            call
        )
        assert "object-src" not in rules, call
        assert "unsafe" not in policy, call
        assert answer.headers.get("X-Content-Type-Options") == "nosniff", call
        assert answer.headers.get("Strict-Transport-Security") == "max-age=31536000", call
    assert seen > 15


def test_pages_with_forms_are_in_nobodys_frame(harbor):
    for call, answer in page_answers(harbor):
        if b"<form" in answer.said and _SESSIONS.match(call.path):
            assert "frame-ancestors 'none'" in answer["Content-Security-Policy"], call


def test_what_is_for_one_caller_is_kept_by_no_cache(harbor):
    for call in READS:
        if call.endpoint and call.endpoint.scopes:
            with undone():
                answer = asked(call, harbor)
                kept = answer.headers.get("Cache-Control", "")
                assert "no-store" in kept or "private" in kept, call


def test_a_cookie_is_no_token(harbor):
    browser = Client()
    browser.force_login(harbor.people["ada"])
    cookie = f"__Host-rosette_session={browser.cookies['__Host-rosette_session'].value}"
    for call in ROWS:
        if call.endpoint and call.endpoint.scopes:
            with undone():
                answer = asked(call, harbor, Cookie=cookie)
                shared = answer.status_code in (200, 302) and "/share/" in call.path
                assert answer.status_code == 401 or shared, (call, answer.status_code)


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/auth/login", {"step": "sign-in", "username": "ada@example.org", "password": PASSWORD}),
        ("/auth/login", {"step": "sign-out"}),
        ("/auth/oauth2/authorize?client_id=harbor-portal&scope=r:profile", {"step": "allow"}),
    ],
)
@pytest.mark.parametrize("origin", [None, f"https://{EVIL}", ORIGIN])
def test_a_form_that_another_site_sends_is_not_taken(harbor, path, form, origin):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(harbor.people["ada"])
    before = browser.cookies["__Host-rosette_session"].value

    answer = browser.post(path, form, headers={"Origin": origin} if origin else {})

    assert answer.status_code == 403
    assert browser.cookies["__Host-rosette_session"].value == before


def test_nothing_is_made_of_the_host_that_a_caller_names(harbor):
    for call in READS:
        with undone():
            answer = asked(
                call,
                harbor,
                **{"Host": EVIL, "X-Forwarded-Host": EVIL, "Forwarded": f"host={EVIL}"},
            )
            said = answer.said + repr(sorted(answer.headers.items())).encode()
            assert EVIL.encode() not in said, call


def test_other_sites_scripts_read_answers_but_send_no_cookie(harbor):
    for path in ("/v2/users/self", "/public/assertions/:award", "/auth/login"):
        answer = asked(Call("GET", path), harbor, Origin=f"https://{EVIL}")
        assert answer.headers.get("Access-Control-Allow-Credentials") is None
        assert answer.headers.get("Access-Control-Allow-Origin") in ("*", None)
