"""/v1/issuer/issuers/:id/badges/:id/assertions and batchAssertions, as scripts use them."""

from datetime import timedelta

import pytest
from django.utils import timezone

from rosette.models import Assertion, IssuerStaff, Notice
from rosette.openbadges.recipient import hashed
from tests import factories
from tests.api.client import Api

pytestmark = pytest.mark.django_db

HOME = "https://badges.example.org/public"
NO_TOKEN = {"detail": "Authentication credentials were not provided."}
FORBIDDEN = {"detail": "You do not have permission to perform this action."}
NOT_FOUND = {"detail": "Not found."}
BOB = {"recipient_identifier": "bob@example.org"}
AWARDED_BEFORE = "A previous award of this badge already exists for this recipient."


@pytest.fixture
def ada():
    return factories.user()


@pytest.fixture
def knots(ada):
    return factories.badgeclass(factories.issuer(ada))


def _path(badgeclass, last="assertions"):
    issuer = badgeclass.issuer.entity_id
    return f"/v1/issuer/issuers/{issuer}/badges/{badgeclass.entity_id}/{last}"


def _object(row, **members):
    address = f"{HOME}/assertions/{row.entity_id}"
    badgeclass = f"{HOME}/badges/{row.badgeclass.entity_id}"
    moment = "%Y-%m-%dT%H:%M:%S.%f"
    return {
        "created_at": row.created_at.strftime(moment) + "Z",
        "created_by": "ada@example.org",
        "slug": row.entity_id,
        "image": f"{address}/image",
        "recipient_identifier": "bob@example.org",
        "recipient_type": "email",
        "narrative": None,
        "evidence_items": [],
        "revoked": False,
        "revocation_reason": None,
        "expires": None,
        "hashed": True,
        "extensions": {},
        "json": {
            "@context": "https://w3id.org/openbadges/v1",
            "type": "Assertion",
            "id": address,
            "badge": badgeclass,
            "image": f"{address}/image",
            "verify": {"type": "hosted", "url": address},
            "uid": row.entity_id,
            "issuedOn": row.issued_on.strftime(moment) + "+00:00",
            "recipient": {
                "hashed": True,
                "type": "email",
                "identity": hashed("bob@example.org", row.salt),
                "salt": row.salt,
            },
        },
        "issuer": f"{HOME}/issuers/{row.issuer.entity_id}",
        "badge_class": badgeclass,
        "public_url": address,
    } | members


def test_an_award_is_answered_whole(ada, knots):
    answer = Api(ada).post(_path(knots), {**BOB, "hashed": False, "issuedOn": "2020-01-01"})

    row = Assertion.objects.get()
    assert (answer.status, answer.body) == (201, _object(row))


def test_b13_everything_that_an_award_may_say(ada, knots):
    answer = Api(ada).post(
        _path(knots),
        {
            "recipient_identifier": "Bob@Example.org",
            "recipient_type": "email",
            "narrative": "did **it**",
            "evidence": "https://e.example.org/flat",
            "evidence_items": [
                {"evidence_url": "https://e.example.org/1", "narrative": "one"},
                {"evidence_url": None, "narrative": ""},
            ],
            "expires": "2030-01-01T00:00:00Z",
            "create_notification": True,
            "extensions": {"extensions:A": {"type": ["Extension"]}},
            "badge_class": "ignored",
            "issuer": "ignored",
        },
    )

    row = Assertion.objects.get()
    document = _object(row)["json"]
    assert answer.body == _object(
        row,
        narrative="did **it**",
        evidence_items=[
            {"evidence_url": "https://e.example.org/1", "narrative": "one"},
            {"evidence_url": "https://e.example.org/flat", "narrative": None},
        ],
        expires="2030-01-01T00:00:00Z",
        extensions={"extensions:A": {"type": ["Extension"]}},
        json=document
        | {
            "evidence": f"{HOME}/assertions/{row.entity_id}",
            "expires": "2030-01-01T00:00:00+00:00",
            "extensions:A": {"type": ["Extension"]},
        },
    )
    assert [notice.to for notice in Notice.objects.all()] == ["bob@example.org"]


def test_the_oldest_scripts_send_a_form_with_email_and_one_url(ada, knots):
    answer = Api(ada).form(
        _path(knots), {"email": "bob@example.org", "evidence": "https://e.example.org/1"}
    )

    row = Assertion.objects.get()
    assert answer.status == 201
    assert (row.recipient_identity, row.evidence) == (
        "bob@example.org",
        [{"url": "https://e.example.org/1", "narrative": None}],
    )


@pytest.mark.parametrize("body", [{}, {"recipient_identifier": ""}, {"email": None}])
def test_e16_an_award_without_a_recipient_is_refused(ada, knots, body):
    answer = Api(ada).post(_path(knots), body)

    assert (answer.status, answer.body) == (
        400,
        {"recipient_identifier": ["This field is required."]},
    )


@pytest.mark.parametrize(
    ("body", "refused"),
    [
        (
            {"recipient_identifier": "bob"},
            {"recipient_identifier": ["Enter a valid email address."]},
        ),
        (
            {**BOB, "recipient_type": "telephone"},
            {"recipient_identifier": ["Telephone number does not conform to E.164"]},
        ),
        ({**BOB, "recipient_type": "x"}, {"recipient_type": ['"x" is not a valid choice.']}),
        ({**BOB, "evidence": "x"}, {"evidence": ["Enter a valid URL."]}),
        (
            {**BOB, "evidence_items": [{"evidence_url": "x"}]},
            {"evidence_items": [{"evidence_url": ["Enter a valid URL."]}]},
        ),
        ([], ["Invalid data. Expected a dictionary, but got list."]),
    ],
)
def test_what_is_wrong_is_named_without_an_envelope(ada, knots, body, refused):
    answer = Api(ada).post(_path(knots), body)

    assert (answer.status, answer.body) == (400, refused)
    assert Assertion.objects.count() == 0


def test_duplicates_are_those_that_still_stand(ada, knots):
    factories.assertion(knots, expires_on=timezone.now() + timedelta(days=1))
    strict = {**BOB, "allow_duplicate_awards": False}

    answer = Api(ada).post(_path(knots), strict)

    assert (answer.status, answer.body) == (400, [AWARDED_BEFORE])
    Assertion.objects.update(expires_on=timezone.now() - timedelta(days=1))
    assert Api(ada).post(_path(knots), strict).status == 201


def test_b12_a_batch_answers_a_list_in_the_order_in_which_it_was_sent(ada, knots):
    answer = Api(ada).post(
        _path(knots, "batchAssertions"),
        {
            "issuer": knots.issuer.entity_id,
            "badge_class": knots.entity_id,
            "create_notification": True,
            "assertions": [
                {"recipient_identifier": "carol@example.org"},
                {**BOB, "create_notification": False, "evidence_items": []},
            ],
        },
    )

    assert (answer.status, [item["recipient_identifier"] for item in answer.body]) == (
        201,
        ["carol@example.org", "bob@example.org"],
    )
    row = Assertion.objects.get(recipient_identity="bob@example.org")
    assert answer.body[1] == _object(row)
    assert {notice.to for notice in Notice.objects.all()} >= {"carol@example.org"}


def test_a_batch_is_done_whole_or_not_at_all(ada, knots, settings):
    settings.ROSETTE = settings.ROSETTE.model_copy(update={"batch_max_awards": 3})
    path = _path(knots, "batchAssertions")
    api = Api(ada)

    refused = api.post(path, {"assertions": [BOB, {}, {"email": "x"}]})
    assert (refused.status, refused.body) == (
        400,
        [
            {},
            {"recipient_identifier": ["This field is required."]},
            {"recipient_identifier": ["Enter a valid email address."]},
        ],
    )
    assert api.post(path, {}).body == {"assertions": ["This field is required."]}
    assert api.post(path, {"assertions": [BOB] * 4}).body == [
        "No more than 3 awards can be made in one call."
    ]
    assert Assertion.objects.count() == 0


@pytest.mark.parametrize("last", ["assertions", "batchAssertions"])
def test_who_may_award(ada, knots, last):
    carol, dan = (factories.user(f"{name}@example.org") for name in ("carol", "dan"))
    IssuerStaff.objects.create(issuer=knots.issuer, user=dan, role="staff")
    body = {**BOB, "assertions": [BOB]}
    path = _path(knots, last)

    assert Api(dan).post(path, body).status == 201
    for api, status, said in [
        (Api(), 401, NO_TOKEN),
        (Api(carol), 403, FORBIDDEN),
        (Api(ada, "r:issuer"), 403, FORBIDDEN),
        (Api(ada, "rw:backpack rw:profile"), 403, FORBIDDEN),
    ]:
        answer = api.post(path, body)
        assert (answer.status, answer.body) == (status, said)
    assert Assertion.objects.count() == 1


def test_the_badge_class_has_to_be_of_the_issuer_and_both_may_be_called_by_their_slugs(ada, knots):
    other = factories.badgeclass(factories.issuer(ada, slug="harbor"), slug="knots")
    mixed = f"/v1/issuer/issuers/{other.issuer.entity_id}/badges/{knots.entity_id}/assertions"

    answer = Api(ada).post(mixed, BOB)

    assert (answer.status, answer.body) == (404, NOT_FOUND)
    by_slug = Api(ada).post("/v1/issuer/issuers/harbor/badges/knots/assertions", BOB)
    assert by_slug.body["badge_class"] == f"{HOME}/badges/{other.entity_id}"


@pytest.mark.parametrize("count", [2, 30])
def test_the_queries_of_a_batch_do_not_grow(ada, knots, count, django_assert_num_queries):
    people = [{"recipient_identifier": f"p{n}@example.org"} for n in range(count)]
    api = Api(ada)

    with django_assert_num_queries(13):
        api.post(_path(knots, "batchAssertions"), {"assertions": people})


# Read and revoke


def _one(row):
    return f"{_path(row.badgeclass)}/{row.entity_id}"


def test_awards_are_listed_and_read_whole(ada, knots):
    row = factories.assertion(knots, narrative="did **it**")
    shown = _object(row, narrative="did **it**")
    api = Api(ada)

    assert api.get(_path(knots)).body == [shown]
    assert api.get(f"/v1/issuer/issuers/{knots.issuer.entity_id}/assertions").body == [shown]
    assert api.get(_one(row)).body == shown


def test_b15_awards_are_found_by_their_recipient(ada, knots):
    factories.assertion(knots)
    wanted = factories.assertion(knots, to="0000-0001@orcid.org")
    path = f"{_path(knots)}?recipient=0000-0001@orcid.org"

    assert [item["slug"] for item in Api(ada).get(path).body] == [wanted.entity_id]


def test_expired_and_revoked_awards_are_left_out_unless_they_are_asked_for(ada, knots):
    long_ago = timezone.now() - timedelta(days=1)
    expired = factories.assertion(knots, expires_on=long_ago)
    revoked = factories.assertion(knots, revoked_at=long_ago, revocation_reason="Error")
    valid = factories.assertion(knots)
    api = Api(ada)

    def slugs(**query):
        return {item["slug"] for item in api.get(_path(knots), **query).body}

    assert slugs() == {valid.entity_id}
    assert slugs(include_expired=1) == {valid.entity_id, expired.entity_id}
    assert slugs(include_revoked="true") == {valid.entity_id, revoked.entity_id}


def test_b16_pages_lead_to_each_other(ada, knots):
    names = [factories.assertion(knots).entity_id for _ in range(3)]
    api = Api(ada)

    first = api.get(_path(knots), num=2)

    address, _, relation = first.headers["Link"].partition(">; ")
    assert (relation, address.startswith(f"<https://badges.example.org{_path(knots)}?num=2")) == (
        'rel="next"',
        True,
    )
    second = api.get(address.removeprefix("<https://badges.example.org"))
    assert [item["slug"] for item in [*first.body, *second.body]] == names[::-1]


def test_an_award_is_revoked_with_a_reason(ada, knots):
    row = factories.assertion(knots)
    api = Api(ada)

    answer = api.delete(_one(row), {"revocation_reason": "Issued in error"})

    address = f"{HOME}/assertions/{row.entity_id}"
    gone = _object(
        row,
        image=None,
        revoked=True,
        revocation_reason="Issued in error",
        json={
            "@context": "https://w3id.org/openbadges/v1",
            "type": "Assertion",
            "id": address,
            "revoked": True,
            "revocationReason": "Issued in error",
        },
    )
    assert (answer.status, answer.body) == (200, gone)
    assert api.get(_one(row)).body == gone
    again = api.delete(_one(row), {"revocation_reason": "Issued in error"})
    assert (again.status, again.body) == (400, ["Assertion is already revoked"])


def test_b9_a_revocation_without_a_body_has_a_general_reason(ada, knots):
    row = factories.assertion(knots)
    api = Api(ada)

    unsaid = api.delete(_one(row), {"revocation_reason": ""})
    bare = api.delete(_one(row))

    assert (unsaid.status, unsaid.body) == (400, {"revocation_reason": ["This field is required"]})
    assert (bare.status, bare.body["revocation_reason"]) == (200, "Revoked by the issuer")


def test_an_award_is_found_under_its_own_badge_class_alone(ada, knots):
    row = factories.assertion(knots)
    other = factories.badgeclass(knots.issuer)
    path = f"{_path(other)}/{row.entity_id}"

    for answer in (Api(ada).get(path), Api(ada).delete(path)):
        assert (answer.status, answer.body) == (404, NOT_FOUND)


def test_who_may_read_and_revoke(ada, knots):
    row = factories.assertion(knots)
    bob, dan, erin = (factories.user(f"{name}@example.org") for name in ("bob", "dan", "erin"))
    IssuerStaff.objects.create(issuer=knots.issuer, user=dan, role="staff")
    IssuerStaff.objects.create(issuer=knots.issuer, user=erin, role="editor")
    of_issuer = f"/v1/issuer/issuers/{knots.issuer.entity_id}/assertions"
    paths = (_path(knots), of_issuer, _one(row))

    for api, status, said in [
        (Api(), 401, NO_TOKEN),
        (Api(bob), 403, FORBIDDEN),
        (Api(ada, "rw:backpack"), 403, FORBIDDEN),
    ]:
        for answer in (*map(api.get, paths), api.delete(_one(row))):
            assert (answer.status, answer.body) == (status, said)
    for api in (Api(dan), Api(ada, "r:issuer")):
        assert [api.get(path).status for path in paths] == [200, 200, 200]
        assert api.delete(_one(row)).body == FORBIDDEN
    assert Api(erin).delete(_one(row)).status == 200


@pytest.mark.parametrize("count", [1, 50])
def test_the_queries_of_the_lists_do_not_grow(ada, knots, count, django_assert_num_queries):
    for number in range(count):
        factories.assertion(factories.badgeclass(knots.issuer), created_by=ada)
        factories.assertion(knots, to=f"p{number}@example.org")
    api = Api(ada)

    with django_assert_num_queries(7):
        assert len(api.get(_path(knots)).body) == count
    with django_assert_num_queries(7):
        path = f"/v1/issuer/issuers/{knots.issuer.entity_id}/assertions"
        assert len(api.get(path).body) == 2 * count
