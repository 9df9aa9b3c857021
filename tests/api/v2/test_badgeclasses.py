"""/v2/badgeclasses, as a client sees it."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from rosette.models import Assertion, BadgeClass, IssuerStaff
from tests import factories
from tests.api.client import NOT_FOUND, PNG, SVG, Api, bad_request

pytestmark = pytest.mark.django_db

KNOTS = {
    "name": "Knot Tying",
    "description": "Ties knots",
    "image": PNG,
    "criteriaNarrative": "Tie **ten** knots",
}


def _path(issuer):
    return f"/v2/issuers/{issuer.entity_id}/badgeclasses"


def test_a_new_badge_class_is_answered_whole():
    ada = factories.user()
    issuer = factories.issuer(ada)
    alignment = {"targetName": "Std 1", "targetUrl": "https://std.example.org/1"}

    answer = Api(ada).post(
        _path(issuer),
        {
            **KNOTS,
            "criteriaUrl": "https://harbor.example.org/knots",
            "tags": ["rope", "rope", "knots"],
            "alignments": [alignment],
            "expires": {"amount": 2, "duration": "years"},
            "extensions": {"extensions:A": {"type": ["Extension", "extensions:A"], "a": 1}},
        },
    )

    row = BadgeClass.objects.get()
    assert (answer.status, answer.one) == (
        201,
        {
            "entityType": "BadgeClass",
            "entityId": row.entity_id,
            "openBadgeId": f"https://badges.example.org/public/badges/{row.entity_id}",
            "createdAt": row.created_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "createdBy": ada.entity_id,
            "issuer": issuer.entity_id,
            "issuerOpenBadgeId": f"https://badges.example.org/public/issuers/{issuer.entity_id}",
            "name": "Knot Tying",
            "image": f"https://badges.example.org/media/{row.image}",
            "description": "Ties knots",
            "criteriaUrl": "https://harbor.example.org/knots",
            "criteriaNarrative": "Tie **ten** knots",
            "alignments": [
                {
                    **alignment,
                    "targetDescription": None,
                    "targetFramework": None,
                    "targetCode": None,
                }
            ],
            "tags": ["rope", "knots"],
            "expires": {"amount": 2, "duration": "years"},
            "extensions": {"extensions:A": {"type": ["Extension", "extensions:A"], "a": 1}},
            "suspendable": False,
            "archived": False,
        },
    )


def test_the_same_by_form_with_a_file_part_and_list_names():
    """As Open edX sends it (K7), with the spellings of lists and nested objects."""
    ada = factories.user()
    issuer = factories.issuer(ada)
    from base64 import b64decode

    answer = Api(ada).form(
        _path(issuer),
        {
            "name": "Knot Tying",
            "description": "Ties knots",
            "criteriaUrl": "https://harbor.example.org/knots",
            "image": SimpleUploadedFile("knots.png", b64decode(PNG.split(",")[1]), "image/png"),
            "tags": ["rope", "knots"],
            "alignments[0]targetName": "Std 1",
            "alignments[0]targetUrl": "https://std.example.org/1",
            "alignments[1]targetName": "Std 2",
            "alignments[1]targetUrl": "https://std.example.org/2",
            "expires.amount": "3",
            "expires.duration": "months",
        },
    )

    assert answer.status == 201, answer.body
    assert answer.one["tags"] == ["rope", "knots"]
    assert [item["targetName"] for item in answer.one["alignments"]] == ["Std 1", "Std 2"]
    assert answer.one["expires"] == {"amount": 3, "duration": "months"}


def test_svg_is_taken_and_named_by_its_content():
    ada = factories.user()

    answer = Api(ada).post(_path(factories.issuer(ada)), {**KNOTS, "image": SVG})

    assert answer.one["image"].endswith(".svg")


def test_s3_without_any_criteria_a_badge_class_is_refused():
    ada = factories.user()

    answer = Api(ada).post(_path(factories.issuer(ada)), {**KNOTS, "criteriaNarrative": None})

    assert (answer.status, answer.body) == (
        400,
        bad_request(
            general=["One or both of the criteriaNarrative and criteriaUrl fields must be provided"]
        ),
    )


def test_b4_the_names_of_v1_for_criteria_mean_the_same():
    ada = factories.user()
    body = {"name": "K", "description": "D", "image": PNG}

    answer = Api(ada).post(
        _path(factories.issuer(ada)),
        {**body, "criteria_text": "Tie", "criteria_url": "https://harbor.example.org/k"},
    )

    assert (answer.one["criteriaNarrative"], answer.one["criteriaUrl"]) == (
        "Tie",
        "https://harbor.example.org/k",
    )


def test_e1_a_null_image_is_refused_and_nothing_is_stored():
    ada = factories.user()
    issuer = factories.issuer(ada)

    for image in ({"image": None}, {}, {"image": "https://elsewhere.example.org/i.png"}):
        body = {name: value for name, value in KNOTS.items() if name != "image"} | image
        answer = Api(ada).post(_path(issuer), body)
        assert (answer.status, answer.body) == (
            400,
            bad_request({"image": ["Valid image file or data URI required."]}),
        )
    assert list(BadgeClass.objects.all()) == []


def test_every_wrong_field_is_named_at_once():
    ada = factories.user()

    answer = Api(ada).post(
        _path(factories.issuer(ada)),
        {
            "name": "x" * 1025,
            "description": "",
            "image": PNG,
            "criteriaNarrative": "![spy](https://spy.example.org/x.png)",
            "criteriaUrl": "nowhere",
            "tags": "rope",
            "alignments": [
                {"targetName": "A", "targetUrl": "https://std.example.org/1"},
                {"targetName": "B"},
            ],
            "expires": {"amount": -1, "duration": "eons"},
            "extensions": {"recipient": {}},
        },
    )

    assert (answer.status, answer.body) == (
        400,
        bad_request(
            {
                "name": ["Ensure this field has no more than 1024 characters."],
                "description": ["This field may not be blank."],
                "criteriaNarrative": ["Images not supported in markdown"],
                "criteriaUrl": ["Enter a valid URL."],
                "tags": ['Expected a list of items but got type "str".'],
                "alignments": [{}, {"targetUrl": ["This field is required."]}],
                "expires": {
                    "amount": ["Must be a positive integer"],
                    "duration": ['"eons" is not a valid choice.'],
                },
                "extensions": ["Invalid OpenBadges Extension"],
            }
        ),
    )


def test_null_is_refused_where_a_list_is_wanted():
    ada = factories.user()
    knots = factories.badgeclass(factories.issuer(ada))

    answer = Api(ada).put(f"/v2/badgeclasses/{knots.entity_id}", {"tags": None, "alignments": None})

    null = ["This field may not be null."]
    assert (answer.status, answer.body) == (400, bad_request({"tags": null, "alignments": null}))


@pytest.mark.parametrize("amount", ["9" * 6000, 100_001, 0, True, "½"])
def test_an_amount_out_of_bounds_is_refused_in_the_words_of_the_wire(amount):
    ada = factories.user()
    knots = factories.badgeclass(factories.issuer(ada))

    answer = Api(ada).put(
        f"/v2/badgeclasses/{knots.entity_id}", {"expires": {"amount": amount, "duration": "days"}}
    )

    assert (answer.status, answer.body) == (
        400,
        bad_request({"expires": {"amount": ["Must be a positive integer"]}}),
    )


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (
            "iVBORw0KGgo=",
            "The submitted data was not a file. Check the encoding type on the form.",
        ),
        (
            "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7",
            "Invalid PNG",
        ),
    ],
)
def test_what_is_no_png_or_svg_is_refused_beside_the_field(image, message):
    ada = factories.user()

    answer = Api(ada).post(_path(factories.issuer(ada)), {**KNOTS, "image": image})

    assert (answer.status, answer.body) == (400, bad_request({"image": [message]}))


def test_w17_the_issuer_of_the_body_does_not_override_the_path():
    ada = factories.user()
    here, there = factories.issuer(ada), factories.issuer(ada, name="Other")

    answer = Api(ada).post(_path(here), {**KNOTS, "issuer": there.entity_id})

    assert answer.status == 400
    assert list(BadgeClass.objects.all()) == []
    assert Api(ada).post(_path(here), {**KNOTS, "issuer": here.entity_id}).status == 201


def test_the_issuer_may_be_named_in_the_body():
    ada = factories.user()
    issuer = factories.issuer(ada)
    api = Api(ada)

    assert api.post("/v2/badgeclasses", {**KNOTS, "issuer": issuer.entity_id}).status == 201
    assert api.post("/v2/badgeclasses", KNOTS).body == bad_request(
        {"issuer": ["This field is required"]}
    )
    assert api.post("/v2/badgeclasses", {**KNOTS, "issuer": "x"}).body == bad_request(
        {"issuer": ['Invalid entity_id "x" - object does not exist.']}
    )


def test_w18_a_token_for_one_issuer_creates_and_edits_there_and_nowhere_else():
    issuer, other = factories.issuer(), factories.issuer(name="Other")
    api = Api(factories.user("robot@example.org"), f"rw:issuer:{issuer.entity_id}")

    made = api.post(_path(issuer), KNOTS)

    assert made.status == 201
    assert api.put(f"/v2/badgeclasses/{made.one['entityId']}", {"name": "New"}).status == 200
    assert api.post(_path(other), KNOTS).status == 404
    assert api.get("/v2/badgeclasses").status == 404


def test_put_leaves_absent_fields_alone_and_null_clears():
    """B10: a body with three fields takes nothing else away; explicit nulls do."""
    ada = factories.user()
    api = Api(ada)
    made = api.post(
        _path(factories.issuer(ada)),
        {
            **KNOTS,
            "criteriaUrl": "https://harbor.example.org/knots",
            "tags": ["rope"],
            "expires": {"amount": 1, "duration": "years"},
        },
    ).one
    path = f"/v2/badgeclasses/{made['entityId']}"

    assert api.put(path, {"name": "K", "description": "D"}).one == {
        **made,
        "name": "K",
        "description": "D",
    }
    cleared = api.put(path, {"criteriaUrl": None, "tags": [], "expires": None}).one
    assert (cleared["criteriaUrl"], cleared["tags"], cleared["expires"]) == (
        None,
        [],
        {"amount": None, "duration": None},
    )
    assert api.put(path, {"criteriaNarrative": None}).status == 400


def test_k5_what_was_read_can_be_sent_back():
    ada = factories.user()
    api = Api(ada)
    made = api.post(_path(factories.issuer(ada)), KNOTS).one

    assert api.put(f"/v2/badgeclasses/{made['entityId']}", made).one == made


def test_staff_reads_and_an_editor_writes():
    issuer = factories.issuer()
    badgeclass = factories.badgeclass(issuer)
    bob = factories.user("bob@example.org")
    row = IssuerStaff.objects.create(issuer=issuer, user=bob, role="staff")
    path = f"/v2/badgeclasses/{badgeclass.entity_id}"

    assert Api(bob).get(path).status == 200
    assert Api(bob).put(path, {"name": "New"}).body == NOT_FOUND
    assert Api(bob).delete(path).body == NOT_FOUND
    assert Api(bob).post(_path(issuer), KNOTS).body == NOT_FOUND
    IssuerStaff.objects.filter(pk=row.pk).update(role="editor")
    assert Api(bob).put(path, {"name": "New"}).status == 200
    assert Api(bob).delete(path).status == 204


def test_a_stranger_finds_nothing():
    badgeclass = factories.badgeclass()
    api = Api(factories.user("carol@example.org"))

    assert api.get(f"/v2/badgeclasses/{badgeclass.entity_id}").body == NOT_FOUND
    assert api.get(f"/v2/issuers/{badgeclass.issuer.entity_id}/badgeclasses").body == NOT_FOUND
    assert api.get("/v2/badgeclasses").result == []


def test_b14_nonsense_names_are_a_clean_404():
    assert Api(factories.user()).get("/v2/badgeclasses/None").body == NOT_FOUND


def test_b17_whoever_holds_the_badge_may_read_its_class_and_issuer():
    award = factories.assertion(to="bob@example.org")
    bob = factories.user("bob@example.org")
    badgeclass = f"/v2/badgeclasses/{award.badgeclass.entity_id}"
    issuer = f"/v2/issuers/{award.issuer.entity_id}"

    assert Api(bob).get(badgeclass).one["name"] == "Knot Tying"
    assert Api(bob).get(issuer).one["name"] == "Harbor Learning"
    assert "staff" not in Api(bob).get(issuer).one  # whose addresses are none of Bob's business
    assert Api(bob, "r:profile").get(badgeclass).status == 404
    assert Api(factories.user("carol@example.org")).get(badgeclass).status == 404


def test_a_badge_class_with_a_valid_award_stays():
    ada = factories.user()
    award = factories.assertion(factories.badgeclass(factories.issuer(ada)))
    message = "BadgeClass may only be deleted if all BadgeInstances have been revoked."

    answer = Api(ada).delete(f"/v2/badgeclasses/{award.badgeclass.entity_id}")

    assert (answer.status, answer.body) == (
        400,
        bad_request(general=[message], description=message),
    )


def test_w8_revoked_and_expired_awards_outlive_their_badge_class():
    ada = factories.user()
    badgeclass = factories.badgeclass(factories.issuer(ada))
    now = timezone.now()
    factories.assertion(badgeclass, revoked_at=now, revocation_reason="Error")
    factories.assertion(badgeclass, expires_on=now - timedelta(days=1))
    api = Api(ada)

    assert api.delete(f"/v2/badgeclasses/{badgeclass.entity_id}").status == 204

    assert Assertion.objects.count() == 2
    assert api.get(f"/v2/badgeclasses/{badgeclass.entity_id}").body == NOT_FOUND
    assert api.get("/v2/badgeclasses").result == []


def test_pages_have_links_that_lead_through_the_list_and_back():
    ada = factories.user()
    issuer = factories.issuer(ada)
    names = [factories.badgeclass(issuer).entity_id for _ in range(5)]
    newest_first = names[::-1]
    api = Api(ada)

    first = api.get("/v2/badgeclasses", num="2", keep="this")
    second = api.get(_link(first, "next"))
    third = api.get(_link(second, "next"))
    back = api.get(_link(second, "prev"))

    assert [item["entityId"] for item in first.result] == newest_first[:2]
    assert [item["entityId"] for item in second.result] == newest_first[2:4]
    assert [item["entityId"] for item in third.result] == newest_first[4:]
    assert [item["entityId"] for item in back.result] == newest_first[:2]
    assert 'rel="prev"' not in first.headers["Link"]
    assert 'rel="next"' not in third.headers["Link"]
    assert "keep=this" in _link(first, "next")
    assert first.headers["Link"].startswith("<https://badges.example.org/v2/badgeclasses?")
    assert "Link" not in api.get("/v2/badgeclasses", num="5").headers
    assert "Link" not in api.get("/v2/badgeclasses").headers


def test_an_invalid_cursor_is_404_and_says_so():
    answer = Api(factories.user()).get("/v2/badgeclasses", num="2", cursor="nonsense")

    assert (answer.status, answer.body) == (
        404,
        bad_request(general=["Invalid cursor"], description="miscellaneous error"),
    )


def test_the_feed_tells_what_has_changed_since():
    ada = factories.user()
    issuer = factories.issuer(ada)
    minute_ago = timezone.now() - timedelta(minutes=1)
    names = [factories.badgeclass(issuer, updated_at=minute_ago).entity_id for _ in range(3)]
    factories.badgeclass(factories.issuer(factories.user("carol@example.org")))
    api = Api(ada)

    first = api.get("/v2/badgeclasses/changed", num="2")
    rest = api.get(
        first.body["pagination"]["nextResults"].removeprefix("https://badges.example.org")
    )
    later = api.get("/v2/badgeclasses/changed", since=first.body["timestamp"])

    assert [item["entityId"] for item in first.result] == names[:2]
    assert first.body["pagination"]["hasNext"] is True
    assert first.body["pagination"]["hasPrevious"] is False
    assert [item["entityId"] for item in rest.result] == names[2:]
    assert rest.body["pagination"]["hasNext"] is False
    assert rest.body["timestamp"] == first.body["timestamp"]
    assert later.result == []
    api.put(f"/v2/badgeclasses/{names[0]}", {"name": "New"})
    later = api.get("/v2/badgeclasses/changed", since=first.body["timestamp"])
    assert [item["name"] for item in later.result] == ["New"]


def test_a_feed_refuses_what_is_no_moment():
    answer = Api(factories.user()).get("/v2/badgeclasses/changed", since="yesterday")

    assert (answer.status, answer.body) == (
        400,
        bad_request({"since": ["must be ISO-8601 format with time zone"]}),
    )


def _link(answer, name):
    for part in answer.headers["Link"].split(", "):
        address, _, relation = part.partition("; ")
        if relation == f'rel="{name}"':
            return address[1:-1].removeprefix("https://badges.example.org")
    raise AssertionError(f"no {name} in {answer.headers['Link']}")
