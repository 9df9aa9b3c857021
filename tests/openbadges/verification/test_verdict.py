"""What a verdict says, and in which words."""

from hashlib import md5

import pytest

from rosette.openbadges.baking import bake
from rosette.openbadges.verification import ALGORITHMS, identities, report
from rosette.openbadges.verification.loading import nothing
from rosette.openbadges.verification.verifying import verify
from tests.foreign import OLD_CONTEXT, academy
from tests.openbadges.facts import png
from tests.openbadges.verification.building import BOTH, GEO
from tests.openbadges.verification.keys import pem, put_key, revocation_list, sign, signed_award
from tests.openbadges.verification.loads import NOW, load, verdict


@pytest.fixture
def there():
    with academy() as found:
        yield found


def _said(found, subject):
    return [(check.state, check.said) for check in found.checks if check.subject == subject]


def test_everything_that_was_looked_at_is_told_in_order(there):
    url = there.award(expires="2030-01-01T00:00:00Z")

    found = verdict(url, recipient=identities("bob@example.org"))

    assert report(found) == {
        "verdict": "verified",
        "valid": True,
        "input": "url",
        "openBadgesVersion": "2.0",
        "assertion": url,
        "badgeclass": f"{there.origin}/navigation",
        "issuer": f"{there.origin}/issuer",
        "checks": [
            {
                "check": check,
                "state": "passed",
                "level": "INFO",
                "description": said,
                "code": code,
                "node": f"{there.origin}/{node}" if node else None,
                "advice": None,
            }
            for check, code, node, said in [
                ("input", "DETECT_INPUT_TYPE", "", "This is the address of a badge."),
                ("reachable", "FETCH_HTTP_NODE", "award", f"The assertion is at {url}."),
                (
                    "properties",
                    "VALIDATE_PROPERTY",
                    "award",
                    "Everything in the assertion is as the standard says.",
                ),
                (
                    "reachable",
                    "FETCH_HTTP_NODE",
                    "navigation",
                    f"The badge class is at {there.origin}/navigation.",
                ),
                (
                    "properties",
                    "VALIDATE_PROPERTY",
                    "navigation",
                    "Everything in the badge class is as the standard says.",
                ),
                (
                    "reachable",
                    "FETCH_HTTP_NODE",
                    "issuer",
                    f"The issuer is at {there.origin}/issuer.",
                ),
                (
                    "properties",
                    "VALIDATE_PROPERTY",
                    "issuer",
                    "Everything in the issuer is as the standard says.",
                ),
                (
                    "hosting",
                    "HOSTED_ID_IN_VERIFICATION_SCOPE",
                    "award",
                    "The badge lies where its issuer has its badges.",
                ),
                ("status", None, "award", "The issuer has not revoked the badge."),
                (
                    "dates",
                    "ASSERTION_TIMESTAMP_CHECKS",
                    "award",
                    "The badge was issued on 2024-05-02 and is good until 2030-01-01.",
                ),
                (
                    "recipient",
                    "VERIFY_RECIPIENT_IDENTIFIER",
                    "award",
                    "The badge was awarded to bob@example.org.",
                ),
                (
                    "image",
                    "IMAGE_VALIDATION",
                    "navigation",
                    "The image of the badge class is a PNG.",
                ),
            ]
        ],
    }


@pytest.mark.parametrize("path", ["/award", "/navigation", "/issuer", "/navigation.png"])
def test_a_server_that_cannot_be_reached_makes_it_unknown_and_not_wrong(there, path):
    url = there.award()
    del there.pages[path]

    found = verdict(url)

    assert (found.state, found.outcome, found.is_valid) == ("unknown", "unavailable", False)


def test_offline_nothing_is_known_but_what_is_in_the_input(there):
    baked = bake(png(), sign(signed_award(there)))

    found = verify(baked, load=nothing, at=NOW)

    assert (found.kind, found.outcome, found.state) == ("png", "unavailable", "unknown")
    assert found.assertion is not None


def test_of_several_findings_revocation_comes_first(there):
    url = there.award(revoked=True, revocationReason="Issued in error.", issuedOn="yesterday")

    found = verdict(url)

    assert (found.outcome, found.revocation) == ("revoked", "Issued in error.")
    assert _said(found, "status") == [
        ("failed", "The issuer has revoked the badge: Issued in error.")
    ]
    assert not _said(found, "properties")


def test_a_revocation_without_a_reason(there):
    found = verdict(there.put("/award", {}, status=410))

    assert (found.outcome, found.revocation) == ("revoked", "")


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("bob@example.org", ["email"]),
        ("https://bob.example.org/", ["url", "openBadgeId"]),
        ("+15415550100", ["telephone"]),
        (" did:key:z6Mk ", ["openBadgeId"]),
    ],
)
def test_what_kind_of_identifier_a_text_can_be(text, kinds):
    assert identities(text) == [(kind, text.strip()) for kind in kinds]


@pytest.mark.parametrize(
    ("recipient", "claimed", "is_theirs"),
    [
        ({"type": "email", "identity": "Bob@Example.org"}, "bob@example.org", True),
        ({"type": "email", "identity": "bob@example.org"}, "BOB@example.org", True),
        ({"type": "url", "identity": "https://bob.example.org/"}, "https://bob.example.org/", True),
        ({"type": "id", "identity": "https://bob.example.org/"}, "https://bob.example.org/", True),
        ({"type": "telephone", "identity": "+15415550100"}, "+15415550100", True),
        ({"type": "telephone", "identity": "+15415550100"}, "+15415550101", False),
        ({"type": "email", "identity": "bob@example.org"}, "carol@example.org", False),
    ],
)
def test_whose_it_is(there, recipient, claimed, is_theirs):
    found = verdict(
        there.award(recipient={"hashed": False, **recipient}), recipient=identities(claimed)
    )

    assert found.outcome == ("verified" if is_theirs else "wrong-recipient")


def test_nobody_asks_whose_it_is(there):
    assert _said(verdict(there.award()), "recipient") == []


def test_md5_is_taken_with_a_remark(there):
    identity = "md5$" + md5(b"bob@example.orgsea").hexdigest()
    recipient = {"type": "email", "identity": identity, "hashed": True, "salt": "sea"}

    found = verdict(there.award(recipient=recipient), recipient=identities("bob@example.org"))

    assert found.is_valid
    assert _said(found, "recipient") == [
        ("failed", "The recipient is hidden by MD5, which is easily broken."),
        ("passed", "The badge was awarded to bob@example.org."),
    ]


def test_a_digest_in_capitals_is_the_same_digest(there):
    identity = "sha256$" + "4B5A" + "0" * 60
    recipient = {"type": "email", "identity": identity, "hashed": True}

    found = verdict(there.award(recipient=recipient), recipient=identities("bob@example.org"))

    assert found.outcome == "wrong-recipient"


@pytest.mark.parametrize(("seconds", "is_valid"), [(59, True), (61, False)])
def test_clocks_may_differ_by_a_minute(there, seconds, is_valid):
    url = there.award(issuedOn=f"2026-11-25T12:{seconds // 60:02}:{seconds % 60:02}Z")

    assert verdict(url).is_valid == is_valid


def test_strangers_extensions_are_looked_up_on_request_alone(there):
    url = there.award(
        **{
            "extensions:Depth": {
                "@context": f"{there.origin}/context.json",
                "type": ["Extension", "extensions:Depth"],
            }
        }
    )

    found = verdict(url)

    assert found.is_valid
    assert _said(found, "extension") == [
        ("unknown", "The extension extensions:Depth is not known here, so it is not checked.")
    ]
    assert "/context.json" not in there.asked
    assert verdict(url, policy={"load_extensions": True}).state == "unknown"
    there.put("/context.json", {"@context": {}})
    assert verdict(url, policy={"load_extensions": True}).state == "failed"


def test_published_extensions_are_known(there):
    whole = BOTH | {"exampleProperty": "x"}
    url = there.award(**{"extensions:Geo": GEO, "extensions:Both": whole})

    assert _said(verdict(url), "extension") == [
        ("passed", "The extension extensions:Geo is as its schema says."),
        ("passed", "The extension extensions:Both is as its schema says."),
    ]


def test_a_schema_may_refer_to_others(there):
    there.put(
        "/context.json",
        {
            "validation": {
                "validatesType": "https://w3id.org/openbadges/extensions#Depth",
                "validationSchema": f"{there.origin}/schema.json",
            }
        },
    )
    there.put("/schema.json", {"properties": {"fathoms": {"$ref": "parts.json#/definitions/a~1b"}}})
    there.put("/parts.json", {"definitions": {"a/b": {"type": "number"}}})

    def found(value):
        depth = {
            "@context": f"{there.origin}/context.json",
            "type": ["Extension", "extensions:Depth"],
            "fathoms": value,
        }
        url = there.award(**{"extensions:Depth": depth})
        return verdict(url, policy={"load_extensions": True})

    assert found(3).is_valid
    assert [said for _, said in _said(found("deep"), "extension")] == [
        'The extension extensions:Depth is not as its schema says: "deep" is not of type "number".'
    ]


@pytest.mark.parametrize(
    ("key", "algorithm"),
    [
        *(("rsa", "RS256"), ("rsa", "RS384"), ("rsa", "RS512"), ("rsa", "PS256")),
        *(("ec", "ES256"), ("ed", "EdDSA")),
    ],
)
def test_every_algorithm_that_is_allowed(there, key, algorithm):
    there.issuer(publicKey=[put_key(there, "rsa"), put_key(there, key)])
    verification = {"type": "SignedBadge", "creator": f"{there.origin}/key-{key}"}
    jws = sign(signed_award(there, verification=verification), key=key, algorithm=algorithm)

    assert verdict(jws, policy={"algorithms": ALGORITHMS}).is_valid
    assert verdict(jws).is_valid == (algorithm == "RS256")


def test_a_key_does_not_fit_an_algorithm_of_another_kind(there):
    there.issuer(publicKey=put_key(there, "ec"))
    verification = {"type": "SignedBadge", "creator": f"{there.origin}/key-ec"}
    jws = sign(signed_award(there, verification=verification), key="rsa", algorithm="RS256")

    assert verdict(jws, policy={"algorithms": ALGORITHMS}).outcome == "bad-signature"


def test_any_key_of_the_issuer_will_do_if_the_badge_names_none(there):
    there.issuer(publicKey=[put_key(there, "other"), put_key(there, "rsa")])

    found = verdict(sign(signed_award(there, verification={"type": "SignedBadge"})))

    assert found.is_valid
    assert _said(found, "signature") == [
        ("passed", f"The signature fits, with the key {there.origin}/key-rsa.")
    ]


@pytest.mark.parametrize("is_at_home", [True, False])
def test_a_signed_badge_of_1_1_has_its_key_on_the_issuers_server(there, is_at_home):
    there.issuer(**{"@context": OLD_CONTEXT})
    there.badgeclass(**{"@context": OLD_CONTEXT, "criteria": "https://academy.example.org/c"})
    there.pages["/key.pem"] = (200, "text/plain", pem("rsa").encode())
    home = there.origin if is_at_home else there.origin.replace("127.0.0.1", "localhost")
    document = signed_award(
        there,
        **{"@context": OLD_CONTEXT, "verification": None, "issuedOn": 1_714_642_200, "uid": "17"},
        verify={"type": "signed", "url": f"{home}/key.pem"},
    )

    found = verdict(sign(document))

    assert found.outcome == ("verified" if is_at_home else "untrusted-key")
    assert found.jws == sign(document)


@pytest.mark.parametrize(
    ("entry", "outcome"),
    [
        ({"id": "https://a.example/1", "revoked": True}, "verified"),
        ({"uid": "17"}, "revoked"),
        ({"uid": "17", "revoked": False}, "verified"),
        ({"uid": "18"}, "verified"),
    ],
)
def test_what_a_revocation_list_can_say(there, entry, outcome):
    listed = revocation_list(there, entry)
    there.issuer(publicKey=f"{there.origin}/key-rsa", revocationList=listed)

    assert verdict(sign(signed_award(there, uid="17"))).outcome == outcome


def test_an_issuer_may_not_be_named_from_another_origin_by_a_longer_name():
    from rosette.openbadges.verification.hosted import whole_host

    # As text, "https://a.example" begins "https://a.example.evil.org" too.
    assert whole_host("https://a.example") == "https://a.example/"
    assert whole_host("https://a.example/x") == "https://a.example/x"


def test_an_image_of_another_badge_is_remarked_upon(there):
    other = bake(png(), "https://academy.example.org/another")
    url = there.award(image=there.put_image("/baked.png", other))

    found = verdict(url)

    assert found.is_valid
    assert ("failed", "The image of the assertion holds another badge, "
            "https://academy.example.org/another.") in _said(found, "image")  # fmt: skip


def test_an_endorsement_that_does_not_hold_is_remarked_upon(there):
    url = there.award(endorsement=f"{there.origin}/nothing")

    found = verdict(url)

    assert found.is_valid
    assert _said(found, "endorsement") == [
        (
            "unknown",
            f"The endorsement {there.origin}/nothing does not hold: The endorsement at "
            f"{there.origin}/nothing could not be fetched: {there.origin}/nothing answers 404.",
        )
    ]


def test_two_endorsements_by_somebody_who_is_away_both_do_not_hold(there):
    urls = [
        there.put(
            f"/endorsement/{n}",
            {
                "@context": "https://w3id.org/openbadges/v2",
                "type": "Endorsement",
                "id": f"{there.origin}/endorsement/{n}",
                "claim": {"id": f"{there.origin}/award"},
                "issuedOn": "2024-06-01T00:00:00Z",
                "issuer": f"{there.origin}/nobody",
            },
        )
        for n in range(2)
    ]

    found = verdict(there.award(endorsement=urls))

    assert [state for state, _ in _said(found, "endorsement")] == ["unknown", "unknown"]


def test_a_data_uri_is_an_image_or_a_document(there):
    import base64

    url = there.award()
    image = base64.b64encode(bake(png(), url)).decode()

    assert verdict(f"data:image/png;base64,{image}").is_valid
    assert verdict(f"data:text/plain,{url}").is_valid
    assert verdict("data:image/png;base64,%%%").outcome == "unreadable"


def test_a_url_may_lead_to_a_signed_badge(there):
    jws = sign(signed_award(there))
    there.pages["/badge.jws"] = (200, "text/plain", jws.encode())

    assert verdict(f"{there.origin}/badge.jws").jws == jws


def test_what_is_asked_for_is_asked_for_once(there):
    there.issuer()
    endorsement = there.put(
        "/endorsement",
        {
            "@context": "https://w3id.org/openbadges/v2",
            "type": "Endorsement",
            "id": f"{there.origin}/endorsement",
            "claim": {"id": f"{there.origin}/award"},
            "issuedOn": "2024-06-01T00:00:00Z",
            "issuer": f"{there.origin}/issuer",
        },
    )
    there.award(endorsement=[endorsement, endorsement])

    found = verify(f"{there.origin}/award", load=load, at=NOW)

    assert found.is_valid
    assert _said(found, "endorsement") == [("passed", f"The endorsement {endorsement} holds.")] * 2
    assert sorted(there.asked) == [
        *("/award", "/endorsement", "/issuer", "/navigation", "/navigation.png")
    ]
