"""What somebody's sandbox has for the examples: they then work as they stand."""

from rosette.api import examples
from rosette.models import Assertion, BadgeClass, Issuer


def of_sandbox(sandbox: Issuer | None) -> dict[str, str]:
    """What the examples say, and what stands there instead: its issuer, badge class and award."""
    if sandbox is None:
        return {}
    badges = BadgeClass.objects.filter(issuer=sandbox, deleted_at=None).order_by("pk")
    standing = Assertion.objects.filter(issuer=sandbox, revoked_at=None)
    awards = standing.order_by("-created_at", "-pk")
    found = {
        examples.ISSUER: sandbox.entity_id,
        examples.BADGECLASS: badges.values_list("entity_id", flat=True).first(),
        examples.ASSERTION: awards.values_list("entity_id", flat=True).first(),
    }
    return {said: mine for said, mine in found.items() if mine}
