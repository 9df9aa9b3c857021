"""/v1/issuer/issuers/:id/badges and all-badges, as Badgr's web client and old scripts use them."""

import re
from base64 import b64decode

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from rosette.models import BadgeClass, IssuerStaff
from tests import factories
from tests.api.client import PNG, Api

pytestmark = pytest.mark.django_db

ORIGIN = "https://badges.example.org"
NO_TOKEN = {"detail": "Authentication credentials were not provided."}
FORBIDDEN = {"detail": "You do not have permission to perform this action."}
NOT_FOUND = {"detail": "Not found."}
KNOTS = {
    "name": "Knot Tying",
    "description": "Ties knots",
    "image": PNG,
    "criteria_text": "Tie **ten** knots",
}
EITHER = "The criteria field is mutually-exclusive with the criteria_url and criteria_text fields"
NEITHER = "One or both of the criteria_text and criteria_url fields must be provided"
ALIGNMENT = {
    "target_name": "Std 1",
    "target_url": "https://std.example.org/1",
    "target_description": None,
    "target_framework": "Std",
    "target_code": "1.a",
}


@pytest.fixture
def ada():
    return factories.user()


@pytest.fixture
def harbor(ada):
    return factories.issuer(ada)


def _path(issuer, badgeclass=None):
    last = f"/{badgeclass.entity_id}" if badgeclass else ""
    return f"/v1/issuer/issuers/{issuer.entity_id}/badges{last}"


def _object(row, **members):
    address = f"{ORIGIN}/public/badges/{row.entity_id}"
    issuer = f"{ORIGIN}/public/issuers/{row.issuer.entity_id}"
    return {
        "created_at": row.created_at.strftime("%Y-%m-%dT%H:%M:%S.%f") + "Z",
        "created_by": "ada@example.org",
        "id": row.pk,
        "name": "Knot Tying",
        "image": f"{ORIGIN}/media/{row.image}",
        "slug": row.entity_id,
        "criteria_text": "Tie **ten** knots",
        "criteria_url": None,
        "pathway_element_count": 0,
        "description": "Ties knots",
        "alignment": [],
        "tags": [],
        "expires": {"amount": None, "duration": None},
        "issuer": issuer,
        "json": {
            "@context": "https://w3id.org/openbadges/v1",
            "type": "BadgeClass",
            "id": address,
            "name": "Knot Tying",
            "description": "Ties knots",
            "issuer": issuer,
            "image": f"{address}/image",
            "criteria": f"{address}/criteria",
        },
    } | members


def test_a_badge_class_is_created_and_shown_whole(ada, harbor):
    api = Api(ada)

    made = api.post(_path(harbor), KNOTS)

    row = BadgeClass.objects.get()
    assert (made.status, made.body) == (201, _object(row))
    assert api.get(_path(harbor, row)).body == _object(row)
    assert api.get(_path(harbor)).body == [_object(row)]
    assert api.get("/v1/issuer/all-badges").body == [_object(row)]


def test_everything_that_a_badge_class_may_say(ada, harbor):
    made = Api(ada).post(
        _path(harbor),
        KNOTS
        | {
            "criteria_url": "https://harbor.example.org/knots",
            "tags": ["rope", "sea"],
            "alignment": [ALIGNMENT],
            "expires": {"amount": 2, "duration": "years"},
            "issuer": "ignored",
        },
    )

    row = BadgeClass.objects.get()
    assert made.body == _object(
        row,
        criteria_url="https://harbor.example.org/knots",
        tags=["rope", "sea"],
        alignment=[ALIGNMENT],
        expires={"amount": 2, "duration": "years"},
        json=_object(row)["json"] | {"criteria": "https://harbor.example.org/knots"},
    )


@pytest.mark.parametrize(
    ("criteria", "url", "text"),
    [
        ("https://harbor.example.org/knots", "https://harbor.example.org/knots", None),
        ("Tie ten knots", None, "Tie ten knots"),
    ],
)
def test_criteria_are_an_address_or_a_text(ada, harbor, criteria, url, text):
    sent = {name: said for name, said in KNOTS.items() if name != "criteria_text"}

    made = Api(ada).post(_path(harbor), sent | {"criteria": criteria})

    assert (made.status, made.body["criteria_url"], made.body["criteria_text"]) == (201, url, text)


def test_the_oldest_scripts_send_a_form_with_a_file(ada, harbor):
    picture = SimpleUploadedFile("b.png", b64decode(PNG.partition(",")[2]), "image/png")

    made = Api(ada).form(
        _path(harbor),
        {
            "name": "Knot Tying",
            "slug": "chosen-by-the-client",
            "description": "Ties knots",
            "criteria": "https://harbor.example.org/knots",
            "image": picture,
        },
    )

    row = BadgeClass.objects.get()
    assert (made.status, made.body["slug"]) == (201, row.entity_id)
    assert re.fullmatch(r"images/[0-9a-f]{64}\.png", row.image)


@pytest.mark.parametrize(
    ("changes", "refused"),
    [
        ({"name": None}, {"name": ["This field may not be null."]}),
        (
            {"name": "x" * 256},
            {"name": ["Ensure this field has no more than 255 characters."]},
        ),
        ({"description": ""}, {"description": ["This field may not be blank."]}),
        ({"image": None}, {"image": ["This field is required"]}),
        ({"criteria": "Tie"}, {"non_field_errors": [EITHER]}),
        ({"criteria_text": None}, {"non_field_errors": [NEITHER]}),
        ({"criteria_text": None, "criteria": ""}, {"non_field_errors": [NEITHER]}),
        (
            {"alignment": [{"target_name": "Std"}]},
            {"alignment": [{"target_url": ["This field is required."]}]},
        ),
    ],
)
def test_what_is_wrong_is_named(ada, harbor, changes, refused):
    answer = Api(ada).post(_path(harbor), KNOTS | changes)

    assert (answer.status, answer.body) == (400, refused)
    assert BadgeClass.objects.count() == 0


def test_a_change_clears_tags_alignments_and_expiry_that_are_left_out(ada, harbor):
    row = factories.badgeclass(
        harbor,
        image="images/" + "0" * 64 + ".png",
        tags=["rope"],
        alignments=[ALIGNMENT],
        expires_amount=2,
        expires_duration="years",
    )

    changed = Api(ada).put(
        _path(harbor, row),
        {
            "name": "Knots",
            "description": "Ties them",
            "criteria": "Tie twenty",
            "image": "https://badges.example.org/media/as-it-was.png",
        },
    )

    row.refresh_from_db()
    assert (changed.status, changed.body) == (
        200,
        _object(
            row,
            name="Knots",
            description="Ties them",
            criteria_text="Tie twenty",
            json=_object(row)["json"] | {"name": "Knots", "description": "Ties them"},
        ),
    )
    kept = Api(ada).put(
        _path(harbor, row),
        {**KNOTS, "tags": ["sea"], "alignment": [ALIGNMENT], "expires": {}},
    )
    assert (kept.body["tags"], kept.body["alignment"]) == (["sea"], [ALIGNMENT])


def test_a_badge_class_is_removed_unless_an_award_stands(ada, harbor):
    row, other = factories.badgeclass(harbor), factories.badgeclass(harbor)
    factories.assertion(other)

    gone = Api(ada).delete(_path(harbor, row))
    stays = Api(ada).delete(_path(harbor, other))

    assert (gone.status, gone.body) == (204, None)
    assert (stays.status, stays.body) == (
        400,
        ["BadgeClass may only be deleted if all BadgeInstances have been revoked."],
    )
    assert list(BadgeClass.objects.all()) == [other]


def test_pages_lead_to_each_other(ada, harbor):
    names = [factories.badgeclass(harbor).entity_id for _ in range(3)]

    for path in (_path(harbor), "/v1/issuer/all-badges"):
        first = Api(ada).get(path, num=2)
        link = re.fullmatch(
            rf'<{ORIGIN}({path}\?num=2&cursor=\S+)>; rel="next"', first.headers["Link"]
        )
        assert link is not None
        second = Api(ada).get(link[1])
        assert [item["slug"] for item in [*first.body, *second.body]] == names[::-1]
    wrong = Api(ada).get(_path(harbor), num=2, cursor="x")
    assert (wrong.status, wrong.body) == (404, {"detail": "Invalid cursor"})


def test_the_badge_class_has_to_be_of_the_issuer_and_both_may_be_called_by_their_slugs(ada):
    row = factories.badgeclass(factories.issuer(ada, slug="harbor"), slug="knots")
    other = factories.issuer(ada)

    assert Api(ada).get("/v1/issuer/issuers/harbor/badges/knots").body["slug"] == row.entity_id
    for verb, body in [("GET", None), ("PUT", KNOTS), ("DELETE", None)]:
        answer = Api(ada).send(verb, _path(other, row), body)
        assert (answer.status, answer.body) == (404, NOT_FOUND)


def test_who_may_do_what(ada, harbor):
    row = factories.badgeclass(harbor)
    carol, dan, erin = (factories.user(f"{name}@example.org") for name in ("carol", "dan", "erin"))
    IssuerStaff.objects.create(issuer=harbor, user=dan, role="staff")
    IssuerStaff.objects.create(issuer=harbor, user=erin, role="editor")
    reading = [("GET", _path(harbor), None, 200), ("GET", _path(harbor, row), None, 200)]
    writing = [
        ("POST", _path(harbor), KNOTS, 201),
        ("PUT", _path(harbor, row), KNOTS, 200),
        ("DELETE", _path(harbor, row), None, 204),
    ]

    for api, status, said, reads in [
        (Api(), 401, NO_TOKEN, False),
        (Api(carol), 403, FORBIDDEN, False),
        (Api(ada, "rw:backpack"), 403, FORBIDDEN, False),
        (Api(ada, "r:issuer"), 403, FORBIDDEN, True),
        (Api(dan), 403, FORBIDDEN, True),
    ]:
        for verb, path, body, done in reading if reads else ():
            assert api.send(verb, path, body).status == done
        for verb, path, body, _ in writing if reads else [*reading, *writing]:
            answer = api.send(verb, path, body)
            assert (answer.status, answer.body) == (status, said)
    assert Api(carol).get("/v1/issuer/all-badges").body == []
    for verb, path, body, done in [*reading, *writing]:
        assert Api(erin).send(verb, path, body).status == done


@pytest.mark.parametrize("count", [1, 50])
def test_the_queries_of_the_lists_do_not_grow(ada, harbor, count, django_assert_num_queries):
    for _ in range(count):
        factories.badgeclass(harbor, created_at=timezone.now())
    api = Api(ada)

    with django_assert_num_queries(6):
        assert len(api.get(_path(harbor)).body) == count
    with django_assert_num_queries(3):
        assert len(api.get("/v1/issuer/all-badges").body) == count
