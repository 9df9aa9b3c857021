"""
Pathways: badges that lead to another badge, by steps; how far people are stands in ``progress``.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import Any, Final, NamedTuple

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from rosette.errors import InvalidInput, NotFound
from rosette.models import (
    BadgeClass,
    Issuer,
    Pathway,
    PathwayStep,
    StepBadge,
)
from rosette.operations import audit, policies
from rosette.operations.policies import Actor, Reach
from rosette.queue import enqueue

STEPS_MAX: Final = 20
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
    before = classes_of(pathway) if pathway.pk else set()
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
    _mark(before | classes_of(pathway))
    if pathway.published_at:
        enqueue("follow_pathway", pathway_id=pathway.pk)
    _note(action, pathway, by=by, name=pathway.name, steps=len(rows))
    return pathway


@transaction.atomic
def publish(pathway: Pathway, *, is_published: bool, by: Actor) -> None:
    """
    Let everybody see it and complete it, or nobody any more; what was completed stays so.

    Raises NotPermitted below editor, and InvalidInput if a badge of it is archived.
    """
    policies.require(Reach.EDITOR, by, pathway.issuer)
    pathway = Pathway.objects.select_for_update(of=("self",)).get(pk=pathway.pk)
    if is_published:
        needed = Q(pk__in=classes_of(pathway)) | Q(pk=pathway.completion_id)
        archived = BadgeClass.objects.filter(needed).exclude(archived_at=None)
        if names := list(archived.values_list("name", flat=True)):
            raise InvalidInput(general=_archived(names))
    pathway.published_at = timezone.now() if is_published else None
    pathway.updated_at = timezone.now()
    pathway.save()
    _mark(classes_of(pathway))
    if is_published:
        enqueue("follow_pathway", pathway_id=pathway.pk)
    _note("pathway.publish", pathway, by=by, published=is_published)


@transaction.atomic
def remove(pathway: Pathway, *, by: Actor) -> None:
    """Remove it; badges that were awarded for it stay. Raises NotPermitted below editor."""
    policies.require(Reach.EDITOR, by, pathway.issuer)
    classes = classes_of(pathway)
    _note("pathway.remove", pathway, by=by, name=pathway.name)
    pathway.delete()
    _mark(classes)


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


def classes_of(pathway: Pathway) -> set[int]:
    """Row numbers of the badge classes of its steps."""
    found = StepBadge.objects.filter(step__pathway=pathway)
    return set(found.values_list("badgeclass_id", flat=True))


def numbers_of(steps: Iterable[Step]) -> set[int]:
    """Row numbers of the badge classes of these steps."""
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
            said = gettext("Step %(number)s has no badge.")
            wrong.append(said % {"number": number})
        elif not 1 <= step.needed <= len(step.badges):
            said = gettext("Step %(number)s asks for %(needed)s badges and has %(count)s.")
            counts = {"needed": step.needed, "count": len(step.badges)}
            wrong.append(said % {"number": number, **counts})
    named = {number for step in wish.steps for number in step.badges}
    named |= {wish.completion} if wish.completion is not None else set()
    own = BadgeClass.objects.filter(pk__in=named, issuer=issuer, deleted_at=None)
    found = list(own.only("name", "archived_at"))
    if len(found) != len(named):
        wrong.append(_FOREIGN)
    wrong += _archived([badge.name for badge in found if badge.archived])
    if wrong:
        raise InvalidInput(general=wrong)


def _archived(names: Iterable[str]) -> list[str]:
    said = gettext("“%(badge)s” is archived, so nobody can earn it. Bring it back first.")
    return [said % {"badge": name} for name in names]


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
        (item.completion_id, item.name, numbers_of(steps[item.pk]))
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
        said = gettext("“%(badge)s” is given for this pathway, so it cannot be a step of it.")
        return said % {"badge": badge}
    said = gettext(
        "These pathways would lead round in a circle: “%(badge)s” is given for this one, "
        "and is needed for %(ways)s, whose badge is a step here."
    )
    ways = ", ".join(f"“{name}”" for name in reversed(by_way_of))
    return said % {"badge": badge, "ways": ways}
