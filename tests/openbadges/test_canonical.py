"""The canonical form: that of the standard, by the quick way as by the plain one."""

import logging
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyld import jsonld

from rosette.openbadges import documents
from rosette.openbadges.canonical import (
    bundled_contexts,
    canonical,
    parsed_canonical,
    require_defined,
)
from rosette.openbadges.credential import Credential
from rosette.openbadges.errors import MalformedDocument
from tests.openbadges import vectors
from tests.openbadges.credentials import credentials
from tests.openbadges.facts import AWARD

V2 = "https://www.w3.org/ns/credentials/v2"
OB = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
STATUS = {
    "id": "https://x.example/status/1#9",
    "type": "BitstringStatusListEntry",
    "statusPurpose": "revocation",
    "statusListIndex": "9",
    "statusListCredential": "https://x.example/status/1",
}


def by_pyld(document: dict[str, Any]) -> str:
    """The canonical form by another implementation of JSON-LD and of RDFC-1.0."""

    def load(url: str, options: Any) -> dict[str, Any]:
        found = {"document": bundled_contexts()[url], "documentUrl": url, "contextUrl": None}
        return {"contentType": "application/ld+json", **found}

    options = {"format": "application/n-quads", "documentLoader": load, "algorithm": "URDNA2015"}
    form: str = jsonld.normalize(document, options)
    return form


def unsigned() -> dict[str, Any]:
    return {name: member for name, member in vectors.golden().items() if name != "proof"}


def test_the_golden_credential_has_its_known_form():
    for form in (canonical(unsigned()), parsed_canonical(unsigned()), by_pyld(unsigned())):
        assert form.count("\n") == 59
        assert sha256(form.encode()).hexdigest() == vectors.GOLDEN_HASH


def test_the_form_that_the_implementation_guide_prints():
    form = parsed_canonical(vectors.GUIDE, vectors.CONTEXTS)

    assert sha256(form.encode()).hexdigest() == vectors.GUIDE_HASH


@settings(max_examples=3000, deadline=None, suppress_health_check=list(HealthCheck))
@given(credentials, st.booleans(), st.sampled_from([None, STATUS]))
def test_both_ways_give_the_same(fact: Credential, with_schema: bool, status: Any):
    document = documents.achievement_credential(fact, status=status, with_schema=with_schema)

    assert canonical(document) == parsed_canonical(document)


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(credentials)
def test_another_implementation_gives_the_same(fact: Credential):
    document = documents.achievement_credential(fact)

    assert canonical(document) == by_pyld(document)


@settings(max_examples=1000, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(st.text(st.characters(codec="utf-8"), max_size=4), max_size=4),
    st.lists(st.text(st.characters(codec="utf-8"), max_size=4), min_size=1, max_size=3),
)
def test_texts_that_we_never_write_are_escaped_by_the_standard_too(
    tags: list[str], narratives: list[str]
):
    document = unsigned()
    document["credentialSubject"]["achievement"]["tag"] = tags
    # Some are equal, and then their nodes are told apart by the whole algorithm only.
    document["evidence"] = [{"type": ["Evidence"], "narrative": text} for text in narratives * 2]

    assert canonical(document) == parsed_canonical(document)


@pytest.mark.parametrize("flag", [True, False, 1, 0, 1.5])
def test_values_that_are_no_texts_belong_to_the_shape(flag: Any):
    document = unsigned()
    document["credentialSubject"]["identifier"][0]["hashed"] = flag

    assert canonical(document) == parsed_canonical(document)


def set_in(document: dict[str, Any], path: str, value: Any) -> None:
    *parents, last = path.split(".")
    for name in parents:
        document = document[name]
    document[last] = value


@pytest.mark.parametrize(
    ("path", "value", "member"),
    [
        ("colour", "red", "colour"),
        ("colour", 5, "colour"),
        ("credentialSubject.achievement.telephone", "5", "credentialSubject.achievement.telephone"),
        ("issuer.id", "issuers/1", "issuer.id"),
        ("credentialSubject.achievement.image", "a.png", "credentialSubject.achievement.image"),
        ("issuer.type", ["Profile", "Wizard"], "type"),
        ("evidence", {"id": "https://e.example", "type": ["Proof of work"]}, "type"),
        ("@context", [V2, OB, "https://evil.example/context"], "@context"),
        ("@context", [], "id"),
        ("name", {"@value": {}}, "name"),
    ],
)
def test_what_would_be_left_unsigned_is_refused(path: str, value: Any, member: str):
    document = unsigned()
    set_in(document, path, value)

    for refuse in (canonical, require_defined):
        with pytest.raises(MalformedDocument) as refusal:
            refuse(document)
        if member != "name":
            assert refusal.value.member == member


def test_a_context_inside_is_looked_up_as_well():
    document = unsigned()
    document["evidence"][0]["@context"] = "https://evil.example/context"

    with pytest.raises(MalformedDocument, match="evil"):
        canonical(document)
    with pytest.raises(MalformedDocument, match="evil"):
        parsed_canonical(document)


def test_statements_that_some_verifiers_order_otherwise_are_logged(caplog):
    document = unsigned()
    document["credentialSubject"]["achievement"]["tag"] = ["😀 smile", "ﬁ ligature"]
    with caplog.at_level(logging.WARNING):
        form = canonical(document)
    assert form == parsed_canonical(document)
    assert len(caplog.records) == 1

    document["credentialSubject"]["achievement"]["tag"] = ["😀 smile", "ligature"]
    with caplog.at_level(logging.WARNING):
        canonical(document)
    assert len(caplog.records) == 1


def test_no_bundled_context_gives_the_beginning_of_an_address_another_meaning():
    for document in bundled_contexts().values():
        assert not {"http", "https", "urn", "did", "data", "mailto"} & set(document["@context"])


def test_our_own_awards_take_the_quick_way(monkeypatch: pytest.MonkeyPatch):
    document = documents.achievement_credential(AWARD, status=STATUS)
    expected = canonical(document)
    monkeypatch.setattr("rosette.openbadges.canonical._statements", None)

    assert canonical(document) == expected
