"""Charts as SVG, drawn by the server: for a page, and as a picture with its words in it."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from rosette import images

_WIDTH, _HEIGHT = 640, 160
_PICTURE: Final = (640, 360)
_PICTURE_SCALE: Final = 2
_LABEL_MAX_LENGTH: Final = 34


class Point(NamedTuple):
    """One bar: what it stands for, and how much that is."""

    label: str
    number: int


def bars(id: str, title: str, description: str, points: Sequence[Point]) -> SafeString:
    """Bars beside each other for a page, with title and description for those who hear it."""
    words = {"id": id, "title": title, "description": description}
    shown = {**words, "bars": _upright(points, _WIDTH, _HEIGHT), "width": _WIDTH, "height": _HEIGHT}
    return render_to_string("web/insights/_bars.svg", shown)


def picture(title: str, subtitle: str, points: Sequence[Point], *, is_ranking: bool) -> bytes:
    """The same as PNG, with its title and labels; a ranking has its bars below each other."""
    width, height = _PICTURE
    highest = max((point.number for point in points), default=0)
    shown = {
        "title": title,
        "subtitle": subtitle,
        "width": width,
        "height": height,
        "highest": highest,
        "first": points[0].label if points else "",
        "last": points[-1].label if points else "",
        "lines": _lying(points) if is_ranking else [],
        "bars": [] if is_ranking else _upright(points, width - 80, height - 140),
    }
    svg = render_to_string("web/insights/_picture.svg", shown).encode()
    return images.drawn(svg, width_px=width * _PICTURE_SCALE, height_px=height * _PICTURE_SCALE)


def _upright(points: Sequence[Point], width: int, height: int) -> list[dict[str, object]]:
    """In the units of the drawing; the highest reaches its top."""
    step = width / max(len(points), 1)
    highest = max((point.number for point in points), default=0) or 1
    return [
        {
            "x": f"{number * step + step * 0.1:.2f}",
            "y": f"{height - tall:.2f}",
            "width": f"{step * 0.8:.2f}",
            "height": f"{tall:.2f}",
            "label": point.label,
            "count": point.number,
        }
        for number, point in enumerate(points)
        for tall in [height * point.number / highest]
    ]


def _lying(points: Sequence[Point]) -> list[dict[str, object]]:
    highest = max((point.number for point in points), default=0) or 1
    return [
        {
            "y": 92 + number * 25,
            "text_y": 105 + number * 25,
            "width": f"{280 * point.number / highest:.2f}",
            "count_x": f"{296 + 280 * point.number / highest:.2f}",
            "label": _short(point.label),
            "count": point.number,
        }
        for number, point in enumerate(points[:10])
    ]


def _short(text: str) -> str:
    return text if len(text) <= _LABEL_MAX_LENGTH else text[: _LABEL_MAX_LENGTH - 1] + "…"
