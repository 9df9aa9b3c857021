"""
What a verification says: an ordered list of named checks, and the one word that follows from them.

Nothing here belongs to a version of Open Badges; whatever examines a badge says it in these terms.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, get_args

from rosette.openbadges.jsonld import Document

State = Literal["passed", "failed", "unknown"]

Subject = Literal[
    "input",
    "reachable",
    "parsed",
    "properties",
    "image",
    "hosting",
    "signature",
    "issuer",
    "refresh",
    "status",
    "dates",
    "recipient",
    "extension",
    "endorsement",
    "domain",
    "sandbox",
]
"""What a check looks at."""

Code = Literal[
    "DETECT_INPUT_TYPE",
    "PROCESS_BAKED_RESOURCE",
    "FETCH_HTTP_NODE",
    "INTAKE_JSON",
    "JSONLD_COMPACT_DATA",
    "PROCESS_JWS_INPUT",
    "UPGRADE_0_5_NODE",
    "UPGRADE_1_0_NODE",
    "UPGRADE_1_1_NODE",
    "DETECT_AND_VALIDATE_NODE_CLASS",
    "VALIDATE_EXPECTED_NODE_CLASS",
    "VALIDATE_RDF_TYPE_PROPERTY",
    "VALIDATE_PROPERTY",
    "ASSERTION_TIMESTAMP_CHECKS",
    "ASSERTION_VERIFICATION_CHECK",
    "ASSERTION_VERIFICATION_DEPENDENCIES",
    "CRITERIA_PROPERTY_DEPENDENCIES",
    "FLATTEN_EMBEDDED_RESOURCE",
    "IDENTITY_OBJECT_PROPERTY_DEPENDENCIES",
    "IMAGE_VALIDATION",
    "ISSUER_PROPERTY_DEPENDENCIES",
    "VALIDATE_EXTENSION_NODE",
    "VALIDATE_EXTENSION_SINGLE",
    "VALIDATE_REVOCATIONLIST_ENTRIES",
    "VERIFY_JWS",
    "VERIFY_KEY_OWNERSHIP",
    "HOSTED_ID_IN_VERIFICATION_SCOPE",
    "VERIFY_RECIPIENT_IDENTIFIER",
    "VERIFY_SIGNED_ASSERTION_NOT_REVOKED",
    "REPORT_MESSAGE",
    "SIGNING_KEY_FETCHED",
]
"""The task list of the reference validator (openbadges 1.1.2), whose users know findings by it."""

CODES: Final[tuple[Code, ...]] = get_args(Code)

Outcome = Literal[
    "unreadable",
    "unavailable",
    "revoked",
    "malformed",
    "bad-signature",
    "untrusted-key",
    "expired",
    "not-yet-valid",
    "suspended",
    "wrong-recipient",
    "status-unknown",
    "verified",
]
OUTCOMES: Final[tuple[Outcome, ...]] = get_args(Outcome)
"""The words for a whole badge; of several that apply, the first here."""


@dataclass(frozen=True, slots=True)
class Check:
    """
    One thing that was looked at.

    ``said`` is one sentence for people, ``advice`` another about what they can do. ``node`` is the
    id of the object that it is about, empty for the input itself. One that is not ``decisive``
    leaves the badge as valid as it was: a remark.
    """

    subject: Subject
    state: State
    said: str
    code: Code | None = None
    node: str = ""
    outcome: Outcome = "verified"
    decisive: bool = True
    advice: str = ""

    @property
    def is_against(self) -> bool:
        """Whether the badge cannot be called valid because of this."""
        return self.decisive and self.state != "passed"


@dataclass(frozen=True, slots=True)
class Node:
    """
    One object of the badge.

    ``source`` is the document as it was served or signed, ``members`` the same in the terms of
    Open Badges 2.0; ``version`` is that of ``source``: 0.5, 1.0, 1.1, 2.0 or 3.0.
    """

    id: str
    source: Document
    members: Document
    version: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """
    What became of a badge.

    ``kind`` is what was handed in, such as ``url`` or ``png``. The nodes are None as far as they
    could not be had. ``jws`` is the signed original, empty of a hosted badge. ``images`` holds the
    bytes of those that were loaded, by the id of the node that shows it. ``revocation`` is the
    reason, perhaps empty, of a revoked badge, else None.
    """

    kind: str
    checks: tuple[Check, ...]
    assertion: Node | None = None
    badgeclass: Node | None = None
    issuer: Node | None = None
    jws: str = ""
    images: Mapping[str, bytes] = field(default_factory=dict)
    revocation: str | None = None

    @property
    def state(self) -> State:
        """``failed`` if anything was found against it, ``unknown`` if it cannot be told."""
        states = {check.state for check in self.against()}
        return "failed" if "failed" in states else "unknown" if states else "passed"

    @property
    def is_valid(self) -> bool:
        """Whether everything that decides is as it should be."""
        return self.state == "passed"

    @property
    def outcome(self) -> Outcome:
        """The one word for it."""
        decisive = self.decisive
        return "verified" if decisive is None else decisive.outcome

    @property
    def decisive(self) -> Check | None:
        """The check that the outcome is due to; None of a valid badge."""
        return min(self.against(), key=lambda check: OUTCOMES.index(check.outcome), default=None)

    def against(self) -> Iterator[Check]:
        """The checks for which the badge cannot be called valid, in order."""
        return (check for check in self.checks if check.is_against)


def report(verdict: Verdict) -> dict[str, Any]:
    """The whole verdict, as JSON has it."""
    nodes = {
        "assertion": verdict.assertion,
        "badgeclass": verdict.badgeclass,
        "issuer": verdict.issuer,
    }
    return {
        "verdict": verdict.outcome,
        "valid": verdict.is_valid,
        "input": verdict.kind,
        "openBadgesVersion": verdict.assertion.version if verdict.assertion else None,
        **{name: node.id if node else None for name, node in nodes.items()},
        "checks": [check_report(check) for check in verdict.checks],
    }


def check_report(check: Check) -> dict[str, Any]:
    """One check, as JSON has it; ``level`` is what the reference validator calls it."""
    trouble = "ERROR" if check.decisive else "WARNING"
    return {
        "check": check.subject,
        "state": check.state,
        "level": "INFO" if check.state == "passed" else trouble,
        "description": check.said,
        "code": check.code,
        "node": check.node or None,
        "advice": check.advice or None,
    }
