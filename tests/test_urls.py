"""What happens at the outermost door."""

import pytest
from django.db import OperationalError, connection
from django.test import Client

from tests.api.client import bad_request


def _refused(*_):
    raise OperationalError("the database system is shutting down")


@pytest.mark.django_db
def test_while_the_database_is_away_the_answer_is_503_in_the_envelope():
    client = Client(raise_request_exception=False)

    with connection.execute_wrapper(_refused):
        answer = client.get("/v2/issuers", headers={"Authorization": "Bearer t"})

    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert answer.json() == bad_request(
        general=["The database cannot be reached. Please try again."],
        description="service unavailable",
    )


def test_a_request_that_cannot_be_read_is_a_400_in_the_envelope():
    fields = "&".join(f"f{number}=1" for number in range(20_001))

    answer = Client().get(f"/v2/issuers?{fields}")

    assert (answer.status_code, answer.json()) == (
        400,
        bad_request(general=["The request cannot be read."]),
    )


@pytest.mark.parametrize("origin", ["https://elsewhere.example.org", "http://localhost:4200"])
def test_w19_any_page_may_call_and_send_a_key(origin):
    answer = Client().options(
        "/v2/issuers",
        headers={
            "Origin": origin,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization, content-type, idempotency-key",
        },
    )

    assert answer.status_code == 200
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert {"authorization", "content-type", "idempotency-key"} <= set(
        answer["Access-Control-Allow-Headers"].split(", ")
    )
    assert "Access-Control-Allow-Credentials" not in answer
