"""/v1/user/auth-token, and what Badgr's web client asks for and Rosette has none of."""

import pytest

from tests import factories
from tests.api.client import Api

pytestmark = pytest.mark.django_db

NO_TOKEN = {"detail": "Authentication credentials were not provided."}
FORBIDDEN = {"detail": "You do not have permission to perform this action."}
NOT_FOUND = {"detail": "Not found."}


@pytest.fixture
def ada():
    return factories.user()


def test_the_token_without_end_is_the_same_until_it_is_replaced(ada):
    api = Api(ada)

    first = api.get("/v1/user/auth-token")

    assert (first.status, first.body) == (
        200,
        {"username": ada.username, "token": first.body["token"]},
    )
    assert len(first.body["token"]) == 40
    assert api.get("/v1/user/auth-token").body == first.body
    second = api.put("/v1/user/auth-token").body
    old, new = (
        Api(headers={"Authorization": f"Token {said['token']}"}).get("/v1/user/profile").status
        for said in (first.body, second)
    )
    assert (old, new) == (401, 200)


def test_a_token_that_was_lent_less_gets_none_without_end(ada):
    for scope in ("rw:profile", "rw:issuer rw:backpack"):
        for verb in ("GET", "PUT"):
            answer = Api(ada, scope).send(verb, "/v1/user/auth-token")
            assert (answer.status, answer.body) == (403, FORBIDDEN)
    assert Api().get("/v1/user/auth-token").body == NO_TOKEN


def test_there_are_no_accounts_elsewhere_and_no_tools(ada):
    api = Api(ada)

    assert api.get("/v1/user/socialaccounts").body == []
    assert api.get("/v1/externaltools/").body == []
    for verb in ("GET", "DELETE"):
        answer = api.send(verb, "/v1/user/socialaccounts/1")
        assert (answer.status, answer.body) == (404, NOT_FOUND)
    connect = api.get("/v1/user/socialaccounts/connect", provider="google")
    assert (connect.status, connect.body) == (
        400,
        {"provider": ["Unknown provider."]},
    )
    for path in ("/v1/user/socialaccounts", "/v1/externaltools/"):
        assert (Api().get(path).status, Api().get(path).body) == (401, NO_TOKEN)


def test_links_in_mails_of_before_lead_to_a_page():
    answer = Api().get("/v1/user/confirmemail/gone")

    assert (answer.status, answer.headers["Location"]) == (302, "/account/email/unknown")
