"""The badge designer in a browser, by keyboard alone, and what it leaves on the server."""

import re
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser import PHONE
from tests.environment import DATABASE
from tests.web.town import Town

pytestmark = pytest.mark.skipif(
    DATABASE != "sqlite", reason="what a page looks like is no matter of the database"
)

LOGO = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="20" height="20">'
    '<rect width="20" height="20" fill="#c00"/></svg>'
)


def reached(page: Page, wanted: Locator, *, back: bool = False) -> None:
    """Go there by Tab, as somebody without a pointer does."""
    expect(wanted).to_be_visible()
    for _ in range(220):
        if wanted.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Shift+Tab" if back else "Tab")
    raise AssertionError(f"{wanted} cannot be reached by Tab")


def press(page: Page, name: str, **options: Any) -> None:
    reached(page, page.get_by_role("button", name=name, exact=True), **options)
    page.keyboard.press("Enter")


def typed(page: Page, label: str, text: str, *, exact: bool = True) -> None:
    field = page.get_by_label(label, exact=exact).and_(page.locator(":visible"))
    reached(page, field)
    page.keyboard.press("ControlOrMeta+A")
    page.keyboard.type(text)


def said(page: Page) -> Locator:
    return page.locator("[data-said]")


def layers(page: Page) -> list[str]:
    return page.locator("[data-layers] button").all_text_contents()


def test_a_badge_is_designed_and_saved_by_keyboard_alone_and_changed_later(
    town: Town, browser: Browser
) -> None:
    with town.window(browser, "ada") as ada:
        page = ada.new_page()
        wrong: list[str] = []
        page.on("console", lambda note: wrong.append(note.text) if note.type == "error" else None)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.goto(f"/issuers/{town.names['issuer']}/badges/new")
        typed(page, "Name", "Night Sailing")
        press(page, "Design an image")
        expect(page.locator("[data-designer]")).to_be_visible()

        press(page, "Shield")
        expect(said(page)).to_have_text("The template is in place.")
        press(page, "Forest")
        press(page, "Icon")
        expect(said(page)).to_have_text("Icon: star was added.")
        typed(page, "Search icons", "Anker")
        expect(said(page)).to_have_text(re.compile("Icons found: [1-9]"))
        press(page, "anchor")
        typed(page, "From the left", "150")
        typed(page, "From the top", "330.5")
        typed(page, "Width", "40")
        typed(page, "Height", "40")
        typed(page, "Turn (degrees)", "15")
        anchor = page.get_by_role("button", name="Icon: anchor")
        reached(page, anchor, back=True)
        page.keyboard.press("Shift+ArrowRight")
        page.keyboard.press("ArrowUp")
        expect(said(page)).to_have_text("Icon: anchor: 160, 329.5")
        page.keyboard.press("Control+Z")
        expect(page.get_by_label("From the left")).to_have_value("150")
        page.keyboard.press("Control+Y")
        expect(page.get_by_label("From the left")).to_have_value("160")
        page.keyboard.press("Alt+ArrowDown")
        assert layers(page)[1] == "Icon: anchor"
        reached(page, page.get_by_role("button", name="Text: HONOURS"))
        page.keyboard.press("Enter")
        typed(page, "Text", "SAILING")
        before = page.locator("[data-layers] button").count()
        press(page, "Duplicate", back=True)
        assert page.locator("[data-layers] button").count() == before + 1
        press(page, "Remove")
        assert page.locator("[data-layers] button").count() == before

        press(page, "Use this image", back=True)
        expect(page.get_by_label("Name", exact=True)).to_have_value("Night Sailing")
        typed(page, "Description", "Sails through the night by stars and lights alone.")
        typed(page, "What has to be done", "Sail for three nights.", exact=False)
        press(page, "Make the badge")
        expect(page.get_by_role("heading", level=1)).to_have_text("Night Sailing")
        image = page.locator(".badge-head img").get_attribute("src")

        page.goto(f"{page.url}/edit")
        press(page, "Design an image")
        expect(page.locator("[data-designer]")).to_be_visible()
        again = layers(page)
        reached(page, page.get_by_role("button", name="Text: SAILING"))
        page.keyboard.press("Enter")
        typed(page, "Text", "SEAS")
        press(page, "Use this image", back=True)
        press(page, "Save the changes")
        expect(page.get_by_role("heading", level=1)).to_have_text("Night Sailing")
        changed = page.locator(".badge-head img").get_attribute("src")

    assert again[:2] == ["Text: 2026", "Icon: anchor"]
    assert "Text: SAILING" in again
    assert image != changed
    assert wrong == []


def test_faint_words_are_warned_of_and_letters_that_a_font_lacks(
    town: Town, browser: Browser
) -> None:
    with town.window(browser, "ada") as ada:
        page = ada.new_page()
        page.goto(f"/issuers/{town.names['issuer']}/badges/design")
        expect(page.locator("[data-warnings]")).to_have_text("Texts and signs stand out well.")
        page.get_by_role("button", name="Text", exact=True).click()
        page.get_by_label("Text", exact=True).fill("結び SKY")
        page.get_by_label("From the top").fill("330")
        page.get_by_label("Colour", exact=True).select_option("@main")
        told = page.locator("[data-warnings] li").all_text_contents()

    assert [text.split(":")[0] for text in told] == [
        "“Text",
        "“Text",
    ]
    assert "hardly stands out" in told[0]
    assert "this font has no 結 び" in told[1]


def test_a_family_is_made_of_one_design_and_each_of_it_is_a_draft_of_a_new_badge(
    town: Town, browser: Browser
) -> None:
    with town.window(browser, "ada") as ada:
        page = ada.new_page()
        page.goto(f"/badges/{town.names['badgeclass']}/design")
        name = page.locator("[data-designer]").get_attribute("data-name")
        page.get_by_role("button", name="Laurel wreath").click()
        page.get_by_role("button", name="Make bronze, silver and gold").click()
        with page.expect_popup() as opened:
            page.get_by_role("button", name="Gold: New badge with it").click()
        draft = opened.value
        expect(draft.get_by_label("Name", exact=True)).to_have_value(f"{name} – Gold")
        expect(draft.get_by_role("img", name="The chosen picture")).to_be_visible()
        with page.expect_download() as coming:
            page.get_by_role("button", name="Silver: PNG").click()
        png = coming.value.path().read_bytes()

    assert png[16:24] == (512).to_bytes(4) * 2  # PNG, "IHDR Image header"


def test_an_own_picture_is_put_in_and_moved_by_pointer(
    town: Town, browser: Browser, tmp_path: Any
) -> None:
    logo = tmp_path / "logo.svg"
    logo.write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" width="20" height="10">'
        '<rect width="20" height="10" fill="#c00"/></svg>'
    )
    with town.window(browser, "ada") as ada:
        page = ada.new_page()
        page.goto(f"/issuers/{town.names['issuer']}/badges/design")
        page.locator("[data-upload]").set_input_files(logo)
        expect(said(page)).to_have_text("Picture: logo was added.")
        box = page.locator("[data-canvas]").bounding_box()
        assert box is not None
        middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        page.mouse.move(*middle)
        page.mouse.down()
        page.mouse.move(middle[0] + 60, middle[1] + 1)
        page.mouse.up()
        left, top = (page.get_by_label(way) for way in ("From the left", "From the top"))
        found = (float(left.input_value()), float(top.input_value()))
        page.locator("[data-upload]").set_input_files(
            {"name": "x.png", "mimeType": "image/png", "buffer": b"no picture"}
        )
        expect(said(page)).to_have_text("This picture cannot be read.")

    assert abs(found[0] - 200 - 60 * 400 / box["width"]) < 2
    assert found[1] == 200


def test_the_issuers_logo_is_put_into_a_badge_once_there_is_one(
    town: Town, browser: Browser
) -> None:
    logo = {"name": "logo.svg", "mimeType": "image/svg+xml", "buffer": LOGO.encode()}
    with town.window(browser, "ada") as ada:
        page = ada.new_page()
        page.goto("/issuers/new")
        page.get_by_label("Name").fill("Lighthouse School")
        page.get_by_label("Description").fill("Keeps the lights of the coast.")
        page.get_by_label("Website").fill("https://lighthouse.example.org")
        page.get_by_role("button", name="Make the issuer").last.click()
        page.get_by_role("link", name="Make the first badge").wait_for()
        home = page.url.rstrip("/")

        page.goto(f"{home}/badges/design")
        press(page, "Issuer's logo")
        expect(said(page)).to_have_text("Issuer's logo was added.")
        expect(page.locator("[data-canvas] text")).to_have_text("No logo yet")
        expect(page.locator("[data-warnings]")).to_contain_text("the issuer has no logo yet")
        without = downloaded(page)

        page.goto(f"{home}/settings")
        page.locator("input[type=file]").set_input_files(logo)  # type: ignore[arg-type]
        page.get_by_role("button", name="Save").first.click()
        expect(page.locator(".notice.good")).to_be_visible()
        page.goto(f"{home}/badges/design")
        press(page, "Issuer's logo")
        expect(page.locator("[data-canvas] image")).to_have_count(1)
        expect(page.locator("[data-warnings]")).not_to_contain_text("logo")
        typed(page, "Width", "100")
        typed(page, "Height", "100")
        layer = page.get_by_role("button", name="Issuer's logo").and_(page.locator("[data-layer]"))
        reached(page, layer, back=True)
        page.keyboard.press("Shift+ArrowRight")
        expect(said(page)).to_have_text("Issuer's logo: 210, 200")
        page.keyboard.press("Delete")
        expect(page.locator("[data-canvas] image")).to_have_count(0)
        page.keyboard.press("Control+Z")
        expect(page.locator("[data-canvas] image")).to_have_count(1)
        page.keyboard.press("Control+Y")
        expect(page.locator("[data-canvas] image")).to_have_count(0)
        page.keyboard.press("Control+Z")
        drawn = downloaded(page)

        page.get_by_role("button", name="Use this image").click()
        page.get_by_label("Name", exact=True).fill("Keeper of the light")
        page.get_by_role("button", name="Design an image").click()
        expect(page.locator("[data-canvas] image")).to_have_attribute("x", "-50")

    red = (204, 0, 0, 255)
    at_logo = [
        picture.getpixel((place, 256)) for picture in (without, drawn) for place in (216, 322)
    ]
    assert (red not in at_logo[:2], at_logo[2:]) == (True, [red, red])


def downloaded(page: Page) -> Image.Image:
    """The badge as the server draws it, 512 pixels wide."""
    with page.expect_download() as download:
        page.get_by_role("button", name="PNG", exact=True).click()
    return Image.open(download.value.path()).convert("RGBA")


def test_on_a_phone_template_colours_and_icon_make_a_badge(town: Town, browser: Browser) -> None:
    size = {"width": PHONE[0], "height": PHONE[1]}
    with town.window(browser, "ada", viewport=size) as ada:
        page = ada.new_page()
        page.goto(f"/issuers/{town.names['issuer']}/badges/design")
        page.get_by_role("button", name="Hexagon", exact=True).click()
        page.get_by_role("button", name="Violet").click()
        page.get_by_role("button", name="Icon: flask conical").click()
        page.get_by_label("Search icons").fill("Berg")
        page.get_by_role("button", name="mountain", exact=True).click()
        assert "Icon: mountain" in layers(page)
        assert page.evaluate("document.documentElement.scrollWidth") == PHONE[0]


def test_without_script_the_page_leads_back_to_the_upload(town: Town, browser: Browser) -> None:
    with town.window(browser, "ada", java_script_enabled=False) as ada:
        page = ada.new_page()
        page.goto(f"/issuers/{town.names['issuer']}/badges/design")
        assert "You can upload a finished picture" in page.content()
        expect(page.locator("[data-designer]")).to_be_hidden()
        page.get_by_role("button", name="Back without it").click()
        expect(page.get_by_label("Picture")).to_be_visible()
