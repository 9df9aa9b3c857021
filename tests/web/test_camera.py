"""The camera of the verifier and of the import, with a film of a QR code before it."""

import io
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest
import segno
from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser import PATIENCE_MS, chromium
from tests.environment import DATABASE
from tests.services import Unavailable
from tests.web.town import Town

pytestmark = pytest.mark.skipif(
    DATABASE != "sqlite", reason="what a camera sees is no matter of the database"
)

_SIZE: Final = (640, 480)
_DEVICE: Final = "--use-fake-device-for-media-stream"
_ALLOWED: Final = "--use-fake-ui-for-media-stream"
_PAGES: Final = (("/verify", ""), ("/backpack/import", "bob"))


@contextmanager
def seeing(*options: str) -> Iterator[Browser]:
    """A browser of its own; ``options`` say what its camera is and whether it may be used."""
    try:
        program = chromium()
    except Unavailable as error:
        pytest.skip(str(error))
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as steering:
        started = steering.chromium.launch(executable_path=program, args=[*sandbox, *options])
        yield started
        started.close()


def film(text: str, folder: Path) -> Path:
    """A film of a QR code in the middle of a grey table, as YUV4MPEG2 in 4:2:0."""
    drawn = io.BytesIO()
    segno.make_qr(text, error="m").save(drawn, kind="png", scale=5, border=4)
    picture = Image.new("L", _SIZE, 150)
    code = Image.open(drawn).convert("L").rotate(7, expand=True, fillcolor=255)
    picture.paste(code, ((_SIZE[0] - code.width) // 2, (_SIZE[1] - code.height) // 2))
    width, height = _SIZE
    colourless = bytes([128]) * (width * height // 2)
    frame = b"FRAME\n" + picture.tobytes() + colourless
    file = folder / "film.y4m"
    file.write_bytes(b"YUV4MPEG2 W%d H%d F10:1 Ip A1:1 C420jpeg\n" % _SIZE + 3 * frame)
    return file


def scan(page: Page) -> None:
    page.get_by_role("button", name="Scan a QR code").click()


def mistakes_on(page: Page) -> list[str]:
    wrong: list[str] = []
    page.on("console", lambda note: wrong.append(note.text) if note.type == "error" else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    return wrong


def test_the_camera_reads_a_code_and_the_badge_is_verified_or_imported(
    town: Town, tmp_path: Path
) -> None:
    badge = f"{town.url}/public/assertions/{town.names['assertion']}"
    filmed = f"--use-file-for-fake-video-capture={film(badge, tmp_path)}"
    with seeing(_DEVICE, _ALLOWED, filmed) as browser:
        with town.window(browser) as stranger:
            page = stranger.new_page()
            wrong = mistakes_on(page)
            page.goto("/verify")
            scan(page)
            heading = page.get_by_role("heading", level=1)
            expect(heading).to_have_text("This badge is genuine and valid.", timeout=PATIENCE_MS)
            link = page.get_by_role("link", name="See the badge where it lies")
            expect(link).to_have_attribute("href", badge)
        with town.window(browser, "bob") as bob:
            page = bob.new_page()
            wrong += mistakes_on(page)
            page.goto("/backpack/import")
            scan(page)
            said = page.locator(".verdict-head").first
            expect(said).to_contain_text(badge, timeout=PATIENCE_MS)
            expect(said).to_contain_text("in your backpack")

    assert wrong == []


def test_a_camera_that_sees_no_code_is_turned_off_again(town: Town) -> None:
    with seeing(_DEVICE, _ALLOWED) as browser, town.window(browser) as stranger:
        page = stranger.new_page()
        page.goto("/verify")
        scan(page)
        video = page.locator("video")
        expect(video).to_be_visible()
        expect(page.get_by_text("Hold the code before the camera.")).to_be_visible()
        tracks = page.evaluate_handle("document.querySelector('video').srcObject.getTracks()")
        page.get_by_role("button", name="Turn off the camera").click()
        expect(video).to_be_hidden()
        expect(page.get_by_role("button", name="Scan a QR code")).to_be_visible()
        states = tracks.evaluate("tracks => tracks.map((track) => track.readyState)")

    assert states == ["ended"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((_DEVICE, f"{_ALLOWED}=deny"), "The camera cannot be used. Allow it in your browser"),
        ((f"{_DEVICE}=device-count=0", _ALLOWED), "No camera was found here."),
    ],
    ids=["refused", "none"],
)
def test_where_there_is_no_camera_or_it_is_refused_the_page_says_so_and_what_to_do(
    town: Town, options: tuple[str, ...], said: str
) -> None:
    with seeing(*options) as browser:
        for path, who in _PAGES:
            with town.window(browser, who) as person:
                page = person.new_page()
                page.goto(path)
                scan(page)
                alert = page.locator("[role=alert] p:visible")
                expect(alert).to_have_text([re.compile(re.escape(said))])
                expect(page.locator("video")).to_be_hidden()
                scan(page)  # once more, as people do
                expect(alert).to_have_text([re.compile(re.escape(said))])
                page.get_by_label("Or links").fill("https://nowhere.example.org/badge")


def test_without_a_safe_connection_there_is_no_button_that_does_nothing(town: Town) -> None:
    with seeing(_DEVICE, _ALLOWED) as browser, town.window(browser) as stranger:
        page = stranger.new_page()
        page.add_init_script("delete Navigator.prototype.mediaDevices")  # as on plain http
        page.goto("/verify")
        page.get_by_label("Whose is it?").wait_for()
        expect(page.get_by_role("button", name="Scan a QR code")).to_be_hidden()
