"""
Extensions: objects beyond the standard, and the JSON schemas that they have to satisfy (OB 2.0,
"Extensions").

Those that the standard's authors published are known here. The contexts and schemas of others are
strangers' words, so they are loaded on request only, and so bounded that they cannot keep us busy:
in size, in depth, in what their references unfold to, and by patterns that are matched in linear
time.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple
from urllib.parse import unquote, urldefrag, urljoin

import jsonschema_rs

from rosette.openbadges.jsonld import Document
from rosette.openbadges.verification import loading, terms
from rosette.openbadges.verification.examination import Examination
from rosette.openbadges.verification.known_extensions import SCHEMAS
from rosette.openbadges.verification.loading import NotJson, Unreachable
from rosette.openbadges.verification.verdict import Code, Node, State

Schema = Mapping[str, Any]

_MOST_STEPS: Final = 5_000
"""Parts of a schema, each counted as often as references lead to it."""
_MOST_EXTENSIONS: Final = 50
_DRAFTS: Final = {
    "http://json-schema.org/draft-04/schema": jsonschema_rs.Draft4Validator,
    "http://json-schema.org/draft-06/schema": jsonschema_rs.Draft6Validator,
    "http://json-schema.org/draft-07/schema": jsonschema_rs.Draft7Validator,
}


class Uncheckable(Exception):
    """
    What the extension would be checked by is not to be had; ``message`` says why.

    ``state`` is unknown where a server did not answer.
    """

    def __init__(self, message: str, state: State = "failed") -> None:
        super().__init__(message)
        self.message = message
        self.state: State = state


class _Extension(NamedTuple):
    """An extension's object, where it stands, and the contexts that are in force there."""

    path: str
    members: Document
    contexts: tuple[str, ...]


def examine(exam: Examination, node: Node) -> None:
    """Check every extension in an object of the badge, however deep."""
    named = terms.contexts(node.source).foreign
    for number, extension in enumerate(_extensions(node.members, "", named)):
        if number == _MOST_EXTENSIONS:
            said = f"Only the first {_MOST_EXTENSIONS} extensions of {node.id} are checked."
            exam.remark("extension", "unknown", said, "VALIDATE_EXTENSION_NODE", node.id)
            return
        _examine_one(exam, node, extension)


def _extensions(value: Any, path: str, contexts: tuple[str, ...]) -> Iterator[_Extension]:
    if isinstance(value, list):
        for item in value:
            yield from _extensions(item, path, contexts)
    if not isinstance(value, dict):
        return
    inside = (*contexts, *terms.contexts(value).foreign) if path else contexts
    if path and "Extension" in terms.types(value):
        yield _Extension(path, value, tuple(dict.fromkeys(inside)))
    for name, inner in value.items():
        if name not in ("@context", "id", "type"):
            yield from _extensions(inner, f"{path}.{name}" if path else name, inside)


def _examine_one(exam: Examination, node: Node, extension: _Extension) -> None:
    path = extension.path
    wanted = [name for name in terms.types(extension.members) if name != "Extension"]
    code: Code = "VALIDATE_EXTENSION_NODE"
    try:
        schemas = list(_schemas(exam, extension, wanted))
        if len(schemas) > 1:
            code = "VALIDATE_EXTENSION_SINGLE"
        problems = [_problem(extension.members, schema) for schema in schemas]
    except Uncheckable as error:
        said = f"The extension {path} cannot be checked: {error.message.rstrip('.')}."
        exam.note("extension", error.state, said, code, node.id)
        return
    if not schemas:
        # Nobody told us where to look; that is no fault of the badge.
        said = f"The extension {path} is not known here, so it is not checked."
        exam.remark("extension", "unknown", said, code, node.id)
        return
    for problem in filter(None, problems):
        said = f"The extension {path} is not as its schema says: {problem}."
        exam.failed("extension", said, code, node.id)
    if not any(problems):
        exam.passed("extension", f"The extension {path} is as its schema says.", code, node.id)


def _schemas(exam: Examination, extension: _Extension, wanted: list[str]) -> Iterator[Schema]:
    """The schemas by which the extension is checked, one for each type. Raises Uncheckable."""
    types = {terms.expanded(name) for name in wanted}
    yield from (SCHEMAS[iri] for iri in sorted(types & SCHEMAS.keys()))
    strange = types - SCHEMAS.keys()
    if not exam.policy.load_extensions or not strange:
        return
    is_found = False
    for url in extension.contexts:
        for entry in _validations(_loaded(exam, url, "context")):
            if terms.expanded(_text(entry, "validatesType")) in strange:
                is_found = True
                at = _text(entry, "validationSchema")
                yield _resolved(exam, _loaded(exam, at, "schema"), at)
    if not is_found and not types & SCHEMAS.keys():
        raise Uncheckable("none of its contexts says by which schema")


def _validations(context: Document) -> Iterator[Document]:
    for name in ("validation", "obi:validation"):
        for entry in terms.listed(context.get(name)):
            if isinstance(entry, dict):
                yield entry


def _text(entry: Document, name: str) -> str:
    found = entry.get(name, entry.get(f"obi:{name}"))
    found = found.get("@id") if isinstance(found, dict) else found
    return found if isinstance(found, str) else ""


def _loaded(exam: Examination, url: str, what: str) -> Document:
    where = f"its {what} at {url[:200]}"
    try:
        answer = exam.get(url, accept=loading.DOCUMENTS, max_bytes=loading.SCHEMA_MAX_BYTES)
    except Unreachable as error:
        raise Uncheckable(f"{where} cannot be had: {error.message}", "unknown") from None
    if answer.status != 200:
        raise Uncheckable(f"{where} answers {answer.status}", "unknown")
    try:
        return loading.json_object(answer.content)
    except NotJson as error:
        raise Uncheckable(f"{where} {error}") from None


def _problem(members: Document, schema: Schema) -> str:
    """How the object differs from the schema, in a few words; empty if it does not."""
    try:
        validator = _validator(schema)
        plain = {name: value for name, value in members.items() if name != "@context"}
        error = next(iter(validator.iter_errors(plain)), None)
    except (ValueError, RecursionError, MemoryError):
        # Both the library's refusals, of a schema that is none, are kinds of ValueError.
        raise Uncheckable("its schema is none that can be used here") from None
    return "" if error is None else error.message[:300].rstrip(".")


def _validator(schema: Schema) -> Any:
    """By the draft that the schema names, else the last one that extensions were written in."""
    named = str(schema.get("$schema", "")).rstrip("#")
    plain = {name: value for name, value in schema.items() if name not in ("$schema", "$id", "id")}
    return _DRAFTS.get(named, jsonschema_rs.Draft7Validator)(
        plain, pattern_options=jsonschema_rs.RegexOptions(), offline=True
    )


def _resolved(exam: Examination, schema: Document, url: str) -> Document:
    """
    The schema with each ``$ref`` replaced by what it leads to. Raises Uncheckable.

    So nothing is left to be fetched while it is used, and a schema that leads in circles, or
    unfolds without end, ends here.
    """
    steps = 0
    documents: dict[str, Document] = {url: schema}

    def unfolded(part: Any, base: str) -> Any:
        nonlocal steps
        steps += 1
        if steps > _MOST_STEPS:
            raise Uncheckable("its schema is too large, or leads in circles")
        if isinstance(part, list):
            return [unfolded(item, base) for item in part]
        if not isinstance(part, dict):
            return part
        reference = part.get("$ref")
        if isinstance(reference, str):
            there, pointer = urldefrag(urljoin(base, reference))
            if there not in documents:
                documents[there] = _loaded(exam, there, "schema")
            return unfolded(_at(documents[there], pointer), there)
        return {name: unfolded(inner, base) for name, inner in part.items()}

    try:
        resolved: Document = unfolded(schema, url)
    except (RecursionError, ValueError):
        raise Uncheckable("its schema leads in circles") from None
    return resolved


def _at(document: Any, pointer: str) -> Any:
    """What a JSON pointer (RFC 6901) leads to. Raises Uncheckable."""
    for part in pointer.split("/")[1:]:
        name = unquote(part).replace("~1", "/").replace("~0", "~")
        if isinstance(document, list) and name.isdecimal() and int(name) < len(document):
            document = document[int(name)]
        elif isinstance(document, dict) and name in document:
            document = document[name]
        else:
            raise Uncheckable(f"its schema leads to {pointer[:100]!r}, where there is nothing")
    return document
