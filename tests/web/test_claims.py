"""/claim/:code: from the mail of an award into a backpack."""

import re
from time import time
from typing import Any
from unittest.mock import patch

import pytest
from django.core import mail

from rosette.models import Acceptance, Assertion, EmailAddress, Notice, User
from rosette.operations import addresses, claims, notices
from tests import factories, published
from tests.environment import ORIGIN
from tests.published import AWARD
from tests.web.pages import browser, said, sent, shown

pytestmark = pytest.mark.django_db

PASSWORD = "splices and knots"
HOME = f"/backpack/{AWARD}"


@pytest.fixture
def award() -> Assertion:
    return published.award()


def mailed(award: Assertion, to: str = "bob@example.org") -> str:
    """The path of the link in the mail of the award."""
    notices.queue_award_notices([(award.pk, to)])
    mail.outbox.clear()
    notices.send([Notice.objects.latest("pk").pk])
    text = str(mail.outbox[0].body)
    (path,) = re.findall(rf"{re.escape(ORIGIN)}(/claim/\S+)", text)
    (html, _kind) = mail.outbox[0].alternatives[0]
    assert f'href="{ORIGIN}{path}"' in html
    return path


def test_the_link_shows_the_badge_and_no_address(award: Assertion) -> None:
    path = mailed(award)

    page = shown(browser(), path)

    assert "Knot Tying Harbor Learning awarded it on May 2, 2024." in page.text
    assert "b•••@example.org" in page.text
    assert "bob" not in path
    assert "bob@example.org" not in page.text


def test_a_newcomer_makes_an_account_that_the_link_proves_and_has_the_badge(
    award: Assertion,
) -> None:
    path = mailed(award)
    client = browser()

    led = sent(client, path, step="join", name="Bob van der Vale", password=PASSWORD)

    assert led == HOME
    assert "Welcome! The badge is in your backpack." in said(client, led)
    bob = EmailAddress.objects.get(email="bob@example.org", verified=True, primary=True).user
    assert (bob.first_name, bob.last_name) == ("Bob van der", "Vale")
    assert bob.check_password(PASSWORD)
    award.refresh_from_db()
    assert award.acceptance == Acceptance.ACCEPTED


def test_a_name_is_not_needed_and_a_weak_password_is_told(award: Assertion) -> None:
    path = mailed(award)
    client = browser()

    for wrong in ("", "12345678", "short"):
        answer = client.post(path, {"step": "join", "password": wrong})
        assert answer.status_code == 400
        assert "Please look at this again:" in answer.text
    assert User.objects.filter(emailaddress__email="bob@example.org").count() == 0
    assert sent(client, path, step="join", password=PASSWORD) == HOME


def test_whoever_has_an_account_signs_in_and_presses_one_button(award: Assertion) -> None:
    bob = factories.user("bob@example.org", password=PASSWORD)
    path = mailed(award)
    client = browser()

    assert "This address has an account here." in said(client, path)
    who = {"step": "sign-in", "username": "bob@example.org", "password": PASSWORD}
    assert sent(client, f"{path}?sign-in", **who).startswith(path)
    assert "Put it into my backpack" in said(client, path)
    assert sent(client, path, step="accept") == HOME
    award.refresh_from_db()
    assert (award.acceptance, bob.pk) == (Acceptance.ACCEPTED, User.objects.get(pk=bob.pk).pk)
    assert "The badge is in your backpack. See it there" in said(client, path)


def test_the_link_opens_no_account_that_there_is(award: Assertion) -> None:
    factories.user("bob@example.org", password=PASSWORD)
    path = mailed(award)
    client = browser()

    for step in ("accept", "join", "add"):
        answer = client.post(path, {"step": step, "password": "another password"})
        assert answer.status_code in (303, 400)
    assert "__Host-rosette_session" not in client.cookies or not client.session.get("_auth_user_id")
    award.refresh_from_db()
    assert award.acceptance == Acceptance.UNACCEPTED


def test_somebody_else_sees_it_and_takes_it_only_by_proving_the_address(award: Assertion) -> None:
    carol = factories.user("carol@example.org")
    path = mailed(award)
    client = browser(carol)

    page = said(client, path)
    assert "You are signed in as carol@example.org, and the badge was awarded to another" in page
    assert sent(client, path, step="accept") == path
    award.refresh_from_db()
    assert award.acceptance == Acceptance.UNACCEPTED

    assert sent(client, path, step="add") == "/backpack"
    added = EmailAddress.objects.get(user=carol, email="bob@example.org")
    assert not added.verified
    assert client.get(HOME).status_code == 404
    assert Notice.objects.filter(kind="verify_address", to="bob@example.org").count() == 1

    addresses.verify(addresses.verification_token(added))
    assert client.get(HOME).status_code == 200


def test_the_address_of_another_account_is_not_added(award: Assertion) -> None:
    factories.user("bob@example.org")
    client = browser(factories.user("carol@example.org"))
    path = mailed(award)

    assert "That address belongs to another account." in said(client, path)
    assert client.post(path, {"step": "add"}).status_code == 400


def test_who_never_verified_the_address_has_done_so_by_the_link(award: Assertion) -> None:
    bob = factories.user("bob@example.org", verified=False)
    client = browser(bob)
    path = mailed(award)

    assert sent(client, path, step="accept") == HOME
    assert EmailAddress.objects.get(user=bob).verified


def test_who_signed_up_with_somebody_elses_address_gives_way(award: Assertion) -> None:
    mallory = factories.user("bob@example.org", verified=False, password="x")
    path = mailed(award)

    assert sent(browser(), path, step="join", password=PASSWORD) == HOME
    owner = EmailAddress.objects.get(email="bob@example.org").user
    assert owner != mallory
    assert not User.objects.filter(pk=mallory.pk).exists()


def test_a_claimed_badge_shows_nothing_to_others(award: Assertion) -> None:
    factories.user("bob@example.org")
    path = mailed(award)
    Assertion.objects.update(acceptance=Acceptance.ACCEPTED, visibility="private")

    for client in (browser(), browser(factories.user("carol@example.org"))):
        page = said(client, path)
        assert "This badge was claimed" in page
        assert "Knot Tying" not in page


def test_a_revoked_badge_cannot_be_claimed(award: Assertion) -> None:
    path = mailed(award)
    Assertion.objects.update(revoked_at=published.CHANGED)
    client = browser()

    page = said(client, path)

    assert "This badge was taken back." in page
    assert "Claim" not in page
    answer = client.post(path, {"step": "join", "password": PASSWORD})
    assert answer.status_code == 400
    assert not EmailAddress.objects.filter(email="bob@example.org").exists()


def test_an_ended_link_sends_a_new_one_and_does_nothing_else(award: Assertion) -> None:
    path = mailed(award)
    client = browser()

    with patch("django.core.signing.time.time", lambda: time() + 31 * 86_400):
        assert "This link has ended. The badge has not" in said(client, path)
        answer = client.post(path, {"step": "join", "password": PASSWORD})
        assert answer.status_code == 400
        before = Notice.objects.count()
        assert sent(client, path, step="again") == path
    assert Notice.objects.count() == before + 1
    assert Notice.objects.latest("pk").to == "bob@example.org"


def test_new_links_are_not_sent_again_and_again(award: Assertion, settings: Any) -> None:
    settings.ROSETTE = settings.ROSETTE.model_copy(update={"login_backoff_max_seconds": 3600})
    path = mailed(award)
    client = browser()

    assert sent(client, path, step="again") == path
    answer = client.post(path, {"step": "again"})

    assert (answer.status_code, answer["Retry-After"]) == (429, "2")


@pytest.mark.parametrize("token", ["x", "a:b:c", "%C3%A9", "e30:1tTqQ:abc"])
def test_a_wrong_link_leads_nowhere(token: str) -> None:
    assert "This link leads nowhere" in shown(browser(), f"/claim/{token}", 404).text


def test_a_link_for_one_thing_is_none_for_another(award: Assertion) -> None:
    token = mailed(award).removeprefix("/claim/")

    assert addresses.of_token(token) is None
    assert shown(browser(), f"/claim/{addresses.verification_token(_claim())}", 404)
    assert browser().get(f"/unsubscribe/{token}").status_code == 404


def _claim() -> EmailAddress:
    person = factories.user("dan@example.org", verified=False)
    return EmailAddress.objects.get(user=person)


def test_an_award_that_went_to_somebody_else_since_is_not_for_the_old_link(
    award: Assertion,
) -> None:
    path = mailed(award)
    Assertion.objects.update(recipient_identity="carol@example.org")

    shown(browser(), path, 404)
    assert browser().post(path, {"step": "join", "password": PASSWORD}).status_code == 404


def test_where_nobody_signs_up_the_badge_can_still_be_taken_along(
    award: Assertion, settings: Any
) -> None:
    settings.ROSETTE = settings.ROSETTE.model_copy(update={"allow_signup": False})
    path = mailed(award)
    client = browser()

    page = shown(client, path)

    assert "Accounts on this site are made by the people who run it." in page.text
    assert f"/public/assertions/{AWARD}/baked?download=1" in page.all("a", "href")
    assert client.post(path, {"step": "join", "password": PASSWORD}).status_code == 400


def test_of_two_newcomers_one_owns_the_address(award: Assertion) -> None:
    token = mailed(award).removeprefix("/claim/")
    claims.join(token, first_name="", last_name="", password=PASSWORD)

    with pytest.raises(claims.InvalidInput):
        claims.join(token, first_name="", last_name="", password=PASSWORD)
    assert EmailAddress.objects.filter(email="bob@example.org").count() == 1
