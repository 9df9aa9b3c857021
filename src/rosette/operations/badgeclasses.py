"""Create, change and remove a badge class."""

from collections.abc import Sequence
from typing import Any, TypedDict

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from rosette.errors import InvalidInput, NotFound, NotPermitted, StillInUse
from rosette.models import Assertion, BadgeClass, Issuer, Pathway, revisions
from rosette.operations import audit, catalogue, pictures, policies
from rosette.operations.policies import Actor, Reach

_SHOWN = ("name", "criteria_url", "tags", "suspendable", "expires_amount", "expires_duration")
_NAMED = ("description", "criteria_narrative", "alignments", "extensions", "image")
_SETTLED = _("Cannot be changed any more once the badge class was awarded.")
_NO_CRITERIA = _("One or both of the criteriaNarrative and criteriaUrl fields must be provided")


class BadgeClassWish(TypedDict, total=False):
    """
    What a badge class is to be; what is not in it stays as it is.

    ``criteria_url`` and ``criteria_narrative``: empty for none. ``alignments``: as the row keeps
    them. ``expires``: (amount, unit), or None for none. ``archived``: see ``archive``.
    """

    name: str
    description: str
    image: bytes
    criteria_url: str
    criteria_narrative: str
    alignments: Sequence[dict[str, str | None]]
    tags: Sequence[str]
    expires: tuple[int, str] | None
    extensions: dict[str, Any]
    suspendable: bool
    archived: bool


def find(entity_id: str, *, by: Actor, reach: Reach, or_holder: bool = False) -> BadgeClass:
    """
    The badge class of this name, for somebody who reaches that far at its issuer.

    ``or_holder``: or who holds an award of it. Raises NotFound.
    """
    badgeclass = (
        BadgeClass.objects.filter(entity_id=entity_id, deleted_at=None)
        .select_related("issuer", "created_by")
        .first()
    )
    if badgeclass is None:
        raise NotFound
    if policies.reach_at(badgeclass.issuer, by) < reach and not (
        or_holder and policies.holds_award(by, badgeclass=badgeclass)
    ):
        raise NotPermitted
    return badgeclass


@transaction.atomic
def create(issuer: Issuer, wish: BadgeClassWish, *, by: Actor) -> BadgeClass:
    """A new badge class. Raises NotPermitted below editor, InvalidInput without any criteria."""
    policies.require(Reach.EDITOR, by, issuer)
    if not (wish.get("criteria_url") or wish.get("criteria_narrative")):
        raise InvalidInput(general=[_NO_CRITERIA])
    now = timezone.now()
    badgeclass = BadgeClass(
        issuer=issuer,
        created_by_id=by.user_id,
        created_at=now,
        updated_at=now,
        image=_picture(wish["image"], issuer),
    )
    _apply(badgeclass, wish)
    badgeclass.save()
    _note("badgeclass.create", badgeclass, by=by, name=badgeclass.name)
    _archive(badgeclass, archived=wish.get("archived", False), by=by)
    catalogue.note(badgeclass)
    return badgeclass


@transaction.atomic
def change(badgeclass: BadgeClass, wish: BadgeClassWish, *, by: Actor) -> BadgeClass:
    """
    The badge class with the wished changes.

    Open Badges 2.0 and 1.1 show them at once; credentials of version 3.0 keep what they were
    made of. Raises InvalidInput for a change of ``suspendable`` after the first award, and as
    ``archive``.
    """
    policies.require(Reach.EDITOR, by, badgeclass.issuer)
    badgeclass = _locked(badgeclass)
    before = revisions.badgeclass_facts(badgeclass)
    facts, was_suspendable = _facts(badgeclass), badgeclass.suspendable
    if "image" in wish:
        badgeclass.image = _picture(wish["image"], badgeclass.issuer, before=badgeclass.image)
    _apply(badgeclass, wish)
    touches_criteria = "criteria_url" in wish or "criteria_narrative" in wish
    if touches_criteria and not (badgeclass.criteria_url or badgeclass.criteria_narrative):
        raise InvalidInput(general=[_NO_CRITERIA])
    if was_suspendable != badgeclass.suspendable and _was_awarded(badgeclass):
        # Credentials name the list of the one purpose or of the other, and are out in the world.
        raise InvalidInput({"suspendable": [_SETTLED]})
    revisions.keep_badgeclass(badgeclass, before)
    badgeclass.updated_at = timezone.now()
    badgeclass.save()
    said = audit.compared(facts, _facts(badgeclass), shown=_SHOWN)
    _note("badgeclass.change", badgeclass, by=by, **said)
    if "archived" in wish:
        _archive(badgeclass, archived=wish["archived"], by=by)
    catalogue.note(badgeclass)
    return badgeclass


@transaction.atomic
def remove(badgeclass: BadgeClass, *, by: Actor) -> None:
    """
    Remove the badge class.

    Once something was awarded, the row stays for the world, which is told what became of the
    awards; for everybody else it is gone. Raises StillInUse while an award is valid, and for a
    step of a published pathway.
    """
    policies.require(Reach.EDITOR, by, badgeclass.issuer)
    badgeclass = _locked(badgeclass)
    now = timezone.now()
    if badgeclass.is_step:
        raise StillInUse("BadgeClass is a step of a published pathway.")
    awards = Assertion.objects.filter(badgeclass=badgeclass)
    if awards.filter(revoked_at=None).exclude(expires_on__lt=now).exists():
        raise StillInUse(
            _("BadgeClass may only be deleted if all BadgeInstances have been revoked.")
        )
    _note("badgeclass.remove", badgeclass, by=by, name=badgeclass.name)
    if awards.exists():
        BadgeClass.objects.filter(pk=badgeclass.pk).update(deleted_at=now, updated_at=now)
    else:
        badgeclass.delete()


@transaction.atomic
def archive(badgeclass: BadgeClass, *, by: Actor, archived: bool = True) -> None:
    """
    Let nobody award the badge class any more, or bring it back; awards of it stand.

    It leaves the issuer's list and the catalogue, and its claim links are closed as long. Raises
    NotPermitted below editor, and StillInUse for what a published pathway wants or gives.
    """
    policies.require(Reach.EDITOR, by, badgeclass.issuer)
    badgeclass = _locked(badgeclass)
    _archive(badgeclass, archived=archived, by=by)
    catalogue.note(badgeclass)


def is_in_pathway(badgeclass: BadgeClass) -> bool:
    """Whether it is a step of a published pathway, or given for one."""
    given_for = Pathway.objects.filter(completion=badgeclass, published_at__isnull=False)
    return badgeclass.is_step or given_for.exists()


def _locked(badgeclass: BadgeClass) -> BadgeClass:
    """As it is now, and stays until the transaction ends, with its issuer."""
    rows = BadgeClass.objects.select_for_update(of=("self",)).select_related("issuer")
    return rows.get(pk=badgeclass.pk)


def _archive(badgeclass: BadgeClass, *, archived: bool, by: Actor) -> None:
    """Wants the row locked for update. Raises StillInUse."""
    if archived and is_in_pathway(badgeclass):
        raise StillInUse(_("BadgeClass belongs to a published pathway."))
    if archived == badgeclass.archived:
        return
    badgeclass.archived_at = timezone.now() if archived else None
    badgeclass.save(update_fields=["archived_at"])
    _note("badgeclass.archive" if archived else "badgeclass.unarchive", badgeclass, by=by)


def _note(action: audit.Action, badgeclass: BadgeClass, /, *, by: Actor, **said: Any) -> None:
    name, issuer = badgeclass.entity_id, badgeclass.issuer.entity_id
    audit.note(action, "badgeclass", name, by=by.user_entity_id, issuer=issuer, **said)


def _facts(badgeclass: BadgeClass) -> dict[str, Any]:
    """What can be changed, as the audit log compares it."""
    return {name: getattr(badgeclass, name) for name in (*_SHOWN, *_NAMED)}


def _picture(sent: bytes, issuer: Issuer, *, before: str = "") -> str:
    """Its name in the store; what a sandbox awards bears a mark."""
    return pictures.keep_marked(sent, before=before) if issuer.sandbox else pictures.keep(sent)


def _was_awarded(badgeclass: BadgeClass) -> bool:
    """
    Wants the row locked for update: an award that is not seen here cannot have been read either,
    because it is committed after the lock is given up, and is made of what the row says then.
    """
    return Assertion.objects.filter(badgeclass=badgeclass).exists()


def _apply(badgeclass: BadgeClass, wish: BadgeClassWish) -> None:
    for name in ("name", "description", "criteria_url", "criteria_narrative", "extensions"):
        if name in wish:
            setattr(badgeclass, name, wish[name])
    if "suspendable" in wish:
        badgeclass.suspendable = wish["suspendable"]
    if "alignments" in wish:
        badgeclass.alignments = list(wish["alignments"])
    if "tags" in wish:
        badgeclass.tags = list(dict.fromkeys(wish["tags"]))
    if "expires" in wish:
        badgeclass.expires_amount, badgeclass.expires_duration = wish["expires"] or (None, "")
