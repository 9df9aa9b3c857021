"""From a server on which there is nothing to the first award in somebody's hands, by browser."""

import re
import sqlite3
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext

from tests.browser import PATIENCE_MS
from tests.environment import DATABASE
from tests.served import Served, serving
from tests.web.letters import letter, link
from tests.web.steps import begin_to_award
from tests.web.town import PASSWORD

pytestmark = pytest.mark.skipif(
    DATABASE != "sqlite", reason="what a browser does is no matter of the database"
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server as it is after its very first start, with nobody on it."""
    with serving(tmp_path_factory.mktemp("site"), "--setup") as server:
        yield server


def window(site: Served, browser: Browser) -> BrowserContext:
    context = browser.new_context(base_url=site.url)
    context.set_default_timeout(PATIENCE_MS)
    return context


def test_from_the_code_of_the_first_start_to_the_public_page_of_the_first_award(
    site: Served, browser: Browser
) -> None:
    (code,) = re.findall(r"code: +(\S+)", site.log.read_text("utf-8"))
    with window(site, browser) as ruth:
        page = ruth.new_page()
        page.goto("/")
        page.get_by_label("Code").fill(code)
        page.get_by_label("First name").fill("Ruth")
        page.get_by_label("Email address").fill("ruth@example.org")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Make the first account").click()

        page.get_by_role("link", name="Make an issuer").click()
        begin_to_award(page, "nora@example.org")

    with window(site, browser) as nora:
        page = nora.new_page()
        page.goto(link(letter(site, "nora@example.org"), "/claim/"))
        page.get_by_label("Your name").fill("Nora Quay")
        page.get_by_label("Choose a password").fill(PASSWORD)
        page.get_by_role("button", name="Claim the badge").click()
        page.get_by_text("Welcome! The badge is in your backpack.").wait_for()
        page.get_by_role("link", name="See it as others do").click()
        page.get_by_role("heading", name="Night Sailing", level=1).wait_for()
        page.get_by_text("Valid", exact=True).wait_for()

    assert _made_by_hand(site) == 0


def _made_by_hand(site: Served) -> int:
    """How often somebody had to change a row in Django's admin to get this far."""
    with sqlite3.connect(site.data_dir / "rosette.sqlite3") as rows:
        (count,) = rows.execute("SELECT count(*) FROM django_admin_log").fetchone()
    return int(count)
