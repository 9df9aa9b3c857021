"""
Progress on pathways: how far people are, and the badge for whoever has completed one.

An award counts while it stands: it is neither revoked, suspended, declined nor expired. Who has
completed a pathway has done so for good: what is revoked later takes nothing back (decision 39).
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple, cast

from django.db import transaction
from django.db.models import Max, Q, QuerySet
from django.utils import timezone

from rosette.models import (
    Acceptance,
    Assertion,
    EmailAddress,
    Identifier,
    IssuerStaff,
    Pathway,
    PathwayCompletion,
    Role,
)
from rosette.models.backpack import Identity, awarded_to, identities_of, in_earnest
from rosette.models.badgeclasses import badgeclass_record
from rosette.openbadges.recipient import Kind
from rosette.operations import assertions, policies
from rosette.operations.assertions import Award
from rosette.operations.pathways import Step, classes_of, numbers_of, steps_of
from rosette.operations.policies import Actor, Reach
from rosette.queue import enqueue

_AT_A_TIME: Final = 200


class Learner(NamedTuple):
    """Somebody on a pathway; ``number`` is their last award's, ``held`` the classes they hold."""

    kind: str
    identity: str
    number: int
    held: frozenset[int]
    completed_at: datetime | None


class Way(NamedTuple):
    """A pathway, its steps, and how far one person is."""

    pathway: Pathway
    steps: tuple[Step, ...]
    held: frozenset[int]
    completed_at: datetime | None

    @property
    def next(self) -> Step | None:
        """The first step that has to be taken yet."""
        wanted = (step for step in self.steps if not step.is_optional)
        return next((step for step in wanted if not step.is_taken(self.held)), None)


def complete(assertion_ids: Sequence[int]) -> None:
    """Award what those have completed whom these awards have brought further."""
    awards = list(
        Assertion.objects.filter(pk__in=assertion_ids).values_list(
            "badgeclass_id", "recipient_kind", "recipient_identity"
        )
    )
    pathways = list(
        Pathway.objects.filter(
            steps__badges__badgeclass__in={number for number, *_ in awards},
            published_at__isnull=False,
        ).distinct()
    )
    steps = steps_of(pathways)
    for pathway in pathways:
        classes = numbers_of(steps[pathway.pk])
        people = {(kind, text) for number, kind, text in awards if number in classes}
        for kind, identity in sorted(people):
            _complete_one(pathway.pk, kind, identity)


def follow(pathway_id: int, *, beyond: int = 0) -> None:
    """As ``complete``, for awards that were there before, ``beyond`` a row number, and so on."""
    pathway = Pathway.objects.filter(pk=pathway_id, published_at__isnull=False).first()
    if pathway is None:
        return
    found = Assertion.objects.filter(badgeclass__in=classes_of(pathway), pk__gt=beyond)
    some = list(found.order_by("pk").values_list("pk", flat=True)[:_AT_A_TIME])
    complete(some)
    if len(some) == _AT_A_TIME:
        enqueue("follow_pathway", pathway_id=pathway_id, beyond=some[-1])


def of_person(by: Actor) -> list[Way]:
    """The published pathways that the person is on, those that are not completed first."""
    proven = identities_of(by.user_id).proven if by.backpack_read else ()
    if not proven:
        return []
    mine = _standing(awarded_to(proven) & in_earnest(by.user_id), timezone.now())
    held = frozenset(mine.filter(badgeclass__is_step=True).values_list("badgeclass_id", flat=True))
    mine_to_keep = PathwayCompletion.objects.filter(
        awarded_to(proven), in_earnest(by.user_id, issuer="pathway__issuer")
    )
    completed = dict(mine_to_keep.values_list("pathway_id", "completed_at"))
    rows = (
        Pathway.objects.filter(
            Q(steps__badges__badgeclass__in=held) | Q(pk__in=completed),
            published_at__isnull=False,
            issuer__deleted_at=None,
        )
        .select_related("issuer", "completion")
        .distinct()
        .order_by("pk")
    )
    pathways = list(rows)
    steps = steps_of(pathways)
    ways = [
        Way(pathway, steps[pathway.pk], held, completed.get(pathway.pk)) for pathway in pathways
    ]
    return sorted(ways, key=lambda way: way.completed_at is not None)


def learners(
    pathway: Pathway, steps: Sequence[Step], *, by: Actor, before: int | None, limit: int
) -> list[Learner]:
    """
    Who is on the pathway, the latest first; four queries, however many they are.

    ``before`` is the ``number`` of the last one on the page before.
    """
    policies.require(Reach.READ, by, pathway.issuer)
    classes = numbers_of(steps)
    standing = _standing(Q(badgeclass__in=classes), timezone.now())
    people = standing.values("recipient_kind", "recipient_identity").annotate(number=Max("pk"))
    if before is not None:
        people = people.filter(number__lt=before)
    rows = list(people.order_by("-number")[:limit])
    names = {row["recipient_identity"] for row in rows}
    held: dict[tuple[str, str], set[int]] = {}
    for kind, identity, number in standing.filter(recipient_identity__in=names).values_list(
        "recipient_kind", "recipient_identity", "badgeclass_id"
    ):
        held.setdefault((kind, identity), set()).add(number)
    completed = {
        (kind, identity): at
        for kind, identity, at in PathwayCompletion.objects.filter(
            pathway=pathway, recipient_identity__in=names
        ).values_list("recipient_kind", "recipient_identity", "completed_at")
    }
    found = []
    for row in rows:
        who = (row["recipient_kind"], row["recipient_identity"])
        found.append(Learner(*who, row["number"], frozenset(held.get(who, ())), completed.get(who)))
    return found


@transaction.atomic
def _complete_one(pathway_id: int, kind: str, identity: str) -> None:
    """
    Award the completion badge to whoever has all that it takes, unless they had it before.

    The lock on the pathway lets one at a time look whether that was done.
    """
    pathway = (
        Pathway.objects.select_for_update(of=("self",))
        .select_related("issuer", "completion")
        .filter(pk=pathway_id, published_at__isnull=False)
        .first()
    )
    if pathway is None or pathway.issuer.deleted_at is not None:
        return
    own = _identities(kind, identity)
    if PathwayCompletion.objects.filter(awarded_to(own), pathway=pathway).exists():
        return
    steps = steps_of([pathway])[pathway.pk]
    now = timezone.now()
    standing = _standing(awarded_to(own), now).filter(badgeclass__in=numbers_of(steps))
    held = set(standing.values_list("badgeclass_id", flat=True))
    if not all(step.is_taken(held) for step in steps if not step.is_optional):
        return
    PathwayCompletion.objects.create(
        pathway=pathway,
        recipient_kind=kind,
        recipient_identity=identity,
        assertion_id=_award(pathway, kind, identity),
        completed_at=now,
    )


def _award(pathway: Pathway, kind: str, identity: str) -> int | None:
    """The row number of the completion badge's award, made in the name of an owner."""
    owner = (
        IssuerStaff.objects.filter(issuer=pathway.issuer, role=Role.OWNER)
        .select_related("user")
        .order_by("pk")
        .first()
    )
    if pathway.completion is None or owner is None:
        return None
    by = Actor(
        user_id=owner.user_id,
        user_entity_id=owner.user.entity_id,
        is_verified=True,
        granted=frozenset({pathway.issuer.entity_id}),
    )
    record = badgeclass_record(pathway.completion.entity_id, owner.user_id)
    if record is None or record.is_archived:
        return None
    wish = Award(identity, cast(Kind, kind), notify=kind == "email")
    return assertions.award(record, wish, by=by).id


def _identities(kind: str, identity: str) -> tuple[Identity, ...]:
    """This identity, and the others of whoever has proven that it is theirs."""
    if kind == "email":
        owners = EmailAddress.objects.filter(email=identity, verified=True)
    else:
        owners = Identifier.objects.filter(kind=kind, value=identity, verified_at__isnull=False)
    owner = owners.values_list("user_id", flat=True).first()
    others = identities_of(owner).proven if owner is not None else ()
    return tuple({(cast(Kind, kind), identity), *others})


def _standing(whose: Q, at: datetime) -> QuerySet[Assertion]:
    return (
        Assertion.objects.filter(whose, revoked_at=None, suspended_at=None)
        .filter(Q(expires_on=None) | Q(expires_on__gt=at))
        .exclude(acceptance=Acceptance.REJECTED)
    )
