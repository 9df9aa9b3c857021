"""Whether a credential was awarded to who says that it was (OB 3.0, "IdentityObject")."""

from collections.abc import Iterator, Sequence
from typing import Final

from rosette.openbadges.jsonld import Document
from rosette.openbadges.recipient import Kind, Recipient, is_hash, matches
from rosette.openbadges.verification import terms, values
from rosette.openbadges.verification.examination import Examination
from rosette.openbadges.verification.recipients import Identity

_KINDS: Final[dict[str, Kind]] = {
    "emailAddress": "email",
    "ext:telephone": "telephone",
    "ext:url": "url",
    "ext:openBadgeId": "openBadgeId",
}
_MOST: Final = 50


def recipients(subject: Document) -> Iterator[Recipient]:
    """Who earned it, under each of the names that are known here."""
    for item in terms.listed(subject.get("identifier"))[:_MOST]:
        if not isinstance(item, dict):
            continue
        kind = _KINDS.get(str(item.get("identityType")))
        identity, salt = item.get("identityHash"), item.get("salt") or ""
        hashed = item.get("hashed") is True
        if not (isinstance(identity, str) and isinstance(salt, str)):
            continue
        if kind and hashed == is_hash(identity):
            yield Recipient(kind, identity, hashed, salt if hashed else "")
    id = subject.get("id")
    if not isinstance(id, str):
        return
    if id.startswith("mailto:"):
        yield Recipient("email", id.removeprefix("mailto:"), hashed=False)
    elif values.is_url(id):
        yield Recipient("url", id, hashed=False)
        yield Recipient("openBadgeId", id, hashed=False)
    elif id.startswith("did:"):
        yield Recipient("openBadgeId", id, hashed=False)


def examine(
    exam: Examination, subject: Document, id: str, claimed: Sequence[Identity]
) -> Recipient | None:
    """
    Check the recipient against those who claim the badge; nobody claims it, nothing is said.

    The name by which it is theirs, else the first one; None if there is none that is known here.
    """
    known = list(recipients(subject))
    for recipient in known:
        for kind, text in claimed:
            if kind == recipient.kind and matches(recipient, text):
                exam.passed("recipient", f"The badge was awarded to {text}.", None, id)
                return recipient
    if claimed:
        tried = ", ".join(dict.fromkeys(text for _, text in claimed))
        exam.failed(
            "recipient",
            f"The badge was awarded to somebody else than {tried[:300]}.",
            None,
            id,
            advice="Perhaps it was awarded to another address of the same person.",
        )
    return known[0] if known else None
