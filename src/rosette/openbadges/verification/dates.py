"""Whether the badge has been issued by now, and has not expired."""

from datetime import timedelta
from typing import Final

from rosette.openbadges.verification import values
from rosette.openbadges.verification.examination import Examination
from rosette.openbadges.verification.verdict import Code, Node

SKEW: Final = timedelta(seconds=60)
"""How far clocks may differ."""


def examine(exam: Examination, award: Node) -> None:
    """Check the dates, as far as they can be read; others were found among the properties."""
    code: Code = "ASSERTION_TIMESTAMP_CHECKS"
    issued_on = values.moment(award.members.get("issuedOn"))
    expires = values.moment(award.members.get("expires"))
    if issued_on is None:
        return
    if issued_on > exam.at + SKEW:
        said = "The badge says that it will be issued in the future."
        exam.note("dates", "failed", said, code, award.id, outcome="not-yet-valid")
    elif expires is not None and expires < issued_on:
        said = "The badge says that it expired before it was issued."
        exam.failed("dates", said, code, award.id)
    elif expires is not None and expires < exam.at - SKEW:
        exam.note(
            "dates",
            "failed",
            f"The badge expired on {expires:%Y-%m-%d}.",
            code,
            award.id,
            outcome="expired",
            advice="Ask the issuer whether it can be renewed.",
        )
    elif expires is not None:
        said = f"The badge was issued on {issued_on:%Y-%m-%d} and is good until {expires:%Y-%m-%d}."
        exam.passed("dates", said, code, award.id)
    else:
        said = f"The badge was issued on {issued_on:%Y-%m-%d} and does not expire."
        exam.passed("dates", said, code, award.id)
