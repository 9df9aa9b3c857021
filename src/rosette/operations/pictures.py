"""
The store of images, and the pictures that are made from them.

An image is kept once, under a name made of its content (``images/`` + 64 hex digits + ``.png`` or
``.svg``), so that a name never changes what it stands for: rows remember the name alone, and
whatever was read under it may be kept in memory. Pictures made from an image lie beside it.
"""

import hashlib
import os
import re
from functools import lru_cache
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, Final, Literal, assert_never

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, default_storage

from rosette import images, watermark
from rosette.errors import InvalidInput, NotFound

Kind = Literal["png", "wide", "social", "print"]
"""
A PNG of 400 x 400, one of 764 x 400, a card of 1200 x 630 for links in social networks, and a PNG
of 900 x 900 for paper.
"""

_PRINT_PX: Final = 900  # 270 dots an inch at the size of a certificate's badge
_NAME = re.compile(r"images/[0-9a-f]{64}(-[a-z]+(-[0-9a-f]{16})?)?\.(png|svg)")


def keep(sent: bytes) -> str:
    """
    Clean the image and keep it, unless it is kept already; its name in the store.

    Raises InvalidInput, about the field ``image``.
    """
    return _kept(clean(sent))


def keep_marked(sent: bytes, *, before: str = "") -> str:
    """
    As ``keep``, with the mark of a sandbox on the image; ``before`` itself, if that is what came.
    """
    made = clean(sent)
    if before and before == _name(made):
        return before
    mark = watermark.png if made.media_type == images.PNG else watermark.svg
    # What the mark adds is ours, and no reason to refuse the image.
    return _kept(_cleaned(mark(made.content), max_bytes=2 * settings.ROSETTE.image_max_bytes))


def clean(sent: bytes) -> images.CleanImage:
    """The image as it would be kept. Raises InvalidInput, about the field ``image``."""
    return _cleaned(sent, max_bytes=settings.ROSETTE.image_max_bytes)


def _name(made: images.CleanImage) -> str:
    return f"images/{made.sha256}.{made.extension}"


def _kept(made: images.CleanImage) -> str:
    name = _name(made)
    if not default_storage.exists(name):
        default_storage.save(name, ContentFile(made.content))
    return name


def _cleaned(sent: bytes, *, max_bytes: int) -> images.CleanImage:
    limits = settings.ROSETTE
    try:
        return images.cleaned(
            sent,
            max_bytes=max_bytes,
            max_pixels=limits.image_max_pixels,
            max_px=limits.image_max_px,
        )
    except images.InvalidImage as refusal:
        raise InvalidInput({"image": [refusal.message]}) from refusal


@lru_cache(maxsize=32)
def read(name: str) -> bytes:
    """The image's bytes. Raises NotFound."""
    if not _NAME.fullmatch(name):
        raise NotFound
    try:
        with default_storage.open(name) as file:
            content: bytes = file.read()
            return content
    except FileNotFoundError as missing:
        raise NotFound from missing


def media_type(name: str) -> str:
    """``image/png`` or ``image/svg+xml``; the store gave the name its end by the content."""
    return images.SVG if name.endswith(".svg") else images.PNG


def url(name: str) -> str:
    """Where the world finds the image: an absolute address."""
    return f"{settings.ROSETTE.origin}/media/{name}"


def rendered(name: str, kind: Kind, *, title: str = "", subtitle: str = "") -> bytes:
    """
    A picture made from the image: made when first asked for, then kept beside it.

    Title and subtitle stand on the card; the other kinds bear no words. Raises NotFound, and
    InvalidImage if the image cannot be drawn.
    """
    drawn = _rendered(name, kind, title, subtitle)
    if drawn is None:
        raise images.InvalidImage("The image cannot be drawn.")
    return drawn


def drawn(image: bytes, kind: Kind) -> bytes:
    """The picture of an SVG of our own, which is kept nowhere. Raises InvalidImage."""
    return _draw(image, images.SVG, kind, "", "")


def as_png(name: str) -> str:
    """The name in the store of this image as a PNG. Raises NotFound and InvalidImage."""
    if media_type(name) == images.PNG:
        return name
    rendered(name, "png")
    return f"{name.rpartition('.')[0]}-png.png"


# Remembers failures too: an SVG that no rasteriser can draw costs seconds at each attempt.
@lru_cache(maxsize=32)
def _rendered(name: str, kind: Kind, title: str, subtitle: str) -> bytes | None:
    # The 2 stands for how words are drawn, so that cards of before are drawn anew.
    words = hashlib.sha256(f"2\n{title}\n{subtitle}".encode()).hexdigest()[:16]
    ending = f"{kind}-{words}" if kind == "social" else kind
    kept = f"{name.rpartition('.')[0]}-{ending}.png"
    if default_storage.exists(kept):
        return read(kept)
    try:
        drawn = _draw(read(name), media_type(name), kind, title, subtitle)
    except images.InvalidImage:
        return None
    default_storage.save(kept, ContentFile(drawn))
    return drawn


def _draw(image: bytes, media_type: str, kind: Kind, title: str, subtitle: str) -> bytes:
    match kind:
        case "png":
            return images.png(image, media_type)
        case "wide":
            return images.png(image, media_type, wide=True)
        case "print":
            return images.png(image, media_type, height_px=_PRINT_PX)
        case "social":
            return images.social_preview(image, media_type, title=title, subtitle=subtitle)
        case _:
            assert_never(kind)


class WholeFiles(FileSystemStorage):
    """
    A store in a folder whose files are there whole or not at all.

    To write a name again is to write the same content again, so whoever comes last replaces
    what the other wrote, and no reader notices.
    """

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        """The name as it is."""
        return name

    def _save(self, name: str, content: Any) -> str:
        target = Path(self.path(name))
        target.parent.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=target.parent, prefix=".", delete=False) as part:
            written = Path(part.name)
            try:
                part.write(content.read())
                part.flush()
                # The row that names the file is durable; so must the file be.
                os.fsync(part.fileno())
                if self.file_permissions_mode is not None:
                    written.chmod(self.file_permissions_mode)
                written.replace(target)
            finally:
                written.unlink(missing_ok=True)
        return name
