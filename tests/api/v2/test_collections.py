"""/v2/backpack/collections, as a client sees it."""

import pytest

from rosette.models import Assertion, Collection
from tests import factories
from tests.api.client import NO_TOKEN, NOT_FOUND, Api, bad_request

pytestmark = pytest.mark.django_db

PATH = "/v2/backpack/collections"
NOT_YOURS = "Cannot add badge to a collection created by a different recipient."


@pytest.fixture
def bob():
    return factories.user("bob@example.org")


def _object(row, owner, *awards, **members):
    return {
        "entityType": "BackpackCollection",
        "entityId": row.entity_id,
        "name": "Rope work",
        "description": "",
        "owner": owner.entity_id,
        "share_url": None,
        "shareHash": "",
        "published": False,
        "assertions": [award.entity_id for award in awards],
    } | members


def test_e4_a_collection_is_created_with_its_awards(bob):
    first, second = factories.assertion(), factories.assertion()

    answer = Api(bob).post(
        PATH,
        {
            "name": "Rope work",
            "description": "What I *can* do",
            "published": True,
            "assertions": [second.entity_id, first.entity_id],
            "badges": ["ignored"],
        },
    )

    row = Collection.objects.get()
    shown = _object(
        row,
        bob,
        *(second, first),
        description="What I *can* do",
        share_url=f"https://badges.example.org/public/collections/{row.share_hash}",
        shareHash=row.share_hash,
        published=True,
    )
    assert (answer.status, answer.one) == (201, shown)
    assert list(answer.one) == list(shown)
    assert Api(bob).get(PATH).one == shown
    assert Api(bob).get(f"{PATH}/{row.entity_id}").one == shown
    public = Api().get(f"/public/collections/{row.share_hash}", format="json")
    assert [award["id"].rpartition("/")[2] for award in public.body["badges"]] == [
        second.entity_id,
        first.entity_id,
    ]


def test_the_order_of_the_awards_is_kept_and_can_be_changed(bob):
    names = [factories.assertion().entity_id for _ in range(3)]
    api = Api(bob)
    wish = {"name": "Rope work", "published": True}
    made = api.post(PATH, {**wish, "assertions": names}).one

    for order in (names[::-1], [names[1], names[0], names[2]]):
        api.put(f"{PATH}/{made['entityId']}", {**wish, "assertions": order})
        assert api.get(PATH).one["assertions"] == order
        public = Api().get(f"/public/collections/{made['shareHash']}.json").body
        assert [award["id"].rpartition("/")[2] for award in public["badges"]] == order


def test_each_publication_has_its_own_address_and_the_one_before_is_dead(bob):
    api = Api(bob)
    made = api.post(PATH, {"name": "Rope work", "published": True}).one
    path = f"{PATH}/{made['entityId']}"

    api.put(path, {"name": "Rope work", "published": False})
    again = api.put(path, {"name": "Rope work", "published": True}).one

    assert again["shareHash"] != made["shareHash"]
    for share_hash, status in ((made["shareHash"], 404), (again["shareHash"], 200)):
        for tail in ("", ".json"):
            assert Api().get(f"/public/collections/{share_hash}{tail}").status == status


def test_the_owner_still_sees_a_private_award_in_the_collection(bob):
    award = factories.assertion()
    api = Api(bob)
    made = api.post(
        PATH, {"name": "Rope work", "published": True, "assertions": [award.entity_id]}
    ).one

    api.put(f"/v2/backpack/assertions/{award.entity_id}", {"visibility": "private"})

    assert api.get(PATH).one == made
    assert Api().get(f"/public/collections/{made['shareHash']}.json").body["badges"] == []


def test_k11_share_url_stands_beside_share_hash_and_both_are_empty_unless_published(bob):
    api = Api(bob)
    made = api.post(PATH, {"name": "Rope work"}).one
    row = Collection.objects.get()
    assert made == _object(row, bob)

    published = api.put(f"{PATH}/{row.entity_id}", {"name": "Rope work", "published": True}).one
    row.refresh_from_db()
    assert published == _object(
        row,
        bob,
        share_url=f"https://badges.example.org/public/collections/{row.share_hash}",
        shareHash=row.share_hash,
        published=True,
    )
    hidden = api.put(f"{PATH}/{row.entity_id}", {"name": "Rope work", "published": False}).one
    assert hidden == made
    assert Api().get(f"/public/collections/{row.share_hash}", format="json").status == 404


def test_what_is_left_out_stays_as_it_is(bob):
    award = factories.assertion()
    api = Api(bob)
    made = api.post(
        PATH,
        {
            "name": "Ropes",
            "description": "Mine",
            "published": True,
            "assertions": [award.entity_id],
        },
    ).one

    changed = api.put(f"{PATH}/{made['entityId']}", {"name": "Rope work"}).one
    assert changed == made | {"name": "Rope work"}
    cleared = api.put(
        f"{PATH}/{made['entityId']}", {"name": "Rope work", "description": "", "assertions": []}
    ).one
    assert cleared == changed | {"description": "", "assertions": []}
    assert api.put(f"{PATH}/{made['entityId']}", cleared).one == cleared


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, {"name": ["This field is required."]}),
        ({"name": ""}, {"name": ["This field may not be blank."]}),
        ({"name": "x" * 129}, {"name": ["Ensure this field has no more than 128 characters."]}),
        (
            {"name": "x", "description": "x" * 256},
            {"description": ["Ensure this field has no more than 255 characters."]},
        ),
        (
            {"name": "x", "description": "![x](y)"},
            {"description": ["Images not supported in markdown"]},
        ),
        ({"name": "x", "published": "maybe"}, {"published": ["Must be a valid boolean."]}),
        (
            {"name": "x", "assertions": "a"},
            {"assertions": {"non_field_errors": ['Expected a list of items but got type "str".']}},
        ),
        (
            {"name": "x", "assertions": ["unknown"]},
            {"assertions": ['Invalid entity_id "unknown" - object does not exist.']},
        ),
    ],
)
def test_what_is_wrong_is_named_by_field(bob, body, fields):
    made = Api(bob).post(PATH, {"name": "Rope work"}).one

    for answer in (Api(bob).post(PATH, body), Api(bob).put(f"{PATH}/{made['entityId']}", body)):
        assert (answer.status, answer.body) == (400, bad_request(fields))
    assert Collection.objects.get().name == "Rope work"


def test_x10_somebody_elses_award_is_refused(bob):
    foreign = factories.assertion(to="carol@example.org")

    answer = Api(bob).post(PATH, {"name": "Mine", "assertions": [foreign.entity_id]})

    assert (answer.status, answer.body) == (400, bad_request({"assertions": [NOT_YOURS]}))
    assert Collection.objects.count() == 0


def test_removing_a_collection(bob):
    made = Api(bob).post(PATH, {"name": "Rope work"}).one

    answer = Api(bob).delete(f"{PATH}/{made['entityId']}")

    assert (answer.status, answer.body) == (204, None)
    assert Api(bob).get(PATH).result == []


@pytest.mark.parametrize("verb", ["GET", "PUT", "DELETE"])
def test_somebody_elses_collection_does_not_exist(bob, verb):
    made = Api(bob).post(PATH, {"name": "Rope work", "published": True}).one
    stranger = Api(factories.user("carol@example.org"))

    answer = stranger.send(verb, f"{PATH}/{made['entityId']}", {"name": "Mine"})

    assert (answer.status, answer.body) == (404, NOT_FOUND)
    assert stranger.get(PATH).result == []
    assert Api(bob).get(PATH).one == made


@pytest.mark.parametrize(
    ("verb", "scope", "status"),
    [
        ("GET", "r:backpack", 200),
        ("POST", "r:backpack", 404),
        ("GET", "rw:issuer rw:profile", 404),
        ("POST", "rw:issuer rw:profile", 404),
        ("POST", "rw:backpack", 201),
    ],
)
def test_what_each_scope_may(bob, verb, scope, status):
    assert Api(bob, scope).send(verb, PATH, {"name": "x"}).status == status


def test_collections_are_for_people_with_a_verified_identity():
    for verb in ("GET", "POST"):
        unverified = factories.user(f"{verb}@example.org", verified=False)
        assert Api().send(verb, PATH, {"name": "x"}).body == NO_TOKEN
        assert Api(unverified).send(verb, PATH, {"name": "x"}).body == NOT_FOUND


def test_moodle_shows_a_collection_by_its_names_of_awards(bob):
    award = factories.assertion()
    api = Api(bob)
    api.post(PATH, {"name": "Rope work", "assertions": [award.entity_id]})

    (collection,) = api.get(PATH).result
    (whole,) = api.get(f"{PATH}/{collection['entityId']}").result
    (name,) = whole["assertions"]
    (item,) = api.get(f"/v2/backpack/assertions/{name}").result

    assert (whole["entityType"], whole["name"]) == ("BackpackCollection", "Rope work")
    assert (item["entityType"], item["recipient"]["plaintextIdentity"]) == (
        "Assertion",
        "bob@example.org",
    )
    assert api.get(f"/v2/badgeclasses/{item['badgeclass']}").one["name"] == "Knot Tying"
    assert api.get(f"/v2/issuers/{item['issuer']}").one["name"] == "Harbor Learning"
    assert Assertion.objects.get().acceptance == "Unaccepted"
