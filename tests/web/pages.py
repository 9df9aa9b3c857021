"""What tests of pages share: a browser of somebody's own, and a page as it is read."""

from typing import Any

from django.test import Client

from rosette.models import User
from tests.public.test_pages import Page


def browser(person: User | None = None) -> Client:
    """A browser, signed in as the person."""
    client = Client(headers={"Accept": "text/html", "Accept-Language": "en"})
    if person is not None:
        client.force_login(person)
    return client


def shown(client: Client, address: str, status: int = 200) -> Page:
    """The page there."""
    response = client.get(address)
    assert response.status_code == status, address
    return Page(response.text)


def sent(client: Client, where: str, /, **fields: Any) -> str:
    """Where the browser is led after it sent the form."""
    response = client.post(where, fields)
    assert response.status_code == 303, Page(response.text).text
    return str(response["Location"])


def said(client: Client, address: str) -> str:
    """The page that is seen next, as text."""
    return shown(client, address).text
