"""Rarer things that can be wrong, each with the sentence that people read."""

import pytest

from tests.foreign import academy
from tests.openbadges.verification.building import endorsed, own_extension
from tests.openbadges.verification.keys import put_key, sign, signed_award
from tests.openbadges.verification.loads import verdict

CONTEXT = "https://w3id.org/openbadges/v2"


@pytest.fixture
def there():
    with academy() as found:
        yield found


def _against(found):
    return [(check.outcome, check.said) for check in found.against()]


def test_a_badge_that_came_signed_has_to_say_so(there):
    jws = sign(signed_award(there, verification={"type": "HostedBadge"}))

    assert _against(verdict(jws)) == [
        ("bad-signature", "The badge came with a signature, but does not say that it is signed.")
    ]


def test_nobody_can_have_signed_with_no_key(there):
    there.issuer()
    jws = sign(signed_award(there, verification={"type": "SignedBadge"}))

    assert _against(verdict(jws)) == [
        (
            "bad-signature",
            "Neither the badge nor its issuer names a key, so nobody can have signed it.",
        )
    ]


@pytest.mark.parametrize(
    ("key", "outcome", "said"),
    [
        (b"<html>", "bad-signature", "The key at {url} is not JSON."),
        (
            b'{"id": "https://academy.example.org/other"}',
            "untrusted-key",
            "The key at {url} does not declare this as its id.",
        ),
        (
            b'{"id": "{url}"}',
            "malformed",
            "publicKeyPem of the key is missing.",
        ),
    ],
)
def test_what_is_no_key(there, key, outcome, said):
    jws = sign(signed_award(there))
    url = f"{there.origin}/key-rsa"
    there.pages["/key-rsa"] = (200, "application/json", key.replace(b"{url}", url.encode()))

    assert _against(verdict(jws)) == [(outcome, said.format(url=url))]


def test_a_key_that_is_embedded_is_fetched_all_the_same(there):
    lie = {"id": put_key(there), "type": "CryptographicKey", "publicKeyPem": "a lie"}
    there.issuer(publicKey=lie)
    verification = {"type": "SignedBadge", "creator": lie}

    assert verdict(sign(signed_award(there, verification=verification))).is_valid


def test_a_signed_badge_without_end_is_none():
    found = verdict(f"{'a' * 2_100_000}.b.c")

    assert _against(found) == [("malformed", "The signed badge is too large.")]


def test_a_signed_badge_does_not_need_an_answer_for_its_class_to_be_read(there):
    jws = sign(signed_award(there, badge=f"{there.origin}/nothing"))

    found = verdict(jws)

    assert (found.outcome, found.badgeclass) == ("unavailable", None)


def test_several_images_are_one_too_many(there):
    there.badgeclass(image=[f"{there.origin}/1.png", f"{there.origin}/2.png"])

    assert _against(verdict(there.award())) == [
        ("malformed", "image of the badge class has more than one value."),
        ("malformed", "The badge class has several images."),
    ]


def test_an_image_of_the_issuer_that_is_none_is_remarked_upon(there):
    there.issuer(image=there.put_image("/logo.png", b"GIF89a"))

    found = verdict(there.award())

    assert found.is_valid
    assert found.checks[-1].said == (
        f"The image of the issuer at {there.origin}/logo.png is neither a PNG nor an SVG."
    )


@pytest.mark.parametrize(
    ("schema", "state", "said"),
    [
        (None, "unknown", "its schema at {origin}/schema.json answers 404"),
        (b"<html>", "failed", "its schema at {origin}/schema.json is not JSON"),
        (b'{"type": 7}', "failed", "its schema is none that can be used here"),
        (b'{"pattern": "(?=a)"}', "failed", "its schema is none that can be used here"),
        (
            b'{"$ref": "#/nowhere"}',
            "failed",
            "its schema leads to '/nowhere', where there is nothing",
        ),
        (b'{"$ref": "#"}', "failed", "its schema leads in circles"),
    ],
)
def test_a_schema_that_cannot_be_used(there, schema, state, said):
    url = own_extension(there, 3, {})
    if schema is None:
        del there.pages["/schema.json"]
    else:
        there.pages["/schema.json"] = (200, "application/json", schema)

    found = verdict(url, policy={"load_extensions": True})

    said = said.format(origin=there.origin)
    assert [(check.state, check.said) for check in found.against()] == [
        (state, f"The extension extensions:Depth cannot be checked: {said}.")
    ]


def test_of_very_many_extensions_the_first_are_checked(there):
    one = {"type": ["Extension", "extensions:ApplyLink"], "url": "https://academy.example.org"}
    url = there.award(**{f"extensions:A{n}": one for n in range(60)})

    found = verdict(url)

    extensions = [check for check in found.checks if check.subject == "extension"]
    assert [check.state for check in extensions] == ["passed"] * 50 + ["unknown"]


@pytest.mark.parametrize(
    ("members", "said"),
    [
        (
            {"verification": {"type": "SignedBadge"}},
            "It is signed, but no signature came with it.",
        ),
        (
            {"claim": {"id": "https://academy.example.org/x", "endorsementComment": "c"}},
            "It is about another object than {origin}/award.",
        ),
        ({"issuedOn": "yesterday"}, "issuedOn of the endorsement must be a date and time in ISO "
         "8601 with a time zone."),
    ],
)  # fmt: skip
def test_an_endorsement_that_does_not_hold_says_why(there, members, said):
    found = verdict(endorsed(**members)(there))

    assert found.is_valid
    assert [check.said for check in found.checks if check.subject == "endorsement"] == [
        f"The endorsement {there.origin}/endorsement does not hold: "
        + said.format(origin=there.origin)
    ]


def test_an_endorsement_without_an_address_cannot_be_looked_at(there):
    found = verdict(there.award(endorsement={"claim": {"id": "x"}}))

    assert found.is_valid
    assert [check.said for check in found.checks if check.subject == "endorsement"] == [
        f"An endorsement of {there.origin}/award has no address that it could be fetched from."
    ]


def test_another_context_beside_that_of_the_standard_is_remarked_upon(there):
    url = there.award(**{"@context": [CONTEXT, "https://academy.example.org/words"]})

    found = verdict(url)

    assert found.is_valid
    assert [check.said for check in found.checks if check.state == "unknown"] == [
        "The assertion names the context https://academy.example.org/words, which is not known "
        "here; what only it explains is not checked."
    ]
    assert not verdict(there.award(**{"@context": [CONTEXT, {"badge": "x"}]})).is_valid
    assert verdict(there.award(**{"@context": [CONTEXT, {"mine": "x:y"}]})).is_valid


def test_the_newest_version_that_a_document_names_counts(there):
    url = there.award(**{"@context": ["https://w3id.org/openbadges/v1", CONTEXT]})

    found = verdict(url)

    assert found.assertion is not None
    assert found.assertion.version == "2.0"
