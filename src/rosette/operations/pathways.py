"""
Pathways: make them, see how far people are, and award what they have completed.

An award counts while it stands: it is neither revoked, suspended, declined nor expired. Who has
completed a pathway has done so for good: what is revoked later takes nothing back (decision 39).
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from django.db import models, transaction
from django.db.models import Exists, Max, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as translated
from django.utils.translation import gettext_noop as _

from rosette.errors import InvalidInput, NotFound
from rosette.models import (
    Acceptance,
    Assertion,
    BadgeClass,
    EmailAddress,
    Identifier,
    Issuer,
    IssuerStaff,
    Pathway,
    PathwayCompletion,
    PathwayStep,
    Role,
    StepBadge,
)
from rosette.models.backpack import Identity, identities_of
from rosette.models.badgeclasses import badgeclass_record
from rosette.openbadges.recipient import Kind
from rosette.operations import assertions, audit, policies
from rosette.operations.assertions import Award
from rosette.operations.policies import Actor, Reach
from rosette.queue import enqueue

STEPS_MAX: Final = 20
_AT_A_TIME: Final = 200
_NO_NAME: Final = _("Give the pathway a name.")
_NO_STEPS: Final = _("A pathway needs a step that is not optional.")
_TOO_MANY: Final = _("A pathway has twenty steps at most.")
_FOREIGN: Final = _("One of the badges is not one of this issuer.")


class StepWish(NamedTuple):
    """A step as it is to be; ``badges`` are row numbers."""

    name: str
    badges: tuple[int, ...]
    needed: int
    is_optional: bool = False


class PathwayWish(NamedTuple):
    """A pathway as it is to be; ``completion`` is the row number of a badge class, or None."""

    name: str
    description: str
    completion: int | None
    steps: tuple[StepWish, ...]


class Step(NamedTuple):
    """A step as it is, with its badge classes."""

    name: str
    needed: int
    is_optional: bool
    badges: tuple[BadgeClass, ...]

    def is_taken(self, held: Collection[int]) -> bool:
        """Whether whoever holds the badge classes with these numbers has taken it."""
        return self.count(held) >= self.needed

    def count(self, held: Collection[int]) -> int:
        """How many of its badges are held."""
        return sum(badge.pk in held for badge in self.badges)


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


def find(entity_id: str, issuer: Issuer) -> Pathway:
    """The issuer's pathway of this name. Raises NotFound."""
    found = Pathway.objects.filter(entity_id=entity_id, issuer=issuer).first()
    if found is None:
        raise NotFound
    found.issuer = issuer
    return found


def published(entity_id: str) -> Pathway:
    """The pathway of this name, if everybody may see it. Raises NotFound."""
    pathways = Pathway.objects.select_related("issuer", "completion")
    found = pathways.filter(
        entity_id=entity_id, published_at__isnull=False, issuer__deleted_at=None
    ).first()
    if found is None:
        raise NotFound
    return found


def of_issuer(issuer: Issuer, *, by: Actor) -> list[Pathway]:
    """All pathways of the issuer, the oldest first. Raises NotPermitted for outsiders."""
    policies.require(Reach.READ, by, issuer)
    return list(Pathway.objects.filter(issuer=issuer).select_related("completion").order_by("pk"))


def steps_of(pathways: Iterable[Pathway]) -> dict[int, tuple[Step, ...]]:
    """The steps of each, in order, by row number: three queries, however many they are."""
    found: dict[int, tuple[Step, ...]] = {pathway.pk: () for pathway in pathways}
    rows = (
        PathwayStep.objects.filter(pathway__in=list(found))
        .order_by("pathway_id", "position")
        .prefetch_related("badges__badgeclass")
    )
    for row in rows:
        badges = sorted((item.badgeclass for item in row.badges.all()), key=lambda badge: badge.pk)
        step = Step(row.name, row.needed, row.is_optional, tuple(badges))
        found[row.pathway_id] += (step,)
    return found


@transaction.atomic
def save(issuer: Issuer, pathway: Pathway | None, wish: PathwayWish, *, by: Actor) -> Pathway:
    """
    The pathway as wished; a new one if there was none.

    Raises NotPermitted below editor, and InvalidInput where it makes no sense: a step that
    cannot be taken, or badges that lead round in a circle.
    """
    policies.require(Reach.EDITOR, by, issuer)
    Issuer.objects.select_for_update().only("pk").get(pk=issuer.pk)  # circles have several sides
    _require_sense(issuer, wish)
    now = timezone.now()
    action: audit.Action = "pathway.create" if pathway is None else "pathway.change"
    if pathway is None:
        pathway = Pathway(issuer=issuer, created_at=now)
    else:
        pathway = Pathway.objects.select_for_update(of=("self",)).get(pk=pathway.pk)
    _require_no_circle(issuer, pathway, wish)
    before = _classes(pathway) if pathway.pk else set()
    pathway.name, pathway.description = wish.name, wish.description
    pathway.completion_id = wish.completion
    pathway.updated_at = now
    pathway.save()
    PathwayStep.objects.filter(pathway=pathway).delete()
    rows = PathwayStep.objects.bulk_create(
        PathwayStep(
            pathway=pathway,
            position=position,
            name=step.name,
            needed=step.needed,
            is_optional=step.is_optional,
        )
        for position, step in enumerate(wish.steps)
    )
    StepBadge.objects.bulk_create(
        StepBadge(step=row, badgeclass_id=number)
        for row, step in zip(rows, wish.steps, strict=True)
        for number in step.badges
    )
    _mark(before | _classes(pathway))
    if pathway.published_at:
        enqueue("follow_pathway", pathway_id=pathway.pk)
    _note(action, pathway, by=by, name=pathway.name, steps=len(rows))
    return pathway


@transaction.atomic
def publish(pathway: Pathway, *, is_published: bool, by: Actor) -> None:
    """
    Let everybody see it and complete it, or nobody any more; what was completed stays so.

    Raises NotPermitted below editor.
    """
    policies.require(Reach.EDITOR, by, pathway.issuer)
    pathway = Pathway.objects.select_for_update(of=("self",)).get(pk=pathway.pk)
    pathway.published_at = timezone.now() if is_published else None
    pathway.updated_at = timezone.now()
    pathway.save()
    _mark(_classes(pathway))
    if is_published:
        enqueue("follow_pathway", pathway_id=pathway.pk)
    _note("pathway.publish", pathway, by=by, published=is_published)


@transaction.atomic
def remove(pathway: Pathway, *, by: Actor) -> None:
    """Remove it; badges that were awarded for it stay. Raises NotPermitted below editor."""
    policies.require(Reach.EDITOR, by, pathway.issuer)
    classes = _classes(pathway)
    _note("pathway.remove", pathway, by=by, name=pathway.name)
    pathway.delete()
    _mark(classes)


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
        classes = _numbers(steps[pathway.pk])
        people = {(kind, text) for number, kind, text in awards if number in classes}
        for kind, identity in sorted(people):
            _complete_one(pathway.pk, kind, identity)


def follow(pathway_id: int, *, beyond: int = 0) -> None:
    """As ``complete``, for awards that were there before, ``beyond`` a row number, and so on."""
    pathway = Pathway.objects.filter(pk=pathway_id, published_at__isnull=False).first()
    if pathway is None:
        return
    found = Assertion.objects.filter(badgeclass__in=_classes(pathway), pk__gt=beyond)
    some = list(found.order_by("pk").values_list("pk", flat=True)[:_AT_A_TIME])
    complete(some)
    if len(some) == _AT_A_TIME:
        enqueue("follow_pathway", pathway_id=pathway_id, beyond=some[-1])


def of_person(by: Actor) -> list[Way]:
    """The published pathways that the person is on, those that are not completed first."""
    proven = identities_of(by.user_id).proven if by.backpack_read else ()
    if not proven:
        return []
    mine = _standing(_to(proven), timezone.now())
    held = frozenset(mine.filter(badgeclass__is_step=True).values_list("badgeclass_id", flat=True))
    completed = dict(
        PathwayCompletion.objects.filter(_to(proven)).values_list("pathway_id", "completed_at")
    )
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
    classes = _numbers(steps)
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
    if PathwayCompletion.objects.filter(_to(own), pathway=pathway).exists():
        return
    steps = steps_of([pathway])[pathway.pk]
    now = timezone.now()
    standing = _standing(_to(own), now).filter(badgeclass__in=_numbers(steps))
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


def _note(action: audit.Action, pathway: Pathway, *, by: Actor, **said: Any) -> None:
    issuer = pathway.issuer.entity_id
    audit.note(
        action,
        "pathway",
        pathway.entity_id,
        by=by.user_entity_id,
        issuer=issuer,
        **said,
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
    if record is None:
        return None
    wish = Award(identity, _kind(kind), notify=kind == "email")
    return assertions.award(record, wish, by=by).id


def _kind(kind: str) -> Kind:
    kinds: dict[str, Kind] = {
        "email": "email",
        "telephone": "telephone",
        "url": "url",
        "openBadgeId": "openBadgeId",
    }
    return kinds[kind]


def _identities(kind: str, identity: str) -> tuple[Identity, ...]:
    """This identity, and the others of whoever has proven that it is theirs."""
    if kind == "email":
        owners = EmailAddress.objects.filter(email=identity, verified=True)
    else:
        owners = Identifier.objects.filter(kind=kind, value=identity, verified_at__isnull=False)
    owner = owners.values_list("user_id", flat=True).first()
    others = identities_of(owner).proven if owner is not None else ()
    return tuple({(_kind(kind), identity), *others})


def _to(identities: Iterable[Identity]) -> Q:
    found = Q(pk__in=())
    for kind, text in identities:
        found |= Q(recipient_kind=kind, recipient_identity=text)
    return found


def _standing(whose: Q, at: datetime) -> "models.QuerySet[Assertion]":
    return (
        Assertion.objects.filter(whose, revoked_at=None, suspended_at=None)
        .filter(Q(expires_on=None) | Q(expires_on__gt=at))
        .exclude(acceptance=Acceptance.REJECTED)
    )


def _classes(pathway: Pathway) -> set[int]:
    found = StepBadge.objects.filter(step__pathway=pathway)
    return set(found.values_list("badgeclass_id", flat=True))


def _numbers(steps: Iterable[Step]) -> set[int]:
    return {badge.pk for step in steps for badge in step.badges}


def _mark(classes: set[int]) -> None:
    """Let badge classes know whether they are steps of published pathways."""
    steps = StepBadge.objects.filter(
        badgeclass=OuterRef("pk"), step__pathway__published_at__isnull=False
    )
    BadgeClass.objects.filter(pk__in=classes).update(is_step=Exists(steps))


def _require_sense(issuer: Issuer, wish: PathwayWish) -> None:
    wrong = []
    if not wish.name:
        wrong.append(_NO_NAME)
    if not any(not step.is_optional for step in wish.steps):
        wrong.append(_NO_STEPS)
    if len(wish.steps) > STEPS_MAX:
        wrong.append(_TOO_MANY)
    for number, step in enumerate(wish.steps, 1):
        if not step.badges:
            said = translated("Step %(number)s has no badge.")
            wrong.append(said % {"number": number})
        elif not 1 <= step.needed <= len(step.badges):
            said = translated("Step %(number)s asks for %(needed)s badges and has %(count)s.")
            counts = {"needed": step.needed, "count": len(step.badges)}
            wrong.append(said % {"number": number, **counts})
    named = {number for step in wish.steps for number in step.badges}
    named |= {wish.completion} if wish.completion is not None else set()
    own = BadgeClass.objects.filter(pk__in=named, issuer=issuer, deleted_at=None).count()
    if own != len(named):
        wrong.append(_FOREIGN)
    if wrong:
        raise InvalidInput(general=wrong)


def _require_no_circle(issuer: Issuer, pathway: Pathway, wish: PathwayWish) -> None:
    """
    Refuse a pathway whose own badge is needed, on whatever detours, to complete it.

    Pathways that are not published count as well, for they may be.
    """
    if wish.completion is None:
        return
    others = [item for item in Pathway.objects.filter(issuer=issuer) if item.pk != pathway.pk]
    steps = steps_of(others)
    # What each badge class is given for, and what that takes.
    given = [
        (item.completion_id, item.name, _numbers(steps[item.pk]))
        for item in others
        if item.completion_id is not None
    ]
    reached: dict[int, list[str]] = {number: [] for step in wish.steps for number in step.badges}
    waiting = list(reached)
    while waiting:
        number = waiting.pop()
        if number == wish.completion:
            raise InvalidInput(general=[_told(wish, number, reached[number])])
        for badge, name, needs in given:
            if badge == number:
                fresh = needs - set(reached)
                reached |= {need: [*reached[number], name] for need in fresh}
                waiting += fresh


def _told(wish: PathwayWish, number: int, by_way_of: Sequence[str]) -> str:
    badge = BadgeClass.objects.get(pk=number).name
    if not by_way_of:
        said = translated("“%(badge)s” is given for this pathway, so it cannot be a step of it.")
        return said % {"badge": badge}
    said = translated(
        "These pathways would lead round in a circle: “%(badge)s” is given for this one, "
        "and is needed for %(ways)s, whose badge is a step here."
    )
    ways = ", ".join(f"“{name}”" for name in reversed(by_way_of))
    return said % {"badge": badge, "ways": ways}
