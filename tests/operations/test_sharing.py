"""The links that providers want."""

import pytest
from django.utils import timezone

from rosette.errors import NotFound
from rosette.operations import collections, sharing
from rosette.operations.policies import Actor
from rosette.operations.sharing import PROVIDERS, Shared
from tests import factories, published

pytestmark = pytest.mark.django_db

HOME = "https://badges.example.org/public"
AWARD = Shared(
    url="https://a.example/1?x=y&z=ü",
    said="I earned a badge from Harbor & Co.!",
    title="I earned a badge from Harbor & Co.!",
    summary="Knots / 100%",
    image="https://a.example/1/image?b=c",
)
COLLECTION = Shared("https://a.example/c", "", "Rope & work", "What I can do", "")


def test_the_links_for_an_award_have_every_value_encoded_but_the_slash():
    url = "https%3A//a.example/1%3Fx%3Dy%26z%3D%C3%BC"
    said = "I%20earned%20a%20badge%20from%20Harbor%20%26%20Co.%21"

    assert {name: sharing.link(name, AWARD) for name in PROVIDERS} == {
        "twitter": f"https://twitter.com/intent/tweet?text={said}%20{url}",
        "facebook": f"https://www.facebook.com/sharer/sharer.php?u={url}",
        "linkedin": f"https://www.linkedin.com/shareArticle?mini=true&url={url}&title={said}"
        "&summary=Knots%20/%20100%25",
        "pinterest": f"http://www.pinterest.com/pin/create/button/?url={url}"
        "&media=https%3A//a.example/1/image%3Fb%3Dc&description=Knots%20/%20100%25",
    }


def test_the_links_for_a_collection_say_its_name():
    url = "https%3A//a.example/c"

    assert {name: sharing.link(name, COLLECTION) for name in PROVIDERS} == {
        "twitter": f"https://twitter.com/intent/tweet?text={url}",
        "facebook": f"https://www.facebook.com/sharer/sharer.php?u={url}",
        "linkedin": f"https://www.linkedin.com/shareArticle?mini=true&url={url}"
        "&title=Rope%20%26%20work&summary=What%20I%20can%20do",
        "pinterest": f"http://www.pinterest.com/pin/create/button/?url={url}"
        "&description=Rope%20%26%20work",
    }


def test_the_letter_case_of_a_provider_does_not_matter_but_its_name_does():
    assert sharing.link("FaceBook", AWARD) == sharing.link("facebook", AWARD)
    with pytest.raises(NotFound):
        sharing.link("myspace", AWARD)


def test_what_is_shared_of_an_award():
    row = published.award()

    assert sharing.award(row.entity_id) == Shared(
        url=f"{HOME}/assertions/{row.entity_id}",
        said="I earned a badge from Harbor Learning!",
        title="I earned a badge from Harbor Learning!",
        summary="Knot Tying",
        image=f"{HOME}/assertions/{row.entity_id}/image",
    )


def test_x8_the_identity_is_told_for_its_owner_alone():
    row = published.award()
    bob, carol = (factories.user(f"{name}@example.org") for name in ("bob", "carol"))
    claims_it = factories.user("mallory@example.org")
    claims_it.emailaddress_set.create(email="bob@example.org", verified=False)
    address = f"{HOME}/assertions/{row.entity_id}"

    def url(person):
        viewer = Actor.person(person) if person else None
        return sharing.award(row.entity_id, identified_for=viewer).url

    assert url(bob) == f"{address}?identity__email=bob%40example.org"
    assert [url(person) for person in (None, carol, claims_it, row.created_by)] == [address] * 4


def test_a_revoked_or_unknown_award_is_not_shared():
    row = published.award(revoked_at=timezone.now())

    for name in (row.entity_id, "nothing"):
        with pytest.raises(NotFound):
            sharing.award(name)


def test_what_is_shared_of_a_collection_has_the_image_of_its_first_award():
    first, second = factories.assertion(), factories.assertion()
    bob = factories.user("bob@example.org")
    row = collections.create(
        {
            "name": "Ropes",
            "description": "Mine",
            "published": True,
            "assertions": [second.entity_id, first.entity_id],
        },
        by=Actor.person(bob),
    )

    assert sharing.collection(row.entity_id) == Shared(
        url=f"{HOME}/collections/{row.share_hash}",
        said="",
        title="Ropes",
        summary="Mine",
        image=f"{HOME}/assertions/{second.entity_id}/image",
    )
    collections.change(row, {"published": False}, by=Actor.person(bob))
    for name in (row.entity_id, row.share_hash, ""):
        with pytest.raises(NotFound):
            sharing.collection(name)
