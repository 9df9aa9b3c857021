"""Let an award not hold for the time being, and let it hold again."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from rosette.errors import InvalidInput
from rosette.models import BadgeClass, Event, statuses
from rosette.models.assertions import AssertionRecord
from rosette.operations import assertions, audit, webhooks
from rosette.operations.policies import Actor, Reach

DEFAULT_REASON = "Suspended by the issuer"
_NOT_SUSPENDABLE = _("Awards of this badge class cannot be suspended.")
_REVOKED = _("Assertion is revoked")
_SUSPENDED_ALREADY = _("Assertion is already suspended")
_NOT_SUSPENDED = _("Assertion is not suspended")


@transaction.atomic
def suspend(award: AssertionRecord, *, reason: str, by: Actor) -> AssertionRecord:
    """
    Let the award not hold until it is reinstated; ``reason`` is published.

    Raises NotPermitted below editor, and InvalidInput if its badge class is not suspendable, or
    if it is revoked or suspended already.
    """
    award = assertions.find(award.entity_id, by=by, reach=Reach.EDITOR)
    if not BadgeClass.objects.filter(pk=award.badgeclass_id, suspendable=True).exists():
        raise InvalidInput(general=[_NOT_SUSPENDABLE])
    if not statuses.suspend(award.id, reason=reason, at=timezone.now()):
        raise InvalidInput(general=[_REVOKED if award.revoked_at else _SUSPENDED_ALREADY])
    _note("award.suspend", award, by=by)
    if award.is_heard:
        webhooks.tell(Event.SUSPENDED, {award.issuer_id: [award.entity_id]})
    return assertions.find(award.entity_id, by=by, reach=Reach.EDITOR)


@transaction.atomic
def reinstate(award: AssertionRecord, *, by: Actor) -> AssertionRecord:
    """
    Let the suspended award hold again, as if nothing had been.

    Raises NotPermitted below editor, and InvalidInput if it is revoked or not suspended.
    """
    award = assertions.find(award.entity_id, by=by, reach=Reach.EDITOR)
    if not statuses.reinstate(award.id, at=timezone.now()):
        raise InvalidInput(general=[_REVOKED if award.revoked_at else _NOT_SUSPENDED])
    _note("award.reinstate", award, by=by)
    if award.is_heard:
        webhooks.tell(Event.REINSTATED, {award.issuer_id: [award.entity_id]})
    return assertions.find(award.entity_id, by=by, reach=Reach.EDITOR)


def _note(action: audit.Action, award: AssertionRecord, *, by: Actor) -> None:
    audit.note(
        action,
        "assertion",
        award.entity_id,
        by=by.user_entity_id,
        issuer=award.issuer,
        badgeclass=award.badgeclass,
    )
