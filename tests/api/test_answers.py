"""``Idempotency-Key``: a request that is sent again is not done again, in every API."""

from datetime import timedelta

import pytest
from django.utils import timezone

from rosette.models import Assertion, Collection, KeptAnswer, User
from tests import factories
from tests.api.client import Api, bad_request
from tests.foreign import academy

pytestmark = pytest.mark.django_db

KEY = {"Idempotency-Key": "k1"}
REUSED = "This Idempotency-Key was used for a different request."
BOB = {"recipient": {"identity": "bob@example.org"}}


@pytest.fixture
def ada():
    return factories.user()


@pytest.fixture
def knots(ada):
    return factories.badgeclass(factories.issuer(ada))


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v2/badgeclasses/{}/assertions", BOB),
        ("/v2/badgeclasses/{}/issue", [BOB, BOB]),
        ("/v2/backpack/collections", {"name": "Rope work"}),
        ("/v1/issuer/issuers/{1}/badges/{0}/assertions", {"recipient_identifier": "b@example.org"}),
    ],
)
def test_the_first_answer_comes_again_and_nothing_is_made_twice(ada, knots, path, body):
    api = Api(ada)
    path = path.format(knots.entity_id, knots.issuer.entity_id)

    first = api.post(path, body, **KEY)
    made = (Assertion.objects.count(), Collection.objects.count())
    again = api.post(path, body, **KEY)

    assert (first.status, again.status, again.body) == (201, 201, first.body)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert (Assertion.objects.count(), Collection.objects.count()) == made


def test_another_body_or_path_under_the_same_key_is_422(ada, knots):
    api = Api(ada)
    path = f"/v2/badgeclasses/{knots.entity_id}/assertions"
    api.post(path, BOB, **KEY)

    for answer in (
        api.post(path, {**BOB, "narrative": "n"}, **KEY),
        api.post(f"/v2/badgeclasses/{knots.entity_id}/issue", [BOB], **KEY),
    ):
        assert (answer.status, answer.body) == (422, bad_request(general=[REUSED]))
    v1 = api.post(
        f"/v1/issuer/issuers/{knots.issuer.entity_id}/badges/{knots.entity_id}/assertions",
        {"recipient_identifier": "b@example.org"},
        **KEY,
    )
    assert (v1.status, v1.body) == (422, [REUSED])
    assert Assertion.objects.count() == 1


def test_a_key_belongs_to_the_person_who_sent_it(ada, knots):
    carol = factories.user("carol@example.org")
    path = "/v2/backpack/collections"

    Api(ada).post(path, {"name": "Rope work"}, **KEY)
    answer = Api(carol).post(path, {"name": "Knots"}, **KEY)

    assert (answer.status, answer.one["name"]) == (201, "Knots")


def test_a_key_is_forgotten_after_a_day(ada):
    api = Api(ada)
    api.post("/v2/backpack/collections", {"name": "Rope work"}, **KEY)
    KeptAnswer.objects.update(created_at=timezone.now() - timedelta(hours=24, seconds=1))

    assert api.post("/v2/backpack/collections", {"name": "Knots"}, **KEY).status == 201


def test_a_sign_up_that_is_sent_again_makes_one_person_and_one_mail(ada):
    person = {
        "firstName": "Dan",
        "lastName": "Vale",
        "email": "dan@example.org",
        "password": "knots and splices",
    }
    before = User.objects.count()

    first = Api().post("/v2/users", person, **KEY)
    again = Api().post("/v2/users", person, **KEY)

    assert (first.status, again.status, again.body) == (201, 201, first.body)
    assert User.objects.count() == before + 1
    assert b"knots and splices" not in bytes(KeptAnswer.objects.get().body)


def test_an_import_that_is_sent_again_is_not_fetched_again(settings):
    settings.ROSETTE = settings.ROSETTE.model_copy(update={"fetch_loopback": True})
    bob = factories.user("bob@example.org")
    with academy() as there:
        body = {"url": there.award()}
        first = Api(bob).post("/v2/backpack/import", body, **KEY)
        asked = len(there.asked)
        again = Api(bob).post("/v2/backpack/import", body, **KEY)

        assert (first.status, again.status, again.body) == (201, 201, first.body)
        assert len(there.asked) == asked


@pytest.mark.parametrize("key", ["k" * 256, "k\x00"])
def test_a_key_that_is_none_is_a_bad_request(ada, key):
    answer = Api(ada).post("/v2/backpack/collections", {"name": "R"}, **{"Idempotency-Key": key})

    assert (answer.status, answer.body) == (
        400,
        bad_request(general=["Idempotency-Key must be text of at most 255 characters."]),
    )


def test_another_query_under_the_same_key_is_422(ada, knots):
    path = f"/v2/badgeclasses/{knots.entity_id}/issue"
    body = [{"recipient": {"identity": "bob@example.org"}}]
    headers = {"Idempotency-Key": "once"}

    first = Api(ada).post(path, body, **headers)
    later = Api(ada).post(f"{path}?async=1", body, **headers)

    assert (first.status, later.status, later.body) == (201, 422, bad_request(general=[REUSED]))
