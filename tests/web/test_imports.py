"""/backpack/import: badges from elsewhere, several at once, each with what was found."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from rosette.models import Assertion, EmailAddress, Notice
from rosette.openbadges.baking import bake
from rosette.operations import verification
from tests import factories, published
from tests.foreign import Academy, academy
from tests.openbadges.facts import png
from tests.public.test_pages import Page
from tests.published import AWARD, ORIGIN
from tests.web.pages import browser, said, sent, shown

pytestmark = pytest.mark.django_db

PATH = "/backpack/import"


@pytest.fixture
def bob() -> Any:
    return factories.user("bob@example.org")


@pytest.fixture
def school(settings: Any) -> Iterator[Academy]:
    settings.ROSETTE = settings.ROSETTE.model_copy(update={"fetch_loopback": True})
    with academy() as there:
        yield there


def file(name: str, content: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def imported(person: Any, status: int = 200, **fields: Any) -> Page:
    answer = browser(person).post(PATH, fields)
    assert answer.status_code == status
    return Page(answer.text)


def test_several_files_each_have_their_verdict(bob: Any, school: Academy) -> None:
    url = school.award()

    page = imported(
        bob,
        files=[
            file("good.png", bake(png(), url, "assertion")),
            file("again.png", bake(png(), url, "assertion")),
            file("plain.png", png()),
            file("gone.json", b'{"id": "%s/gone"}' % school.origin.encode()),
        ],
    )

    for words in (
        "good.png It is in your backpack.",
        "again.png It is in your backpack already.",
        "plain.png There is no badge in this",
        "gone.json",
        "The server of its issuer does not answer",
        "It lies at its issuer's own address and was read from there.",
    ):
        assert words in page.text
    row = Assertion.objects.get()
    assert f"/backpack/{row.entity_id}" in page.all("a", "href")
    assert row.acceptance == "Accepted"


def test_links_come_one_a_line_and_a_text_as_it_is(bob: Any, school: Academy) -> None:
    url = school.award()
    other = school.put("/other", {**school.document("/award"), "id": f"{school.origin}/other"})

    assert imported(bob, text=f"{url}\n {other}").text.count("It is in your backpack.") == 2
    assert Assertion.objects.count() == 2
    assert "in your backpack already" in imported(bob, text=f'{{"id": "{url}"}}').text


def test_a_badge_of_here_is_accepted(bob: Any) -> None:
    published.award()

    page = imported(bob, text=f"{ORIGIN}/public/assertions/{AWARD}")

    assert "It is in your backpack." in page.text
    assert Assertion.objects.get().acceptance == "Accepted"


def test_a_badge_to_another_address_offers_to_add_that(bob: Any, school: Academy) -> None:
    recipient = {"type": "email", "identity": "b.vale@school.example", "hashed": False}
    url = school.award(recipient=recipient)

    page = imported(bob, text=url)
    assert "It was awarded to b.vale@school.example." in page.text
    assert "b.vale@school.example" in page.all("input", "value")

    client = browser(bob)
    assert sent(client, PATH, step="add-address", address="b.vale@school.example") == PATH
    assert "We have sent a mail there." in said(client, PATH)
    assert not EmailAddress.objects.get(email="b.vale@school.example").verified
    assert Notice.objects.get(kind="verify_address").to == "b.vale@school.example"
    assert "It is in your backpack." in imported(bob, text=url).text


def test_whose_a_hashed_badge_is_is_not_told(bob: Any, school: Academy) -> None:
    recipient = {"type": "email", "identity": "sha256$" + "0" * 64, "hashed": True}

    page = imported(bob, text=school.award(recipient=recipient))

    assert "It was awarded to an address that is not yours" in page.text
    assert "add-address" not in page.all("input", "value")


def test_somebody_elses_badge_of_here_tells_no_address(bob: Any) -> None:
    published.award(recipient_identity="carol@example.org", recipient_hashed=False)

    page = imported(bob, text=f"{ORIGIN}/public/assertions/{AWARD}")

    assert "carol@example.org" not in page.text
    assert "It was awarded to an address that is not yours" in page.text


@pytest.mark.parametrize("sent_form", [{}, {"text": " "}, {"files": []}])
def test_nothing_is_told(bob: Any, sent_form: Any) -> None:
    assert "Choose a file" in imported(bob, 400, **sent_form).text


def test_no_more_than_twenty_are_looked_at(bob: Any) -> None:
    files = [file(f"f{number}.png", b"x") for number in range(22)]

    page = imported(bob, files=files)

    assert page.text.count("This was not looked at any more.") == 2
    assert page.text.count("There is no badge in this") == 20


def test_while_all_places_are_taken_it_is_told_and_not_lost(bob: Any) -> None:
    places = verification._places()
    taken = 0
    while places.acquire(blocking=False):
        taken += 1
    try:
        page = imported(bob, files=[file("good.png", b"x")])
    finally:
        for _ in range(taken):
            places.release()

    assert "good.png Too many badges are being looked at just now." in page.text


@pytest.mark.parametrize("address", ["", "nonsense", "a\0b@example.org", "<script>@x"])
def test_what_is_no_address_is_not_added(bob: Any, address: str) -> None:
    answer = browser(bob).post(PATH, {"step": "add-address", "address": address})

    assert answer.status_code == 400
    assert EmailAddress.objects.count() == 1


def test_texts_of_others_stay_texts(bob: Any, school: Academy) -> None:
    evil = '"><script>alert(1)</script>'
    school.badgeclass(name=evil)

    page = imported(bob, text=school.award(), files=[file(evil, b"x")])

    scripts = [a.get("src", "") for tag, a in page.tags if tag == "script"]
    assert all((source or "").startswith("/static/") for source in scripts)
    assert shown(browser(bob), "/backpack")
