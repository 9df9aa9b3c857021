"""Collections: what may be in them, in which order, and when the world sees them."""

import re

import pytest
from django.utils import timezone

from rosette.errors import InvalidInput, NotFound
from rosette.models import Assertion, Collection, CollectionItem, EmailAddress
from rosette.models.assertions import published_assertions_in
from rosette.operations import addresses, collections
from rosette.operations.addresses import AddressWish
from rosette.operations.policies import Actor
from tests import factories

pytestmark = pytest.mark.django_db

NOT_YOURS = "Cannot add badge to a collection created by a different recipient."


@pytest.fixture
def bob():
    return factories.user("bob@example.org")


def _actor(person):
    return Actor.person(person)


def _create(person, *awards, **wish):
    names = [award.entity_id for award in awards]
    wish = {"name": "Ropes", "assertions": names, **wish}
    return collections.create(wish, by=_actor(person))


def _awards(collection):
    return collections.awards([collection])[collection.pk]


def test_the_order_is_kept_and_twins_are_dropped(bob):
    first, second, third = (factories.assertion() for _ in range(3))

    collection = _create(bob, third, first, second, first)

    assert _awards(collection) == [third.entity_id, first.entity_id, second.entity_id]
    collections.change(
        collection, {"assertions": [second.entity_id, third.entity_id]}, by=_actor(bob)
    )
    assert _awards(collection) == [second.entity_id, third.entity_id]


def test_publishing_makes_an_address_and_each_time_another_one(bob):
    collection = _create(bob, published=True)
    first = collection.share_hash
    assert re.fullmatch(r"[0-9a-f]{32}", first)

    same = collections.change(collection, {"name": "Ropes", "published": True}, by=_actor(bob))
    assert same.share_hash == first
    hidden = collections.change(collection, {"published": False}, by=_actor(bob))
    assert hidden.share_hash == ""
    again = collections.change(collection, {"published": True}, by=_actor(bob))
    assert re.fullmatch(r"[0-9a-f]{32}", again.share_hash)
    assert again.share_hash != first


def test_x10_only_ones_own_awards_come_in_and_nothing_else_happens(bob):
    EmailAddress.objects.create(user=bob, email="claimed@example.org", verified=False)
    mine = factories.assertion()
    for to in ("carol@example.org", "claimed@example.org"):
        foreign = factories.assertion(to=to)
        with pytest.raises(InvalidInput) as refused:
            _create(bob, mine, foreign)
        assert refused.value.fields == {"assertions": [NOT_YOURS]}
    assert list(Collection.objects.all()) == []

    collection = _create(bob, mine)
    with pytest.raises(InvalidInput):
        collections.change(
            collection, {"name": "x", "assertions": [foreign.entity_id]}, by=_actor(bob)
        )
    assert Collection.objects.get().name == "Ropes"
    assert _awards(collection) == [mine.entity_id]


def test_unknown_awards_are_named(bob):
    with pytest.raises(InvalidInput) as refused:
        collections.create({"name": "x", "assertions": ["a", "b"]}, by=_actor(bob))

    assert refused.value.fields == {
        "assertions": [
            'Invalid entity_id "a" - object does not exist.',
            'Invalid entity_id "b" - object does not exist.',
        ]
    }


@pytest.mark.parametrize("gone", [{"revoked_at": timezone.now()}, {"acceptance": "Rejected"}])
def test_revoked_and_rejected_awards_drop_out_and_do_not_come_in(bob, gone):
    leaves, stays = factories.assertion(), factories.assertion()
    collection = _create(bob, leaves, stays, published=True)

    Assertion.objects.filter(pk=leaves.pk).update(**gone)

    assert _awards(collection) == [stays.entity_id]
    assert [award.entity_id for award in published_assertions_in(collection.pk)] == [
        stays.entity_id
    ]
    collections.change(
        collection, {"assertions": [leaves.entity_id, stays.entity_id]}, by=_actor(bob)
    )
    assert CollectionItem.objects.count() == 1


def test_a_collection_is_its_owners_alone(bob):
    collection = _create(bob)
    carol = factories.user("carol@example.org")

    assert collections.find(collection.entity_id, by=_actor(bob)) == collection
    assert collections.of_person(_actor(bob)) == [collection]
    assert collections.of_person(_actor(carol)) == []
    with pytest.raises(NotFound):
        collections.find(collection.entity_id, by=_actor(carol))


def test_removing_a_collection_leaves_the_awards(bob):
    award = factories.assertion()
    collections.remove(_create(bob, award), by=_actor(bob))

    assert list(Collection.objects.all()) == []
    assert Assertion.objects.get() == award


@pytest.mark.parametrize("way", ["one by one", "by the list"])
def test_awards_to_an_address_that_was_given_up_leave_the_persons_collections(way):
    bob = factories.user("ada@example.org")
    EmailAddress.objects.create(user=bob, email="bob@example.org", verified=True)
    award = factories.assertion()
    collection = _create(bob, award, published=True)
    assert _awards(collection) == [award.entity_id]

    if way == "one by one":
        addresses.remove(bob, EmailAddress.objects.get(email="bob@example.org").pk)
    else:
        addresses.replace(bob, [AddressWish("ada@example.org", primary=True)])

    assert _awards(collection) == []
    assert published_assertions_in(collection.pk) == []
    assert Collection.objects.get().updated_at > collection.updated_at
