"""/o/token as clients see it."""

import base64
import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client
from django.utils import timezone

from rosette.models import AccessToken, Application, Backoff, Grant, RefreshToken
from rosette.models.applications import checksum
from rosette.operations.applications import ensure_public_client
from tests import factories
from tests.api.oauth.clients import CALLBACK, PASSWORD, SECRET, basic, confidential, person, shape
from tests.environment import DATABASE

pytestmark = pytest.mark.django_db

ALL = "rw:profile rw:issuer rw:backpack"
WHOLE = {
    "access_token": "TOKEN",
    "expires_in": 86400,
    "token_type": "Bearer",
    "scope": ALL,
    "refresh_token": "TOKEN",
}
ADA = {"username": "ada@example.org", "password": PASSWORD}


def login(client, **more):
    return client.post("/o/token", ADA | more)


def owned(ada):
    """An application of Ada's that acts by itself."""
    return confidential("client-credentials", "rw:issuer rw:serverAdmin rw:issuer:*", user=ada)


def code_for(client, ada, application, **more):
    """A code that Ada has given to the application, by the answer's address."""
    asked = {
        "client_id": application.client_id,
        "redirect_uri": CALLBACK,
        "scopes": application.allowed_scopes.split(),
        "allow": True,
    }
    answer = client.post(
        "/o/authorize",
        asked | more,
        content_type="application/json",
        headers=factories.bearer(ada),
    )
    return parse_qs(urlsplit(answer.json()["success_url"]).query)["code"][0]


def exchange(client, code, **more):
    sent = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK}
    return client.post("/o/token", sent | more, headers=basic())


def at_once(ask):
    """The answers to the same question, asked four times at the same moment."""

    def once(_):
        try:
            return ask()
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        return list(pool.map(once, range(4)))


def in_parallel(test):
    """Mark a test whose threads each need the database."""
    memory = "SQLite lives in memory here, where threads lock each other out"
    test = pytest.mark.django_db(transaction=True)(test)
    return pytest.mark.skipif(DATABASE == "sqlite", reason=memory)(test)


# -- passwords ------------------------------------------------------------------------------


def test_k2_a_form_with_name_and_password_is_enough(client):
    person()

    answer = login(client)

    assert (answer.status_code, shape(answer.json())) == (200, WHOLE)
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Pragma"] == "no-cache"


def test_s1_a_json_body_is_as_good_as_a_form(client):
    person()

    answer = client.post("/o/token", ADA, content_type="application/json")

    assert (answer.status_code, shape(answer.json())) == (200, WHOLE)


def test_t1_a_urlencoded_form_is_what_most_clients_send(client):
    person()

    answer = client.post(
        "/o/token",
        f"username=ADA%40Example.org&password={PASSWORD.replace(' ', '+')}",
        content_type="application/x-www-form-urlencoded",
    )

    assert (answer.status_code, shape(answer.json())) == (200, WHOLE)


def test_t2_empty_values_in_a_multipart_form_count_as_not_sent(client):
    person()

    answer = login(client, grant_type="password", client_id="", client_secret="", scope="")

    assert (answer.status_code, shape(answer.json())) == (200, WHOLE)


def test_k2_the_client_public_is_there_without_anybody_having_made_it(client):
    person()
    assert list(Application.objects.all()) == []

    assert login(client).status_code == 200

    assert [row.client_id for row in Application.objects.all()] == ["public"]


@pytest.mark.parametrize("named", [{}, {"client_id": "public"}])
def test_s12_a_token_of_public_may_do_everything_unless_less_is_asked_for(client, named):
    person()

    assert login(client, **named).json()["scope"] == ALL


@pytest.mark.parametrize("named", [{}, {"client_id": "public"}])
def test_k3_public_always_gets_a_refresh_token(client, named):
    person()

    assert shape(login(client, **named).json()) == WHOLE
    assert shape(login(client, scope="r:profile", **named).json())["refresh_token"] == "TOKEN"


def test_s9_the_answer_has_the_scope_beside_the_four_members_of_the_guide(client):
    person()

    assert shape(login(client, scope="r:profile rw:issuer").json()) == WHOLE | {
        "scope": "r:profile rw:issuer"
    }


def test_w12_a_scope_is_honoured_without_a_client(client):
    ada = person()

    token = login(client, scope="r:profile").json()["access_token"]

    assert AccessToken.objects.get(user=ada).scope == "r:profile"
    answer = client.get("/v2/auth/tokens", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 404


@pytest.mark.parametrize(
    "scope",
    ["rw:serverAdmin", "rw:issuer:*", "rw:issuer:abc", "r:profile frobnicate", "r:assertions"],
)
def test_w12_a_scope_that_the_client_may_not_have_is_refused(client, scope):
    person()

    answer = login(client, scope=scope)

    assert (answer.status_code, answer.json()) == (
        400,
        {"error": "invalid_scope", "error_description": "invalid scope requested"},
    )
    assert list(AccessToken.objects.all()) == []


def test_w26_the_read_only_issuer_scope_can_be_had(client):
    person()

    assert login(client, scope="r:issuer").json()["scope"] == "r:issuer"


def test_w13_an_unknown_grant_type_is_no_password(client):
    person()

    answer = login(client, grant_type="urn:ietf:params:oauth:grant-type:device_code")

    assert (answer.status_code, answer.json()) == (400, {"error": "unsupported_grant_type"})
    assert login(client, grant_type="sesame").json() == {"error": "unsupported_grant_type"}


def test_t7_parameters_in_the_query_are_refused_in_the_old_words(client):
    person()

    answer = client.post("/o/token?username=ada@example.org", ADA)

    assert (answer.status_code, answer.json()) == (
        400,
        {"error": "Token grant parameters must be sent in post body, not query parameters"},
    )


@pytest.mark.parametrize(
    ("sent", "headers", "status", "refusal"),
    [
        (ADA | {"client_id": "nobody"}, {}, 400, ("invalid_client", "invalid client_id")),
        (ADA, basic("nobody"), 401, ("invalid_client", "invalid client_id")),
        (ADA, basic("harbor", "wrong"), 401, ("invalid_client", "invalid client_secret")),
        (
            ADA | {"client_id": "harbor", "client_secret": "wrong"},
            {},
            401,
            ("invalid_client", "invalid client_secret"),
        ),
        (ADA | {"client_id": "harbor"}, {}, 401, ("invalid_client", "invalid client_secret")),
        (ADA, {"Authorization": "Basic \xff\xfe"}, 401, ("invalid_client", "invalid client_id")),
        (ADA, {"Authorization": "Basic !!!!"}, 401, ("invalid_client", "invalid client_id")),
        (ADA | {"scope": "nonsense"}, basic(), 400, ("invalid_scope", "invalid scope requested")),
    ],
)
def test_w11_refusals_are_json_with_codes_of_the_rfc(client, sent, headers, status, refusal):
    person()
    confidential("password", "r:profile")

    answer = client.post("/o/token", sent, headers=headers)

    error, description = refusal
    assert (answer.status_code, answer.json()) == (
        status,
        {"error": error, "error_description": description},
    )
    assert answer.headers["Content-Type"] == "application/json"


def test_a_401_names_basic_only_to_whom_used_it(client):
    confidential("password", "r:profile")

    by_header = client.post("/o/token", ADA, headers=basic(secret="wrong"))
    by_body = client.post("/o/token", ADA | {"client_id": "harbor"})

    assert by_header.headers["WWW-Authenticate"] == 'Basic realm="api"'
    assert by_body.headers["WWW-Authenticate"] == 'Bearer error="invalid_client"'


@pytest.mark.parametrize(
    ("sent", "description"),
    [
        ({}, "Request is missing username parameter."),
        ({"username": "ada@example.org"}, "Request is missing password parameter."),
        ({"grant_type": "refresh_token"}, "Missing refresh token parameter."),
        ({"grant_type": "authorization_code"}, "Missing code parameter."),
    ],
)
def test_a_missing_parameter_is_named(client, sent, description):
    answer = client.post("/o/token", sent)

    assert (answer.status_code, answer.json()) == (
        400,
        {"error": "invalid_request", "error_description": description},
    )


@pytest.mark.parametrize(
    ("content", "media_type", "status", "description"),
    [
        ('{"username": ["a"]}', "application/json", 400, "username: Not a valid string."),
        ('["a"]', "application/json", 400, "Invalid data. Expected a dictionary, but got list."),
        (
            '{"username": "a\\u0000", "password": "b"}',
            "application/json",
            400,
            "username: Null characters are not allowed.",
        ),
        (
            "username=a&username=b",
            "application/x-www-form-urlencoded",
            400,
            "username: Not a valid string.",
        ),
        ("<a/>", "application/xml", 415, 'Unsupported media type "application/xml" in request.'),
    ],
)
def test_a_body_that_makes_no_sense_is_an_invalid_request(
    client, content, media_type, status, description
):
    answer = client.post("/o/token", content, content_type=media_type)

    assert (answer.status_code, answer.json()) == (
        status,
        {"error": "invalid_request", "error_description": description},
    )


@pytest.mark.parametrize(
    "who",
    [{"username": "carol@example.org"}, {"password": "wrong"}, {"username": "bob@example.org"}],
)
def test_a_wrong_password_an_inactive_person_and_a_stranger_look_alike(client, who):
    person()
    person("bob@example.org", is_active=False)

    answer = login(client, **who)

    assert (answer.status_code, answer.json()) == (
        400,
        {"error": "invalid_grant", "error_description": "Invalid credentials given."},
    )


def test_an_unverified_person_gets_a_token(client):
    person(verified=False)

    assert login(client).status_code == 200


def test_e14_a_client_without_any_scope_is_refused_and_nothing_breaks(client):
    person()
    confidential("password", "")

    answer = client.post("/o/token", ADA, headers=basic())

    assert (answer.status_code, answer.json()) == (
        400,
        {"error": "invalid_scope", "error_description": "invalid scope requested"},
    )


def test_a_named_client_that_asks_for_nothing_may_read_the_profile(client):
    person()
    confidential("password", "r:profile rw:issuer")

    answer = client.post("/o/token", ADA, headers=basic())

    assert shape(answer.json()) == WHOLE | {"scope": "r:profile"}


def test_a_client_has_only_the_grants_that_it_was_made_for(client):
    person()
    confidential("authorization-code", "r:profile")

    answer = client.post("/o/token", ADA, headers=basic())

    assert (answer.status_code, answer.json()) == (400, {"error": "unauthorized_client"})


def test_a_client_that_is_to_have_no_refresh_tokens_gets_none(client):
    person()
    confidential("password", "r:profile", issues_refresh_tokens=False)

    answer = client.post("/o/token", ADA, headers=basic())

    assert shape(answer.json()) == {
        "access_token": "TOKEN",
        "expires_in": 86400,
        "token_type": "Bearer",
        "scope": "r:profile",
    }
    assert list(RefreshToken.objects.all()) == []


def test_the_scheme_basic_may_be_in_any_letter_case(client):
    person()
    confidential("password", "r:profile")
    header = basic()["Authorization"].replace("Basic", "bAsIc")

    assert client.post("/o/token", ADA, headers={"Authorization": header}).status_code == 200


def test_a_bearer_token_that_is_sent_along_means_nothing(client):
    person()

    answer = client.post("/o/token", ADA, headers={"Authorization": "Bearer long gone"})

    assert answer.status_code == 200


@pytest.mark.parametrize("verb", ["get", "put", "patch", "delete", "options"])
@pytest.mark.parametrize("path", ["/o/token", "/o/register", "/o/revoke_token", "/api-auth/token"])
def test_every_other_verb_is_405_with_an_empty_body(client, path, verb):
    answer = getattr(client, verb)(path)

    assert (answer.status_code, answer.content) == (405, b"")
    assert answer.headers["Allow"] == "POST"


@pytest.mark.parametrize("path", ["/o/token/", "/o/token"])
def test_a_slash_at_the_end_does_not_matter(client, path):
    person()

    assert client.post(path, ADA).status_code == 200


# -- who may lend what ----------------------------------------------------------------------


def test_a_token_for_one_issuer_is_for_its_owner_by_an_application_that_may(client):
    ada = person()
    person("bob@example.org")
    harbor = factories.issuer(ada)
    confidential("password", "rw:issuer:*")
    scope = f"rw:issuer:{harbor.entity_id}"

    by_owner = client.post("/o/token", ADA | {"scope": scope}, headers=basic())
    by_other = client.post(
        "/o/token", ADA | {"username": "bob@example.org", "scope": scope}, headers=basic()
    )

    assert shape(by_owner.json()) == WHOLE | {"scope": scope}
    assert by_other.json() == {
        "error": "invalid_scope",
        "error_description": "invalid scope requested",
    }


def test_a_token_for_the_whole_server_is_for_administrators_only(client):
    person()
    person("root@example.org", is_superuser=True)
    confidential("password", "rw:serverAdmin")

    by_ada = client.post("/o/token", ADA | {"scope": "rw:serverAdmin"}, headers=basic())
    by_root = client.post(
        "/o/token",
        ADA | {"username": "root@example.org", "scope": "rw:serverAdmin"},
        headers=basic(),
    )

    assert by_ada.json()["error"] == "invalid_scope"
    assert by_root.json()["scope"] == "rw:serverAdmin"


@pytest.mark.parametrize(
    ("scope", "left"),
    [
        ("rw:serverAdmin r:profile", WHOLE | {"scope": "r:profile"}),
        ("rw:serverAdmin", {"error": "invalid_grant"}),
    ],
)
def test_refreshing_drops_what_the_person_can_no_longer_lend(client, scope, left):
    root = person("root@example.org", is_superuser=True)
    confidential("password", scope)
    root_asks = {"username": "root@example.org", "password": PASSWORD, "scope": scope}
    first = client.post("/o/token", root_asks, headers=basic()).json()
    root.is_superuser = False
    root.save()

    answer = client.post(
        "/o/token",
        {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]},
        headers=basic(),
    )

    assert shape(answer.json()) == left


# -- refreshing -----------------------------------------------------------------------------


def refresh(client, token, **more):
    return client.post("/o/token", {"grant_type": "refresh_token", "refresh_token": token} | more)


def test_k2_refreshing_needs_nothing_but_the_token(client):
    person()
    first = login(client, scope="r:profile").json()

    answer = refresh(client, first["refresh_token"])

    assert (answer.status_code, shape(answer.json())) == (200, WHOLE | {"scope": "r:profile"})
    assert answer.json()["refresh_token"] != first["refresh_token"]


def test_t4_the_pair_of_the_answer_takes_the_place_of_the_old_one(client):
    person()
    first = login(client).json()

    second = refresh(client, first["refresh_token"], client_id="public").json()

    def status(pair):
        header = {"Authorization": f"Bearer {pair['access_token']}"}
        return client.get("/v2/auth/tokens", headers=header).status_code

    assert (status(first), status(second)) == (401, 200)


def test_t8_a_wrong_or_used_refresh_token_is_a_400(client):
    person()
    first = login(client).json()
    refresh(client, first["refresh_token"])

    for token in ("wrong", first["refresh_token"]):
        answer = refresh(client, token)
        assert (answer.status_code, answer.json()) == (400, {"error": "invalid_grant"})


def test_a_refresh_token_that_comes_twice_ends_its_successors(client):
    person()
    stolen = login(client).json()["refresh_token"]
    thief = refresh(client, stolen).json()

    refresh(client, stolen)

    assert refresh(client, thief["refresh_token"]).json() == {"error": "invalid_grant"}
    assert list(AccessToken.objects.all()) == []


def test_a_refresh_token_of_months_ago_still_works(client):
    person()
    first = login(client).json()
    AccessToken.objects.update(expires=timezone.now() - timedelta(days=200))

    assert refresh(client, first["refresh_token"]).status_code == 200


def test_an_inactive_person_cannot_refresh(client):
    ada = person()
    first = login(client).json()
    ada.is_active = False
    ada.save()

    assert refresh(client, first["refresh_token"]).json() == {"error": "invalid_grant"}


def test_a_refresh_token_is_its_clients_alone(client):
    person()
    confidential("password", ALL)
    first = login(client).json()

    answer = client.post(
        "/o/token",
        {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]},
        headers=basic(),
    )

    assert answer.json() == {"error": "invalid_grant"}


def test_t5_a_confidential_client_refreshes_by_header_or_by_body(client):
    person()
    confidential("password", "r:profile")
    first = client.post("/o/token", ADA, headers=basic()).json()

    second = client.post(
        "/o/token",
        {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]},
        headers=basic(),
    ).json()
    third = refresh(client, second["refresh_token"], client_id="harbor", client_secret=SECRET)

    assert shape(third.json()) == WHOLE | {"scope": "r:profile"}


@in_parallel
def test_of_those_who_refresh_at_once_one_is_served():
    person()
    token = login(Client()).json()["refresh_token"]

    answers = at_once(lambda: refresh(Client(), token))

    assert sorted(answer.status_code for answer in answers) == [200, 400, 400, 400]
    assert [shape(a.json()) for a in answers if a.status_code == 200] == [WHOLE]


# -- clients that act by themselves ---------------------------------------------------------


def test_a_client_that_acts_by_itself_acts_as_its_owner_and_cannot_refresh(client):
    ada = person()
    factories.issuer(ada)
    owned(ada)

    answer = client.post(
        "/o/token", {"grant_type": "client_credentials", "scope": "rw:issuer"}, headers=basic()
    )

    assert shape(answer.json()) == {
        "access_token": "TOKEN",
        "expires_in": 86400,
        "token_type": "Bearer",
        "scope": "rw:issuer",
    }
    bearer = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    assert len(client.get("/v2/issuers", headers=bearer).json()["result"]) == 1


def test_a_client_that_acts_by_itself_has_no_more_than_its_owner(client):
    ada = person()
    harbor = factories.issuer(person("carol@example.org"))
    owned(ada)

    for scope in ("rw:serverAdmin", f"rw:issuer:{harbor.entity_id}"):
        answer = client.post(
            "/o/token", {"grant_type": "client_credentials", "scope": scope}, headers=basic()
        )
        assert answer.json()["error"] == "invalid_scope"


def test_a_client_without_an_owner_cannot_act_by_itself(client):
    confidential("client-credentials", "rw:issuer")

    answer = client.post(
        "/o/token", {"grant_type": "client_credentials", "scope": "rw:issuer"}, headers=basic()
    )

    assert (answer.status_code, answer.json()) == (400, {"error": "unauthorized_client"})


# -- codes ----------------------------------------------------------------------------------


def test_t5_a_code_is_exchanged_once(client):
    ada = person()
    harbor = confidential("authorization-code", "r:profile rw:issuer")
    code = code_for(client, ada, harbor)

    first, second = exchange(client, code), exchange(client, code)

    assert shape(first.json()) == WHOLE | {"scope": "r:profile rw:issuer"}
    assert (second.status_code, second.json()) == (400, {"error": "invalid_grant"})
    assert list(Grant.objects.all()) == []


@in_parallel
def test_of_those_who_exchange_a_code_at_once_one_is_served():
    code = code_for(Client(), person(), confidential("authorization-code", "r:profile"))

    answers = at_once(lambda: exchange(Client(), code))

    assert sorted(answer.status_code for answer in answers) == [200, 400, 400, 400]
    assert AccessToken.objects.filter(application__client_id="harbor").count() == 1


def test_a_code_lives_for_a_minute(client):
    ada = person()
    code = code_for(client, ada, confidential("authorization-code", "r:profile"))
    left = Grant.objects.get().expires - timezone.now()
    assert timedelta(seconds=50) < left <= timedelta(seconds=60)
    Grant.objects.update(expires=timezone.now())

    assert exchange(client, code).json() == {"error": "invalid_grant"}


def test_a_code_goes_to_the_address_that_it_was_given_for(client):
    ada = person()
    code = code_for(client, ada, confidential("authorization-code", "r:profile"))

    answer = exchange(client, code, redirect_uri="https://evil.example.org/")

    assert (answer.status_code, answer.json()) == (
        400,
        {"error": "invalid_request", "error_description": "Mismatching redirect URI."},
    )


VERIFIER = "a" * 21 + "-knots-and-ropes-and-sails-and-" + "z" * 21


@pytest.mark.parametrize("method", ["S256", "plain", None])
def test_t5_a_code_with_a_challenge_needs_the_verifier(client, method):
    ada = person()
    harbor = confidential("authorization-code", "r:profile")
    hashed = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=")
    challenge = {"code_challenge": VERIFIER if method == "plain" else hashed.decode()}
    if method:
        challenge["code_challenge_method"] = method

    def attempt(**more):
        return exchange(client, code_for(client, ada, harbor, **challenge), **more)

    assert attempt().json() == {
        "error": "invalid_request",
        "error_description": "Code verifier required.",
    }
    assert attempt(code_verifier="b" * 50).json() == {"error": "invalid_grant"}
    assert shape(attempt(code_verifier=VERIFIER).json()) == WHOLE | {"scope": "r:profile"}


# -- what is stored, and how tokens are sent ------------------------------------------------


def _everything() -> str:
    """All rows of all tables, as text."""
    return json.dumps(
        [list(model._base_manager.values()) for model in apps.get_models()], default=str
    )


def test_no_token_no_code_and_no_secret_is_anywhere_in_the_database(client):
    ada = person()
    pair = login(client).json()
    refreshed = refresh(client, pair["refresh_token"]).json()
    code = code_for(
        client,
        ada,
        confidential("authorization-code", "r:profile"),
        code_challenge=VERIFIER,
        code_challenge_method="plain",
    )
    legacy = client.post("/api-auth/token", ADA).json()["token"]

    stored = _everything()

    assert checksum(refreshed["access_token"]) in stored
    assert checksum(refreshed["refresh_token"]) in stored
    assert checksum(code) in stored
    assert checksum(legacy) in stored
    for text in (*pair.values(), *refreshed.values()):
        assert not (isinstance(text, str) and len(text) == 30 and text in stored)
    for text in (code, VERIFIER, legacy, PASSWORD, SECRET):
        assert text not in stored


def test_x12_a_token_in_the_query_is_not_looked_at(client):
    token = factories.token(person())

    answer = client.get(f"/v2/auth/tokens?access_token={token}")

    assert (answer.status_code, answer.json()["status"]["description"]) == (
        401,
        "no valid auth token found",
    )


@pytest.mark.parametrize(("left", "renewed"), [(82_700, True), (82_900, False)])
def test_k21_a_token_that_is_used_is_renewed_once_an_hour(client, left, renewed):
    headers = factories.bearer(person())
    ends = timezone.now() + timedelta(seconds=left)
    AccessToken.objects.update(expires=ends)

    assert client.get("/v2/auth/tokens", headers=headers).status_code == 200

    now_ends = AccessToken.objects.get().expires
    assert (now_ends == ends) is not renewed
    assert not renewed or now_ends - timezone.now() > timedelta(seconds=86_000)


@pytest.mark.parametrize("header", ["Bearer {}", "bearer {}", "Token {}", "token {}"])
def test_t10_every_scheme_word_of_the_field_is_understood(client, header):
    token = factories.token(person())

    for value in (header.format(token), f"Bearer {token}, Token {token}"):
        answer = client.get("/v2/auth/tokens", headers={"Authorization": value})
        assert answer.status_code == 200


# -- revoking -------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/o/revoke_token", "/o/revoke_token/"])
@pytest.mark.parametrize("named", [{}, {"client_id": "public"}])
@pytest.mark.parametrize("which", ["access_token", "refresh_token"])
def test_revoking_one_token_ends_both_of_the_pair(client, path, named, which):
    person()
    pair = login(client).json()

    answer = client.post(path, {"token": pair[which]} | named)

    assert (answer.status_code, answer.content) == (200, b"")
    assert list(AccessToken.objects.all()) == []
    assert refresh(client, pair["refresh_token"]).json() == {"error": "invalid_grant"}


def test_revoking_an_unknown_token_is_no_mistake(client):
    answer = client.post("/o/revoke_token", {"token": "x"}, content_type="application/json")

    assert (answer.status_code, answer.content) == (200, b"")


def test_another_clients_token_is_left_alone_and_nobody_is_told(client):
    person()
    confidential("password", ALL)
    pair = client.post("/o/token", ADA | {"scope": ALL}, headers=basic()).json()

    answer = client.post("/o/revoke_token", {"token": pair["access_token"]})

    assert (answer.status_code, answer.content) == (200, b"")
    assert AccessToken.objects.count() == 1


def test_a_client_that_does_not_prove_itself_is_told_that_nothing_was_revoked(client):
    ensure_public_client()
    confidential("password", ALL)

    wrong = client.post("/o/revoke_token", {"token": "x"}, headers=basic(secret="wrong"))
    empty = client.post("/o/revoke_token", {})

    assert (wrong.status_code, wrong.json()) == (
        401,
        {"error": "invalid_client", "error_description": "invalid client_secret"},
    )
    assert (empty.status_code, empty.json()) == (
        400,
        {"error": "invalid_request", "error_description": "Missing token parameter."},
    )


# -- guessing -------------------------------------------------------------------------------


def test_k15_after_a_wrong_password_the_next_try_waits(client):
    person()
    login(client, password="wrong")

    answer = login(client)

    assert (answer.status_code, answer.json()) == (
        429,
        {
            "error": "login attempts throttled",
            "error_description": "Too many login attempts. Please wait and try again.",
            "expires": 2,
        },
    )
    assert answer.headers["Retry-After"] == "2"


def test_w23_what_is_malformed_or_of_a_wrong_client_is_no_guess_at_the_password(client):
    person()
    login(client, password="")
    login(client, scope="frobnicate")
    login(client, grant_type="sesame")
    login(client, client_id="nobody")
    refresh(client, "wrong")

    assert login(client).status_code == 200


def test_w23_a_client_that_guesses_at_secrets_is_held_up_by_address_only(client):
    person()
    confidential("password", ALL)
    for _ in range(2):
        client.post("/o/token", ADA, headers=basic(secret="wrong"))

    assert login(client).status_code == 200
    assert [row.failures for row in Backoff.objects.all()] == [2]


def test_w23_somebody_elses_mistakes_do_not_matter(client):
    person()
    login(client, username="carol@example.org")

    assert login(client).status_code == 200
