"""Badges that are not valid, and a few that seem so."""

from rosette.openbadges.recipient import hashed
from tests.foreign import CONTEXT
from tests.openbadges.facts import png
from tests.openbadges.verification.building import (
    BOTH,
    GEO,
    at_another_address,
    award,
    bad_extension,
    badgeclass,
    changed_after_signing,
    disagreeing,
    endorsed,
    foreign_key,
    in_another_algorithm,
    issuer,
    key_is_away,
    list_is_away,
    misplaced_award,
    misplaced_badgeclass,
    old_dated,
    owned_by_another,
    page,
    recipient,
    revoked,
    revoked_in_list,
    signed_by_another,
    symmetric,
    text,
    unsigned,
    weak,
    without,
    without_creator,
    wrong_class,
)
from tests.openbadges.verification.keys import put_key, sign, signed_award
from tests.openbadges.verification.specimen import Specimen

BAD = [
    # What was handed in
    Specimen("no badge in a page", page(b"<html></html>", "text/html"), "INTAKE_JSON", "malformed"),
    Specimen("a list", page(b"[]"), "INTAKE_JSON", "malformed"),
    Specimen(
        "plain PNG",
        lambda there: there.put_image("/plain.png", png()),
        "PROCESS_BAKED_RESOURCE",
        "unreadable",
    ),
    Specimen("words", text("a badge, please"), "DETECT_INPUT_TYPE", "unreadable"),
    Specimen(
        "document without a URL", text('{"type": "Assertion"}'), "REPORT_MESSAGE", "unreadable"
    ),
    Specimen("JWS of no JSON", lambda there: sign(b"not JSON"), "PROCESS_JWS_INPUT", "malformed"),
    Specimen("nothing there", page(b"?", status=404), "FETCH_HTTP_NODE", "unavailable"),
    # Versions and contexts
    Specimen(
        "unknown context",
        award(**{"@context": "https://academy.example.org/c"}),
        "JSONLD_COMPACT_DATA",
        "malformed",
    ),
    Specimen(
        "context that changes words",
        award(**{"@context": [CONTEXT, {"badge": "https://evil.example.org/#badge"}]}),
        "JSONLD_COMPACT_DATA",
        "malformed",
    ),
    Specimen("1.1 of yesterday", old_dated("yesterday"), "UPGRADE_1_1_NODE", "malformed"),
    Specimen(
        "1.0 without an id",
        lambda there: sign(without(signed_award(there), "@context", "id", "type")),
        "UPGRADE_1_0_NODE",
        "malformed",
    ),
    Specimen(
        "0.5 without a badge",
        lambda there: there.put("/award", {"recipient": "bob@example.org", "badge": "Navigation"}),
        "UPGRADE_0_5_NODE",
        "malformed",
    ),
    Specimen("unknown class", award(type="Banana"), "DETECT_AND_VALIDATE_NODE_CLASS", "malformed"),
    Specimen(
        "an issuer for a badge class", wrong_class, "VALIDATE_EXPECTED_NODE_CLASS", "malformed"
    ),
    Specimen(
        "hidden in an id",
        lambda there: there.award(badge={**there.badgeclass(), "id": "no address"}),
        "FLATTEN_EMBEDDED_RESOURCE",
        "malformed",
    ),
    # Properties
    Specimen("recipient missing", award(recipient=None), "VALIDATE_PROPERTY", "malformed"),
    Specimen("issuedOn missing", award(issuedOn=None), "VALIDATE_PROPERTY", "malformed"),
    Specimen(
        "issuedOn without zone",
        award(issuedOn="2024-05-02T09:30:00"),
        "VALIDATE_PROPERTY",
        "malformed",
    ),
    Specimen("issuedOn a date", award(issuedOn="2024-05-02"), "VALIDATE_PROPERTY", "malformed"),
    Specimen("expires in words", award(expires="never"), "VALIDATE_PROPERTY", "malformed"),
    Specimen(
        "hashed in words",
        award(recipient=recipient(hashed="no")),
        "VALIDATE_PROPERTY",
        "malformed",
    ),
    Specimen(
        "hashed missing",
        award(recipient=recipient(hashed=None)),
        "VALIDATE_PROPERTY",
        "malformed",
    ),
    Specimen("salt a number", award(recipient=recipient(salt=7)), "VALIDATE_PROPERTY", "malformed"),
    Specimen(
        "two badges",
        award(badge=["https://a.example/1", "https://a.example/2"]),
        "VALIDATE_PROPERTY",
        "malformed",
    ),
    Specimen("evidence in words", award(evidence="the log"), "VALIDATE_PROPERTY", "malformed"),
    Specimen(
        "fax",
        award(recipient=recipient(type="fax")),
        "VALIDATE_RDF_TYPE_PROPERTY",
        "malformed",
        differs="contract 3, type; the reference makes the task of types and never runs it",
    ),
    Specimen(
        "verified by nobody",
        award(verification={"type": "TrustMe"}),
        "VALIDATE_RDF_TYPE_PROPERTY",
        "malformed",
        differs="contract 3, type; the reference makes the task of types and never runs it",
    ),
    Specimen(
        "verification missing",
        award(verification=None),
        "ASSERTION_VERIFICATION_DEPENDENCIES",
        "malformed",
    ),
    Specimen(
        "hash that is none",
        award(recipient=recipient(hashed=True)),
        "IDENTITY_OBJECT_PROPERTY_DEPENDENCIES",
        "malformed",
    ),
    Specimen(
        "hash in the clear",
        award(recipient=recipient(identity=hashed("bob@example.org", ""))),
        "IDENTITY_OBJECT_PROPERTY_DEPENDENCIES",
        "malformed",
    ),
    Specimen(
        "no e-mail address",
        award(recipient=recipient(identity="Bob")),
        "IDENTITY_OBJECT_PROPERTY_DEPENDENCIES",
        "malformed",
    ),
    Specimen("name missing", badgeclass(name=None), "VALIDATE_PROPERTY", "malformed"),
    Specimen("name a number", badgeclass(name=7), "VALIDATE_PROPERTY", "malformed"),
    Specimen("description missing", badgeclass(description=None), "VALIDATE_PROPERTY", "malformed"),
    Specimen("criteria missing", badgeclass(criteria=None), "VALIDATE_PROPERTY", "malformed"),
    Specimen(
        "empty criteria",
        badgeclass(criteria={"type": "Criteria"}),
        "CRITERIA_PROPERTY_DEPENDENCIES",
        "malformed",
        differs="OB 2.0, Criteria: id or narrative; the reference takes an absent id for a URL",
    ),
    Specimen(
        "alignment to nowhere",
        badgeclass(alignment=[{"targetName": "Std"}]),
        "VALIDATE_PROPERTY",
        "malformed",
    ),
    Specimen("tags of numbers", badgeclass(tags=[1, 2]), "VALIDATE_PROPERTY", "malformed"),
    Specimen("url of the issuer missing", issuer(url=None), "VALIDATE_PROPERTY", "malformed"),
    Specimen(
        "url of the issuer in words", issuer(url="the harbour"), "VALIDATE_PROPERTY", "malformed"
    ),
    Specimen(
        "email of the issuer missing",
        issuer(email=None),
        "VALIDATE_PROPERTY",
        "malformed",
        differs="contract 3, Profile; the reference never runs the task of e-mail addresses",
    ),
    Specimen(
        "email of the issuer in words",
        issuer(email="ask us"),
        "VALIDATE_PROPERTY",
        "malformed",
        differs="contract 3, Profile; the reference never runs the task of e-mail addresses",
    ),
    Specimen("telephone in words", issuer(telephone="ask us"), "VALIDATE_PROPERTY", "malformed"),
    Specimen(
        "narrative a number",
        award(narrative=7),
        "VALIDATE_PROPERTY",
        "malformed",
        "OB 2.0, Assertion: narrative is Markdown Text; the reference calls no question there",
    ),
    # Images
    Specimen("no image", badgeclass(image=None), "IMAGE_VALIDATION", "malformed"),
    Specimen(
        "image away",
        lambda there: badgeclass(image="http://127.0.0.1:9/x.png")(there),
        "IMAGE_VALIDATION",
        "unavailable",
    ),
    Specimen(
        "image as GIF data",
        badgeclass(image="data:image/gif;base64,R0lGODlh"),
        "IMAGE_VALIDATION",
        "malformed",
    ),
    Specimen(
        "data as the award's image",
        award(image="data:image/png;base64,iVBORw0KGgo="),
        "IMAGE_VALIDATION",
        "malformed",
    ),
    Specimen(
        "image that is none",
        lambda there: badgeclass(image=there.put_image("/x.png", b"GIF89a"))(there),
        "IMAGE_VALIDATION",
        "malformed",
        "OB 2.0, Image: a PNG or SVG; the reference does not look at the bytes",
    ),
    # Where it lies
    Specimen(
        "award on another origin",
        misplaced_award,
        "HOSTED_ID_IN_VERIFICATION_SCOPE",
        "untrusted-key",
    ),
    Specimen(
        "badge class on another origin",
        misplaced_badgeclass,
        "HOSTED_ID_IN_VERIFICATION_SCOPE",
        "untrusted-key",
        "OB 2.0, Hosted verification: it is what says who the issuer is; not in the reference",
    ),
    Specimen(
        "does not begin as it must",
        lambda there: issuer(
            verification={"type": "VerificationObject", "startsWith": f"{there.origin}/badges/"}
        )(there),
        "HOSTED_ID_IN_VERIFICATION_SCOPE",
        "untrusted-key",
    ),
    Specimen(
        "two that disagree", disagreeing, "HOSTED_ID_IN_VERIFICATION_SCOPE", "untrusted-key", ""
    ),
    Specimen("copy of a good one", at_another_address, "REPORT_MESSAGE"),
    # Whose it is
    Specimen(
        "somebody else's",
        award(),
        "VERIFY_RECIPIENT_IDENTIFIER",
        "wrong-recipient",
        claimed=(("email", "carol@example.org"),),
    ),
    Specimen(
        "somebody else's, hashed",
        award(
            recipient=recipient(identity=hashed("bob@example.org", "sea"), hashed=True, salt="sea")
        ),
        "VERIFY_RECIPIENT_IDENTIFIER",
        "wrong-recipient",
        claimed=(("email", "carol@example.org"),),
    ),
    Specimen(
        "no such identifier",
        award(),
        "VERIFY_RECIPIENT_IDENTIFIER",
        "wrong-recipient",
        claimed=(("telephone", "+15415550100"),),
    ),
    # Dates, status
    Specimen(
        "issued tomorrow",
        award(issuedOn="2099-01-01T00:00:00Z"),
        "ASSERTION_TIMESTAMP_CHECKS",
        "not-yet-valid",
    ),
    Specimen(
        "expired", award(expires="2025-01-01T00:00:00Z"), "ASSERTION_TIMESTAMP_CHECKS", "expired"
    ),
    Specimen(
        "expired before it was issued",
        award(expires="2023-01-01T00:00:00Z"),
        "ASSERTION_TIMESTAMP_CHECKS",
        "malformed",
    ),
    Specimen("revoked", revoked, None, "revoked"),
    Specimen("gone", lambda there: there.put("/award", {}, status=410), None, "revoked"),
    # Signed
    Specimen("signed by another", signed_by_another, "VERIFY_JWS", "bad-signature"),
    Specimen("changed after signing", changed_after_signing, "VERIFY_JWS", "bad-signature"),
    Specimen("signed with a foreign key", foreign_key, "VERIFY_KEY_OWNERSHIP", "untrusted-key"),
    Specimen(
        "key of another owner",
        owned_by_another,
        "VERIFY_KEY_OWNERSHIP",
        "untrusted-key",
        "contract 5: owner, when there, must be the issuer; the reference does not compare",
    ),
    Specimen("key away", key_is_away, "SIGNING_KEY_FETCHED", "unavailable"),
    Specimen(
        "short key",
        weak,
        "VERIFY_JWS",
        "bad-signature",
        "contract 5: RSA keys of 2048 bits at least",
    ),
    Specimen(
        "signed without creator",
        without_creator,
        None,
        "verified",
        "OB 2.0, Signed verification, step 6: then every key of the issuer is tried",
    ),
    Specimen("another algorithm", in_another_algorithm, "VERIFY_JWS", "bad-signature"),
    Specimen("HMAC with the public key", symmetric, "VERIFY_JWS", "bad-signature"),
    Specimen("no algorithm", unsigned, "VERIFY_JWS", "bad-signature"),
    Specimen(
        "signed and hosted",
        lambda there: there.award(verification={"type": "SignedBadge", "creator": put_key(there)}),
        "VERIFY_JWS",
        "bad-signature",
        "contract 5: the input has to be a JWS; the reference takes the document unsigned",
    ),
    Specimen(
        "revoked in the list",
        revoked_in_list("urn:uuid:a953081a-4bbc-4927-8653-7219bca00e3b"),
        "VERIFY_SIGNED_ASSERTION_NOT_REVOKED",
        "revoked",
        differs="OB 2.0, RevocationList; of a list of one, the reference compares the letters",
    ),
    Specimen(
        "revoked with a reason",
        revoked_in_list(
            {"id": "urn:uuid:a953081a-4bbc-4927-8653-7219bca00e3b", "revocationReason": "Error"},
            "https://a.example/1",
        ),
        "VERIFY_SIGNED_ASSERTION_NOT_REVOKED",
        "revoked",
    ),
    Specimen(
        "list of nonsense",
        revoked_in_list({"uid": 7}, "https://a.example/1"),
        "VALIDATE_REVOCATIONLIST_ENTRIES",
        "status-unknown",
    ),
    Specimen(
        "list without entries",
        revoked_in_list(revokedAssertions=None),
        "VALIDATE_REVOCATIONLIST_ENTRIES",
        "status-unknown",
    ),
    Specimen("list away", list_is_away, "FETCH_HTTP_NODE", "status-unknown"),
    # Extensions, endorsements
    Specimen("bad extension, on request", bad_extension, "VALIDATE_EXTENSION_NODE", "malformed"),
    Specimen(
        "bad known extension",
        award(**{"extensions:Geo": GEO | {"geo": {"latitude": 54.3}}}),
        "VALIDATE_EXTENSION_NODE",
        "malformed",
    ),
    Specimen(
        "one of two extensions",
        award(**{"extensions:Both": BOTH}),
        "VALIDATE_EXTENSION_SINGLE",
        "malformed",
    ),
    Specimen(
        "endorsement of another",
        endorsed(claim={"id": "https://academy.example.org/x", "endorsementComment": "c"}),
        "VALIDATE_PROPERTY",
        "verified",
        "",
    ),
    Specimen(
        "endorsement without issuer",
        endorsed(issuer=None),
        "VALIDATE_PROPERTY",
        "verified",
        "contract 8: a failing endorsement is a remark on the badge",
    ),
]
