"""/v2/issuers, as a client sees it."""

import pytest

from rosette.models import Issuer, IssuerStaff
from tests import factories
from tests.api.client import NO_TOKEN, NOT_FOUND, PNG, Api, bad_request

pytestmark = pytest.mark.django_db

HARBOR = {
    "name": "Harbor Learning",
    "url": "https://harbor.example.org",
    "email": "ada@example.org",
    "description": "Night school for sailors",
}


def test_a_new_issuer_is_answered_whole_and_owned_by_its_creator():
    ada = factories.user()

    answer = Api(ada).post("/v2/issuers", {**HARBOR, "image": PNG, "unknown": 1})

    issuer = Issuer.objects.get()
    assert answer.status == 201
    assert answer.body == {
        "status": {"success": True, "description": "ok"},
        "result": [
            {
                "entityType": "Issuer",
                "entityId": issuer.entity_id,
                "openBadgeId": f"https://badges.example.org/public/issuers/{issuer.entity_id}",
                "createdAt": issuer.created_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
                "createdBy": ada.entity_id,
                "name": "Harbor Learning",
                "image": f"https://badges.example.org/media/{issuer.image}",
                "email": "ada@example.org",
                "description": "Night school for sailors",
                "url": "https://harbor.example.org",
                "staff": [
                    {
                        "userProfile": {
                            "entityType": "BadgeUser",
                            "entityId": ada.entity_id,
                            "firstName": "Ada",
                            "lastName": "Vale",
                            "emails": [
                                {
                                    "email": "ada@example.org",
                                    "verified": True,
                                    "primary": True,
                                    "caseVariants": [],
                                }
                            ],
                            "url": [],
                            "telephone": [],
                            "badgrDomain": "badges.example.org",
                        },
                        "user": ada.entity_id,
                        "role": "owner",
                    }
                ],
                "extensions": {},
                "badgrDomain": "badges.example.org",
            }
        ],
    }


def test_every_missing_field_is_named_at_once():
    answer = Api(factories.user()).post("/v2/issuers", {})

    required = ["This field is required."]
    assert (answer.status, answer.body) == (
        400,
        bad_request(
            {"name": required, "url": required, "email": required, "description": required}
        ),
    )


def test_wrong_values_get_the_words_of_the_wire():
    answer = Api(factories.user()).post(
        "/v2/issuers",
        {
            "name": "",
            "url": "harbor",
            "email": "nobody",
            "description": "x" * 16385,
            "staff": [{"user": "x", "role": "owner"}, {"user": "y"}],
        },
    )

    assert answer.body["fieldErrors"] == {
        "name": ["This field may not be blank."],
        "url": ["Enter a valid URL."],
        "email": ["Enter a valid email address."],
        "description": ["Ensure this field has no more than 16384 characters."],
        "staff": [{}, {"role": ["This field is required."]}],
    }


def test_malformed_json_is_a_bad_request():
    answer = Api(factories.user())._client.post(
        "/v2/issuers",
        "{",
        content_type="application/json",
        headers=factories.bearer(factories.user("carol@example.org")),
    )

    assert answer.status_code == 400
    assert answer.json()["validationErrors"][0].startswith("JSON parse error - ")


def test_tags_are_taken_out_of_names():
    answer = Api(factories.user()).post("/v2/issuers", {**HARBOR, "name": "<b>Harbor</b> & Co."})

    assert answer.one["name"] == "Harbor & Co."


def test_the_email_must_be_a_verified_address_of_the_creator():
    ada = factories.user()

    answer = Api(ada).post("/v2/issuers", {**HARBOR, "email": "mallory@example.org"})

    assert (answer.status, answer.body) == (
        400,
        bad_request(
            general=[
                "Issuer email must be one of your verified addresses. "
                "Add this email to your profile and try again."
            ]
        ),
    )
    assert list(Issuer.objects.all()) == []


def test_w25_letter_case_of_the_email_does_not_matter():
    assert (
        Api(factories.user())
        .post("/v2/issuers", {**HARBOR, "email": "ADA@Example.org"})
        .one["email"]
        == "ADA@Example.org"
    )


def test_s8_a_changed_email_is_checked_as_well():
    ada = factories.user()
    issuer = factories.issuer(ada)

    answer = Api(ada).put(f"/v2/issuers/{issuer.entity_id}", {"email": "mallory@example.org"})

    assert answer.status == 400


def test_put_leaves_absent_fields_alone_also_the_required_ones():
    ada = factories.user()
    issuer = factories.issuer(ada, extensions={"extensions:A": {"type": ["Extension"]}})

    answer = Api(ada).put(f"/v2/issuers/{issuer.entity_id}", {"name": "Port"})

    assert answer.one["name"] == "Port"
    assert {key: answer.one[key] for key in ("url", "email", "description", "extensions")} == {
        "url": "https://harbor.example.org",
        "email": "ada@example.org",
        "description": "Night school for sailors",
        "extensions": {"extensions:A": {"type": ["Extension"]}},
    }


def test_e2_null_clears_the_image():
    ada = factories.user()
    api = Api(ada)
    issuer = api.post("/v2/issuers", {**HARBOR, "image": PNG}).one

    answer = api.put(f"/v2/issuers/{issuer['entityId']}", {"image": None})

    assert (answer.status, answer.one["image"]) == (200, None)


def test_an_empty_file_is_refused_and_the_image_stays():
    ada = factories.user()
    issuer = factories.issuer(ada)
    path, api = f"/v2/issuers/{issuer.entity_id}", Api(ada)
    before = api.put(path, {"image": PNG}).one

    answer = api.put(path, {"image": "data:image/png;base64,"})

    assert (answer.status, answer.body) == (
        400,
        bad_request({"image": ["The submitted file is empty."]}),
    )
    assert api.get(path).one == before


def test_k5_what_was_read_can_be_sent_back():
    ada = factories.user()
    api = Api(ada)
    issuer = api.post("/v2/issuers", {**HARBOR, "image": PNG}).one

    answer = api.put(f"/v2/issuers/{issuer['entityId']}", issuer)

    assert answer.one == issuer


def test_w3_roles_of_present_staff_are_changed():
    ada, bob = factories.user(), factories.user("bob@example.org")
    issuer = factories.issuer(ada)
    IssuerStaff.objects.create(issuer=issuer, user=bob, role="staff")
    staff = [
        {"user": ada.entity_id, "role": "owner"},
        {"user": bob.entity_id, "role": "editor"},
    ]

    answer = Api(ada).put(f"/v2/issuers/{issuer.entity_id}", {"staff": staff})

    assert [(item["user"], item["role"]) for item in answer.one["staff"]] == [
        (ada.entity_id, "owner"),
        (bob.entity_id, "editor"),
    ]


def test_the_last_owner_stays_whatever_is_sent():
    ada = factories.user()
    issuer = factories.issuer(ada)

    answer = Api(ada).put(f"/v2/issuers/{issuer.entity_id}", {"staff": []})

    assert [(item["user"], item["role"]) for item in answer.one["staff"]] == [
        (ada.entity_id, "owner")
    ]


def test_x9_an_editor_changes_the_issuer_but_not_its_staff():
    bob = factories.user("bob@example.org")
    issuer = factories.issuer()
    IssuerStaff.objects.create(issuer=issuer, user=bob, role="editor")
    api = Api(bob)
    path = f"/v2/issuers/{issuer.entity_id}"

    assert api.put(path, {"name": "Port"}).status == 200
    answer = api.put(path, {"name": "Mine", "staff": [{"user": bob.entity_id, "role": "owner"}]})

    assert (answer.status, answer.body) == (404, NOT_FOUND)
    assert Issuer.objects.get().name == "Port"
    assert set(IssuerStaff.objects.values_list("user__entity_id", "role")) == {
        (issuer.created_by.entity_id, "owner"),
        (bob.entity_id, "editor"),
    }


def test_a_staff_of_more_people_than_anybody_has_is_refused():
    ada = factories.user()
    issuer = factories.issuer(ada)
    staff = [{"user": ada.entity_id, "role": "owner"}] * 1001

    answer = Api(ada).put(f"/v2/issuers/{issuer.entity_id}", {"staff": staff})

    said = "Ensure this field has no more than 1000 elements."
    assert (answer.status, answer.body) == (400, bad_request({"staff": [said]}))


def test_unknown_people_in_staff_are_named_by_position():
    ada = factories.user()
    issuer = factories.issuer(ada)
    staff = [{"user": ada.entity_id, "role": "owner"}, {"user": "x", "role": "staff"}]

    answer = Api(ada).put(f"/v2/issuers/{issuer.entity_id}", {"staff": staff})

    assert answer.body["fieldErrors"] == {
        "staff": [{}, {"user": ['Invalid entity_id "x" - object does not exist.']}]
    }


def test_an_unknown_role_is_refused_with_those_that_there_are():
    ada = factories.user()
    issuer = factories.issuer(ada)

    answer = Api(ada).put(
        f"/v2/issuers/{issuer.entity_id}",
        {"staff": [{"user": ada.entity_id, "role": "owner"}, {"user": "x", "role": "bogus"}]},
    )

    said = "'bogus' is not supported. Only ['owner', 'editor', 'staff'] is available"
    assert (answer.status, answer.body) == (400, bad_request({"staff": [{}, {"role": [said]}]}))


def test_the_list_shows_the_issuers_where_one_has_a_role():
    ada = factories.user()
    mine = factories.issuer(ada)
    factories.issuer(factories.user("carol@example.org"), name="Other")

    answer = Api(ada).get("/v2/issuers", include_staff="0", num="100")

    assert [item["entityId"] for item in answer.result] == [mine.entity_id]
    assert "staff" not in answer.result[0]


def test_an_issuer_without_awards_is_removed_for_good():
    ada = factories.user()
    badgeclass = factories.badgeclass(factories.issuer(ada))

    answer = Api(ada).delete(f"/v2/issuers/{badgeclass.issuer.entity_id}")

    assert (answer.status, answer.body) == (204, None)
    assert list(Issuer.objects.all()) == []


def test_w9_the_reason_why_an_issuer_cannot_be_removed_stands_in_both_places():
    ada = factories.user()
    award = factories.assertion(factories.badgeclass(factories.issuer(ada)))
    message = "Issuer can not be deleted because it has previously issued badges."

    answer = Api(ada).delete(f"/v2/issuers/{award.issuer.entity_id}")

    assert (answer.status, answer.body) == (
        400,
        bad_request(general=[message], description=message),
    )


@pytest.mark.parametrize("verb", ["PATCH", "DELETE"])
def test_a_verb_that_is_not_listed_is_405_in_the_envelope(verb):
    answer = Api(factories.user()).send(verb, "/v2/issuers")

    assert (answer.status, answer.body) == (
        405,
        bad_request(general=[f'Method "{verb}" not allowed.'], description="miscellaneous error"),
    )
    assert answer.headers["Allow"] == "GET, POST"


def test_w29_an_unknown_route_answers_in_the_envelope():
    answer = Api(factories.user()).get("/v2/nothing/here")

    assert (answer.status, answer.body) == (404, NOT_FOUND)


def test_without_a_token_the_answer_is_401_with_a_challenge():
    answer = Api().get("/v2/issuers")

    assert (answer.status, answer.body) == (401, NO_TOKEN)
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="api"'


def test_x12_a_token_in_the_query_string_is_not_looked_at():
    token = factories.token(factories.user())

    assert Api().get("/v2/issuers", access_token=token).status == 401


def test_x6_scope_and_verified_address_count_on_single_things_too():
    ada = factories.user()
    issuer = factories.issuer(ada)
    path = f"/v2/issuers/{issuer.entity_id}"
    newcomer = factories.user("dan@example.org", verified=False)
    IssuerStaff.objects.create(issuer=issuer, user=newcomer, role="owner")

    for answer in (
        Api(ada, "r:profile").get(path),
        Api(ada, "r:profile").put(path, {"name": "Port"}),
        Api(newcomer).get(path),
        Api(newcomer).put(path, {"name": "Port"}),
    ):
        assert (answer.status, answer.body) == (404, NOT_FOUND)


def test_w26_r_issuer_reads_and_does_not_write():
    ada = factories.user()
    issuer = factories.issuer(ada)
    api = Api(ada, "r:issuer")
    path = f"/v2/issuers/{issuer.entity_id}"

    assert api.get(path).status == 200
    assert api.get("/v2/issuers").status == 200
    assert api.put(path, {"name": "Port"}).status == 404
    assert api.post("/v2/issuers", HARBOR).status == 404


def test_json_is_served_under_the_type_that_is_asked_for():
    api = Api(factories.user())

    assert api.get("/v2/issuers").headers["Content-Type"] == "application/ld+json"
    assert api.get("/v2/issuers", format="json").headers["Content-Type"] == "application/json"
    api.headers["Accept"] = "application/json"
    assert api.get("/v2/issuers").headers["Content-Type"] == "application/json"


def test_a_slash_at_the_end_changes_nothing():
    assert Api(factories.user()).get("/v2/issuers/").status == 200


def test_one_idempotency_key_makes_one_issuer():
    api = Api(factories.user())

    first = api.post("/v2/issuers", HARBOR, **{"Idempotency-Key": "k1"})
    again = api.post("/v2/issuers", HARBOR, **{"Idempotency-Key": "k1"})
    other = api.post("/v2/issuers", {**HARBOR, "name": "Port"}, **{"Idempotency-Key": "k1"})

    assert (first.status, again.status, other.status) == (201, 201, 422)
    assert again.body == first.body
    assert other.body["validationErrors"] == [
        "This Idempotency-Key was used for a different request."
    ]
    assert Issuer.objects.count() == 1


def test_an_idempotency_key_of_a_refused_request_can_be_used_again():
    api = Api(factories.user())
    key = {"Idempotency-Key": "k1"}

    assert api.post("/v2/issuers", {}, **key).status == 400
    assert api.post("/v2/issuers", HARBOR, **key).status == 201


def test_only_administrators_create_issuers_where_the_site_is_set_so(settings):
    settings.ROSETTE = settings.ROSETTE.model_copy(update={"approved_issuers_only": True})
    ada, root = factories.user(), factories.user("root@example.org", is_superuser=True)

    assert Api(ada).post("/v2/issuers", HARBOR).status == 404
    assert Api(root).post("/v2/issuers", {**HARBOR, "email": "root@example.org"}).status == 201


def test_a_demoted_administrator_keeps_no_power_by_an_old_token():
    root = factories.user("root@example.org", is_superuser=True)
    issuer = factories.issuer()
    api = Api(root, "rw:serverAdmin")
    path = f"/v2/issuers/{issuer.entity_id}"

    assert api.get(path).status == 200
    root.is_superuser = False
    root.save()
    assert (api.get(path).status, api.get(path).body) == (404, NOT_FOUND)
