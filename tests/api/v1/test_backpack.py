"""/v1/earner/badges, as Badgr's web client and the Teams template use it."""

import base64
from datetime import timedelta

import pytest
from django.utils import timezone

from rosette.models import Assertion
from rosette.openbadges.baking import bake
from tests import factories
from tests.api.client import Api
from tests.foreign import Academy, academy
from tests.openbadges.facts import png

pytestmark = pytest.mark.django_db

HOME = "https://badges.example.org/public"
PATH = "/v1/earner/badges"
NO_TOKEN = {"detail": "Authentication credentials were not provided."}
FORBIDDEN = {"detail": "You do not have permission to perform this action."}
NOT_FOUND = {"detail": "Not found."}


@pytest.fixture
def bob():
    return factories.user("bob@example.org")


@pytest.fixture
def elsewhere(settings):
    settings.ROSETTE = settings.ROSETTE.model_copy(update={"fetch_loopback": True})
    with academy() as there:
        yield there


def _moment(moment):
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%f") + "+00:00"


def _plain(row, **members):
    badge = f"{HOME}/badges/{row.badgeclass.entity_id}"
    return {
        "id": f"{HOME}/assertions/{row.entity_id}",
        "type": "Assertion",
        "uid": row.entity_id,
        "recipient": {"type": "email", "recipient": "bob@example.org"},
        "badge": {
            "id": badge,
            "type": "BadgeClass",
            "name": "Knot Tying",
            "description": "Ties knots",
            "criteria": f"{badge}/criteria",
            "criteria_text": "Tie **ten** knots",
            "issuer": {
                "id": f"{HOME}/issuers/{row.issuer.entity_id}",
                "type": "Issuer",
                "name": "Harbor Learning",
                "url": "https://harbor.example.org",
                "description": "Night school for sailors",
                "email": "ada@example.org",
            },
        },
        "issuedOn": _moment(row.issued_on),
        "image": f"{HOME}/assertions/{row.entity_id}/image",
    } | members


def _object(row, **members):
    return {
        "id": row.entity_id,
        "recipient_identifier": "bob@example.org",
        "acceptance": "Unaccepted",
        "narrative": None,
        "evidence_items": [],
        "pending": False,
        "extensions": {},
        "json": _plain(row),
        "imagePreview": {
            "type": "image",
            "id": f"{HOME}/badges/{row.badgeclass.entity_id}/image?type=png",
        },
        "image": f"{HOME}/assertions/{row.entity_id}/image",
        "shareUrl": f"{HOME}/assertions/{row.entity_id}",
    } | members


def test_awards_are_shown_whole_and_plainly_where_that_is_asked_for(bob):
    row = factories.assertion(
        narrative="did it", evidence=[{"url": "https://e.example.org/1", "narrative": None}]
    )
    factories.assertion(row.badgeclass, to="carol@example.org")
    shown = _object(
        row,
        narrative="did it",
        evidence_items=[{"evidence_url": "https://e.example.org/1", "narrative": None}],
    )

    assert Api(bob).get(PATH, json_format="plain").body == [shown]
    assert Api(bob).get(f"{PATH}/{row.entity_id}", json_format="plain").body == shown


def _text(value, kind="xsd:string"):
    return {"type": kind, "@value": value}


def test_s8_else_each_value_stands_beside_its_type(bob):
    harbor = factories.issuer(image="images/" + "1" * 64 + ".png")
    knots = factories.badgeclass(
        harbor,
        image="images/" + "0" * 64 + ".png",
        criteria_url="https://harbor.example.org/knots",
    )
    row = factories.assertion(knots, expires_on=timezone.now() + timedelta(days=1))

    (shown,) = Api(bob).get(PATH).body

    badge = f"{HOME}/badges/{knots.entity_id}"
    issuer = f"{HOME}/issuers/{harbor.entity_id}"
    award = f"{HOME}/assertions/{row.entity_id}"

    def image(address):
        return {"type": "image", "id": f"{address}/image", "@value": f"{address}/image"}

    assert shown["json"] == {
        "id": award,
        "type": "Assertion",
        "uid": _text(row.entity_id),
        "recipient": _text({"type": "email", "recipient": "bob@example.org"}, "email"),
        "badge": {
            "id": badge,
            "type": "BadgeClass",
            "name": _text("Knot Tying"),
            "description": _text("Ties knots"),
            "image": image(badge),
            "criteria": {"type": "@id", "id": "https://harbor.example.org/knots"},
            "criteria_text": _text("Tie **ten** knots"),
            "criteria_url": {"type": "@id", "id": "https://harbor.example.org/knots"},
            "issuer": {
                "id": issuer,
                "type": "Issuer",
                "name": _text("Harbor Learning"),
                "url": {"type": "@id", "id": "https://harbor.example.org"},
                "description": _text("Night school for sailors"),
                "image": image(issuer),
                "email": _text("ada@example.org", "email"),
            },
        },
        "issuedOn": _text(_moment(row.issued_on), "xsd:dateTime"),
        "expires": _text(_moment(row.expires_on), "xsd:dateTime"),
        "image": image(award),
    }
    assert shown["issuerImagePreview"] == {"type": "image", "id": f"{issuer}/image?type=png"}


def test_expired_awards_are_shown_and_revoked_and_pending_ones_if_they_are_asked_for(bob):
    long_ago = timezone.now() - timedelta(days=1)
    expired = factories.assertion(expires_on=long_ago)
    revoked = factories.assertion(expired.badgeclass, revoked_at=long_ago)
    factories.assertion(expired.badgeclass, acceptance="Rejected")
    api = Api(bob)

    def names(**query):
        return {item["id"] for item in api.get(PATH, **query).body}

    assert names() == {expired.entity_id}
    assert names(include_expired="0") == set()
    assert names(include_revoked="1", include_pending="true") == {
        expired.entity_id,
        revoked.entity_id,
    }
    (gone,) = [
        item
        for item in api.get(PATH, include_revoked=1, json_format="plain").body
        if item["id"] == revoked.entity_id
    ]
    assert (gone["image"], gone["json"]) == (None, _plain(revoked))


@pytest.mark.parametrize("way", ["url", "image", "assertion"])
def test_an_award_of_another_server_is_imported(bob, elsewhere: Academy, way):
    url = elsewhere.award()
    baked = base64.b64encode(bake(png(), url)).decode()
    sent = {
        "url": url,
        "image": f"data:image/png;base64,{baked}",
        "assertion": f'{{"id": "{url}"}}',
    }

    made = Api(bob).post(f"{PATH}?json_format=plain", {way: sent[way]})

    row = Assertion.objects.get()
    assert (made.status, made.body["id"], made.body["acceptance"]) == (
        201,
        row.entity_id,
        "Accepted",
    )
    assert made.body["json"]["badge"]["issuer"] == {
        "id": f"{elsewhere.origin}/issuer",
        "type": "Issuer",
        "name": "Sailing Academy",
        "url": "https://academy.example.org",
        "description": "Teaches sailing",
        "email": "office@academy.example.org",
    }
    assert (made.body["json"]["id"], made.body["json"]["badge"]["id"]) == (
        url,
        f"{elsewhere.origin}/navigation",
    )
    assert made.body["shareUrl"] == f"{HOME}/assertions/{row.entity_id}"


def test_refusals_of_imports_are_a_list_of_objects(bob, elsewhere: Academy):
    url = elsewhere.award()
    api = Api(bob)
    api.post(PATH, {"url": url})

    twice = api.post(PATH, {"url": url})
    both = api.post(PATH, {"url": url, "assertion": "{}", "image": "x"})
    neither = api.post(PATH, {})

    assert (twice.status, twice.body) == (
        400,
        [
            {
                "name": "DUPLICATE_BADGE",
                "description": "You already have this badge in your backpack",
            }
        ],
    )
    for answer in (both, neither):
        assert (answer.status, answer.body) == (400, ["Only one instance input field allowed."])


def test_an_import_that_is_sent_again_is_done_once(bob, elsewhere: Academy):
    sent = {"url": elsewhere.award()}
    api = Api(bob)

    first = api.post(PATH, sent, **{"Idempotency-Key": "one"})
    again = api.post(PATH, sent, **{"Idempotency-Key": "one"})

    assert (again.status, again.body) == (201, first.body)
    assert Assertion.objects.count() == 1


def test_an_award_is_accepted_rejected_and_comes_back(bob):
    row = factories.assertion()
    path = f"{PATH}/{row.entity_id}?json_format=plain"
    api = Api(bob)

    accepted = api.put(path, {"acceptance": "Accepted"})
    assert (accepted.status, accepted.body) == (200, _object(row, acceptance="Accepted"))
    gone = api.delete(path)
    assert (gone.status, gone.body) == (204, None)
    assert api.get(PATH).body == []
    assert api.put(path, {"acceptance": "Accepted"}).body["acceptance"] == "Accepted"
    wrong = api.put(path, {"acceptance": "Rejected"})
    assert (wrong.status, wrong.body) == (
        400,
        {"acceptance": ['"Rejected" is not a valid choice.']},
    )


def test_an_imported_award_is_forgotten(bob, elsewhere: Academy):
    made = Api(bob).post(PATH, {"url": elsewhere.award()})

    assert Api(bob).delete(f"{PATH}/{made.body['id']}").status == 204
    assert Assertion.objects.count() == 0


def test_who_may_do_what(bob):
    row = factories.assertion()
    carol = factories.user("carol@example.org")
    dan = factories.user("dan@example.org", verified=False)
    one = f"{PATH}/{row.entity_id}"
    accepted = {"acceptance": "Accepted"}
    calls = [("GET", PATH, None), ("GET", one, None)]
    writing = [("POST", PATH, {}), ("PUT", one, accepted), ("DELETE", one, None)]

    for api, status, said in [
        (Api(), 401, NO_TOKEN),
        (Api(dan), 403, FORBIDDEN),
        (Api(bob, "rw:profile rw:issuer"), 403, FORBIDDEN),
    ]:
        for verb, path, body in [*calls, *writing]:
            answer = api.send(verb, path, body)
            assert (answer.status, answer.body) == (status, said)
    reader = Api(bob, "r:backpack")
    assert [reader.send(*call).status for call in calls] == [200, 200]
    assert [reader.send(*call).status for call in writing] == [403, 403, 403]
    for verb, path, body in (("GET", one, None), *writing[1:]):
        answer = Api(carol).send(verb, path, body)
        assert (answer.status, answer.body) == (404, NOT_FOUND)


@pytest.mark.parametrize("count", [1, 50])
def test_the_queries_of_the_list_do_not_grow(bob, count, django_assert_num_queries):
    harbor = factories.issuer()
    for _ in range(count):
        factories.assertion(factories.badgeclass(harbor))
    api = Api(bob)

    with django_assert_num_queries(5):
        assert len(api.get(PATH).body) == count
