"""A messy table of twelve mistakes, mended and awarded, as a person does it: in a browser."""

import json
from base64 import b64encode
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Browser, Page

from tests.environment import DATABASE
from tests.web.town import PASSWORD, Town, barriers

pytestmark = pytest.mark.skipif(
    DATABASE != "sqlite", reason="what a browser does is no matter of the database"
)
_HEAD = "E-Mail;Vorname;Nachname;Nachweis;Datum;Ablauf;Beschreibung"
_GOOD = [f"messy{n}@example.org;Jürgen;Müller {n};;02.01.2026;;Größe {n}" for n in range(88)]
_WRONG = [
    ";Ohne;Adresse;;;;",
    "no-at-sign;A;A;;;;",
    "two@@example.org;A;A;;;;",
    "has space@example.org;A;A;;;;",
    "dot@example..org;A;A;;;;",
    "messy90@example.org;A;A;ftp://x;;;",
    "messy91@example.org;A;A;not a link;;;",
    "messy92@example.org;A;A;;2/30/2026;;",
    "messy93@example.org;A;A;;01.01.2199;;",
    "messy94@example.org;A;A;;02.01.2026;01.01.2026;",
    "messy95@example.org;A;A;;;;![](x)",
    f"messy96@example.org;{'A' * 210};A;;;;",
]
_MENDED = {
    "Line 90": {"Who receives it": "messy88@example.org"},
    "Line 91": {"Who receives it": "messy89@example.org"},
    "Line 92": {"Who receives it": "messy97@example.org"},
    "Line 93": {"Who receives it": "messy98@example.org"},
    "Line 94": {"Who receives it": "messy99@example.org"},
    "Line 95": {"Address of the work": "https://example.org/x"},
    "Line 96": {"Address of the work": ""},
    "Line 97": {"Awarded on": "2026-02-28"},
    "Line 98": {"Awarded on": ""},
    "Line 99": {"Good until": ""},
    "Line 100": {"What was done": "Nothing to see"},
    "Line 101": {"First name": "Anna"},
}


@pytest.fixture
def badge(town: Town) -> str:
    """A badge class of this test's own."""
    words = {"username": "ada@example.org", "password": PASSWORD}
    with urlopen(f"{town.url}/o/token", urlencode(words).encode(), timeout=30) as answer:
        token = json.load(answer)["access_token"]
    picture = b64encode(b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"/>').decode()
    wish = {
        "name": "Order",
        "description": "Keeps tables",
        "criteriaNarrative": "Keep one",
        "image": f"data:image/svg+xml;base64,{picture}",
    }
    request = Request(
        f"{town.url}/v2/issuers/{town.names['issuer']}/badgeclasses",
        data=json.dumps(wish).encode(),
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
    )
    with urlopen(request, timeout=30) as answer:
        made: str = json.load(answer)["result"][0]["entityId"]
    return made


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_twelve_mistakes_are_found_mended_awarded_and_taken_back(
    town: Town, browser: Browser, badge: str, script: bool
) -> None:
    found: dict[str, list[str]] = {}
    with town.window(browser, "ada", java_script_enabled=script) as person:
        page = person.new_page()
        page.goto(f"/badges/{badge}/award/many")
        source = "\r\n".join([_HEAD, *_GOOD, *_WRONG]).encode("cp1252")
        page.get_by_label("A file").set_input_files(
            {"name": "Liste.csv", "mimeType": "text/csv", "buffer": source}
        )
        page.get_by_role("button", name="Look at it").click()
        page.get_by_role("heading", name="What do the columns mean?").wait_for()
        assert page.get_by_label("Letters").input_value() == "cp1252"
        assert page.get_by_label("Columns are parted by").input_value() == ";"
        _look(page, "columns", found, script=script)
        page.get_by_role("button", name="Go on").click()

        page.get_by_role("heading", name="Is everything right?").wait_for()
        assert _counts(page) == ["12", "0", "88", "0"]
        _look(page, "check", found, script=script)
        for line, cells in _MENDED.items():
            for label, text in cells.items():
                group = page.get_by_role("group", name=line, exact=True)
                group.get_by_label(label, exact=True).fill(text)
        page.get_by_role("button", name="Save and check again").click()
        page.get_by_text("No line has a mistake.").wait_for()
        assert _counts(page) == ["0", "0", "100", "0"]
        page.get_by_role("link", name="Go on with 100 lines").click()

        page.get_by_role("heading", name="Ready to award?").wait_for()
        page.get_by_label("Send 100 mails").check()
        _look(page, "confirm", found, script=script)
        page.get_by_role("button", name="Award 100 badges").click()
        page.wait_for_url("**/jobs/*")
        where = page.url
        page.close()  # the awards go on

        page = person.new_page()
        page.goto(where)
        _until(page, "Done", script=script)
        assert page.locator("#awarded").inner_text() == "100"
        _look(page, "done", found, script=script)
        page.get_by_role("button", name="Undo all of it").click()
        _until(page, "Taken back", script=script)

    assert found == (
        {step: [] for step in ("columns", "check", "confirm", "done")} if script else {}
    )


def _counts(page: Page) -> list[str]:
    return [
        page.locator(f"#count-{name}").inner_text() for name in ("wrong", "twice", "ready", "out")
    ]


def _until(page: Page, word: str, *, script: bool) -> None:
    """Wait for the state: the page comes anew by itself, or by the button of the browser."""
    chip = page.locator("#progress .chip").get_by_text(word, exact=True)
    for _ in range(1 if script else 60):
        if not script and not chip.count():
            page.wait_for_timeout(500)
            page.reload()
            continue
        chip.wait_for()
        return
    raise AssertionError(f"never {word}")


def _look(page: Page, step: str, found: dict[str, list[str]], *, script: bool) -> None:
    if not script:
        return
    found[step] = barriers(page)
    page.set_viewport_size({"width": 320, "height": 640})
    width = page.evaluate("document.documentElement.scrollWidth")
    found[step] += [f"scrolls sideways: {width}"] if width > 320 else []
    page.set_viewport_size({"width": 1280, "height": 800})
