"""/signup, /account: making an account, and saying who one is."""

from datetime import date, timedelta

import pytest
from django.test import Client

from rosette.models import AccessToken, EmailAddress, Identifier, Notice, User
from rosette.operations import addresses
from tests import factories
from tests.api.oauth import clients
from tests.api.oauth.clients import PASSWORD
from tests.web.visits import led_to, sign_in, signed_in, words

pytestmark = pytest.mark.django_db

NORA = {
    "first_name": "Nora",
    "last_name": "Vale",
    "email": "Nora@Example.org",
    "password": "knots and splices",
}


def test_somebody_signs_up_confirms_the_address_and_signs_in(client, ada):
    made = client.post("/signup", NORA)

    nora = User.objects.get(first_name="Nora")
    assert led_to(made) == "/signup/success"
    assert "A mail is under way to Nora@Example.org." in words(client.get("/signup/success"))
    (notice,) = Notice.objects.filter(user=nora)
    assert (notice.kind, notice.to, notice.state) == (
        "verify_address",
        "nora@example.org",
        "queued",
    )

    claim = EmailAddress.objects.get(user=nora)
    verified = client.get(f"/v2/auth/confirm-email/{addresses.verification_token(claim)}")
    assert verified["Location"] == "/account/email/done"
    who = {"step": "sign-in", "username": "nora@example.org", "password": NORA["password"]}
    assert led_to(client.post("/auth/login", who)) == "/"
    assert led_to(client.get("/")) == "/backpack"


def test_who_has_an_account_already_is_told_beside_the_form(client, ada):
    refused = client.post("/signup", NORA | {"email": "ada@example.org"})

    assert refused.status_code == 400
    assert "An account with this email address may already exist." in words(refused)
    assert NORA["password"] not in refused.content.decode()


def test_a_weak_password_is_refused_beside_its_field(client, ada):
    refused = client.post("/signup", NORA | {"password": "12345678"})

    assert refused.status_code == 400
    assert "This password is too common." in words(refused)
    assert User.objects.count() == 1


def test_where_administrators_make_accounts_nobody_signs_up(client, ada, settings):
    settings.ROSETTE = settings.ROSETTE.model_copy(update={"allow_signup": False})

    assert client.get("/signup").status_code == 403
    assert client.post("/signup", NORA).status_code == 403
    assert "/signup" not in client.get("/").content.decode()
    assert User.objects.count() == 1


def test_forgetting_ones_password_asks_for_a_mail_whoever_it_is(client, ada):
    for email in ("ada@example.org", "nobody@example.org"):
        asked = client.post("/account/password", {"email": email})
        assert (asked.status_code, f"If {email} is the confirmed address" in words(asked)) == (
            200,
            True,
        )
        assert "try_later" not in words(asked)


def test_ones_name_is_changed(ada):
    browser = signed_in(ada)

    assert led_to(browser.post("/account", {"first_name": "Åda", "last_name": "V"})) == "/account"

    ada.refresh_from_db()
    assert ada.name == "Åda V"
    assert "Your name is saved." in words(browser.get("/account"))


def test_addresses_are_added_confirmed_made_the_main_one_and_removed(ada):
    browser = signed_in(ada)
    here = "/account/addresses"

    assert led_to(browser.post(here, {"step": "add", "email": "Ada@Work.example"})) == here
    work = EmailAddress.objects.get(email="ada@work.example")
    assert "ada@work.example Not confirmed Send the mail again" in words(browser.get(here))
    browser.post(here, {"step": "primary", "number": work.pk})
    refused = browser.get(here)
    assert "An unverified address cannot be primary." in words(refused)

    addresses.verify(addresses.verification_token(work))
    browser.post(here, {"step": "primary", "number": work.pk})
    assert "ada@work.example Confirmed Main address" in words(browser.get(here))

    old = EmailAddress.objects.get(email="ada@example.org")
    factories.assertion(to="ada@example.org")
    asked = browser.get(f"{here}/{old.pk}/remove")
    assert "1 badge was awarded to this address." in words(asked)
    assert led_to(browser.post(f"{here}/{old.pk}/remove")) == here
    assert [item.email for item in ada.addresses()] == ["ada@work.example"]


def test_the_main_address_is_not_removed(ada):
    browser = signed_in(ada)
    (main,) = ada.addresses()

    browser.post(f"/account/addresses/{main.pk}/remove")
    told = browser.get("/account/addresses")

    assert "Your main address cannot be removed." in words(told)
    assert ada.addresses() == [main]


def test_other_peoples_addresses_and_identifiers_are_not_there(ada):
    bob = clients.person("bob@example.org")
    (bobs,) = bob.addresses()
    page = Identifier.objects.create(user=bob, kind="url", value="https://bob.example.org")
    browser = signed_in(ada)

    for path, sent in [
        (f"/account/addresses/{bobs.pk}/remove", {}),
        ("/account/addresses", {"step": "resend", "number": bobs.pk}),
        ("/account/addresses", {"step": "primary", "number": "x"}),
        (f"/account/identifiers/{page.entity_id}", {"step": "remove"}),
    ]:
        assert browser.post(path, sent).status_code == 404
    assert browser.get(f"/account/identifiers/{page.entity_id}").status_code == 404
    assert Identifier.objects.count() == 1


def test_a_web_address_is_claimed_and_says_how_it_is_proven(ada):
    browser = signed_in(ada)

    where = led_to(
        browser.post("/account/identifiers", {"kind": "url", "value": "https://ada.example.org/me"})
    )

    shown = browser.get(where)
    assert "https://ada.example.org/.well-known/rosette-verification.txt" in words(shown)
    assert led_to(browser.post(where, {"step": "remove"})) == "/account/identifiers"
    assert not Identifier.objects.exists()


def test_a_claim_that_is_no_address_is_refused_beside_its_field(ada):
    refused = signed_in(ada).post("/account/identifiers", {"kind": "telephone", "value": "12"})

    assert refused.status_code == 400
    assert "Telephone number does not conform to E.164" in words(refused)


def test_a_key_is_shown_once_works_and_ends(ada):
    browser = signed_in(ada)

    made = browser.post("/account/keys/new", {"name": "Course platform", "scopes": ["r:profile"]})

    row = AccessToken.objects.get()
    text = made.content.decode().partition('id="key">')[2].partition("<")[0]
    key = {"Authorization": f"Bearer {text}"}
    assert Client().get("/v2/users/self", headers=key).status_code == 200
    assert Client().get("/v2/issuers", headers=key).status_code == 404
    listed = words(browser.get("/account/keys"))
    assert "Course platform See who you are Last used" in listed
    assert "has no end" in listed
    assert text not in browser.get("/account/keys").content.decode()
    assert [item.kind for item in Notice.objects.all()] == ["key_added"]

    assert led_to(browser.post(f"/account/keys/{row.entity_id}/end")) == "/account/keys"
    assert Client().get("/v2/users/self", headers=key).status_code == 401


def test_a_key_with_a_last_day_is_not_renewed_by_use(ada, settings):
    browser = signed_in(ada)
    until = date.today() + timedelta(days=30)
    browser.post("/account/keys/new", {"name": "k", "scopes": ["r:profile"], "until": until})
    row = AccessToken.objects.get()
    assert not row.last_used_at
    settings.ROSETTE = settings.ROSETTE.model_copy(update={"access_token_seconds": 10**10})
    text = "a key of which the text is known"
    from oauth2_provider.models import set_token_value

    set_token_value(row, text)
    row.save()

    for _ in range(2):
        Client().get("/v2/users/self", headers={"Authorization": f"Bearer {text}"})

    used = AccessToken.objects.get()
    assert (used.expires, used.last_used_at is None) == (row.expires, False)


@pytest.mark.parametrize(
    ("wish", "why"),
    [
        ({"name": "", "scopes": ["r:profile"]}, "This field is required."),
        ({"name": "k"}, "Choose what the key may do."),
        ({"name": "k", "scopes": ["rw:serverAdmin"]}, "Select a valid choice."),
        ({"name": "k", "scopes": ["r:profile"], "until": "2001-01-01"}, "The day must lie ahead."),
    ],
)
def test_a_key_that_makes_no_sense_is_refused(ada, wish, why):
    refused = signed_in(ada).post("/account/keys/new", wish)

    assert (refused.status_code, why in words(refused)) == (400, True)
    assert not AccessToken.objects.exists()


def test_a_key_for_one_issuer_reaches_no_other(ada):
    mine = factories.issuer(ada)
    bobs = factories.issuer(clients.person("bob@example.org"))
    browser = signed_in(ada)

    refused = browser.post("/account/keys/new", {"name": "k", "issuer": bobs.entity_id})
    made = browser.post("/account/keys/new", {"name": "k", "issuer": mine.entity_id})

    assert refused.status_code == 400
    text = made.content.decode().partition('id="key">')[2].partition("<")[0]
    key = {"Authorization": f"Bearer {text}"}
    assert Client().get(f"/v2/issuers/{mine.entity_id}", headers=key).status_code == 200
    assert Client().get(f"/v2/issuers/{bobs.entity_id}", headers=key).status_code == 404
    assert "Act for the issuer “Harbor Learning”" in words(browser.get("/account/keys"))


def test_nobody_ends_the_key_of_somebody_else(ada):
    browser = signed_in(clients.person("bob@example.org"))
    factories.token(ada)
    AccessToken.objects.update(name="k")

    ended = browser.post(f"/account/keys/{AccessToken.objects.get().entity_id}/end")

    assert ended.status_code == 404
    assert AccessToken.objects.count() == 1


def test_connected_applications_are_listed_and_disconnected(ada):
    application = clients.confidential("authorization-code", "r:profile")
    factories.token(ada, "r:profile")
    AccessToken.objects.update(application=application)
    browser = signed_in(ada)

    assert "Harbor See who you are" in words(browser.get("/account/apps"))
    assert led_to(browser.post("/account/apps", {"step": "one", "client": "harbor"})) == (
        "/account/apps"
    )

    assert not AccessToken.objects.exists()
    assert "Nothing is connected" in words(browser.get("/account/apps"))
    assert browser.post("/account/apps", {"step": "one", "client": "harbor"}).status_code == 404


def test_programs_that_know_the_password_are_shut_out_and_keys_stay(ada):
    browser = signed_in(ada)
    browser.post("/account/keys/new", {"name": "k", "scopes": ["r:profile"]})
    factories.token(ada)

    assert "1 program got in by your password." in words(browser.get("/account/apps"))
    browser.post("/account/apps", {"step": "passwords"})

    assert [row.name for row in AccessToken.objects.all()] == ["k"]


def test_the_lists_of_an_account_cost_the_same_however_long(ada, django_assert_num_queries):
    browser = signed_in(ada)
    application = clients.confidential("authorization-code", "r:profile")
    for number in range(3):
        factories.token(ada, f"rw:issuer:{factories.issuer(ada).entity_id}")
        AccessToken.objects.filter(name="").update(name=f"k{number}")
        EmailAddress.objects.create(user=ada, email=f"ada{number}@example.org")
    browser.get("/account/keys")
    for path, queries in [("/account/keys", 4), ("/account/addresses", 3), ("/account/apps", 5)]:
        with django_assert_num_queries(queries):
            browser.get(path)
    assert application


def test_all_of_ones_data_is_handed_out(ada):
    archive = signed_in(ada).post("/account/data/export")

    assert archive["Content-Type"] == "application/zip"
    assert b"".join(archive.streaming_content)[:2] == b"PK"


def test_an_account_ends_by_the_password_and_nothing_less(ada):
    browser = signed_in(ada)

    unsure = browser.post("/account/data/leave", {"password": PASSWORD})
    wrong = browser.post("/account/data/leave", {"password": "x", "sure": "on"})
    assert (unsure.status_code, wrong.status_code) == (400, 400)
    assert "Incorrect password" in words(wrong)
    assert User.objects.count() == 1


def test_an_account_ends_and_says_goodbye(ada):
    clients.person("bob@example.org")
    browser = signed_in(ada)

    left = browser.post("/account/data/leave", {"password": PASSWORD, "sure": "on"})

    assert led_to(left) == "/goodbye"
    assert "Your account has ended" in words(browser.get("/goodbye"))
    assert not User.objects.filter(pk=ada.pk).exists()
    assert sign_in(Client(), clients.person("bob2@example.org")).status_code == 303


def test_the_only_owner_of_an_issuer_is_told_what_to_settle_first(ada):
    factories.issuer(ada)

    refused = signed_in(ada).post("/account/data/leave", {"password": PASSWORD, "sure": "on"})

    assert refused.status_code == 400
    assert "You are the only owner of these issuers." in words(refused)


@pytest.mark.parametrize(
    "path",
    [
        *("/account", "/account/addresses", "/account/identifiers", "/account/security"),
        *("/account/devices", "/account/keys", "/account/keys/new", "/account/apps"),
        *("/account/data", "/account/data/leave", "/account/security/two-step"),
        *("/account/security/password", "/account/security/passkeys/new"),
    ],
)
def test_pages_of_an_account_ask_strangers_to_sign_in(client, ada, path):
    stranger = client.get(path)
    ours = signed_in(ada).get(path)

    assert (stranger.status_code, words(stranger).startswith("Sign in to Rosette")) == (200, True)
    assert ours.status_code == 200
    assert not words(ours).startswith("Sign in to Rosette")
