"""The course of a verification: from what was handed in to the verdict."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import orjson

from rosette.openbadges.errors import BadProof, MalformedDocument
from rosette.openbadges.jsonld import Document
from rosette.openbadges.proofs import jwt
from rosette.openbadges.verification import (
    credentials,
    dates,
    endorsements,
    extensions,
    hosted,
    loading,
    pictures,
    reading,
    recipients,
    signed,
    terms,
)
from rosette.openbadges.verification.examination import Examination, Policy
from rosette.openbadges.verification.loading import Loaded, Loader, Unreachable
from rosette.openbadges.verification.reading import Given, Source, Unreadable
from rosette.openbadges.verification.recipients import Identity
from rosette.openbadges.verification.verdict import Node, Verdict

_KINDS: Final = {
    "url": "This is the address of a badge.",
    "json": "This is the document of a badge.",
    "jws": "This is a signed badge.",
    "png": "This PNG holds a badge.",
    "svg": "This SVG holds a badge.",
    "pdf": "A badge is attached to this PDF.",
}
_DEFAULT: Final = Policy()


def verify(
    source: Source,
    *,
    load: Loader,
    at: datetime,
    recipient: Sequence[Identity] = (),
    policy: Policy = _DEFAULT,
) -> Verdict:
    """
    What is true of the badge in ``source``, at the moment ``at``, for one who says to be the
    ``recipient`` (all their identifiers; none, to leave that open).

    Raises nothing but what ``load`` raises besides Unreachable.
    """
    exam = Examination(load, at, policy)
    try:
        given = reading.read(source)
    except Unreadable as error:
        exam.failed("input", error.message, error.code)
        return Verdict("unreadable", tuple(exam.checks))
    exam.passed("input", _KINDS[given.kind], "DETECT_INPUT_TYPE")
    award, jws = _assertion(exam, given)
    if exam.credential is not None:
        return _credential_verdict(exam, given, *exam.credential, recipient)
    if award is None or _is_revoked(exam, award):
        return _verdict(exam, given, award, jws=jws)
    exam.examine_properties(award, "Assertion")
    badgeclass = exam.linked(award, "badge", "BadgeClass")
    issuer = None
    if badgeclass is not None:
        exam.examine_properties(badgeclass, "BadgeClass")
        issuer = exam.linked(badgeclass, "issuer", "Profile")
    if issuer is not None:
        exam.examine_properties(issuer, "Profile")
        _examine_address(exam, issuer)
    _examine_proof(exam, award, badgeclass, issuer, jws)
    dates.examine(exam, award)
    recipients.examine(exam, award, recipient)
    for node, wanted in ((award, "Assertion"), (badgeclass, "BadgeClass"), (issuer, "Profile")):
        if node is not None:
            pictures.examine(exam, node, wanted)
            extensions.examine(exam, node)
            endorsements.examine(exam, node)
    return _verdict(exam, given, award, badgeclass, issuer, jws)


def _verdict(
    exam: Examination,
    given: Given,
    award: Node | None = None,
    badgeclass: Node | None = None,
    issuer: Node | None = None,
    jws: str = "",
) -> Verdict:
    return Verdict(
        given.kind, tuple(exam.checks), award, badgeclass, issuer, jws, exam.images, exam.revocation
    )


def _credential_verdict(
    exam: Examination,
    given: Given,
    document: Document,
    token: str,
    recipient: Sequence[Identity],
) -> Verdict:
    found = credentials.examine(exam, document, token, recipient)
    if found is None:
        return _verdict(exam, given, jws=_original(document, token))
    nodes, original = found.nodes, _original(found.document, found.token)
    return _verdict(exam, given, nodes.award, nodes.badgeclass, nodes.issuer, original)


def _original(document: Document, token: str) -> str:
    return token or orjson.dumps(document).decode()


def _is_credential(exam: Examination, document: Document, token: str = "") -> bool:
    """Whether it is of version 3.0; then it is put aside, to be looked at by rules of its own."""
    if not credentials.is_credential(document):
        return False
    if token:
        try:
            document = jwt.unproven(token)
        except (BadProof, MalformedDocument):
            return False
    exam.credential = document, token
    return True


def _assertion(exam: Examination, given: Given) -> tuple[Node | None, str]:
    """The assertion that the input leads to, and the JWS if it is signed."""
    if given.jws:
        return _signed_assertion(exam, given.jws), given.jws
    if given.document is not None:
        if _is_credential(exam, given.document):
            return None, ""
        if _says_signed(given.document):
            _refuse_unsigned(exam)
            return None, ""
        if not given.address:
            exam.failed(
                "input",
                "Could not determine verifiable input from provided JSON. "
                "No hosted verification URL found.",
                "REPORT_MESSAGE",
            )
            return None, ""
        return exam.node(given.address, "Assertion"), ""
    return _linked_assertion(exam, given.url, may_be_image=given.kind == "url")


def _linked_assertion(
    exam: Examination, url: str, *, may_be_image: bool
) -> tuple[Node | None, str]:
    """The assertion at the URL, or in the image or the JWS that is there."""
    try:
        answer = exam.get(url, accept=loading.ANYTHING, max_bytes=loading.IMAGE_MAX_BYTES)
    except Unreachable as error:
        exam.unreachable("Assertion", url, error.message)
        return None, ""
    if answer.status == 410:
        exam.gone(url)
        return None, ""
    if answer.status != 200:
        exam.unreachable("Assertion", url, f"{answer.url} answers {answer.status}")
        return None, ""
    if may_be_image and _is_image(answer):
        return _unbaked(exam, answer.content, url)
    text = answer.content[: 2 * loading.DOCUMENT_MAX_BYTES].decode(errors="replace").strip()
    if may_be_image and reading.is_jws(text):
        return _signed_assertion(exam, text), text
    if len(answer.content) > loading.DOCUMENT_MAX_BYTES:  # what could have been an image
        exam.unreachable("Assertion", url, f"{url} is too large for a document")
        return None, ""
    document = exam.parsed(answer.content, url, "Assertion", f"What is at {url}")
    if document is None or _is_credential(exam, document):
        return None, ""
    node = exam.settled(document, url, "Assertion")
    if node is not None:
        exam.nodes[node.id] = node
    return node, ""


def _unbaked(exam: Examination, image: bytes, url: str) -> tuple[Node | None, str]:
    try:
        given = reading.read(image)
    except Unreadable as error:
        exam.failed("input", error.message, "PROCESS_BAKED_RESOURCE", url)
        return None, ""
    exam.passed("input", f"The image at {url} holds a badge.", "PROCESS_BAKED_RESOURCE", url)
    return _assertion(exam, given)


def _signed_assertion(exam: Examination, jws: str) -> Node | None:
    document = signed.payload(exam, jws)
    if document is None or _is_credential(exam, document, jws):
        return None
    return exam.admitted(document, "", "Assertion")


def _is_image(answer: Loaded) -> bool:
    return answer.media_type.startswith("image/") or answer.content.startswith(b"\x89PNG")


def _is_revoked(exam: Examination, award: Node) -> bool:
    """Whether the document itself says that it was revoked; it then needs no other property."""
    if award.members.get("revoked") is not True:
        return False
    reason = award.members.get("revocationReason")
    said = "The issuer has revoked the badge"
    exam.revoked(award.id, reason if isinstance(reason, str) else "", said)
    return True


def _examine_address(exam: Examination, issuer: Node) -> None:
    if not issuer.id.startswith(("http://", "https://")):
        said = "The issuer has no web address; many programs take only issuers that have one."
        exam.remark("issuer", "failed", said, "ISSUER_PROPERTY_DEPENDENCIES", issuer.id)


def _examine_proof(
    exam: Examination, award: Node, badgeclass: Node | None, issuer: Node | None, jws: str
) -> None:
    """Check what vouches for the badge: where it lies, or who signed it."""
    verification = award.members.get("verification")
    kind = verification.get("type") if isinstance(verification, dict) else None
    if jws and kind == "SignedBadge":
        signed.examine(exam, jws, award, issuer)
    elif jws:
        said = "The badge came with a signature, but does not say that it is signed."
        exam.failed("signature", said, "ASSERTION_VERIFICATION_DEPENDENCIES", award.id)
    elif kind == "SignedBadge":
        _refuse_unsigned(exam, award.id)
    elif kind != "HostedBadge":
        said = "The badge does not say whether it is hosted or signed."
        exam.failed("hosting", said, "ASSERTION_VERIFICATION_DEPENDENCIES", award.id)
    elif issuer is not None:
        hosted.examine(exam, award, badgeclass, issuer)
        exam.passed("status", "The issuer has not revoked the badge.", None, award.id)


def _says_signed(document: dict[str, object]) -> bool:
    verification = terms.compacted(document).get("verification")
    return isinstance(verification, dict) and verification.get("type") == "SignedBadge"


def _refuse_unsigned(exam: Examination, id: str = "") -> None:
    exam.failed(
        "signature",
        "The badge says that it is signed, but no signature came with it.",
        "VERIFY_JWS",
        id,
        advice="Use the image or the text that you were given when it was awarded.",
    )
