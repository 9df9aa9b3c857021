"""How specimens are made: each function puts a badge on a server, and says what is handed in."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from typing import Any

from rosette.openbadges.baking import bake
from rosette.openbadges.recipient import hashed
from tests.foreign import CONTEXT, OLD_CONTEXT, Academy
from tests.openbadges.facts import SVG, chunk, png
from tests.openbadges.verification.keys import pem, put_key, revocation_list, sign, signed_award

Build = Callable[[Academy], str]


def award(**members: Any) -> Build:
    return lambda there: there.award(**members)


def badgeclass(**members: Any) -> Build:
    def build(there: Academy) -> str:
        there.badgeclass(**members)
        for name in [name for name, value in members.items() if value is None]:
            there.put("/navigation", without(there.document("/navigation"), name))
        return there.award()

    return build


def issuer(**members: Any) -> Build:
    def build(there: Academy) -> str:
        there.issuer(**members)
        for name in [name for name, value in members.items() if value is None]:
            there.put("/issuer", without(there.document("/issuer"), name))
        return there.award()

    return build


def signed(key: str = "rsa", algorithm: str = "RS256", **members: Any) -> Build:
    return lambda there: sign(signed_award(there, **members), key=key, algorithm=algorithm)


def page(content: bytes, media_type: str = "application/json", status: int = 200) -> Build:
    def build(there: Academy) -> str:
        there.pages["/page"] = (status, media_type, content)
        return f"{there.origin}/page"

    return build


def text(text: str) -> Build:
    return lambda there: text


def without(document: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name not in names}


def recipient(**members: Any) -> dict[str, Any]:
    whole = {"type": "email", "identity": "bob@example.org", "hashed": False} | members
    return {name: value for name, value in whole.items() if value is not None}


def old(there: Academy) -> str:
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


def old_dated(value: Any) -> Build:
    def build(there: Academy) -> str:
        old(there)
        return there.put("/award", there.document("/award") | {"issuedOn": value})

    return build


def oldest(there: Academy) -> str:
    """Open Badges 1.0: no contexts, ids or types."""
    there.issuer()
    issuer = without(there.document("/issuer"), "@context", "id", "type")
    there.put("/issuer", issuer)
    there.badgeclass()
    badgeclass = without(there.document("/navigation"), "@context", "id", "type")
    there.put("/navigation", badgeclass | {"criteria": "https://academy.example.org/c"})
    there.award()
    award = without(there.document("/award"), "@context", "id", "type", "verification")
    verify = {"type": "hosted", "url": f"{there.origin}/award"}
    return there.put("/award", award | {"uid": "17", "verify": verify, "issuedOn": 1_714_642_200})


def embedded_0_5(there: Academy) -> str:
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


def baked(there: Academy) -> str:
    there.award()
    image = bake(png(), json.dumps(there.document("/award")))
    return there.put_image("/baked.png", image)


def baked_svg(there: Academy) -> str:
    there.award()
    image = bake(SVG, json.dumps(there.document("/award")))
    return there.put_image("/baked.svg", image, "image/svg+xml")


def baked_signed(there: Academy) -> str:
    return there.put_image("/baked.png", bake(png(), sign(signed_award(there))))


def old_baked(there: Academy) -> str:
    """The oldest way: a URL in a tEXt chunk."""
    url = there.award()
    return there.put_image("/old.png", png(chunk(b"tEXt", b"openbadges\0" + url.encode())))


def document(**members: Any) -> Build:
    def build(there: Academy) -> str:
        there.award()
        return json.dumps(there.document("/award") | members)

    return build


def misplaced_award(there: Academy) -> str:
    there.award()
    # The same server by another name is another origin.
    host = there.origin.replace("127.0.0.1", "localhost")
    return there.put("/elsewhere", there.document("/award") | {"id": f"{host}/elsewhere"}).replace(
        "127.0.0.1", "localhost"
    )


def misplaced_badgeclass(there: Academy) -> str:
    there.badgeclass()
    host = there.origin.replace("127.0.0.1", "localhost")
    there.put("/forged", there.document("/navigation") | {"id": f"{host}/forged"})
    return there.award(badge=f"{host}/forged")


def at_another_address(there: Academy) -> str:
    there.award()
    return there.put("/copy", there.document("/award"))


def with_nulls(there: Academy) -> str:
    there.award()
    return there.put("/award", there.document("/award") | {"expires": None, "narrative": None})


def with_keywords(there: Academy) -> str:
    there.award()
    award = there.document("/award")
    return there.put("/award", {"@id": award.pop("id"), "@type": award.pop("type"), **award})


def disagreeing(there: Academy) -> str:
    there.award()
    first = there.put("/first", there.document("/award") | {"id": f"{there.origin}/second"})
    there.put("/second", there.document("/award") | {"id": first})
    return first


def wrong_class(there: Academy) -> str:
    there.issuer()
    return there.award(badge=f"{there.origin}/issuer")


def revoked(there: Academy) -> str:
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


def revoked_in_list(*entries: Any, **members: Any) -> Build:
    def build(there: Academy) -> str:
        listed = revocation_list(there, *entries, **members)
        there.issuer(publicKey=f"{there.origin}/key-rsa", revocationList=listed)
        return sign(signed_award(there))

    return build


def list_is_away(there: Academy) -> str:
    there.issuer(publicKey=f"{there.origin}/key-rsa", revocationList=f"{there.origin}/nowhere")
    return sign(signed_award(there))


def foreign_key(there: Academy) -> str:
    key = put_key(there, "other")
    document = signed_award(there, verification={"type": "SignedBadge", "creator": key})
    return sign(document, key="other")


def owned_by_another(there: Academy) -> str:
    put_key(there, owner="https://mallory.example.org/issuer")
    document = signed_award(there)
    put_key(there, owner="https://mallory.example.org/issuer")
    return sign(document)


def signed_by_another(there: Academy) -> str:
    return sign(signed_award(there), key="other")


def changed_after_signing(there: Academy) -> str:
    signed = sign(signed_award(there)).split(".")
    forged = sign(signed_award(there, narrative="and more")).split(".")
    return f"{signed[0]}.{forged[1]}.{signed[2]}"


def key_is_away(there: Academy) -> str:
    document = signed_award(there)
    there.pages.pop("/key-rsa")
    return sign(document)


def weak(there: Academy) -> str:
    key = put_key(there, "weak")
    there.issuer(publicKey=key)
    document = signed_award(there, verification={"type": "SignedBadge", "creator": key})
    return sign(document, key="weak")


def without_creator(there: Academy) -> str:
    return sign(signed_award(there, verification={"type": "SignedBadge"}))


def in_another_algorithm(there: Academy) -> str:
    key = put_key(there, "ec")
    there.issuer(publicKey=key)
    document = signed_award(there, verification={"type": "SignedBadge", "creator": key})
    return sign(document, key="ec", algorithm="ES256")


def symmetric(there: Academy) -> str:
    """Signed with the public key, taken for a password: an attack as old as JWS."""

    def coded(content: bytes) -> bytes:
        return base64.urlsafe_b64encode(content).rstrip(b"=")

    document = signed_award(there)
    head = coded(b'{"alg":"HS256","typ":"JWT"}')
    body = head + b"." + coded(json.dumps(document).encode())
    mark = hmac.new(pem("rsa").encode(), body, hashlib.sha256).digest()
    return (body + b"." + coded(mark)).decode()


def unsigned(there: Academy) -> str:
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


def own_extension(there: Academy, value: Any, schema: Any) -> str:
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


def extension(there: Academy) -> str:
    return own_extension(there, 3, {"properties": {"fathoms": {"type": "number"}}})


def bad_extension(there: Academy) -> str:
    return own_extension(there, "deep", {"properties": {"fathoms": {"type": "number"}}})


def endorsed(**members: Any) -> Build:
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
