"""Who is there when a client of Badgr's comes to the started server."""

import os

import pytest

from tests.clients.people import Person, person
from tests.served import Served


@pytest.fixture(autouse=True)
def without_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Clients reach this machine directly."""
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


@pytest.fixture(scope="module")
def ada(served: Served) -> Person:
    """Who owns the issuers."""
    return person(served, "ada")


@pytest.fixture(scope="module")
def bob(served: Served) -> Person:
    """Who earns."""
    return person(served, "bob")


@pytest.fixture(scope="module")
def carol(served: Served) -> Person:
    """A stranger."""
    return person(served, "carol")
