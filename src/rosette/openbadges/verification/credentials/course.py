"""The course of a verification of Open Badges 3.0: from a credential to what is true of it."""

from collections.abc import Sequence
from typing import Final

from rosette.openbadges.jsonld import Document
from rosette.openbadges.verification import dates, pictures, terms
from rosette.openbadges.verification.credentials import (
    endorsements,
    forms,
    proofs,
    status,
    subjects,
)
from rosette.openbadges.verification.credentials.translation import Nodes, translated
from rosette.openbadges.verification.examination import Examination
from rosette.openbadges.verification.recipients import Identity
from rosette.openbadges.verification.verdict import Node

_UNSIGNED: Final = ("proof", "endorsementJwt")
"""What says nothing in a token: the token itself is what is signed."""


def examine(
    exam: Examination, document: Document, token: str, claimed: Sequence[Identity]
) -> Nodes | None:
    """
    Check the credential; ``token`` is what it came in, empty if its proof is embedded.

    Its objects; None if it is not to be read. No server is asked for anything before it is known
    that it can be.
    """
    id = document.get("id")
    id = id if isinstance(id, str) else ""
    if token:
        document = {name: value for name, value in document.items() if name not in _UNSIGNED}
    if not forms.examine(exam, document, id):
        return None
    subject: Document = document["credentialSubject"]
    is_signed = proofs.examine(exam, document, token)
    period = {"issuedOn": document["validFrom"], "expires": document.get("validUntil")}
    dates.examine(exam, Node(id, document, period, "3.0"))
    recipient = subjects.examine(exam, subject, id, claimed)
    nodes = translated(document, recipient)
    if is_signed:  # or anybody could send us anywhere
        status.examine(exam, document)
        endorsements.examine(exam, document)
        pictures.examine(exam, nodes.badgeclass, "BadgeClass", required=False)
        pictures.examine(exam, nodes.issuer, "Profile")
    _remark_refresh(exam, document, id)
    return nodes


def _remark_refresh(exam: Examination, document: Document, id: str) -> None:
    for service in terms.listed(document.get("refreshService")):
        url = service.get("id") if isinstance(service, dict) else None
        said = f"The issuer may have a newer copy at {str(url)[:200]}, which was not asked for."
        exam.note("status", "unknown", said, None, id, decisive=False)
