"""Identities: normal form, hash, match."""

import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rosette.openbadges.recipient import KINDS, Kind, Recipient, hashed, matches, normalised


@pytest.mark.parametrize(
    ("kind", "identity", "expected"),
    [
        ("email", "Zed@Example.ORG", "zed@example.org"),
        ("email", "Zed@XN--Bcher-Kva.de", "zed@bücher.de"),
        ("email", "zed@BÜCHER.de", "zed@bücher.de"),
        ("email", "zed@mail.xn--bcher-kva.de", "zed@mail.bücher.de"),
        # Not the name of the same domain when it is written out and back: stays as it is.
        ("email", "zed@xn--strae-oqa.de", "zed@xn--strae-oqa.de"),
        ("email", "zed@xn--a", "zed@xn--a"),
        ("email", "zed@bücher.xn--bcher-kva.de", "zed@bücher.xn--bcher-kva.de"),
        (
            "url",
            "HTTPS://Zed.Example.ORG/About?Me=Yes#Here",
            "HTTPS://zed.example.org/About?Me=Yes#Here",
        ),
        ("url", "https://Zed:Pass@Example.ORG:8080/A", "https://Zed:Pass@example.org:8080/A"),
        ("url", "https://Example.ORG?A", "https://example.org?A"),
        ("url", "Not a URL", "Not a URL"),
        ("telephone", "+15415550100", "+15415550100"),
        ("openBadgeId", "https://Example.ORG/Zed", "https://Example.ORG/Zed"),
    ],
)
def test_normal_form_of_an_identity(kind: Kind, identity: str, expected: str) -> None:
    assert normalised(identity, kind) == expected


@given(st.text(), st.sampled_from(KINDS))
def test_normalising_twice_changes_nothing(identity: str, kind: Kind) -> None:
    once = normalised(identity, kind)

    assert normalised(once, kind) == once


def test_the_salt_comes_after_the_identity() -> None:
    # By sha256sum, from "bob@example.orgea74...".
    assert hashed("bob@example.org", "ea74d461486d4f95bf544294623b5416") == (
        "sha256$42ad988a747e1045a7ce09e9a485cd51cf673179c812a495301068a1df79961c"
    )


def test_a_hash_is_not_hashed_again() -> None:
    known_by_hash = Recipient("email", hashed("bob@example.org", "salt"), True, "salt")

    assert known_by_hash.published == known_by_hash.identity


@pytest.mark.parametrize(
    ("recipient", "identity", "expected"),
    [
        (Recipient("email", "bob@example.org", True, "s"), "bob@example.org", True),
        (Recipient("email", "bob@example.org", True, "s"), "Bob@Example.org", True),
        (Recipient("email", "bob@example.org", True, "s"), "carol@example.org", False),
        (Recipient("email", hashed("Bob@Example.org", "s"), True, "s"), "Bob@Example.org", True),
        (Recipient("email", hashed("Bob@Example.org", "s"), True, "s"), "bob@example.org", False),
        (Recipient("email", hashed("bob@example.org", "s"), True, "t"), "bob@example.org", False),
        (Recipient("email", "Bob@Example.org", False), "bob@example.ORG", True),
        (Recipient("email", "bob@example.org", False), "carol@example.org", False),
        (Recipient("url", "https://bob.example.org/", True, "s"), "https://BOB.example.org/", True),
        (Recipient("url", "https://bob.example.org/", False), "https://bob.example.org/x", False),
        (Recipient("telephone", "+15415550100", False), "15415550100", False),
    ],
)
def test_who_is_the_recipient(recipient: Recipient, identity: str, expected: bool) -> None:
    assert matches(recipient, identity) is expected


def test_the_md5_of_old_badges_matches_in_either_case() -> None:
    digest = hashlib.md5(b"bob@example.orgsalt").hexdigest().upper()

    assert matches(Recipient("email", f"md5${digest}", True, "salt"), "bob@example.org")


def test_half_a_surrogate_pair_matches_nobody() -> None:
    foreign = Recipient("email", "sha256$" + "0" * 64, True, json.loads('"\\ud800"'))

    assert not matches(foreign, "bob@example.org")
