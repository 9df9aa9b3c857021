"""
Pictures of the main screens, from the demo: ``python -m tests.web.screenshots``.

All are put into ``.cache/pictures``, wide and narrow; those that the README shows into
``docs/pictures`` as well. Look at them before they are committed.
"""

import os
import shutil
import tempfile
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, sync_playwright

from tests.browser import DESK, PHONE, chromium
from tests.served import serving
from tests.web.town import Town, settle

_ROOT: Final = Path(__file__).parents[2]
_IN_README: Final = ("award", "editor", "backpack", "verify")
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
        town = settle(server)
        sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = steering.chromium.launch(executable_path=chromium(), args=sandbox)
        for name, path, who in _SCREENS:
            for size in (DESK, PHONE):
                _take(town, browser, path, who, size, folder / f"{name}-{size[0]}.png")
        browser.close()
    for name in _IN_README:
        shutil.copy(folder / f"{name}-{DESK[0]}.png", shown / f"{name}.png")


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
    main()
