"""A newcomer's way in a real browser: mail, claim, backpack, share, public page, verifier."""

import email
import re
import time
from email.policy import default
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.environment import DATABASE
from tests.web.town import Town, barriers

pytestmark = pytest.mark.skipif(
    DATABASE != "sqlite", reason="what happens in a browser is no matter of the database"
)

PASSWORD = "a newcomer at the pier"
_PATIENCE_SECONDS = 90


def mailed(town: Town, to: str) -> str:
    """The link in the mail of an award to this address, which is made now."""
    table = f"email\n{to}\n"
    town.server.rosette("award", town.names["badgeclass"], "--csv", "-", "--notify", stdin=table)
    folder = town.server.data_dir / "mail"
    patience = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < patience:
        for file in sorted(folder.glob("*.eml"), reverse=True):
            message = email.message_from_bytes(file.read_bytes(), policy=default)
            if message["To"] == to:
                body = message.get_body(("plain",))
                assert body is not None
                (link,) = re.findall(r"(http\S+/claim/\S+)", body.get_content())
                return str(link)
        time.sleep(0.2)
    raise AssertionError(f"no mail to {to}")


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_from_the_mail_to_somebody_who_checks_it(
    town: Town, browser: Browser, tmp_path: Path, script: bool
) -> None:
    who = f"nora{script:d}@example.org"
    link = mailed(town, who)
    with town.window(browser, java_script_enabled=script) as nora:
        page = nora.new_page()
        page.goto(link)
        name = page.get_by_role("heading", level=1).inner_text()
        found = barriers(page) if script else []
        page.get_by_label("Your name").fill("Nora Quay")
        page.get_by_label("Choose a password").fill(PASSWORD)
        page.get_by_role("button", name="Claim the badge").click()
        page.get_by_text("Welcome! The badge is in your backpack.").wait_for()

        page.get_by_role("link", name="My badges").first.click()
        page.get_by_role("link", name=name).click()
        with page.expect_download() as begun:
            page.get_by_role("link", name=re.compile("PNG picture")).click()
        badge = tmp_path / "badge.png"
        begun.value.save_as(badge)

        page.get_by_role("link", name="Share", exact=True).click()
        address = page.get_by_role("textbox", name="Link").input_value()
        card = page.get_by_role("img", name="The picture that stands beside a link")
        loaded = "async image => { await image.decode(); return image.naturalWidth; }"
        assert card.evaluate(loaded) == 1200

    with town.window(browser, java_script_enabled=script) as employer:
        page = employer.new_page()
        page.goto(address)
        assert page.get_by_role("heading", level=1).inner_text() == name
        page.get_by_text("Valid", exact=True).wait_for()
        assert page.locator("script").count() == 0

        page.get_by_role("link", name="Verify").first.click()
        page.get_by_label("Pictures or files").set_input_files(badge)
        page.get_by_label("Whose is it?").fill(who)
        page.get_by_role("button", name="Verify").click()
        page.get_by_role("heading", name="This badge is genuine and valid.").wait_for()
        page.get_by_text("It was awarded to whom you typed in.").wait_for()
        assert who not in page.url
        assert employer.cookies() == []
        found += barriers(page) if script else []
    assert found == []
