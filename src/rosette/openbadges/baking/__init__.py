"""
Documents inside images: those of version 2.0 and before as "Open Badges Baking Specification" 2.0
puts them there, those of version 3.0 as "Open Badges 3.0", "Baked Badge". The two have places of
their own, and do not disturb each other.

The picture itself is never decoded or encoded again: its bytes stay as they are.
"""

from typing import Literal, Protocol

from rosette.openbadges.baking import png, svg
from rosette.openbadges.errors import BrokenImage

Format = Literal["png", "svg"]

Place = Literal["assertion", "credential"]
"""``credential``: of version 3.0; ``assertion``: of all before it."""

_BYTE_ORDER_MARKS = b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"


def bake(image: bytes, text: str, place: Place = "assertion") -> bytes:
    """
    The image with ``text`` baked in, in place of whatever was in that place.

    ``text`` is a document in JSON, a compact JWS or, for oldest badges, a URL.
    Raises BrokenImage if the image cannot carry it.
    """
    return _BAKERS[image_format(image)].bake(image, text, place)


def unbake(image: bytes, place: Place = "assertion") -> str:
    """
    The text that is baked into that place: a document in JSON, a compact JWS or a URL.

    Raises UnbakedImage if there is none, or none that can be had.
    """
    return _BAKERS[image_format(image)].unbake(image, place)


def image_format(image: bytes) -> Format:
    """
    What the first bytes claim the image to be; whether it is, shows when it is used.

    Raises BrokenImage if they fit neither format.
    """
    if image.startswith(png.SIGNATURE):
        return "png"
    if image.startswith(_BYTE_ORDER_MARKS) or image[:64].lstrip().startswith(b"<"):
        return "svg"
    raise BrokenImage("The image is neither PNG nor SVG.")


class _Baker(Protocol):
    """What the module of a format offers."""

    def bake(self, image: bytes, text: str, place: Place) -> bytes: ...
    def unbake(self, image: bytes, place: Place) -> str: ...


_BAKERS: dict[Format, _Baker] = {"png": png, "svg": svg}
