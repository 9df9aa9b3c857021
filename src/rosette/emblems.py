"""
A picture for a badge that has none of its own: a rosette, made of its name and two colours.

Names that differ look different; the same name and colours give the same bytes. There is no
letter in it, so it looks right in every script.
"""

import hashlib
from math import cos, pi, sin
from typing import Final

_SIDE: Final = 400
_CENTRE: Final = _SIDE / 2


def drawn(name: str, ground: str, accent: str) -> bytes:
    """An SVG for the badge of this name; the colours are ``#rrggbb``."""
    digest = hashlib.sha256(name.strip().casefold().encode()).digest()
    scallops = 14 + 2 * (digest[0] % 6)
    petals = 5 + digest[1] % 5
    turn = digest[2] / 256 * 2 * pi / petals
    length = 92 + digest[3] % 30
    width = 0.42 + digest[4] % 5 * 0.06
    inner = 2 * petals if digest[5] % 2 else petals
    parts = [
        f'<path d="{_scalloped(scallops)}" fill="{ground}"/>',
        f'<circle cx="200" cy="200" r="152" fill="none" stroke="{accent}" stroke-width="6"/>',
        f'<g fill="none" stroke="{accent}" stroke-width="5" opacity="0.55">'
        f"{_petals(inner, turn + pi / petals, length * 0.72, width * 0.6)}</g>",
        f'<g fill="{accent}">{_petals(petals, turn, length, width)}</g>',
        f'<circle cx="200" cy="200" r="{20 + digest[6] % 14}" fill="{ground}"/>',
        f'<circle cx="200" cy="200" r="{8 + digest[7] % 6}" fill="{accent}"/>',
    ]
    body = "".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_SIDE} {_SIDE}"'
        f' width="{_SIDE}" height="{_SIDE}">{body}</svg>'
    ).encode()


def _scalloped(count: int) -> str:
    step = 2 * pi / count
    radius = 178 if count > 16 else 164  # few are large, and must not reach beyond the edge
    arcs = "".join(f"A34 34 0 0 1 {_at((number + 1) * step, radius)}" for number in range(count))
    return f"M{_at(0, radius)}{arcs}Z"


def _petals(count: int, turn: float, length: float, width: float) -> str:
    drawn = []
    for number in range(count):
        angle = turn + number * 2 * pi / count
        left, right = _at(angle - width, length * 0.6), _at(angle + width, length * 0.6)
        tip = _at(angle, length + 22)
        drawn.append(f'<path d="M200 200Q{left} {tip}Q{right} 200 200Z"/>')
    return "".join(drawn)


def _at(angle: float, radius: float) -> str:
    x, y = _CENTRE + radius * sin(angle), _CENTRE - radius * cos(angle)
    return f"{x:.1f} {y:.1f}"
