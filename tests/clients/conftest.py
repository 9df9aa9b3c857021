"""Who is there when a client of Badgr's comes to the started server."""

import pytest

from tests.clients.people import Person, person
from tests.served import Served


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
