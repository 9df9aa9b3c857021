"""The links that providers want."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from django.utils.timezone import now

from rosette.errors import InvalidInput, NotFound
from rosette.operations import collections, sharing
from rosette.operations.policies import Actor
from rosette.operations.sharing import PROVIDERS, Certificate, Shared
from tests import factories, published

pytestmark = pytest.mark.django_db

HOME = "https://badges.example.org/public"
AWARD = Shared(
    url="https://a.example/1?x=y&z=ü",
    said="I earned a badge from Harbor & Co.!",
    title="I earned a badge from Harbor & Co.!",
    summary="Knots / 100%",
    image="https://a.example/1/image?b=c",
    certificate=Certificate(
        name="Knots / 100%",
        organisation="Harbor & Co.",
        issued_on=datetime(2024, 5, 31, 23, 30, tzinfo=timezone(-timedelta(hours=2))),
        expires_on=datetime(2027, 12, 31, tzinfo=UTC),
        number="9C26ASCCTR2I6Iwm-jsPXQ",
    ),
)
COLLECTION = Shared("https://a.example/c", "", "Rope & work", "What I can do", "")


def test_the_links_for_an_award_have_every_value_encoded_but_the_slash():
    url = "https%3A//a.example/1%3Fx%3Dy%26z%3D%C3%BC"
    said = "I%20earned%20a%20badge%20from%20Harbor%20%26%20Co.%21"
    text = f"{said}%20https%3A%2F%2Fa.example%2F1%3Fx%3Dy%26z%3D%C3%BC"

    assert {name: sharing.link(name, AWARD) for name in PROVIDERS} == {
        "twitter": f"https://twitter.com/intent/tweet?text={said}%20{url}",
        "facebook": f"https://www.facebook.com/sharer/sharer.php?u={url}",
        "linkedin": f"https://www.linkedin.com/shareArticle?mini=true&url={url}&title={said}"
        "&summary=Knots%20/%20100%25",
        "pinterest": f"http://www.pinterest.com/pin/create/button/?url={url}"
        "&media=https%3A//a.example/1/image%3Fb%3Dc&description=Knots%20/%20100%25",
        "linkedin-profile": "https://www.linkedin.com/profile/add?startTask=CERTIFICATION_NAME"
        "&name=Knots%20%2F%20100%25&organizationName=Harbor%20%26%20Co."
        "&issueYear=2024&issueMonth=6&expirationYear=2027&expirationMonth=12"
        "&certUrl=https%3A%2F%2Fa.example%2F1%3Fx%3Dy%26z%3D%C3%BC"
        "&certId=9C26ASCCTR2I6Iwm-jsPXQ",
        "bluesky": f"https://bsky.app/intent/compose?text={text}",
        "whatsapp": f"https://wa.me/?text={text}",
        "mail": f"mailto:?subject={said}&body={text}",
        "embed": "https://a.example/1?x=y&z=ü&embedVersion=2",
    }


def test_the_links_for_a_collection_say_its_name():
    url = "https%3A//a.example/c"
    text = "Rope%20%26%20work%20https%3A%2F%2Fa.example%2Fc"

    assert {
        name: sharing.link(name, COLLECTION) for name in PROVIDERS if name != "linkedin-profile"
    } == {
        "twitter": f"https://twitter.com/intent/tweet?text={url}",
        "facebook": f"https://www.facebook.com/sharer/sharer.php?u={url}",
        "linkedin": f"https://www.linkedin.com/shareArticle?mini=true&url={url}"
        "&title=Rope%20%26%20work&summary=What%20I%20can%20do",
        "pinterest": f"http://www.pinterest.com/pin/create/button/?url={url}"
        "&description=Rope%20%26%20work",
        "bluesky": f"https://bsky.app/intent/compose?text={text}",
        "whatsapp": f"https://wa.me/?text={text}",
        "mail": f"mailto:?subject=Rope%20%26%20work&body={text}",
        "embed": "https://a.example/c?embedVersion=2",
    }
    with pytest.raises(NotFound):
        sharing.link("linkedin-profile", COLLECTION)


def test_an_issuer_that_is_at_linkedin_is_named_by_its_page_there():
    known = replace(AWARD, certificate=replace(AWARD.certificate, linkedin_id="1337"))

    assert sharing.link("linkedin-profile", known) == sharing.link(
        "linkedin-profile", AWARD
    ).replace("organizationName=Harbor%20%26%20Co.", "organizationId=1337")


def test_the_page_at_linkedin_is_that_of_the_awards_issuer():
    issuer = factories.issuer(linkedin_id="1337")
    award = factories.assertion(factories.badgeclass(issuer))

    link = sharing.share_award(award.entity_id, "linkedin-profile").url

    assert "&organizationId=1337&" in link
    assert "organizationName" not in link


def test_a_certificate_that_does_not_expire_has_no_such_month():
    forever = replace(AWARD, certificate=replace(AWARD.certificate, expires_on=None))

    assert "expiration" not in sharing.link("linkedin-profile", forever)


@pytest.mark.parametrize(
    "said", ["mastodon.social", "Mastodon.Social/", "https://mastodon.social", "@b@mastodon.social"]
)
def test_the_person_says_which_mastodon(said):
    assert sharing.link("Mastodon", COLLECTION, instance=said) == (
        "https://mastodon.social/share?text=Rope%20%26%20work%20https%3A//a.example/c"
    )
    assert sharing.link("mastodon", COLLECTION, instance="töröö.example").startswith(
        "https://xn--tr-fkaba.example/share?"
    )


@pytest.mark.parametrize(
    "said",
    [
        *("", "mastodon", "a b.example", "a.example/x", "a.example:81", "127.0.0.1", "[::1]"),
        *("a.example?x", "a.example#", "javascript:alert(1)", "a..example", "x" * 300 + ".example"),
    ],
)
def test_what_is_no_server_is_no_mastodon(said):
    with pytest.raises(InvalidInput) as refused:
        sharing.link("mastodon", AWARD, instance=said)
    assert list(refused.value.fields) == ["instance"]


def test_the_code_to_embed_cannot_be_broken_out_of():
    shared = replace(AWARD, summary='"><script>alert(1)</script>')

    assert sharing.embed_code(shared) == (
        '<iframe src="https://a.example/1?x=y&amp;z=ü&amp;embedVersion=2"'
        ' title="&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;" width="800" height="420"'
        ' loading="lazy" style="border:0;max-width:100%"></iframe>'
    )
    assert sharing.embed_code(COLLECTION) == (
        '<iframe src="https://a.example/c?embedVersion=2" title="Rope &amp; work"'
        ' width="800" height="640"'
        ' loading="lazy" style="border:0;max-width:100%"></iframe>'
    )


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
        certificate=Certificate(
            name="Knot Tying",
            organisation="Harbor Learning",
            issued_on=row.issued_on,
            expires_on=row.expires_on,
            number=row.entity_id,
        ),
    )


def test_an_award_that_is_seen_by_link_is_shared_by_its_recipient_or_by_the_link():
    share_hash = "ab" * 16
    row = published.award(visibility="link", share_hash=share_hash)
    bob, carol = (factories.user(f"{name}@example.org") for name in ("bob", "carol"))

    for shared in (
        sharing.award(row.entity_id, by=Actor.person(bob)),
        sharing.award(share_hash),
        sharing.award(share_hash, by=Actor.person(carol)),
    ):
        assert shared.url == f"{HOME}/assertions/{share_hash}"
        assert shared.image == f"{HOME}/assertions/{share_hash}/image"
        assert shared.certificate.number == share_hash
    for by in (None, Actor.person(carol), Actor.person(row.created_by)):
        with pytest.raises(NotFound):
            sharing.award(row.entity_id, by=by)


def test_a_private_award_is_shared_by_nobody_and_its_recipient_is_told_why():
    row = published.award(visibility="private")
    bob, carol = (factories.user(f"{name}@example.org") for name in ("bob", "carol"))

    with pytest.raises(InvalidInput) as refused:
        sharing.award(row.entity_id, by=Actor.person(bob))
    assert refused.value.general == [
        "This award is private. Let it be seen first, by everybody or by link."
    ]
    for by in (None, Actor.person(carol), Actor.person(row.created_by)):
        with pytest.raises(NotFound):
            sharing.award(row.entity_id, by=by)


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
    row = published.award(revoked_at=now())

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
