"""The course of a verification of Open Badges 3.0: from a credential to what is true of it."""

from collections.abc import Sequence
from typing import NamedTuple

from rosette.openbadges.jsonld import Document
from rosette.openbadges.verification import dates, pictures
from rosette.openbadges.verification.credentials import (
    endorsements,
    forms,
    proofs,
    refreshing,
    status,
    subjects,
)
from rosette.openbadges.verification.credentials.translation import Nodes, translated
from rosette.openbadges.verification.examination import Examination
from rosette.openbadges.verification.recipients import Identity
from rosette.openbadges.verification.verdict import Node


class Examined(NamedTuple):
    """The objects of a credential, and itself: the copy that counts, and the token it came in."""

    nodes: Nodes
    document: Document
    token: str


def examine(
    exam: Examination, document: Document, token: str, claimed: Sequence[Identity]
) -> Examined | None:
    """
    Check the credential; ``token`` is what it came in, empty if its proof is embedded.

    None if it is not to be read. No server is asked for anything before it is known
    that it can be.
    """
    id = document.get("id")
    id = id if isinstance(id, str) else ""
    if token:
        document = forms.without_unsigned(document)
    if not forms.examine(exam, document, id):
        return None
    is_signed = proofs.examine(exam, document, token)
    if is_signed:  # or anybody could send us anywhere
        document, token = refreshing.newest(exam, document, token)
    subject: Document = document["credentialSubject"]
    period = {"issuedOn": document["validFrom"], "expires": document.get("validUntil")}
    dates.examine(exam, Node(id, document, period, "3.0"))
    recipient = subjects.examine(exam, subject, id, claimed)
    nodes = translated(document, recipient)
    if is_signed:
        status.examine(exam, document)
        endorsements.examine(exam, document)
        pictures.examine(exam, nodes.badgeclass, "BadgeClass", required=False)
        pictures.examine(exam, nodes.issuer, "Profile")
    return Examined(nodes, document, token)
