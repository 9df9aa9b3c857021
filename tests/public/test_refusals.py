"""Where nothing is, and where something goes wrong: pages for people, envelopes for programs."""

from typing import Any
from unittest.mock import patch

import pytest
from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.test import Client

from rosette.errors import TryLater
from tests import published
from tests.public.test_assertions import NOT_FOUND
from tests.public.test_pages import Page

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8", "Accept-Language": "en"}


@pytest.mark.parametrize("path", ["/nowhere", "/public/nowhere", "/public/a/b/c", "/media/x"])
def test_an_unknown_address_is_a_page_for_people_and_an_envelope_for_programs(path: str) -> None:
    page = Client().get(path, headers=BROWSER)
    program = Client().get(path, headers={"Accept": "application/json"})

    assert (page.status_code, page["Cache-Control"]) == (404, "no-store")
    assert "There is nothing here" in Page(page.text).text
    assert "/verify" in Page(page.text).all("a", "href")
    assert "Accept-Language" in page["Vary"]
    assert (program.status_code, program.json()) == (404, NOT_FOUND)


@pytest.mark.parametrize("path", ["/v2/nowhere", "/v1/nowhere", "/o/nowhere", "/bcv1/nowhere"])
def test_the_api_keeps_its_envelope_even_for_browsers(path: str) -> None:
    answer = Client().get(path, headers=BROWSER)

    assert (answer.status_code, answer["Content-Type"].partition("/")[0]) == (404, "application")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (ValueError("x"), 500, "Something went wrong on our side"),
        (OperationalError("away"), 503, "The database cannot be reached at the moment."),
        (PermissionDenied(), 403, "You may not do this"),
        (TryLater(7), 429, "Please wait for 7 seconds and try again."),
    ],
)
def test_what_goes_wrong_is_told_on_a_page(error: Exception, status: int, words: str) -> None:
    client = Client(raise_request_exception=False)
    path = f"/public/assertions/{published.AWARD}"

    def refuse(*_: Any) -> None:
        raise error

    with patch("rosette.public.assertions.published_assertion", refuse):
        page = client.get(path, headers=BROWSER)
        program = client.get(path, headers={"Accept": "application/json"})

    assert (page.status_code, program.status_code) == (status, status)
    assert words in Page(page.text).text
    assert "script" not in {tag for tag, _ in Page(page.text).tags}
    assert program.json()["status"]["success"] is False
    if status == 429:
        assert page["Retry-After"] == program["Retry-After"] == "7"


def test_a_page_of_refusal_speaks_the_language_of_the_browser() -> None:
    german = Client().get("/nowhere", headers=BROWSER | {"Accept-Language": "de"})

    assert Page(german.text).all("html", "lang") == ["de"]
