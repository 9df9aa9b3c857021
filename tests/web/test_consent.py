"""/auth/oauth2/authorize: what a person is asked, and what becomes of the answer."""

import re
from html import unescape
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from django.test import Client

from rosette.models import AccessToken, Application, Grant
from rosette.operations import accounts
from tests import factories
from tests.api.oauth.clients import CALLBACK, PASSWORD, SECRET, basic, confidential, person
from tests.environment import ORIGIN

pytestmark = pytest.mark.django_db

PATH = "/auth/oauth2/authorize"
QUESTION = {
    "client_id": "harbor",
    "redirect_uri": CALLBACK,
    "response_type": "code",
    "scope": "r:profile",
    "state": "s 1&2",
}


@pytest.fixture
def ada():
    return person()


@pytest.fixture
def browser():
    """One that refuses what a browser would refuse."""
    return Client(enforce_csrf_checks=True, headers={"Accept": "text/html"})


def harbor(scopes="r:profile", **fields):
    return confidential("authorization-code", scopes, **fields)


def address(**changes):
    asked = {name: value for name, value in (QUESTION | changes).items() if value is not None}
    return f"{PATH}?{urlencode(asked)}"


def words(response):
    """The text of the page."""
    main = response.content.decode().partition('<main id="content">')[2].partition("</main>")[0]
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", main)).split())


def wishes(response):
    shown = response.content.decode().partition('class="wishes"')[2].partition("</ul>")[0]
    return re.findall(r"<li>(.*?)</li>", unescape(shown))


def send(browser, where, **fields):
    """Send a form of the page at this address, as it stands there."""
    shown = browser.get(where)
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', shown.content.decode())
    named = re.search(r'name="person" value="([^"]+)"', shown.content.decode())
    sent = {"csrfmiddlewaretoken": token and token[1]}
    if named and "person" not in fields:
        sent["person"] = named[1]
    return browser.post(where, sent | fields)


def sign_in(browser, who="ada@example.org", where="/auth/login", password=PASSWORD):
    return send(browser, where, step="sign-in", username=who, password=password)


def sent_back(response, status=303):
    """Where the browser is sent, and with what; the code as ``CODE``."""
    assert response.status_code == status
    said = dict(parse_qsl(urlsplit(response["Location"]).query))
    if "code" in said:
        assert len(said["code"]) == 30
        said["code"] = "CODE"
    return response["Location"].partition("?")[0], said


def test_whoever_is_not_signed_in_signs_in_first_and_is_then_asked(browser, ada):
    harbor("r:profile rw:backpack")
    where = address(scope="r:profile rw:backpack")

    first = browser.get(where)
    signed_in = sign_in(browser, "Ada@Example.org", where)
    asked = browser.get(where)

    assert words(first).startswith("Sign in to Rosette H Harbor client.example.org It wants to be")
    assert (signed_in.status_code, signed_in["Location"]) == (303, where)
    assert words(asked) == (
        "Connect Harbor? H Harbor client.example.org It wants to See who you are "
        "See, add and remove badges in your backpack, and arrange collections "
        "Signed in as Ada Vale ada@example.org Use another account Allow Deny "
        "Either way you go back to client.example.org. Your password is not told to anybody."
    )
    for page in (first, asked):
        assert page.status_code == 200
        assert page["Cache-Control"] == "no-store"
        assert page["Referrer-Policy"] == "same-origin"
        assert page["Content-Security-Policy"] == (
            "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; "
            "img-src 'self' data: blob:; connect-src 'self'; base-uri 'none'; "
            "form-action 'self' https://client.example.org; frame-ancestors 'none'"
        )
        assert "<script>" not in page.content.decode()


def test_consent_sends_a_code_to_the_application_which_it_exchanges(browser, ada):
    harbor()
    sign_in(browser)

    consented = send(browser, address(), step="allow")

    assert sent_back(consented) == (
        CALLBACK,
        {"code": "CODE", "state": "s 1&2", "scope": "r:profile"},
    )
    code = dict(parse_qsl(urlsplit(consented["Location"]).query))["code"]
    token = Client().post(
        "/o/token",
        {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK},
        headers=basic(),
    )
    assert (token.status_code, token.json()["scope"]) == (200, "r:profile")
    assert AccessToken.objects.get().user == ada


def test_a_refusal_goes_back_as_access_denied(browser, ada):
    harbor()
    sign_in(browser)

    assert sent_back(send(browser, address(), step="deny")) == (
        CALLBACK,
        {"error": "access_denied", "state": "s 1&2"},
    )
    assert list(Grant.objects.all()) == []


def test_a_missing_response_type_is_tolerated_and_a_slash_at_the_end(browser, ada):
    harbor()
    sign_in(browser)
    where = address(response_type=None, state=None).replace(PATH, f"{PATH}/")

    assert sent_back(send(browser, where, step="allow"))[1] == {
        "code": "CODE",
        "scope": "r:profile",
    }


def test_a_browser_at_the_address_for_programs_is_led_to_the_page(browser):
    harbor()
    query = urlencode(QUESTION)

    led = browser.get(f"/o/authorize?{query}")

    assert (led.status_code, led["Location"]) == (302, f"{PATH}?{query}")
    assert Client().get(f"/o/authorize?{query}").json()["scopes"] == ["r:profile"]


def test_an_issuer_is_called_by_its_name_and_only_an_owner_lends_it(browser, ada):
    harbor("rw:issuer:*")
    mine, bobs = factories.issuer(ada), factories.issuer(person("bob@example.org"))
    where = address(scope=f"rw:issuer:{mine.entity_id} rw:issuer:{bobs.entity_id}")
    sign_in(browser)

    assert wishes(browser.get(where)) == ["Act for the issuer “Harbor Learning”"]
    assert sent_back(send(browser, where, step="allow"))[1]["scope"] == (
        f"rw:issuer:{mine.entity_id}"
    )


def test_who_has_nothing_of_it_to_lend_is_told_and_can_only_go_back(browser, ada):
    harbor("rw:serverAdmin", skip_authorization=True)
    where = address(scope="rw:serverAdmin")
    sign_in(browser)

    asked = browser.get(where)

    assert "rights that your account does not have" in words(asked)
    assert ' value="allow"' not in asked.content.decode()
    for step in ("allow", "deny"):
        assert sent_back(send(browser, where, step=step))[1] == {
            "error": "access_denied",
            "state": "s 1&2",
        }


def test_x13_a_scope_beyond_the_application_is_neither_asked_nor_lent(browser, ada):
    harbor("r:profile")
    where = address(scope="r:profile rw:issuer")
    sign_in(browser)

    assert wishes(browser.get(where)) == ["See who you are"]
    assert sent_back(send(browser, where, step="allow"))[1]["scope"] == "r:profile"


def test_the_same_thing_is_asked_once(browser, ada):
    scope = "https://purl.imsglobal.org/spec/ob/v2p1/scope/profile.readonly"
    harbor(f"r:profile {scope}")
    sign_in(browser)

    assert wishes(browser.get(address(scope=f"r:profile {scope}"))) == ["See who you are"]


def test_an_application_that_introduced_itself_says_so(browser, ada):
    harbor(
        registration_source=Application.RegistrationSource.DCR,
        name="<b>Your bank</b>",
        policy_url="https://client.example.org/policy",
        terms_url="javascript:alert(1)",
    )
    sign_in(browser)

    page = browser.get(address())

    assert "Go on only if you came here from client.example.org." in words(page)
    assert "Connect <b>Your bank</b>?" in unescape(page.content.decode())
    assert "<b>" not in page.content.decode()
    assert 'href="https://client.example.org/policy"' in page.content.decode()
    assert "javascript:" not in page.content.decode()


def test_a_trusted_application_and_one_with_the_same_rights_get_a_code_at_once(browser, ada):
    application = harbor("r:profile rw:issuer")
    sign_in(browser)
    factories.bearer(ada, "r:profile")
    AccessToken.objects.update(application=application)
    again = address(approval_prompt="auto")

    assert sent_back(browser.get(again), 302)[1]["scope"] == "r:profile"
    assert browser.get(address()).status_code == 200
    assert browser.get(f"{again}&scope=rw:issuer").status_code == 200
    Application.objects.filter(pk=application.pk).update(skip_authorization=True)
    assert sent_back(browser.get(address()), 302)[1]["code"] == "CODE"


def test_an_application_that_cannot_be_trusted_with_the_answer_gets_none(browser, ada):
    harbor()
    for changes, error in [
        ({"client_id": "nobody"}, "Invalid client_id parameter value."),
        ({"client_id": "a\0b"}, "Null characters are not allowed."),
        ({"client_id": None}, "Missing client_id parameter."),
        ({"redirect_uri": "https://evil.example.org/"}, "Mismatching redirect URI."),
        ({"redirect_uri": "callback"}, "Invalid redirect URI."),
        ({"code_challenge": "x" * 129}, "The code challenge is too long."),
    ]:
        refused = browser.get(address(**changes))
        assert refused.status_code == 400
        assert words(refused).endswith(error)
        assert "Go back" not in words(refused)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"scope": "rw:issuer"}, "invalid_scope"),
        ({"scope": "frobnicate"}, "invalid_scope"),
        ({"response_type": "token"}, "unauthorized_client"),
        ({"code_challenge": "x" * 43, "code_challenge_method": "MD5"}, "invalid_request"),
    ],
)
def test_a_question_that_does_not_hold_together_can_be_taken_back(browser, changes, error):
    harbor()

    refused = browser.get(address(**changes))

    assert refused.status_code == 400
    (back,) = re.findall(r'<a href="([^"]+)" rel', unescape(refused.content.decode()))
    said = dict(parse_qsl(urlsplit(back).query))
    assert back.startswith(f"{CALLBACK}?")
    assert (said["error"], said["state"]) == (error, "s 1&2")


def test_a_wrong_password_is_told_and_tries_are_counted_with_those_for_tokens(browser, ada):
    harbor()

    wrong = sign_in(browser, password="wrong")
    early = sign_in(browser)
    token = Client().post("/o/token", {"username": "ada@example.org", "password": PASSWORD})

    assert wrong.status_code == 400
    assert "This address and this password do not belong together." in words(wrong)
    assert 'value="ada@example.org"' in wrong.content.decode()
    assert PASSWORD not in wrong.content.decode()
    assert (early.status_code, early["Retry-After"]) == (429, "2")
    assert "Please wait for 2 seconds and try again." in words(early)
    assert token.status_code == 429


@pytest.mark.parametrize("name", ["", "nobody@example.org", "a\0b"])
def test_nobody_signs_in_under_a_name_that_is_not_there(browser, name):
    harbor()

    assert sign_in(browser, name).status_code == 400


def test_who_is_no_longer_active_is_signed_out(browser, ada):
    harbor()
    sign_in(browser)
    assert "Signed in as" in words(browser.get(address()))

    ada.is_active = False
    ada.save()

    assert words(browser.get(address())).startswith("Sign in to")


def test_a_new_password_ends_the_session(browser, ada):
    harbor()
    sign_in(browser)

    accounts.change_profile(ada, {"password": "another rope", "current_password": PASSWORD})

    assert words(browser.get(address())).startswith("Sign in to")


def test_another_account_is_signed_in_instead(browser, ada):
    harbor()
    person("bob@example.org")
    sign_in(browser)

    out = send(browser, address(), step="sign-out")

    assert (out.status_code, out["Location"]) == (303, address())
    sign_in(browser, "bob@example.org")
    assert "bob@example.org" in words(browser.get(address()))


def test_an_answer_for_another_account_than_the_one_that_was_shown_counts_nothing(browser, ada):
    harbor()
    sign_in(browser)

    stale = send(browser, address(), step="allow", person=person("bob@example.org").entity_id)

    assert (stale.status_code, stale["Location"]) == (303, address())
    assert list(Grant.objects.all()) == []


def test_an_answer_after_the_session_has_ended_is_asked_again(browser, ada):
    harbor()

    late = send(browser, address(), step="allow", person=ada.entity_id)

    assert (late.status_code, late["Location"]) == (303, address())
    assert list(Grant.objects.all()) == []


def test_a_form_from_elsewhere_does_nothing(browser, ada):
    harbor()
    sign_in(browser)

    forged = browser.post(address(), {"step": "allow", "person": ada.entity_id})

    assert forged.status_code == 403
    assert words(forged).startswith("Please try again")
    assert forged["Cache-Control"] == "no-store"
    assert list(Grant.objects.all()) == []


def test_a_form_of_this_server_is_known_behind_a_proxy_that_ends_tls(browser, ada):
    harbor()
    shown = browser.get(address()).content.decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', shown)
    sent = {
        "csrfmiddlewaretoken": token and token[1],
        "step": "sign-in",
        "username": "ada@example.org",
        "password": PASSWORD,
    }

    ours = browser.post(address(), sent, headers={"Origin": ORIGIN})
    theirs = browser.post(address(), sent, headers={"Origin": "https://evil.example.org"})

    assert (ours.status_code, theirs.status_code) == (303, 403)


def test_cookies_are_for_this_server_and_out_of_reach_of_scripts(browser, ada):
    harbor()
    sign_in(browser)

    for name in ("__Host-rosette_session", "__Host-csrftoken"):
        cookie = browser.cookies[name]
        assert (cookie["secure"], cookie["httponly"], cookie["samesite"]) == (True, True, "Lax")


def test_the_cookie_opens_nothing_else(browser, ada):
    harbor()
    sign_in(browser)

    for path in ("/v2/users/self", "/v1/user/profile", "/bcv1/profile"):
        assert browser.get(path).status_code == 401
    assert browser.post("/o/authorize", {"allow": "true"}).status_code == 401


@pytest.mark.parametrize("verb", ["put", "patch", "delete", "options"])
def test_every_other_verb_is_405(browser, verb):
    assert getattr(browser, verb)(address()).status_code == 405


def test_a_policy_names_no_address_that_could_be_read_as_another_word(browser, ada):
    evil = "https://a;script-src=x/cb"
    harbor(redirect_uris=evil)

    page = browser.get(address(redirect_uri=evil))

    assert "form-action 'self'; frame-ancestors" in page["Content-Security-Policy"]


def test_no_secret_is_on_any_page(browser, ada):
    harbor()
    sign_in(browser)

    assert SECRET not in browser.get(address()).content.decode()
