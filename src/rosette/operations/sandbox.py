"""
Sandboxes: issuers for trying things out.

What a sandbox awards says nothing about anybody, and says so; nobody gets its mails.
"""

from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from rosette import emblems
from rosette.errors import NotFound
from rosette.models import (
    Assertion,
    AwardJob,
    BadgeClass,
    CapturedMail,
    ClaimLink,
    ClaimRequest,
    ClaimWait,
    Emptying,
    Issuer,
    Notice,
    Pathway,
    PathwayCompletion,
    Role,
    Sheet,
    Tally,
    User,
)
from rosette.operations import audit, badgeclasses, issuers, policies
from rosette.operations.policies import Actor, Reach
from rosette.queue import enqueue

KEPT: Final = timedelta(days=30)
"""So long a sandbox keeps awards, mails and requests; then they go by themselves."""
MAILS_MAX: Final = 1000
"""So many mails the inbox of a sandbox holds; the oldest give way."""
AT_ONCE_MAX: Final = 2000
"""With more awards than that, a sandbox is emptied bit by bit in the background."""

_BATCH: Final = 500
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


class Contents(NamedTuple):
    """What is in a sandbox, in numbers; ``drafts`` are tables that nobody has awarded yet."""

    awards: int
    mails: int
    links: int
    requests: int
    jobs: int
    drafts: int
    completions: int
    badgeclasses: int
    pathways: int


def capture(
    issuer: Issuer, notice: Notice, letter: EmailMultiAlternatives, *, picture: str
) -> CapturedMail:
    """Put the mail into the sandbox's inbox; ``picture`` is the name of its badge's picture."""
    html = next((str(content) for content, kind in letter.alternatives if kind == "text/html"), "")
    kept = CapturedMail.objects.create(
        issuer=issuer,
        kind=notice.kind,
        to=notice.to,
        subject=str(letter.subject),
        text=str(letter.body),
        html=html,
        picture=picture,
        at=timezone.now(),
    )
    newest_first = CapturedMail.objects.filter(issuer=issuer).order_by("-pk")
    beyond = newest_first.values_list("pk", flat=True)[MAILS_MAX : MAILS_MAX + 1].first()
    if beyond is not None:
        CapturedMail.objects.filter(issuer=issuer, pk__lte=beyond).delete()
    return kept


def inbox(issuer: Issuer, *, by: Actor, before: int | None, limit: int) -> list[CapturedMail]:
    """
    The newest of its mails without their texts; ``before`` is the number of the last one seen.

    Raises NotPermitted for whoever has no role at it, and NotFound if it is no sandbox.
    """
    _require(issuer, Reach.READ, by)
    found = CapturedMail.objects.filter(issuer=issuer).defer("text", "html")
    if before is not None:
        found = found.filter(pk__lt=before)
    return list(found.order_by("-pk")[:limit])


def mail(issuer: Issuer, number: int, *, by: Actor) -> CapturedMail:
    """The mail of this number. Raises as ``inbox``, and NotFound."""
    _require(issuer, Reach.READ, by)
    found = CapturedMail.objects.filter(issuer=issuer, pk=number).first()
    if found is None:
        raise NotFound
    return found


def contents(issuer: Issuer) -> Contents:
    """What emptying the sandbox would take away."""
    return Contents(
        Assertion.objects.filter(issuer=issuer).count(),
        CapturedMail.objects.filter(issuer=issuer).count(),
        _links(issuer).count(),
        ClaimRequest.objects.filter(link__badgeclass__issuer=issuer).count(),
        AwardJob.objects.filter(badgeclass__issuer=issuer).count(),
        Sheet.objects.filter(badgeclass__issuer=issuer).count(),
        PathwayCompletion.objects.filter(pathway__issuer=issuer).count(),
        BadgeClass.objects.filter(issuer=issuer, deleted_at=None).count(),
        Pathway.objects.filter(issuer=issuer).count(),
    )


def emptying_of(issuer: Issuer) -> Emptying | None:
    """The emptying that is under way, with ``left``: how many awards are to go yet."""
    found = Emptying.objects.filter(issuer=issuer).first()
    if found is not None:
        found.left = _awards(issuer, found.asked_at).count()
    return found


@transaction.atomic
def empty(issuer: Issuer, *, with_badgeclasses: bool, by: Actor) -> bool:
    """
    Take everything out of the sandbox, its badge classes and pathways only if that is wished.

    Returns whether it is done; with very many awards it goes on in the background. Addresses of
    what is gone answer as if it had never been. Raises NotPermitted below editor, and NotFound if
    it is no sandbox.
    """
    _require(issuer, Reach.EDITOR, by)
    issuer = Issuer.objects.select_for_update().get(pk=issuer.pk)
    if Emptying.objects.filter(issuer=issuer).exists():
        return False
    now = timezone.now()
    counted = contents(issuer)
    _note(issuer, by.user_entity_id, with_badgeclasses=with_badgeclasses, **counted._asdict())
    # The jobs first, so that they award no more.
    AwardJob.objects.filter(badgeclass__issuer=issuer).delete()
    Sheet.objects.filter(badgeclass__issuer=issuer).delete()
    _delete_requests(ClaimRequest.objects.filter(link__badgeclass__issuer=issuer))
    _links(issuer).delete()
    CapturedMail.objects.filter(issuer=issuer).delete()
    PathwayCompletion.objects.filter(pathway__issuer=issuer).delete()
    begun = Emptying.objects.create(
        issuer=issuer,
        asked_at=now,
        total=counted.awards,
        with_badgeclasses=with_badgeclasses,
        by=by.user_entity_id,
    )
    if counted.awards > AT_ONCE_MAX:
        enqueue("empty_sandbox", issuer_id=issuer.pk)
        return False
    while _delete_some(_awards(issuer, now)):
        pass
    _finish(begun)
    return True


def carry_on(issuer_id: int) -> None:
    """Take out what was in the sandbox when that was asked for, some at a time, to the end."""
    while (begun := Emptying.objects.filter(issuer=issuer_id).first()) is not None:
        with transaction.atomic():
            if not _delete_some(_awards(begun.issuer, begun.asked_at)):
                _finish(begun)


def forget(*, at: datetime) -> None:
    """Throw away what sandboxes have kept for long enough; badge classes and links stay."""
    before = at - KEPT
    tried = Issuer.objects.filter(sandbox=True)
    # One by one, by the index of each issuer's awards, rather than through all awards there are.
    for issuer in tried.order_by("pk"):
        if _awards(issuer, before).exists():
            _forget_awards(issuer, before)
    CapturedMail.objects.filter(at__lt=before).delete()
    requests = ClaimRequest.objects.filter(link__badgeclass__issuer__in=tried)
    _delete_requests(requests.filter(updated_at__lt=before))
    PathwayCompletion.objects.filter(pathway__issuer__in=tried, completed_at__lt=before).delete()


def _forget_awards(issuer: Issuer, before: datetime) -> None:
    with transaction.atomic():
        _note(issuer, audit.SERVER, awards=_awards(issuer, before).count())
    while _delete_some(_awards(issuer, before)):
        pass


def _awards(issuer: Issuer, until: datetime) -> "QuerySet[Assertion]":
    return Assertion.objects.filter(issuer=issuer, created_at__lte=until)


@transaction.atomic
def _delete_some(awards: "QuerySet[Assertion]") -> int:
    """Delete some of the awards with their mails; how many there were."""
    numbers = list(awards.order_by("created_at", "pk").values_list("pk", flat=True)[:_BATCH])
    _delete_requests(ClaimRequest.objects.filter(assertion__in=numbers))
    Assertion.objects.filter(pk__in=numbers).delete()
    return len(numbers)


@transaction.atomic
def _delete_requests(requests: "QuerySet[ClaimRequest]") -> None:
    """Delete the requests, and the mails about them, which name the same addresses."""
    Notice.objects.filter(claim_request__in=requests.values("pk")).delete()
    requests.delete()


def _finish(begun: Emptying) -> None:
    """What goes after the awards."""
    issuer = begun.issuer
    if begun.with_badgeclasses:
        Pathway.objects.filter(issuer=issuer).delete()
        # One that was awarded meanwhile stays.
        awarded = Exists(Assertion.objects.filter(badgeclass=OuterRef("pk")))
        BadgeClass.objects.filter(~awarded, issuer=issuer).delete()
        BadgeClass.objects.filter(issuer=issuer).update(is_step=False)
    Tally.objects.filter(issuer=issuer).delete()
    ClaimWait.objects.filter(issuer=issuer).delete()
    begun.delete()


def _links(issuer: Issuer) -> "QuerySet[ClaimLink]":
    return ClaimLink.objects.filter(badgeclass__issuer=issuer)


def _require(issuer: Issuer, reach: Reach, by: Actor) -> None:
    policies.require(reach, by, issuer)
    if not issuer.sandbox:
        raise NotFound


def _note(issuer: Issuer, by: str, **said: Any) -> None:
    name = issuer.entity_id
    audit.note("issuer.empty", "issuer", name, by=by, issuer=name, **said)
