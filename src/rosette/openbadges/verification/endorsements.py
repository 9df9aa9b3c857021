"""
Endorsements: what others say about a badge, its class or its issuer (OB 2.0, "Endorsement").

Each is examined as a badge of its own; what is wrong with it is a remark on the badge.
"""

from typing import Final

from rosette.openbadges.verification import hosted, terms
from rosette.openbadges.verification.examination import Examination
from rosette.openbadges.verification.verdict import Node

_MOST: Final = 10
"""Of one object."""


def examine(exam: Examination, endorsed: Node) -> None:
    """Check what the object names as its endorsements, each to one finding."""
    for value in terms.listed(endorsed.members.get("endorsement"))[:_MOST]:
        url = value.get("id") if isinstance(value, dict) else value
        if not isinstance(url, str):
            said = f"An endorsement of {endorsed.id} has no address that it could be fetched from."
            exam.remark("endorsement", "unknown", said, "FLATTEN_EMBEDDED_RESOURCE", endorsed.id)
            continue
        _examine_one(exam, endorsed, url)


def _examine_one(exam: Examination, endorsed: Node, url: str) -> None:
    aside = Examination(exam.load, exam.at, exam.policy, nodes=exam.nodes, loads=exam.loads)
    endorsement = aside.node(url, "Endorsement")
    if endorsement is not None:
        _examine_endorsement(aside, endorsement, endorsed)
    exam.loads = aside.loads
    against = [check for check in aside.checks if check.is_against]
    if against:
        first = against[0]
        said = f"The endorsement {url} does not hold: {first.said}"
        exam.remark("endorsement", first.state, said, first.code or "REPORT_MESSAGE", url)
    else:
        exam.passed("endorsement", f"The endorsement {url} holds.", "VALIDATE_PROPERTY", url)


def _examine_endorsement(exam: Examination, endorsement: Node, endorsed: Node) -> None:
    exam.examine_properties(endorsement, "Endorsement")
    claim = endorsement.members.get("claim")
    # An object that says nothing but its id has become its id by compaction.
    about = claim.get("id") if isinstance(claim, dict) else claim
    if about != endorsed.id:
        said = f"It is about another object than {endorsed.id}."
        exam.failed("endorsement", said, "VALIDATE_PROPERTY", endorsement.id)
    issuer = exam.linked(endorsement, "issuer", "Profile")
    if issuer is None:
        return
    exam.examine_properties(issuer, "Profile")
    verification = endorsement.members.get("verification")
    kind = verification.get("type") if isinstance(verification, dict) else "HostedBadge"
    if kind == "HostedBadge":
        hosted.examine(exam, endorsement, None, issuer)
    else:
        said = "It is signed, but no signature came with it."
        exam.failed("signature", said, "VERIFY_JWS", endorsement.id)
