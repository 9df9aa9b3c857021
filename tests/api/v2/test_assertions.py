"""/v2/assertions, as a client sees it."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from rosette.models import Assertion, IssuerStaff, Notice
from rosette.models.base import rows
from rosette.openbadges.recipient import hashed
from tests import factories
from tests.api.client import NOT_FOUND, Api, bad_request

pytestmark = pytest.mark.django_db

BOB = {"recipient": {"identity": "bob@example.org"}}
AWARDED_BEFORE = "A previous award of this badge already exists for this recipient."


def _path(badgeclass):
    return f"/v2/badgeclasses/{badgeclass.entity_id}/assertions"


def _batch(badgeclass):
    return f"/v2/badgeclasses/{badgeclass.entity_id}/issue"


@pytest.fixture
def ada():
    return factories.user()


@pytest.fixture
def knots(ada):
    return factories.badgeclass(factories.issuer(ada))


def test_an_award_is_answered_whole_with_a_hashed_recipient(ada, knots):
    answer = Api(ada).post(
        _path(knots),
        {
            "recipient": {"identity": "Bob@Example.ORG", "type": "email"},
            "narrative": "did **it**",
            "evidence": [
                {"url": "https://e.example.org/1", "narrative": "one"},
                {"id": "https://e.example.org/2"},
                {"narrative": "three"},
                {"url": None},
            ],
            "issuedOn": "2018-11-26 13:45:00Z",
            "expires": "2030-01-01T00:00:00+02:00",
            "notify": False,
            "extensions": {"extensions:A": {"type": ["Extension"], "z": 1, "a": [2]}},
        },
    )

    row = Assertion.objects.get()
    name = row.entity_id
    assert re.fullmatch(r"[A-Za-z0-9_-]{22}", name)
    assert re.fullmatch(r"[0-9a-f]{32}", row.salt)
    assert (answer.status, answer.one) == (
        201,
        {
            "entityType": "Assertion",
            "entityId": name,
            "openBadgeId": f"https://badges.example.org/public/assertions/{name}",
            "createdAt": row.created_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "createdBy": ada.entity_id,
            "badgeclass": knots.entity_id,
            "badgeclassOpenBadgeId": f"https://badges.example.org/public/badges/{knots.entity_id}",
            "issuer": knots.issuer.entity_id,
            "issuerOpenBadgeId": (
                f"https://badges.example.org/public/issuers/{knots.issuer.entity_id}"
            ),
            "image": f"https://badges.example.org/public/assertions/{name}/image",
            "recipient": {
                "identity": hashed("bob@example.org", row.salt),
                "hashed": True,
                "type": "email",
                "plaintextIdentity": "bob@example.org",
                "salt": row.salt,
            },
            "issuedOn": "2018-11-26T13:45:00Z",
            "narrative": "did **it**",
            "evidence": [
                {
                    "url": "https://e.example.org/1",
                    "id": "https://e.example.org/1",
                    "narrative": "one",
                },
                {
                    "url": "https://e.example.org/2",
                    "id": "https://e.example.org/2",
                    "narrative": None,
                },
                {"url": None, "id": None, "narrative": "three"},
            ],
            "revoked": False,
            "revocationReason": None,
            "acceptance": "Unaccepted",
            "expires": "2029-12-31T22:00:00Z",
            "extensions": {"extensions:A": {"type": ["Extension"], "z": 1, "a": [2]}},
            "notification": "queued",
        },
    )


def test_what_the_award_answers_is_what_reading_gives(ada, knots):
    api = Api(ada)
    made = api.post(_path(knots), {**BOB, "evidence": [{"narrative": "n"}]}).one

    assert api.get(f"/v2/assertions/{made['entityId']}").one == made


@pytest.mark.parametrize(
    ("recipient", "shown"),
    [
        (
            {"identity": "https://Bob.Example.org/Me", "type": "url"},
            {"identity": "https://bob.example.org/Me", "hashed": False, "type": "url"},
        ),
        (
            {"identity": "https://bob.example.org/id", "type": "openBadgeId"},
            {"identity": "https://bob.example.org/id", "hashed": False, "type": "openBadgeId"},
        ),
        (
            {"identity": "bob@example.org", "hashed": False},
            {"identity": "bob@example.org", "hashed": False, "type": "email"},
        ),
    ],
)
def test_recipients_that_are_shown_in_the_clear_have_no_salt(ada, knots, recipient, shown):
    answer = Api(ada).post(_path(knots), {"recipient": recipient})

    assert answer.one["recipient"] == {**shown, "plaintextIdentity": shown["identity"]}


def test_a_telephone_number_is_hashed_as_it_is(ada, knots):
    answer = Api(ada).post(
        _path(knots), {"recipient": {"identity": "+15415550100", "type": "telephone"}}
    )

    recipient = answer.one["recipient"]
    assert recipient["identity"] == hashed("+15415550100", recipient["salt"])


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, {"recipient": ["This field is required"]}),
        ({"recipient": {}}, {"recipient": {"identity": ["This field is required."]}}),
        (
            {"recipient": "bob"},
            {
                "recipient": {
                    "non_field_errors": ["Invalid data. Expected a dictionary, but got str."]
                }
            },
        ),
        (
            {"recipient": {"identity": "bob"}},
            {"recipient": {"non_field_errors": ["Enter a valid email address."]}},
        ),
        (
            {"recipient": {"identity": "bob", "type": "url"}},
            {"recipient": {"non_field_errors": ["Enter a valid URL."]}},
        ),
        (
            {"recipient": {"identity": "bob", "type": "telephone"}},
            {"recipient": {"non_field_errors": ["Telephone number does not conform to E.164"]}},
        ),
        (
            {"recipient": {"identity": "bob", "type": "foo"}},
            {"recipient": {"type": ['"foo" is not a valid choice.']}},
        ),
        (
            {**BOB, "evidence": [{}]},
            {"evidence": [{"non_field_errors": ["Either url or narrative is required"]}]},
        ),
        (
            {**BOB, "evidence": "x"},
            {"evidence": {"non_field_errors": ['Expected a list of items but got type "str".']}},
        ),
        (
            {**BOB, "evidence": [{"url": "https://a.example.org", "id": "https://b.example.org"}]},
            {"evidence": [{"non_field_errors": ["url and id mean the same and must not differ"]}]},
        ),
        ({**BOB, "narrative": "![x](y)"}, {"narrative": ["Images not supported in markdown"]}),
        ({**BOB, "issuedOn": None}, {"issuedOn": ["This field may not be null."]}),
        (
            {**BOB, "issuedOn": "2018-11-26"},
            {
                "issuedOn": [
                    "Datetime has wrong format. Use one of these formats instead: "
                    "YYYY-MM-DDThh:mm[:ss[.uuuuuu]][+HH:MM|-HH:MM|Z]."
                ]
            },
        ),
        (
            {**BOB, "issuedOn": "2118-11-26T00:00:00Z"},
            {"issuedOn": ["Only issuedOn dates in the past are acceptable."]},
        ),
        (
            {**BOB, "issuedOn": "1500-01-01T00:00:00Z"},
            {
                "issuedOn": [
                    "Only issuedOn dates after the introduction of the Gregorian calendar are "
                    "allowed."
                ]
            },
        ),
        ({**BOB, "notify": "perhaps"}, {"notify": ["Must be a valid boolean."]}),
        ({"recipient": None}, {"recipient": ["This field may not be null."]}),
        (
            {"recipient": {"identity": " "}},
            {"recipient": {"identity": ["This field may not be blank."]}},
        ),
    ],
)
def test_wrong_awards_get_the_words_of_the_wire_and_leave_nothing(ada, knots, body, fields):
    answer = Api(ada).post(_path(knots), body)

    assert (answer.status, answer.body) == (400, bad_request(fields))
    assert list(Assertion.objects.all()) == []


def test_b2_nulls_for_what_may_be_empty_are_accepted(ada, knots):
    answer = Api(ada).post(
        _path(knots), {**BOB, "narrative": None, "expires": None, "evidence": []}
    )

    assert (answer.status, answer.one["narrative"], answer.one["evidence"]) == (201, None, [])


def test_w22_evidence_that_was_read_can_be_sent_back(ada, knots):
    api = Api(ada)
    made = api.post(_path(knots), {**BOB, "evidence": [{"narrative": "n"}]}).one

    assert api.put(f"/v2/assertions/{made['entityId']}", made).one["evidence"] == made["evidence"]


def test_by_form_with_dots_and_positions(ada, knots):
    answer = Api(ada).form(
        _path(knots),
        {
            "recipient.identity": "bob@example.org",
            "recipient.type": "email",
            "evidence[0]url": "https://e.example.org/1",
            "notify": "off",
        },
    )

    assert answer.status == 201, answer.body
    assert answer.one["evidence"][0]["url"] == "https://e.example.org/1"


def test_a_form_clears_by_empty_values_what_may_be_empty(ada, knots):
    award = Api(ada).post(
        _path(knots), {**BOB, "narrative": "n", "expires": "2030-01-01T00:00:00Z"}
    )

    answer = Client().put(
        f"/v2/assertions/{award.one['entityId']}",
        "narrative=&expires=&issuedOn=",
        content_type="application/x-www-form-urlencoded",
        headers=factories.bearer(ada),
    )

    assert (answer.status_code, answer.json()["result"]) == (
        200,
        [{**award.one, "narrative": None, "expires": None}],
    )


def test_a_batch_by_form_says_of_each_award_what_a_single_one_says(ada, knots):
    answer = Api(ada).form(
        _batch(knots),
        {
            "assertions[0]recipient.identity": "bob@example.org",
            "assertions[0]evidence[0]url": "https://e.example.org/1",
            "assertions[0]evidence[1]narrative": "two",
            "assertions[1]recipient.identity": "https://carol.example.org",
            "assertions[1]recipient.type": "url",
        },
    )

    assert answer.status == 201, answer.body
    assert [
        (item["recipient"]["plaintextIdentity"], [piece["url"] for piece in item["evidence"]])
        for item in answer.result
    ] == [
        ("bob@example.org", ["https://e.example.org/1", None]),
        ("https://carol.example.org", []),
    ]


def test_names_of_a_form_that_are_nested_without_end_mean_nothing(ada, knots):
    answer = Client().post(
        _path(knots),
        "a[0]" * 2000 + "x=1",
        content_type="application/x-www-form-urlencoded",
        headers=factories.bearer(ada),
    )

    assert (answer.status_code, answer.json()) == (
        400,
        bad_request({"recipient": ["This field is required"]}),
    )


@pytest.mark.parametrize("expires", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z"])
def test_the_first_and_the_last_moment_of_the_calendar_can_be_read_again(ada, knots, expires):
    api = Api(ada)

    award = api.post(_path(knots), {**BOB, "expires": expires}).one

    assert award["expires"] == expires
    assert api.get(f"/v2/assertions/{award['entityId']}").one == award
    assert api.get(_path(knots), include_expired="1").result == [award]
    assert api.get("/v2/assertions/changed").result == [award]


def test_w5_a_duplicate_is_seen_whatever_its_letter_case(ada, knots):
    api = Api(ada)
    api.post(_path(knots), BOB)

    answer = api.post(
        _path(knots), {"recipient": {"identity": "BOB@example.org"}, "allowDuplicateAwards": False}
    )

    assert (answer.status, answer.body) == (400, bad_request(general=[AWARDED_BEFORE]))
    assert api.post(_path(knots), BOB).status == 201


def test_w5_duplicates_within_one_batch_are_refused_by_position(ada, knots):
    strict = {**BOB, "allowDuplicateAwards": False}

    answer = Api(ada).post(_batch(knots), {"assertions": [strict, strict]})

    assert (answer.status, answer.body) == (
        400,
        bad_request([{}, {"non_field_errors": [AWARDED_BEFORE]}]),
    )
    assert list(Assertion.objects.all()) == []


@pytest.mark.parametrize("ended", ["revoked_at", "expires_on"])
def test_an_award_that_is_over_is_no_hindrance(ada, knots, ended):
    factories.assertion(knots, **{ended: timezone.now() - timedelta(days=1)})

    assert Api(ada).post(_path(knots), {**BOB, "allowDuplicateAwards": False}).status == 201


def test_the_first_award_to_an_address_is_announced_and_later_ones_if_wished(ada, knots):
    api = Api(ada)

    first = api.post(_path(knots), BOB).one
    second = api.post(_path(knots), BOB).one
    third = api.post(_path(knots), {**BOB, "notify": True}).one

    assert [item["notification"] for item in (first, second, third)] == ["queued", None, "queued"]
    assert list(Notice.objects.order_by("id").values_list("assertion__entity_id", "to")) == [
        (first["entityId"], "bob@example.org"),
        (third["entityId"], "bob@example.org"),
    ]


def test_recipients_without_an_address_get_no_mail(ada, knots):
    answer = Api(ada).post(
        _path(knots),
        {"recipient": {"identity": "https://bob.example.org", "type": "url"}, "notify": True},
    )

    assert answer.one["notification"] is None


def test_staff_awards_and_an_editor_changes_and_revokes(knots):
    bob = factories.user("bob@example.org")
    row = IssuerStaff.objects.create(issuer=knots.issuer, user=bob, role="staff")
    made = Api(bob).post(_path(knots), BOB)
    path = f"/v2/assertions/{made.one['entityId']}"

    assert made.status == 201
    assert Api(bob).get(path).status == 200
    assert Api(bob).put(path, {"narrative": "n"}).body == NOT_FOUND
    assert Api(bob).delete(path, {"revocation_reason": "r"}).body == NOT_FOUND
    IssuerStaff.objects.filter(pk=row.pk).update(role="editor")
    assert Api(bob).put(path, {"narrative": "n"}).one["narrative"] == "n"
    assert Api(bob).delete(path, {"revocation_reason": "r"}).one["revoked"] is True


def test_a_stranger_awards_nothing_and_learns_nothing(knots):
    carol = factories.user("carol@example.org")

    for answer in (
        Api(carol).post(_path(knots), BOB),
        Api(carol).post(_path(knots), {"recipient": 1}),
        Api(carol).post(_batch(knots), {}),
        Api(carol).get(_path(knots)),
        Api(carol).get(f"/v2/issuers/{knots.issuer.entity_id}/assertions"),
        Api(carol).get(f"/v2/assertions/{factories.assertion(knots).entity_id}"),
    ):
        assert (answer.status, answer.body) == (404, NOT_FOUND)
    assert Notice.objects.count() == 0


def test_an_award_is_changed_where_something_is_sent(ada, knots):
    api = Api(ada)
    made = api.post(
        _path(knots),
        {
            **BOB,
            "narrative": "n",
            "expires": "2030-01-01T00:00:00Z",
            "evidence": [{"narrative": "e"}],
        },
    ).one
    path = f"/v2/assertions/{made['entityId']}"

    assert api.put(path, {}).one == made
    changed = api.put(path, {"narrative": None, "expires": None, "evidence": None}).one

    assert changed == {**made, "narrative": None, "expires": None, "evidence": []}


def test_w6_a_changed_recipient_is_kept_as_an_awarded_one(ada, knots):
    api = Api(ada)
    made = api.post(_path(knots), BOB).one

    answer = api.put(
        f"/v2/assertions/{made['entityId']}", {"recipient": {"identity": "Carol@Example.org"}}
    )

    salt = made["recipient"]["salt"]
    assert answer.one["recipient"] == {
        "identity": hashed("carol@example.org", salt),
        "hashed": True,
        "type": "email",
        "plaintextIdentity": "carol@example.org",
        "salt": salt,
    }


def test_e12_a_revoked_award_cannot_be_changed(ada, knots):
    api = Api(ada)
    made = api.post(_path(knots), BOB).one
    path = f"/v2/assertions/{made['entityId']}"
    api.delete(path, {"revocation_reason": "r"})

    answer = api.put(path, {"narrative": "n"})

    assert (answer.status, answer.body) == (
        400,
        bad_request(general=["A revoked assertion cannot be changed."]),
    )


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"revocation_reason": "Issued in error"}, "Issued in error"),
        ({"revocationReason": "Issued in error"}, "Issued in error"),
        (None, "Revoked by the issuer"),
    ],
)
def test_k17_an_award_is_revoked_with_a_reason_or_without_a_body(ada, knots, body, reason):
    api = Api(ada)
    made = api.post(_path(knots), BOB).one

    answer = api.delete(f"/v2/assertions/{made['entityId']}", body)

    assert (answer.status, answer.one) == (
        200,
        {**made, "revoked": True, "revocationReason": reason, "image": None},
    )


@pytest.mark.parametrize("body", [{}, {"revocation_reason": ""}, {"revocation_reason": None}])
def test_a_body_without_a_reason_revokes_nothing(ada, knots, body):
    award = factories.assertion(knots)

    answer = Api(ada).delete(f"/v2/assertions/{award.entity_id}", body)

    assert (answer.status, answer.body) == (
        400,
        bad_request({"revocation_reason": ["This field is required"]}),
    )


def test_an_award_is_revoked_once(ada, knots):
    award = factories.assertion(knots, revoked_at=timezone.now())

    answer = Api(ada).delete(f"/v2/assertions/{award.entity_id}", {"revocation_reason": "r"})

    assert (answer.status, answer.body) == (
        400,
        bad_request(general=["Assertion is already revoked"]),
    )


def test_k16_a_batch_of_revocations_answers_item_by_item(ada, knots):
    good, again = factories.assertion(knots), factories.assertion(knots, revoked_at=timezone.now())
    foreign = factories.assertion(
        factories.badgeclass(factories.issuer(factories.user("carol@example.org")))
    )

    answer = Api(ada).post(
        "/v2/assertions/revoke",
        [
            {"entityId": good.entity_id, "revocationReason": "r"},
            {"entityId": again.entity_id, "revocationReason": "r"},
            {"entityId": foreign.entity_id, "revocationReason": "r"},
            {"entityId": good.entity_id},
            {"entityId": good.entity_id, "revocationReason": ""},
            {"revocationReason": "r"},
        ],
    )

    assert (answer.status, answer.body) == (
        200,
        {
            "status": {"success": True, "description": "revoked badges"},
            "result": [
                {"revoked": True, "entityId": good.entity_id, "revocationReason": "r"},
                {
                    "revoked": False,
                    "entityId": again.entity_id,
                    "revocationReason": "r",
                    "reason": "['Assertion is already revoked']",
                },
                {
                    "revoked": False,
                    "entityId": foreign.entity_id,
                    "revocationReason": "r",
                    "reason": "permission denied or object not found",
                },
                {
                    "revoked": False,
                    "entityId": good.entity_id,
                    "revocationReason": None,
                    "reason": "revocationReason is required",
                },
                {
                    "revoked": False,
                    "entityId": good.entity_id,
                    "revocationReason": "",
                    "reason": "['revocation_reason is required']",
                },
                {
                    "revoked": False,
                    "entityId": None,
                    "revocationReason": "r",
                    "reason": "entityId is required",
                },
            ],
        },
    )


@pytest.mark.parametrize("body", [{}, {"entityId": "x"}, "x"])
def test_e3_a_revocation_that_is_no_list_is_a_bad_request(ada, body):
    assert Api(ada).post("/v2/assertions/revoke", body).status == 400


def test_b7_a_batch_is_awarded_in_its_order_in_both_shapes(ada, knots):
    people = [{"recipient": {"identity": f"p{n}@example.org"}} for n in range(3)]

    for body in ({"assertions": people, "create_notification": False}, people):
        answer = Api(ada).post(_batch(knots), body)
        assert answer.status == 201
        assert [item["recipient"]["plaintextIdentity"] for item in answer.result] == [
            "p0@example.org",
            "p1@example.org",
            "p2@example.org",
        ]
    assert Assertion.objects.count() == 6
    assert Api(ada).post(_batch(knots), {"assertions": []}).body["result"] == []


def test_what_the_batch_answers_is_what_reading_gives(ada, knots):
    api = Api(ada)
    made = api.post(
        _batch(knots), [BOB, {"recipient": {"identity": "x@example.org"}, "narrative": "n"}]
    ).result

    assert [api.get(f"/v2/assertions/{item['entityId']}").one for item in made] == made


def test_the_rows_of_a_batch_and_single_awards_get_different_numbers(ada, knots):
    api = Api(ada)
    for body in (BOB, [BOB, BOB], BOB, [BOB, BOB, BOB]):
        path = _batch(knots) if isinstance(body, list) else _path(knots)
        assert api.post(path, body).status == 201

    assert Assertion.objects.count() == 7


def test_w4_create_notification_announces_every_award_of_a_batch(ada, knots):
    factories.assertion(knots, "p1@example.org")
    people = [{"recipient": {"identity": f"p{n}@example.org"}} for n in range(2)]
    quiet = {"recipient": {"identity": "p1@example.org"}, "notify": False}

    answer = Api(ada).post(
        _batch(knots), {"assertions": [*people, quiet], "create_notification": True}
    )

    assert [item["notification"] for item in answer.result] == ["queued", "queued", None]


def test_a_batch_with_errors_awards_nothing_and_names_them_by_position(ada, knots):
    answer = Api(ada).post(
        _batch(knots),
        {"assertions": [BOB, {"recipient": {"identity": "x"}}, {}, 7, {**BOB, "badgeclass": "x"}]},
    )

    assert (answer.status, answer.body) == (
        400,
        bad_request(
            [
                {},
                {"recipient": {"non_field_errors": ["Enter a valid email address."]}},
                {"recipient": ["This field is required"]},
                {"non_field_errors": ["Invalid data. Expected a dictionary, but got int."]},
                {
                    "non_field_errors": [
                        "Multiple badge class identifiers. Exactly one of the following badge "
                        "class identifiers are allowed: badgeclass, badgeclassName, or "
                        "badgeclassOpenBadgeId"
                    ]
                },
            ]
        ),
    )
    assert list(Assertion.objects.all()) == []


def test_e3_a_batch_without_assertions_is_a_bad_request(ada, knots):
    answer = Api(ada).post(_batch(knots), {})

    assert (answer.status, answer.body) == (
        400,
        bad_request({"assertions": ["This field is required."]}),
    )


def test_a_batch_has_a_limit_and_says_so(ada, knots, settings):
    settings.ROSETTE = settings.ROSETTE.model_copy(update={"batch_max_awards": 2})

    answer = Api(ada).post(_batch(knots), [BOB] * 3)

    assert (answer.status, answer.body) == (
        400,
        bad_request(general=["No more than 2 awards can be made in one call."]),
    )


def test_an_award_of_an_issuer_names_its_badge_class_in_one_of_three_ways(ada, knots):
    path = f"/v2/issuers/{knots.issuer.entity_id}/assertions"
    api = Api(ada)

    for choice in (
        {"badgeclass": knots.entity_id},
        {"badgeclassOpenBadgeId": f"https://badges.example.org/public/badges/{knots.entity_id}"},
        {"badgeclassName": "Knot Tying"},
    ):
        answer = api.post(path, {**BOB, **choice})
        assert (answer.status, answer.one["badgeclass"]) == (201, knots.entity_id)


def test_a_badge_class_that_cannot_be_chosen_is_explained(ada, knots):
    path = f"/v2/issuers/{knots.issuer.entity_id}/assertions"
    foreign = factories.badgeclass(factories.issuer(ada, name="Other"))
    factories.badgeclass(knots.issuer, name="Twin")
    factories.badgeclass(knots.issuer, name="Twin")
    api = Api(ada)

    def said(**choice):
        answer = api.post(path, {**BOB, **choice})
        assert answer.status == 400
        return answer.body["fieldErrors"] or answer.body["validationErrors"]

    assert said() == {"badgeclass": ["This field is required"]}
    assert said(badgeclass="x") == {
        "badgeclass": ['Invalid entity_id "x" - object does not exist.']
    }
    assert said(badgeclassOpenBadgeId="x") == {
        "badgeclassOpenBadgeId": ["Invalid hyperlink - Object does not exist."]
    }
    assert said(badgeclass=foreign.entity_id) == {
        "badgeclass": ["Could not find matching badgeclass for this issuer."]
    }
    assert said(badgeclassName="x") == ["No matching BadgeClass found with name x"]
    assert said(badgeclassName="Twin") == ["Could not award; 2 BadgeClasses with name Twin"]
    assert said(badgeclass=knots.entity_id, badgeclassName="x")[0].startswith("Multiple badge")


def test_lists_leave_out_what_is_over_unless_asked(ada, knots):
    now = timezone.now()
    live = factories.assertion(knots)
    expired = factories.assertion(knots, expires_on=now - timedelta(days=1))
    revoked = factories.assertion(knots, revoked_at=now)
    api = Api(ada)

    for path in (_path(knots), f"/v2/issuers/{knots.issuer.entity_id}/assertions"):
        assert _names(api.get(path)) == [live.entity_id]
        assert _names(api.get(path, include_expired="1")) == [live.entity_id, expired.entity_id]
        assert _names(api.get(path, include_revoked="True")) == [live.entity_id, revoked.entity_id]


def test_b15_lists_are_filtered_by_recipients_whatever_their_letter_case(ada, knots):
    bob = factories.assertion(knots, "bob+x@example.org")
    carol = factories.assertion(knots, "carol@example.org")
    factories.assertion(knots, "dan@example.org")

    answer = Api(ada).get(_path(knots), recipient=["Bob+x@example.org", "carol@example.org"])

    assert _names(answer) == [bob.entity_id, carol.entity_id]


def test_lists_are_filtered_by_an_address_of_the_web_as_it_was_awarded(ada, knots):
    api, site = Api(ada), "https://Bob.Example.ORG/Badges"
    award = api.post(_path(knots), {"recipient": {"identity": site, "type": "url"}}).one

    assert api.get(_path(knots), recipient=site).result == [award]
    assert api.get(_path(knots), recipient=site.lower()).result == []


def test_pages_of_awards_lead_through_the_list(ada, knots):
    names = [factories.assertion(knots).entity_id for _ in range(5)]
    api = Api(ada)

    first = api.get(_path(knots), num="3", recipient="bob@example.org")
    address = first.headers["Link"].split(">")[0][1:].removeprefix("https://badges.example.org")
    second = api.get(address)

    assert _names(first) == names[:1:-1]
    assert _names(second) == names[1::-1]
    assert 'rel="prev"' in second.headers["Link"]


def test_the_feed_has_revoked_and_expired_awards_of_all_my_issuers(ada, knots):
    now = timezone.now()
    earlier = [now - timedelta(minutes=minutes) for minutes in (3, 2, 1)]
    names = [
        factories.assertion(knots, updated_at=earlier[0]).entity_id,
        factories.assertion(
            factories.badgeclass(factories.issuer(ada)),
            expires_on=now - timedelta(days=1),
            updated_at=earlier[1],
        ).entity_id,
        factories.assertion(knots, revoked_at=now, updated_at=earlier[2]).entity_id,
    ]
    factories.assertion(factories.badgeclass(factories.issuer(factories.user("c@example.org"))))
    api = Api(ada)

    feed = api.get("/v2/assertions/changed")

    assert _names(feed) == names
    assert feed.body["pagination"] == {
        "hasNext": False,
        "nextResults": None,
        "hasPrevious": False,
        "previousResults": None,
    }
    assert _names(api.get("/v2/assertions/changed", since=feed.body["timestamp"])) == []
    api.delete(f"/v2/assertions/{names[0]}", {"revocation_reason": "r"})
    assert _names(api.get("/v2/assertions/changed", since=feed.body["timestamp"])) == names[:1]


def test_k18_the_expiry_of_a_badge_class_is_advice_and_nothing_is_computed_of_it(ada, knots):
    knots.expires_amount, knots.expires_duration = 1, "years"
    knots.save()

    assert Api(ada).post(_path(knots), BOB).one["expires"] is None


def test_e13_extensions_are_kept_without_asking_any_network(ada, knots):
    """Sockets to anywhere else are closed in the tests, so a look-up would be a crash."""
    extension = {
        "@context": "https://nowhere.invalid/context.json",
        "type": ["Extension", "extensions:ApplyLink"],
        "url": "https://apply.example.org",
    }
    api = Api(ada)

    kept = api.post(_path(knots), {**BOB, "extensions": {"extensions:ApplyLink": extension}})
    refused = api.post(_path(knots), {**BOB, "extensions": {"ApplyLink": "x"}})

    assert kept.one["extensions"] == {"extensions:ApplyLink": extension}
    assert (refused.status, refused.body) == (
        400,
        bad_request({"extensions": ["Invalid OpenBadges Extension"]}),
    )


def test_the_feed_of_somebody_without_issuers_is_empty():
    assert Api(factories.user("carol@example.org")).get("/v2/assertions/changed").result == []


def test_one_idempotency_key_awards_once(ada, knots):
    api = Api(ada)
    key = {"Idempotency-Key": "award-1"}

    first = api.post(_path(knots), BOB, **key)
    again = api.post(_path(knots), BOB, **key)

    assert (first.status, again.status, first.body) == (201, 201, again.body)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert Assertion.objects.count() == 1


@pytest.mark.parametrize("count", [1, 30])
def test_the_queries_of_lists_do_not_grow(ada, knots, count, django_assert_num_queries):
    api = Api(ada)
    for _ in range(count):
        factories.assertion(knots)

    with django_assert_num_queries(3):
        api.get(_path(knots), num="100")
    with django_assert_num_queries(4):
        api.get(f"/v2/issuers/{knots.issuer.entity_id}/assertions")
    settling = 1 if connection.vendor == "postgresql" else 2
    with django_assert_num_queries(3 + settling):
        api.get("/v2/assertions/changed")


def test_the_queries_of_batches_do_not_grow(ada, knots):
    api = Api(ada)

    def queries(count):
        people = [{"recipient": {"identity": f"p{count}.{n}@example.org"}} for n in range(count)]
        with CaptureQueriesContext(connection) as made:
            assert api.post(_batch(knots), people).status == 201
        return len(made)

    assert queries(2) == queries(90)


def _names(answer):
    return [item["entityId"] for item in answer.result]


@pytest.mark.parametrize("of", ["badgeclasses", "issuers"])
def test_awards_of_a_recipient_are_found_by_their_index(ada, knots, of):
    name = knots.entity_id if of == "badgeclasses" else knots.issuer.entity_id
    factories.assertion(knots)
    api = Api(ada)
    with CaptureQueriesContext(connection) as queries:
        found = api.get(f"/v2/{of}/{name}/assertions", recipient="bob@example.org", num=10)
    asked = next(item["sql"] for item in queries if "recipient_identity IN" in item["sql"])

    assert len(found.result) == 1
    if connection.vendor == "sqlite":
        plan = [row[-1] for row in rows(f"EXPLAIN QUERY PLAN {asked}")]
        assert any("assertion_of_recipient" in step for step in plan)
