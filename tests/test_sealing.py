"""Secrets at rest."""

import pytest

from rosette import sealing
from rosette.sealing import LocalSealer, WrongMasterKey

MASTER = "a master key of thirty-two letters"


def test_what_is_sealed_is_unsealed_for_the_same_purpose():
    sealer = LocalSealer(MASTER)
    sealed = sealer.seal(b"secret", purpose="signing key key-1 of 7")

    assert "secret" not in sealed
    assert sealed.isascii()
    assert sealed.isprintable()
    assert sealer.unseal(sealed, purpose="signing key key-1 of 7") == b"secret"
    assert sealer.seal(b"secret", purpose="signing key key-1 of 7") != sealed
    with pytest.raises(WrongMasterKey, match="tampered"):
        sealer.unseal(sealed, purpose="signing key key-1 of 8")


def test_the_label_names_the_master_key_and_does_not_tell_it():
    one, other = LocalSealer(MASTER), LocalSealer(MASTER + "!")
    sealed = one.seal(b"secret", purpose="p")

    assert sealing.label_of(sealed) == one.label == LocalSealer(MASTER).label != other.label
    assert len(one.label) == 12
    with pytest.raises(WrongMasterKey, match=f"{one.label}, but {other.label}"):
        other.unseal(sealed, purpose="p")


def test_a_text_that_was_tampered_with_is_not_unsealed():
    sealer = LocalSealer(MASTER)
    head, label, body = sealer.seal(b"secret", purpose="p").split(".")
    body = body[:-6] + ("A" if body[-6] != "A" else "B") + body[-5:]

    with pytest.raises(WrongMasterKey):
        sealer.unseal(".".join([head, label, body]), purpose="p")
    for text in ("", "v1.x", "garbage", "v1.x.y.z"):
        with pytest.raises(WrongMasterKey):
            sealer.unseal(text, purpose="p")


def test_the_sealer_in_force_uses_the_master_key_of_the_settings():
    sealer = sealing.sealer()

    assert sealer.label == LocalSealer("only for tests, and of thirty-two letters").label
