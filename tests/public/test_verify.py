"""``/verify``: any badge of any issuer, for people, without account, cookie or need of script."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from rosette.models.assertions import published_assertion
from rosette.operations import baking, credentials
from tests import published
from tests.foreign import Academy, academy
from tests.openbadges.facts import png
from tests.public.test_pages import Page
from tests.published import AWARD, ORIGIN

pytestmark = pytest.mark.django_db

PATH = "/verify"
URL = f"{ORIGIN}/public/assertions/{AWARD}"
GOOD = "This badge is genuine and valid."


@pytest.fixture
def school(settings: Any) -> Iterator[Academy]:
    settings.ROSETTE = settings.ROSETTE.model_copy(update={"fetch_loopback": True})
    with academy() as there:
        yield there


def verdict(client: Client, status: int = 200, **sent: Any) -> Page:
    response = client.post(PATH, sent)
    assert response.status_code == status
    assert not response.cookies
    assert response["Cache-Control"] == "no-store"
    return Page(response.text)


def lines(shown: Page) -> list[str]:
    """The state of each line, in order."""
    states = ("passed", "failed", "unknown", "open")
    return [a["class"] or "" for tag, a in shown.tags if tag == "li" and a.get("class") in states]


def test_the_form_asks_for_no_cookie_and_no_account(client: Client) -> None:
    response = client.get(PATH)
    shown = Page(response.text)

    assert (response.status_code, dict(response.cookies)) == (200, {})
    assert "Check whether a badge is genuine" in shown.text
    assert ("post", "/verify") in [
        (a.get("method"), a.get("action")) for t, a in shown.tags if t == "form"
    ]
    assert [a["src"] for tag, a in shown.tags if tag == "script"] == ["/static/camera.js"]
    assert "style" not in {tag for tag, _ in shown.tags}


def test_a_link_to_one_of_ours_is_good(client: Client) -> None:
    published.award(expires_on=None)

    shown = verdict(client, text=URL)

    assert GOOD in shown.text
    assert "Knot Tying It says that it was issued by Harbor Learning." in shown.text
    assert lines(shown) == [*["passed"] * 5, "open"]
    assert "You did not ask whose it is." in shown.text
    assert URL in shown.all("a", "href")


@pytest.mark.parametrize("form", ["png", "document", "jwt", "signed"])
def test_a_file_in_any_form_is_good(client: Client, form: str) -> None:
    published.award(expires_on=None)
    row = published_assertion(AWARD)
    assert row is not None
    content = {
        "png": lambda: baking.baked(row),
        "document": lambda: json.dumps({"id": URL}).encode(),
        "jwt": lambda: credentials.signed(credentials.draft(row, "jwt")),
        "signed": lambda: credentials.signed(credentials.draft(row)),
    }[form]()

    shown = verdict(client, file=SimpleUploadedFile("badge", content))

    assert GOOD in shown.text
    assert lines(shown)[:5] == ["passed"] * 5


@pytest.mark.parametrize(
    ("whose", "state", "sentence"),
    [
        ("bob@example.org", "passed", GOOD),
        (" BOB@example.org ", "passed", GOOD),
        ("carol@example.org", "failed", "This badge is genuine, but it belongs to somebody else."),
        ("Bob Vale", "unknown", GOOD),
    ],
)
def test_whose_it_is_is_compared_and_not_repeated_in_an_address(
    client: Client, whose: str, state: str, sentence: str
) -> None:
    published.award(expires_on=None)

    shown = verdict(client, text=URL, whose=whose)

    assert sentence in shown.text
    assert lines(shown)[5] == state
    assert not [link for link in shown.all("a", "href") if whose.strip() in link]


@pytest.mark.parametrize(("whose", "state"), [("bob  vale", "passed"), ("Carol Vale", "failed")])
def test_a_name_is_compared_with_the_one_in_the_badge(
    client: Client, school: Academy, whose: str, state: str
) -> None:
    profile = {"extensions:recipientProfile": {"name": "Bob Vale"}}

    shown = verdict(client, text=school.award(**profile), whose=whose)

    assert lines(shown)[5] == state


def test_revoked_suspended_and_expired_each_say_so(client: Client) -> None:
    row = published.award(revoked_at=published.CHANGED, revocation_reason="Issued in error")
    assert "its issuer has taken it back." in verdict(client, text=URL).text

    row.revoked_at = None
    row.expires_on = published.CHANGED
    row.save()
    assert "it has expired." in verdict(client, text=URL).text

    row.expires_on, row.suspended_at = None, timezone.now()
    row.save()
    assert lines(verdict(client, text=URL))[2] == "failed"


def test_a_badge_of_another_issuer_is_asked_for_there(client: Client, school: Academy) -> None:
    shown = verdict(client, text=school.award())

    assert GOOD in shown.text
    assert "Navigation It says that it was issued by Sailing Academy." in shown.text
    (picture,) = [src for src in shown.all("img", "src") if src.startswith("data:")]
    assert picture.startswith("data:image/png;base64,")


def test_an_issuer_that_does_not_answer_is_unknown_and_not_invalid(
    client: Client, school: Academy
) -> None:
    address = school.award()
    school.pages.clear()

    shown = verdict(client, text=address)

    assert "It cannot be told at the moment whether this badge is valid" in shown.text
    assert "Try again later." in shown.text
    assert "failed" not in lines(shown)
    assert lines(shown)[1] == "unknown"


@pytest.mark.parametrize(
    "file", [png(), b"\x00\x01", b"%PDF-1.7", b"\xff" * 10, b"{", b'{"id": 7}', b"a.b.c"]
)
def test_what_is_no_badge_says_so(client: Client, file: bytes) -> None:
    shown = verdict(client, file=SimpleUploadedFile("x.png", file))

    assert GOOD not in shown.text
    assert "failed" in lines(shown)


@pytest.mark.parametrize("sent", [{}, {"text": "  "}, {"whose": "bob@example.org"}])
def test_nothing_to_look_at_is_told_beside_the_form(client: Client, sent: Any) -> None:
    shown = verdict(client, 400, **sent)

    assert "Choose a file, or put in a link or the text of a badge." in shown.text


def test_texts_of_others_stay_texts(client: Client, school: Academy) -> None:
    school.badgeclass(name='"><script>alert(1)</script>')

    shown = verdict(client, text=school.award(), whose='"><script>alert(2)</script>')

    assert [a["src"] for tag, a in shown.tags if tag == "script"] == ["/static/camera.js"]
    assert "style" not in {tag for tag, _ in shown.tags}


def test_strangers_ask_a_hundred_times_an_hour_and_then_wait(client: Client, settings: Any) -> None:
    settings.ROSETTE = settings.ROSETTE.model_copy(update={"login_backoff_max_seconds": 3600})
    statuses = [client.post(PATH, {"text": "a.b.c"}).status_code for _ in range(102)]

    assert statuses[:100] == [200] * 100
    last = client.post(PATH, {"text": "a.b.c"})
    assert (last.status_code, "Retry-After" in last) == (429, True)
    assert "Please wait for" in Page(last.text).text
    assert client.post("/public/verify", {"assertion": "a.b.c"}).status_code == 429


def test_the_page_speaks_the_language_of_the_browser(client: Client) -> None:
    german = client.get(PATH, headers={"Accept-Language": "de"})

    assert Page(german.text).all("html", "lang") == ["de"]
    assert "Accept-Language" in german["Vary"]
