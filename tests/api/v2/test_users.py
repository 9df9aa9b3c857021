"""/v2/users, and what people may do without signing in."""

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from rosette.models import EmailAddress, Identifier, Notice, TermsVersion, User
from rosette.operations import accounts, addresses
from tests import factories
from tests.api.client import NO_TOKEN, NOT_FOUND, Api, bad_request

pytestmark = pytest.mark.django_db

PASSWORD = "knots and splices"
OK = {"success": True, "description": "ok"}


@pytest.fixture
def ada():
    return with_password(factories.user("ada@example.org"))


def with_password(person):
    person.set_password(PASSWORD)
    person.save()
    return person


def wrong_verb(verb):
    return bad_request(general=[f'Method "{verb}" not allowed.'], description="miscellaneous error")


def email(address, verified=True, primary=True):
    return {"email": address, "verified": verified, "primary": primary, "caseVariants": []}


def profile_of(person, **members):
    return {
        "entityType": "BadgeUser",
        "entityId": person.entity_id,
        "firstName": "Ada",
        "lastName": "Vale",
        "emails": [email("ada@example.org")],
        "url": [],
        "telephone": [],
        "agreedTermsVersion": 0,
        "hasAgreedToLatestTermsVersion": True,
        "marketingOptIn": False,
        "badgrDomain": "badges.example.org",
        "hasPasswordSet": True,
        "recipient": {"type": "email", "identity": "ada@example.org"},
    } | members


# Oneself


@pytest.mark.parametrize("scope", ["r:profile", "rw:profile"])
def test_e8_you_see_your_profile_even_where_there_are_no_terms(ada, scope):
    answer = Api(ada, scope).get("/v2/users/self")

    assert (answer.status, answer.body) == (
        200,
        {"status": OK, "result": [profile_of(ada)], "latestTermsVersion": 0},
    )


def test_you_see_your_profile_by_its_name_as_well(ada):
    answer = Api(ada).get(f"/v2/users/{ada.entity_id}")

    assert answer.body == Api(ada).get("/v2/users/self").body


def test_k20_the_newest_terms_stand_beside_the_result_until_they_are_agreed_to(ada):
    TermsVersion.objects.create(version=1, short_description="Be kind")
    TermsVersion.objects.create(version=2, short_description="Be kinder")
    TermsVersion.objects.create(version=3, is_active=False)

    before = Api(ada).get("/v2/users/self").body
    after = Api(ada).put("/v2/users/self", {"agreedTermsVersion": 2}).body

    assert before == {
        "status": OK,
        "result": [profile_of(ada, hasAgreedToLatestTermsVersion=False)],
        "latestTermsVersion": 2,
        "latestTermsDescription": "Be kinder",
    }
    assert after == {
        "status": OK,
        "result": [profile_of(ada, agreedTermsVersion=2)],
        "latestTermsVersion": 2,
    }


def test_an_unverified_person_sees_and_changes_their_profile():
    new = with_password(factories.user("ada@example.org", verified=False))

    answer = Api(new).put("/v2/users/self", {"lastName": "Hale"})

    assert answer.one == profile_of(
        new, lastName="Hale", emails=[email("ada@example.org", verified=False)]
    )


def test_proven_web_addresses_and_numbers_are_shown_and_stand_in_for_a_mail_address(ada):
    for kind, value, verified_at in (
        ("url", "https://ada.example.org", timezone.now()),
        ("telephone", "+46 1", timezone.now()),
        ("telephone", "+46 2", None),
    ):
        Identifier.objects.create(user=ada, kind=kind, value=value, verified_at=verified_at)
    api = Api(ada)
    shown = {"url": ["https://ada.example.org"], "telephone": ["+46 1"]}

    assert api.get("/v2/users/self").one == profile_of(ada, **shown)
    EmailAddress.objects.all().delete()
    assert api.get("/v2/users/self").one == profile_of(
        ada, **shown, emails=[], recipient={"type": "url", "identity": "https://ada.example.org"}
    )
    Identifier.objects.filter(kind="url").delete()
    assert api.get("/v2/users/self").one["recipient"] == {"type": "telephone", "identity": "+46 1"}
    Identifier.objects.all().delete()
    assert api.get("/v2/users/self").one["recipient"] is None


def test_k19_what_is_left_out_of_a_profile_stays_as_it_is(ada):
    api = Api(ada)

    for change, shown in (
        ({}, {}),
        ({"firstName": "<b>Eve</b>"}, {"firstName": "Eve"}),
        ({"lastName": ""}, {"firstName": "Eve", "lastName": ""}),
        ({"marketingOptIn": True}, {"firstName": "Eve", "lastName": "", "marketingOptIn": True}),
    ):
        answer = api.put("/v2/users/self", change)
        assert (answer.status, answer.one) == (200, profile_of(ada, **shown))


def test_a_profile_as_it_was_read_can_be_written_back(ada):
    api = Api(ada)
    EmailAddress.objects.create(user=ada, email="vale@example.org")
    read = api.get("/v2/users/self").one

    assert api.put("/v2/users/self", read).one == read


def test_wrong_fields_of_a_profile_are_named_at_once(ada):
    answer = Api(ada).put(
        "/v2/users/self",
        {
            "firstName": "x" * 31,
            "lastName": None,
            "marketingOptIn": "perhaps",
            "agreedTermsVersion": "newest",
            "emails": [{"email": "ada@example.org", "primary": True}, {"email": "ada"}, {}],
        },
    )

    assert (answer.status, answer.body) == (
        400,
        bad_request(
            {
                "firstName": ["Ensure this field has no more than 30 characters."],
                "lastName": ["This field may not be null."],
                "marketingOptIn": ["Must be a valid boolean."],
                "agreedTermsVersion": ["A valid integer is required."],
                "emails": [
                    {},
                    {"email": ["Enter a valid email address."]},
                    {"email": ["This field is required."]},
                ],
            }
        ),
    )


def test_addresses_are_replaced_as_a_list_and_new_ones_are_mailed_to(ada):
    answer = Api(ada).put(
        "/v2/users/self",
        {"emails": [{"email": "ADA@example.org", "primary": True}, {"email": "New@example.org"}]},
    )

    assert answer.one == profile_of(
        ada,
        emails=[
            email("ada@example.org"),
            email("new@example.org", verified=False, primary=False),
        ],
    )
    assert list(Notice.objects.values_list("kind", "to")) == [("verify_address", "new@example.org")]


@pytest.mark.parametrize(
    ("emails", "said"),
    [
        ([], "Must have at least 1 email"),
        ([{"email": "ada@example.org"}], "Must have exactly 1 primary email"),
        (
            [{"email": "ada@example.org", "primary": True}, {"email": "BOB@example.org"}],
            "Email 'bob@example.org' may already be in use",
        ),
        (
            [{"email": "ada@example.org", "primary": True, "caseVariants": ["eve@example.org"]}],
            "New EmailAddressVariant does not match stored email address.",
        ),
    ],
)
def test_e5_addresses_that_cannot_be_are_refused_with_400(ada, emails, said):
    factories.user("bob@example.org")

    answer = Api(ada).put("/v2/users/self", {"firstName": "Eve", "emails": emails})

    assert (answer.status, answer.body) == (400, bad_request(general=[said]))
    assert Api(ada).get("/v2/users/self").one == profile_of(ada)


def test_x18_an_unverified_address_is_not_made_primary(ada):
    EmailAddress.objects.create(user=ada, email="new@example.org")

    answer = Api(ada).put(
        "/v2/users/self",
        {"emails": [{"email": "ada@example.org"}, {"email": "new@example.org", "primary": True}]},
    )

    assert (answer.status, answer.body) == (
        400,
        bad_request(general=["An unverified address cannot be primary. Verify it first."]),
    )


@pytest.mark.parametrize(
    ("passwords", "fields"),
    [
        ({}, {"current_password": ["Field is required"]}),
        ({"currentPassword": "wrong"}, {"current_password": ["Incorrect password"]}),
        (
            {"currentPassword": PASSWORD, "password": "1234567"},
            {
                "password": [
                    "This password is too short. It must contain at least 8 characters.",
                    "This password is too common.",
                    "This password is entirely numeric.",
                ]
            },
        ),
    ],
)
def test_w24_a_refused_password_leaves_the_rest_undone(ada, passwords, fields):
    answer = Api(ada).put(
        "/v2/users/self", {"firstName": "Eve", "password": "splices and knots"} | passwords
    )

    assert (answer.status, answer.body) == (400, bad_request(fields))
    assert User.objects.get().first_name == "Ada"


def test_a_password_is_changed_and_mailed_about(ada):
    answer = Api(ada).put(
        "/v2/users/self", {"password": "splices and knots", "currentPassword": PASSWORD}
    )

    assert answer.one == profile_of(ada)
    assert User.objects.get().check_password("splices and knots")
    assert list(Notice.objects.values_list("kind", "to")) == [
        ("password_changed", "ada@example.org")
    ]


def test_a_profile_is_not_posted_and_nobody_elses_is_deleted(ada):
    for verb, path in (
        ("POST", "/v2/users/self"),
        ("PATCH", "/v2/users/self"),
        ("POST", "/v2/users/someone"),
        ("DELETE", "/v2/users/someone"),
        ("PATCH", "/v2/users/someone"),
    ):
        answer = Api(ada).send(verb, path)
        assert (answer.status, answer.body) == (405, wrong_verb(verb))


def test_a_profile_wants_a_token_and_its_scope(ada):
    for verb, scope in (("GET", "rw:backpack"), ("PUT", "r:profile")):
        for path in ("/v2/users/self", f"/v2/users/{ada.entity_id}"):
            answer = Api().send(verb, path)
            assert (answer.status, answer.body) == (401, NO_TOKEN)
            answer = Api(ada, scope).send(verb, path)
            assert (answer.status, answer.body) == (404, NOT_FOUND)


# Other people


def test_x3_nobody_changes_somebody_else(ada):
    bob = factories.user("bob@example.org")
    factories.issuer(ada).staff_rows.create(user=bob, role="owner")
    change = {"firstName": "Eve", "emails": [{"email": "bob@example.net", "primary": True}]}

    for scope in (factories.ALL_SCOPES, f"{factories.ALL_SCOPES} rw:serverAdmin"):
        answer = Api(bob, scope).put(f"/v2/users/{ada.entity_id}", change)
        assert (answer.status, answer.body) == (404, NOT_FOUND)

    assert Api(ada).get("/v2/users/self").one == profile_of(ada)


def test_x4_a_stranger_sees_nobody_and_a_colleague_sees_no_addresses(ada):
    bob, carol = factories.user("bob@example.org"), factories.user("carol@example.org")
    factories.issuer(ada).staff_rows.create(user=bob, role="staff")

    stranger = Api(carol).get(f"/v2/users/{ada.entity_id}")
    colleague = Api(bob).get(f"/v2/users/{ada.entity_id}")

    assert (stranger.status, stranger.body) == (404, NOT_FOUND)
    assert colleague.body == {
        "status": OK,
        "result": [
            {
                "entityType": "BadgeUser",
                "entityId": ada.entity_id,
                "firstName": "Ada",
                "lastName": "Vale",
                "url": [],
                "telephone": [],
                "badgrDomain": "badges.example.org",
            }
        ],
    }
    assert Api(bob).get("/v2/users/nobody").body == NOT_FOUND


# Signing up


def test_sign_up_answers_with_the_new_profile():
    TermsVersion.objects.create(version=2)

    answer = Api().post(
        "/v2/users",
        {
            "firstName": "Ada",
            "lastName": "Vale",
            "email": "Ada@example.org",
            "password": PASSWORD,
            "marketingOptIn": True,
        },
    )

    assert (answer.status, answer.body) == (
        201,
        {
            "status": OK,
            "result": [
                profile_of(
                    User.objects.get(),
                    emails=[email("ada@example.org", verified=False)],
                    agreedTermsVersion=2,
                    marketingOptIn=True,
                )
            ],
            "latestTermsVersion": 2,
        },
    )
    assert list(Notice.objects.values_list("kind", "to")) == [("verify_address", "ada@example.org")]


def test_e16_sign_up_without_password_or_address_is_400():
    answer = Api().post("/v2/users", {"firstName": "Ada", "lastName": "Vale"})

    assert (answer.status, answer.body) == (
        400,
        bad_request(
            {"email": ["This field is required."], "password": ["This field is required."]}
        ),
    )


def test_sign_up_with_an_owned_address_is_refused(ada):
    answer = Api().post(
        "/v2/users",
        {"firstName": "", "lastName": "", "email": "ada@example.org", "password": PASSWORD},
    )

    said = "Account could not be created. An account with this email address may already exist."
    assert (answer.status, answer.body) == (400, bad_request(general=[said]))


def test_x15_sign_up_at_an_account_without_password_answers_with_nothing():
    factories.user("ada@example.org")

    answer = Api().post(
        "/v2/users",
        {"firstName": "", "lastName": "", "email": "ada@example.org", "password": PASSWORD},
    )

    assert (answer.status, answer.body) == (201, {"status": OK, "result": []})


def test_sign_up_from_one_address_has_its_limit():
    statuses = [Api().post("/v2/users", {}).status for _ in range(103)]

    # The credit grows again with time, so the first refusal is not exactly the hundred-and-first.
    assert statuses[:100] == [400] * 100
    assert statuses[-1] == 429


# A forgotten password


def test_x17_the_answer_about_a_forgotten_password_never_tells(ada):
    for address in ("ada@example.org", "ADA@example.org", "carol@example.org", "nonsense"):
        answer = Api().post("/v2/auth/forgot-password", {"email": address})
        assert (answer.status, answer.body) == (200, {"status": OK, "result": [{}]})

    assert DBTaskResult.objects.count() == 4


def test_a_forgotten_password_takes_a_form_as_well(ada):
    answer = Api().form("/v2/auth/forgot-password", {"email": "ada@example.org"})

    assert (answer.status, answer.body) == (200, {"status": OK, "result": [{}]})


def test_a_mailed_token_sets_a_new_password_once(ada):
    sent = {"token": accounts.reset_token(ada), "password": "splices and knots"}

    first = Api().put("/v2/auth/forgot-password", sent)
    second = Api().put("/v2/auth/forgot-password", sent)

    assert (first.status, first.body) == (200, {"status": OK, "result": [{}]})
    assert (second.status, second.body) == (404, NOT_FOUND)
    assert User.objects.get().check_password("splices and knots")


def test_a_weak_new_password_is_named(ada):
    answer = Api().put(
        "/v2/auth/forgot-password", {"token": accounts.reset_token(ada), "password": "knots"}
    )

    assert (answer.status, answer.body) == (
        400,
        bad_request(
            {"password": ["This password is too short. It must contain at least 8 characters."]}
        ),
    )


def test_e6_a_new_password_without_token_is_400():
    answer = Api().put("/v2/auth/forgot-password", {"password": PASSWORD})

    assert (answer.status, answer.body) == (
        400,
        bad_request({"token": ["This field is required."]}),
    )


def test_the_link_about_a_password_leads_to_the_page_that_sets_it():
    response = Client().get("/v2/auth/forgot-password", {"token": "1f-a/b"})

    assert (response.status_code, response["Location"]) == (302, "/account/password/1f-a%2Fb")
    assert response["Referrer-Policy"] == "no-referrer"


def test_a_forgotten_password_is_neither_deleted_nor_patched():
    for verb in ("DELETE", "PATCH"):
        answer = Api().send(verb, "/v2/auth/forgot-password")
        assert (answer.status, answer.body) == (405, wrong_verb(verb))


# Verifying an address


def test_x12_the_link_that_verifies_leads_to_a_page_and_gives_no_token():
    factories.user("ada@example.org", verified=False)
    token = addresses.verification_token(EmailAddress.objects.get())

    places = [
        Client().get(f"/v2/auth/confirm-email/{text}")["Location"] for text in (token, token, "x")
    ]

    assert places == ["/account/email/done", "/account/email/done-before", "/account/email/unknown"]
    assert EmailAddress.objects.get().verified


@pytest.mark.django_db(transaction=True)
def test_the_mailed_link_verifies(client, mailoutbox):
    Api().post(
        "/v2/users",
        {"firstName": "Ada", "lastName": "", "email": "ada@example.org", "password": PASSWORD},
    )
    call_command("db_worker", batch=True, interval=0, startup_delay=False, verbosity=0)
    [link] = [line for line in mailoutbox[0].body.splitlines() if line.startswith("https://")]

    response = client.get(link.removeprefix("https://badges.example.org"), follow=True)

    assert response.status_code == 200
    assert "Your email address is verified." in response.content.decode()
    assert EmailAddress.objects.get().verified


# Terms and other sign-in


def test_x1_the_terms_are_read_and_never_deleted_or_changed(ada):
    terms = TermsVersion.objects.create(version=1, short_description="Be kind")
    stamp = "%Y-%m-%dT%H:%M:%S.%fZ"

    for api in (Api(), Api(ada)):
        for verb in ("DELETE", "PUT", "POST", "PATCH"):
            answer = api.send(verb, "/v2/termsVersions/latest")
            assert (answer.status, answer.body) == (405, wrong_verb(verb))

    answer = Api().get("/v2/termsVersions/latest")
    assert (answer.status, answer.body) == (
        200,
        {
            "status": OK,
            "result": [
                {
                    "version": 1,
                    "shortDescription": "Be kind",
                    "url": None,
                    "created": terms.created_at.strftime(stamp),
                    "updated": terms.updated_at.strftime(stamp),
                }
            ],
        },
    )


def test_there_are_no_terms_unless_somebody_writes_them():
    answer = Api().get("/v2/termsVersions/latest")

    assert (answer.status, answer.body) == (404, NOT_FOUND)
