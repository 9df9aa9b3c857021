"""/auth/login, and the old addresses that lead to it."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from rosette.models import Session
from rosette.operations import upkeep
from tests.api.oauth.clients import PASSWORD, person

pytestmark = pytest.mark.django_db


def token(browser):
    page = browser.get("/auth/login").content.decode()
    found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
    return found and found[1]


def test_somebody_signs_in_and_out():
    person()
    browser = Client(enforce_csrf_checks=True)
    who = {"username": "ada@example.org", "password": PASSWORD}

    signed_in = browser.post(
        "/auth/login", {"csrfmiddlewaretoken": token(browser), "step": "sign-in", **who}
    )
    shown = browser.get("/auth/login")
    out = browser.post("/auth/login", {"csrfmiddlewaretoken": token(browser), "step": "sign-out"})

    assert (signed_in.status_code, signed_in["Location"]) == (303, "/")
    assert "<strong>Ada Vale</strong>" in shown.content.decode()
    assert (out.status_code, out["Location"]) == (303, "/auth/login")
    assert "Sign in to Rosette" in browser.get("/auth/login").content.decode()


def test_signing_in_makes_a_new_session_each_time():
    person()
    browser = Client()
    names = set()
    for _ in range(2):
        browser.post(
            "/auth/login",
            {"step": "sign-in", "username": "ada@example.org", "password": PASSWORD},
        )
        names.add(browser.cookies["__Host-rosette_session"].value)
        browser.post("/auth/login", {"step": "sign-out"})

    assert len(names) == 2


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("/login", "/auth/login"),
        ("/auth", "/auth/login"),
        ("/auth/change-password/1f-abc", "/account/password/1f-abc"),
    ],
)
def test_old_addresses_lead_to_the_new_ones(client, old, new):
    for slash in ("", "/"):
        led = client.get(f"{old}{slash}")
        assert (led.status_code, led["Location"]) == (302, new)


def test_ended_sessions_are_thrown_away(client):
    person()
    client.post(
        "/auth/login", {"step": "sign-in", "username": "ada@example.org", "password": PASSWORD}
    )
    upkeep.keep_house()
    assert Session.objects.count() == 1

    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    upkeep.keep_house()

    assert Session.objects.count() == 0
