"""
What all pages of the issuer's desk share: whose desk it is, and how far the person reaches there.

Who has no role at the issuer finds nothing; whose role does not reach is told so. What they may
do is the operations' to say; the pages only leave out what would be refused.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, Final, NamedTuple

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from rosette.models import BadgeClass, Issuer, Role, User
from rosette.models.assertions import AssertionRecord
from rosette.operations import assertions, badgeclasses, issuers, policies
from rosette.operations.policies import Actor, Reach
from rosette.web.signin import member
from rosette.web.visits import Answered, page

ROLES: Final = {
    Role.VIEWER.value: _("Viewer"),
    Role.STAFF.value: _("Staff"),
    Role.EDITOR.value: _("Editor"),
    Role.OWNER.value: _("Owner"),
}
STATES: Final = {
    "made": (_("Awarded"), "", "circle"),
    "queued": (_("Mail waiting"), "calm", "hourglass"),
    "held": (_("In the next daily mail"), "calm", "clock"),
    "sent": (_("Mailed"), "calm", "mail"),
    "failed": (_("Mail failed"), "bad", "circle-alert"),
    "bounced": (_("Mail bounced"), "bad", "circle-alert"),
    "skipped": (_("No mail wanted"), "", "mail"),
    "captured": (_("Mail captured"), "calm", "inbox"),
    "claimed": (_("Claimed"), "good", "circle-check"),
    "rejected": (_("Declined"), "warn", "circle-x"),
    "expired": (_("Expired"), "warn", "clock"),
    "suspended": (_("Suspended"), "warn", "pause"),
    "revoked": (_("Revoked"), "bad", "ban"),
}
"""What became of an award (``register.STATES``), as word, tone and sign."""


class Desk(NamedTuple):
    """The issuer that somebody works for, and how far they reach there."""

    person: User
    by: Actor
    issuer: Issuer
    reach: Reach

    @property
    def can_award(self) -> bool:
        """Whether they may award, and mail recipients again."""
        return self.reach >= Reach.STAFF

    @property
    def can_edit(self) -> bool:
        """Whether they may change badge classes, awards and the issuer itself."""
        return self.reach >= Reach.EDITOR

    @property
    def is_owner(self) -> bool:
        """Whether they may say who works here, and delete the issuer."""
        return self.reach >= Reach.OWNER

    def page(
        self, request: HttpRequest, template: str, context: dict[str, Any], status: int = 200
    ) -> HttpResponse:
        """The page with what all pages of the desk show; ``tab`` in the context is where it is."""
        shown = {"section": "issuers", "desk": self, "issuer": self.issuer, **context}
        return page(request, template, shown, status)


def at_issuer(reach: Reach = Reach.READ) -> Callable[[Callable[..., Any]], Answered]:
    """A page of whoever reaches that far; its path names ``issuer_id``, its view gets the Desk."""

    def made(view: Callable[..., Any]) -> Answered:
        @wraps(view)
        def found(request: HttpRequest, person: User, issuer_id: str, **path: str) -> HttpResponse:
            by = Actor.person(person)
            issuer = issuers.find(issuer_id, by=by, reach=Reach.READ)
            return _reached(view, request, _desk(person, by, issuer), reach, **path)

        return member(found)

    return made


def at_badgeclass(reach: Reach = Reach.READ) -> Callable[[Callable[..., Any]], Answered]:
    """As ``at_issuer``, by ``badgeclass_id``; the view gets the badge class as well."""

    def made(view: Callable[..., Any]) -> Answered:
        @wraps(view)
        def found(
            request: HttpRequest, person: User, badgeclass_id: str, **path: str
        ) -> HttpResponse:
            by = Actor.person(person)
            badgeclass = badgeclasses.find(badgeclass_id, by=by, reach=Reach.READ)
            desk = _desk(person, by, badgeclass.issuer)
            return _reached(view, request, desk, reach, badgeclass=badgeclass, **path)

        return member(found)

    return made


def at_award(reach: Reach = Reach.READ) -> Callable[[Callable[..., Any]], Answered]:
    """As ``at_badgeclass``, by ``award_id``; the view gets the award before its badge class."""

    def made(view: Callable[..., Any]) -> Answered:
        @wraps(view)
        def found(request: HttpRequest, person: User, award_id: str, **path: str) -> HttpResponse:
            by = Actor.person(person)
            award = assertions.find(award_id, by=by, reach=Reach.READ)
            badgeclass = BadgeClass.objects.select_related("issuer").get(pk=award.badgeclass_id)
            desk = _desk(person, by, badgeclass.issuer)
            return _reached(view, request, desk, reach, award=award, badgeclass=badgeclass, **path)

        return member(found)

    return made


def state(name: str) -> dict[str, Any]:
    """How a state is shown: ``word``, ``tone`` and ``sign``, as the chip wants them."""
    word, tone, sign = STATES[name]
    return {"name": name, "word": word, "tone": tone, "sign": sign}


def named(awards: list[AssertionRecord]) -> dict[int, BadgeClass]:
    """The badge classes of the awards, by row number; one query."""
    return BadgeClass.objects.in_bulk({award.badgeclass_id for award in awards})


def award_counts(numbers: list[int]) -> dict[int, int]:
    """How many awards each of the badge classes has, by row number; one query."""
    found = BadgeClass.objects.filter(pk__in=numbers).annotate(awards=Count("assertions"))
    return dict(found.values_list("pk", "awards"))


def _desk(person: User, by: Actor, issuer: Issuer) -> Desk:
    return Desk(person, by, issuer, policies.reach_at(issuer, by))


def _reached(
    view: Callable[..., Any], request: HttpRequest, desk: Desk, reach: Reach, **path: Any
) -> HttpResponse:
    if desk.reach < reach:
        return page(request, "refused/not_permitted", {"section": "issuers"}, 403)
    response: HttpResponse = view(request, desk, **path)
    return response
