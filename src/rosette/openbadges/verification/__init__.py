"""
Is this badge good? A library that needs neither server nor database, nor a clock.

    from rosette.openbadges.verification import verify

    verdict = verify("https://academy.example.org/award", load=load, at=datetime.now(UTC))
    verdict.is_valid          # True
    verdict.outcome           # "verified"
    for check in verdict.checks:
        print(check.state, check.said)

Whatever is handed in (URL, image, document, JWS), the answer is a ``Verdict``: a list of named
checks in the order in which they were made. What other servers are asked for comes through
``load``; a server that cannot be reached makes a check unknown, not failed.

``verifying`` is the course of it all. ``reading`` finds out what was handed in, ``examination``
follows it to its objects, and one module looks at one subject each: ``shapes``, ``pictures``,
``hosted``, ``signed``, ``dates``, ``recipients``, ``extensions``, ``endorsements``. All that
speaks Open Badges up to 2.0; ``credentials`` does what is different in 3.0. ``verdict`` and
``loading`` know of no version.
"""

from rosette.openbadges.verification.examination import Policy
from rosette.openbadges.verification.loading import Loaded, Loader, Unreachable
from rosette.openbadges.verification.reading import Given, Source, Unreadable, read
from rosette.openbadges.verification.recipients import Identity, identities
from rosette.openbadges.verification.signed import ALGORITHMS
from rosette.openbadges.verification.verdict import (
    CODES,
    OUTCOMES,
    Check,
    Code,
    Node,
    Outcome,
    Verdict,
    check_report,
    report,
)
from rosette.openbadges.verification.verifying import verify

__all__ = [
    "ALGORITHMS",
    "CODES",
    "OUTCOMES",
    "Check",
    "Code",
    "Given",
    "Identity",
    "Loaded",
    "Loader",
    "Node",
    "Outcome",
    "Policy",
    "Source",
    "Unreachable",
    "Unreadable",
    "Verdict",
    "check_report",
    "identities",
    "read",
    "report",
    "verify",
]
