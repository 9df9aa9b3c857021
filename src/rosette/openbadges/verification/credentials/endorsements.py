"""Endorsements inside a credential, each to one finding; what is wrong with one is a remark."""

from collections.abc import Iterator
from typing import Final

from rosette.openbadges.jsonld import Document
from rosette.openbadges.verification import dates, terms
from rosette.openbadges.verification.credentials import proofs, status
from rosette.openbadges.verification.examination import Examination
from rosette.openbadges.verification.verdict import Node

_MOST: Final = 5


def examine(exam: Examination, document: Document) -> None:
    """Check the endorsements of the award, of the achievement and of the issuer."""
    subject = document.get("credentialSubject")
    achievement = subject.get("achievement") if isinstance(subject, dict) else None
    for owner in (document, achievement, document.get("issuer")):
        if isinstance(owner, dict):
            for endorsement in _endorsements(owner):
                _examine_one(exam, endorsement, str(owner.get("id")))


def _endorsements(owner: Document) -> Iterator[Document]:
    for item in terms.listed(owner.get("endorsement"))[:_MOST]:
        if isinstance(item, dict):
            yield item


def _examine_one(exam: Examination, endorsement: Document, about: str) -> None:
    id = str(endorsement.get("id"))
    aside = Examination(exam.load, exam.at, exam.policy, loads=exam.loads)
    subject = endorsement.get("credentialSubject")
    if not isinstance(subject, dict) or subject.get("id") != about:
        aside.failed("endorsement", f"It is about another object than {about[:200]}.", None, id)
    elif proofs.examine(aside, endorsement):
        period = {
            "issuedOn": endorsement.get("validFrom"),
            "expires": endorsement.get("validUntil"),
        }
        dates.examine(aside, Node(id, endorsement, period, "3.0"))
        status.examine(aside, endorsement)
    exam.loads = aside.loads
    against = [check for check in aside.checks if check.is_against]
    if against:
        first = against[0]
        said = f"The endorsement {id[:200]} does not hold: {first.said}"
        exam.note("endorsement", first.state, said, None, id, decisive=False)
    else:
        exam.passed("endorsement", f"The endorsement {id[:200]} holds.", None, id)
