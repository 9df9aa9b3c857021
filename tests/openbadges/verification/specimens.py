"""
Badges good and bad, each made on a server of its own, and what is to be said of each.

The codes' own test and the comparison with the reference validator both go through this table.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from rosette.openbadges.baking import bake
from rosette.openbadges.recipient import hashed
from tests.foreign import CONTEXT, OLD_CONTEXT, Academy
from tests.openbadges.facts import SVG, chunk, png
from tests.openbadges.verification.keys import (
    pem,
    put_key,
    revocation_list,
    sign,
    signed_award,
)

Build = Callable[[Academy], str]


@dataclass(frozen=True)
class Specimen:
    """
    One badge: ``build`` puts it on the server and returns what is handed in, as text.

    ``code`` is the task whose check does not pass, None if all do; ``outcome`` is the verdict's
    word. ``differs`` says why the reference validator sees it otherwise: by a clause of the
    standard or of our contract (``verification-ob2``), or by a known defect.
    """

    name: str
    build: Build
    code: str | None = None
    outcome: str = "verified"
    differs: str = ""


def _award(**members: Any) -> Build:
    return lambda there: there.award(**members)


def _badgeclass(**members: Any) -> Build:
    def build(there: Academy) -> str:
        there.badgeclass(**members)
        for name in [name for name, value in members.items() if value is None]:
            there.put("/navigation", _without(there.document("/navigation"), name))
        return there.award()

    return build


def _issuer(**members: Any) -> Build:
    def build(there: Academy) -> str:
        there.issuer(**members)
        for name in [name for name, value in members.items() if value is None]:
            there.put("/issuer", _without(there.document("/issuer"), name))
        return there.award()

    return build


def _signed(key: str = "rsa", algorithm: str = "RS256", **members: Any) -> Build:
    return lambda there: sign(signed_award(there, **members), key=key, algorithm=algorithm)


def _page(content: bytes, media_type: str = "application/json", status: int = 200) -> Build:
    def build(there: Academy) -> str:
        there.pages["/page"] = (status, media_type, content)
        return f"{there.origin}/page"

    return build


def _text(text: str) -> Build:
    return lambda there: text


def _without(document: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name not in names}


def _recipient(**members: Any) -> dict[str, Any]:
    whole = {"type": "email", "identity": "bob@example.org", "hashed": False} | members
    return {name: value for name, value in whole.items() if value is not None}


def _old(there: Academy) -> str:
    there.issuer(**{"@context": OLD_CONTEXT})
    there.badgeclass(
        **{
            "@context": OLD_CONTEXT,
            "criteria": "https://academy.example.org/c",
            "alignment": [{"name": "Std", "url": "https://std.example.org/1", "description": "d"}],
        }
    )
    return there.award(
        **{"@context": OLD_CONTEXT, "verification": None, "issuedOn": "2024-05-02", "uid": "17"},
        verify={"type": "hosted", "url": f"{there.origin}/award"},
    )


def _old_dated(value: Any) -> Build:
    def build(there: Academy) -> str:
        _old(there)
        return there.put("/award", there.document("/award") | {"issuedOn": value})

    return build


def _oldest(there: Academy) -> str:
    """Open Badges 1.0: no contexts, ids or types."""
    there.issuer()
    issuer = _without(there.document("/issuer"), "@context", "id", "type")
    there.put("/issuer", issuer)
    there.badgeclass()
    badgeclass = _without(there.document("/navigation"), "@context", "id", "type")
    there.put("/navigation", badgeclass | {"criteria": "https://academy.example.org/c"})
    there.award()
    award = _without(there.document("/award"), "@context", "id", "type", "verification")
    verify = {"type": "hosted", "url": f"{there.origin}/award"}
    return there.put("/award", award | {"uid": "17", "verify": verify, "issuedOn": 1_714_642_200})


def _embedded_0_5(there: Academy) -> str:
    image = there.put_image("/navigation.png", png())
    return there.put(
        "/award",
        {
            "recipient": hashed("bob@example.org", "sea"),
            "salt": "sea",
            "issued_on": "2012-05-02",
            "badge": {
                "version": "0.5.0",
                "name": "Navigation",
                "description": "Finds the way",
                "image": image,
                "criteria": "https://academy.example.org/c",
                "issuer": {
                    "origin": "https://academy.example.org",
                    "name": "Sailing Academy",
                    "org": "Boats",
                    "contact": "office@academy.example.org",
                },
            },
        },
    )


def _baked(there: Academy) -> str:
    there.award()
    image = bake(png(), json.dumps(there.document("/award")))
    return there.put_image("/baked.png", image)


def _baked_svg(there: Academy) -> str:
    there.award()
    image = bake(SVG, json.dumps(there.document("/award")))
    return there.put_image("/baked.svg", image, "image/svg+xml")


def _baked_signed(there: Academy) -> str:
    return there.put_image("/baked.png", bake(png(), sign(signed_award(there))))


def _old_baked(there: Academy) -> str:
    """The oldest way: a URL in a tEXt chunk."""
    url = there.award()
    return there.put_image("/old.png", png(chunk(b"tEXt", b"openbadges\0" + url.encode())))


def _document(**members: Any) -> Build:
    def build(there: Academy) -> str:
        there.award()
        return json.dumps(there.document("/award") | members)

    return build


def _misplaced_award(there: Academy) -> str:
    there.award()
    # The same server by another name is another origin.
    host = there.origin.replace("127.0.0.1", "localhost")
    return there.put("/elsewhere", there.document("/award") | {"id": f"{host}/elsewhere"}).replace(
        "127.0.0.1", "localhost"
    )


def _misplaced_badgeclass(there: Academy) -> str:
    there.badgeclass()
    host = there.origin.replace("127.0.0.1", "localhost")
    there.put("/forged", there.document("/navigation") | {"id": f"{host}/forged"})
    return there.award(badge=f"{host}/forged")


def _at_another_address(there: Academy) -> str:
    there.award()
    return there.put("/copy", there.document("/award"))


def _disagreeing(there: Academy) -> str:
    there.award()
    first = there.put("/first", there.document("/award") | {"id": f"{there.origin}/second"})
    there.put("/second", there.document("/award") | {"id": first})
    return first


def _wrong_class(there: Academy) -> str:
    there.issuer()
    return there.award(badge=f"{there.origin}/issuer")


def _revoked(there: Academy) -> str:
    return there.put(
        "/award",
        {
            "@context": CONTEXT,
            "type": "Assertion",
            "id": f"{there.origin}/award",
            "revoked": True,
            "revocationReason": "Issued in error",
        },
    )


def _revoked_in_list(*entries: Any, **members: Any) -> Build:
    def build(there: Academy) -> str:
        listed = revocation_list(there, *entries, **members)
        there.issuer(publicKey=f"{there.origin}/key-rsa", revocationList=listed)
        return sign(signed_award(there))

    return build


def _list_is_away(there: Academy) -> str:
    there.issuer(publicKey=f"{there.origin}/key-rsa", revocationList=f"{there.origin}/nowhere")
    return sign(signed_award(there))


def _foreign_key(there: Academy) -> str:
    key = put_key(there, "other")
    document = signed_award(there, verification={"type": "SignedBadge", "creator": key})
    return sign(document, key="other")


def _owned_by_another(there: Academy) -> str:
    put_key(there, owner="https://mallory.example.org/issuer")
    document = signed_award(there)
    put_key(there, owner="https://mallory.example.org/issuer")
    return sign(document)


def _signed_by_another(there: Academy) -> str:
    return sign(signed_award(there), key="other")


def _changed_after_signing(there: Academy) -> str:
    signed = sign(signed_award(there)).split(".")
    forged = sign(signed_award(there, narrative="and more")).split(".")
    return f"{signed[0]}.{forged[1]}.{signed[2]}"


def _key_is_away(there: Academy) -> str:
    document = signed_award(there)
    there.pages.pop("/key-rsa")
    return sign(document)


def _weak(there: Academy) -> str:
    key = put_key(there, "weak")
    there.issuer(publicKey=key)
    document = signed_award(there, verification={"type": "SignedBadge", "creator": key})
    return sign(document, key="weak")


def _without_creator(there: Academy) -> str:
    return sign(signed_award(there, verification={"type": "SignedBadge"}))


def _in_another_algorithm(there: Academy) -> str:
    key = put_key(there, "ec")
    there.issuer(publicKey=key)
    document = signed_award(there, verification={"type": "SignedBadge", "creator": key})
    return sign(document, key="ec", algorithm="ES256")


def _hmac(there: Academy) -> str:
    """Signed with the public key, taken for a password: an attack as old as JWS."""
    import base64
    import hashlib
    import hmac

    def coded(content: bytes) -> bytes:
        return base64.urlsafe_b64encode(content).rstrip(b"=")

    document = signed_award(there)
    head = coded(b'{"alg":"HS256","typ":"JWT"}')
    body = head + b"." + coded(json.dumps(document).encode())
    mark = hmac.new(pem("rsa").encode(), body, hashlib.sha256).digest()
    return (body + b"." + coded(mark)).decode()


def _unsigned(there: Academy) -> str:
    head = "eyJhbGciOiJub25lIn0"
    return f"{head}.{sign(signed_award(there)).split('.')[1]}."


GEO = {
    "@context": "https://w3id.org/openbadges/extensions/geoCoordinatesExtension/context.json",
    "type": ["Extension", "extensions:GeoCoordinates"],
    "description": "The harbour",
    "geo": {"latitude": 54.3, "longitude": 10.1},
}
BOTH = {
    "type": ["Extension", "extensions:ApplyLink", "extensions:ExampleExtension"],
    "url": "https://academy.example.org/apply",
}


def _own_extension(there: Academy, value: Any, schema: Any) -> str:
    there.put(
        "/context.json",
        {
            "@context": {
                "extensions": "https://w3id.org/openbadges/extensions#",
                "obi": "https://w3id.org/openbadges#",
                "fathoms": "extensions:fathoms",
            },
            "obi:validation": [
                {
                    "obi:validatesType": "extensions:Depth",
                    "obi:validationSchema": f"{there.origin}/schema.json",
                }
            ],
        },
    )
    there.put("/schema.json", schema)
    depth = {
        "@context": f"{there.origin}/context.json",
        "type": ["Extension", "extensions:Depth"],
        "fathoms": value,
    }
    return there.award(**{"extensions:Depth": depth})


def _extension(there: Academy) -> str:
    return _own_extension(there, 3, {"properties": {"fathoms": {"type": "number"}}})


def _bad_extension(there: Academy) -> str:
    return _own_extension(there, "deep", {"properties": {"fathoms": {"type": "number"}}})


def _endorsed(**members: Any) -> Build:
    def build(there: Academy) -> str:
        there.put(
            "/endorser",
            {
                "@context": CONTEXT,
                "type": "Profile",
                "id": f"{there.origin}/endorser",
                "name": "Harbour Master",
                "url": "https://harbour.example.org",
                "email": "master@harbour.example.org",
            },
        )
        endorsement = {
            "@context": CONTEXT,
            "type": "Endorsement",
            "id": f"{there.origin}/endorsement",
            "claim": {"id": f"{there.origin}/award", "endorsementComment": "Saw it"},
            "issuedOn": "2024-06-01T00:00:00Z",
            "issuer": f"{there.origin}/endorser",
            "verification": {"type": "HostedBadge"},
        } | members
        return there.award(endorsement=there.put("/endorsement", endorsement))

    return build


GOOD = [
    Specimen("hosted", _award()),
    Specimen(
        "narrative and evidence",
        _award(
            narrative="by night",
            evidence=[
                {"id": "https://academy.example.org/log", "narrative": "the log", "genre": "log"},
                {"type": "Evidence", "narrative": "seen"},
            ],
        ),
    ),
    Specimen("evidence as a URL", _award(evidence="https://academy.example.org/log")),
    Specimen("evidence as URLs", _award(evidence=["https://a.example/1", "https://a.example/2"])),
    Specimen("expires later", _award(expires="2099-01-01T00:00:00+02:00")),
    Specimen(
        "hashed recipient",
        _award(
            recipient=_recipient(identity=hashed("bob@example.org", "sea"), hashed=True, salt="sea")
        ),
    ),
    Specimen(
        "url recipient",
        _award(recipient=_recipient(type="url", identity="https://bob.example.org/")),
    ),
    Specimen(
        "telephone recipient",
        _award(recipient=_recipient(type="telephone", identity="+15415550100")),
    ),
    Specimen(
        "several types",
        _award(type=["Assertion", "https://academy.example.org/T"]),
        differs="OB 2.0: type may have several values; the reference fails at them",
    ),
    Specimen(
        "keywords of JSON-LD",
        lambda there: there.put(
            "/award",
            {
                {"id": "@id", "type": "@type"}.get(name, name): value
                for name, value in (there.award(), there.document("/award"))[1].items()
            },
        ),
    ),
    Specimen("type as IRI", _award(type="obi:Assertion")),
    Specimen("verification by alias", _award(verification={"type": "hosted"})),
    Specimen("one in a list", _award(recipient=[_recipient()])),
    Specimen(
        "optional nulls",
        _award(expires=None)
        if False
        else lambda there: there.put(
            "/award",
            (there.award(), there.document("/award"))[1] | {"expires": None, "narrative": None},
        ),
    ),
    Specimen("embedded badge class", lambda there: there.award(badge=there.badgeclass())),
    Specimen("embedded issuer", lambda there: _badgeclass(issuer=there.issuer())(there)),
    Specimen("criteria as a URL", _badgeclass(criteria="https://academy.example.org/c")),
    Specimen(
        "criteria with both",
        _badgeclass(criteria={"id": "https://academy.example.org/c", "narrative": "Find it"}),
    ),
    Specimen(
        "alignment",
        _badgeclass(
            alignment=[
                {
                    "targetName": "Std",
                    "targetUrl": "https://std.example.org/1",
                    "targetCode": "1.a",
                },
                {
                    "type": "AlignmentObject",
                    "targetName": "S",
                    "targetUrl": "https://std.example.org/2",
                },
            ]
        ),
    ),
    Specimen(
        "image as an object",
        lambda there: _badgeclass(
            image={
                "id": there.put_image("/other.png", png()),
                "caption": "A compass",
                "author": "https://artist.example.org/",
            }
        )(there),
    ),
    Specimen("image as data", _badgeclass(image="data:image/svg+xml;base64,PHN2Zy8+")),
    Specimen("issuer is a Profile", _issuer(type="Profile")),
    Specimen("telephone of the issuer", _issuer(telephone="+4943112345")),
    Specimen(
        "startsWith",
        lambda there: _issuer(
            verification={"type": "VerificationObject", "startsWith": f"{there.origin}/aw"}
        )(there),
    ),
    Specimen(
        "related and version",
        _badgeclass(
            version="2",
            related={"id": "https://academy.example.org/other", "version": "1"},
            **{"@language": "en-GB"},
        ),
    ),
    Specimen("1.1", _old),
    Specimen("1.1 in UNIX seconds", _old_dated(1_714_642_200)),
    Specimen("1.1 without zone", _old_dated("2024-05-02T09:30:00")),
    Specimen("1.0", _oldest),
    Specimen("0.5", _embedded_0_5, "FLATTEN_EMBEDDED_RESOURCE"),
    Specimen("baked PNG", _baked),
    Specimen("baked SVG", _baked_svg),
    Specimen("old PNG with a URL", _old_baked),
    Specimen("document", _document()),
    Specimen("document that lies", _document(badge="https://evil.example.org/badge")),
    Specimen("signed", _signed()),
    Specimen("signed and baked", _baked_signed),
    Specimen("signed, others are revoked", _revoked_in_list("https://academy.example.org/17")),
    Specimen("endorsed", _endorsed()),
    Specimen("extension, on request", _extension),
]
"""Those with a code are valid with a remark."""

BAD = [
    # What was handed in
    Specimen(
        "no badge in a page", _page(b"<html></html>", "text/html"), "INTAKE_JSON", "malformed"
    ),
    Specimen("a list", _page(b"[]"), "INTAKE_JSON", "malformed"),
    Specimen(
        "plain PNG",
        lambda there: there.put_image("/plain.png", png()),
        "PROCESS_BAKED_RESOURCE",
        "unreadable",
    ),
    Specimen("words", _text("a badge, please"), "DETECT_INPUT_TYPE", "unreadable"),
    Specimen(
        "document without a URL", _text('{"type": "Assertion"}'), "REPORT_MESSAGE", "unreadable"
    ),
    Specimen("JWS of no JSON", lambda there: sign(b"not JSON"), "PROCESS_JWS_INPUT", "malformed"),
    Specimen("nothing there", _page(b"?", status=404), "FETCH_HTTP_NODE", "unavailable"),
    # Versions and contexts
    Specimen(
        "unknown context",
        _award(**{"@context": "https://academy.example.org/c"}),
        "JSONLD_COMPACT_DATA",
        "malformed",
    ),
    Specimen(
        "context that changes words",
        _award(**{"@context": [CONTEXT, {"badge": "https://evil.example.org/#badge"}]}),
        "JSONLD_COMPACT_DATA",
        "malformed",
    ),
    Specimen("1.1 of yesterday", _old_dated("yesterday"), "UPGRADE_1_1_NODE", "malformed"),
    Specimen(
        "1.0 without an id",
        lambda there: sign(_without(signed_award(there), "@context", "id", "type")),
        "UPGRADE_1_0_NODE",
        "malformed",
    ),
    Specimen(
        "0.5 without a badge",
        lambda there: there.put("/award", {"recipient": "bob@example.org", "badge": "Navigation"}),
        "UPGRADE_0_5_NODE",
        "malformed",
    ),
    Specimen("unknown class", _award(type="Banana"), "DETECT_AND_VALIDATE_NODE_CLASS", "malformed"),
    Specimen(
        "an issuer for a badge class", _wrong_class, "VALIDATE_EXPECTED_NODE_CLASS", "malformed"
    ),
    Specimen(
        "hidden in an id",
        lambda there: there.award(badge={**there.badgeclass(), "id": "no address"}),
        "FLATTEN_EMBEDDED_RESOURCE",
        "malformed",
    ),
    # Properties
    Specimen("recipient missing", _award(recipient=None), "VALIDATE_PROPERTY", "malformed"),
    Specimen("issuedOn missing", _award(issuedOn=None), "VALIDATE_PROPERTY", "malformed"),
    Specimen(
        "issuedOn without zone",
        _award(issuedOn="2024-05-02T09:30:00"),
        "VALIDATE_PROPERTY",
        "malformed",
    ),
    Specimen("issuedOn a date", _award(issuedOn="2024-05-02"), "VALIDATE_PROPERTY", "malformed"),
    Specimen("expires in words", _award(expires="never"), "VALIDATE_PROPERTY", "malformed"),
    Specimen(
        "hashed in words",
        _award(recipient=_recipient(hashed="no")),
        "VALIDATE_PROPERTY",
        "malformed",
    ),
    Specimen(
        "hashed missing",
        _award(recipient=_recipient(hashed=None)),
        "VALIDATE_PROPERTY",
        "malformed",
    ),
    Specimen(
        "salt a number", _award(recipient=_recipient(salt=7)), "VALIDATE_PROPERTY", "malformed"
    ),
    Specimen(
        "two badges",
        _award(badge=["https://a.example/1", "https://a.example/2"]),
        "VALIDATE_PROPERTY",
        "malformed",
    ),
    Specimen("evidence in words", _award(evidence="the log"), "VALIDATE_PROPERTY", "malformed"),
    Specimen(
        "fax",
        _award(recipient=_recipient(type="fax")),
        "VALIDATE_RDF_TYPE_PROPERTY",
        "malformed",
        differs="contract 3, type; the reference makes the task of types and never runs it",
    ),
    Specimen(
        "verified by nobody",
        _award(verification={"type": "TrustMe"}),
        "VALIDATE_RDF_TYPE_PROPERTY",
        "malformed",
        differs="contract 3, type; the reference makes the task of types and never runs it",
    ),
    Specimen(
        "verification missing",
        _award(verification=None),
        "ASSERTION_VERIFICATION_DEPENDENCIES",
        "malformed",
    ),
    Specimen(
        "hash that is none",
        _award(recipient=_recipient(hashed=True)),
        "IDENTITY_OBJECT_PROPERTY_DEPENDENCIES",
        "malformed",
    ),
    Specimen(
        "hash in the clear",
        _award(recipient=_recipient(identity=hashed("bob@example.org", ""))),
        "IDENTITY_OBJECT_PROPERTY_DEPENDENCIES",
        "malformed",
    ),
    Specimen(
        "no e-mail address",
        _award(recipient=_recipient(identity="Bob")),
        "IDENTITY_OBJECT_PROPERTY_DEPENDENCIES",
        "malformed",
    ),
    Specimen("name missing", _badgeclass(name=None), "VALIDATE_PROPERTY", "malformed"),
    Specimen("name a number", _badgeclass(name=7), "VALIDATE_PROPERTY", "malformed"),
    Specimen(
        "description missing", _badgeclass(description=None), "VALIDATE_PROPERTY", "malformed"
    ),
    Specimen("criteria missing", _badgeclass(criteria=None), "VALIDATE_PROPERTY", "malformed"),
    Specimen(
        "empty criteria",
        _badgeclass(criteria={"type": "Criteria"}),
        "CRITERIA_PROPERTY_DEPENDENCIES",
        "malformed",
        differs="OB 2.0, Criteria: id or narrative; the reference takes an absent id for a URL",
    ),
    Specimen(
        "alignment to nowhere",
        _badgeclass(alignment=[{"targetName": "Std"}]),
        "VALIDATE_PROPERTY",
        "malformed",
    ),
    Specimen("tags of numbers", _badgeclass(tags=[1, 2]), "VALIDATE_PROPERTY", "malformed"),
    Specimen("url of the issuer missing", _issuer(url=None), "VALIDATE_PROPERTY", "malformed"),
    Specimen(
        "url of the issuer in words", _issuer(url="the harbour"), "VALIDATE_PROPERTY", "malformed"
    ),
    Specimen(
        "email of the issuer missing",
        _issuer(email=None),
        "VALIDATE_PROPERTY",
        "malformed",
        differs="contract 3, Profile; the reference never runs the task of e-mail addresses",
    ),
    Specimen(
        "email of the issuer in words",
        _issuer(email="ask us"),
        "VALIDATE_PROPERTY",
        "malformed",
        differs="contract 3, Profile; the reference never runs the task of e-mail addresses",
    ),
    Specimen("telephone in words", _issuer(telephone="ask us"), "VALIDATE_PROPERTY", "malformed"),
    Specimen(
        "narrative a number",
        _award(narrative=7),
        "VALIDATE_PROPERTY",
        "malformed",
        "OB 2.0, Assertion: narrative is Markdown Text; the reference calls no question there",
    ),
    # Images
    Specimen("no image", _badgeclass(image=None), "IMAGE_VALIDATION", "malformed"),
    Specimen(
        "image away",
        lambda there: _badgeclass(image="http://127.0.0.1:9/x.png")(there),
        "IMAGE_VALIDATION",
        "unavailable",
    ),
    Specimen(
        "image as GIF data",
        _badgeclass(image="data:image/gif;base64,R0lGODlh"),
        "IMAGE_VALIDATION",
        "malformed",
    ),
    Specimen(
        "data as the award's image",
        _award(image="data:image/png;base64,iVBORw0KGgo="),
        "IMAGE_VALIDATION",
        "malformed",
    ),
    Specimen(
        "image that is none",
        lambda there: _badgeclass(image=there.put_image("/x.png", b"GIF89a"))(there),
        "IMAGE_VALIDATION",
        "malformed",
        "OB 2.0, Image: a PNG or SVG; the reference does not look at the bytes",
    ),
    # Where it lies
    Specimen(
        "award on another origin",
        _misplaced_award,
        "HOSTED_ID_IN_VERIFICATION_SCOPE",
        "untrusted-key",
    ),
    Specimen(
        "badge class on another origin",
        _misplaced_badgeclass,
        "HOSTED_ID_IN_VERIFICATION_SCOPE",
        "untrusted-key",
        "OB 2.0, Hosted verification: it is what says who the issuer is; not in the reference",
    ),
    Specimen(
        "does not begin as it must",
        lambda there: _issuer(
            verification={"type": "VerificationObject", "startsWith": f"{there.origin}/badges/"}
        )(there),
        "HOSTED_ID_IN_VERIFICATION_SCOPE",
        "untrusted-key",
    ),
    Specimen(
        "two that disagree", _disagreeing, "HOSTED_ID_IN_VERIFICATION_SCOPE", "untrusted-key", ""
    ),
    Specimen("copy of a good one", _at_another_address, "REPORT_MESSAGE"),
    # Dates, status
    Specimen(
        "issued tomorrow",
        _award(issuedOn="2099-01-01T00:00:00Z"),
        "ASSERTION_TIMESTAMP_CHECKS",
        "not-yet-valid",
    ),
    Specimen(
        "expired", _award(expires="2025-01-01T00:00:00Z"), "ASSERTION_TIMESTAMP_CHECKS", "expired"
    ),
    Specimen(
        "expired before it was issued",
        _award(expires="2023-01-01T00:00:00Z"),
        "ASSERTION_TIMESTAMP_CHECKS",
        "malformed",
    ),
    Specimen("revoked", _revoked, None, "revoked"),
    Specimen("gone", lambda there: there.put("/award", {}, status=410), None, "revoked"),
    # Signed
    Specimen("signed by another", _signed_by_another, "VERIFY_JWS", "bad-signature"),
    Specimen("changed after signing", _changed_after_signing, "VERIFY_JWS", "bad-signature"),
    Specimen("signed with a foreign key", _foreign_key, "VERIFY_KEY_OWNERSHIP", "untrusted-key"),
    Specimen(
        "key of another owner",
        _owned_by_another,
        "VERIFY_KEY_OWNERSHIP",
        "untrusted-key",
        "contract 5: owner, when there, must be the issuer; the reference does not compare",
    ),
    Specimen("key away", _key_is_away, "SIGNING_KEY_FETCHED", "unavailable"),
    Specimen(
        "short key",
        _weak,
        "VERIFY_JWS",
        "bad-signature",
        "contract 5: RSA keys of 2048 bits at least",
    ),
    Specimen(
        "signed without creator",
        _without_creator,
        None,
        "verified",
        "OB 2.0, Signed verification, step 6: then every key of the issuer is tried",
    ),
    Specimen("another algorithm", _in_another_algorithm, "VERIFY_JWS", "bad-signature"),
    Specimen("HMAC with the public key", _hmac, "VERIFY_JWS", "bad-signature"),
    Specimen("no algorithm", _unsigned, "VERIFY_JWS", "bad-signature"),
    Specimen(
        "signed and hosted",
        lambda there: there.award(verification={"type": "SignedBadge", "creator": put_key(there)}),
        "VERIFY_JWS",
        "bad-signature",
        "contract 5: the input has to be a JWS; the reference takes the document unsigned",
    ),
    Specimen(
        "revoked in the list",
        _revoked_in_list("urn:uuid:a953081a-4bbc-4927-8653-7219bca00e3b"),
        "VERIFY_SIGNED_ASSERTION_NOT_REVOKED",
        "revoked",
        differs="OB 2.0, RevocationList; of a list of one, the reference compares the letters",
    ),
    Specimen(
        "revoked with a reason",
        _revoked_in_list(
            {"id": "urn:uuid:a953081a-4bbc-4927-8653-7219bca00e3b", "revocationReason": "Error"},
            "https://a.example/1",
        ),
        "VERIFY_SIGNED_ASSERTION_NOT_REVOKED",
        "revoked",
    ),
    Specimen(
        "list of nonsense",
        _revoked_in_list({"uid": 7}, "https://a.example/1"),
        "VALIDATE_REVOCATIONLIST_ENTRIES",
        "status-unknown",
    ),
    Specimen(
        "list without entries",
        _revoked_in_list(revokedAssertions=None),
        "VALIDATE_REVOCATIONLIST_ENTRIES",
        "status-unknown",
    ),
    Specimen("list away", _list_is_away, "FETCH_HTTP_NODE", "status-unknown"),
    # Extensions, endorsements
    Specimen("bad extension, on request", _bad_extension, "VALIDATE_EXTENSION_NODE", "malformed"),
    Specimen(
        "bad known extension",
        _award(**{"extensions:Geo": GEO | {"geo": {"latitude": 54.3}}}),
        "VALIDATE_EXTENSION_NODE",
        "malformed",
    ),
    Specimen(
        "one of two extensions",
        _award(**{"extensions:Both": BOTH}),
        "VALIDATE_EXTENSION_SINGLE",
        "malformed",
    ),
    Specimen(
        "endorsement of another",
        _endorsed(claim={"id": "https://academy.example.org/x", "endorsementComment": "c"}),
        "VALIDATE_PROPERTY",
        "verified",
        "",
    ),
    Specimen(
        "endorsement without issuer",
        _endorsed(issuer=None),
        "VALIDATE_PROPERTY",
        "verified",
        "contract 8: a failing endorsement is a remark on the badge",
    ),
]
SPECIMENS = [*GOOD, *BAD]
