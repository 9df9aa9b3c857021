"""
Sandboxes: issuers for trying things out.

What a sandbox awards says nothing about anybody, and says so; nobody gets its mails.
"""

from typing import Final

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from rosette import emblems
from rosette.models import Issuer, Role, User
from rosette.operations import badgeclasses, issuers
from rosette.operations.policies import Actor

_GROUND: Final = "#3b4a6b"
_ACCENT: Final = "#f2c14e"


def of_person(person: User) -> Issuer | None:
    """The person's own sandbox: the first that they made and still own."""
    return (
        Issuer.objects.filter(
            sandbox=True,
            deleted_at=None,
            created_by=person,
            staff_rows__user=person,
            staff_rows__role=Role.OWNER,
        )
        .order_by("pk")
        .first()
    )


@transaction.atomic
def open_for(person: User) -> Issuer:
    """
    The person's own sandbox, which is made with one badge class if there is none.

    Raises NotPermitted for whoever may not make issuers.
    """
    # So that two at once do not make two.
    User.objects.select_for_update().get(pk=person.pk)
    found = of_person(person)
    if found is not None:
        return found
    by = Actor.person(person)
    made = issuers.create(
        {
            "name": _("Sandbox"),
            "description": _("For trying things out. What it awards says nothing about anybody."),
            "url": settings.ROSETTE.origin,
            "email": issuers.site_email(),
            "sandbox": True,
        },
        by=by,
    )
    name = _("Example badge")
    badgeclasses.create(
        made,
        {
            "name": name,
            "description": _("There is nothing to know or to do for it."),
            "image": emblems.drawn(name, _GROUND, _ACCENT),
            "criteria_narrative": _("There is nothing to know or to do for it."),
        },
        by=by,
    )
    return made
