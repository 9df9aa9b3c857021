"""What tests of pages have in common: a browser of somebody's own, and the words of a page."""

import re
from html import unescape
from typing import Any

from django.test import Client

from rosette.models import Issuer, IssuerStaff, User
from tests import factories

HTMX = {"HX-Request": "true"}
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M0 0h9v9z"/></svg>'


def browser(person: User) -> Client:
    """A browser in which the person is signed in."""
    client = Client()
    client.force_login(person, backend="rosette.operations.accounts.IdentityBackend")
    return client


def hired(issuer: Issuer, role: str) -> Client:
    """The browser of somebody who has this role at the issuer."""
    person = factories.user(f"{role}@example.org")
    IssuerStaff.objects.create(issuer=issuer, user=person, role=role)
    return browser(person)


def words(response: Any) -> str:
    """The text of the page."""
    main = response.text.partition('<main id="content">')[2].partition("</main>")[0]
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", main or response.text)).split())


def hidden(response: Any, name: str) -> str:
    """What the form of the page remembers under this name."""
    found = re.search(rf'name="{name}" value="([^"]*)"', response.text)
    return unescape(found[1]) if found else ""


def told(client: Client, address: str, sent: dict[str, Any] | None = None) -> Any:
    """The page that is seen after the form was sent."""
    led = client.post(address, sent or {})
    assert led.status_code == 303
    return client.get(led["Location"])
