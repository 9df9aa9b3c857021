"""The format of an image is told by its first bytes."""

import pytest

from rosette.openbadges.baking import bake, image_format, unbake
from rosette.openbadges.errors import BrokenImage
from tests.openbadges.facts import SVG, png


@pytest.mark.parametrize("image", [png(), SVG], ids=["png", "svg"])
def test_an_image_carries_a_badge(image: bytes) -> None:
    assert unbake(bake(image, '{"id": "https://far.example/a"}')) == (
        '{"id": "https://far.example/a"}'
    )


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        (png(), "png"),
        (SVG, "svg"),
        (b'\n<?xml version="1.0"?>' + SVG, "svg"),
        (b"\xef\xbb\xbf" + SVG, "svg"),
        (SVG.decode().encode("utf-16"), "svg"),
    ],
)
def test_the_first_bytes_tell_the_format(image: bytes, expected: str) -> None:
    assert image_format(image) == expected


@pytest.mark.parametrize("image", [b"", b"GIF89a", b"\xff\xd8\xff\xe0", b"https://far.example/a"])
def test_another_format_is_refused(image: bytes) -> None:
    for attempt in (image_format, unbake, lambda image: bake(image, "{}")):
        with pytest.raises(BrokenImage):
            attempt(image)
