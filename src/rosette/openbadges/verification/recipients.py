"""Whether the badge was awarded to who says that it was."""

from collections.abc import Sequence
from typing import Final

from rosette.openbadges.errors import MalformedDocument
from rosette.openbadges.jsonld import read_recipient
from rosette.openbadges.recipient import Kind, matches
from rosette.openbadges.verification import values
from rosette.openbadges.verification.examination import Examination
from rosette.openbadges.verification.verdict import Code, Node

Identity = tuple[Kind, str]
"""An identifier in the clear, and what kind it is of."""

_CODE: Final[Code] = "VERIFY_RECIPIENT_IDENTIFIER"
_WORDS: Final = {"openBadgeId": "id"}


def identities(text: str) -> list[Identity]:
    """The kinds of identifier that the text can be."""
    text = text.strip()
    if values.is_url(text):
        return [("url", text), ("openBadgeId", text)]
    if values.is_email(text):
        return [("email", text)]
    if values.is_telephone(text):
        return [("telephone", text)]
    return [("openBadgeId", text)]


def examine(exam: Examination, award: Node, claimed: Sequence[Identity]) -> None:
    """Check the recipient against those who claim the badge; nobody claims it, nothing is said."""
    try:
        recipient = read_recipient(award.members)
    except MalformedDocument:
        return  # found among the properties
    kind = _WORDS.get(recipient.kind, recipient.kind)
    if recipient.published.startswith("md5$"):
        said = "The recipient is hidden by MD5, which is easily broken."
        exam.remark("recipient", "failed", said, "IDENTITY_OBJECT_PROPERTY_DEPENDENCIES", award.id)
    if not claimed:
        return
    candidates = [text for known, text in claimed if known == recipient.kind]
    found = next((text for text in candidates if matches(recipient, text)), None)
    if found is not None:
        exam.passed("recipient", f"The badge was awarded to {found}.", _CODE, award.id)
        return
    tried = ", ".join(candidates)
    said = (
        f"The badge was awarded to another {kind} than {tried}."
        if tried
        else f"The badge was awarded to {'an' if kind[0] in 'aeiou' else 'a'} {kind}, "
        "and none was given."
    )
    exam.failed(
        "recipient",
        said,
        _CODE,
        award.id,
        advice="Perhaps it was awarded to another address of the same person.",
    )
