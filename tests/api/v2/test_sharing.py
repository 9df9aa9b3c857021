"""/v2/backpack/share, as a client sees it."""

import pytest
from django.utils import timezone

from rosette.operations import collections
from rosette.operations.policies import Actor
from tests import factories
from tests.api.client import NO_TOKEN, NOT_FOUND, Api

pytestmark = pytest.mark.django_db

UNSPECIFIED = {
    "status": {"success": False, "description": "bad request"},
    "result": [],
    "fieldErrors": {},
    "validationErrors": ["unspecified share provider"],
    "error": "unspecified share provider",
}
HOME = "https%3A//badges.example.org/public"
FACEBOOK = "https://www.facebook.com/sharer/sharer.php?u="


@pytest.fixture
def bob():
    return factories.user("bob@example.org")


def _path(award):
    return f"/v2/backpack/share/assertion/{award.entity_id}"


def _collection(person, **wish):
    wish = {"name": "Ropes", "published": True, **wish}
    return collections.create(wish, by=Actor.person(person))


def test_sharing_an_award_leads_to_the_provider_and_wants_no_token():
    award = factories.assertion()

    answer = Api().get(_path(award), provider="Facebook", source="badgr-ui")

    url = f"{FACEBOOK}{HOME}/assertions/{award.entity_id}"
    assert (answer.status, answer.body, answer.headers["Location"]) == (302, None, url)


def test_s5_without_redirect_the_url_stands_in_the_envelope_and_beside_it():
    award = factories.assertion()

    answer = Api().get(_path(award), provider="facebook", redirect="0")

    url = f"{FACEBOOK}{HOME}/assertions/{award.entity_id}"
    assert (answer.status, answer.body) == (
        200,
        {"status": {"success": True, "description": "ok"}, "result": [{"url": url}], "url": url},
    )


def test_s5_without_a_provider_the_error_stands_in_the_envelope_and_beside_it(bob):
    award = factories.assertion()
    shared = _collection(bob)

    for answer in (
        Api().get(_path(award)),
        Api().get(_path(award), provider=""),
        Api(bob).get(f"/v2/backpack/share/collection/{shared.entity_id}"),
    ):
        assert (answer.status, answer.body) == (400, UNSPECIFIED)


def test_an_unknown_provider_or_award_does_not_exist():
    award = factories.assertion()
    revoked = factories.assertion(revoked_at=timezone.now())

    assert Api().get(_path(award), provider="myspace").body == NOT_FOUND
    assert Api().get(_path(revoked), provider="facebook").body == NOT_FOUND
    answer = Api().get("/v2/backpack/share/assertion/nothing", provider="facebook")
    assert (answer.status, answer.body) == (404, NOT_FOUND)


def test_x8_the_identity_is_told_to_its_signed_in_owner_alone(bob):
    award = factories.assertion()
    query = {"provider": "facebook", "redirect": "0", "include_identifier": "1"}
    plain = f"{FACEBOOK}{HOME}/assertions/{award.entity_id}"

    assert Api(bob).get(_path(award), **query).body["url"] == (
        f"{plain}%3Fidentity__email%3Dbob%2540example.org"
    )
    for api in (
        Api(),
        Api(headers={"Authorization": "Bearer wrong"}),
        Api(factories.user("carol@example.org")),
        Api(award.created_by),
        Api(bob, "r:profile"),
    ):
        answer = api.get(_path(award), **query)
        assert (answer.status, answer.body["url"]) == (200, plain)
    assert Api(bob).get(_path(award), provider="facebook", redirect="0").body["url"] == plain


def test_e15_pinterest_takes_awards_and_collections_with_encoded_values(bob):
    award = factories.assertion(factories.badgeclass(name="Knots & more"))
    shared = _collection(bob, name="Rope work", assertions=[award.entity_id])
    empty = _collection(bob, name="Empty")
    pinterest = "http://www.pinterest.com/pin/create/button/?url="
    image = f"{HOME}/assertions/{award.entity_id}/image"

    def url(path):
        answer = Api(bob).get(f"/v2/backpack/share/{path}", provider="pinterest")
        assert answer.status == 302
        return answer.headers["Location"]

    assert url(f"assertion/{award.entity_id}") == (
        f"{pinterest}{HOME}/assertions/{award.entity_id}&media={image}"
        "&description=Knots%20%26%20more"
    )
    assert url(f"collection/{shared.entity_id}") == (
        f"{pinterest}{HOME}/collections/{shared.share_hash}&media={image}&description=Rope%20work"
    )
    assert url(f"collection/{empty.entity_id}") == (
        f"{pinterest}{HOME}/collections/{empty.share_hash}&description=Empty"
    )


@pytest.mark.parametrize("scope", ["r:profile", "rw:issuer", "rw:backpack"])
def test_whoever_is_signed_in_may_share_a_published_collection(bob, scope):
    shared = _collection(bob)
    path = f"/v2/backpack/share/collection/{shared.entity_id}"
    carol = factories.user("carol@example.org", verified=False)

    assert Api().get(path, provider="twitter").body == NO_TOKEN
    answer = Api(carol, scope).get(path, provider="twitter")
    assert (answer.status, answer.headers["Location"]) == (
        302,
        f"https://twitter.com/intent/tweet?text={HOME}/collections/{shared.share_hash}",
    )
    hidden = _collection(bob, published=False)
    path = f"/v2/backpack/share/collection/{hidden.entity_id}"
    assert Api(bob).get(path, provider="twitter").body == NOT_FOUND
