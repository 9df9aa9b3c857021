"""/v1/earner/collections and /v1/earner/share, as Badgr's web client uses them."""

import pytest

from rosette.models import Collection
from tests import factories
from tests.api.client import Api

pytestmark = pytest.mark.django_db

HOME = "https://badges.example.org/public"
PATH = "/v1/earner/collections"
NO_TOKEN = {"detail": "Authentication credentials were not provided."}
FORBIDDEN = {"detail": "You do not have permission to perform this action."}
NOT_FOUND = {"detail": "Not found."}


@pytest.fixture
def bob():
    return factories.user("bob@example.org")


def _object(row, **members):
    return {
        "name": "Rope work",
        "slug": row.entity_id,
        "description": "",
        "share_hash": "",
        "share_url": "",
        "badges": [],
        "published": False,
    } | members


def test_a_collection_is_created_filled_published_and_removed(bob):
    award, other = factories.assertion(), factories.assertion()
    api = Api(bob)

    made = api.post(f"{PATH}?json_format=plain", {"name": "Rope work", "badges": []})
    row = Collection.objects.get()
    assert (made.status, made.body) == (201, _object(row))

    changed = api.put(
        f"{PATH}/{row.entity_id}",
        {
            "name": "Knots",
            "description": "What I can do",
            "badges": [{"id": other.entity_id, "description": "x"}, {"id": award.entity_id}],
            "published": True,
        },
    )
    row.refresh_from_db()
    shown = _object(
        row,
        name="Knots",
        description="What I can do",
        share_hash=row.share_hash,
        share_url=f"{HOME}/collections/{row.share_hash}",
        badges=[
            {"id": other.entity_id, "description": ""},
            {"id": award.entity_id, "description": ""},
        ],
        published=True,
    )
    assert (changed.status, changed.body) == (200, shown)
    assert len(row.share_hash) == 32
    assert api.get(f"{PATH}/{row.entity_id}").body == shown
    assert api.get(PATH, json_format="plain").body == [shown]

    gone = api.delete(f"{PATH}/{row.entity_id}")
    assert (gone.status, gone.body) == (204, None)
    assert Collection.objects.count() == 0


def test_what_is_left_out_stays(bob):
    award = factories.assertion()
    made = Api(bob).post(PATH, {"name": "Rope work", "badges": [{"id": award.entity_id}]})

    changed = Api(bob).put(f"{PATH}/{made.body['slug']}", {"name": "Knots"})

    assert changed.body["badges"] == [{"id": award.entity_id, "description": ""}]


@pytest.mark.parametrize(
    ("sent", "refused"),
    [
        ({}, {"name": ["This field is required."]}),
        (
            {"name": "x", "badges": "y"},
            {"badges": {"non_field_errors": ['Expected a list of items but got type "str".']}},
        ),
        ({"name": "x", "badges": [{}]}, {"badges": [{"id": ["This field is required."]}]}),
        (
            {"name": "x", "badges": [{"id": "y"}]},
            {"badges": ['Invalid entity_id "y" - object does not exist.']},
        ),
    ],
)
def test_what_is_wrong_is_named(bob, sent, refused):
    answer = Api(bob).post(PATH, sent)

    assert (answer.status, answer.body) == (400, refused)


def test_x10_an_award_of_somebody_else_is_refused(bob):
    foreign = factories.assertion(to="carol@example.org")

    answer = Api(bob).post(PATH, {"name": "x", "badges": [{"id": foreign.entity_id}]})

    assert (answer.status, answer.body) == (
        400,
        {"badges": ["Cannot add badge to a collection created by a different recipient."]},
    )
    assert Collection.objects.count() == 0


def test_who_may_do_what(bob):
    made = Api(bob).post(PATH, {"name": "Rope work"}).body
    carol = factories.user("carol@example.org")
    dan = factories.user("dan@example.org", verified=False)
    one = f"{PATH}/{made['slug']}"
    reading = [("GET", PATH, None), ("GET", one, None)]
    writing = [("POST", PATH, {"name": "x"}), ("PUT", one, {"name": "x"}), ("DELETE", one, None)]

    for api, status, said in [
        (Api(), 401, NO_TOKEN),
        (Api(dan), 403, FORBIDDEN),
        (Api(bob, "rw:profile rw:issuer"), 403, FORBIDDEN),
    ]:
        for verb, path, body in [*reading, *writing]:
            answer = api.send(verb, path, body)
            assert (answer.status, answer.body) == (status, said)
    reader = Api(bob, "r:backpack")
    assert [reader.send(*call).status for call in reading] == [200, 200]
    assert [reader.send(*call).status for call in writing] == [403, 403, 403]
    for verb, path, body in (reading[1], *writing[1:]):
        answer = Api(carol).send(verb, path, body)
        assert (answer.status, answer.body) == (404, NOT_FOUND)


@pytest.mark.parametrize("count", [1, 50])
def test_the_queries_of_the_list_do_not_grow(bob, count, django_assert_num_queries):
    award = factories.assertion()
    for _ in range(count):
        Api(bob).post(PATH, {"name": "x", "badges": [{"id": award.entity_id}]})
    api = Api(bob)

    with django_assert_num_queries(3):
        assert len(api.get(PATH).body) == count


# Sharing


LINK = "https://www.facebook.com/sharer/sharer.php?u=https%3A//badges.example.org/public"


def test_an_award_is_shared_by_anybody():
    row = factories.assertion()
    path = f"/v1/earner/share/badge/{row.entity_id}"
    said = {"provider": "facebook", "source": "badgr-ui"}

    told = Api().get(path, **said, redirect=0)
    led = Api().get(path, **said)

    assert (told.status, told.body) == (200, {"url": f"{LINK}/assertions/{row.entity_id}"})
    assert (led.status, led.headers["Location"]) == (302, told.body["url"])


def test_x8_who_received_an_award_is_told_to_them_alone(bob):
    row = factories.assertion()
    path = f"/v1/earner/share/badge/{row.entity_id}"
    said = {"provider": "facebook", "redirect": 0, "include_identifier": 1}

    theirs = Api(bob).get(path, **said).body["url"]
    anybodys = Api().get(path, **said).body["url"]

    assert theirs.endswith("%3Fidentity__email%3Dbob%2540example.org")
    assert "identity" not in anybodys


def test_a_published_collection_is_shared_by_somebody_who_is_signed_in(bob):
    made = Api(bob).post(PATH, {"name": "Rope work", "published": True}).body
    hidden = Api(bob).post(PATH, {"name": "Secret"}).body
    path = "/v1/earner/share/collection"
    said = {"provider": "facebook", "redirect": 0}
    carol = Api(factories.user("carol@example.org"))

    told = carol.get(f"{path}/{made['slug']}", **said)
    nobody = Api().get(f"{path}/{made['slug']}", **said)

    assert (told.status, told.body) == (200, {"url": f"{LINK}/collections/{made['share_hash']}"})
    assert (nobody.status, nobody.body) == (401, NO_TOKEN)
    assert carol.get(f"{path}/{hidden['slug']}", **said).body == NOT_FOUND


def test_a_provider_must_be_named_and_known():
    path = f"/v1/earner/share/badge/{factories.assertion().entity_id}"

    unsaid, unknown = Api().get(path), Api().get(path, provider="x")

    assert (unsaid.status, unsaid.body) == (400, {"error": "unspecified share provider"})
    assert (unknown.status, unknown.body) == (404, NOT_FOUND)
