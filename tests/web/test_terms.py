"""New terms of service: whoever has not agreed to them is asked, before all but their own data."""

from typing import Any

import pytest
from django.test import Client

from rosette.models import TermsAgreement, User
from rosette.operations import terms
from tests.web.visits import led_to, signed_in, words

pytestmark = pytest.mark.django_db


@pytest.fixture
def second_terms(settings: Any) -> None:
    """The second version of the terms is in force."""
    new = {
        "terms_version": 2,
        "terms_description": "We keep logs for a week now.",
        "terms_url": "https://badges.example.org/terms",
    }
    settings.ROSETTE = settings.ROSETTE.model_copy(update=new)
    terms.keep_configured()


@pytest.fixture
def visitor(ada: User, second_terms: None) -> Client:
    return signed_in(ada)


def test_whoever_has_not_agreed_is_asked_and_then_sees_the_page(visitor: Client, ada: User) -> None:
    asked = visitor.get("/issuers?q=sail")

    assert "We keep logs for a week now." in words(asked)
    assert 'href="https://badges.example.org/terms"' in asked.text
    assert 'action="/issuers?q=sail"' in asked.text

    agreed = visitor.post("/issuers?q=sail", {"step": "agree-terms", "version": "2"})

    assert led_to(agreed) == "/issuers?q=sail"
    ada.refresh_from_db()
    assert ada.agreed_terms_version == 2
    assert TermsAgreement.objects.get().version == 2
    assert "New terms of service" not in visitor.get("/issuers").text


def test_terms_that_changed_meanwhile_are_shown_again(visitor: Client, ada: User) -> None:
    visitor.post("/issuers", {"step": "agree-terms", "version": "1"})

    ada.refresh_from_db()
    assert ada.agreed_terms_version == 0
    assert "New terms of service" in visitor.get("/issuers").text


def test_nothing_is_done_before_they_agree(visitor: Client, ada: User) -> None:
    refused = visitor.post("/account", {"first_name": "Mary", "last_name": "Ann"})

    assert refused.status_code == 403
    assert "New terms of service" in words(refused)
    ada.refresh_from_db()
    assert ada.first_name != "Mary"


def test_their_own_data_can_be_had_and_their_account_left_without(visitor: Client) -> None:
    for path in ("/account/data", "/account/data/leave"):
        assert "New terms of service" not in visitor.get(path).text


def test_where_there_are_no_terms_nobody_is_asked(ada: User) -> None:
    assert "New terms of service" not in signed_in(ada).get("/issuers").text
