"""
A badge in, and out of, an SVG element (Baking Specification 2.0, "SVGs").

The file is scanned for the places where something goes in or out, and spliced there: what the
artist wrote is not written anew. Entities are refused, for they are how XML grows without end
and how it reaches for other files.
"""

import json
import re
from xml.parsers import expat
from xml.sax.saxutils import quoteattr

from rosette.openbadges.errors import BrokenImage, UnbakedImage

_ROOT = "http://www.w3.org/2000/svg svg"
_NAMESPACES = {
    "assertion": "http://openbadges.org",
    "credential": "https://purl.imsglobal.org/ob/v3p0",
}
_PREFIX = "xmlns:openbadges"
_UTF_16 = b"\xff\xfe", b"\xfe\xff"

_TAG = re.compile(rb"""<(?:[^>"']++|"[^"]*+"|'[^']*+')*+>""")
_URL = re.compile(r"https?://[^\x00-\x20\x7f\ud800-\udfff\ufffe\uffff]+")
_JWS = re.compile(r"[\w-]+\.[\w-]+\.[\w-]+", re.ASCII)
_NOT_XML = re.compile(r"[\ufffe\uffff]")


def bake(image: bytes, text: str, place: str = "assertion") -> bytes:
    """
    The SVG with ``text`` in an ``openbadges:assertion`` element, the first child of the root.

    In an ``openbadges:credential`` element, if that is the place; then the root declares the
    prefix, and a document stands in one piece, because readers of such look for that.

    The attribute ``verify`` holds the URL or JWS to start from; the element holds the document.
    Its JSON comes back equal, though not letter by letter if it held what XML forbids.
    """
    scan = _Scan(image, place)
    if scan.encoding.lower() != "utf-8" or image.startswith(_UTF_16):
        raise BrokenImage("Only an SVG in UTF-8 can carry a badge.")
    kept_from = _tag_end(image, scan.root_start)
    if image.endswith(b"/>", 0, kept_from):
        raise BrokenImage("The SVG is empty.")
    root = image[:kept_from]
    if place == "credential" and not scan.declares_prefix:
        root = root[:-1] + f' {_PREFIX}="{_NAMESPACES[place]}">'.encode()
    pieces = [root, _element(text, place).encode()]
    for start, end in scan.assertions:
        pieces.append(image[kept_from:start])
        kept_from = end
    pieces.append(image[kept_from:])
    return b"".join(pieces)


def unbake(image: bytes, place: str = "assertion") -> str:
    """
    The text of the first ``openbadges:assertion`` or ``openbadges:credential`` element.

    That is the JWS in ``verify`` if the badge is signed, else the document in the element, else
    the URL in ``verify``.
    """
    scan = _Scan(image, place)
    document = "".join(scan.texts).strip()
    text = scan.verify if _JWS.fullmatch(scan.verify) or not document else document
    if not text:
        raise UnbakedImage("The SVG holds no badge.")
    return text


class _Scan:
    """
    What matters to baking in the bytes of an SVG. Raises BrokenImage if it cannot be scanned.

    ``root_start`` is where the root's tag starts; ``assertions`` are the stretches from start
    to end that hold a badge. ``verify`` and ``texts`` belong to the first one. ``declares_prefix``:
    whether the root says what ``openbadges:`` means.
    """

    def __init__(self, image: bytes, place: str) -> None:
        self._badge = f"{_NAMESPACES[place]} {place}"
        self.declares_prefix = False
        self.encoding = "utf-8"
        self.root_start = 0
        self.assertions: list[tuple[int, int]] = []
        self.verify = ""
        self.texts: list[str] = []
        self._image = image
        self._depth = 0
        self._assertion_depth = 0
        self._assertion_start = 0
        self._parser = parser = expat.ParserCreate(namespace_separator=" ")
        parser.StartNamespaceDeclHandler = self._namespace
        parser.XmlDeclHandler = self._declaration
        parser.EntityDeclHandler = self._entity
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        try:
            parser.Parse(image, True)
        except (expat.ExpatError, LookupError, ValueError) as error:
            # The latter two: an encoding that Python does not know or expat cannot use.
            raise BrokenImage(f"The SVG is not well-formed: {error}") from None

    def _declaration(self, version: str, encoding: str | None, standalone: int) -> None:
        self.encoding = encoding or "utf-8"

    def _namespace(self, prefix: str | None, uri: str) -> None:
        if self._depth == 0 and prefix == "openbadges":
            self.declares_prefix = True

    def _entity(self, *declaration: object) -> None:
        raise BrokenImage("The SVG declares entities.")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth == 1:
            if name != _ROOT:
                raise BrokenImage("The root of the SVG is no svg element.")
            self.root_start = self._parser.CurrentByteIndex
        elif name == self._badge and not self._assertion_depth:
            self._assertion_depth = self._depth
            self._assertion_start = self._parser.CurrentByteIndex
            if not self.assertions:
                self.verify = attributes.get("verify", "").strip()
                self._parser.CharacterDataHandler = self.texts.append

    def _end(self, name: str) -> None:
        if self._depth == self._assertion_depth:
            self._assertion_depth = 0
            self._parser.CharacterDataHandler = None
            end = _tag_end(self._image, self._assertion_start)
            if not self._image.endswith(b"/>", 0, end):
                end = _tag_end(self._image, self._parser.CurrentByteIndex)
            self.assertions.append((self._assertion_start, end))
        self._depth -= 1


def _tag_end(image: bytes, start: int) -> int:
    """Where the tag that starts here ends, in bytes; wants well-formed XML, not in UTF-16."""
    tag = _TAG.match(image, start)
    return tag.end() if tag else start


def _element(text: str, place: str) -> str:
    """The element to put in, as XML that brings its own namespace along."""
    head = f'<openbadges:{place} {_PREFIX}="{_NAMESPACES[place]}"'
    tail = f"</openbadges:{place}>"
    if text.startswith("{") and place == "credential":
        # In JSON, a bracket may also be written by its number; so no end of a CDATA is in it.
        escaped = _NOT_XML.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
        return f"{head}><![CDATA[{escaped.replace(']]>', ']]' + chr(92) + 'u003e')}]]>{tail}"
    if text.startswith("{"):
        id = json.loads(text).get("id")
        verify = id if isinstance(id, str) and _URL.fullmatch(id) else ""
        escaped = _NOT_XML.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
        content = f"<![CDATA[{escaped.replace(']]>', ']]]]><![CDATA[>')}]]>"
    else:
        verify, content = text, ""
    attribute = f" verify={quoteattr(verify)}" if verify else ""
    return f"{head}{attribute}>{content}{tail}"
