"""
Stores of images as copies see them: a folder, or a bucket.

A name never changes what it stands for (``operations/pictures.py``), so a file may be written into
a store that is in use, before or after the rows that name it: nobody notices.
"""

from collections.abc import Iterator
from posixpath import join
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import Storage, StorageHandler


def lead_to(settings: dict[str, Any]) -> Storage:
    """The store with these settings, as in Django's STORAGES."""
    known: Any = {"default": settings}  # the stubs know stores that are made already
    store: Storage = StorageHandler(known)["default"]
    return store


def names(store: Storage, within: str = "") -> Iterator[str]:
    """All that is kept there; what is just being written is not."""
    try:
        folders, files = store.listdir(within)
    except FileNotFoundError:
        return
    kept = [name for name in files if not name.startswith(".")]
    for name in sorted([*kept, *folders]):
        path = join(within, name)
        if name in kept:
            yield path
        else:
            yield from names(store, path)


def read(store: Storage, name: str) -> bytes:
    """The file. Raises FileNotFoundError."""
    with store.open(name) as file:
        content: bytes = file.read()
        return content


def write(store: Storage, name: str, content: bytes) -> None:
    """Put it there, in the place of whatever has this name."""
    store.save(name, ContentFile(content))
