"""
The canonical form of a JSON-LD document, which is what embedded proofs sign (RDFC-1.0).

``canonical`` and ``parsed_canonical`` give the same. The second reads the document as JSON-LD each
time, and spends nearly all its time on the contexts. The first does that once for each shape: the
document is read with a mark in place of each text, and later documents of the same shape have
their own texts put into the statements that came out. Nothing here fetches: contexts are those in
``contexts/`` and whatever the caller hands in.
"""

import logging
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import orjson
from pyoxigraph import (
    BlankNode,
    CanonicalizationAlgorithm,
    Dataset,
    NamedNode,
    Quad,
    RdfFormat,
    parse,
    serialize,
)

from rosette.openbadges.errors import MalformedDocument
from rosette.openbadges.jsonld import Document

Contexts = Mapping[str, Any]
"""Documents by the URL that ``@context`` names them with."""

_logger = logging.getLogger(__name__)
_FOLDER: Final = Path(__file__).parent / "contexts"
_TEMPLATES_KEPT: Final = 512  # of some 25 kB
_MOST_ENTANGLED: Final = 10
_MARK: Final = "urn:x-rosette-slot:{}:"
_MARKED: Final = re.compile(r"urn:x-rosette-slot:([0-9]+):")
_ADDRESSED: Final = re.compile(r"<urn:x-rosette-slot:([0-9]+):>")

# Members whose texts decide about more than themselves, so that they belong to the shape.
_FIXED: Final = frozenset({"@context", "type", "proofPurpose"})
_UNMARKED: Final = _FIXED | {"@type"}
# Members whose texts are addresses in every context that is known here.
_ADDRESSES: Final = frozenset({"id", "statusListCredential", "verificationMethod"})
_SCHEME: Final = re.compile(r"(?:https?://|urn:|did:|data:|mailto:)[^\x00-\x20\x7f-\xa0]+")

_ESCAPED: Final = re.compile(r'[\x00-\x1f"\\\x7f]')
_ESCAPES: Final = {
    **{chr(code): f"\\u{code:04X}" for code in (*range(0x20), 0x7F)},
    "\b": r"\b",
    "\t": r"\t",
    "\n": r"\n",
    "\f": r"\f",
    "\r": r"\r",
    '"': r"\"",
    "\\": r"\\",
}
_ASTRAL: Final = re.compile("[\U00010000-\U0010ffff]")
_TYPE: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"


@cache
def bundled_contexts() -> Contexts:
    """The contexts that came with this library."""
    index = orjson.loads((_FOLDER / "index.json").read_bytes())
    return {url: orjson.loads((_FOLDER / name).read_bytes()) for url, name in index.items()}


def canonical(document: Document) -> str:
    """
    The document's statements as canonical N-Quads, the quick way.

    Raises MalformedDocument for a context that is not bundled, and for a member that the
    contexts do not define: it would be left unsigned.
    """
    values: list[str] = []
    try:
        template = _template(_shape(document, "", values))
    except _Irregular:
        require_defined(document)
        return parsed_canonical(document)
    text = template.filled(values)
    if not text.isascii() and _ASTRAL.search(text):
        _warn_of_order(text)
    return text


def parsed_canonical(document: Document, contexts: Contexts | None = None) -> str:
    """
    The document's statements as canonical N-Quads, by reading it as JSON-LD.

    Members that the contexts do not define are passed over, as the standard wants it.
    A hostile document can keep this busy for long: read foreign ones where they can be stopped.
    """
    return _canonised(_statements(document, contexts))


def tame_canonical(document: Document, contexts: Contexts | None = None) -> str:
    """
    ``parsed_canonical`` of a stranger's document; MalformedDocument if that could take for ever.

    Nodes that cannot be told apart by what is said of them are tried in every order (RDFC-1.0,
    "Hash N-Degree Quads"), as far as they hang together; ten of those take milliseconds.
    """
    statements = _statements(document, contexts)
    if _count_entangled(statements) > _MOST_ENTANGLED:
        raise MalformedDocument("@context", "leaves too many nodes that look the same")
    return _canonised(statements)


def is_address(value: object) -> bool:
    """Whether this is an absolute address that every way here keeps, as it is."""
    if not (isinstance(value, str) and _SCHEME.fullmatch(value)):
        return False
    try:
        NamedNode(value)  # the parser passes over what is no IRI, and says nothing
    except ValueError:
        return False
    return True


def require_defined(document: Document, contexts: Contexts | None = None) -> None:
    """Raise MalformedDocument if a member means nothing under the document's contexts."""
    marked, given = _marked(document)
    statements = _statements(marked, contexts)
    found = {int(number) for quad in statements for number in _MARKED.findall(str(quad))}
    addresses = {int(number) for quad in statements for number in _ADDRESSED.findall(str(quad))}
    for number, (path, value) in enumerate(given):
        if number not in found:
            raise MalformedDocument(path, "is not defined by the contexts")
        # A relative one would be passed over, however well defined the member is.
        if number in addresses and not is_address(value):
            raise MalformedDocument(path, "must be an absolute URI")
    types = sum(quad.predicate.value == _TYPE for quad in statements)
    if types != _count_types(document):
        raise MalformedDocument("type", "is not defined by the contexts")


class _Irregular(Exception):
    """The document has something that no template can hold."""


class _Template:
    """
    The statements of all documents of one shape.

    A statement is a format in which ``{n}`` stands for the n-th text, written as it has to be
    there, or for the n-th blank node, these being counted after the texts.
    """

    def __init__(self, shape: Any) -> None:
        kinds: list[str] = []
        document = _with_marks(shape, kinds)
        require_defined(document)
        self._is_address = [kind == "address" for kind in kinds]
        blanks: dict[str, int] = {}
        self._lines = [self._line(quad, blanks) for quad in _statements(document)]
        self._blanks = len(blanks)
        first = len(kinds)
        self._about = [
            [line for line in self._lines if f"{{{first + n}}}" in line] for n in range(len(blanks))
        ]

    def filled(self, values: Sequence[str]) -> str:
        """The canonical statements of the document with these texts."""
        texts = [
            f"<{value}>" if is_address else f'"{_escaped(value)}"'
            for value, is_address in zip(values, self._is_address, strict=True)
        ]
        labels = self._labels(texts)
        if labels is None:  # nodes that only differ by what is around them
            nodes = [f"_:b{n}" for n in range(self._blanks)]
            lines = "".join({line.format(*texts, *nodes) for line in self._lines})
            return _canonised(list(parse(lines, format=RdfFormat.N_QUADS)))
        return "".join(sorted({line.format(*texts, *labels) for line in self._lines}))

    def _labels(self, texts: list[str]) -> list[str] | None:
        """The canonical label of each blank node (RDFC-1.0, "Hash First Degree Quads")."""
        hashes = []
        for number, lines in enumerate(self._about):
            nodes = ["_:z"] * self._blanks
            nodes[number] = "_:a"
            said = "".join(sorted({line.format(*texts, *nodes) for line in lines}))
            hashes.append(sha256(said.encode()).hexdigest())
        if len(set(hashes)) < len(hashes):
            return None
        rank = {digest: number for number, digest in enumerate(sorted(hashes))}
        return [f"_:c14n{rank[digest]}" for digest in hashes]

    def _line(self, quad: Quad, blanks: dict[str, int]) -> str:
        terms = [quad.subject, quad.predicate, quad.object, quad.graph_name]
        return " ".join(filter(None, (self._term(term, blanks) for term in terms))) + " .\n"

    def _term(self, term: Any, blanks: dict[str, int]) -> str:
        if isinstance(term, BlankNode):
            return f"{{{len(self._is_address) + blanks.setdefault(term.value, len(blanks))}}}"
        written = "" if str(term) == "DEFAULT" else str(term)
        mark = _MARKED.search(written)
        if mark is None:
            return written.replace("{", "{{").replace("}", "}}")
        number = int(mark[1])
        before, after = written[: mark.start()], written[mark.end() :]
        is_whole = before == "<" and after == ">" and isinstance(term, NamedNode)
        if self._is_address[number] != is_whole or (not is_whole and before != '"'):
            raise _Irregular
        tail = "" if is_whole else after.removeprefix('"')
        return f"{{{number}}}" + tail.replace("{", "{{").replace("}", "}}")


def _shape(value: Any, name: str, values: list[str]) -> Any:
    """All of the document but its texts, which go into ``values``; raises _Irregular."""
    if isinstance(value, str):
        if name in _FIXED:
            return ("=", value)
        if name in _ADDRESSES and not is_address(value):
            raise _Irregular
        values.append(value)
        return "address" if name in _ADDRESSES else "text"
    if isinstance(value, dict):
        pieces: list[Any] = ["{"]
        for key, member in value.items():
            if key == "@context":
                pieces += (key, ("=", orjson.dumps(member)))
            elif key.startswith("@"):
                raise _Irregular
            else:
                pieces += (key, _shape(member, key, values))
        return tuple(pieces)
    if isinstance(value, list):
        return ("[", *(_shape(item, name, values) for item in value))
    return ("=", type(value).__name__, value)  # True is 1, but not here


def _with_marks(shape: Any, kinds: list[str]) -> Any:
    """A document of the shape with marks for texts, whose kinds go into ``kinds``."""
    match shape:
        case str(kind):
            kinds.append(kind)
            return _MARK.format(len(kinds) - 1)
        case ("{", *pieces):
            return {
                key: orjson.loads(member[1]) if key == "@context" else _with_marks(member, kinds)
                for key, member in zip(pieces[::2], pieces[1::2], strict=True)
            }
        case ("[", *items):
            return [_with_marks(item, kinds) for item in items]
        case _:
            return shape[-1]


@lru_cache(_TEMPLATES_KEPT)
def _template(shape: Any) -> _Template:
    return _Template(shape)


def _marked(document: Document) -> tuple[Document, list[tuple[str, Any]]]:
    """The document with marks in place of all values but types; path and value of each mark."""
    given: list[tuple[str, Any]] = []

    def replaced(value: Any, path: str) -> Any:
        name = path.rpartition(".")[2]
        if value is None or name in _UNMARKED:
            return value
        if isinstance(value, dict):
            return {
                key: replaced(member, f"{path}.{key}" if path else key)
                for key, member in value.items()
            }
        if isinstance(value, list):
            return [replaced(item, path) for item in value]
        given.append((path, value))
        return _MARK.format(len(given) - 1)

    return replaced(document, ""), given


def _count_types(value: Any) -> int:
    """How many types the objects in the document name."""
    if isinstance(value, list):
        return sum(_count_types(item) for item in value)
    if not isinstance(value, dict):
        return 0
    named = value.get("type", value.get("@type", []))
    count = len(set(named)) if isinstance(named, list) else 1
    inner = (member for name, member in value.items() if name not in ("@context", "type"))
    return count + sum(_count_types(member) for member in inner)


def _statements(document: Document, contexts: Contexts | None = None) -> list[Quad]:
    """The document as RDF. Raises MalformedDocument if it is no JSON-LD."""
    whole = _with_contexts(document, contexts or bundled_contexts())
    try:
        return list(parse(orjson.dumps(whole), format=RdfFormat.JSON_LD))
    except (SyntaxError, ValueError, TypeError) as error:
        raise MalformedDocument("@context", f"gives no sense to the document: {error}") from None


def _with_contexts(value: Any, contexts: Contexts) -> Any:
    """The value with contexts themselves in place of their URLs."""
    if isinstance(value, list):
        return [_with_contexts(item, contexts) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        key: _context(member, contexts) if key == "@context" else _with_contexts(member, contexts)
        for key, member in value.items()
    }


def _context(named: Any, contexts: Contexts) -> Any:
    if isinstance(named, list):
        return [_context(item, contexts) for item in named]
    if not isinstance(named, str):
        return named
    if named not in contexts:
        raise MalformedDocument("@context", f"names {named}, which is not known here")
    return contexts[named]["@context"]


def _count_entangled(statements: Iterable[Quad]) -> int:
    """How many nodes without a name look like another, and touch such a node."""
    said: dict[str, list[str]] = {}
    touched: dict[str, set[str]] = {}
    for quad in statements:
        terms = (quad.subject, quad.predicate, quad.object, quad.graph_name)
        nodes = {term.value for term in terms if isinstance(term, BlankNode)}
        for node in nodes:
            written = (
                ("_:a" if term.value == node else "_:z")
                if isinstance(term, BlankNode)
                else str(term)
                for term in terms
            )
            said.setdefault(node, []).append(" ".join(written))
            touched.setdefault(node, set()).update(nodes - {node})
    looks = {node: tuple(sorted(lines)) for node, lines in said.items()}
    count = Counter(looks.values())
    alike = {node for node, look in looks.items() if count[look] > 1}
    return sum(not alike.isdisjoint(touched[node]) for node in alike)


def _canonised(statements: Iterable[Quad]) -> str:
    dataset = Dataset(statements)
    dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    written = serialize(dataset, format=RdfFormat.N_QUADS)
    assert written is not None
    # Not by ``splitlines``, which takes more than a line feed for the end of a line.
    return "".join(sorted(f"{line}\n" for line in written.decode().split("\n") if line))


def _escaped(text: str) -> str:
    """A literal's text as canonical N-Quads have it."""
    if not _ESCAPED.search(text):
        return text
    return _ESCAPED.sub(lambda found: _ESCAPES[found[0]], text)


def _warn_of_order(text: str) -> None:
    """
    Say so if programs that compare UTF-16 would order the statements otherwise, and so fail.

    The standard compares code points; JavaScript and Java take some work to do the same.
    """
    lines = text.removesuffix("\n").split("\n")
    if lines != sorted(lines, key=lambda line: line.encode("utf-16-be")):
        _logger.warning(
            "Some verifiers will order these statements otherwise than the standard has it: %s",
            lines[0],
        )
