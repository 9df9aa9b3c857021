"""Credentials of Open Badges 3.0: what is good is found good, and each fault by its own check."""

import base64
import json
from collections.abc import Callable
from copy import deepcopy
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rosette.openbadges import keys
from rosette.openbadges.baking import bake
from rosette.openbadges.verification import OUTCOMES, report
from tests.openbadges.facts import SVG
from tests.openbadges.test_canonical import by_pyld
from tests.openbadges.verification.signing import (
    AWARD,
    DID,
    ED,
    HOME,
    KID,
    LIST,
    METHOD,
    OTHER_ED,
    baked,
    credential,
    did_document,
    ec_jwk,
    entry,
    es256,
    jws,
    pages,
    signed,
    status_list,
    token,
    verdict,
)

BOB = "bob@example.org"
SUITE_2020 = "https://w3id.org/security/suites/ed25519-2020/v1"


def against(found: Any) -> list[tuple[str, str, str]]:
    return [(check.subject, check.state, check.outcome) for check in found.against()]


def test_a_credential_is_verified_check_by_check() -> None:
    found = verdict(signed(credential()), recipient=BOB)

    assert [(check.subject, check.state, check.said) for check in found.checks] == [
        ("input", "passed", "This is the document of a badge."),
        ("parsed", "passed", "All that the credential says is defined by contexts known here."),
        (
            "properties",
            "passed",
            "Everything in the credential is as the schema of 1EdTech says.",
        ),
        ("signature", "passed", f"The signature fits, with the key {METHOD}."),
        ("issuer", "passed", f"The key belongs to the issuer, {DID}."),
        ("dates", "passed", "The badge was issued on 2026-01-15 and is good until 2036-01-15."),
        ("recipient", "passed", f"The badge was awarded to {BOB}."),
        ("status", "passed", "The credential names no list on which it could be taken back."),
    ]
    told = report(found)
    del told["checks"]
    assert told == {
        "verdict": "verified",
        "valid": True,
        "input": "json",
        "openBadgesVersion": "3.0",
        "assertion": AWARD,
        "badgeclass": "https://badges.example.org/public/badges/Qp5rT2vLx8Kd0Nw3Zs6YHa/ob3",
        "issuer": DID,
    }


def _svg(text: str) -> bytes:
    return bake(SVG, text, "credential")


WHOLE = json.dumps(signed(credential()))
TOKEN = token(credential())


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        (WHOLE, "json"),
        (WHOLE.encode(), "json"),
        (baked(WHOLE), "png"),
        (_svg(WHOLE), "svg"),
        (TOKEN, "jws"),
        (TOKEN.encode(), "jws"),
        (baked(TOKEN), "png"),
        (_svg(TOKEN), "svg"),
        (f"data:application/json;base64,{base64.b64encode(WHOLE.encode()).decode()}", "json"),
    ],
)
def test_both_forms_in_whatever_they_come(source: Any, kind: str) -> None:
    found = verdict(source, recipient=BOB)

    assert (found.outcome, found.kind) == ("verified", kind)


@pytest.mark.parametrize("page", [WHOLE.encode(), TOKEN.encode(), baked(WHOLE), baked(TOKEN)])
def test_both_forms_at_an_address(page: bytes) -> None:
    assert verdict("https://else.example/1", pages(**{"https://else.example/1": page})).is_valid


def test_of_two_badges_in_an_image_the_signed_one_counts() -> None:
    both = bake(baked(WHOLE), "https://gone.example/award", "assertion")

    assert verdict(both).is_valid


def _did_key() -> Any:
    multikey = keys.multikey(ED.public_key())
    document = credential()
    document["issuer"]["id"] = f"did:key:{multikey}"
    return signed(document, method=f"did:key:{multikey}#{multikey}")


def _did_jwk() -> str:
    text = base64.urlsafe_b64encode(json.dumps(ec_jwk()).encode()).rstrip(b"=").decode()
    document = credential()
    document["issuer"]["id"] = f"did:jwk:{text}"
    return es256(document, {"kid": f"did:jwk:{text}#0"})


def _ed25519_2020() -> Any:
    """Signed by PyLD and cryptography alone, as the libraries of 2020 did."""
    document = credential()
    document["@context"].append(SUITE_2020)
    options = {
        "type": "Ed25519Signature2020",
        "created": "2026-02-01T00:00:00Z",
        "verificationMethod": METHOD,
        "proofPurpose": "assertionMethod",
    }
    said = [by_pyld({"@context": document["@context"], **options}), by_pyld(document)]
    hashes = b"".join(sha256(part.encode()).digest() for part in said)
    return {**document, "proof": {**options, "proofValue": "z" + keys.base58(ED.sign(hashes))}}


PROFILE = "https://badges.example.org/profile"


def _of_profile(**header: Any) -> str:
    document = credential()
    document["issuer"]["id"] = PROFILE
    return es256(document, header)


@pytest.mark.parametrize(
    ("make", "served"),
    [
        (_did_key, {}),
        (_did_jwk, {}),
        (_ed25519_2020, pages()),
        (lambda: es256(credential(), {"kid": f"{DID}#ec"}), pages()),
        (lambda: es256(credential(), {"jwk": ec_jwk()}), pages()),
        (lambda: es256(credential(), {"kid": f"{HOME}/ec"}), pages(**{f"{HOME}/ec": ec_jwk()})),
        # A profile that declares no keys has those on its own server.
        (
            lambda: _of_profile(kid="https://badges.example.org/keys/1"),
            {"https://badges.example.org/keys/1": ec_jwk(), PROFILE: {"id": PROFILE}},
        ),
        (
            lambda: _of_profile(kid=f"{PROFILE}#1"),
            {
                PROFILE: {
                    "id": PROFILE,
                    "assertionMethod": [
                        {"id": f"{PROFILE}#1", "controller": PROFILE, "publicKeyJwk": ec_jwk()}
                    ],
                }
            },
        ),
    ],
    ids=["did:key", "did:jwk", "2020", "ES256", "jwk", "declared", "profile", "in profile"],
)
def test_keys_of_all_kinds(make: Callable[[], Any], served: dict[str, Any]) -> None:
    found = verdict(make(), served, recipient=BOB)

    assert (found.outcome, against(found)) == ("verified", [])


def _changed(path: str, value: Any) -> Any:
    document = signed(credential())
    *way, name = path.split(".")
    holder = document
    for step in way:
        holder = holder[step]
    holder[name] = value
    return document


def _by_stranger() -> Any:
    multikey = keys.multikey(OTHER_ED.public_key())
    return signed(credential(), OTHER_ED, f"did:key:{multikey}#{multikey}")


@pytest.mark.parametrize(
    ("source", "served", "expected"),
    [
        (
            lambda: _changed("name", "Captain"),
            None,
            [("signature", "failed", "bad-signature")],
        ),
        (
            lambda: _changed("credentialSubject.achievement.name", "Captain"),
            None,
            [("signature", "failed", "bad-signature")],
        ),
        (
            lambda: signed(credential(), OTHER_ED),
            None,
            [("signature", "failed", "bad-signature")],
        ),
        (_by_stranger, None, [("issuer", "failed", "untrusted-key")]),
        # A key in the fragment vouches for nobody.
        (
            lambda: signed(credential(), OTHER_ED, f"{DID}#{keys.multikey(OTHER_ED.public_key())}"),
            None,
            [("issuer", "failed", "untrusted-key")],
        ),
        # One that was given up as stolen.
        (
            lambda: signed(credential(), OTHER_ED, f"{DID}#key-2"),
            None,
            [("issuer", "failed", "untrusted-key")],
        ),
        (lambda: signed(credential()), {}, [("reachable", "unknown", "unavailable")]),
        (
            lambda: signed(credential()),
            {f"{HOME}/did.json": 500},
            [("reachable", "unknown", "unavailable")],
        ),
        (
            lambda: signed(credential()),
            {f"{HOME}/did.json": did_document(id="did:web:evil.example")},
            [("issuer", "failed", "untrusted-key")],
        ),
        (lambda: credential(), None, [("signature", "failed", "bad-signature")]),
        (
            lambda: {**credential(), "proof": [{"type": "DataIntegrityProof"}]},
            None,
            [("signature", "failed", "bad-signature")],
        ),
        (
            lambda: signed(credential(validFrom="2027-01-01T00:00:00Z")),
            None,
            [("dates", "failed", "not-yet-valid")],
        ),
        (
            lambda: signed(credential(validUntil="2026-05-01T00:00:00Z")),
            None,
            [("dates", "failed", "expired")],
        ),
        (
            lambda: _changed("@context", [*credential()["@context"], "https://evil.example/c"]),
            None,
            [("parsed", "failed", "malformed")],
        ),
        (
            lambda: _changed("@context", [*credential()["@context"], {"name": "https://x.y/z"}]),
            None,
            [("parsed", "failed", "malformed")],
        ),
        (lambda: _changed("endorsedBy", "me"), None, [("parsed", "failed", "malformed")]),
        (lambda: _changed("@graph", []), None, [("parsed", "failed", "malformed")]),
        (
            lambda: {"@context": ["https://www.w3.org/2018/credentials/v1"], "type": []},
            None,
            [("parsed", "failed", "malformed")],
        ),
        (
            lambda: signed(credential(validFrom="yesterday")),
            None,
            [("properties", "failed", "malformed")],
        ),
    ],
)
def test_each_fault_trips_its_own_check(
    source: Callable[[], Any], served: dict[str, Any] | None, expected: list[Any]
) -> None:
    assert against(verdict(source(), served, recipient=BOB)) == expected


def test_somebody_else_has_not_earned_it() -> None:
    found = verdict(signed(credential()), recipient="carol@example.org")

    assert against(found) == [("recipient", "failed", "wrong-recipient")]


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda: TOKEN[:-20] + "A" * 20, ("signature", "bad-signature")),
        (lambda: es256(credential(), {"kid": KID}), ("signature", "bad-signature")),
        (
            lambda: es256(credential(), {"kid": f"{DID}#ec"}, iss="did:web:evil.example"),
            ("signature", "bad-signature"),
        ),
        (lambda: es256(credential(), {}), ("signature", "bad-signature")),
        (
            lambda: es256(credential(), {"kid": "https://evil.example/key"}),
            ("issuer", "untrusted-key"),
        ),
        (
            lambda: _of_profile(kid="https://evil.example/key"),
            ("issuer", "untrusted-key"),
        ),
    ],
)
def test_tokens_of_others_are_refused(make: Callable[[], str], expected: tuple[str, str]) -> None:
    served = pages(**{"https://evil.example/key": ec_jwk(), PROFILE: {"id": PROFILE}})
    if expected[0] == "issuer":
        served[f"{HOME}/did.json"] = did_document(assertionMethod=[METHOD])

    [(subject, state, outcome)] = against(verdict(make(), served))

    assert (subject, state, outcome) == (expected[0], "failed", expected[1])


STATUS_UNKNOWN = [("status", "failed", "status-unknown")]


@pytest.mark.parametrize(
    ("index", "purpose", "listed", "expected"),
    [
        (5, "revocation", lambda: signed(status_list(4, 6)), []),
        (5, "revocation", lambda: signed(status_list(5)), [("status", "failed", "revoked")]),
        (
            5,
            "suspension",
            lambda: signed(status_list(5, purpose="suspension")),
            [("status", "failed", "suspended")],
        ),
        (5, "suspension", lambda: signed(status_list(purpose="suspension")), []),
        (5, "message", lambda: 404, []),
        (5, "revocation", lambda: 404, [("status", "unknown", "status-unknown")]),
        (5, "revocation", lambda: status_list(), STATUS_UNKNOWN),
        (5, "revocation", lambda: signed(status_list(), OTHER_ED), STATUS_UNKNOWN),
        (5, "revocation", lambda: {**signed(status_list()), "id": f"{LIST}9"}, STATUS_UNKNOWN),
        (5, "revocation", lambda: signed(status_list(id=f"{LIST}9")), STATUS_UNKNOWN),
        (5, "revocation", lambda: signed(status_list(issuer="did:web:e.example")), STATUS_UNKNOWN),
        (5, "revocation", lambda: signed(status_list(purpose="suspension")), STATUS_UNKNOWN),
        (5, "revocation", lambda: signed(status_list(size=100)), STATUS_UNKNOWN),
        (5, "revocation", lambda: signed(status_list(size=5_000_000)), STATUS_UNKNOWN),
        (131_072, "revocation", lambda: signed(status_list()), STATUS_UNKNOWN),
        (
            5,
            "revocation",
            lambda: signed(status_list(validUntil="2026-02-01T00:00:00Z")),
            STATUS_UNKNOWN,
        ),
        (5, "revocation", lambda: b"nothing", STATUS_UNKNOWN),
    ],
)
def test_status_lists(
    index: int, purpose: str, listed: Callable[[], Any], expected: list[Any]
) -> None:
    source = signed(credential(credentialStatus=entry(index, purpose)))

    assert against(verdict(source, pages(listed=listed()))) == expected


def test_a_revoked_one_is_revoked_in_the_verdict() -> None:
    source = token(credential(credentialStatus=entry(131_071)))

    found = verdict(source, pages(listed=signed(status_list(131_071))))

    assert (found.outcome, found.revocation) == ("revoked", "")


@pytest.mark.parametrize(
    ("listed", "expected"),
    [
        ({"issuer": DID, "revokedCredential": [{"id": f"{AWARD}0"}]}, []),
        (
            {"issuer": DID, "revokedCredential": [{"id": AWARD, "revocationReason": "Error"}]},
            [("status", "failed", "revoked")],
        ),
        ({"issuer": DID, "revokedCredential": [{"id": AWARD, "revoked": False}]}, []),
        ({"issuer": "did:web:e.example", "revokedCredential": []}, STATUS_UNKNOWN),
        (404, [("status", "unknown", "status-unknown")]),
    ],
)
def test_the_revocation_list_of_1edtech(listed: Any, expected: list[Any]) -> None:
    extensions = "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json"
    document = credential(credentialStatus={"id": LIST, "type": "1EdTechRevocationList"})
    document["@context"].append(extensions)

    assert against(verdict(signed(document), pages(listed=listed))) == expected


def test_single_values_for_lists_are_worth_a_remark() -> None:
    document = credential()
    document["credentialSubject"]["type"] = "AchievementSubject"
    document["evidence"] = {"type": "Evidence", "narrative": "A loaf"}

    found = verdict(signed(document))

    assert found.is_valid
    [remark] = [check for check in found.checks if check.state != "passed"]
    assert (remark.subject, remark.decisive) == ("properties", False)


def test_endorsements_hold_or_are_remarked_upon() -> None:
    multikey = keys.multikey(OTHER_ED.public_key())
    method = f"did:key:{multikey}#{multikey}"
    endorsement = {
        "@context": credential()["@context"],
        "id": "https://carol.example/1",
        "type": ["VerifiableCredential", "EndorsementCredential"],
        "name": "Seen",
        "issuer": {"id": f"did:key:{multikey}", "type": ["Profile"]},
        "validFrom": "2026-01-20T00:00:00Z",
        "credentialSubject": {
            "id": AWARD,
            "type": ["EndorsementSubject"],
            "endorsementComment": "It rose",
        },
    }
    good = signed(endorsement, OTHER_ED, method)
    bad = {**good, "name": "Eaten"}

    found = [verdict(signed(credential(endorsement=[inner]))) for inner in (good, bad)]

    assert [
        [(check.state, check.decisive) for check in each.checks if check.subject == "endorsement"]
        for each in found
    ] == [[("passed", True)], [("failed", False)]]
    assert all(each.is_valid for each in found)


def test_what_would_never_end_is_refused() -> None:
    alignments = [{"type": ["Alignment"], "targetName": "n", "targetUrl": "https://x.example/"}] * 9
    result = {"type": ["Result"], "value": "1", "alignment": alignments}
    tangled = _changed("credentialSubject.result", [result, result])
    crowded = _changed("evidence", [{"type": ["Evidence"]}] * 3000)
    wide = _changed("evidence", [{"@context": credential()["@context"], "type": "Evidence"}] * 50)
    tagged = _changed("credentialSubject.achievement.tag", ["knot"] * 10_000)
    long = _changed("name", "n" * 1_000_000)

    found = [against(verdict(source)) for source in (tangled, crowded, wide, tagged, long)]

    assert found == [
        [("signature", "failed", "malformed")],
        [("parsed", "failed", "malformed")],
        [("parsed", "failed", "malformed")],
        [("parsed", "failed", "malformed")],
        [("parsed", "failed", "malformed")],
    ]


def test_nobody_is_asked_for_the_sake_of_what_nobody_signed() -> None:
    asked: list[str] = []

    class Pages(dict[str, Any]):
        def __contains__(self, url: object) -> bool:
            asked.append(str(url))
            return super().__contains__(url)

    source = {**signed(credential(credentialStatus=entry(5))), "name": "Captain"}
    verdict(source, Pages(pages()))

    assert asked == [f"{HOME}/did.json"]


words = st.sampled_from(
    [
        *("DataIntegrityProof", "eddsa-rdfc-2022", DID, METHOD, KID, AWARD, LIST, "did:web:["),
        *("did:web:a%2Fb", "did:key:z6Mk#z6Mk", "did:jwk:e30#0", "#key-1", "\0", "\ud800", "_:b"),
        *("https://www.w3.org/ns/credentials/v2", "1EdTechRevocationList", "u", "99999999999"),
    ]
)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | words,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text() | words, inner, max_size=3)
    ),
    max_leaves=8,
)
GOOD = {
    "award": signed(credential(credentialStatus=entry(5))),
    "did": did_document(),
    "list": signed(status_list(4)),
}


def _places(value: Any, place: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    pairs = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    return [way for name, item in pairs for way in [(*place, name), *_places(item, (*place, name))]]


@settings(deadline=None, max_examples=150, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_a_good_credential_can_be_changed_anywhere(data: st.DataObject) -> None:
    documents = deepcopy(GOOD)
    *way, name = data.draw(
        st.sampled_from([(key, *way) for key, page in documents.items() for way in _places(page)])
    )
    holder: Any = documents
    for step in way:
        holder = holder[step]
    holder[name] = data.draw(values)
    text = json.dumps(documents["award"])
    served = {
        f"{HOME}/did.json": json.dumps(documents["did"]).encode(),
        LIST: json.dumps(documents["list"]).encode(),
    }

    found = verdict(text, served, recipient=BOB)

    assert found.outcome in OUTCOMES
    assert found.checks
    if found.is_valid:
        passed = {check.subject for check in found.checks if check.state == "passed"}
        assert {"signature", "issuer", "status", "recipient"} <= passed
    json.dumps(report(found))


@settings(deadline=None, max_examples=100, suppress_health_check=list(HealthCheck))
@given(st.dictionaries(st.sampled_from([*credential(), "vc", "iss", "nbf"]), values), values)
def test_whatever_is_signed_in_a_token_gets_a_verdict(members: Any, header: Any) -> None:
    payload = {**credential(), **members}
    for kid in (f"{DID}#ec", header):
        head = {"kid": kid} if isinstance(kid, str) else {"jwk": kid}
        found = verdict(jws(payload, head), recipient=BOB)

        assert found.outcome in OUTCOMES
        json.dumps(report(found))


def test_the_credential_that_is_changed_is_good() -> None:
    assert verdict(GOOD["award"], pages(listed=GOOD["list"]), recipient=BOB).is_valid
