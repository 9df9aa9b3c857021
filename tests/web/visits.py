"""What tests of pages have in common: browsers that are signed in, and what a page says."""

import re
from html import unescape
from typing import Any

from django.test import Client

from rosette.models import User
from tests.api.oauth.clients import PASSWORD


def signed_in(person: User, **more: Any) -> Client:
    """A browser in which the person has signed in by the form."""
    browser = Client(**more)
    sign_in(browser, person)
    return browser


def sign_in(browser: Client, person: User, where: str = "/auth/login") -> Any:
    """Send the form with the person's address and password."""
    email = person.addresses()[0].email
    return browser.post(where, {"step": "sign-in", "username": email, "password": PASSWORD})


def words(response: Any) -> str:
    """The text of the page."""
    main = response.content.decode().partition('<main id="content">')[2].partition("</main>")[0]
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", main)).split())


def led_to(response: Any) -> str:
    """Where the answer to a form leads."""
    assert response.status_code == 303, words(response)
    address: str = response["Location"]
    return address


def let_go(response: Any) -> None:
    """Close the file that an answer is read from, and not the connection of the test with it."""
    for close in response._resource_closers:
        close()
