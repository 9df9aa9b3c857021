"""
Pages of paper: a template of ``templates/paper``, its facts and files, as a PDF.

Set by Typst. What people typed reaches it as strings in a JSON file and never as markup, and it
sees no file but those that are handed in. The same facts, files and moment give the same bytes.
"""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, Literal

import orjson
import typst

Template = Literal["certificate", "collection"]

PDF: Final = "application/pdf"

_HERE: Final = Path(__file__).parent
_TEMPLATES: Final = _HERE / "templates" / "paper"
_ARCHIVE: Final = "a-3a"
"""PDF/A-3a (ISO 19005-3): to be kept, to be read aloud, with files attached."""


def printed(
    template: Template, facts: Mapping[str, Any], files: Mapping[str, bytes], *, at: datetime
) -> bytes:
    """
    The PDF; ``files`` are what the facts name, by name, and ``at`` is when it says it was made.

    It is a PDF/A-3a, set in our own fonts. Letters that these lack come from a font of the
    machine; where there is none either, they are empty boxes, and the file is a plain PDF.
    """
    with TemporaryDirectory(prefix="rosette-paper-") as folder:
        root = Path(folder)
        for source in _TEMPLATES.glob("*.typ"):
            (root / source.name).write_bytes(source.read_bytes())
        for name, content in files.items():
            (root / name).write_bytes(content)
        for fonts, standards in ((_fonts(), [_ARCHIVE]), (_all_fonts(), [_ARCHIVE])):
            try:
                return _set(root, template, facts, fonts, standards, at)
            except typst.TypstError:
                continue
        return _set(root, template, facts, _all_fonts(), [], at)


def _set(
    root: Path,
    template: Template,
    facts: Mapping[str, Any],
    fonts: typst.Fonts,
    standards: list[Any],
    at: datetime,
) -> bytes:
    ours = {"DejaVu Sans", "Libertinus Serif"}
    others = [name for name in fonts.families() if name not in ours]
    known = dict(facts, fonts=others if fonts is not _fonts() else [])
    (root / "facts.json").write_bytes(orjson.dumps(known))
    return typst.compile(
        str(root / f"{template}.typ"),
        root=str(root),
        font_paths=fonts,
        pdf_standards=standards,
        timestamp=at.replace(microsecond=0),
    )


@cache
def _fonts() -> typst.Fonts:
    """Those that come with Rosette and with Typst: the same on every machine."""
    return typst.Fonts(include_system_fonts=False, font_paths=[str(_HERE / "fonts")])


@cache
def _all_fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=True, font_paths=[str(_HERE / "fonts")])
