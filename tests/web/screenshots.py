"""
Pictures of the main screens, from the demo: ``python -m tests.web.screenshots [FOLDER]``.

What the README shows lies in ``docs/pictures``; look at it before it is committed.
"""

import os
import sys
import tempfile
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, sync_playwright

from tests.browser import DESK, PHONE, chromium
from tests.served import serving
from tests.web.town import Town, settle

_FOLDER: Final = Path(__file__).parents[2] / "docs" / "pictures"
_SCREENS: Final = (
    ("award", "/public/assertions/{assertion}", ""),
    ("badge", "/public/badges/{badgeclass}", ""),
    ("issuer", "/issuers/{issuer}", "ada"),
    ("editor", "/badges/{badgeclass}/edit", "ada"),
    ("award-one", "/badges/{badgeclass}/award", "ada"),
    ("awards", "/issuers/{issuer}/awards", "ada"),
    ("backpack", "/backpack", "bob"),
    ("verify", "/verify", ""),
    ("manage", "/manage", "root"),
)


def main(folder: Path) -> None:
    """Start a site, put the demo on it, and take a picture of each screen, wide and narrow."""
    folder.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as data,
        serving(Path(data)) as server,
        sync_playwright() as steering,
    ):
        town = settle(server)
        sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = steering.chromium.launch(executable_path=chromium(), args=sandbox)
        for name, path, who in _SCREENS:
            for width, height in (DESK, PHONE):
                _take(town, browser, path, who, (width, height), folder / f"{name}-{width}.png")
        browser.close()


def _take(
    town: Town, browser: Browser, path: str, who: str, size: tuple[int, int], file: Path
) -> None:
    width, height = size
    with town.window(
        browser, who, viewport={"width": width, "height": height}, reduced_motion="reduce"
    ) as person:
        page = person.new_page()
        page.goto(path.format(**town.names))
        page.screenshot(path=file)
    print(file)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else _FOLDER)
