"""People on their ways over the pages, in a real browser, on one server that all of them share."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from rosette.openbadges.baking import bake
from tests.browser import PATIENCE_MS
from tests.environment import DATABASE
from tests.foreign import Academy, academy
from tests.openbadges.facts import SVG, png
from tests.openbadges.verification import signing
from tests.openbadges.verification.keys import put_key, sign, signed_award
from tests.served import Served, serving
from tests.services import free_port
from tests.web.keyboard import Keyboard
from tests.web.letters import letter, link
from tests.web.steps import begin_to_award
from tests.web.town import PASSWORD, sign_in

pytestmark = pytest.mark.skipif(
    DATABASE != "sqlite", reason="what a browser does is no matter of the database"
)
HASHED = {"type": "email", "identity": "sha256$" + "0" * 64, "hashed": True}
CAROLS = {"type": "email", "identity": "carol@example.org", "hashed": False}
IN = "It is in your backpack."
NO_BADGE = "There is no badge in this, or none that is made as badges have to be."


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server that may ask this machine for badges, and takes small bodies only."""
    settings = {"ROSETTE_FETCH_LOOPBACK": "true", "ROSETTE_BODY_MAX_BYTES": "400000"}
    with serving(tmp_path_factory.mktemp("site"), **settings) as server:
        for who in ("ada", "bob", "kim"):
            server.add_person(f"{who}@example.org", PASSWORD)
        yield server


@pytest.fixture
def school() -> Iterator[Academy]:
    with academy() as there:
        yield there


def window(site: Served, browser: Browser, who: str = "") -> BrowserContext:
    context = browser.new_context(base_url=site.url)
    context.set_default_timeout(PATIENCE_MS)
    if who:
        page = context.new_page()
        sign_in(page, site.url, f"{who}@example.org")
        page.close()
    return context


def prepared(school: Academy) -> list[tuple[str, bytes, str]]:
    """Files of an evening's mail: their names, what is in them, and what is to be said of each."""

    def hosted(name: str, **members: Any) -> str:
        return school.award(id=f"{school.origin}/{name}", **members) and school.put(
            f"/{name}", school.document("/award")
        )

    def written(url: str) -> bytes:
        return school.pages[urlsplit(url).path][2]

    def to_sign(**members: Any) -> str:
        return sign(signed_award(school, **members))

    school.issuer(publicKey=put_key(school))
    issuer = signing.Issuer(school)

    def id_of(name: str) -> dict[str, str]:
        return {"id": f"{school.origin}/awards/{name}", "achievement": f"{school.origin}/a/{name}"}

    first = hosted("first")
    jws = to_sign(id="urn:uuid:1f0b6f3e-6f7c-4a57-8a2d-6a1d8c6c2a01")
    head, body, mark = to_sign(id="urn:uuid:1f0b6f3e-6f7c-4a57-8a2d-6a1d8c6c2a02").split(".")
    tampered = issuer.signed(**id_of("tampered"))
    tampered["credentialSubject"]["achievement"]["name"] = "Captain of everything"
    issuer.publish_list(issuer.index)
    nowhere = f"http://127.0.0.1:{free_port()}/award"
    taken_back = hosted("revoked", revoked=True, revocationReason="Given by mistake")
    past = hosted("expired", expires="2024-06-01T00:00:00Z")
    plain = SVG if isinstance(SVG, bytes) else SVG.encode()
    files = {
        "picture.png": (bake(png(), first), IN),
        "again.json": (written(first), "It is in your backpack already."),
        "drawing.svg": (bake(plain, written(hosted("second")).decode()), IN),
        "document.json": (written(hosted("third")), IN),
        "signed.txt": (jws.encode(), IN),
        "credential.json": (signing.orjson.dumps(issuer.signed(**id_of("json"))), IN),
        "credential.jwt": (issuer.token(**id_of("jwt")).encode(), IN),
        "credential.png": (signing.baked(issuer.signed(**id_of("png"))), IN),
        "expired.png": (bake(png(), past), IN),
        "revoked.json": (written(taken_back), "Its issuer has taken it back."),
        "listed.json": (
            signing.orjson.dumps(issuer.signed(listed=True, **id_of("listed"))),
            "Its issuer has taken it back.",
        ),
        "carols.json": (
            written(hosted("carols", recipient=CAROLS)),
            "It was awarded to carol@example.org.",
        ),
        "hashed.json": (
            written(hosted("hashed", recipient=HASHED)),
            "It was awarded to an address that is not yours, as far as we know.",
        ),
        "tampered.json": (
            signing.orjson.dumps(tampered),
            "Its signature is not good, so it may be forged.",
        ),
        "forged.txt": (
            f"{head}.{body}.{mark[::-1]}".encode(),
            "Its signature is not good, so it may be forged.",
        ),
        "unreachable.png": (
            bake(png(), nowhere),
            "The server of its issuer does not answer, so it cannot be told whether it is good.",
        ),
        "holiday.png": (
            png(),
            NO_BADGE,
        ),
        "huge.png": (b"\x89PNG" + bytes(500_000), NO_BADGE),
        "empty.json": (
            b"",
            NO_BADGE,
        ),
        "letter.txt": (
            b"Dear Bob,",
            NO_BADGE,
        ),
    }
    return [(name, content, said) for name, (content, said) in files.items()]


def test_each_of_many_foreign_files_is_told_what_it_is(
    site: Served, browser: Browser, school: Academy
) -> None:
    files = prepared(school)
    with window(site, browser, "bob") as bob:
        page = bob.new_page()
        page.goto("/backpack/import")
        chosen = [
            {"name": name, "mimeType": "application/octet-stream", "buffer": content}
            for name, content, _said in files
        ]
        page.get_by_label("Pictures or files").set_input_files(chosen)  # type: ignore[arg-type]
        page.get_by_role("button", name="Import").click()
        page.get_by_role("heading", name="Import more").wait_for()

        told = {
            article.get_by_role("heading").first.inner_text(): article.locator(
                "strong"
            ).first.inner_text()
            for article in page.locator("article.verdict").all()
        }
        page.goto("/backpack")
        shelf = page.locator("main").inner_text()

    assert told == {name: said for name, _content, said in files}
    assert shelf.count("Expired") >= 1


def test_who_changes_their_address_loses_no_badge_and_no_link(
    site: Served, browser: Browser
) -> None:
    old, new = "gus@old.example.org", "gus@new.example.org"
    with window(site, browser, "ada") as ada:
        desk = ada.new_page()
        award = _awarded(desk, old)
        public = desk.get_by_role("link", name="Public page").get_attribute("href") or ""

        with window(site, browser) as gus:
            page = gus.new_page()
            page.goto(link(letter(site, old), "/claim/"))
            page.get_by_label("Choose a password").fill(PASSWORD)
            page.get_by_role("button", name="Claim the badge").click()
            page.get_by_text("Welcome! The badge is in your backpack.").wait_for()
            page.goto("/account/addresses")
            page.get_by_label("Another email address").fill(new)
            page.get_by_role("button", name="Add and send a mail").click()
            page.goto(link(letter(site, new, "Confirm"), "/confirm-email/"))
            page.goto("/account/addresses")
            page.get_by_role("button", name=f"Make it the main one {new}").click()
            page.get_by_text("This is your main address now.").wait_for()

            desk.goto(award)
            desk.get_by_role("link", name="Move to another address").click()
            desk.get_by_label("New mail address").fill(new)
            desk.get_by_role("button", name="Move it").click()
            desk.get_by_text("The award went to the new address").wait_for()

            page.goto("/account/addresses")
            page.get_by_role("link", name=f"Remove {old}").click()
            page.get_by_role("button", name="Remove").click()
            page.get_by_text(f"{old} is removed.").wait_for()
            page.goto("/backpack")
            assert page.locator("main").get_by_role("link", name="Night Sailing").count() == 1

        answer = desk.goto(public)
        assert answer is not None
        assert answer.status == 200
        desk.get_by_text("Valid", exact=True).wait_for()


def test_without_a_pointer_a_badge_is_made_and_awarded_and_a_collection_put_in_order(
    site: Served, browser: Browser
) -> None:
    with window(site, browser) as kim:
        page = kim.new_page()
        keys = Keyboard(page)
        page.goto("/issuers/new")
        keys.fill("Email address", "kim@example.org")
        keys.fill("Password", PASSWORD)
        keys.press("button", "Sign in")
        keys.fill("Name", "Pier School")
        keys.fill("Description", "Teaches to sail by night.")
        keys.fill("Website", "https://pier.example.org")
        keys.press("button", "Make the issuer")
        keys.press("link", "Make the first badge")
        _make_badge(keys, "Night Sailing")
        _award_to_kim(page, keys)
        page.goto("/issuers")
        keys.press("link", "Pier School")
        keys.press("link", "New badge")
        _make_badge(keys, "Knots")
        _award_to_kim(page, keys)

        page.goto("/collections/new")
        keys.fill("Title", "At sea")
        for name in ("Night Sailing", "Knots"):
            keys.tick(page.get_by_role("checkbox", name=name))
        keys.press("button", "Save")
        page.get_by_text("The collection was saved.").wait_for()
        before = _order(page)
        keys.press("button", f"Move down: {before[0]}")
        page.wait_for_function(
            "first => !document.querySelector('.ordering .chosen').innerText.includes(first)",
            arg=before[0],
        )
        assert _order(page) == before[::-1]

        moved = page.locator(".ordering .chosen")
        moved.nth(1).drag_to(moved.nth(0), target_position={"x": 40, "y": 4})
        assert _order(page) == before
        page.get_by_role("button", name="Save").click()
        page.get_by_text("The collection was saved.").wait_for()
        assert _order(page) == before


def _awarded(page: Page, to: str) -> str:
    """Make an issuer, a badge and an award; where the award is."""
    page.goto("/issuers/new")
    begin_to_award(page, to)
    address = page.url.rpartition("/made")[0]
    page.goto(address)
    return address


def _make_badge(keys: Keyboard, name: str) -> None:
    keys.fill("Name", name)
    keys.fill("Description", "Sails home by lights and stars.")
    keys.fill("What has to be done for it", "Bring a boat home after dark.")
    keys.press("button", "Make the badge")


def _award_to_kim(page: Page, keys: Keyboard) -> None:
    keys.press("link", "Award it")
    page.get_by_label("Who receives it?").wait_for()
    page.keyboard.type("kim@example.org")  # the field has the focus already
    keys.press("button", "Award it")
    page.get_by_role("heading", name="Awarded").wait_for()


def _order(page: Page) -> list[str]:
    """The names of the chosen badges, as they stand."""
    rows = page.locator(".ordering .chosen label").all()
    return [re.split(r"\n", row.inner_text().strip())[0] for row in rows]
