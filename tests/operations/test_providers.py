"""Whose account at a provider it is; the conversations with real ones are in tests/public."""

from datetime import timedelta

import pytest
from django.utils import timezone

from rosette.config import SignInProvider
from rosette.errors import NotFound
from rosette.models import (
    AccessToken,
    EmailAddress,
    Grant,
    Notice,
    Session,
    SocialAccount,
    TermsVersion,
    User,
)
from rosette.operations import accounts, addresses, applications, providers, upkeep
from rosette.operations.providers import NotSignedIn, Presented, Refusal
from tests import factories
from tests.api.client import NO_TOKEN, NOT_FOUND, Api, bad_request

pytestmark = pytest.mark.django_db

CAMPUS = SignInProvider(id="campus", issuer="https://campus.example.org", client_id="rosette")
DOUBTED = CAMPUS.model_copy(update={"id": "doubted", "trust_email": False})


@pytest.fixture(autouse=True)
def offered(settings):
    settings.ROSETTE = settings.ROSETTE.model_copy(update={"sign_in_providers": (CAMPUS, DOUBTED)})


def bob(provider="campus", **facts):
    return Presented(
        **{"provider": provider, "uid": "bob-1", "emails": [("Bob@Example.org", True)]} | facts
    )


def refused(who):
    with pytest.raises(NotSignedIn) as refusal:
        providers.sign_in(who)
    return refusal.value.why


def test_where_accounts_are_made_by_administrators_only_known_people_sign_in(settings):
    settings.ROSETTE = settings.ROSETTE.model_copy(update={"allow_signup": False})

    assert refused(bob()) is Refusal.CLOSED
    assert list(User.objects.all()) == []
    known = factories.user("bob@example.org")
    assert providers.sign_in(bob()) == known


def test_somebody_who_is_switched_off_signs_in_by_no_way():
    factories.user("bob@example.org", is_active=False)

    assert refused(bob()) is Refusal.INACTIVE
    User.objects.update(is_active=True)
    person = providers.sign_in(bob())
    User.objects.update(is_active=False)
    assert refused(bob()) is Refusal.INACTIVE
    assert refused_connection(bob(uid="other"), person) is Refusal.INACTIVE


def refused_connection(who, person):
    person.refresh_from_db()
    with pytest.raises(NotSignedIn) as refusal:
        providers.connect(who, person)
    return refusal.value.why


@pytest.mark.parametrize("verified", [True, False])
def test_an_address_that_is_only_claimed_here_is_nobodys_way_in(verified):
    factories.user("bob@example.org", verified=False)

    if verified:
        assert providers.sign_in(bob()).first_name == ""
    else:
        assert refused(bob(emails=[("bob@example.org", False)])) is Refusal.UNVERIFIED
    assert EmailAddress.objects.get().verified is verified


def test_the_word_of_a_provider_that_is_not_trusted_is_a_claim():
    newcomer = providers.sign_in(bob("doubted"))

    assert [(item.email, item.verified) for item in newcomer.addresses()] == [
        ("bob@example.org", False)
    ]
    assert list(Notice.objects.values_list("kind", "to")) == [("verify_address", "bob@example.org")]


def test_one_uid_at_two_providers_is_two_accounts():
    first = providers.sign_in(bob())
    second = providers.sign_in(bob("doubted", emails=[("other@example.org", True)]))

    assert first != second


def test_of_what_a_provider_tells_only_what_is_shown_is_kept():
    providers.sign_in(bob(first_name="Bob" * 40, url="https://bob.example.org"))

    assert SocialAccount.objects.get().extra_data == {
        "first_name": "Bob" * 40,
        "last_name": "",
        "email": "Bob@Example.org",
        "url": "https://bob.example.org",
    }
    assert User.objects.get().first_name == ("Bob" * 40)[:30]


def test_a_code_is_stored_as_a_checksum_and_ends_after_ten_minutes():
    person = factories.user("bob@example.org")
    code = providers.auth_code(person)

    assert not Grant.objects.filter(code__contains=code).exists()
    Grant.objects.update(expires=timezone.now() - timedelta(seconds=1))
    with pytest.raises(NotFound):
        providers.token_for(code)
    assert not AccessToken.objects.exists()


def test_a_code_of_an_application_is_none_for_the_web_client():
    person = factories.user("bob@example.org")
    code = providers.auth_code(person)
    Grant.objects.update(redirect_uri="https://portal.example.org/callback")

    with pytest.raises(NotFound):
        providers.token_for(code)


def test_a_code_buys_no_token_by_the_grant_of_authorization_codes():
    person = factories.user("bob@example.org")
    applications.ensure_public_client()

    answer = Api().post(
        "/o/token",
        {
            "grant_type": "authorization_code",
            "client_id": "public",
            "code": providers.auth_code(person),
            "redirect_uri": "",
        },
    )

    assert answer.status == 400
    assert not AccessToken.objects.exists()


@pytest.mark.parametrize("body", [{}, {"code": ""}, {"code": "x"}, {"code": None}])
def test_over_the_wire_a_wrong_code_is_no_code(body):
    answer = Api().post("/o/code", body)

    assert (answer.status, answer.body) == (400, {"error": "Invalid authcode"})


def test_e9_without_providers_there_are_no_accounts_at_them(settings):
    settings.ROSETTE = settings.ROSETTE.model_copy(update={"sign_in_providers": ()})
    api = Api(factories.user("ada@example.org"))

    assert api.get("/v2/socialaccounts").result == []
    answer = api.get("/v2/socialaccounts/connect", provider="twitter")
    assert (answer.status, answer.body) == (400, bad_request({"provider": ["Unknown provider."]}))
    for path in ("/v2/socialaccounts/1", "/v2/socialaccounts/x", "/v2/socialaccounts/9" + "9" * 30):
        for answer in (api.get(path), api.delete(path)):
            assert (answer.status, answer.body) == (404, NOT_FOUND)
    assert api.post("/v2/socialaccounts").status == 405
    assert Api().get("/v2/socialaccounts").body == NO_TOKEN


def test_an_account_of_somebody_else_is_not_found_in_either_version():
    providers.sign_in(bob())
    number = SocialAccount.objects.get().pk
    carol = Api(factories.user("carol@example.org"))

    for path in (f"/v2/socialaccounts/{number}", f"/v1/user/socialaccounts/{number}"):
        assert (carol.get(path).status, carol.delete(path).status) == (404, 404)


def test_the_last_way_in_counts_only_providers_that_are_still_offered(settings):
    person = providers.sign_in(bob())
    providers.connect(bob("doubted", uid="bob-2"), person)
    settings.ROSETTE = settings.ROSETTE.model_copy(update={"sign_in_providers": (CAMPUS,)})
    first, second = SocialAccount.objects.order_by("pk")
    api = Api(person)

    assert api.delete(f"/v1/user/socialaccounts/{first.pk}").body == [providers.LAST_WAY]
    person.set_password("knots and splices")
    person.save()
    assert api.delete(f"/v1/user/socialaccounts/{first.pk}").status == 204
    (left,) = api.get("/v1/user/socialaccounts").body
    assert (left["id"], left["provider"], left["uid"]) == (second.pk, "doubted", "bob-2")
    assert api.get(f"/v1/user/socialaccounts/{second.pk}").body == left
    connect = api.get("/v1/user/socialaccounts/connect", provider="campus").body["url"]
    assert connect.startswith(
        "https://badges.example.org/account/sociallogin?provider=campus&authCode="
    )
    assert Api(person, "rw:profile").get("/v1/user/socialaccounts/connect").status == 403


def test_a_sign_in_that_was_given_up_is_pruned_and_terms_follow_the_settings(settings):
    for minutes in (-1, 1):
        Session.objects.create(
            session_key=str(minutes),
            session_data="x",
            expire_date=timezone.now() + timedelta(minutes=minutes),
        )
    settings.ROSETTE = settings.ROSETTE.model_copy(update={"terms_version": 4})

    upkeep.keep_house()

    assert [session.session_key for session in Session.objects.all()] == ["1"]
    assert TermsVersion.latest().version == 4


def test_who_claimed_an_address_by_a_provider_is_not_let_in_once_its_owner_signs_up():
    mallory = Presented("doubted", "mallory", [("bob@example.org", True)])
    hers = providers.sign_in(mallory)

    bobs = accounts.sign_up(accounts.SignUp("bob@example.org", "knots and splices"))
    addresses.verify(addresses.verification_token(EmailAddress.objects.get()))

    assert bobs is not None
    assert bobs.pk != hers.pk
    assert refused(mallory) is Refusal.CLAIMED
    assert not SocialAccount.objects.exists()
