"""/v1/issuer/issuers, as Badgr's web client uses it."""

import pytest

from rosette.models import Assertion, BadgeClass, Issuer, IssuerStaff
from tests import factories
from tests.api.client import PNG, Api

pytestmark = pytest.mark.django_db

HOME = "https://badges.example.org/public"
PATH = "/v1/issuer/issuers"
NO_TOKEN = {"detail": "Authentication credentials were not provided."}
FORBIDDEN = {"detail": "You do not have permission to perform this action."}
NOT_FOUND = {"detail": "Not found."}
HARBOR = {
    "name": "Harbor Learning",
    "url": "https://harbor.example.org",
    "email": "ada@example.org",
    "description": "Night school for sailors",
}


@pytest.fixture
def ada():
    return factories.user()


def _object(row, **members):
    address = f"{HOME}/issuers/{row.entity_id}"
    ada = row.created_by
    return {
        "created_at": row.created_at.strftime("%Y-%m-%dT%H:%M:%S.%f") + "Z",
        "created_by": "ada@example.org",
        "name": "Harbor Learning",
        "slug": row.entity_id,
        "image": None,
        "email": "ada@example.org",
        "description": "Night school for sailors",
        "url": "https://harbor.example.org",
        "staff": [
            {
                "user": {
                    "first_name": "Ada",
                    "last_name": "Vale",
                    "email": "ada@example.org",
                    "url": [],
                    "telephone": [],
                    "slug": ada.entity_id,
                    "agreed_terms_version": 0,
                    "marketing_opt_in": False,
                    "has_password_set": False,
                    "latest_terms_version": 0,
                },
                "role": "owner",
            }
        ],
        "badgrapp": "badges.example.org",
        "json": {
            "@context": "https://w3id.org/openbadges/v1",
            "type": "Issuer",
            "id": address,
            "name": "Harbor Learning",
            "url": "https://harbor.example.org",
            "email": "ada@example.org",
            "description": "Night school for sailors",
        },
        "badgeClassCount": 0,
        "recipientGroupCount": 0,
        "recipientCount": 0,
        "pathwayCount": 0,
    } | members


def test_an_issuer_is_created_and_shown_whole(ada):
    api = Api(ada)

    made = api.post(PATH, HARBOR | {"staff": "ignored", "slug": "ignored"})

    row = Issuer.objects.get()
    assert (made.status, made.body) == (201, _object(row))
    assert api.get(f"{PATH}/{row.entity_id}").body == _object(row)
    assert api.get(PATH).body == [_object(row)]


def test_a_description_may_be_missing_and_a_picture_be_there(ada):
    sent = {name: said for name, said in HARBOR.items() if name != "description"}

    made = Api(ada).post(PATH, sent | {"image": PNG})

    row = Issuer.objects.get()
    assert (made.status, made.body["description"]) == (201, "")
    assert made.body["image"].startswith("https://badges.example.org/media/images/")
    assert made.body["json"]["image"] == f"{HOME}/issuers/{row.entity_id}/image"


def test_what_an_issuer_has_is_counted(ada):
    harbor = factories.issuer(ada)
    knots, ropes = factories.badgeclass(harbor), factories.badgeclass(harbor)
    for badgeclass, to in [(knots, "bob"), (ropes, "bob"), (knots, "carol"), (knots, "dan")]:
        factories.assertion(badgeclass, to=f"{to}@example.org")
    Assertion.objects.filter(recipient_identity="dan@example.org").update(
        revoked_at=harbor.created_at
    )
    factories.badgeclass(harbor, deleted_at=harbor.created_at)
    factories.badgeclass(factories.issuer(ada))

    shown = Api(ada).get(f"{PATH}/{harbor.entity_id}").body

    assert (shown["badgeClassCount"], shown["recipientCount"]) == (2, 2)


def test_an_issuer_is_changed_and_what_is_left_out_stays(ada):
    row = factories.issuer(ada)

    changed = Api(ada).put(
        f"{PATH}/{row.entity_id}",
        {"name": "Harbor School", "staff": [{"user": {}, "role": "owner"}]},
    )

    assert (changed.status, changed.body["name"]) == (200, "Harbor School")
    assert changed.body["description"] == "Night school for sailors"
    assert changed.body["json"]["name"] == "Harbor School"
    assert len(changed.body["staff"]) == 1


def test_an_issuer_is_removed_unless_something_stands(ada):
    row, other = factories.issuer(ada), factories.issuer(ada)
    factories.assertion(factories.badgeclass(other))

    gone = Api(ada).delete(f"{PATH}/{row.entity_id}")
    stays = Api(ada).delete(f"{PATH}/{other.entity_id}")

    assert (gone.status, gone.body) == (204, None)
    assert (stays.status, stays.body) == (
        400,
        ["Issuer can not be deleted because it has previously issued badges."],
    )
    assert list(Issuer.objects.all()) == [other]


def test_what_is_wrong_is_named_without_an_envelope(ada):
    missing = Api(ada).post(PATH, {})
    foreign = Api(ada).post(PATH, HARBOR | {"email": "bob@example.org"})

    assert (missing.status, missing.body) == (
        400,
        {name: ["This field is required."] for name in ("name", "url", "email")},
    )
    assert (foreign.status, foreign.body) == (
        400,
        [
            "Issuer email must be one of your verified addresses. "
            "Add this email to your profile and try again."
        ],
    )
    assert Issuer.objects.count() == 0


def test_an_issuer_may_be_called_by_its_slug_of_old(ada):
    row = factories.issuer(ada, slug="harbor")

    assert Api(ada).get(f"{PATH}/harbor").body == _object(row)
    answer = Api(ada).get(f"{PATH}/nothing")
    assert (answer.status, answer.body) == (404, NOT_FOUND)


def test_who_may_do_what(ada):
    row = factories.issuer(ada)
    carol, dan, erin = (factories.user(f"{name}@example.org") for name in ("carol", "dan", "erin"))
    unverified = factories.user("frank@example.org", verified=False)
    IssuerStaff.objects.create(issuer=row, user=dan, role="staff")
    IssuerStaff.objects.create(issuer=row, user=erin, role="editor")
    one = f"{PATH}/{row.entity_id}"
    calls = {
        "list": ("GET", PATH, None, 200),
        "create": ("POST", PATH, HARBOR, 201),
        "read": ("GET", one, None, 200),
        "change": ("PUT", one, {"name": "New"}, 200),
        "remove": ("DELETE", one, None, 204),
    }
    may = [
        (Api(), (), 401, NO_TOKEN),
        (Api(unverified), (), 403, FORBIDDEN),
        (Api(ada, "rw:profile rw:backpack"), (), 403, FORBIDDEN),
        (Api(carol), ("list",), 403, FORBIDDEN),
        (Api(dan), ("list", "read"), 403, FORBIDDEN),
        (Api(ada, "r:issuer"), ("list", "read"), 403, FORBIDDEN),
        (Api(erin), ("list", "read", "change"), 403, FORBIDDEN),
        (Api(ada), ("list", "read", "change", "create", "remove"), None, None),
    ]

    for api, allowed, status, said in may:
        for name, (verb, path, body, done) in calls.items():
            if name == "create" and api.person in (carol, dan, erin):
                continue  # everybody may, with an address of their own
            answer = api.send(verb, path, body)
            wanted = (done, True) if name in allowed else (status, answer.body == said)
            assert (answer.status, wanted[1]) == wanted, (name, api.person)


def test_a_creation_that_is_sent_again_is_done_once(ada):
    api = Api(ada)

    first = api.post(PATH, HARBOR, **{"Idempotency-Key": "one"})
    again = api.post(PATH, HARBOR, **{"Idempotency-Key": "one"})

    assert (again.status, again.body) == (201, first.body)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert Issuer.objects.count() == 1


@pytest.mark.parametrize("count", [1, 50])
def test_the_queries_of_the_list_do_not_grow(ada, count, django_assert_num_queries):
    for _ in range(count):
        factories.assertion(factories.badgeclass(factories.issuer(ada)))
    api = Api(ada)

    with django_assert_num_queries(9):
        assert len(api.get(PATH).body) == count
    assert BadgeClass.objects.count() == count
