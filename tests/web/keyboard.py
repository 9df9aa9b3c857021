"""Somebody without a pointer: what they do, they do by keys."""

import re

from playwright.sync_api import Locator, Page

_FARTHEST = 80


class Keyboard:
    """Goes to things by Tab, as whoever cannot point; what Tab never reaches is an error."""

    def __init__(self, page: Page) -> None:
        self._page = page

    def reach(self, thing: Locator) -> None:
        """Press Tab until the thing has the focus, and see that the focus can be seen."""
        thing.wait_for()
        for _ in range(_FARTHEST):
            if thing.evaluate("thing => thing === document.activeElement"):
                shown = thing.evaluate("thing => getComputedStyle(thing).outlineStyle")
                assert shown != "none", f"nobody sees that {thing} has the focus"
                return
            self._page.keyboard.press("Tab")
        raise AssertionError(f"Tab does not lead to {thing}")

    def fill(self, label: str, text: str) -> None:
        """Type the text into the field of this label."""
        named = re.compile(rf"^{re.escape(label)}( \(optional\))?$")
        self.reach(self._page.get_by_label(named).first)
        self._page.keyboard.type(text)

    def press(self, role: str, name: str) -> None:
        """Press the button, or follow the link, of this name."""
        main = self._page.locator("main")
        self.reach(main.get_by_role(role, name=name, exact=True).first)  # type: ignore[arg-type]
        self._page.keyboard.press("Enter")

    def tick(self, box: Locator) -> None:
        """Tick the box."""
        self.reach(box)
        self._page.keyboard.press("Space")
