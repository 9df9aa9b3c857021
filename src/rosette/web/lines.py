"""
A line of a table as an award: read by the form that awards one badge to one person.

So a line is refused for what that form refuses, in the same words. Tables write days in their own
way; where day and month cannot be told apart, a line is refused.
"""

from collections.abc import Mapping
from typing import Any, Final

from django.utils.translation import gettext_lazy

from rosette.operations.assertions import Award
from rosette.operations.sheets import Line
from rosette.web import fields
from rosette.web.awarding import AwardForm, wish_of

_DAYS: Final = ("%Y-%m-%d", "%Y/%m/%d", "%d.%m.%Y", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S")


class SheetDay(fields.Day):
    """A day as tables write it."""

    default_error_messages = {"invalid": gettext_lazy("Write the day as 2026-11-30 or 30.11.2026.")}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.input_formats = list(_DAYS)


class LineForm(AwardForm):
    """One line: an award, and its evidence in the same row."""

    issued_on = SheetDay(required=False)
    expires_on = SheetDay(required=False)
    url = fields.Url(required=False)
    evidence = fields.Markdown(required=False)


class Reader:
    """
    Reads lines, in the reader's language and zone. One form serves all of them.

    Called with a line, it gives what ``sheets.Reads`` wants.
    """

    def __init__(self) -> None:
        self._form = LineForm({})

    def __call__(self, line: Line) -> Award | None:
        """What the line asks for; None if something is wrong with it."""
        said = self._said(line)
        if said is None:
            return None
        pieces = [{"url": said["url"], "narrative": said["evidence"]}]
        return wish_of(said, pieces, allow_duplicates=False)

    def mistakes(self, line: Line) -> dict[str, list[str]]:
        """What is wrong with the line, by field; empty for what belongs to none."""
        self._said(line)
        errors: Any = self._form.errors
        return {
            ("" if name == "__all__" else name): [str(text) for text in texts]
            for name, texts in errors.items()
        }

    def _said(self, line: Line) -> Mapping[str, Any] | None:
        form = self._form
        form.data = dict(line) | {"name": name_of(line)}
        form.full_clean()
        return None if form.errors else form.cleaned_data


def name_of(line: Line) -> str:
    """The recipient's name, which may stand in two columns."""
    parts = (line.get("first_name", ""), line.get("last_name", ""))
    return line.get("name") or " ".join(filter(None, parts))
