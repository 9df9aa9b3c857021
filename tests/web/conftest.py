"""What the tests of pages may ask for."""

import pytest

from rosette.models import User
from tests.api.oauth import clients


@pytest.fixture
def ada(db) -> User:
    """Ada, who signs in with a password."""
    return clients.person()


@pytest.fixture
def root(db) -> User:
    """Who runs the server."""
    return clients.person("root@example.org", is_superuser=True)
