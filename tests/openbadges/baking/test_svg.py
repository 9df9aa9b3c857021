"""Badges in SVG: spliced in, taken out, and hostile files refused."""

import io
import json
from contextlib import suppress
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openbadges_bakery import svg_bakery

from rosette.openbadges.baking import svg as baker
from rosette.openbadges.errors import BrokenImage, UnbakedImage
from tests.openbadges.facts import SVG

URL = "https://badges.example.org/public/assertions/1"
TEXT = f'{{"id": "{URL}", "name": "Knöt 🪢"}}'
JWS = "eyJhbGciOiJSUzI1NiJ9.e30.c2lnbmF0dXJl"  # pragma: allowlist secret
ELEMENT = (
    f'<openbadges:assertion xmlns:openbadges="http://openbadges.org" verify="{URL}">'
    f"<![CDATA[{TEXT}]]></openbadges:assertion>"
).encode()
OPEN = b'<svg xmlns="http://www.w3.org/2000/svg">'


def test_baking_adds_the_first_child_of_the_root_and_touches_nothing_else() -> None:
    prolog = b'<?xml version="1.0" encoding="UTF-8"?>\n<!-- by <Ada> -->\n<!DOCTYPE svg>\n'
    root = b"<svg xmlns='http://www.w3.org/2000/svg' data-x='a > b' >"
    rest = b'\n <g  fill = "red"><path d="M0,0"/></g>\n</svg>\n<!-- end -->'

    assert baker.bake(prolog + root + rest, TEXT) == prolog + root + ELEMENT + rest


@pytest.mark.parametrize(
    "old",
    [
        b'<openbadges:assertion xmlns:openbadges="http://openbadges.org" verify="a>b"/>',
        b'<b:assertion xmlns:b="http://openbadges.org">old<b:assertion/><i/></b:assertion >',
        b'<g><assertion xmlns="http://openbadges.org"><![CDATA[{}]]></assertion></g>',
    ],
    ids=["empty", "nested", "deep"],
)
def test_baking_replaces_every_badge_under_whichever_prefix(old: bytes) -> None:
    remains = b"<g></g>" if old.startswith(b"<g>") else b""

    baked = baker.bake(OPEN + old + b"<path/>" + old + b"</svg>", TEXT)

    assert baked == OPEN + ELEMENT + remains + b"<path/>" + remains + b"</svg>"


_names = st.text(alphabet=st.characters(codec="utf-8"))


@given(st.dictionaries(_names, _names | st.just("]]>"), max_size=5), st.booleans())
def test_a_document_comes_out_equal(document: dict[str, str], ensure_ascii: bool) -> None:
    text = json.dumps(document, ensure_ascii=ensure_ascii)

    baked = baker.bake(SVG, text)

    ElementTree.fromstring(baked)
    assert json.loads(baker.unbake(baked)) == document


@pytest.mark.parametrize("text", [TEXT, JWS, URL, '{"id": "a]]>b", "x": "]]>"}', '{"id": 7}'])
def test_what_is_baked_comes_out_again(text: str) -> None:
    assert baker.unbake(baker.bake(SVG, text)) == text


@pytest.mark.parametrize("id", ["https://x/\0", "https://x/\ud800", "https://x/\"'<&>é", "urn:x"])
def test_an_id_that_is_no_url_does_no_harm(id: str) -> None:
    text = json.dumps({"id": id})

    baked = baker.bake(SVG, text)

    ElementTree.fromstring(baked)
    assert baker.unbake(baked) == text


@pytest.mark.filterwarnings("ignore:Please use rfc3986:DeprecationWarning")
def test_the_independent_baker_reads_ours_and_we_read_its() -> None:
    theirs = svg_bakery.bake(io.BytesIO(SVG), TEXT)

    assert svg_bakery.unbake(io.BytesIO(baker.bake(SVG, TEXT))) == URL
    assert baker.unbake(theirs.read()) == TEXT
    assert baker.unbake(svg_bakery.bake(io.BytesIO(SVG), JWS).read()) == JWS


def badge(attributes: str, content: str = "") -> bytes:
    element = f'<o:assertion xmlns:o="http://openbadges.org" {attributes}>{content}</o:assertion>'
    return OPEN + element.encode() + b"</svg>"


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        (badge("", "\n <![CDATA[ {} ]]>\n"), "{}"),
        (badge("", "{&quot;id&quot;: 1}"), '{"id": 1}'),
        (badge(f'verify="{JWS}"', "{}"), JWS),
        (badge(f'verify="{URL}"', "{}"), "{}"),
        (badge(f'verify=" {URL} "'), URL),
        (badge("", "first").replace(b"</svg>", b"") + badge("", "second")[40:], "first"),
        (badge("", "é").decode().encode("utf-16"), "é"),
        (b"\xef\xbb\xbf" + badge("", "{}"), "{}"),
        (b'<?xml version="1.0" encoding="iso-8859-1"?>' + badge("", "{}"), "{}"),
    ],
)
def test_every_lawful_form_is_read(image: bytes, expected: str) -> None:
    assert baker.unbake(image) == expected


@pytest.mark.parametrize(
    "image",
    [SVG, badge(""), badge('verify=""', " "), SVG.replace(b"<circle", b"<assertion/><circle")],
)
def test_an_svg_without_badge_is_refused(image: bytes) -> None:
    with pytest.raises(UnbakedImage):
        baker.unbake(image)


LAUGHS = b"".join(f'<!ENTITY l{n + 1} "{f"&l{n};" * 10}">'.encode() for n in range(9))


@pytest.mark.parametrize(
    "image",
    [
        b"",
        b"<svg",
        OPEN,
        b"<svg><circle/></svg>",
        b"<html/>",
        OPEN + b"<g></svg></g>",
        b'<?xml version="1.0" encoding="nonsense"?>' + SVG,
        b'<?xml version="1.0" encoding="rot13"?>' + SVG,
        b'<?xml version="1.0" encoding="utf-7"?>' + SVG,
        b'<!DOCTYPE svg [<!ENTITY l0 "ha">' + LAUGHS + b"]>" + OPEN + b"&l9;</svg>",
        b'<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + OPEN + b"&x;</svg>",
        b'<!DOCTYPE svg [<!ENTITY % x SYSTEM "http://127.0.0.1/x"> %x;]>' + SVG,
    ],
    ids=[
        *("empty", "cut", "unclosed", "no namespace", "html", "crossed", "unknown encoding"),
        *("no text encoding", "unfit encoding", "laughs", "file", "fetch"),
    ],
)
def test_a_broken_or_hostile_svg_is_refused_both_ways(image: bytes) -> None:
    with pytest.raises(BrokenImage):
        baker.unbake(image)
    with pytest.raises(BrokenImage):
        baker.bake(image, TEXT)


@pytest.mark.parametrize(
    "image",
    [
        SVG.decode().encode("utf-16"),
        b'<?xml version="1.0" encoding="iso-8859-1"?>' + SVG,
        b'<svg xmlns="http://www.w3.org/2000/svg"/>',
    ],
    ids=["utf-16", "latin-1", "nothing to see"],
)
def test_an_svg_that_cannot_carry_a_badge_is_refused(image: bytes) -> None:
    with pytest.raises(BrokenImage):
        baker.bake(image, TEXT)


@given(st.data())
def test_no_damage_does_more_than_be_refused(data: st.DataObject) -> None:
    damaged = bytearray(baker.bake(SVG, TEXT))
    places = st.integers(0, len(damaged) - 1)
    for place in data.draw(st.lists(places, min_size=1, max_size=4)):
        damaged[place] = data.draw(st.integers(0, 255))

    for attempt in (baker.unbake, lambda image: baker.bake(image, TEXT)):
        with suppress(UnbakedImage):
            attempt(bytes(damaged))
