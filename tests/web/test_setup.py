"""/setup and /manage/setup: the first account, and what else a new server wants."""

import pytest
from django.test import Client

from rosette.models import Issuer, Notice, User
from rosette.operations import accounts, notices
from tests.web.visits import led_to, signed_in, words

pytestmark = pytest.mark.django_db

HERE = "/manage/setup"


def first(**more):
    return {
        "code": accounts.setup_code(),
        "first_name": "Ruth",
        "email": "ruth@example.org",
        "password": "knots and splices",
    } | more


def test_without_any_account_the_start_page_leads_to_setting_up():
    assert led_to(Client().get("/")) == "/setup"


def test_whoever_has_the_code_makes_the_first_account_and_is_signed_in():
    browser = Client()

    made = browser.post("/setup", first(code=f" {accounts.setup_code().upper()} "))

    ruth = User.objects.get()
    assert led_to(made) == HERE
    assert (ruth.is_superuser, ruth.addresses()[0].verified) == (True, True)
    assert "Take the steps in any order" in words(browser.get(HERE))
    assert Client().get("/").status_code == 200


def test_a_stranger_without_the_code_takes_nothing_and_waits():
    browser = Client()

    wrong = browser.post("/setup", first(code="0000-0000-0000-0000"))

    assert wrong.status_code == 400
    assert "This is not the code that the server printed." in words(wrong)
    assert "knots and splices" not in wrong.content.decode()
    assert not User.objects.exists()


def test_once_there_is_an_account_there_is_no_such_page(ada):
    assert Client().get("/setup").status_code == 404
    assert Client().post("/setup", first()).status_code == 404
    assert User.objects.count() == 1


def test_the_code_is_of_this_server(settings):
    before = accounts.setup_code()
    settings.SECRET_KEY = "another"

    assert accounts.setup_code() != before


def test_steps_say_what_is_done_and_what_is_left(root):
    browser = signed_in(root)

    shown = words(browser.get(HERE, headers={"Host": "badges.example.org"}))
    elsewhere = words(browser.get(HERE, headers={"Host": "10.0.0.7"}))

    assert "Public address Done" in shown
    assert "Public address Look at this" in elsewhere
    assert "But you came here under 10.0.0.7" in elsewhere
    assert "Your first issuer To do" in shown


def test_a_test_mail_goes_to_oneself_and_tells_what_became_of_it(root):
    browser = signed_in(root)

    assert led_to(browser.post(f"{HERE}/mail")) == f"{HERE}#mail"

    (notice,) = Notice.objects.all()
    assert (notice.kind, notice.to) == ("test", "root@example.org")
    part = browser.get(HERE, headers={"HX-Request": "true"}).content.decode()
    assert "is under way" in part
    assert "<html" not in part
    notices.send([notice.pk])
    assert "went out" in words(browser.get(HERE))


def test_samples_are_loaded_once(root):
    browser = signed_in(root)

    assert led_to(browser.post(f"{HERE}/demo")) == f"{HERE}#demo"
    browser.post(f"{HERE}/demo")

    assert [item.name for item in Issuer.objects.all()] == ["Harbor Learning"]
    assert "Something to look at Done" in words(browser.get(HERE))


def test_settings_are_handed_out_as_a_file(root):
    file = signed_in(root).post(
        f"{HERE}/settings",
        {
            "public_url": "https://badges.example.org/",
            "site_name": 'Harbor "Night" $chool',
            "email_url": "smtp+tls://u:p@mail.example.org:587",
            "email_from": "badges@example.org",
            "allow_signup": "on",
        },
    )

    assert file["Content-Disposition"] == 'attachment; filename="rosette.env"'
    assert file.content.decode() == (
        "# Settings of Rosette. `rosette settings` lists them all with their meaning.\n"
        "ROSETTE_PUBLIC_URL=https://badges.example.org\n"
        'ROSETTE_SITE_NAME="Harbor \\"Night\\" \\$chool"\n'
        "ROSETTE_EMAIL_URL=smtp+tls://u:p@mail.example.org:587\n"
        "ROSETTE_EMAIL_FROM=badges@example.org\n"
        "ROSETTE_ALLOW_SIGNUP=true\n"
    )


def test_settings_that_cannot_be_are_refused_beside_their_field(root):
    refused = signed_in(root).post(f"{HERE}/settings", {"public_url": "x y", "site_name": ""})

    assert refused.status_code == 400
    assert "Enter a valid URL." in words(refused)


def test_nobody_but_an_administrator_sets_anything_up(ada, root):
    browser = signed_in(ada)

    for step in ("mail", "demo", "settings"):
        assert browser.post(f"{HERE}/{step}").status_code == 404
    assert not Issuer.objects.exists()
