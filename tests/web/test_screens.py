"""
Every screen in a real browser: no barrier for anybody, and nothing that scrolls sideways.

Whoever makes a screen adds a line to SCREENS; an address that shows none is named in NO_SCREENS.
"""

import re
from dataclasses import dataclass

import pytest
from django.urls import resolve
from playwright.sync_api import Browser

from tests.calls import page_routes
from tests.environment import DATABASE
from tests.web.town import WCAG, Town, barriers

_IN_A_BROWSER = pytest.mark.skipif(
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
    Screen("/account/notifications", "ada"),
    Screen("/account/notifications", "bob"),
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
    Screen("/badges/{badgeclass}/archive", "ada"),
    Screen("/badges/{badgeclass}/delete", "ada"),
    Screen("/awards/{assertion}", "ada"),
    Screen("/awards/{assertion}/made", "ada"),
    Screen("/awards/{assertion}/revoke", "ada"),
    Screen("/awards/{assertion}/move", "ada"),
    Screen("/awards/{award}/suspend", "mara"),
    Screen("/awards/{award}/name", "mara"),
    Screen("/auth/oauth2/authorize?{asked}", "tomas"),
    Screen("/auth/oauth2/authorize?{asked}"),
    Screen("/account/addresses/{email}/remove", "tomas"),
    Screen("/account/email/done"),
    Screen("/account/identifiers/{identifier}", "tomas"),
    Screen("/account/password/{password}"),
    Screen("/account/security/two-step/off", "tomas"),
    Screen("/unsubscribe/{unsubscribe}"),
    Screen("/manage/users/{mara}", "root"),
    Screen("/backpack/pathways", "tomas"),
    Screen("/collections/{collection}", "tomas"),
    Screen("/collections/{collection}/share", "tomas"),
    Screen("/collections/{collection}/remove", "tomas"),
    Screen("/public/collections/{shared}"),
    Screen("/claim/{claim}"),
    Screen("/claim/{claim}", "carol"),
    Screen("/c/{link}"),
    Screen("/c/{link}", "carol"),
    Screen("/c/confirm/{confirm}"),
    Screen("/badges/{chart}/links/{link}", "mara"),
    Screen("/badges/{chart}/links/{asking}", "mara"),
    Screen("/badges/{chart}/links/{link}/edit", "mara"),
    Screen("/badges/{chart}/links/{link}/projector", "mara"),
    Screen("/badges/{safety}/sheets/{sheet}", "mara"),
    Screen("/badges/{safety}/sheets/{judged}/check", "mara"),
    Screen("/badges/{safety}/sheets/{judged}/confirm", "mara"),
    Screen("/badges/{skipper}/jobs/{job}", "mara"),
    Screen("/issuers/{school}/insights", "mara"),
    Screen("/issuers/{school}/endorsements", "mara"),
    Screen("/issuers/{school}/endorsements/{endorsement}", "mara"),
    Screen("/issuers/{guard}/endorsements/{endorsement}", "coast"),
    Screen("/public/endorsements/{endorsement}"),
    Screen("/issuers/{school}/pathways/{pathway}", "mara"),
    Screen("/issuers/{school}/pathways/{pathway}/edit", "mara"),
    Screen("/public/pathways/{pathway}"),
    Screen("/invitations/{invitation}"),
)
NO_SCREENS = {
    "a file, or a document for programs": """
        /public/assertions/x/image /public/assertions/x/baked /public/assertions/x/ob3
        /public/assertions/x/certificate /public/issuers/x/did.json /public/issuers/x/jwks.json
        /public/issuers/x/keys/x /public/issuers/x/status/x/1 /public/issuers/x/revocations
        /public/issuers/x/withdrawn /public/issuers/x/badges /public/issuers/x/image
        /public/endorsements/x/ob3 /public/badges/x/ob3 /public/badges/x/image
        /public/collections/x/pdf /public/oembed /public/verify /docs/v2/openapi.json
        /docs/v2/postman.json /brand.css /brand/logo /media/images/x /catalog.atom
        /.well-known/did.json /.well-known/jwks.json /keys/x /health /ready /metrics /robots.txt
        /static/admin/x /manage/insights/x.csv /manage/audit.csv /backpack/x/download/x
        /issuers/x/awards.csv /issuers/x/recipients/known /issuers/x/insights/x.csv
        /badges/x/award/template.csv /badges/x/sheets/x/mistakes.csv
        /badges/x/links/x/poster.pdf /issuers/x/inbox/1/html
    """,
    "it is posted to, and leads on or gives a file": """
        /language /issuers/sandbox /auth/passkey /account/security/passkeys/options
        /account/security/link /account/keys/x/end /account/data/export
        /account/security/passkeys/1/remove
        /account/security/linked/1/remove /manage/users/x/activate /manage/setup/mail
        /manage/setup/demo /manage/setup/settings /backpack/x/undo /collections/x/publish
        /issuers/x/badges/design/picture /badges/x/sheets/x/discard /badges/x/jobs/x/stop
        /badges/x/jobs/x/undo /badges/x/jobs/x/retry /awards/x/resend /awards/x/reinstate
        /verify/receipts
    """,
    "an address of before, which leads to the page of today": """
        /share/badge/x /share/collection/x /share/collection/x/embed /earner/collections/1/x
        /earner/collections/1/x/embed /issuer/issuers/x/badges/x /issuer/issuers/x
    """,
    "people come through it from another service and go on": """
        /account/sociallogin /account/oidc/x/login/callback /account/google/login/callback
        /account/facebook/login/callback /account/saml/x/acs /account/saml/x/acs/finish
        /account/saml/x/sls /account/saml/x/metadata
    """,
    "the reference of the API, so long that to look for barriers would take minutes": "/docs/v2/",
    "it is there until the site has its first account": "/setup",
    "it is there for whoever signs in with a second step, which is no matter of looks": """
        /account/security/codes
    """,
}
"""Addresses that show no screen of their own, by the reason why."""
_CAMERA = {"/verify", "/backpack/import"}
"""What may use it."""

LOOKS = {
    "desk": {"viewport": {"width": 1280, "height": 800}, "color_scheme": "light"},
    "desk, dark": {"viewport": {"width": 1280, "height": 800}, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 390, "height": 844}, "color_scheme": "light"},
    "phone, dark": {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark"},
}


def _route(path: str) -> str:
    return resolve(re.sub(r"\{\w+\}", "1", path).partition("?")[0]).route


def test_every_address_is_a_screen_or_has_a_reason_not_to_be() -> None:
    screens = {_route(screen.path) for screen in SCREENS}
    others = [_route(path) for paths in NO_SCREENS.values() for path in paths.split()]

    assert screens | set(others) == page_routes()
    assert (screens & set(others), len(others) - len(set(others))) == (set(), 0)


@_IN_A_BROWSER
@pytest.mark.parametrize(
    "screen", SCREENS, ids=lambda screen: f"{screen.path} {screen.who}".strip()
)
def test_a_screen_has_no_barrier(furnished: Town, browser: Browser, screen: Screen) -> None:
    found = {}
    with furnished.window(browser, screen.who) as person:
        page = person.new_page()
        answer = page.goto(screen.path.format(**furnished.names))
        assert answer is not None
        assert answer.status == 200
        camera = "camera=(self)" if screen.path in _CAMERA else "camera=()"
        assert answer.headers["permissions-policy"] == camera
        for look, how in LOOKS.items():
            page.set_viewport_size(how["viewport"])  # type: ignore[arg-type]
            page.emulate_media(color_scheme=how["color_scheme"], reduced_motion="reduce")  # type: ignore[arg-type]
            # What is dark is the same page in other colours.
            only = ["color-contrast"] if how["color_scheme"] == "dark" else WCAG
            found[look] = barriers(page, only=only)
        page.set_viewport_size({"width": 320, "height": 640})
        width = page.evaluate("document.documentElement.scrollWidth")

    assert (found, width) == ({look: [] for look in LOOKS}, 320)
