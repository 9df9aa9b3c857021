"""
Images that people hand in, checked and cleaned; and the pictures made from them.

Bytes in, bytes out: no rows, no settings. Everything handed in is taken for hostile. Pictures are
drawn anew by Pillow; SVG passes Cloudflare's filter and meets the rasteriser only in a process of
its own, which is what this module is when it is run (``python -m rosette.images``).
"""

import base64
import hashlib
import os
import re
import struct
import subprocess
import sys
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Literal, NoReturn
from xml.etree import ElementTree
from xml.parsers import expat
from xml.sax.saxutils import escape

import py_svg_hush
import resvg_py
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _
from PIL import Image, ImageFilter, ImageFont

PNG: Literal["image/png"] = "image/png"
SVG: Literal["image/svg+xml"] = "image/svg+xml"

SOCIAL_PREVIEW_PX = (1200, 630)

_FONTS = sorted((Path(__file__).parent / "fonts").glob("*.ttf"))
# What words on a card are set in; what it lacks, a font of the machine may have.
_TITLE_FONT = "DejaVuSans-Bold.ttf"
_SUBTITLE_PX = 30
_NO_GLYPH = b"No fonts with"  # what the rasteriser says of a letter that no font has

_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_OTHER_SIGNATURES = re.compile(rb"\xff\xd8\xff|GIF8|RIFF....WEBP", re.DOTALL)
_MARKUP_START = re.compile(rb"(?:\xef\xbb\xbf)?\s*<|\xff\xfe|\xfe\xff")
_DATA_URI = re.compile(r"data:[\w.+-]+/[\w.+-]+;base64,", re.ASCII | re.IGNORECASE)

_SVG_NAMESPACE = "http://www.w3.org/2000/svg"
_RASTER_TYPES = ["png", "jpeg", "jpg", "gif", "webp"]
_RASTER_URI = re.compile(rf"data:image/(?:{'|'.join(_RASTER_TYPES)});base64,", re.IGNORECASE)
# A file inside CSS, mostly a font; the filter would trip over its semicolon.
_EMBEDDED_FILE = re.compile(
    r"url\(\s*+([\"']?+)data:[\w/+.;:,=%-]*+\1\s*\)", re.ASCII | re.IGNORECASE
)
# What could fetch or run something, as a value or as CSS. A backslash may spell any of the names,
# so it counts too.
_LEAVES_THE_DOCUMENT = re.compile(
    r"\\|@import|script\s*:|^\s*(?:[\w+.-]+:)?//"
    r"|(?:src|image|image-set|cross-fade)\("
    r"|url\((?!\)|\s*+[\"']?+\#[^\s\"'(),;{}]*+[\"']?\s*+\))",
    re.IGNORECASE,
)
# The filter indents by depth, and the rasteriser recurses: both bounds keep the work in proportion.
_SVG_MAX_DEPTH = 100
_SVG_MAX_ELEMENTS = 50_000

_PREVIEW_MAX_PIXELS = 50_000_000
_RASTERISER_MAX_SECONDS = 3
_RASTERISER_MAX_BYTES = 1 << 30

# All that Pillow raises for bytes that are no whole, sane picture.
_UNREADABLE = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    struct.error,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)


class InvalidImage(ValueError):
    """What was handed in is not an image that we keep. ``message`` says why, for people."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


@dataclass(frozen=True)
class CleanImage:
    """An image that is safe to serve. ``sha256``: 64 hex digits, of ``content``."""

    content: bytes
    media_type: Literal["image/png", "image/svg+xml"]
    extension: Literal["png", "svg"]
    sha256: str


def from_data_uri(text: str) -> bytes:
    """
    The bytes in ``data:<mime>;base64,<data>``. The media type is not believed, see ``cleaned``.

    Raises InvalidImage for every other text.
    """
    head = _DATA_URI.match(text)
    try:
        if head:
            return base64.b64decode(text[head.end() :], validate=True)
    except ValueError:
        pass
    raise InvalidImage(_("The submitted data was not a file. Check the encoding type on the form."))


def cleaned(content: bytes, *, max_bytes: int, max_pixels: int, max_px: int) -> CleanImage:
    """
    ``content`` as a PNG or SVG that is safe to keep and to serve; the type is what the bytes say.

    PNG: drawn anew, without metadata, the first frame alone, centred on a transparent square whose
    side is ``max_px``, or the picture's longer side if that is less; never enlarged.
    SVG: without scripts, handlers, links, foreign elements, and references out of the document;
    embedded pictures stay. Equal bytes give equal bytes.

    ``max_bytes`` bounds what comes and what is kept, ``max_pixels`` the picture before it is
    decoded (for SVG: all embedded pictures together).

    Raises InvalidImage.
    """
    if not content:
        raise InvalidImage(_("The submitted file is empty."))
    _require_size(content, max_bytes)
    if content.startswith(_PNG_SIGNATURE):
        picture = _decoded(content, max_pixels=max_pixels)
        side = min(max(picture.size), max_px)
        clean = _encoded(_centred(_fitted(picture, (side, side)), (side, side)))
        return CleanImage(clean, PNG, "png", hashlib.sha256(clean).hexdigest())
    if _OTHER_SIGNATURES.match(content):
        raise InvalidImage(_("Invalid PNG"))
    if not _MARKUP_START.match(content):
        raise InvalidImage(_("Invalid MIME type"))
    clean = _safe_svg(content, max_pixels=max_pixels)
    _require_size(clean, max_bytes)
    return CleanImage(clean, SVG, "svg", hashlib.sha256(clean).hexdigest())


def png(image: bytes, media_type: str, *, height_px: int = 400, wide: bool = False) -> bytes:
    """
    A kept image as a PNG of exactly ``height_px``: square, or 1.91 times as ``wide`` (764 x 400).

    The image fills the canvas as far as its proportions allow; the rest is transparent.

    Raises InvalidImage if the image cannot be drawn.
    """
    size = (round(height_px * 1.91) if wide else height_px, height_px)
    return _encoded(_centred(_drawn(image, media_type, size), size))


def drawn(svg: bytes, *, width_px: int, height_px: int) -> bytes:
    """A drawing of our own, such as a chart, as PNG. Raises InvalidImage if it cannot be drawn."""
    return _encoded(_rasterised(svg, (width_px, height_px)))


def social_preview(image: bytes, media_type: str, *, title: str = "", subtitle: str = "") -> bytes:
    """
    A card of 1200 x 630 as PNG, for ``og:image``: the image, beside it title and subtitle.

    Words that no font at hand can write are left out, and the image stands in the middle. The
    fonts here write Latin, Greek, Cyrillic, Arabic and Hebrew; others are the machine's.

    Raises InvalidImage if the image cannot be drawn.
    """
    width, height = SOCIAL_PREVIEW_PX
    hero_px = 410
    hero = _centred(_drawn(image, media_type, (hero_px, hero_px)), (hero_px, hero_px))
    words = _words(title, subtitle, left=90 + hero_px + 80, right=width - 80)
    left = 90 if words else (width - hero_px) // 2
    top = (height - hero_px) // 2

    card = _backdrop(SOCIAL_PREVIEW_PX, glow=(left + hero_px // 2, height // 2))
    shadow = Image.new("RGBA", card.size)
    shadow.paste((40, 44, 72, 90), (left, top + 14), hero.getchannel("A"))
    card.alpha_composite(shadow.filter(ImageFilter.GaussianBlur(18)))
    card.alpha_composite(hero, (left, top))
    if words:
        card.alpha_composite(words)
    return _encoded(card.convert("RGB"))


def _require_size(content: bytes, max_bytes: int) -> None:
    if len(content) > max_bytes:
        raise InvalidImage(
            gettext("The image is too large: at most %(count)s bytes are allowed.")
            % {"count": f"{max_bytes:,}"}
        )


def _require_pixels(pixels: int, max_pixels: int) -> None:
    if pixels > max_pixels:
        raise InvalidImage(
            gettext("The image is too large: at most %(count)s pixels are allowed.")
            % {"count": f"{max_pixels:,}"}
        )


def _decoded(content: bytes, *, max_pixels: int) -> Image.Image:
    """The first frame of a PNG, as RGBA without metadata."""
    try:
        # Asked of the header itself, so that no decoder runs on a picture that is too large.
        width, height = struct.unpack_from(">II", content, len(_PNG_SIGNATURE) + 8)
        _require_pixels(width * height, max_pixels)
        with Image.open(BytesIO(content), formats=["PNG"]) as picture:
            picture.verify()
        with Image.open(BytesIO(content), formats=["PNG"]) as picture:
            if picture.mode.startswith("I"):
                # 16 bits of grey: Pillow's own conversion would clip instead of scaling.
                return (
                    picture.convert("I").point(lambda grey: grey / 257).convert("L").convert("RGBA")
                )
            return picture.convert("RGBA")
    except InvalidImage:
        raise
    except _UNREADABLE as error:
        raise InvalidImage(_("Invalid image.")) from error


def _fitted(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    """``picture`` as large as it can be within ``size``, its proportions kept."""
    scale = min(size[0] / picture.width, size[1] / picture.height)
    if scale == 1:
        return picture
    width, height = (max(1, round(side * scale)) for side in picture.size)
    return picture.resize((width, height), Image.Resampling.LANCZOS)


def _centred(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    canvas = Image.new("RGBA", size)
    canvas.paste(picture, ((size[0] - picture.width) // 2, (size[1] - picture.height) // 2))
    return canvas


def _encoded(picture: Image.Image) -> bytes:
    written = BytesIO()
    picture.save(written, "PNG", optimize=True)
    return written.getvalue()


def _safe_svg(content: bytes, *, max_pixels: int) -> bytes:
    """
    ``content`` as SVG that neither runs nor fetches anything.

    What may stand in it is the filter's business. It lets references within the same site pass,
    though, and looks neither at ``image-set()`` nor at CSS around a child element; so references
    out of the document are cut before it, and the filter has the last word.
    """
    try:
        _require_plain_xml(content)
        root = ElementTree.fromstring(content)  # noqa: S314 -- plain by the check above
        if root.tag != f"{{{_SVG_NAMESPACE}}}svg":
            raise InvalidImage(_("Invalid SVG"))
        _cut_references(root, max_pixels=max_pixels)
        return py_svg_hush.filter_svg(
            ElementTree.tostring(root, encoding="utf-8"),
            keep_data_url_mime_types={"image": _RASTER_TYPES},
        )
    except InvalidImage:
        raise
    except (expat.ExpatError, ElementTree.ParseError, LookupError, ValueError) as error:
        raise InvalidImage(_("Invalid SVG")) from error


# The filter drops prefixes, so that SVG must be the default namespace of what it reads.
ElementTree.register_namespace("", _SVG_NAMESPACE)


def _require_plain_xml(content: bytes) -> None:
    """Raises InvalidImage for entities, and for XML too deep or with too many elements."""
    depth = elements = 0

    def entity(*_rest: object) -> NoReturn:
        raise InvalidImage(_("Invalid SVG: entities are not allowed."))

    def start(*_rest: object) -> None:
        nonlocal depth, elements
        depth += 1
        elements += 1
        if depth > _SVG_MAX_DEPTH or elements > _SVG_MAX_ELEMENTS:
            raise InvalidImage(_("Invalid SVG: it is too deeply nested or has too many elements."))

    def end(*_rest: object) -> None:
        nonlocal depth
        depth -= 1

    parser = expat.ParserCreate()
    parser.EntityDeclHandler = entity
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.Parse(content, True)


def _cut_references(root: ElementTree.Element, *, max_pixels: int) -> None:
    """Drop from ``root``'s tree, in place, every value that points out of the document."""
    pixels = 0
    for element in root.iter():
        for name, value in list(element.items()):
            if name.rpartition("}")[2] != "href":
                element.attrib[name] = value = _EMBEDDED_FILE.sub("url(#)", value)
                # As the filter will write it: it drops letters outside ASCII and joins the rest.
                if _LEAVES_THE_DOCUMENT.search(value.encode("ascii", "ignore").decode()):
                    del element.attrib[name]
            elif not value.strip().startswith("#"):
                embedded = "".join(value.split())
                size = _raster_size(embedded)
                if size is None:
                    del element.attrib[name]
                else:
                    pixels += size[0] * size[1]
                    element.attrib[name] = embedded
        if element.tag == f"{{{_SVG_NAMESPACE}}}style":
            css = _EMBEDDED_FILE.sub("url(#)", "".join(_own_text(element)))
            del element[:]
            element.text = "" if _LEAVES_THE_DOCUMENT.search(css) else css
    _require_pixels(pixels, max_pixels)


def _own_text(element: ElementTree.Element) -> Iterator[str]:
    """What a browser takes for a style sheet: the text around child elements, not inside them."""
    yield element.text or ""
    for child in element:
        yield child.tail or ""


def _raster_size(uri: str) -> tuple[int, int] | None:
    """Width and height of the picture in a ``data:`` URI; None if it is no picture we allow."""
    head = _RASTER_URI.match(uri)
    if head is None:
        return None
    try:
        raster = BytesIO(base64.b64decode(uri[head.end() :], validate=True))
        with Image.open(raster, formats=["PNG", "JPEG", "GIF", "WEBP"]) as picture:
            return picture.size
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise InvalidImage(
            _("The image is too large: a picture in it has too many pixels.")
        ) from error
    except _UNREADABLE:
        return None


def _drawn(image: bytes, media_type: str, size: tuple[int, int]) -> Image.Image:
    """A PNG or SVG as a picture that fits ``size``."""
    if media_type == PNG:
        return _fitted(_decoded(image, max_pixels=_PREVIEW_MAX_PIXELS), size)
    if media_type == SVG:
        return _rasterised(_safe_svg(image, max_pixels=_PREVIEW_MAX_PIXELS), size)
    raise InvalidImage(_("Invalid MIME type"))


def _rasterised(svg: bytes, size: tuple[int, int]) -> Image.Image:
    """
    ``svg`` drawn to fit ``size``, in a process of its own.

    A deep or self-multiplying SVG brings the rasteriser down by stack or memory, and with it the
    process that it runs in; no check of the document beforehand could exclude that.
    """
    width, height = size
    return _decoded(_run_rasteriser(svg, size).stdout, max_pixels=width * height)


def _run_rasteriser(svg: bytes, size: tuple[int, int]) -> subprocess.CompletedProcess[bytes]:
    """The PNG on its standard output, and what it says of missing letters on the other."""
    width, height = size
    try:
        return subprocess.run(  # noqa: S603 -- our own module, two numbers
            [sys.executable, "-P", "-m", "rosette.images", str(width), str(height)],
            input=svg,
            capture_output=True,
            timeout=_RASTERISER_MAX_SECONDS * 4,
            check=True,
        )
    except subprocess.SubprocessError as error:
        raise InvalidImage(_("Invalid SVG: it cannot be drawn.")) from error


def _rasterise(width_px: int, height_px: int) -> None:
    """SVG on standard input, PNG on standard output; what the process of its own does."""
    import resource  # noqa: PLC0415 -- Unix only, and no use outside this process

    resource.setrlimit(resource.RLIMIT_AS, (_RASTERISER_MAX_BYTES, _RASTERISER_MAX_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (_RASTERISER_MAX_SECONDS, _RASTERISER_MAX_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    picture = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # the rasteriser speaks on standard output
    drawn = resvg_py.svg_to_bytes(
        svg_string=sys.stdin.buffer.read().decode(),
        width=width_px,
        height=height_px,
        font_files=[str(path) for path in _FONTS],
        log_information=True,
    )
    with picture:
        picture.write(drawn)


def _backdrop(size: tuple[int, int], *, glow: tuple[int, int]) -> Image.Image:
    """A calm, light ground, brightest around ``glow``."""
    reach = size[0]
    light = Image.radial_gradient("L").resize((2 * reach, 2 * reach), Image.Resampling.BICUBIC)
    x, y = reach - glow[0], reach - glow[1]
    mask = light.crop((x, y, x + size[0], y + size[1]))
    edge = Image.new("RGB", size, (214, 220, 238))
    return Image.composite(edge, Image.new("RGB", size, (255, 255, 255)), mask).convert("RGBA")


def _words(title: str, subtitle: str, *, left: int, right: int) -> Image.Image | None:
    """
    Title and subtitle on a card that is empty otherwise; None if there are no words.

    One above the other, in the middle of the card's height. None, too, if letters are missing.
    """
    title, subtitle = _one_line(title), _one_line(subtitle)
    if not title:
        return None
    width = right - left
    for title_px in (64, 56, 48, 40):
        lines = _lines(title, title_px, width)
        if len(lines) <= 3 and all(_width(line, title_px) <= width for line in lines):
            break
    lines = _shortened(lines, 4, title_px, width)
    below_px = _SUBTITLE_PX
    below = _shortened(_lines(subtitle, below_px, width), 2, below_px, width)
    line_px, below_line_px, gap_px = round(title_px * 1.22), round(below_px * 1.3), 24
    height = len(lines) * line_px + (gap_px + len(below) * below_line_px if below else 0)
    y = (SOCIAL_PREVIEW_PX[1] - height) // 2 + round(title_px * 0.95)
    written: list[str] = []
    for line in lines:
        written.append(_text(line, left, y, title_px, "#211d2b"))
        y += line_px
    y += gap_px - title_px + below_px
    for line in below:
        written.append(_text(line, left, y, below_px, "#5b5566"))
        y += below_line_px
    card_width, card_height = SOCIAL_PREVIEW_PX
    size = f'width="{card_width}" height="{card_height}"'
    svg = f'<svg xmlns="{_SVG_NAMESPACE}" {size}>{"".join(written)}</svg>'
    drawn = _run_rasteriser(svg.encode(), SOCIAL_PREVIEW_PX)
    if _NO_GLYPH in drawn.stderr:
        return None
    return _decoded(drawn.stdout, max_pixels=card_width * card_height)


def _one_line(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _text(line: str, x: int, y: int, px: int, colour: str) -> str:
    weight = "normal" if px == _SUBTITLE_PX else "bold"
    return (
        f'<text x="{x}" y="{y}" font-family="DejaVu Sans" font-weight="{weight}"'
        f' font-size="{px}" fill="{colour}">{escape(line)}</text>'
    )


@cache
def _measure(px: int) -> ImageFont.FreeTypeFont:
    name = "DejaVuSans.ttf" if px == _SUBTITLE_PX else _TITLE_FONT
    return ImageFont.truetype(str(Path(__file__).parent / "fonts" / name), px)


def _width(line: str, px: int) -> float:
    """About how wide the line is: Chinese, Japanese and Korean letters fill a square."""
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in line)
    narrow = "".join(c for c in line if unicodedata.east_asian_width(c) not in "WF")
    return wide * px + float(_measure(px).getlength(narrow))


def _lines(text: str, px: int, width: float) -> list[str]:
    """``text`` broken at spaces, and where no spaces are written, so that each line fits."""
    lines: list[str] = []
    for word in _WORD.findall(text):
        if lines and _width(lines[-1] + word.rstrip(), px) <= width:
            lines[-1] += word
        else:
            lines.append(word)
    return [line.strip() for line in lines]


_WORD = re.compile(r"[⺀-鿿가-힣豈-﫿＀-｠]|[^\s⺀-鿿가-힣豈-﫿＀-｠]+\s*|\s+")


def _shortened(lines: list[str], count: int, px: int, width: float) -> list[str]:
    """At most ``count`` lines, none wider than ``width``; an ellipsis says what is missing."""
    kept = lines[:count]
    if len(lines) > count:
        kept[-1] += " " + lines[count]
    return [_clipped(line, px, width) for line in kept]


def _clipped(line: str, px: int, width: float) -> str:
    if _width(line, px) <= width:
        return line
    while line and _width(line + "…", px) > width:
        line = line[:-1]
    return line.rstrip() + "…"


if __name__ == "__main__":
    _rasterise(int(sys.argv[1]), int(sys.argv[2]))
