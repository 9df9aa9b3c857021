"""Links of old that lead to collections."""

import pytest

from rosette.operations import collections
from rosette.operations.policies import Actor
from tests import factories
from tests.api.client import NOT_FOUND, Api

pytestmark = pytest.mark.django_db


@pytest.fixture
def shared():
    bob = factories.user("bob@example.org")
    wish = {"name": "Ropes", "published": True}
    return collections.create(wish, by=Actor.person(bob))


@pytest.mark.parametrize(
    "path",
    [
        "/share/collection/{hash}",
        "/share/collection/{hash}/",
        "/share/collection/{hash}/embed",
        "/share/collection/{id}",
        "/earner/collections/17/{hash}",
        "/earner/collections/17/{hash}/embed",
    ],
)
def test_e15_links_of_old_lead_to_the_published_collection(shared, path):
    old = path.format(hash=shared.share_hash, id=shared.entity_id)

    answer = Api().get(old)

    assert (answer.status, answer.headers["Location"]) == (
        301,
        f"/public/collections/{shared.share_hash}",
    )


def test_links_to_a_collection_that_is_not_published_lead_nowhere(shared):
    shared.share_hash, old = "", shared.share_hash
    shared.save()

    for path in (
        f"/share/collection/{old}",
        f"/share/collection/{shared.entity_id}",
        f"/earner/collections/17/{old}",
    ):
        answer = Api().get(path)
        assert (answer.status, answer.body) == (404, NOT_FOUND)
