"""
A mark on the pictures of sandboxes, so that nobody takes what bears them for a badge.

A striped banderole with the word TEST across the lower part: yellow and nearly black, with a white
edge, so that it stands out on light and on dark pictures. It is made of shapes, so that no font is
needed. It only says something to people: whoever wants a picture without it draws one.
"""

import re
from collections.abc import Iterator
from io import BytesIO
from typing import Final
from xml.etree import ElementTree

from PIL import Image, ImageDraw

_DARK: Final = "#211d2b"
_YELLOW: Final = "#ffd23f"
_WHITE: Final = "#ffffff"
_SVG: Final = "http://www.w3.org/2000/svg"
_NUMBER: Final = re.compile(r"\s*\+?(\d+(?:\.\d+)?)(?:px)?\s*")
_FINER: Final = 4  # a PNG's mark is drawn so many times as large, and made smaller

# Letters of five by seven, each of rectangles: left, top, width, height.
_T: Final = ((0.0, 0.0, 5.0, 1.5), (1.75, 0.0, 1.5, 7.0))
_E: Final = (
    (0.0, 0.0, 1.5, 7.0),
    (0.0, 0.0, 5.0, 1.5),
    (0.0, 2.75, 4.3, 1.5),
    (0.0, 5.5, 5.0, 1.5),
)
_S: Final = (
    *((0.0, 0.0, 5.0, 1.5), (0.0, 0.0, 1.5, 4.25), (0.0, 2.75, 5.0, 1.5)),
    *((3.5, 2.75, 1.5, 4.25), (0.0, 5.5, 5.0, 1.5)),
)
_WORD: Final = (_T, _E, _S, _T)
_STEP: Final = 6.6
_WORD_WIDTH: Final = 3 * _STEP + 5

Points = list[tuple[float, float]]
Box = tuple[float, float, float, float]
"""Left, top, width, height."""


def png(picture: bytes) -> bytes:
    """The PNG with the mark on it; it is one that ``images.cleaned`` has made."""
    with Image.open(BytesIO(picture), formats=["PNG"]) as opened:
        ground = opened.convert("RGBA")
    fine = (ground.width * _FINER, ground.height * _FINER)
    layer = Image.new("RGBA", fine)
    drawing = ImageDraw.Draw(layer)
    for colour, points in _shapes((0, 0, *fine)):
        drawing.polygon(points, fill=colour)
    ground.alpha_composite(layer.resize(ground.size, Image.Resampling.BOX))
    written = BytesIO()
    ground.save(written, "PNG")
    return written.getvalue()


def svg(picture: bytes) -> bytes:
    """The SVG with the mark as the last of its shapes; one that ``images.cleaned`` has made."""
    root = ElementTree.fromstring(picture)  # noqa: S314 -- cleaned, so without entities
    mark = ElementTree.SubElement(root, f"{{{_SVG}}}g")
    for colour, points in _shapes(_box(root)):
        corners = "L".join(f"{x:.2f} {y:.2f}" for x, y in points)
        ElementTree.SubElement(mark, f"{{{_SVG}}}path", {"fill": colour, "d": f"M{corners}Z"})
    written: bytes = ElementTree.tostring(root, encoding="utf-8")
    return written


def _box(root: ElementTree.Element) -> Box:
    """What of the plane the picture shows."""
    numbers = re.split(r"[\s,]+", root.get("viewBox", "").strip())
    try:
        left, top, width, height = map(float, numbers)
    except ValueError:
        pass
    else:
        if 0 < width < 1e6 and 0 < height < 1e6 and abs(left) < 1e6 and abs(top) < 1e6:
            return left, top, width, height
    sides = [_NUMBER.fullmatch(root.get(name, "")) for name in ("width", "height")]
    wide, high = (float(found[1]) if found else 0.0 for found in sides)
    return (0, 0, wide, high) if wide and high else (0, 0, 100, 100)


def _shapes(box: Box) -> Iterator[tuple[str, Points]]:
    """The mark for a picture that fills the box: coloured polygons, from the ground up."""
    left, top, width, height = box
    side = min(width, height)
    band, middle = 0.19 * side, top + 0.5 * height + 0.28 * side
    right, upper, lower = left + width, middle - band / 2, middle + band / 2
    edge, line = 0.014 * side, 0.012 * side
    yield _WHITE, _rectangle(left, upper - edge, right, lower + edge)
    yield _DARK, _rectangle(left, upper, right, lower)
    upper, lower = upper + line, lower - line
    yield _YELLOW, _rectangle(left, upper, right, lower)
    cell = 0.56 * band / 7
    start = left + width / 2 - _WORD_WIDTH * cell / 2
    room = 0.55 * band
    yield from _stripes(left, start - room, upper, lower)
    yield from _stripes(left + width / 2 + _WORD_WIDTH * cell / 2 + room, right, upper, lower)
    for place, letter in enumerate(_WORD):
        x, y = start + place * _STEP * cell, middle - 3.5 * cell
        for at, down, wide, high in letter:
            begin, above = x + at * cell, y + down * cell
            yield _DARK, _rectangle(begin, above, begin + wide * cell, above + high * cell)


def _stripes(left: float, right: float, upper: float, lower: float) -> Iterator[tuple[str, Points]]:
    """Slanting stripes between two sides, cut off at these."""
    high = lower - upper
    each = 0.42 * high
    count = max(0, min(200, int((right - left + high) / (2 * each))))
    for place in range(count + 1):
        foot = left - high + 2 * place * each
        corners = [
            (foot, lower),
            (foot + each, lower),
            (foot + each + high, upper),
            (foot + high, upper),
        ]
        points = _between(corners, left, right)
        if points:
            yield _DARK, points


def _between(points: Points, left: float, right: float) -> Points:
    """The convex shape without what lies beyond the two upright lines (Sutherland, Hodgman)."""
    for line, sign in ((left, 1), (right, -1)):
        kept: Points = []
        for (x1, y1), (x2, y2) in zip(points[-1:] + points[:-1], points, strict=True):
            is_in, was_in = sign * (x2 - line) >= 0, sign * (x1 - line) >= 0
            if is_in != was_in:
                kept.append((line, y1 + (y2 - y1) * (line - x1) / (x2 - x1)))
            if is_in:
                kept.append((x2, y2))
        points = kept
    return points


def _rectangle(left: float, top: float, right: float, bottom: float) -> Points:
    return [(left, top), (right, top), (right, bottom), (left, bottom)]
