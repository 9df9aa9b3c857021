"""/account/security, /account/devices: what opens an account, and signing in in two steps."""

import re
from base64 import b64decode

import pyotp
import pytest
from django.test import Client
from django.utils import timezone

from rosette.models import AccessToken, Authenticator, Notice, Session
from rosette.operations import accounts, people, second_steps
from tests.api.oauth.clients import PASSWORD, person
from tests.web.visits import led_to, sign_in, signed_in, words

pytestmark = pytest.mark.django_db

HERE = "/account/security"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"


def turn_on(browser):
    """Two-step sign-in, as the page leads through it: the app, and the recovery codes."""
    shown = browser.get(f"{HERE}/two-step").content.decode()
    secret = re.search(r'id="secret">([^<]+)<', shown)[1].replace(" ", "")
    app = pyotp.TOTP(secret)
    done = browser.post(f"{HERE}/two-step", {"code": app.now()})
    assert done.status_code == 200, words(done)
    return app, re.findall(r"<li><code>(\d{8})</code></li>", done.content.decode())


def later(app):
    """A code that was not used yet: half a minute ahead still counts."""
    return app.at(timezone.now().timestamp() + 30)


def test_two_step_sign_in_is_switched_on_and_then_asks_for_a_code(ada):
    app, codes = turn_on(signed_in(ada))
    browser = Client()

    half = sign_in(browser, ada)
    asked = browser.get("/auth/login")
    hidden = browser.get("/account")
    wrong = browser.post("/auth/login", {"step": "code", "code": "000000"})

    assert len(codes) == len(set(codes)) == 10
    assert led_to(half) == "/auth/login"
    assert words(asked).startswith("Now your code")
    assert words(hidden).startswith("Now your code")
    assert (wrong.status_code, "This code is wrong" in words(wrong)) == (400, True)
    assert browser.get("/v2/users/self").status_code == 401
    accounts.limits.forget("second step", ada.entity_id)
    assert led_to(browser.post("/auth/login", {"step": "code", "code": later(app)})) == "/"
    assert words(browser.get("/account")).startswith("Your account")
    assert [item.kind for item in Notice.objects.all()] == ["two_step_on"]


def test_the_secret_is_sealed_at_rest(ada):
    browser = signed_in(ada)
    app, codes = turn_on(browser)

    kept = [row.data for row in Authenticator.objects.order_by("pk")]

    assert all(app.secret not in str(data) and codes[0] not in str(data) for data in kept)
    assert kept[0]["secret"].startswith("v1.")
    assert kept[1]["seed"].startswith("v1.")


def test_the_secret_is_not_in_a_session_while_it_is_being_set_up(ada):
    browser = signed_in(ada)
    shown = browser.get(f"{HERE}/two-step").content.decode()
    secret = re.search(r'id="secret">([^<]+)<', shown)[1].replace(" ", "")

    (row,) = Session.objects.all()

    assert secret not in str(row.get_decoded())


def test_a_wrong_code_switches_nothing_on(ada):
    refused = signed_in(ada).post(f"{HERE}/two-step", {"code": "000000"})

    assert (refused.status_code, "The code is wrong." in words(refused)) == (400, True)
    assert not Authenticator.objects.exists()


def test_a_code_counts_once_and_so_does_a_recovery_code(ada):
    app, codes = turn_on(signed_in(ada))
    code = later(app)

    assert second_steps.is_right(ada, code)
    assert not second_steps.is_right(ada, code)
    assert not second_steps.is_right(ada, app.now())  # older than one that was used
    assert second_steps.is_right(ada, f"{codes[3][:4]}-{codes[3][4:]}")
    assert not second_steps.is_right(ada, codes[3])
    assert second_steps.recovery_codes_left(ada) == 9


def test_wrong_codes_have_to_wait(ada):
    app, _ = turn_on(signed_in(ada))
    browser = Client()
    sign_in(browser, ada)

    browser.post("/auth/login", {"step": "code", "code": "000000"})
    waits = browser.post("/auth/login", {"step": "code", "code": later(app)})

    assert (waits.status_code, waits["Retry-After"]) == (429, "2")


def test_half_of_a_sign_in_ends_with_the_password(ada):
    app, _ = turn_on(signed_in(ada))
    browser = Client()
    sign_in(browser, ada)

    accounts.set_password("ada@example.org", "another rope and knot")
    late = browser.post("/auth/login", {"step": "code", "code": later(app)})

    assert (late.status_code, "This took too long." in words(late)) == (400, True)
    assert words(browser.get("/account")).startswith("Sign in")


def test_somebody_else_signs_in_instead(ada):
    turn_on(signed_in(ada))
    browser = Client()
    sign_in(browser, ada)

    browser.post("/auth/login", {"step": "sign-out"})

    assert words(browser.get("/auth/login")).startswith("Sign in to Rosette")


def test_a_password_alone_makes_no_token_then(ada):
    turn_on(signed_in(ada))
    who = {"username": "ada@example.org", "password": PASSWORD}

    token = Client().post("/o/token", who)
    accounts.limits.forget("login", "ada@example.org")
    legacy = Client().post("/api-auth/token", who)

    why = (
        "This account has two-step sign-in, so that a password alone makes no token. "
        "Make an API key at https://badges.example.org/account/keys instead."
    )
    assert (token.status_code, token.json()) == (
        400,
        {"error": "invalid_grant", "error_description": why},
    )
    assert (legacy.status_code, legacy.json()) == (400, {"non_field_errors": [why]})
    assert not AccessToken.objects.exists()


def test_a_wrong_password_does_not_tell_of_two_steps(ada):
    turn_on(signed_in(ada))

    token = Client().post("/o/token", {"username": "ada@example.org", "password": "wrong"})

    assert token.status_code == 400
    assert "two-step" not in token.content.decode()


def test_two_step_sign_in_is_switched_off_and_told(ada):
    browser = signed_in(ada)
    turn_on(browser)

    assert led_to(browser.post(f"{HERE}/two-step/off")) == HERE

    assert not Authenticator.objects.exists()
    assert [item.kind for item in Notice.objects.order_by("pk")] == ["two_step_on", "two_step_off"]
    assert led_to(sign_in(Client(), ada)) == "/"
    assert browser.post(f"{HERE}/two-step/off").status_code == 404


def test_a_new_list_of_recovery_codes_ends_the_old_one(ada):
    browser = signed_in(ada)
    _, codes = turn_on(browser)

    fresh = re.findall(r"<code>(\d{8})</code>", browser.post(f"{HERE}/codes").content.decode())

    assert len(fresh) == 10
    assert not second_steps.is_right(ada, codes[0])
    assert second_steps.is_right(ada, fresh[0])


def test_doors_are_moved_only_by_who_signed_in_a_moment_ago(ada):
    browser = signed_in(ada)
    session = browser.session
    session["signed_in_at"] -= 3600
    session.save()

    for path in (f"{HERE}/two-step", f"{HERE}/passkeys/new", "/account/keys/new"):
        asked = browser.get(path)
        assert "Please sign in once more" in words(asked)
    sent = browser.post("/account/keys/new", {"name": "k", "scopes": ["r:profile"]})
    assert led_to(sent) == "/account/keys/new"
    assert not AccessToken.objects.exists()

    again = browser.post(
        "/account/keys/new",
        {"step": "sign-in", "username": "ada@example.org", "password": PASSWORD},
    )
    assert led_to(again) == "/account/keys/new"
    assert words(browser.get("/account/keys/new")).startswith("Make an API key")


def test_a_new_password_ends_all_other_sessions_and_keeps_this_one(ada):
    browser, other = signed_in(ada), signed_in(ada)

    changed = browser.post(
        f"{HERE}/password", {"current_password": PASSWORD, "password": "another rope and knot"}
    )

    assert led_to(changed) == HERE
    assert "Your password is changed." in words(browser.get(HERE))
    assert words(other.get("/account")).startswith("Sign in")
    assert Session.objects.filter(user=ada).count() == 1
    assert [item.kind for item in Notice.objects.all()] == ["password_changed"]


def test_a_new_password_wants_the_present_one(ada):
    refused = signed_in(ada).post(
        f"{HERE}/password", {"current_password": "x", "password": "another rope and knot"}
    )

    assert (refused.status_code, "Incorrect password" in words(refused)) == (400, True)


def test_devices_are_listed_and_signed_out(ada):
    browser = signed_in(ada, headers={"User-Agent": FIREFOX})
    phone = signed_in(ada, headers={"User-Agent": "Mozilla/5.0 (iPhone; CPU) Safari/604.1"})
    third = signed_in(ada)

    listed = words(browser.get("/account/devices"))
    assert "Firefox on Linux Last used" in listed
    assert "Safari on iPhone" in listed
    assert "A browser" in listed
    assert listed.count("This device") == 1

    of_phone = Session.objects.get(agent__contains="iPhone").number
    assert led_to(browser.post("/account/devices", {"number": of_phone})) == "/account/devices"
    assert words(phone.get("/account")).startswith("Sign in")
    assert browser.post("/account/devices", {"number": of_phone}).status_code == 404

    browser.post("/account/devices", {"step": "others"})
    assert words(third.get("/account")).startswith("Sign in")
    assert "You are signed out of 1 other device." in words(browser.get("/account/devices"))


def test_nobody_signs_out_somebody_else(ada):
    bob = signed_in(person("bob@example.org"))
    signed_in(ada)
    hers = Session.objects.get(user=ada).number

    assert bob.post("/account/devices", {"number": hers}).status_code == 404
    assert bob.post("/account/devices", {"number": ""}).status_code == 404
    assert Session.objects.filter(user=ada).count() == 1


def test_a_session_in_use_is_seen_now_and_then(ada):
    browser = signed_in(ada)
    session = browser.session
    session["seen_at"] -= 1000
    session.save()
    before = Session.objects.get().seen_at

    browser.get("/account")
    seen = Session.objects.get().seen_at
    browser.get("/account")

    assert seen > before
    assert Session.objects.get().seen_at == seen


def test_a_passkey_that_is_none_is_refused(ada):
    browser = signed_in(ada)

    for credential in (
        "",
        "{}",
        "[]",
        '{"id": 1}',
        "x" * 30_000,
        '{"response": {"userHandle": 7}}',
    ):
        browser.post(f"{HERE}/passkeys/options")
        made = browser.post(f"{HERE}/passkeys/new", {"name": "p", "credential": credential})
        assert (made.status_code, "could not be made" in words(made)) == (400, True)
        stranger = Client()
        stranger.post("/auth/passkey")
        used = stranger.post("/auth/login", {"step": "passkey", "credential": credential})
        assert (used.status_code, "opens no account here" in words(used)) == (400, True)
    assert not Authenticator.objects.exists()


def test_options_of_passkeys_name_this_site_and_are_asked_by_post(ada):
    browser = signed_in(ada)

    made = browser.post(f"{HERE}/passkeys/options").json()["publicKey"]
    used = Client().post("/auth/passkey").json()["publicKey"]

    assert made["rp"] == {"id": "badges.example.org", "name": "Rosette"}
    assert b64decode(made["user"]["id"] + "==", b"-_") == ada.entity_id.encode()
    assert made["authenticatorSelection"]["userVerification"] == "required"
    assert (used["rpId"], used["userVerification"]) == ("badges.example.org", "required")
    assert browser.get(f"{HERE}/passkeys/options").status_code == 303


def test_an_administrator_helps_who_lost_what_makes_the_codes(ada, root):
    turn_on(signed_in(ada))

    people.turn_off_second_step(ada, by=root)

    assert led_to(sign_in(Client(), ada)) == "/"
