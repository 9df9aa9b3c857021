"""Badges in PNG: spliced in, taken out, and hostile files refused."""

import io
import zlib
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openbadges_bakery import png_bakery

from rosette.openbadges.baking import png as baker
from rosette.openbadges.errors import BrokenImage, UnbakedImage
from tests.openbadges.facts import chunk, png

TEXT = '{"id": "https://badges.example.org/public/assertions/1", "name": "Knöt 🪢"}'


def international(text: bytes, flags: bytes = b"\0\0", language: bytes = b"") -> bytes:
    return chunk(b"iTXt", b"openbadges\0" + flags + language + b"\0\0" + text)


def test_baking_adds_one_chunk_behind_the_header_and_touches_nothing_else() -> None:
    assert baker.bake(png(), TEXT) == png(international(TEXT.encode()))


def test_baking_replaces_every_badge_and_keeps_other_texts() -> None:
    other = chunk(b"tEXt", b"Software\0openbadges\0 by hand")
    old = chunk(b"tEXt", b"openbadges\0https://far.example/a")

    baked = baker.bake(png(old, other, international(b"older"), international(b"oldest")), TEXT)

    assert baked == png(international(TEXT.encode()), other)


@given(st.text(min_size=1, alphabet=st.characters(codec="utf-8")))
def test_what_is_baked_comes_out_again(text: str) -> None:
    assert baker.unbake(baker.bake(png(), text)) == text


def test_the_independent_baker_reads_ours_and_we_read_its() -> None:
    theirs = png_bakery.bake(io.BytesIO(png()), TEXT)

    assert png_bakery.unbake(io.BytesIO(baker.bake(png(), TEXT))) == TEXT
    assert baker.unbake(theirs.read()) == TEXT


@pytest.mark.parametrize(
    "chunks",
    [
        [chunk(b"tEXt", b"openbadges\0" + TEXT.encode())],
        [international(zlib.compress(TEXT.encode()), b"\1\0")],
        [international(TEXT.encode(), language=b"en-GB")],
        [chunk(b"tEXt", b"openbadges\0https://far.example/a"), international(TEXT.encode())],
        [international(TEXT.encode()), international(b"second")],
    ],
    ids=["older tEXt", "compressed", "with language", "iTXt before tEXt", "first of two"],
)
def test_every_lawful_form_is_read(chunks: list[bytes]) -> None:
    assert baker.unbake(png(*chunks)) == TEXT


BOMB = zlib.compress(b" " * (baker.TEXT_MAX_BYTES + 1), 9)


@pytest.mark.parametrize(
    "chunks",
    [
        [],
        [chunk(b"tEXt", b"Title\0openbadges")],
        [chunk(b"iTXt", b"openbadges\0\0\0en")],
        [international(b"")],
        [international(b"\xff\xfe")],
        [international(BOMB, b"\1\0")],
        [international(zlib.compress(TEXT.encode())[:-6], b"\1\0")],
        [international(b"not compressed", b"\1\0")],
        [international(zlib.compress(TEXT.encode()), b"\1\7")],
        [international(TEXT.encode())[:-4] + b"\0\0\0\0"],
    ],
    ids=[
        *("nothing", "other text", "cut off", "empty", "no UTF-8", "bomb", "half compressed"),
        *("falsely compressed", "unknown method", "wrong checksum"),
    ],
)
def test_a_png_without_a_badge_that_can_be_had_is_refused(chunks: list[bytes]) -> None:
    with pytest.raises(UnbakedImage):
        baker.unbake(png(*chunks))


BAKED = png(international(b"{}"))


@pytest.mark.parametrize(
    "broken",
    [
        baker.SIGNATURE,
        BAKED[:20],
        BAKED[:-12],
        BAKED[:-1],
        BAKED[:33] + b"\xff\xff\xff\xff" + BAKED[37:],
        BAKED[:8] + BAKED[33:],
        BAKED[:8] + chunk(b"IHDR", b"") + BAKED[33:],
    ],
    ids=["empty", "in header", "no end", "last byte", "huge length", "no header", "bad header"],
)
def test_a_broken_png_is_refused_both_ways(broken: bytes) -> None:
    with pytest.raises(BrokenImage):
        baker.unbake(broken)
    with pytest.raises(BrokenImage):
        baker.bake(broken, TEXT)


@given(st.data())
def test_no_damage_does_more_than_be_refused(data: st.DataObject) -> None:
    damaged = bytearray(png(international(zlib.compress(b"{}" * 99), b"\1\0")))
    places = st.integers(0, len(damaged) - 1)
    for place in data.draw(st.lists(places, min_size=1, max_size=4)):
        damaged[place] = data.draw(st.integers(0, 255))

    for attempt in (baker.unbake, lambda image: baker.bake(image, TEXT)):
        with suppress(UnbakedImage):
            attempt(bytes(damaged[: data.draw(places)]))
