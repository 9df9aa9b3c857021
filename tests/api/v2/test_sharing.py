"""/v2/backpack/share, as a client sees it."""

import re
from contextlib import suppress
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest
from django.utils import timezone

from rosette import limits
from rosette.models import Share
from rosette.operations import collections
from rosette.operations.policies import Actor
from tests import factories
from tests.api.client import NO_TOKEN, NOT_FOUND, Api, bad_request

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


def test_a_share_by_mail_leads_into_the_mail_program():
    award = factories.assertion()

    answer = Api().get(_path(award), provider="mail")

    assert (answer.status, answer.headers["Location"].partition("?")[0]) == (302, "mailto:")


def test_nobody_is_led_to_a_server_that_the_link_itself_names(bob):
    award = factories.assertion()
    url = f"https://fosstodon.org/share?text=I%20earned%20a%20badge%20from%20Harbor%20Learning%21%20{HOME}"

    answer = Api().get(_path(award), provider="mastodon", instance="fosstodon.org")

    assert (answer.status, answer.body["url"]) == (200, f"{url}/assertions/{award.entity_id}")
    answer = Api().get(_path(award), provider="mastodon")
    said = "Say the address of your Mastodon server, such as mastodon.social."
    assert (answer.status, answer.body) == (400, bad_request({"instance": [said]}))


def test_the_code_to_embed_comes_with_its_address(bob):
    award = factories.assertion()
    shared = _collection(bob)

    answer = Api().get(_path(award), provider="embed")
    page = f"https://badges.example.org/public/assertions/{award.entity_id}?embedVersion=2"
    html = (
        f'<iframe src="{page}" title="Knot Tying" width="800" height="420" loading="lazy"'
        ' style="border:0;max-width:100%"></iframe>'
    )
    assert (answer.status, answer.one) == (200, {"url": page, "html": html})
    assert (answer.body["url"], answer.body["html"]) == (page, html)
    answer = Api(bob).get(f"/v2/backpack/share/collection/{shared.entity_id}", provider="embed")
    assert answer.one["url"] == (
        f"https://badges.example.org/public/collections/{shared.share_hash}?embedVersion=2"
    )


def test_each_share_is_kept_with_who_what_where_and_when(bob):
    award = factories.assertion()
    shared = _collection(bob)
    carol = factories.user("carol@example.org")
    collection = f"/v2/backpack/share/collection/{shared.entity_id}"

    assert Api(bob).get(_path(award), provider="Twitter", source="badgr-ui").status == 302
    assert Api().get(_path(award), provider="facebook", redirect="0").status == 200
    assert Api(carol).get(collection, provider="mail").status == 302

    rows = Share.objects.order_by("id").values_list(
        "provider", "source", "user_id", "assertion__entity_id", "collection__entity_id"
    )
    assert list(rows) == [
        ("twitter", "badgr-ui", bob.pk, award.entity_id, None),
        ("facebook", "", None, award.entity_id, None),
        ("mail", "", carol.pk, None, shared.entity_id),
    ]
    answer = Api(bob, "r:backpack").get("/v2/backpack/shares")
    moments = [row.created_at for row in Share.objects.order_by("-id")]
    assert (answer.status, answer.result) == (
        200,
        [
            {
                "entityType": "Share",
                "createdAt": moment.strftime("%Y-%m-%dT%H:%M:%S.%f") + "Z",
                "provider": provider,
                "source": source,
                "assertion": named,
                "collection": name_of_collection,
                "sharedByYou": by_bob,
            }
            for moment, (provider, source, named, name_of_collection, by_bob) in zip(
                moments,
                [
                    ("mail", None, None, shared.entity_id, False),
                    ("facebook", None, award.entity_id, None, False),
                    ("twitter", "badgr-ui", award.entity_id, None, True),
                ],
                strict=True,
            )
        ],
    )
    assert Api(carol).get("/v2/backpack/shares").result == []
    assert Api(award.created_by).get("/v2/backpack/shares").result == []


def test_what_leads_nowhere_is_not_kept(bob):
    award = factories.assertion()
    revoked = factories.assertion(revoked_at=timezone.now())
    hidden = _collection(bob, published=False)

    for api, path, query in (
        (Api(), _path(award), {}),
        (Api(), _path(award), {"provider": "myspace"}),
        (Api(), _path(award), {"provider": "mastodon", "instance": "a b"}),
        (Api(), _path(award), {"provider": "twitter", "source": "x" * 255}),
        (Api(), _path(award), {"provider": "twitter", "source": "a\0b"}),
        (Api(), _path(revoked), {"provider": "twitter"}),
        (Api(bob), f"/v2/backpack/share/collection/{hidden.entity_id}", {"provider": "twitter"}),
    ):
        assert api.get(path, **query).status in (400, 404)
    assert Api().send("HEAD", f"{_path(award)}?provider=twitter").status == 302
    assert Share.objects.count() == 0


def test_nobody_fills_the_records_from_one_address(bob):
    award = factories.assertion()
    for _ in range(101):
        limits.attempt("share", address="127.0.0.1").failed()

    assert Api().get(_path(award), provider="twitter").status == 302
    assert Share.objects.count() == 0
    assert Api(bob).get(_path(award), provider="twitter").status == 302
    assert Share.objects.count() == 1


def test_the_records_come_in_pages(bob):
    award = factories.assertion()
    for provider in ("mail", "twitter", "bluesky"):
        Share.objects.create(assertion=award, provider=provider, created_at=timezone.now())

    first = Api(bob).get("/v2/backpack/shares", num=2)
    (address,) = re.findall("<https://badges.example.org([^>]*)>", first.headers["Link"])
    second = Api(bob).get(address)

    assert [row["provider"] for row in (*first.result, *second.result)] == [
        *("bluesky", "twitter", "mail"),
    ]


def test_a_link_to_what_is_not_public_is_for_its_recipient(bob):
    award = factories.assertion()
    api = Api(bob)
    item = f"/v2/backpack/assertions/{award.entity_id}"
    query = {"provider": "facebook", "redirect": "0"}

    address = api.put(item, {"visibility": "link"}).one["shareUrl"]
    assert api.get(_path(award), **query).body["url"] == FACEBOOK + address.replace(":", "%3A")
    assert Api().get(_path(award), **query).body == NOT_FOUND
    assert Api(award.created_by).get(_path(award), **query).body == NOT_FOUND
    by_hash = f"/v2/backpack/share/assertion/{address.rpartition('/')[2]}"
    assert Api().get(by_hash, **query).status == 200

    api.put(item, {"visibility": "private"})
    said = "This award is private. Let it be seen first, by everybody or by link."
    answer = api.get(_path(award), **query)
    assert (answer.status, answer.body) == (400, bad_request(general=[said]))
    assert Api().get(_path(award), **query).body == NOT_FOUND
    assert Api().get(by_hash, **query).body == NOT_FOUND


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


@pytest.mark.served
def test_no_address_in_a_link_is_kept_in_the_logs(served):
    address = "nobody.else@example.org"
    query = urlencode({"identity__email": address, "provider": "mail", "redirect": "0"})

    for path in (
        *("/public/assertions/none", "/public/assertions/none.json", "/share/badge/none"),
        *("/v2/backpack/share/assertion/none", "/v2/backpack/share/collection/none", "/nothing"),
    ):
        with suppress(HTTPError), urlopen(f"{served.url}{path}?{query}&include_identifier=1"):
            pass

    assert "nobody" not in served.log.read_text("utf-8")
