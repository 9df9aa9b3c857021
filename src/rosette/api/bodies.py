"""
What clients send, as plain values: JSON, form and multipart bodies become the same dictionary.

Form names are spelt as Badgr's clients spell them: a list repeats its field (``tags=a&tags=b``),
a nested object has dots (``recipient.identity``), a list of objects has positions
(``alignments[0]targetName``).
"""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent
from django.http import HttpRequest, QueryDict, UnreadablePostError
from django.http.multipartparser import MultiPartParserError

_POSITION = re.compile(r"^(?P<list>[^\[\].]+)\[(?P<position>\d{1,3})\]\.?(?P<name>.+)$")
_LEVELS = 2  # the awards of a batch, and the evidence of each
_LINE_MAX_BYTES = 1_000_000
_PIECE_BYTES = 65_536
_TOO_BIG = "The request body is too large."


class MalformedBody(Exception):
    """The body cannot be read; ``message`` says why."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.message = message
        self.status = status


@dataclass(frozen=True, slots=True)
class FilePart:
    """A file of a multipart body."""

    content: bytes


@dataclass(frozen=True, slots=True)
class Body:
    """
    A body, read.

    ``values`` is what it says; ``is_form`` tells that every value of it is text or a list of
    text, since forms know nothing else. ``is_empty``: nothing was sent at all.
    """

    values: Any
    is_form: bool
    is_empty: bool = False


def body(request: HttpRequest) -> Body:
    """
    The request's body; without one, an empty dictionary.

    Raises MalformedBody, with status 415 for a media type that is none of the three, and 413
    for a body over the limit.
    """
    media_type = (request.content_type or "").lower()
    content = raw(request)
    if media_type in ("application/x-www-form-urlencoded", "multipart/form-data"):
        try:
            return Body(_form(request), is_form=True)
        except (RequestDataTooBig, TooManyFieldsSent) as error:
            raise MalformedBody(_TOO_BIG, 413) from error
        except (MultiPartParserError, UnicodeDecodeError) as error:
            raise MalformedBody(f"Multipart form parse error - {error}") from error
    if not content.strip():
        return Body({}, is_form=False, is_empty=True)
    if media_type and media_type != "application/json" and not media_type.endswith("+json"):
        raise MalformedBody(f'Unsupported media type "{media_type}" in request.', 415)
    try:
        return Body(orjson.loads(content), is_form=False)
    except orjson.JSONDecodeError as error:
        raise MalformedBody(f"JSON parse error - {error}") from error


def raw(request: HttpRequest) -> bytes:
    """The body's bytes. Raises MalformedBody, status 413, for one over the limit."""
    try:
        return request.body
    except RequestDataTooBig as error:
        raise MalformedBody(_TOO_BIG, 413) from error
    except UnreadablePostError as error:
        raise MalformedBody("The request body broke off.") from error


class Lines(Iterable[bytes]):
    """
    The lines, without their ends, of a body that is too long for memory; they come once.

    Raises MalformedBody for a body that breaks off, status 413 for one over the limit, and for
    a line over a megabyte.
    """

    def __init__(self, request: HttpRequest, *, max_bytes: int) -> None:
        self._request = request
        self._left = max_bytes
        self._digest = hashlib.sha256()

    @property
    def digest(self) -> str:
        """SHA-256 in hex of the lines so far."""
        return self._digest.hexdigest()

    def __iter__(self) -> Iterator[bytes]:
        begun = b""
        while piece := self._piece():
            *whole, begun = (begun + piece).split(b"\n")
            yield from whole
            if len(begun) > _LINE_MAX_BYTES:
                raise MalformedBody(_TOO_BIG, 413)
        if begun:
            yield begun

    def _piece(self) -> bytes:
        try:
            piece = self._request.read(_PIECE_BYTES)
        except UnreadablePostError as error:
            raise MalformedBody("The request body broke off.") from error
        self._left -= len(piece)
        if self._left < 0:
            raise MalformedBody(_TOO_BIG, 413)
        self._digest.update(piece)
        return piece


def _form(request: HttpRequest) -> dict[str, Any]:
    # Django fills request.POST for the verb POST only.
    fields: QueryDict
    files: Iterable[tuple[str, Any]] = ()
    if request.method == "POST":
        fields, files = request.POST, request.FILES.items()
    elif request.content_type == "multipart/form-data":
        fields, uploads = request.parse_file_upload(request.META, request)
        files = uploads.items()
    else:
        fields = QueryDict(request.body, encoding="utf-8")
    values = nested(dict(fields.lists()))
    for name, upload in files:
        values[name] = FilePart(upload.read())
    return values


def nested(fields: Mapping[str, list[Any]], *, levels: int = _LEVELS) -> dict[str, Any]:
    """
    The form's fields with dots and positions unfolded; a repeated name becomes a list.

    ``levels``: how many lists within each other are unfolded.
    """
    values: dict[str, Any] = {}
    lists: dict[str, dict[int, dict[str, list[Any]]]] = {}
    for name, texts in fields.items():
        value = texts[0] if len(texts) == 1 else list(texts)
        if levels and (found := _POSITION.match(name)):
            items = lists.setdefault(found["list"], {})
            items.setdefault(int(found["position"]), {})[found["name"]] = texts
        elif "." in name:
            outer, _, inner = name.partition(".")
            level = values.setdefault(outer, {})
            if isinstance(level, dict):
                level[inner] = value
        else:
            values[name] = value
    for name, items in lists.items():
        values[name] = [nested(items[at], levels=levels - 1) for at in sorted(items)]
    return values
