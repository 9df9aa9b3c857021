"""
The brand of a site: two colours, made readable on light and on dark ground.

Contrast is that of WCAG 2.2: the ratio of relative luminances, 4.5 for text. A colour that falls
short is mixed with black or white until it does not, so no setting can make a page unreadable.
"""

from dataclasses import dataclass
from typing import Final

LEAST_CONTRAST: Final = 4.5
_BLACK: Final = (0, 0, 0)
_WHITE: Final = (255, 255, 255)
_PAPER: Final = (255, 253, 250)

Colour = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class _Ground:
    """Where colours are read: the darkest or lightest surface that text stands on."""

    surface: Colour
    towards: Colour


_LIGHT: Final = _Ground((242, 238, 232), _BLACK)
_DARK: Final = _Ground((42, 38, 50), _WHITE)


def stylesheet(brand: str, accent: str) -> str:
    """The rules that put these two colours (``#rrggbb``) in place of Rosette's own."""
    return (
        f":root {{\n{_rules(brand, accent, _LIGHT)}}}\n"
        f"@media (prefers-color-scheme: dark) {{\n:root {{\n{_rules(brand, accent, _DARK)}}}\n}}\n"
    )


def on_paper(brand: str) -> tuple[str, str]:
    """This colour as it is read on white paper, and a pale ground of it, both ``#rrggbb``."""
    pale = _mixed(_PAPER, colour(brand), 0.1)
    shown = _readable(colour(brand), (_PAPER, pale), _BLACK)
    return _hexadecimal(shown), _hexadecimal(pale)


def contrast(one: Colour, other: Colour) -> float:
    """The contrast ratio, from 1 to 21 (WCAG 2.2, "contrast ratio")."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def colour(text: str) -> Colour:
    """``#rrggbb`` as three numbers."""
    return int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16)


def _rules(brand: str, accent: str, ground: _Ground) -> str:
    pale = _mixed(ground.surface, colour(brand), 0.12)
    shown = _readable(colour(brand), (ground.surface, pale), ground.towards)
    deep = _mixed(shown, ground.towards, 0.25)
    on = max((_WHITE, _BLACK), key=lambda text: contrast(text, shown))
    named = {
        "brand": shown,
        "brand-deep": deep,
        "brand-pale": pale,
        "on-brand": on,
        "accent": colour(accent),
        "halo": _mixed(ground.surface, colour(accent), 0.2),
    }
    return "".join(f"  --{name}: {_hexadecimal(value)};\n" for name, value in named.items())


def _hexadecimal(of: Colour) -> str:
    return "#{:02x}{:02x}{:02x}".format(*of)


def _readable(start: Colour, grounds: tuple[Colour, ...], towards: Colour) -> Colour:
    for percent in range(101):
        found = _mixed(start, towards, percent / 100)
        if all(contrast(found, ground) >= LEAST_CONTRAST for ground in grounds):
            return found
    return towards


def _mixed(one: Colour, other: Colour, share: float) -> Colour:
    r, g, b = (
        round(mine + (theirs - mine) * share) for mine, theirs in zip(one, other, strict=True)
    )
    return r, g, b


def _luminance(of: Colour) -> float:
    r, g, b = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (number / 255 for number in of)
    )
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
