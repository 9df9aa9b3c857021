"""What is refused speaks the language of the page; programs are answered in English."""

from typing import Any

import pytest
from django.test import Client

from rosette.models import Notice, User
from rosette.operations import notices
from tests import factories
from tests.web.visits import signed_in, words

pytestmark = pytest.mark.django_db
GERMAN = {"Accept-Language": "de"}


def test_a_refusal_on_a_german_page_is_german(ada: User) -> None:
    refused = signed_in(ada, headers=GERMAN).post(
        "/account/addresses", {"step": "add", "email": "ada@example.org"}, headers=GERMAN
    )

    assert "Die Adresse „ada@example.org“ ist vielleicht schon vergeben." in words(refused)


def test_a_marked_refusal_on_a_german_page_is_german(ada: User) -> None:
    refused = signed_in(ada, headers=GERMAN).post(
        "/account/security/password",
        {"current_password": "guessed", "password": "knots and splices"},
        headers=GERMAN,
    )

    assert "Das Passwort ist falsch." in words(refused)


def test_programs_are_refused_in_english_whatever_they_like_best(ada: User) -> None:
    refused = Client().post(
        "/v1/user/emails",
        {"email": "ada@example.org"},
        content_type="application/json",
        headers={**GERMAN, **factories.bearer(ada)},
    )

    assert refused.status_code == 400
    assert "may already be in use" in refused.text


def test_a_page_that_a_mail_leads_to_speaks_the_readers_language() -> None:
    page = Client().get("/account/email/done", headers=GERMAN)

    assert '<html lang="de"' in page.text


def test_mails_are_in_the_language_of_the_site(settings: Any, mailoutbox: Any) -> None:
    settings.ROSETTE = settings.ROSETTE.model_copy(update={"default_language": "de"})
    person = factories.user("carol@example.org")

    notices.send([notices.send_test(person).pk])

    (mail,) = mailoutbox
    assert mail.subject == "[Rosette] E-Mail funktioniert"
    assert Notice.objects.get().state == "sent"
