"""
A badge in, and out of, a PNG text chunk (PNG, "Chunk layout" and "Textual information").

Baking splices one chunk in behind the header. Reading trusts no length that a file states.
"""

import re
import struct
import zlib
from collections.abc import Iterator

from rosette.openbadges.errors import BrokenImage, UnbakedImage

SIGNATURE = b"\x89PNG\r\n\x1a\n"
TEXT_MAX_BYTES = 4 * 1024 * 1024
"""Longest text that is unpacked; more in a few bytes is meant to exhaust the reader."""

_KEYWORDS = {"assertion": b"openbadges\0", "credential": b"openbadgecredential\0"}
_HEADER_END = len(SIGNATURE) + 4 + 4 + 13 + 4  # length, type, IHDR's content, checksum

# Keyword; compressed or not, by which method; language tag; translated keyword; text.
_INTERNATIONAL_TEXT = re.compile(rb"[^\0]*\0(.)(.)[^\0]*\0[^\0]*\0(.*)", re.DOTALL)


def bake(image: bytes, text: str, place: str = "assertion") -> bytes:
    """The PNG with ``text`` in an uncompressed iTXt chunk behind its header."""
    keyword = _KEYWORDS[place]
    content = keyword + b"\0\0\0\0" + text.encode()
    checksum = zlib.crc32(content, zlib.crc32(b"iTXt"))
    pieces = [
        image[:_HEADER_END],
        struct.pack(">I4s", len(content), b"iTXt"),
        content,
        struct.pack(">I", checksum),
    ]
    kept_from = _HEADER_END
    for kind, start, end in _chunks(image):
        if _holds_badge(image, kind, start, keyword):
            pieces.append(image[kept_from:start])
            kept_from = end
    pieces.append(image[kept_from:])
    return b"".join(pieces)


def unbake(image: bytes, place: str = "assertion") -> str:
    """The text in the iTXt chunk of the badge, else in the older tEXt chunk."""
    keyword = _KEYWORDS[place]
    found = {
        kind: image[start:end]
        for kind, start, end in reversed(list(_chunks(image)))
        if _holds_badge(image, kind, start, keyword)
    }
    if not found:
        raise UnbakedImage("The PNG holds no badge.")
    chunk = found.get(b"iTXt") or found[b"tEXt"]
    kind, content, checksum = chunk[4:8], chunk[8:-4], chunk[-4:]
    if zlib.crc32(content, zlib.crc32(kind)) != int.from_bytes(checksum):
        raise UnbakedImage("The checksum of the badge in the PNG is wrong.")
    packed = _international_text(content) if kind == b"iTXt" else content.removeprefix(keyword)
    try:
        text = packed.decode()
    except UnicodeDecodeError:
        raise UnbakedImage("The badge in the PNG is no text in UTF-8.") from None
    if not text:
        raise UnbakedImage("The badge in the PNG is empty.")
    return text


def _chunks(image: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Type of each chunk, and where it starts and ends in the image, up to and with IEND."""
    start, kind = len(SIGNATURE), b""
    while kind != b"IEND":
        if start + 12 > len(image):
            raise BrokenImage("The PNG ends before its last chunk.")
        length, kind = struct.unpack_from(">I4s", image, start)
        end = start + 12 + length
        if end > len(image):
            raise BrokenImage("A chunk of the PNG is longer than the file.")
        if (start == len(SIGNATURE)) != (kind == b"IHDR" and end == _HEADER_END):
            raise BrokenImage("The PNG does not begin with its header.")
        yield kind, start, end
        start = end


def _holds_badge(image: bytes, kind: bytes, start: int, keyword: bytes) -> bool:
    return kind in {b"iTXt", b"tEXt"} and image.startswith(keyword, start + 8)


def _international_text(content: bytes) -> bytes:
    """The text in the content of an iTXt chunk, unpacked if it is compressed."""
    parts = _INTERNATIONAL_TEXT.fullmatch(content)
    if not parts:
        raise UnbakedImage("The badge in the PNG is cut off.")
    is_compressed, method, text = parts.groups()
    if is_compressed == b"\0":
        return text
    unpacker = zlib.decompressobj()
    try:
        unpacked = unpacker.decompress(text, TEXT_MAX_BYTES)
    except zlib.error:
        raise UnbakedImage("The badge in the PNG cannot be unpacked.") from None
    if method != b"\0" or not unpacker.eof:
        raise UnbakedImage("The badge in the PNG is too long or cut off.")
    return unpacked
