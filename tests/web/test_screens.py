"""
Every screen in a real browser: no barrier for anybody, and nothing that scrolls sideways.

Whoever makes a screen adds a line to SCREENS.
"""

from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser

from tests.environment import DATABASE
from tests.web.town import Town, barriers

pytestmark = pytest.mark.skipif(
    DATABASE != "sqlite", reason="what a page looks like is no matter of the database"
)


@dataclass(frozen=True)
class Screen:
    """A page: its path, with names of ``Town.names`` in braces, and who sees it."""

    path: str
    who: str = ""


SCREENS = (
    Screen("/"),
    Screen("/design/"),
    Screen("/auth/login"),
    Screen("/verify"),
    Screen("/catalog"),
    Screen("/developers"),
    Screen("/developers", "ada"),
    Screen("/developers/console", "bob"),
    Screen("/developers/console?find=award&call=getAssertionsChanged", "ada"),
    Screen("/catalog?q=nothing&language=de"),
    Screen("/verify/receipts/{receipt}"),
    Screen("/public/assertions/{assertion}"),
    Screen("/public/badges/{badgeclass}"),
    Screen("/public/badges/{badgeclass}/criteria"),
    Screen("/public/issuers/{issuer}"),
    Screen("/backpack", "bob"),
    Screen("/backpack", "root"),
    Screen("/backpack/{assertion}", "bob"),
    Screen("/backpack/{assertion}/share", "bob"),
    Screen("/backpack/{assertion}/wallet", "bob"),
    Screen("/backpack/{assertion}/wallet/{offer}", "bob"),
    Screen("/backpack/import", "bob"),
    Screen("/backpack/pathways", "bob"),
    Screen("/collections", "root"),
    Screen("/collections/new", "bob"),
    Screen("/signup"),
    Screen("/signup/success"),
    Screen("/account/password"),
    Screen("/goodbye"),
    Screen("/account", "bob"),
    Screen("/account/addresses", "bob"),
    Screen("/account/identifiers", "bob"),
    Screen("/account/security", "bob"),
    Screen("/account/security/password", "bob"),
    Screen("/account/security/two-step", "bob"),
    Screen("/account/security/passkeys/new", "bob"),
    Screen("/account/devices", "bob"),
    Screen("/account/keys", "bob"),
    Screen("/account/keys/new", "ada"),
    Screen("/account/apps", "bob"),
    Screen("/account/data", "bob"),
    Screen("/account/data/leave", "bob"),
    Screen("/manage", "root"),
    Screen("/manage/users", "root"),
    Screen("/manage/issuers", "root"),
    Screen("/manage/issuers/{issuer}", "root"),
    Screen("/manage/insights", "root"),
    Screen("/manage/mail", "root"),
    Screen("/manage/jobs", "root"),
    Screen("/manage/audit", "root"),
    Screen("/manage/setup", "root"),
    Screen("/issuers", "ada"),
    Screen("/issuers", "carol"),
    Screen("/issuers/new", "ada"),
    Screen("/issuers/{issuer}", "ada"),
    Screen("/issuers/{issuer}/awards", "ada"),
    Screen("/issuers/{issuer}/recipients", "ada"),
    Screen("/issuers/{issuer}/recipients/{assertion}", "ada"),
    Screen("/issuers/{issuer}/staff", "ada"),
    Screen("/issuers/{issuer}/history", "ada"),
    Screen("/issuers/{issuer}/settings", "ada"),
    Screen("/issuers/{issuer}/insights", "ada"),
    Screen("/issuers/{issuer}/domain", "ada"),
    Screen("/issuers/{issuer}/catalogue", "ada"),
    Screen("/issuers/{issuer}/endorsements", "ada"),
    Screen("/issuers/{issuer}/endorsements/ask", "ada"),
    Screen("/issuers/{issuer}/endorsements/give", "ada"),
    Screen("/issuers/{issuer}/pathways", "ada"),
    Screen("/issuers/{issuer}/pathways/new", "ada"),
    Screen("/issuers/{issuer}/delete", "ada"),
    Screen("/public/assertions/{tried}"),
    Screen("/issuers", "root"),
    Screen("/issuers/{sandbox}", "root"),
    Screen("/issuers/{sandbox}/inbox", "root"),
    Screen("/issuers/{sandbox}/inbox/1", "root"),
    Screen("/issuers/{sandbox}/settings", "root"),
    Screen("/issuers/{sandbox}/empty", "root"),
    Screen("/issuers/{issuer}/badges/new", "ada"),
    Screen("/issuers/{issuer}/badges/design", "ada"),
    Screen("/badges/{badgeclass}/design", "ada"),
    Screen("/badges/{badgeclass}", "ada"),
    Screen("/badges/{badgeclass}/edit", "ada"),
    Screen("/badges/{badgeclass}/award", "ada"),
    Screen("/badges/{badgeclass}/award/many", "ada"),
    Screen("/badges/{badgeclass}/links", "ada"),
    Screen("/badges/{badgeclass}/delete", "ada"),
    Screen("/awards/{assertion}", "ada"),
    Screen("/awards/{assertion}/made", "ada"),
    Screen("/awards/{assertion}/revoke", "ada"),
    Screen("/awards/{assertion}/move", "ada"),
)
LOOKS = {
    "desk": {"viewport": {"width": 1280, "height": 800}, "color_scheme": "light"},
    "desk, dark": {"viewport": {"width": 1280, "height": 800}, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 390, "height": 844}, "color_scheme": "light"},
    "phone, dark": {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark"},
}


@pytest.mark.parametrize(
    "screen", SCREENS, ids=lambda screen: f"{screen.path} {screen.who}".strip()
)
def test_a_screen_has_no_barrier(town: Town, browser: Browser, screen: Screen) -> None:
    found = {}
    with town.window(browser, screen.who) as person:
        page = person.new_page()
        answer = page.goto(screen.path.format(**town.names))
        assert answer is not None
        assert answer.status == 200
        for look, how in LOOKS.items():
            page.set_viewport_size(how["viewport"])  # type: ignore[arg-type]
            page.emulate_media(color_scheme=how["color_scheme"], reduced_motion="reduce")  # type: ignore[arg-type]
            found[look] = barriers(page)
        page.set_viewport_size({"width": 320, "height": 640})
        width = page.evaluate("document.documentElement.scrollWidth")

    assert (found, width) == ({look: [] for look in LOOKS}, 320)
