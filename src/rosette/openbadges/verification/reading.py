"""What kind of thing was handed in, and the badge that is in it."""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal
from urllib.parse import unquote_to_bytes

from rosette.openbadges.baking import image_format, pdf, unbake
from rosette.openbadges.errors import BrokenImage, UnbakedImage
from rosette.openbadges.jsonld import Document
from rosette.openbadges.verification import values
from rosette.openbadges.verification.loading import NotJson, json_object, json_safe
from rosette.openbadges.verification.verdict import Code

Kind = Literal["url", "json", "jws", "png", "svg", "pdf"]

Source = str | bytes | Mapping[str, Any]
"""A URL, a ``data:`` URI, or a document as text; a file; or a document."""

_JWS = re.compile(r"[\w-]+\.[\w-]*\.[\w-]*", re.ASCII)
_DATA_URI = re.compile(r"data:([^,]*?)(;base64)?,", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Given:
    """
    What is in the input: just one of ``url``, ``jws`` and ``document``.

    ``kind`` is what it came in; an image or a PDF holds one of the other three.
    """

    kind: Kind
    url: str = ""
    jws: str = ""
    document: Document | None = None

    @property
    def address(self) -> str:
        """Where the badge says that it is; empty if it does not, or is signed."""
        return self.url or (hosted_at(self.document) if self.document else "")


class Unreadable(Exception):
    """There is no badge in the input; the message is a sentence for people."""

    def __init__(self, message: str, code: Code) -> None:
        super().__init__(message)
        self.message = message
        self.code: Code = code


def read(source: Source) -> Given:
    """What is in the input. Raises Unreadable."""
    if isinstance(source, Mapping):
        try:
            return Given("json", document=json_safe(source))
        except NotJson as error:
            raise Unreadable(f"The document {error}.", "DETECT_INPUT_TYPE") from None
    if isinstance(source, bytes):
        return _read_bytes(source)
    return _read_text(source)


def hosted_at(document: Document) -> str:
    """
    Where a document says that it is served; empty if it does not.

    Those older than 1.1 have no id and say it in ``verify``.
    """
    verify = document.get("verify")
    addresses = (
        document.get("id"),
        document.get("@id"),
        verify.get("url") if isinstance(verify, dict) else None,
    )
    return next((str(url) for url in addresses if values.is_url(url)), "")


def is_jws(text: str) -> bool:
    """Whether the text has the form of a compact JWS; whether it is one, shows later."""
    return _JWS.fullmatch(text) is not None


def data_uri(text: str) -> tuple[str, bytes] | None:
    """Media type, in lower case, and bytes of a ``data:`` URI; None if it is none."""
    head = _DATA_URI.match(text)
    if not head:
        return None
    try:
        content = unquote_to_bytes(text[head.end() :])
        return head[1].lower(), base64.b64decode(content, validate=True) if head[2] else content
    except (binascii.Error, ValueError):
        return None


def _read_bytes(content: bytes, *, nested: bool = False) -> Given:
    """``nested``: it came out of something else already, and holds nothing further in its turn."""
    if content.startswith(pdf.SIGNATURE):
        return replace(_read_text(_attached(content), nested=True), kind="pdf")
    try:
        kind = image_format(content)
    except BrokenImage as error:
        try:
            return _read_text(content.decode("utf-8-sig"), nested=nested)
        except (UnicodeDecodeError, Unreadable) as refusal:
            if isinstance(refusal, Unreadable) and content.lstrip().startswith(b"{"):
                raise
            raise Unreadable(str(error), "DETECT_INPUT_TYPE") from None
    try:
        baked = _unbaked(content)
    except (UnbakedImage, ValueError) as error:
        raise Unreadable(str(error), "PROCESS_BAKED_RESOURCE") from None
    return replace(_read_text(baked, nested=True), kind=kind)


def _attached(content: bytes) -> str:
    try:
        return pdf.unbake(content)
    except UnbakedImage as error:
        raise Unreadable(str(error), "PROCESS_BAKED_RESOURCE") from None


def _unbaked(content: bytes) -> str:
    """What is in the image: of two badges the one of version 3.0, which needs no server."""
    try:
        return unbake(content, "credential")
    except (UnbakedImage, ValueError):
        return unbake(content)


def _read_text(text: str, *, nested: bool = False) -> Given:
    text = text.strip()
    if values.is_url(text):
        return Given("url", url=text)
    if is_jws(text):
        return Given("jws", jws=text)
    if not nested and text[:5].lower() == "data:":
        embedded = data_uri(text)
        if embedded is None:
            raise Unreadable("The data URI cannot be decoded.", "DETECT_INPUT_TYPE")
        return _read_bytes(embedded[1], nested=True)
    try:
        return Given("json", document=json_object(text.encode(errors="replace")))
    except NotJson as error:
        raise Unreadable(
            f"There is no badge in this: it is neither a URL nor a signed badge, and {error}.",
            "DETECT_INPUT_TYPE",
        ) from None
