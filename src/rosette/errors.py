"""What an operation may refuse, by what the caller can do about it."""

from collections.abc import Mapping, Sequence
from typing import Any

# What the wire shows for one field: its messages, or the same again one level down
# (an object for a nested object, a list by position for a list of objects).
FieldErrors = Mapping[str, Any]


class Refused(Exception):
    """The request was understood and is not done; nothing was changed."""


class InvalidInput(Refused):
    """
    The request does not hold together.

    ``fields`` maps a field's public name to its messages; ``general`` holds the messages that
    belong to no single field. ``rows``, for a table of items, has one such map per item, empty
    for the good ones.
    """

    def __init__(
        self,
        fields: FieldErrors | None = None,
        *,
        general: Sequence[Any] = (),
        rows: Sequence[FieldErrors] | None = None,
    ) -> None:
        super().__init__(fields or general or rows)
        self.fields: FieldErrors = fields or {}
        self.general = list(general)
        self.rows = rows


class NotFound(Refused):
    """There is no such thing, or none that the caller may know of."""


class NotPermitted(NotFound):
    """
    The caller may not do this.

    A kind of NotFound, because the wire must not tell the two apart (other people's things
    are 404).
    """


class StillInUse(Refused):
    """It cannot be removed, because something depends on it; ``message`` says what."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class TryLater(Refused):
    """Too many attempts; ``seconds`` until the next one is heard."""

    def __init__(
        self, seconds: int, message: str = "Too many attempts. Please wait and try again."
    ) -> None:
        super().__init__(message)
        self.seconds = seconds
        self.message = message


class StorageAway(OSError):
    """The storage of images cannot be reached, or refuses; the text names no secret."""
