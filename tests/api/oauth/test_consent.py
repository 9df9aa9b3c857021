"""/o/authorize as a web interface calls it."""

from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from rosette.models import AccessToken, Application, Grant
from tests import factories
from tests.api.oauth.clients import CALLBACK, basic, confidential, person

pytestmark = pytest.mark.django_db

QUESTION = {
    "client_id": "harbor",
    "redirect_uri": CALLBACK,
    "response_type": "code",
    "scope": "r:profile",
    "state": "s 1&2",
}
ANSWER = {
    "client_id": "harbor",
    "redirect_uri": CALLBACK,
    "scopes": ["r:profile"],
    "allow": True,
    "state": "s 1&2",
}


def harbor(scopes="r:profile", **fields):
    return confidential("authorization-code", scopes, **fields)


def ask(client, headers=None, **changes):
    asked = {name: value for name, value in (QUESTION | changes).items() if value is not None}
    return client.get(f"/o/authorize?{urlencode(asked)}", headers=headers)


def answer(client, ada, lent=factories.ALL_SCOPES, **changes):
    """Ada's answer, by a token that was lent these scopes."""
    return client.post(
        "/o/authorize",
        ANSWER | changes,
        content_type="application/json",
        headers=factories.bearer(ada, lent),
    )


def sent_back(response):
    """Where the answer sends the browser, and with what; the code as ``CODE``."""
    address = response.json()["success_url"]
    pairs = dict(parse_qsl(urlsplit(address).query))
    assert len(pairs["code"]) == 30
    return address.split("?")[0], pairs | {"code": "CODE"}


def test_anybody_can_read_what_an_application_asks(client):
    harbor(
        "r:profile rw:issuer",
        website_url="https://client.example.org",
        logo_url="https://client.example.org/logo.png",
        policy_url="https://client.example.org/policy",
        terms_url="https://client.example.org/terms",
    )

    asked = ask(client, scope="r:profile rw:issuer")

    assert (asked.status_code, asked.json()) == (
        200,
        {
            "client_id": "harbor",
            "redirect_uri": CALLBACK,
            "response_type": "code",
            "state": "s 1&2",
            "application": {
                "name": "Harbor",
                "image": "https://client.example.org/logo.png",
                "website_url": "https://client.example.org",
                "clientId": "harbor",
                "policyUri": "https://client.example.org/policy",
                "termsUri": "https://client.example.org/terms",
            },
            "scopes": ["r:profile", "rw:issuer"],
            "scopes_descriptions": {
                "r:profile": "See who you are",
                "rw:issuer": "Create and change issuers and badges, and award them",
            },
        },
    )


def test_a_missing_response_type_means_code(client):
    harbor()

    asked = ask(client, response_type=None, state=None).json()

    assert (asked["response_type"], asked["state"]) == ("code", None)


def test_one_issuer_is_asked_for_in_words(client):
    harbor("rw:issuer:*")

    asked = ask(client, scope="rw:issuer:abc").json()

    assert asked["scopes_descriptions"] == {"rw:issuer:abc": "Act for one issuer"}


def test_only_scopes_of_the_applications_list_are_asked_for(client):
    harbor("r:profile")

    assert ask(client, scope="r:profile rw:issuer").json()["scopes"] == ["r:profile"]


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"client_id": "nobody"}, "Invalid client_id parameter value."),
        ({"client_id": None}, "Missing client_id parameter."),
        ({"redirect_uri": "https://evil.example.org/"}, "Mismatching redirect URI."),
        ({"redirect_uri": f"{CALLBACK}?more=1"}, "Mismatching redirect URI."),
        ({"redirect_uri": "callback"}, "Invalid redirect URI."),
        ({"response_type": "token"}, "unauthorized_client"),
        ({"scope": "rw:issuer"}, "invalid scope requested"),
        (
            {"code_challenge": "x" * 43, "code_challenge_method": "MD5"},
            "Transform algorithm not supported.",
        ),
    ],
)
def test_a_question_that_does_not_hold_together_is_refused_in_words(client, changes, error):
    harbor()

    refused = ask(client, **changes)

    assert (refused.status_code, refused.json()) == (400, {"error": error})


@pytest.mark.parametrize("scope", ["frobnicate", "r:profile frobnicate", "x:y", "rw:issuer:"])
def test_e14_an_unknown_scope_is_refused_and_nothing_breaks(client, scope):
    harbor()

    for refused in (ask(client, scope=scope), answer(client, person(), scopes=scope.split())):
        assert (refused.status_code, refused.json()) == (400, {"error": "invalid scope requested"})


def test_a_client_for_passwords_cannot_ask(client):
    confidential("password", "r:profile")

    assert ask(client).json() == {"error": "unauthorized_client"}


def test_consent_sends_a_code_to_the_application(client):
    harbor()

    consented = answer(client, person())

    assert consented.status_code == 200
    assert sent_back(consented) == (
        CALLBACK,
        {"code": "CODE", "state": "s 1&2", "scope": "r:profile"},
    )


def test_consent_may_be_a_form(client):
    harbor("r:profile rw:issuer")

    consented = client.post(
        "/o/authorize/",
        ANSWER | {"scopes": ["r:profile", "rw:issuer"], "allow": "true"},
        headers=factories.bearer(person()),
    )

    assert sent_back(consented)[1]["scope"] == "r:profile rw:issuer"


def test_x13_consent_grants_no_scope_beyond_the_application(client):
    harbor("r:profile")

    consented = answer(client, person(), scopes=["r:profile", "rw:issuer"], scope="rw:issuer")

    code = dict(parse_qsl(urlsplit(consented.json()["success_url"]).query))["code"]
    token = client.post(
        "/o/token",
        {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK},
        headers=basic(),
    ).json()
    assert (sent_back(consented)[1]["scope"], token["scope"]) == ("r:profile", "r:profile")


def test_x13_nothing_is_left_of_scopes_that_the_application_may_not_have(client):
    harbor("r:profile")

    refused = answer(client, person(), scopes=["rw:issuer"])

    assert (refused.status_code, refused.json()) == (400, {"error": "invalid scope requested"})
    assert list(Grant.objects.all()) == []


def test_nobody_lends_what_they_do_not_have(client):
    harbor("rw:serverAdmin rw:issuer:* r:profile")
    bobs = factories.issuer(person("bob@example.org"))
    ada = person()
    wanted = ["rw:serverAdmin", f"rw:issuer:{bobs.entity_id}"]

    nothing = answer(client, ada, scopes=wanted)
    something = answer(client, ada, scopes=[*wanted, "r:profile"])

    assert (nothing.status_code, nothing.json()) == (403, {"error": "insufficient_scope"})
    assert sent_back(something)[1]["scope"] == "r:profile"


def test_an_owner_lends_an_issuer_and_an_administrator_the_server(client):
    root = person(is_superuser=True)
    mine = factories.issuer(root)
    harbor("rw:serverAdmin rw:issuer:*")
    wanted = ["rw:serverAdmin", f"rw:issuer:{mine.entity_id}"]

    assert sent_back(answer(client, root, scopes=wanted))[1]["scope"].split() == wanted


def test_a_token_that_was_lent_less_cannot_consent(client):
    harbor("rw:issuer")

    refused = answer(client, person(), lent="r:profile", scopes=["rw:issuer"])

    assert (refused.status_code, refused.json()) == (403, {"error": "insufficient_scope"})
    assert list(Grant.objects.all()) == []


def test_without_a_token_nobody_consents(client):
    harbor()

    refused = client.post("/o/authorize", ANSWER, content_type="application/json")

    assert (refused.status_code, refused.json()) == (
        401,
        {"error": "Incorrect authentication credentials."},
    )


def test_a_cookie_is_no_consent(client):
    harbor()
    client.force_login(person())

    assert client.post("/o/authorize", ANSWER, content_type="application/json").status_code == 401


def test_missing_fields_are_named(client):
    refused = client.post(
        "/o/authorize", {}, content_type="application/json", headers=factories.bearer(person())
    )

    missing = ["This field is required."]
    assert (refused.status_code, refused.json()) == (
        400,
        {"client_id": missing, "redirect_uri": missing, "scopes": missing, "allow": missing},
    )


def test_a_refusal_is_an_empty_error(client):
    harbor()

    refused = answer(client, person(), allow=False)

    assert (refused.status_code, refused.json()) == (400, {"error": ""})


def test_a_trusted_application_gets_its_code_at_once(client):
    harbor(skip_authorization=True)
    ada = person()

    assert sent_back(ask(client, factories.bearer(ada)))[1]["scope"] == "r:profile"
    assert "success_url" not in ask(client).json()
    assert "success_url" not in ask(client, factories.bearer(ada, "r:profile")).json()


def test_what_was_granted_before_is_granted_again_if_the_application_says_so(client):
    harbor("r:profile rw:issuer")
    ada = person()
    factories.bearer(ada)
    AccessToken.objects.update(application=Application.objects.get(client_id="harbor"))
    AccessToken.objects.update(scope="r:profile")
    headers = factories.bearer(ada)

    again = ask(client, headers, approval_prompt="auto")
    more = ask(client, headers, approval_prompt="auto", scope="r:profile rw:issuer")
    unasked = ask(client, headers)

    assert sent_back(again)[1]["scope"] == "r:profile"
    assert "success_url" not in more.json()
    assert "success_url" not in unasked.json()


def test_a_question_with_a_dead_token_is_a_401(client):
    harbor()

    refused = ask(client, {"Authorization": "Bearer gone"})

    assert (refused.status_code, refused.json()) == (
        401,
        {"error": "Incorrect authentication credentials."},
    )


@pytest.mark.parametrize("verb", ["put", "patch", "delete"])
def test_every_other_verb_is_405(client, verb):
    refused = getattr(client, verb)("/o/authorize")

    assert (refused.status_code, refused.content) == (405, b"")
    assert refused.headers["Allow"] == "GET, POST"
