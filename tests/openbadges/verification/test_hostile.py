"""Whatever is handed in or served, there is a verdict, and it comes soon."""

import base64
import copy
import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rosette.openbadges.baking import bake
from rosette.openbadges.verification import (
    ALGORITHMS,
    OUTCOMES,
    Loaded,
    Policy,
    Unreachable,
    Verdict,
    report,
    verify,
)
from tests.foreign import CONTEXT, OLD_CONTEXT, Academy
from tests.openbadges.facts import SVG, png
from tests.openbadges.verification.building import GEO
from tests.openbadges.verification.keys import revocation_list, sign, signed_award
from tests.openbadges.verification.loads import NOW

HOME = "https://academy.example.org"
ANYTHING = settings(deadline=None)  # this machine may be busy
POLICY = Policy(algorithms=ALGORITHMS, load_extensions=True)

names = st.sampled_from(
    [
        *("id", "type", "@id", "@type", "@context", "badge", "issuer", "recipient", "identity"),
        *("hashed", "salt", "verification", "verify", "creator", "publicKey", "publicKeyPem"),
        *("revocationList", "revokedAssertions", "revoked", "image", "criteria", "evidence"),
        *("issuedOn", "expires", "issued_on", "alignment", "endorsement", "claim", "related"),
        *("startsWith", "allowedOrigins", "$ref", "x"),
    ]
)
words = st.sampled_from(
    [
        *(CONTEXT, OLD_CONTEXT, f"{HOME}/award", f"{HOME}/navigation", f"{HOME}/issuer"),
        *(f"{HOME}/context.json", "Assertion", "BadgeClass", "Issuer", "HostedBadge"),
        *("SignedBadge", "Extension", "extensions:Depth", "email", "sha256$" + "0" * 64),
        *("http://[", "https://a.example:99999/", "data:,", "data:image/png;base64,AA", "_:b0"),
        *("1e400", "-1", "9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59", "urn:uuid:1"),
        *("\0", "\ud800", "﷐", "a.b.c"),
    ]
)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | words,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(names | st.text(), inner, max_size=6)
    ),
    max_leaves=20,
)


def _serving(pages: Mapping[str, bytes]) -> Callable[..., Loaded]:
    def load(url: str, *, accept: str, max_bytes: int) -> Loaded:
        if url not in pages:
            raise Unreachable("there is nothing")
        return Loaded(url, 200, "", pages[url])

    return load


def _verdict(source: Any, pages: Mapping[str, bytes]) -> Verdict:
    found = verify(
        source,
        load=_serving(pages),
        at=NOW,
        recipient=[("email", "bob@example.org")],
        policy=POLICY,
    )
    assert found.outcome in OUTCOMES
    assert found.is_valid == (found.outcome == "verified")
    assert found.checks
    if found.is_valid:
        assert found.assertion
        assert found.badgeclass
        assert found.issuer
        if found.issuer.id.startswith("http"):
            proof = "signature" if found.jws else "hosting"
            assert proof in {check.subject for check in found.checks if check.state == "passed"}
    json.dumps(report(found))
    return found


def _academy() -> dict[str, Any]:
    """All that the Academy serves of a badge that has everything, by path."""
    there = Academy(HOME)
    listed = revocation_list(there, {"id": f"{HOME}/other", "revocationReason": "r"})
    there.issuer(
        publicKey=f"{HOME}/key-rsa",
        revocationList=listed,
        verification={"startsWith": f"{HOME}/", "allowedOrigins": ["academy.example.org"]},
    )
    there.put(
        "/context.json",
        {
            "obi:validation": [
                {
                    "obi:validatesType": "extensions:Depth",
                    "obi:validationSchema": f"{HOME}/schema.json",
                }
            ]
        },
    )
    there.put("/schema.json", {"properties": {"fathoms": {"type": "number"}}})
    there.put(
        "/endorsement",
        {
            "@context": CONTEXT,
            "type": "Endorsement",
            "id": f"{HOME}/endorsement",
            "claim": {"id": f"{HOME}/award", "endorsementComment": "Saw it"},
            "issuedOn": "2024-06-01T00:00:00Z",
            "issuer": f"{HOME}/issuer",
        },
    )
    there.award(
        endorsement=f"{HOME}/endorsement",
        evidence=[{"id": f"{HOME}/log", "narrative": "n"}],
        **{
            "extensions:Geo": GEO,
            "extensions:Depth": {
                "@context": f"{HOME}/context.json",
                "type": ["Extension", "extensions:Depth"],
                "fathoms": 3,
            },
        },
    )
    signed = signed_award(there)
    there.put("/signed", signed)
    return {
        path: json.loads(content)
        for path, (_, media_type, content) in there.pages.items()
        if "json" in media_type
    }


GOOD = _academy()


def _pages(documents: Mapping[str, Any]) -> dict[str, bytes]:
    pages = {f"{HOME}{path}": json.dumps(page).encode() for path, page in documents.items()}
    return {**pages, f"{HOME}/navigation.png": png()}


def _places(value: Any, place: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to everything within the value."""
    if not isinstance(value, dict | list):
        return []
    found = []
    for name, item in value.items() if isinstance(value, dict) else enumerate(value):
        found += [(*place, name), *_places(item, (*place, name))]
    return found


def test_the_badge_that_is_to_be_mutated_is_good() -> None:
    pages = _pages(GOOD)

    assert _verdict(f"{HOME}/award", pages).is_valid
    assert _verdict(sign(GOOD["/signed"]), pages).is_valid


@ANYTHING
@given(values)
def test_any_json_can_be_handed_in(value: Any) -> None:
    _verdict(value if isinstance(value, dict) else json.dumps(value), {})


@ANYTHING
@given(st.text() | words)
def test_any_text_can_be_handed_in(text: str) -> None:
    _verdict(text, {})


@ANYTHING
@given(st.dictionaries(st.sampled_from(sorted(GOOD)), values, max_size=5))
def test_any_json_can_be_served(documents: dict[str, Any]) -> None:
    pages = _pages({**GOOD, **documents})

    _verdict(f"{HOME}/award", pages)
    _verdict(sign(documents.get("/signed", GOOD["/signed"])), pages)


@ANYTHING
@given(st.data())
def test_a_good_badge_can_be_changed_anywhere(data: st.DataObject) -> None:
    documents = copy.deepcopy(GOOD)
    for _ in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from(sorted(documents)))
        places = _places(documents[path])
        if not places:
            continue
        *way, name = data.draw(st.sampled_from(places))
        holder = documents[path]
        for step in way:
            holder = holder[step]
        if data.draw(st.booleans()):
            holder[name] = data.draw(values)
        else:
            del holder[name]
    pages = _pages(documents)

    _verdict(f"{HOME}/award", pages)
    _verdict(sign(documents["/signed"]), pages)


@ANYTHING
@given(st.binary())
def test_any_bytes_can_be_handed_in_and_served(content: bytes) -> None:
    _verdict(content, {})
    _verdict(b"\x89PNG\r\n\x1a\n" + content, {})
    _verdict(b"<svg" + content, {})
    for path in ("/award", "/navigation", "/issuer", "/navigation.png"):
        _verdict(f"{HOME}/award", _pages(GOOD) | {f"{HOME}{path}": content})


BAKED = [bake(picture, json.dumps(GOOD["/award"])) for picture in (png(), SVG)]


@ANYTHING
@given(st.sampled_from(BAKED), st.integers(0, 1_500), st.integers(0, 255), st.booleans())
def test_a_baked_image_can_be_cut_off_and_changed(
    image: bytes, position: int, byte: int, is_cut: bool
) -> None:
    position %= len(image)
    spoilt = image[:position] + (b"" if is_cut else bytes([byte]) + image[position + 1 :])

    _verdict(spoilt, _pages(GOOD))
    _verdict(f"{HOME}/spoilt", _pages(GOOD) | {f"{HOME}/spoilt": spoilt})


@ANYTHING
@given(st.integers(0, 3_000), st.characters(codec="ascii"), st.integers(0, 3))
def test_a_signed_badge_can_be_changed_anywhere(position: int, letter: str, count: int) -> None:
    jws = sign(GOOD["/signed"])
    position %= len(jws)
    changed = jws[:position] + letter * count + jws[position + 1 :]

    is_valid = _verdict(changed, _pages(GOOD)).is_valid
    # The last letter of base64 has bits that stand for nothing.
    assert not is_valid or changed[:-1] == jws[:-1] or changed.strip() == jws


HEADERS = [
    *("{}", "[]", "7", '{"alg": "none"}', '{"alg": 7}', '{"alg": ["RS256"]}', '{"alg": null}'),
    *('{"alg": "RS256", "crit": ["x"]}', '{"alg": "RS256", "b64": false, "crit": ["b64"]}'),
    *('{"alg": "HS256"}', '{"alg": "ES256"}', '{"alg": "EdDSA"}', '{"alg": "RS256", "zip": "DEF"}'),
]


@pytest.mark.parametrize("header", HEADERS)
def test_headers_of_a_jws_are_not_trusted(header: str) -> None:
    head = base64.urlsafe_b64encode(header.encode()).rstrip(b"=").decode()
    _, body, mark = sign(GOOD["/signed"]).split(".")

    for signature in (mark, "", "AAAA"):
        assert not _verdict(f"{head}.{body}.{signature}", _pages(GOOD)).is_valid


@pytest.mark.parametrize(
    "key", ["", "-----BEGIN PUBLIC KEY-----", "-----BEGIN PUBLIC KEY-----\nAAAA\n", "\ud800", "é"]
)
def test_a_key_that_is_none_fits_nothing(key: str) -> None:
    pages = _pages(GOOD | {"/key-rsa": GOOD["/key-rsa"] | {"publicKeyPem": key}})

    assert not _verdict(sign(GOOD["/signed"]), pages).is_valid


schemas = st.recursive(
    st.booleans()
    | st.builds(
        lambda to: {"$ref": to},
        st.sampled_from(["#", "#/a", "#/definitions/a", "schema.json", "other.json", "#/~1", ":["]),
    ),
    lambda inner: (
        st.dictionaries(
            st.sampled_from(
                ["not", "items", "additionalProperties", "definitions", "a", "type", "pattern"]
            ),
            inner | st.text(max_size=5),
            max_size=3,
        )
        | st.dictionaries(
            st.sampled_from(["allOf", "anyOf", "oneOf"]), st.lists(inner, max_size=3), max_size=2
        )
    ),
    max_leaves=12,
)


@ANYTHING
@given(schemas, schemas)
def test_schemas_of_strangers_end(schema: Any, other: Any) -> None:
    pages = _pages(GOOD | {"/schema.json": schema, "/other.json": other})

    _verdict(f"{HOME}/award", pages)


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "#"},
        {"allOf": [{"$ref": "#"}]},
        {"properties": {"fathoms": {"$ref": "#/properties/fathoms"}}},
        # Two of each, fifty times over.
        {
            "definitions": {
                f"d{n}": {"allOf": [{"$ref": f"#/definitions/d{n + 1}"}] * 2} for n in range(50)
            },
            "$ref": "#/definitions/d0",
        },
        {"properties": {"fathoms": {"enum": list(range(6_000))}}},
    ],
)
def test_a_schema_without_end_cannot_be_used(schema: Any) -> None:
    found = _verdict(f"{HOME}/award", _pages(GOOD | {"/schema.json": schema}))

    assert [check.subject for check in found.against()] == ["extension"]


def test_patterns_of_strangers_are_matched_in_linear_time() -> None:
    award = copy.deepcopy(GOOD["/award"])
    award["extensions:Depth"]["fathoms"] = "a" * 5_000 + "!"
    schema = {"properties": {"fathoms": {"pattern": "^(a+)+$"}}}

    found = _verdict(f"{HOME}/award", _pages(GOOD | {"/award": award, "/schema.json": schema}))

    assert [check.state for check in found.against()] == ["failed"]


@pytest.mark.parametrize("path", ["/award", "/navigation", "/issuer"])
def test_what_is_nested_without_end_is_no_document(path: str) -> None:
    deep = b'{"a":' * 100_000 + b"1" + b"}" * 100_000

    assert not _verdict(f"{HOME}/award", _pages(GOOD) | {f"{HOME}{path}": deep}).is_valid
    assert not _verdict(deep.decode(), {}).is_valid
    assert _verdict("data:," * 10_000, {}).outcome == "unreadable"


def test_a_document_that_holds_itself_is_no_document() -> None:
    circle: dict[str, Any] = {}
    circle["id"] = circle

    assert _verdict(circle, {}).outcome == "unreadable"


def test_a_badge_does_not_send_us_round_the_world() -> None:
    """Endorsements of endorsers of endorsers."""
    asked: list[str] = []
    endorsements = [f"{HOME}/endorsement/{n}" for n in range(500)]
    pages = _pages(GOOD | {"/award": GOOD["/award"] | {"endorsement": endorsements}})

    def load(url: str, *, accept: str, max_bytes: int) -> Loaded:
        asked.append(url)
        return _serving(pages)(url, accept=accept, max_bytes=max_bytes)

    assert verify(f"{HOME}/award", load=load, at=NOW).is_valid
    assert len(asked) < 60


def test_objects_that_lead_to_each_other_end() -> None:
    circle = GOOD | {"/navigation": GOOD["/navigation"] | {"issuer": f"{HOME}/navigation"}}

    assert not _verdict(f"{HOME}/award", _pages(circle)).is_valid
