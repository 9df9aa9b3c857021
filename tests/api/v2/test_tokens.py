"""/v2/auth/token, /v2/auth/tokens and /v2/tokens/issuers as clients see them."""

from datetime import timedelta

import pytest
from django.utils import timezone

from rosette.models import AccessToken, Application, LegacyToken, RefreshToken
from rosette.models.applications import checksum
from tests import factories

pytestmark = pytest.mark.django_db

NOT_FOUND = {
    "status": {
        "success": False,
        "description": "entity not found or insufficient privileges",
    },
    "result": [],
    "fieldErrors": {},
    "validationErrors": [],
}


def ok(*result):
    return {"status": {"success": True, "description": "ok"}, "result": list(result)}


def wrong_verb(verb):
    return {
        "status": {"success": False, "description": "miscellaneous error"},
        "result": [],
        "fieldErrors": {},
        "validationErrors": [f'Method "{verb}" not allowed.'],
    }


def stamp(moment):
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def shown(row):
    return {
        "entityType": "AccessToken",
        "entityId": row.entity_id,
        "application": {
            "name": row.application.name,
            "image": None,
            "website_url": None,
            "clientId": "public",
            "policyUri": None,
            "termsUri": None,
        },
        "scope": row.scope,
        "expires": stamp(row.expires),
        "created": stamp(row.created),
    }


# -- the token without end ------------------------------------------------------------------


def test_the_token_without_end_is_the_same_each_time(client):
    headers = factories.bearer(factories.user())

    first = client.get("/v2/auth/token", headers=headers)
    second = client.get("/v2/auth/token", headers=headers)

    token = first.json()["result"][0]["token"]
    assert (first.status_code, first.json()) == (200, ok({"token": token}))
    assert second.json() == first.json()
    assert (len(token), set(token) <= set("0123456789abcdef")) == (40, True)
    assert LegacyToken.objects.get().token_checksum == checksum(token)


def test_a_put_replaces_the_token_without_end(client):
    ada = factories.user()
    headers = factories.bearer(ada)
    old = client.get("/v2/auth/token", headers=headers).json()["result"][0]["token"]

    answer = client.put("/v2/auth/token", headers=headers)

    new = answer.json()["result"][0]["token"]
    assert (answer.status_code, answer.json()) == (200, ok({"token": new}))

    def status(token):
        header = {"Authorization": f"Token {token}"}
        return client.get("/v2/auth/tokens", headers=header).status_code

    assert (status(old), status(new)) == (401, 200)
    assert client.get("/v2/auth/token", headers=headers).json() == ok({"token": new})


def test_a_token_from_another_server_works_until_it_is_asked_for(client):
    ada = factories.user()
    LegacyToken.objects.create(user=ada, token_checksum=checksum("a" * 40))
    header = {"Authorization": f"Token {'a' * 40}"}
    assert client.get("/v2/auth/tokens", headers=header).status_code == 200

    token = client.get("/v2/auth/token", headers=header).json()["result"][0]["token"]

    assert client.get("/v2/auth/tokens", headers=header).status_code == 401
    header = {"Authorization": f"Token {token}"}
    assert client.get("/v2/auth/token", headers=header).json() == ok({"token": token})


def test_people_have_different_tokens_without_end(client):
    tokens = {
        client.get("/v2/auth/token", headers=factories.bearer(factories.user(email))).json()[
            "result"
        ][0]["token"]
        for email in ("ada@example.org", "bob@example.org")
    }

    assert len(tokens) == 2


def test_a_new_secret_key_ends_the_token_at_the_next_question(client, settings):
    headers = factories.bearer(factories.user())
    old = client.get("/v2/auth/token", headers=headers).json()
    settings.SECRET_KEY = "another"

    new = client.get("/v2/auth/token", headers=headers).json()

    assert new != old
    assert client.get("/v2/auth/token", headers=headers).json() == new


@pytest.mark.parametrize("verb", ["get", "put"])
def test_a_token_that_was_lent_less_cannot_become_one_without_end(client, verb):
    headers = factories.bearer(factories.user(), "rw:profile rw:issuer")

    answer = getattr(client, verb)("/v2/auth/token", headers=headers)

    assert (answer.status_code, answer.json()) == (404, NOT_FOUND)
    assert list(LegacyToken.objects.all()) == []


def test_x2_deleting_the_token_is_no_verb_and_the_account_stays(client):
    ada = factories.user()

    answer = client.delete("/v2/auth/token", headers=factories.bearer(ada))

    assert (answer.status_code, answer.json()) == (405, wrong_verb("DELETE"))
    ada.refresh_from_db()
    assert ada.is_active


# -- access tokens --------------------------------------------------------------------------


def test_the_list_has_ones_own_unexpired_tokens_without_their_text(client):
    ada = factories.user()
    token = factories.token(ada)
    factories.token(ada, "r:profile", lifetime=timedelta(seconds=-1))
    factories.token(factories.user("bob@example.org"))

    answer = client.get("/v2/auth/tokens", headers={"Authorization": f"Bearer {token}"})

    mine = AccessToken.objects.get(token_checksum=checksum(token))
    assert (answer.status_code, answer.json()) == (200, ok(shown(mine)))


def test_the_list_has_the_tokens_of_programs_that_act_for_one(client):
    ada = factories.user()
    headers = factories.bearer(ada)
    Application.objects.update(user=ada)
    AccessToken.objects.create(
        application=Application.objects.get(),
        scope="rw:issuer",
        token="x",
        expires=timezone.now() + timedelta(days=1),
    )

    answer = client.get("/v2/auth/tokens", headers=headers)

    rows = AccessToken.objects.order_by("pk")
    assert answer.json() == ok(*(shown(row) for row in rows))


def test_one_of_ones_own_tokens_can_be_read(client):
    headers = factories.bearer(factories.user())
    row = AccessToken.objects.get()

    answer = client.get(f"/v2/auth/tokens/{row.entity_id}", headers=headers)

    assert (answer.status_code, answer.json()) == (200, ok(shown(row)))


def test_deleting_a_token_ends_it_and_its_refresh_token(client):
    ada = factories.user()
    headers = factories.bearer(ada)
    row = AccessToken.objects.get()
    RefreshToken.objects.create(user=ada, application=row.application, access_token=row, token="r")

    answer = client.delete(f"/v2/auth/tokens/{row.entity_id}", headers=headers)

    assert (answer.status_code, answer.content) == (204, b"")
    assert list(AccessToken.objects.all()) == []
    assert RefreshToken.objects.get().revoked is not None
    assert client.get("/v2/auth/tokens", headers=headers).status_code == 401


@pytest.mark.parametrize("verb", ["get", "delete"])
def test_x5_other_peoples_tokens_cannot_be_read_nor_ended(client, verb):
    factories.token(factories.user())
    ada = AccessToken.objects.get()
    headers = factories.bearer(factories.user("carol@example.org"))

    answer = getattr(client, verb)(f"/v2/auth/tokens/{ada.entity_id}", headers=headers)

    assert (answer.status_code, answer.json()) == (404, NOT_FOUND)
    assert AccessToken.objects.filter(pk=ada.pk).exists()


def test_x5_the_name_of_a_token_cannot_be_guessed(client):
    ada = factories.user()
    for _ in range(50):
        factories.token(ada)

    # The last ten characters hold nothing but chance: sixty bits, all different.
    names = list(AccessToken.objects.values_list("entity_id", flat=True))
    assert {len(name) for name in names} == {22}
    assert len({name[-10:] for name in names}) == 50


@pytest.mark.parametrize("name", ["garbage", "%25", "1", "'--", "QWNjZXNzVG9rZW5Qcm94eS5pZD0x"])
@pytest.mark.parametrize("verb", ["get", "delete"])
def test_e7_garbage_is_not_found(client, name, verb):
    answer = getattr(client, verb)(
        f"/v2/auth/tokens/{name}", headers=factories.bearer(factories.user())
    )

    assert (answer.status_code, answer.json()) == (404, NOT_FOUND)


@pytest.mark.parametrize("scope", ["r:profile", "rw:issuer rw:backpack"])
def test_tokens_are_managed_with_the_right_to_change_the_profile(client, scope):
    headers = factories.bearer(factories.user(), scope)
    name = AccessToken.objects.get().entity_id

    for answer in (
        client.get("/v2/auth/tokens", headers=headers),
        client.get(f"/v2/auth/tokens/{name}", headers=headers),
        client.delete(f"/v2/auth/tokens/{name}", headers=headers),
    ):
        assert (answer.status_code, answer.json()) == (404, NOT_FOUND)


@pytest.mark.parametrize(
    ("verb", "path"),
    [
        ("POST", "auth/tokens"),
        ("PUT", "auth/tokens/x"),
        ("POST", "auth/token"),
        ("PATCH", "auth/token"),
    ],
)
def test_every_other_verb_is_405(client, verb, path):
    answer = client.generic(verb, f"/v2/{path}", headers=factories.bearer(factories.user()))

    assert (answer.status_code, answer.json()) == (405, wrong_verb(verb))


# -- tokens for one issuer ------------------------------------------------------------------


def ask(client, headers, issuers):
    return client.post(
        "/v2/tokens/issuers",
        {"issuers": issuers},
        content_type="application/json",
        headers=headers,
    )


def test_an_owner_gets_a_token_of_a_hundred_years_for_each_issuer(client):
    ada = factories.user()
    headers = factories.bearer(ada)
    names = [factories.issuer(ada).entity_id, factories.issuer(ada).entity_id]

    answer = ask(client, headers, [*names, names[0]])

    rows = [AccessToken.objects.get(scope=f"rw:issuer:{name}") for name in names]
    texts = [item["token"] for item in answer.json()["result"]]
    assert (answer.status_code, answer.json()) == (
        200,
        ok(
            *(
                {"token": text, "issuer": name, "expires": stamp(row.expires)}
                for text, name, row in zip(texts, names, rows, strict=True)
            )
        ),
    )
    for text, row in zip(texts, rows, strict=True):
        assert len(text) == 30
        assert (row.token, row.token_checksum) == ("", checksum(text))
        assert row.user == ada
        assert row.expires - timezone.now() > timedelta(weeks=5199)
    header = {"Authorization": f"Bearer {texts[0]}"}
    assert client.get(f"/v2/issuers/{names[0]}", headers=header).status_code == 200
    assert client.get(f"/v2/issuers/{names[1]}", headers=header).status_code == 404


def test_the_token_acts_for_the_owner_of_the_application(client):
    ada, bob = factories.user(), factories.user("bob@example.org")
    headers = factories.bearer(ada)
    Application.objects.update(user=bob)
    name = factories.issuer(ada).entity_id

    assert ask(client, headers, [name]).status_code == 200

    assert AccessToken.objects.get(scope=f"rw:issuer:{name}").user == bob


@pytest.mark.parametrize("role", [None, "staff", "editor"])
def test_x7_who_does_not_own_an_issuer_gets_no_token_for_it(client, role):
    ada, carol = factories.user(), factories.user("carol@example.org")
    theirs, own = factories.issuer(ada), factories.issuer(carol)
    if role:
        theirs.staff_rows.create(user=carol, role=role)

    answer = ask(client, factories.bearer(carol), [own.entity_id, theirs.entity_id])

    assert (answer.status_code, answer.json()) == (404, NOT_FOUND)
    assert list(AccessToken.objects.filter(scope__startswith="rw:issuer:")) == []
    assert [row.user for row in theirs.staff_rows.filter(role="owner")] == [ada]


def test_x7_an_unverified_owner_gets_none(client):
    ada = factories.user(verified=False)

    answer = ask(client, factories.bearer(ada), [factories.issuer(ada).entity_id])

    assert (answer.status_code, answer.json()) == (404, NOT_FOUND)


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({}, ["field is required"]),
        ({"issuers": []}, ["field is required"]),
        ({"issuers": ["nobody"]}, ["unknown issuer"]),
        # PostgreSQL takes 65535 parameters in a statement.
        (
            {"issuers": [str(number) for number in range(70_000)]},
            ["Ensure this field has no more than 1000 elements."],
        ),
        (
            {"issuers": "nobody"},
            {"non_field_errors": ['Expected a list of items but got type "str".']},
        ),
    ],
)
def test_wrong_issuers_are_named(client, sent, said):
    answer = client.post(
        "/v2/tokens/issuers",
        sent,
        content_type="application/json",
        headers=factories.bearer(factories.user()),
    )

    assert (answer.status_code, answer.json()) == (
        400,
        {
            "status": {"success": False, "description": "bad request"},
            "result": [],
            "fieldErrors": {"issuers": said},
            "validationErrors": [],
        },
    )


def test_a_token_without_end_makes_no_others(client):
    ada = factories.user()
    name = factories.issuer(ada).entity_id
    token = client.get("/v2/auth/token", headers=factories.bearer(ada)).json()["result"][0]

    answer = ask(client, {"Authorization": f"Token {token['token']}"}, [name])

    assert (answer.status_code, answer.json()) == (404, NOT_FOUND)


def test_e9_reading_issuer_tokens_is_no_verb(client):
    answer = client.get("/v2/tokens/issuers", headers=factories.bearer(factories.user()))

    assert (answer.status_code, answer.json()) == (405, wrong_verb("GET"))
