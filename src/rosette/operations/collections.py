"""Create, fill, order, publish and remove collections: awards that their holder shows together."""

import secrets
from collections.abc import Sequence
from typing import Any, TypedDict

from django.db import transaction
from django.utils import timezone

from rosette.errors import InvalidInput, NotFound
from rosette.models import Acceptance, Assertion, Collection, CollectionItem
from rosette.models.backpack import awards_in, identities_of, in_earnest
from rosette.operations import audit
from rosette.operations.policies import Actor

_NOT_YOURS = "Cannot add badge to a collection created by a different recipient."


class CollectionWish(TypedDict, total=False):
    """
    What a collection is to be; what is not in it stays as it is.

    ``assertions``: names of all the awards that are to be in it, in order.
    """

    name: str
    description: str
    published: bool
    assertions: Sequence[str]


def of_person(by: Actor) -> list[Collection]:
    """The person's collections, oldest first."""
    return list(Collection.objects.filter(owner_id=by.user_id).order_by("created_at", "id"))


def find(entity_id: str, *, by: Actor) -> Collection:
    """The collection of this name, if it is the person's. Raises NotFound."""
    found = Collection.objects.filter(entity_id=entity_id, owner_id=by.user_id).first()
    if found is None:
        raise NotFound
    return found


def awards(collections: Sequence[Collection]) -> dict[int, list[str]]:
    """Names of the awards in each of the collections, by row number of the collection, in order."""
    return awards_in([collection.pk for collection in collections])


@transaction.atomic
def create(wish: CollectionWish, *, by: Actor) -> Collection:
    """A new collection. Raises InvalidInput for an award that the person does not hold."""
    now = timezone.now()
    collection = _changed(Collection(owner_id=by.user_id, created_at=now), wish, by=by)
    _note("collection.create", collection, by=by, is_published=bool(collection.share_hash))
    return collection


@transaction.atomic
def change(collection: Collection, wish: CollectionWish, *, by: Actor) -> Collection:
    """
    The collection with the wished changes.

    It is published under a new address each time; the one before it leads nowhere any more.
    Raises InvalidInput for an award that the person does not hold.
    """
    collection = Collection.objects.select_for_update().get(pk=collection.pk)
    was_published = bool(collection.share_hash)
    collection = _changed(collection, wish, by=by)
    published = {"before": was_published, "after": bool(collection.share_hash)}
    _note("collection.change", collection, by=by, changed=sorted(wish), published=published)
    return collection


@transaction.atomic
def remove(collection: Collection, *, by: Actor) -> None:
    """Remove the collection; the awards in it stay where they are."""
    _note("collection.remove", collection, by=by)
    collection.delete()


def _note(action: audit.Action, collection: Collection, /, *, by: Actor, **said: Any) -> None:
    audit.note(action, "collection", collection.entity_id, by=by.user_entity_id, **said)


def drop(award_id: int) -> None:
    """Take the award with this row number out of every collection."""
    Collection.objects.filter(items__assertion_id=award_id).update(updated_at=timezone.now())
    CollectionItem.objects.filter(assertion_id=award_id).delete()


def _changed(collection: Collection, wish: CollectionWish, *, by: Actor) -> Collection:
    collection.name = wish.get("name", collection.name)
    collection.description = wish.get("description", collection.description)
    if "published" in wish and wish["published"] != bool(collection.share_hash):
        collection.share_hash = secrets.token_hex(16) if wish["published"] else ""
    collection.updated_at = timezone.now()
    collection.save()
    if "assertions" in wish:
        numbers = _held(wish["assertions"], by=by)
        CollectionItem.objects.filter(collection=collection).delete()
        CollectionItem.objects.bulk_create(
            CollectionItem(collection=collection, assertion_id=number, position=position)
            for position, number in enumerate(numbers)
        )
    return collection


def _held(names: Sequence[str], *, by: Actor) -> list[int]:
    """
    Row numbers of the awards of these names, in order, each once.

    Those that were revoked or rejected are left out, because a client that sends back what it
    read a while ago is not to blame. Raises InvalidInput, about the field ``assertions``.
    """
    named = Assertion.objects.filter(in_earnest(by.user_id), entity_id__in=names)
    found = {award.entity_id: award for award in named}
    proven = identities_of(by.user_id).proven
    wrong: list[str] = []
    numbers: list[int] = []
    for name in dict.fromkeys(names):
        award = found.get(name)
        if award is None:
            wrong.append(f'Invalid entity_id "{name}" - object does not exist.')
        elif (award.recipient_kind, award.recipient_identity) not in proven:
            wrong.append(_NOT_YOURS)
        elif award.revoked_at is None and award.acceptance != Acceptance.REJECTED:
            numbers.append(award.pk)
    if wrong:
        raise InvalidInput({"assertions": list(dict.fromkeys(wrong))})
    return numbers
