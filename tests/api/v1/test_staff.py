"""/v1/issuer/issuers/:id/staff, as scripts use it."""

import pytest
from django.utils import timezone

from rosette.models import Identifier, IssuerStaff
from tests import factories
from tests.api.client import Api

pytestmark = pytest.mark.django_db

NO_TOKEN = {"detail": "Authentication credentials were not provided."}
FORBIDDEN = {"detail": "You do not have permission to perform this action."}
NOT_FOUND = {"detail": "Not found."}
UNKNOWN_ADDRESS = "User not found. Email must correspond to an existing user."
UNKNOWN_PERSON = (
    "User not found. please provide a valid email address, username, url or telephone identifier."
)


@pytest.fixture
def ada():
    return factories.user()


@pytest.fixture
def carol():
    return factories.user("carol@example.org")


@pytest.fixture
def harbor(ada):
    return factories.issuer(ada)


def _path(issuer):
    return f"/v1/issuer/issuers/{issuer.entity_id}/staff"


def _person(person, email):
    return {
        "first_name": person.first_name,
        "last_name": "Vale",
        "email": email,
        "url": [],
        "telephone": [],
        "slug": person.entity_id,
        "agreed_terms_version": 0,
        "marketing_opt_in": False,
        "has_password_set": False,
        "latest_terms_version": 0,
    }


def _roles(issuer):
    rows = IssuerStaff.objects.filter(issuer=issuer).order_by("id")
    return [(row.user.first_name, row.role) for row in rows]


def test_b11_somebody_is_added_changed_and_removed_by_their_address(ada, carol, harbor):
    api = Api(ada)
    shown = {"user": _person(carol, "carol@example.org"), "role": "staff"}

    added = api.post(_path(harbor), {"action": "add", "email": "Carol@Example.org"})
    assert (added.status, added.body) == (200, shown)
    assert api.get(_path(harbor)).body == [
        {"user": _person(ada, "ada@example.org"), "role": "owner"},
        shown,
    ]
    changed = api.post(
        _path(harbor), {"action": "modify", "email": "carol@example.org", "role": "editor"}
    )
    assert (changed.status, changed.body) == (200, shown | {"role": "editor"})
    assert _roles(harbor) == [("Ada", "owner"), ("Carol", "editor")]
    removed = api.post(_path(harbor), {"action": "remove", "email": "carol@example.org"})
    assert (removed.status, removed.body) == (
        200,
        f"User {carol.username} has been removed from Harbor Learning staff.",
    )
    assert _roles(harbor) == [("Ada", "owner")]


@pytest.mark.parametrize("way", ["username", "url", "telephone"])
def test_other_ways_to_name_a_person(ada, carol, harbor, way):
    now = timezone.now()
    Identifier.objects.create(
        user=carol, kind="url", value="https://carol.example.org", verified_at=now
    )
    Identifier.objects.create(user=carol, kind="telephone", value="+15415550100", verified_at=now)
    named = {
        "username": carol.username,
        "url": "https://carol.example.org",
        "telephone": "+15415550100",
    }

    answer = Api(ada).post(_path(harbor), {"action": "add", "role": "editor", way: named[way]})

    assert answer.status == 200
    assert _roles(harbor) == [("Ada", "owner"), ("Carol", "editor")]


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ({"email": "nobody@example.org"}, UNKNOWN_ADDRESS),
        ({"email": "claimed@example.org"}, UNKNOWN_ADDRESS),
        ({"username": "nobody"}, UNKNOWN_PERSON),
        ({"url": "https://claimed.example.org"}, UNKNOWN_PERSON),
        ({}, UNKNOWN_PERSON),
    ],
)
def test_nobody_is_found_by_what_is_not_proven(ada, carol, harbor, named, said):
    factories.user("claimed@example.org", verified=False)
    Identifier.objects.create(user=carol, kind="url", value="https://claimed.example.org")

    answer = Api(ada).post(_path(harbor), {"action": "add", **named})

    assert (answer.status, answer.body) == (404, said)
    assert _roles(harbor) == [("Ada", "owner")]


def test_refusals_of_changes(ada, carol, harbor):
    api, path = Api(ada), _path(harbor)
    someone = {"email": "carol@example.org"}

    for action in ("modify", "remove"):
        answer = api.post(path, {"action": action, **someone})
        assert (answer.status, answer.body) == (404, NOT_FOUND)
    api.post(path, {"action": "add", **someone})
    twice = api.post(path, {"action": "add", "role": "owner", **someone})
    assert (twice.status, twice.body) == (
        400,
        ["Could not add user to staff list. User already in staff list."],
    )
    for action in ("add", "modify", "remove"):
        answer = api.post(path, {"action": action, "email": "ada@example.org"})
        assert (answer.status, answer.body) == (
            400,
            "Cannot modify your own permissions on an issuer profile",
        )
    wrong = api.post(path, {"action": "promote", "role": "king", **someone})
    assert (wrong.status, wrong.body) == (
        400,
        {
            "action": ['"promote" is not a valid choice.'],
            "role": ['"king" is not a valid choice.'],
        },
    )
    assert _roles(harbor) == [("Ada", "owner"), ("Carol", "staff")]


def test_an_issuer_keeps_an_owner(ada, harbor):
    root = factories.user("root@example.org", is_superuser=True)
    admin = Api(root, "rw:serverAdmin")

    for body in ({"action": "remove"}, {"action": "modify", "role": "editor"}):
        answer = admin.post(_path(harbor), {**body, "email": "ada@example.org"})
        assert (answer.status, answer.body) == (400, ["An issuer must have an owner."])
    assert _roles(harbor) == [("Ada", "owner")]


def test_only_owners_change_the_staff_and_only_staff_sees_it(ada, carol, harbor):
    factories.assertion(factories.badgeclass(harbor), to="erin@example.org")
    dan, erin = (factories.user(f"{name}@example.org") for name in ("dan", "erin"))
    IssuerStaff.objects.create(issuer=harbor, user=dan, role="editor")
    body = {"action": "add", "email": "carol@example.org"}
    path = _path(harbor)

    for api, status, said in [
        (Api(), 401, NO_TOKEN),
        (Api(carol), 403, FORBIDDEN),
        (Api(erin), 403, FORBIDDEN),
        (Api(ada, "rw:backpack"), 403, FORBIDDEN),
    ]:
        for answer in (api.get(path), api.post(path, body)):
            assert (answer.status, answer.body) == (status, said)
    assert Api(dan).get(path).status == 200
    assert Api(ada, "r:issuer").get(path).status == 200
    for api in (Api(dan), Api(ada, "r:issuer")):
        assert api.post(path, body).body == FORBIDDEN
    assert _roles(harbor) == [("Ada", "owner"), ("Dan", "editor")]


def test_an_issuer_may_be_called_by_its_slug_of_old(ada):
    factories.issuer(ada, slug="harbor")

    assert len(Api(ada).get("/v1/issuer/issuers/harbor/staff").body) == 1
    answer = Api(ada).get("/v1/issuer/issuers/nothing/staff")
    assert (answer.status, answer.body) == (404, NOT_FOUND)


@pytest.mark.parametrize("count", [1, 30])
def test_the_queries_of_the_list_do_not_grow(ada, harbor, count, django_assert_num_queries):
    for number in range(count):
        person = factories.user(f"p{number}@example.org")
        IssuerStaff.objects.create(issuer=harbor, user=person, role="staff")
    api = Api(ada)

    with django_assert_num_queries(8):
        assert len(api.get(_path(harbor)).body) == count + 1
