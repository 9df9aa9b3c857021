"""From a QR code to a claimed badge on a phone, as people do it at an event: within a minute."""

import re
import time
from email import policy
from email.parser import BytesParser

import pytest
from playwright.sync_api import Browser, Page

from tests.browser import PHONE
from tests.environment import DATABASE
from tests.web.test_many_journey import badge  # noqa: F401 -- a fixture
from tests.web.town import Town, barriers

pytestmark = pytest.mark.skipif(
    DATABASE != "sqlite", reason="what a browser does is no matter of the database"
)
_PHONE = {"viewport": {"width": PHONE[0], "height": PHONE[1]}, "is_mobile": True, "has_touch": True}


@pytest.fixture
def link(town: Town, browser: Browser, badge: str) -> str:  # noqa: F811
    """The address that the QR code of a new link leads to."""
    with town.window(browser, "ada") as person:
        page = person.new_page()
        page.goto(f"/badges/{badge}/links")
        page.get_by_label("Title").fill("Harbor day")
        page.get_by_label("At most so many badges").fill("5")
        page.get_by_role("button", name="Save").click()
        found = page.locator("#link-url").inner_text()
        assert _barriers(page) == []
        page.get_by_role("link", name="Show it large").click()
        page.get_by_text("0 of 5 given out").wait_for()
        assert _barriers(page) == []
    return found


def test_bob_scans_and_has_it(town: Town, browser: Browser, link: str) -> None:
    begun = time.monotonic()
    with town.window(browser, "bob", **_PHONE) as person:
        page = person.new_page()
        page.goto(link)
        assert _barriers(page) == []
        page.get_by_role("button", name="Get the badge").tap()
        page.get_by_text("The badge is in your backpack.").wait_for()

    assert time.monotonic() - begun < 60


def test_a_newcomer_scans_opens_the_mail_and_has_it(
    town: Town, browser: Browser, link: str
) -> None:
    begun = time.monotonic()
    with town.window(browser, **_PHONE) as person:
        page = person.new_page()
        page.goto(link)
        assert _barriers(page) == []
        page.get_by_label("Your mail address").fill("nia@example.org")
        page.get_by_role("button", name="Get the badge").tap()
        page.get_by_role("status").get_by_text("Look into your mail").wait_for()
        page.goto(_mailed(town, "nia@example.org"))
        assert _barriers(page) == []
        page.get_by_role("button", name="Get the badge").tap()
        page.get_by_label("Choose a password").fill("ropes and knots at sea")
        page.locator("main form button").first.tap()
        page.get_by_text("The badge is in your backpack.").wait_for()

    assert time.monotonic() - begun < 60


def _barriers(page: Page) -> list[str]:
    wide = page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
    return barriers(page) + (["scrolls sideways"] if wide else [])


def _mailed(town: Town, to: str) -> str:
    for _ in range(300):
        for file in (town.server.data_dir / "mail").glob("*.eml"):
            letter = BytesParser(policy=policy.default).parsebytes(file.read_bytes())
            body = letter.get_body(("plain",))
            text = body.get_content() if letter["To"] == to and body else ""
            if found := re.search(r"http\S+/c/confirm/\S+", text):
                return found[0]
        time.sleep(0.1)
    raise AssertionError(f"no mail to {to}")
