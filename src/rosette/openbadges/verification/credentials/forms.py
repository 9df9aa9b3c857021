"""
What a credential says: its contexts, its types, and the schema of 1EdTech.

Contexts come with this library and are never fetched: whoever can exchange one can change what was
signed. What would make reading a stranger's document endless is refused before it is read.
"""

from functools import cache
from typing import Any, Final

import jsonschema_rs
import orjson

from rosette.openbadges.canonical import bundled_contexts, require_defined
from rosette.openbadges.credential_schema import SCHEMA_ID, credential_schema
from rosette.openbadges.errors import MalformedDocument
from rosette.openbadges.jsonld import Document
from rosette.openbadges.verification import loading, terms
from rosette.openbadges.verification.examination import Examination

CREDENTIALS: Final = "https://www.w3.org/ns/credentials/v2"
_EARLIER: Final = "https://www.w3.org/2018/credentials/"
_BADGES: Final = "https://purl.imsglobal.org/spec/ob/v3p0/"
_SCHEMA_TYPE: Final = "1EdTechJsonSchemaValidator2019"

_MOST_OBJECTS: Final = 2_000
_MOST_VALUES: Final = 10_000
_MOST_CONTEXTS: Final = 30
"""Each is as large as a book, wherever it is named."""
_MOST_PROBLEMS: Final = 10


_UNSIGNED: Final = ("proof", "endorsementJwt")


def without_unsigned(document: Document) -> Document:
    """What is in a token, without what says nothing there: the token itself is what is signed."""
    return {name: value for name, value in document.items() if name not in _UNSIGNED}


def is_credential(document: Document) -> bool:
    """Whether this is meant for a verifiable credential, whatever else may be wrong with it."""
    named = terms.listed(document.get("@context"))
    return (
        any(
            isinstance(url, str) and url.startswith((CREDENTIALS, _EARLIER, _BADGES))
            for url in named
        )
        or "VerifiableCredential" in terms.listed(document.get("type"))
        or isinstance(document.get("vc"), dict)
    )


def examine(exam: Examination, document: Document, id: str) -> bool:
    """Check contexts, terms, types and schema; whether the document can be worked with."""
    try:
        require_readable(document)
        require_defined(document)
    except MalformedDocument as error:
        exam.failed("parsed", _said(error), None, id)
        return False
    exam.passed("parsed", "All that the credential says is defined by contexts known here.")
    return _examine_schema(exam, document, id)


def require_readable(document: Document) -> None:
    """Raise MalformedDocument if the document is not to be read as JSON-LD here."""
    named = terms.listed(document.get("@context"))
    if any(isinstance(url, str) and url.startswith(_EARLIER) for url in named) or "vc" in document:
        raise MalformedDocument(
            "@context", "is that of a draft of Open Badges 3.0, which is not verified here"
        )
    if not named or named[0] != CREDENTIALS:
        raise MalformedDocument("@context", f"does not begin with {CREDENTIALS}")
    if len(orjson.dumps(document)) > loading.DOCUMENT_MAX_BYTES:
        raise MalformedDocument("@context", "belongs to a larger document than is taken here")
    values = objects = contexts = 0
    rest: list[Any] = [document]
    while rest:
        value = rest.pop()
        values += 1
        if isinstance(value, list):
            rest += value
        elif isinstance(value, dict):
            objects += 1
            for name, member in value.items():
                if name == "@context":
                    contexts += len(terms.listed(member))
                    _require_known(member)
                elif name.startswith("@"):
                    raise MalformedDocument(name[:80], "is a keyword, which is not taken here")
                else:
                    rest.append(member)
    if values > _MOST_VALUES or objects > _MOST_OBJECTS or contexts > _MOST_CONTEXTS:
        raise MalformedDocument("@context", "belongs to more objects than are taken here")


def _require_known(named: Any) -> None:
    for url in terms.listed(named):
        if not isinstance(url, str):
            raise MalformedDocument("@context", "holds definitions of its own, which are not taken")
        if url not in bundled_contexts():
            raise MalformedDocument("@context", f"names {url[:200]}, which is not known here")


def _examine_schema(exam: Examination, document: Document, id: str) -> bool:
    schema = _schema()
    whole, is_compacted = _arrayed(document, schema, schema["$defs"])
    problems = _problems(whole)
    for problem in problems:
        exam.failed("properties", problem, None, id)
    if problems:
        return False
    criteria = whole["credentialSubject"]["achievement"]["criteria"]
    subject = whole["credentialSubject"]
    if not (criteria.get("id") or criteria.get("narrative")):
        exam.failed("properties", "The achievement does not say what it takes.", None, id)
    if not (subject.get("id") or subject.get("identifier")):
        exam.failed("properties", "The credential does not say who earned it.", None, id)
    if is_compacted:
        said = "The credential has single values where the schema wants lists of them."
        exam.note("properties", "failed", said, None, id, decisive=False)
    exam.passed("properties", "Everything in the credential is as the schema of 1EdTech says.")
    _examine_named_schemas(exam, document, id)
    return True


def _examine_named_schemas(exam: Examination, document: Document, id: str) -> None:
    """Remark upon schemas that the credential names besides the one that counts anyway."""
    for named in terms.listed(document.get("credentialSchema")):
        if not isinstance(named, dict):
            continue
        url = str(named.get("id"))
        if named.get("type") != _SCHEMA_TYPE or url != SCHEMA_ID:
            said = f"The schema {url[:200]} is not known here, so it is not checked."
            exam.note("properties", "unknown", said, None, id, decisive=False)


def _problems(document: Document) -> list[str]:
    found = []
    for error in _validator().iter_errors(document):
        path = ".".join(map(str, error.instance_path)) or "The credential"
        found.append(f"{path[:200]} is not as the schema says: {error.message[:200]}.")
        if len(found) == _MOST_PROBLEMS:
            break
    return found


_schema = cache(credential_schema)


@cache
def _validator() -> Any:
    return jsonschema_rs.validator_for(_schema(), validate_formats=True)


def _arrayed(value: Any, schema: Document, definitions: Document) -> tuple[Any, bool]:
    """The value with lists wherever the schema wants them; whether any had to be made."""
    while "$ref" in schema:
        schema = definitions[schema["$ref"].rpartition("/")[2]]
    if "oneOf" in schema and isinstance(value, dict):
        references = [option for option in schema["oneOf"] if "$ref" in option]
        return _arrayed(value, references[0], definitions) if references else (value, False)
    wanted = schema["allOf"][0] if "allOf" in schema else schema
    is_changed = False
    if wanted.get("type") == "array":
        is_changed = not isinstance(value, list)
        items = [value] if is_changed else value
        inner = wanted.get("items")
        if isinstance(inner, dict):
            pairs = [_arrayed(item, inner, definitions) for item in items]
            return [item for item, _ in pairs], is_changed or any(made for _, made in pairs)
        return items, is_changed
    if not isinstance(value, dict):
        return value, False
    members = {}
    for name, member in value.items():
        known = schema.get("properties", {}).get(name, {})
        members[name], is_made = _arrayed(member, known, definitions)
        is_changed = is_changed or is_made
    return members, is_changed


def _said(error: MalformedDocument) -> str:
    return f"The credential cannot be read: {error.member[:200]} {error.problem[:300]}."
