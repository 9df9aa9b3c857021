"""Embedded proofs, made and checked."""

from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, given, settings

from rosette.openbadges import documents
from rosette.openbadges.credential import Credential
from rosette.openbadges.errors import BadProof, MalformedDocument
from rosette.openbadges.keys import multikey, read_multikey
from rosette.openbadges.proofs import data_integrity
from tests.openbadges import vectors
from tests.openbadges.credentials import credentials
from tests.openbadges.test_canonical import set_in

KEY = Ed25519PrivateKey.from_private_bytes(vectors.GOLDEN_SEED)
METHOD = "did:web:badges.example.org:public:issuers:9mX2b7QkR1eLs0aZtYpVcw#key-1"


def test_the_golden_credential_gets_its_known_proof():
    document = vectors.golden()
    [proof] = document.pop("proof")
    created = datetime(2026, 1, 15, 9, 30, 1, 999_999, UTC)

    assert multikey(KEY.public_key()) == vectors.GOLDEN_KEY
    assert data_integrity.attach(document, KEY, method=METHOD, created=created) == {
        **document,
        "proof": [proof],
    }
    data_integrity.check(vectors.golden(), proof, KEY.public_key())


def test_the_vector_of_w3c_is_good_and_is_made_again():
    key = read_multikey(vectors.W3C_KEY)
    [proof] = data_integrity.proofs_of(vectors.W3C)

    data_integrity.check(vectors.W3C, proof, key, contexts=vectors.CONTEXTS)
    with pytest.raises(BadProof):
        other = {**vectors.W3C, "name": "Alumna Credential"}
        data_integrity.check(other, proof, key, contexts=vectors.CONTEXTS)


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(credentials)
def test_whatever_is_signed_can_be_checked(fact: Credential):
    document = documents.achievement_credential(fact)
    signed = data_integrity.attach(document, KEY, method=METHOD, created=fact.issued_on)

    data_integrity.check(signed, signed["proof"][0], KEY.public_key())


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("name", "Bread baking, level 2"),
        ("validUntil", "2037-01-15T09:30:00Z"),
        ("credentialSubject.id", "urn:uuid:5f0c1d8e-7b1a-4c55-9d1c-2a4f6e0b9c34"),
        ("credentialSubject.narrative", "Bought three loaves."),
        ("credentialSubject.achievement.tag", ["baking"]),
        ("credentialStatus.statusListIndex", "48214"),
        ("issuer.name", "Another Academy"),
        ("evidence", []),
    ],
)
def test_a_credential_that_was_tampered_with_is_refused(path: str, value: Any):
    document = vectors.golden()
    set_in(document, path, value)

    with pytest.raises(BadProof, match="does not fit"):
        data_integrity.check(document, document["proof"][0], KEY.public_key())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("created", "2026-01-15T09:30:02Z"),
        ("verificationMethod", "did:web:badges.example.org#key-1"),
        ("proofPurpose", "authentication"),
        ("proofValue", "z" + "1" * 64),
        ("proofValue", "u123"),
        ("proofValue", "z0OIl"),
        ("proofValue", None),
        ("proofValue", "z" + "2" * 100_000),
        ("expires", "2027-01-01T00:00:00Z"),
        ("previousProof", "urn:uuid:1"),
        ("cryptosuite", "eddsa-2022"),
        ("type", "Ed25519Signature2020"),
    ],
)
def test_a_proof_that_was_tampered_with_is_refused(name: str, value: Any):
    document = vectors.golden()
    proof = {**document["proof"][0], name: value}
    document["proof"] = [proof]

    with pytest.raises(BadProof):
        data_integrity.check(document, proof, KEY.public_key())


def test_a_proof_by_another_key_or_of_another_document_is_refused():
    document = vectors.golden()
    [proof] = document["proof"]
    stranger = Ed25519PrivateKey.generate()

    with pytest.raises(BadProof):
        data_integrity.check(document, proof, stranger.public_key())
    with pytest.raises(BadProof):
        data_integrity.check({**document, "proof": []}, proof, KEY.public_key())


def test_what_no_proof_covers_may_not_stand_in_a_signed_document():
    document = vectors.golden()
    document["endorsedBy"] = "Somebody important"

    with pytest.raises(MalformedDocument, match="endorsedBy"):
        data_integrity.check(document, document["proof"][0], KEY.public_key())
    with pytest.raises(MalformedDocument, match="endorsedBy"):
        data_integrity.attach(
            document, KEY, method=METHOD, created=datetime(2026, 1, 1, tzinfo=UTC)
        )


def test_proofs_are_found_among_others():
    document = vectors.golden()
    [proof] = document["proof"]
    others: list[Any] = ["text", {"type": "Ed25519Signature2018"}, {**proof, "cryptosuite": "x"}]
    forerunner = {"type": "Ed25519Signature2020"}

    assert data_integrity.proofs_of({**document, "proof": [*others, proof]}) == [proof]
    assert data_integrity.proofs_of({**document, "proof": proof}) == [proof]
    assert data_integrity.proofs_of({**document, "proof": forerunner}) == [forerunner]
    assert data_integrity.proofs_of({"id": "urn:x:1"}) == []


def test_signing_changes_nothing_in_the_document():
    document = vectors.golden()
    del document["proof"]
    before = deepcopy(document)

    data_integrity.attach(document, KEY, method=METHOD, created=datetime(2026, 1, 1, tzinfo=UTC))

    assert document == before
