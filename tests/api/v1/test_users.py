"""/v1/user, as Badgr's web client and scripts use it."""

from datetime import timedelta

import pytest

from rosette import limits
from rosette.models import EmailAddress, Notice, TermsVersion, User
from rosette.operations import accounts
from tests import factories
from tests.api.client import Api

pytestmark = pytest.mark.django_db

PASSWORD = "knots and splices"
NO_TOKEN = {"detail": "Authentication credentials were not provided."}
FORBIDDEN = {"detail": "You do not have permission to perform this action."}
NOT_FOUND = {"detail": "Not found."}


@pytest.fixture
def ada():
    person = factories.user("ada@example.org")
    person.set_password(PASSWORD)
    person.save()
    return person


def profile_of(person, **members):
    return {
        "first_name": "Ada",
        "last_name": "Vale",
        "email": "ada@example.org",
        "url": [],
        "telephone": [],
        "slug": person.entity_id,
        "agreed_terms_version": 0,
        "marketing_opt_in": False,
        "has_password_set": True,
        "latest_terms_version": 0,
    } | members


def item(address, **members):
    row = EmailAddress.objects.get(email=address)
    return {
        "id": row.pk,
        "email": address,
        "verified": True,
        "primary": True,
        "variants": [],
    } | members


# The profile


def test_sign_up_answers_with_the_new_profile():
    answer = Api().post(
        "/v1/user/profile",
        {
            "first_name": "Ada",
            "last_name": "Vale",
            "email": "Ada@example.org",
            "password": PASSWORD,
            "agreed_terms_service": True,
            "source": "mozilla",
        },
    )

    assert (answer.status, answer.body) == (201, profile_of(User.objects.get()))
    assert list(Notice.objects.values_list("kind", "to")) == [("verify_address", "ada@example.org")]


def test_e16_sign_up_without_password_or_address_is_400():
    answer = Api().post("/v1/user/profile", {"first_name": "Ada", "last_name": "Vale"})

    assert (answer.status, answer.body) == (
        400,
        {"email": ["This field is required."], "password": ["This field is required."]},
    )


def test_sign_up_with_an_owned_address_is_refused(ada):
    answer = Api().post(
        "/v1/user/profile",
        {"first_name": "", "last_name": "", "email": "ada@example.org", "password": PASSWORD},
    )

    assert (answer.status, answer.body) == (
        400,
        ["Account could not be created. An account with this email address may already exist."],
    )


def test_x15_sign_up_at_an_account_without_password_answers_without_slug():
    factories.user("ada@example.org")

    answer = Api().post(
        "/v1/user/profile",
        {"first_name": "A", "last_name": "V", "email": "ada@example.org", "password": PASSWORD},
    )

    assert (answer.status, answer.body) == (
        201,
        {
            "first_name": "A",
            "last_name": "V",
            "email": "ada@example.org",
            "url": [],
            "telephone": [],
            "agreed_terms_version": 0,
            "marketing_opt_in": False,
            "has_password_set": True,
            "latest_terms_version": 0,
        },
    )
    assert not User.objects.get().has_usable_password()


def test_you_see_and_change_your_profile(ada):
    TermsVersion.objects.create(version=1, short_description="Be kind")
    terms = {"latest_terms_version": 1, "latest_terms_description": "Be kind"}
    api = Api(ada)

    assert api.get("/v1/user/profile").body == profile_of(ada, **terms)
    changed = api.put(
        "/v1/user/profile", {"first_name": "Eve", "marketing_opt_in": True, "email": "x@y.org"}
    )
    assert (changed.status, changed.body) == (
        200,
        profile_of(ada, first_name="Eve", marketing_opt_in=True, **terms),
    )
    agreed = api.put("/v1/user/profile", {"agreed_terms_version": 1}).body
    assert agreed == profile_of(
        ada,
        first_name="Eve",
        marketing_opt_in=True,
        agreed_terms_version=1,
        latest_terms_version=1,
    )


def test_w24_a_refused_password_leaves_the_rest_undone(ada):
    api = Api(ada)
    wish = {"first_name": "Eve", "password": "splices and knots", "current_password": "wrong"}

    answer = api.put("/v1/user/profile", wish)

    assert (answer.status, answer.body) == (400, {"current_password": ["Incorrect password"]})
    assert api.get("/v1/user/profile").body == profile_of(ada)

    assert api.put("/v1/user/profile", wish | {"current_password": PASSWORD}).status == 429
    limits.forget("password change", ada.entity_id)
    api.put("/v1/user/profile", wish | {"current_password": PASSWORD})
    assert User.objects.get().check_password("splices and knots")


def test_the_profile_wants_a_token_and_its_scope(ada):
    answer = Api().get("/v1/user/profile")
    assert (answer.status, answer.body) == (401, NO_TOKEN)
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="api"'
    for verb, scope in (("GET", "rw:backpack"), ("PUT", "r:profile")):
        answer = Api(ada, scope).send(verb, "/v1/user/profile")
        assert (answer.status, answer.body) == (403, FORBIDDEN)


def test_other_verbs_routes_and_bodies_are_refused_in_words(ada):
    api = Api(ada)

    answer = api.delete("/v1/user/profile")
    assert (answer.status, answer.body) == (405, {"detail": 'Method "DELETE" not allowed.'})
    assert answer.headers["Allow"] == "GET, POST, PUT"
    answer = api.get("/v1/nothing")
    assert (answer.status, answer.body) == (404, NOT_FOUND)
    answer = api.put("/v1/user/profile", ["list"])
    assert (answer.status, answer.body) == (
        400,
        ["Invalid data. Expected a dictionary, but got list."],
    )


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [("*/*", "application/ld+json"), ("application/json", "application/json")],
)
def test_the_media_type_is_json_ld_unless_json_is_asked_for(ada, accept, media_type):
    answer = Api(ada, headers={"Accept": accept}).get("/v1/user/profile")

    assert answer.headers["Content-Type"] == media_type


# Addresses


def test_addresses_are_listed_and_read(ada):
    EmailAddress.objects.create(user=ada, email="vale@example.org")
    second = item("vale@example.org", verified=False, primary=False)
    api = Api(ada, "r:profile")

    assert api.get("/v1/user/emails").body == [item("ada@example.org"), second]
    assert api.get(f"/v1/user/emails/{second['id']}").body == second


def test_an_address_is_added_and_mailed_to(ada):
    answer = Api(ada).post("/v1/user/emails", {"email": "New@example.org"})

    assert (answer.status, answer.body) == (
        201,
        item("new@example.org", verified=False, primary=False),
    )
    assert list(Notice.objects.values_list("kind", "to")) == [("verify_address", "new@example.org")]


@pytest.mark.parametrize(
    ("address", "body"),
    [
        ("ADA@example.org", ["Email 'ada@example.org' may already be in use"]),
        ("bob@example.org", ["Email 'bob@example.org' may already be in use"]),
        ("bob", {"email": ["Enter a valid email address."]}),
        # Its lower case is twice as long, and no address.
        ("İ" * 200 + "@example.org", {"email": ["Enter a valid email address."]}),
        # Mail to these would go to somebody else.
        ("ada@straße.example", {"email": ["Enter a valid email address."]}),
        ("ada@exam\u200bple.org", {"email": ["Enter a valid email address."]}),
        ("ada@ｅxample.org", {"email": ["Enter a valid email address."]}),
        ("ſ@example.org", {"email": ["Enter a valid email address."]}),
    ],
)
def test_w25_an_address_that_is_used_in_any_letter_case_is_not_added(ada, address, body):
    factories.user("bob@example.org")

    answer = Api(ada).post("/v1/user/emails", {"email": address})

    assert (answer.status, answer.body) == (400, body)


@pytest.mark.parametrize(
    "address", ["ada@bücher.example", "ada@xn--strae-oqa.example", "ada+x@example.org"]
)
def test_an_address_may_have_a_domain_of_any_script(ada, address):
    answer = Api(ada).post("/v1/user/emails", {"email": address})

    assert (answer.status, answer.body) == (201, item(address, verified=False, primary=False))


def test_a_verified_address_becomes_primary(ada):
    second = EmailAddress.objects.create(user=ada, email="vale@example.org", verified=True)

    answer = Api(ada).put(f"/v1/user/emails/{second.pk}", {"primary": True})

    assert (answer.status, answer.body) == (200, item("vale@example.org"))
    assert Api(ada).get("/v1/user/emails").body == [
        item("vale@example.org"),
        item("ada@example.org", primary=False),
    ]


def test_x18_an_unverified_address_does_not_become_primary(ada):
    second = EmailAddress.objects.create(user=ada, email="vale@example.org")

    answer = Api(ada).put(f"/v1/user/emails/{second.pk}", {"primary": True})

    assert (answer.status, answer.body) == (
        400,
        ["An unverified address cannot be primary. Verify it first."],
    )


def test_the_mail_that_verifies_is_sent_again_after_five_minutes(ada):
    api = Api(ada)
    number = api.post("/v1/user/emails", {"email": "new@example.org"}).body["id"]

    early = api.put(f"/v1/user/emails/{number}", {"resend": True})
    for notice in Notice.objects.all():
        notice.created_at -= timedelta(minutes=5)
        notice.save()
    late = api.put(f"/v1/user/emails/{number}", {"resend": True})

    assert early.status == 429
    assert early.body.startswith("Will be able to re-send verification email in 4 minutes and 5")
    assert int(early.headers["Retry-After"]) in range(295, 300)
    assert (late.status, late.body) == (
        200,
        item("new@example.org", verified=False, primary=False),
    )
    assert Notice.objects.count() == 2


def test_an_address_is_given_up_but_not_the_primary_one(ada):
    second = EmailAddress.objects.create(user=ada, email="vale@example.org")
    first = EmailAddress.objects.get(email="ada@example.org")
    api = Api(ada)

    primary = api.delete(f"/v1/user/emails/{first.pk}")
    other = api.delete(f"/v1/user/emails/{second.pk}")

    assert (primary.status, primary.body) == (
        400,
        {"error": "Can not remove primary email address"},
    )
    assert (other.status, other.body) == (200, 200)
    assert api.get("/v1/user/emails").body == [item("ada@example.org")]


def test_other_peoples_addresses_are_not_found(ada):
    factories.user("bob@example.org")
    foreign = EmailAddress.objects.get(email="bob@example.org").pk

    for number in (foreign, 10**30, "x", "-1", "²"):
        for verb in ("GET", "PUT", "DELETE"):
            answer = Api(ada).send(verb, f"/v1/user/emails/{number}")
            assert (answer.status, answer.body) == (404, NOT_FOUND)


# A forgotten password


def test_x17_the_answer_about_a_forgotten_password_never_tells(ada):
    for address in ("ada@example.org", "carol@example.org"):
        answer = Api().post("/v1/user/forgot-password", {"email": address})
        assert (answer.status, answer.body) == (200, {})


def test_a_mailed_token_sets_a_new_password_once(ada):
    sent = {"token": accounts.reset_token(ada), "password": "knots"}

    weak = Api().put("/v1/user/forgot-password", sent)
    first = Api().put("/v1/user/forgot-password", sent | {"password": "splices and knots"})
    second = Api().put("/v1/user/forgot-password", sent | {"password": "splices and knots"})

    assert (weak.status, weak.body) == (
        400,
        {"password": ["This password is too short. It must contain at least 8 characters."]},
    )
    assert (first.status, first.body) == (200, {})
    assert (second.status, second.body) == (404, NOT_FOUND)


def test_e6_a_new_password_without_token_is_400():
    answer = Api().put("/v1/user/forgot-password", {"password": PASSWORD})

    assert (answer.status, answer.body) == (400, {"token": ["This field is required."]})
