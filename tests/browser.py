"""
A browser as people have one, steered from outside, for tests that come as a person would.

A plugin. It is the system's own Chromium, installed by apt where it is missing and that can be
done; no other is fetched. Tests that use it ask for no rows themselves: what steers the browser
runs an event loop, in which Django refuses to.
"""

import os
import shutil
from collections.abc import Iterator
from functools import cache

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.services import Unavailable, install

PATIENCE_MS = 30_000
DESK = (1280, 800)
PHONE = (390, 844)

_missing: list[str] = []


@cache
def chromium() -> str:
    """The program. Raises Unavailable, with what to do, where it can neither be found nor got."""
    names = ("chromium", "chromium-browser", "google-chrome")
    if not any(map(shutil.which, names)):
        install("chromium")
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None:
        raise Unavailable(
            "Chromium is not installed and cannot be installed here (apt-get as root): "
            "install the package `chromium` to run the tests in a browser."
        )
    return found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A started browser; each test opens windows of its own."""
    try:
        program = chromium()
    except Unavailable as error:
        _missing.append(str(error))
        pytest.skip(str(error))
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []  # there is none for root
    with sync_playwright() as steering:
        started = steering.chromium.launch(executable_path=program, args=sandbox)
        yield started
        started.close()


@pytest.fixture
def window(browser: Browser) -> Iterator[Page]:
    """A window without script, as strict as browsers are: every page has to work in it."""
    with browser.new_context(
        java_script_enabled=False, viewport={"width": DESK[0], "height": DESK[1]}
    ) as person:
        page = person.new_page()
        page.set_default_timeout(PATIENCE_MS)
        yield page


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What was not tried in a browser is said aloud."""
    if _missing:
        terminalreporter.write_sep("!", "NOTHING WAS TRIED IN A BROWSER", red=True)
        terminalreporter.write_line(_missing[0], red=True)
