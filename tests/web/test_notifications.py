"""/account/notifications: which mails somebody gets at once, once a day, or never."""

import json
import zipfile
from io import BytesIO

import pytest
from django.test import Client

from rosette.models import AuditEntry, IssuerStaff, MailChoice, Notice, User
from rosette.operations import export, leaving, notices, notifications, unsubscribing
from tests import factories
from tests.web.hands import browser, told, words

pytestmark = pytest.mark.django_db

PAGE = "/account/notifications"


@pytest.fixture
def bob():
    return factories.user("bob@example.org")


def chosen(response):
    """Which way is checked, by the kind of mail."""
    form = response.context["form"]
    return {name: form[name].value() for name in form.fields}


def test_whoever_earns_badges_chooses_how_they_hear_of_them(bob):
    client = browser(bob)
    shown = client.get(PAGE)
    assert chosen(shown) == {"award": "now"}
    assert "They keep your account yours" in words(shown)
    assert "Requests for badges" not in words(shown)

    saved = told(client, PAGE, {"award": "digest"})

    assert "Your choice is saved." in saved.text
    assert chosen(saved) == {"award": "digest"}
    assert '<input type="radio" name="award" value="digest"' in saved.text
    noted = AuditEntry.objects.get(action="mail.choose")
    assert (noted.actor, json.loads(noted.details)["changed"]) == (bob.entity_id, ["award"])


def test_an_owner_chooses_for_four_kinds_and_undoes_it_by_choosing_again():
    ada = factories.issuer().created_by
    client = browser(ada)
    usual = {
        "award": "now",
        "requests": "digest",
        "domain_lost": "now",
        "webhook_disabled": "now",
    }
    assert chosen(client.get(PAGE)) == usual
    wanted = dict.fromkeys(usual, "never")

    assert chosen(told(client, PAGE, wanted)) == wanted
    assert chosen(told(client, PAGE, usual)) == usual


@pytest.mark.parametrize("wrong", [{}, {"award": "hourly"}, {"award": "now\0"}])
def test_what_is_no_choice_is_refused_beside_its_kind(bob, wrong):
    refused = browser(bob).post(PAGE, wrong)

    assert refused.status_code == 400
    assert "Please look at this again:" in words(refused)
    assert refused.text.count("<title>Error: ") == 1
    assert not MailChoice.objects.exists()


def test_kinds_that_are_not_offered_are_not_chosen(bob):
    told(browser(bob), PAGE, {"award": "never", "requests": "now", "key_added": "never"})

    assert list(MailChoice.objects.values_list("kind", "choice")) == [("award", "never")]


def test_the_page_says_how_much_waits_for_the_daily_mail(bob):
    notifications.choose(bob, {Notice.Kind.AWARD: notifications.Choice.DIGEST})
    award = factories.assertion()
    for count, said in ((1, "1 piece of news waits"), (2, "2 pieces of news wait")):
        notices.queue_award_notices([(award.pk, "bob@example.org")])
        notices.send([Notice.objects.latest("pk").pk])

        shown = words(browser(bob).get(PAGE))
        assert f"{said} for the next one." in shown, count


def test_an_address_that_a_link_has_stopped_is_shown_and_started_again(bob):
    sent = Notice.objects.create(kind="award", to="bob@example.org", state="sent")
    token = unsubscribing.unsubscribe_token(sent)
    asked = Client().get(f"/unsubscribe/{token}")
    stopped = Client().post(f"/unsubscribe/{token}")
    for page in (asked, stopped):
        assert 'href="/account/notifications"' in page.text
    client = browser(bob)
    shown = client.get(PAGE)
    assert "You have stopped some mails" in words(shown)
    assert "bob@example.org" in words(shown)

    again = told(client, PAGE, {"step": "resubscribe", "email": "bob@example.org"})

    assert "Mails about badges go to bob@example.org again." in again.text
    assert "You have stopped some mails" not in again.text
    assert not unsubscribing.is_unsubscribed("bob@example.org")


@pytest.mark.parametrize("email", ["", "carol@example.org", "bob@example.net", "bob\0"])
def test_nobody_starts_mails_to_an_address_that_is_not_proven_theirs(bob, email):
    carols = Notice.objects.create(kind="award", to="carol@example.org", state="sent")
    unsubscribing.unsubscribe(unsubscribing.unsubscribe_token(carols))

    refused = browser(bob).post(PAGE, {"step": "resubscribe", "email": email})

    assert refused.status_code == 404
    assert unsubscribing.is_unsubscribed("carol@example.org")


def test_whoever_has_no_account_is_not_led_to_one_by_a_link_that_stops_mails():
    sent = Notice.objects.create(kind="award", to="bob@example.org", state="sent")

    shown = Client().get(f"/unsubscribe/{unsubscribing.unsubscribe_token(sent)}")

    assert "/account/notifications" not in shown.text


def test_the_page_asks_the_database_as_often_whatever_somebodys_roles_are(
    bob, django_assert_max_num_queries
):
    for number in range(20):
        issuer = factories.issuer(name=f"Pier {number}")
        IssuerStaff.objects.create(issuer=issuer, user=bob, role="owner")
    client = browser(bob)
    client.get(PAGE)

    with django_assert_max_num_queries(9):
        client.get(PAGE)


def test_choices_are_taken_along_and_end_with_the_account(bob):
    told(browser(bob), PAGE, {"award": "digest"})
    file = BytesIO()
    export.write(bob, file)
    account = json.loads(zipfile.ZipFile(file).read("account.json"))
    assert account["mails"] == {
        "award": "digest",
        "requests": "digest",
        "domain_lost": "now",
        "webhook_disabled": "now",
    }

    leaving.end(bob)

    assert not MailChoice.objects.exists()
    assert not User.objects.filter(pk=bob.pk).exists()


@pytest.mark.parametrize("who", ["award", "mail"])
def test_what_is_held_is_shown_in_words(who):
    badge = factories.badgeclass()
    bob = factories.user("bob@example.org")
    notifications.choose(bob, {Notice.Kind.AWARD: notifications.Choice.DIGEST})
    award = factories.assertion(badge)
    notices.queue_award_notices([(award.pk, "bob@example.org")])
    notices.send([Notice.objects.get().pk])
    ada = browser(badge.issuer.created_by)

    if who == "mail":
        root = browser(factories.user("root@example.org", is_superuser=True))
        shown = root.get("/manage/mail?state=held")
        assert "For the daily mail (1)" in words(shown)
        assert "bob@example.org Award For the daily mail" in words(shown)
        assert "Try again" not in words(shown).rpartition("bob@example.org")[2]
        return
    listed = ada.get(f"/issuers/{badge.issuer.entity_id}/awards?state=held")
    assert "In the next daily mail" in words(listed).partition("bob@example.org")[2]
    shown = ada.get(f"/awards/{award.entity_id}")
    assert "Told in the recipient's daily mail" in words(shown)
    told_by_api = Client().get(
        f"/v2/assertions/{award.entity_id}", headers=factories.bearer(badge.issuer.created_by)
    )
    assert told_by_api.json()["result"][0]["notification"] == "queued"
