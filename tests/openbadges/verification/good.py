"""Badges that are valid; those with a code are so with a remark."""

from rosette.openbadges.recipient import hashed
from tests.openbadges.facts import png
from tests.openbadges.verification.building import (
    award,
    badgeclass,
    baked,
    baked_signed,
    baked_svg,
    document,
    embedded_0_5,
    endorsed,
    extension,
    issuer,
    old,
    old_baked,
    old_dated,
    oldest,
    recipient,
    revoked_in_list,
    signed,
    with_keywords,
    with_nulls,
)
from tests.openbadges.verification.specimen import Specimen

GOOD = [
    Specimen("hosted", award()),
    Specimen(
        "narrative and evidence",
        award(
            narrative="by night",
            evidence=[
                {"id": "https://academy.example.org/log", "narrative": "the log", "genre": "log"},
                {"type": "Evidence", "narrative": "seen"},
            ],
        ),
    ),
    Specimen("evidence as a URL", award(evidence="https://academy.example.org/log")),
    Specimen("evidence as URLs", award(evidence=["https://a.example/1", "https://a.example/2"])),
    Specimen("expires later", award(expires="2099-01-01T00:00:00+02:00")),
    Specimen(
        "hashed recipient",
        award(
            recipient=recipient(identity=hashed("bob@example.org", "sea"), hashed=True, salt="sea")
        ),
    ),
    Specimen(
        "url recipient",
        award(recipient=recipient(type="url", identity="https://bob.example.org/")),
    ),
    Specimen(
        "telephone recipient",
        award(recipient=recipient(type="telephone", identity="+15415550100")),
    ),
    Specimen("Bob's", award(), claimed=(("email", "bob@example.org"),)),
    Specimen(
        "Bob's, hashed",
        award(
            recipient=recipient(identity=hashed("bob@example.org", "sea"), hashed=True, salt="sea")
        ),
        claimed=(("email", "bob@example.org"),),
    ),
    Specimen(
        "Bob's in capitals",
        award(recipient=recipient(identity=hashed("bob@example.org", ""), hashed=True)),
        claimed=(("email", "Bob@Example.org"),),
        differs="contract 7: addresses are tried in lower case as well",
    ),
    Specimen(
        "several types",
        award(type=["Assertion", "https://academy.example.org/T"]),
        differs="OB 2.0: type may have several values; the reference fails at them",
    ),
    Specimen("keywords of JSON-LD", with_keywords),
    Specimen("type as IRI", award(type="obi:Assertion")),
    Specimen("verification by alias", award(verification={"type": "hosted"})),
    Specimen("one in a list", award(recipient=[recipient()])),
    Specimen("optional nulls", with_nulls),
    Specimen("embedded badge class", lambda there: there.award(badge=there.badgeclass())),
    Specimen("embedded issuer", lambda there: badgeclass(issuer=there.issuer())(there)),
    Specimen("criteria as a URL", badgeclass(criteria="https://academy.example.org/c")),
    Specimen(
        "criteria with both",
        badgeclass(criteria={"id": "https://academy.example.org/c", "narrative": "Find it"}),
    ),
    Specimen(
        "alignment",
        badgeclass(
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
        lambda there: badgeclass(
            image={
                "id": there.put_image("/other.png", png()),
                "caption": "A compass",
                "author": "https://artist.example.org/",
            }
        )(there),
    ),
    Specimen("image as data", badgeclass(image="data:image/svg+xml;base64,PHN2Zy8+")),
    Specimen("issuer is a Profile", issuer(type="Profile")),
    Specimen("telephone of the issuer", issuer(telephone="+4943112345")),
    Specimen(
        "startsWith",
        lambda there: issuer(
            verification={"type": "VerificationObject", "startsWith": f"{there.origin}/aw"}
        )(there),
    ),
    Specimen(
        "related and version",
        badgeclass(
            version="2",
            related={"id": "https://academy.example.org/other", "version": "1"},
            **{"@language": "en-GB"},
        ),
    ),
    Specimen("1.1", old),
    Specimen("1.1 in UNIX seconds", old_dated(1_714_642_200)),
    Specimen("1.1 without zone", old_dated("2024-05-02T09:30:00")),
    Specimen("1.0", oldest),
    Specimen("0.5", embedded_0_5, "ISSUER_PROPERTY_DEPENDENCIES"),
    Specimen("baked PNG", baked),
    Specimen("baked SVG", baked_svg),
    Specimen("old PNG with a URL", old_baked),
    Specimen("document", document()),
    Specimen("document that lies", document(badge="https://evil.example.org/badge")),
    Specimen("signed", signed()),
    Specimen("signed and baked", baked_signed),
    Specimen("signed, others are revoked", revoked_in_list("https://academy.example.org/17")),
    Specimen("endorsed", endorsed()),
    Specimen("extension, on request", extension),
]
