"""The poster of a claim link: one A4 page with picture, words and QR code, as PDF."""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import segno
from django.utils.translation import gettext as _
from reportlab.lib.enums import TA_CENTER
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph

_FONTS: Final = Path(__file__).parents[1] / "fonts"
_WIDTH, _HEIGHT = A4
_QR: Final = 90 * mm
_PICTURE: Final = 62 * mm
_TEXT: Final = _WIDTH - 40 * mm
_LONGEST: Final = 120


def poster(
    address: str, *, title: str, badge: str, issuer: str, lines: Sequence[str], picture: bytes
) -> bytes:
    """The PDF. ``lines``: when and where; ``picture``: a PNG, or nothing."""
    for name in ("DejaVuSans", "DejaVuSans-Bold"):
        if name not in pdfmetrics.getRegisteredFontNames():
            pdfmetrics.registerFont(TTFont(name, str(_FONTS / f"{name}.ttf")))
    kept = io.BytesIO()
    page = Canvas(kept, pagesize=A4)
    page.setTitle(title)
    top = _HEIGHT - 18 * mm
    if picture:
        drawn = ImageReader(io.BytesIO(picture))
        page.drawImage(
            drawn,
            (_WIDTH - _PICTURE) / 2,
            top - _PICTURE,
            _PICTURE,
            _PICTURE,
            preserveAspectRatio=True,
            mask="auto",
        )
        top -= _PICTURE + 8 * mm
    top = _written(page, title, top, size=28, bold=True)
    top = _written(page, f"{badge} · {issuer}", top, size=14)
    for line in lines:
        top = _written(page, line, top, size=14)
    _qr(page, address, 34 * mm)
    _written(page, _("Scan the code and get your badge."), 30 * mm, size=15, bold=True)
    _written(page, address, 20 * mm, size=9)
    page.showPage()
    page.save()
    return kept.getvalue()


def _written(page: Canvas, text: str, top: float, *, size: int, bold: bool = False) -> float:
    """Write the text below ``top``, in the middle; where the next may begin."""
    font = "DejaVuSans-Bold" if bold else "DejaVuSans"
    style = ParagraphStyle("x", fontName=font, fontSize=size, leading=size * 1.25)
    style.alignment = TA_CENTER
    style.splitLongWords = True
    plain = text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
    for special, name in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        plain = plain.replace(special, name)
    shown = Paragraph(plain, style)
    _width, height = shown.wrap(_TEXT, _HEIGHT)
    shown.drawOn(page, (_WIDTH - _TEXT) / 2, top - height)
    return float(top - height - 3 * mm)


def _qr(page: Canvas, address: str, bottom: float) -> None:
    modules = list(segno.make_qr(address, error="m").matrix_iter(border=4))
    side = _QR / len(modules)
    left = (_WIDTH - _QR) / 2
    page.setFillGray(0)
    for y, row in enumerate(modules):
        for x, is_dark in enumerate(row):
            if is_dark:
                where = bottom + _QR - (y + 1) * side
                page.rect(left + x * side, where, side, side, stroke=0, fill=1)
