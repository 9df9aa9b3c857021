"""
Pictures of the main screens, from the demo: ``python -m tests.web.screenshots``.

All are put into ``.cache/pictures``, wide and narrow; those that the README and the pages in
``docs`` show into ``docs/pictures`` as well. Look at them before they are committed.
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser import DESK, PHONE, chromium
from tests.served import serving
from tests.services import Unavailable, install
from tests.web.town import Town, furnish, settle

_ROOT: Final = Path(__file__).parents[2]
_SHOWN: Final = (
    *("award", "editor", "backpack", "verify"),
    *("designer", "columns", "check", "projector", "poster", "certificate", "wallet"),
    *("catalogue", "pathway", "insights", "endorsement", "domain", "history", "verify-many"),
)
"""What README and docs show."""


class _Screen(NamedTuple):
    """``prepare`` does on the page what has to be done before the picture is taken."""

    name: str
    path: str
    who: str = ""
    prepare: Callable[[Town, Page], None] | None = None


def _verify_many(town: Town, page: Page) -> None:
    public = f"{town.url}/public"
    links = [
        f"{public}/assertions/{town.names[name]}" for name in ("award", "assertion", "revoked")
    ]
    page.get_by_label("Or links").fill(
        "\n".join([*links, f"{public}/badges/{town.names['chart']}"])
    )
    page.get_by_role("button", name="Verify", exact=True).click()
    page.get_by_role("heading", name="badges were looked at").wait_for()


def _show_code(town: Town, page: Page) -> None:
    page.get_by_role("button", name="Show the code").click()
    page.get_by_role("img", name="QR code").wait_for()


def _what_others_say(town: Town, page: Page) -> None:
    page.get_by_role("heading", name="How it is earned").evaluate("it => it.scrollIntoView()")


def _design(town: Town, page: Page) -> None:
    page.get_by_role("button", name="Shield", exact=True).click()
    page.get_by_role("button", name="Navy").click()
    page.get_by_role("button", name="Text: HONOURS").click()
    page.get_by_label("Text", exact=True).fill("SKIPPER")
    page.get_by_role("button", name="Icon: book open").click()
    page.get_by_label("Search icons").fill("ship wheel")
    page.get_by_role("button", name="ship wheel", exact=True).click()
    page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")


_SCREENS: Final = (
    _Screen("wallet", "/backpack/{award}/wallet", "tomas", _show_code),
    _Screen("award", "/public/assertions/{assertion}"),
    _Screen("badge", "/public/badges/{badgeclass}"),
    _Screen("issuer", "/issuers/{issuer}", "ada"),
    _Screen("editor", "/badges/{badgeclass}/edit", "ada"),
    _Screen("award-one", "/badges/{badgeclass}/award", "ada"),
    _Screen("awards", "/issuers/{issuer}/awards", "ada"),
    _Screen("backpack", "/backpack", "bob"),
    _Screen("verify", "/verify"),
    _Screen("verify-many", "/verify", "", _verify_many),
    _Screen("manage", "/manage", "root"),
    _Screen("designer", "/issuers/{school}/badges/design", "mara", _design),
    _Screen("columns", "/badges/{safety}/sheets/{sheet}", "mara"),
    _Screen("check", "/badges/{safety}/sheets/{judged}/check", "mara"),
    _Screen("job", "/badges/{skipper}/jobs/{job}", "mara"),
    _Screen("projector", "/badges/{chart}/links/{link}/projector", "mara"),
    _Screen("claim", "/c/{link}"),
    _Screen("catalogue", "/catalog"),
    _Screen("pathway", "/public/pathways/{pathway}"),
    _Screen("progress", "/issuers/{school}/pathways/{pathway}", "mara"),
    _Screen("my-pathways", "/backpack/pathways", "tomas"),
    _Screen("insights", "/issuers/{school}/insights?days=365", "mara"),
    _Screen("endorsement", "/public/badges/{chart}", "", _what_others_say),
    _Screen("domain", "/issuers/{school}/domain", "mara"),
    _Screen("history", "/issuers/{school}/history", "mara"),
)
_PAPERS: Final = (
    ("certificate", "/public/assertions/{award}/certificate", ""),
    ("poster", "/badges/{chart}/links/{link}/poster.pdf", "mara"),
)
_PAPER_PX: Final = 700
_RENAMED: Final = """([here, there]) => {
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    texts.currentNode.data = texts.currentNode.data.replaceAll(here, there);
  }
}"""
"""Addresses on the page, as on a site that others reach."""


def main() -> None:
    """Start a site, put the demo on it, and take a picture of each screen, wide and narrow."""
    folder, shown = _ROOT / ".cache" / "pictures", _ROOT / "docs" / "pictures"
    for place in (folder, shown):
        place.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as data,
        serving(Path(data)) as server,
        sync_playwright() as steering,
    ):
        town = furnish(settle(server))
        sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = steering.chromium.launch(executable_path=chromium(), args=sandbox)
        for screen in _SCREENS:
            for size in (DESK, PHONE):
                _take(town, browser, screen, size, folder / f"{screen.name}-{size[0]}.png")
        for name, path, who in _PAPERS:
            _print(town, browser, path, who, folder / f"{name}-{DESK[0]}.png")
        browser.close()
    for name in _SHOWN:
        shutil.copy(folder / f"{name}-{DESK[0]}.png", shown / f"{name}.png")


def _take(town: Town, browser: Browser, screen: _Screen, size: tuple[int, int], file: Path) -> None:
    width, height = size
    with town.window(
        browser, screen.who, viewport={"width": width, "height": height}, reduced_motion="reduce"
    ) as person:
        page = person.new_page()
        page.goto(screen.path.format(**town.names))
        if screen.prepare:
            screen.prepare(town, page)
        page.evaluate(_RENAMED, [town.url, "https://badges.example.org"])
        page.screenshot(path=file)
    print(file)


def _print(town: Town, browser: Browser, path: str, who: str, file: Path) -> None:
    """A picture of the first page of a PDF."""
    if shutil.which("pdftoppm") is None:
        install("poppler-utils")
    if shutil.which("pdftoppm") is None:
        raise Unavailable("Install the package `poppler-utils` for pictures of what is printed.")
    with town.window(browser, who) as person:
        paper = person.request.get(path.format(**town.names)).body()
    subprocess.run(
        ["pdftoppm", "-png", "-singlefile", "-scale-to", str(_PAPER_PX), "-", file.with_suffix("")],
        input=paper,
        check=True,
    )
    print(file)


if __name__ == "__main__":
    main()
