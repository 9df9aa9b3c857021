"""Two-step sign-in and passkeys, in a real browser with a device of its own."""

import re
from collections.abc import Iterator

import pyotp
import pytest
from playwright.sync_api import Browser, Page

from tests.browser import PATIENCE_MS
from tests.environment import DATABASE
from tests.served import Served, serving
from tests.web.town import PASSWORD, sign_in

pytestmark = pytest.mark.skipif(
    DATABASE != "sqlite", reason="what a browser does is no matter of the database"
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A site under a name: passkeys belong to names, not to numbers."""
    with serving(tmp_path_factory.mktemp("site"), ROSETTE_PUBLIC_URL="") as server:
        for name in ("tess", "pia"):
            server.add_person(f"{name}@example.org", PASSWORD)
        yield server


def named(site: Served) -> str:
    return site.url.replace("127.0.0.1", "localhost")


def fresh(browser: Browser, site: Served) -> Page:
    page = browser.new_context(base_url=named(site)).new_page()
    page.set_default_timeout(PATIENCE_MS)
    return page


def test_two_step_sign_in_is_set_up_and_used(site: Served, browser: Browser) -> None:
    page = fresh(browser, site)
    sign_in(page, named(site), "tess@example.org")
    page.goto("/account/security")
    page.get_by_role("link", name="Switch it on").click()
    secret = page.locator("#secret").inner_text().replace(" ", "")
    app = pyotp.TOTP(secret)
    assert page.locator("img.qr").evaluate("image => image.naturalWidth") > 0
    page.get_by_label("Code that the app shows now").fill(app.now())
    page.get_by_role("button", name="Switch it on").click()
    page.get_by_role("heading", name="Keep your recovery codes").wait_for()
    codes = page.locator("#codes code").all_inner_texts()
    with page.expect_download() as saved:
        page.get_by_role("link", name="Save as a file").click()
    assert saved.value.path().read_text().split() == codes

    other = fresh(browser, site)
    other.goto("/account/security")
    other.get_by_label("Email address").fill("tess@example.org")
    other.get_by_label("Password").fill(PASSWORD)
    other.locator("main").get_by_role("button", name="Sign in", exact=True).click()
    other.get_by_label("Code").fill(codes[0])
    other.locator("main").get_by_role("button", name="Sign in", exact=True).click()
    other.get_by_text("9 recovery codes are left").wait_for()


def test_a_passkey_is_made_opens_the_account_and_is_removed(site: Served, browser: Browser) -> None:
    page = fresh(browser, site)
    wire = page.context.new_cdp_session(page)
    wire.send("WebAuthn.enable")
    wire.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    sign_in(page, named(site), "pia@example.org")
    page.goto("/account/security")
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_label("Name", exact=True).fill("The key of the tests")
    page.get_by_role("button", name="Make the passkey").click()
    page.get_by_text("The passkey is kept.").wait_for()
    page.get_by_role("button", name="Sign out").first.click()
    page.get_by_role("button", name="Sign out").first.wait_for(state="detached")

    page.goto("/account/security")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.get_by_text("The key of the tests").first.wait_for()
    assert re.search("Last used on", page.locator("main").inner_text())

    page.get_by_role("button", name="Remove The key of the tests").click()
    page.get_by_text("The passkey is removed.").wait_for()
    page.get_by_role("button", name="Sign out").first.click()
    page.goto("/auth/login")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.get_by_text("This passkey opens no account here.").wait_for()
