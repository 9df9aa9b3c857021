"""Credentials of version 3.0 in images, in a place of their own beside older badges."""

import json
import zlib
from xml.etree import ElementTree

import pytest

from rosette.openbadges.baking import bake, unbake
from rosette.openbadges.errors import UnbakedImage
from tests.openbadges.facts import SVG, png

TEXT = json.dumps({"id": "https://x.example/1", "name": "é ]]> <b> 😀 \uffff"}, ensure_ascii=False)
JWS = "eyJhbGciOiJSUzI1NiJ9.e30.c2ln"  # pragma: allowlist secret
NAMESPACE = "{https://purl.imsglobal.org/ob/v3p0}credential"


@pytest.mark.parametrize("image", [png(), SVG])
@pytest.mark.parametrize("text", [TEXT, JWS])
def test_what_is_baked_in_comes_out(image: bytes, text: str):
    baked = bake(image, text, "credential")

    found = unbake(baked, "credential")
    assert found == text if text == JWS else json.loads(found) == json.loads(text)
    with pytest.raises(UnbakedImage):
        unbake(baked)


@pytest.mark.parametrize("image", [png(), SVG])
def test_both_versions_live_side_by_side(image: bytes):
    both = bake(bake(image, '{"id": "old"}'), '{"id": "new"}', "credential")

    assert (unbake(both), unbake(both, "credential")) == ('{"id": "old"}', '{"id": "new"}')
    newer = bake(both, '{"id": "newer"}', "credential")
    assert (unbake(newer), unbake(newer, "credential")) == ('{"id": "old"}', '{"id": "newer"}')
    assert newer.count(b'"new"') == 0


def test_a_png_has_one_plain_chunk_of_the_right_keyword():
    baked = bake(bake(png(), "{}", "credential"), TEXT, "credential")
    content = b"openbadgecredential\0\0\0\0\0" + TEXT.encode()

    assert baked.count(b"openbadgecredential") == 1
    start = baked.index(b"iTXt")
    assert baked[start - 4 : start] == len(content).to_bytes(4)
    assert baked[start + 4 : start + 4 + len(content)] == content
    checksum = zlib.crc32(b"iTXt" + content).to_bytes(4)
    assert baked[start + 4 + len(content) :].startswith(checksum)
    assert start < baked.index(b"IDAT")


def test_an_svg_declares_the_prefix_at_its_root_and_has_the_document_in_one_piece():
    baked = bake(SVG, TEXT, "credential").decode()

    root = baked[: baked.index(">") + 1]
    assert ' xmlns:openbadges="https://purl.imsglobal.org/ob/v3p0"' in root
    assert baked[len(root) :].startswith("<openbadges:credential")
    assert baked.count("<![CDATA[") == 1
    assert baked.count("]]>") == 1
    element = ElementTree.fromstring(baked)[0]
    assert element.tag == NAMESPACE
    assert json.loads(element.text or "") == json.loads(TEXT)


def test_a_token_stands_in_an_attribute():
    element = ElementTree.fromstring(bake(SVG, JWS, "credential"))[0]

    assert (element.tag, element.attrib, element.text) == (NAMESPACE, {"verify": JWS}, None)


@pytest.mark.parametrize(
    "namespace", ["http://openbadges.org", "https://purl.imsglobal.org/ob/v3p0"]
)
def test_a_root_that_declares_the_prefix_already_stays_well_formed(namespace: str):
    image = SVG.replace(b"<svg ", f'<svg xmlns:openbadges="{namespace}" '.encode())

    baked = bake(image, TEXT, "credential")

    assert ElementTree.fromstring(baked)[0].tag == NAMESPACE
    assert json.loads(unbake(baked, "credential")) == json.loads(TEXT)
