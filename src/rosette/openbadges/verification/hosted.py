"""Hosted badges: whether they lie where their issuer has its badges (OB 2.0, "Hosted Badges")."""

from urllib.parse import urlsplit

from rosette.openbadges.jsonld import Document
from rosette.openbadges.verification import terms, values
from rosette.openbadges.verification.examination import Examination
from rosette.openbadges.verification.verdict import Code, Node

_CODE: Code = "HOSTED_ID_IN_VERIFICATION_SCOPE"


def examine(exam: Examination, award: Node, badgeclass: Node | None, issuer: Node) -> None:
    """
    Check assertion and badge class against the issuer's policy.

    Without a policy, the issuer's own host and port is where they have to lie. The badge class is
    looked at as well, because it is what says who the issuer is. An endorsement has none.
    """
    policy = issuer.members.get("verification")
    policy = policy if isinstance(policy, dict) else {}
    origins = [origin.lower() for origin in _texts(policy, "allowedOrigins")]
    allowed = origins or [values.authority(issuer.id)]
    if not values.authority(issuer.id):
        exam.remark(
            "hosting",
            "unknown",
            "The issuer has no web address that would say where its badges have to lie.",
            _CODE,
            issuer.id,
        )
        return
    misplaced = [
        node.id
        for node in (award, badgeclass)
        # What has no address of its own is part of what it is written into.
        if node and not values.is_blank(node.id) and values.authority(node.id) not in allowed
    ]
    for id in misplaced:
        exam.failed(
            "hosting",
            f"{id} is not hosted where its issuer, {issuer.id}, has its badges.",
            _CODE,
            id,
            advice="Anybody can name somebody else as the issuer; ask the issuer about this badge.",
        )
    starts = _texts(policy, "startsWith")
    if starts and not any(award.id.startswith(whole_host(start)) for start in starts):
        said = f"{award.id} does not begin as its issuer, {issuer.id}, says that it must."
        exam.failed("hosting", said, _CODE, award.id)
    elif not misplaced:
        exam.passed("hosting", "The badge lies where its issuer has its badges.", _CODE, award.id)


def whole_host(start: str) -> str:
    """``https://a.example`` must not stand for ``https://a.example.evil.org`` as well."""
    return start if values.authority(start) and urlsplit(start).path else f"{start}/"


def _texts(policy: Document, name: str) -> list[str]:
    return [item for item in terms.listed(policy.get(name)) if isinstance(item, str) and item]
