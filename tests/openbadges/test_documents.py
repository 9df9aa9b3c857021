"""Which version a document speaks, and that any JSON is read or refused, never stumbled over."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rosette.openbadges import documents
from rosette.openbadges.credential import Achievement, Credential, Profile
from rosette.openbadges.errors import MalformedDocument, RevokedAssertion
from tests.openbadges.facts import AWARD


@pytest.mark.parametrize(
    ("context", "version"),
    [
        ("https://w3id.org/openbadges/v1", "1_1"),
        ("http://w3id.org/openbadges/v2", "2_0"),
        ("https://openbadgespec.org/v2/context.json", "2_0"),
        (["https://w3id.org/openbadges/v2", {"extra": "https://far.example/extra"}], "2_0"),
        (["https://w3id.org/openbadges/v1", "https://w3id.org/openbadges/v2"], "2_0"),
    ],
)
def test_the_context_tells_the_version(context: object, version: documents.Version) -> None:
    assert documents.detect_version({"@context": context}) == version


@pytest.mark.parametrize(
    "context",
    [
        None,
        {"id": "@id"},
        ["https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/ob/v3p0/context"],
        "https://evil.example/https://w3id.org/openbadges/v2",
        "https://w3id.org/openbadges/v2.evil.example",
    ],
)
def test_another_context_is_refused(context: object) -> None:
    with pytest.raises(MalformedDocument) as refused:
        documents.detect_version({"@context": context})

    assert refused.value.member == "@context"


_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id", "type", "name", "identity", "x"]), inner, max_size=4
        )
    ),
    max_leaves=6,
)


@given(
    st.sampled_from(documents.VERSIONS),
    st.sampled_from([Profile, Achievement, Credential]),
    st.data(),
)
def test_whatever_a_document_holds_it_is_read_or_refused(
    version: documents.Version, wanted: Any, data: st.DataObject
) -> None:
    document = documents.render(AWARD, version, expand=["badge", "badge.issuer"])
    if wanted is not Credential:
        document = document["badge"]
    if wanted is Profile:
        document = document["issuer"]
    member = data.draw(st.sampled_from([name for name in document if name != "@context"]))

    with suppress(MalformedDocument, RevokedAssertion):
        documents.read(document | {member: data.draw(_values)}, wanted)
