"""The pages that links in mails lead to."""

import pytest

from rosette.models import Notice, Unsubscribed, User
from rosette.operations import accounts, notices, unsubscribing
from tests import factories

pytestmark = pytest.mark.django_db

PRIVATE = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; font-src 'self'; "
    "img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


def words(response):
    return response.content.decode()


@pytest.fixture
def unsubscribe():
    """The path that a notice to Bob links to."""
    notices.queue_award_notices([(factories.assertion().pk, "bob@example.org")])
    return f"/unsubscribe/{unsubscribing.unsubscribe_token(Notice.objects.get())}"


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        ("done", "Your email address is verified."),
        ("done-before", "Your email address is already verified. You may now log in."),
        (
            "expired",
            "Your authorization link has expired. You have been sent a new link.",
        ),
        ("taken", "Another account has verified this address."),
        (
            "unknown",
            "Your email confirmation link is invalid. "
            "Please attempt to create an account with this email address, again.",
        ),
    ],
)
def test_a_page_says_what_became_of_verifying_an_address(client, outcome, said):
    response = client.get(f"/account/email/{outcome}")

    assert response.status_code == 200
    assert said in words(response)
    assert {name: response[name] for name in PRIVATE} == PRIVATE


def test_other_outcomes_are_not_found(client):
    assert client.get("/account/email/<script>").status_code == 404


def test_a_password_is_chosen_without_javascript(client):
    ada = factories.user("ada@example.org")
    page = f"/account/password/{accounts.reset_token(ada)}"

    form = client.get(page)
    weak = client.post(page, {"password": "<b>"})
    done = client.post(page, {"password": "splices and knots"})
    again = client.get(page)

    assert form.status_code == 200
    assert '<form method="post" class="fields">' in words(form)
    assert weak.status_code == 400
    assert "This password is too short. It must contain at least 8 characters." in words(weak)
    assert "<b>" not in words(weak)
    assert done.status_code == 200
    assert "Your password has been successfully changed." in words(done)
    assert User.objects.get().check_password("splices and knots")
    assert again.status_code == 404
    assert "It was used already, is too old, or was cut off in the email." in words(again)
    for response in (form, weak, done, again):
        assert {name: response[name] for name in PRIVATE} == PRIVATE


def test_a_wrong_password_link_sets_nothing(client):
    factories.user("ada@example.org")

    response = client.post("/account/password/1-2-3", {"password": "splices and knots"})

    assert response.status_code == 404
    assert not User.objects.get().has_usable_password()


def test_w15_the_page_asks_and_the_button_unsubscribes(client, unsubscribe):
    asked = client.get(unsubscribe)
    assert (asked.status_code, list(Unsubscribed.objects.all())) == (200, [])
    assert "Stop these emails" in words(asked)

    done = client.post(unsubscribe)

    assert done.status_code == 200
    assert "You will get no more emails about badges that are awarded to you." in words(done)
    assert unsubscribing.is_unsubscribed("BOB@example.org")
    for response in (asked, done):
        assert "bob@example.org" not in words(response)
        assert {name: response[name] for name in PRIVATE} == PRIVATE


def test_w15_a_mail_program_unsubscribes_with_one_click(client, unsubscribe):
    response = client.post(unsubscribe, {"List-Unsubscribe": "One-Click"})

    assert response.status_code == 200
    assert Unsubscribed.objects.count() == 1


def test_w15_a_wrong_link_unsubscribes_nobody(client, unsubscribe):
    for verb in (client.get, client.post):
        response = verb(unsubscribe[:-1])
        assert response.status_code == 404
        assert "This link does not work" in words(response)
    assert list(Unsubscribed.objects.all()) == []


def test_the_stylesheets_of_the_pages_are_served(client):
    response = client.get("/account/email/done")

    for name in ("site.css", "favicon.svg"):
        assert f"/static/{name}" in words(response)
        file = client.get(f"/static/{name}")
        file.close()
        assert file.status_code == 200
