"""What the tests of pages may ask for."""

import pytest

from rosette.models import User
from tests.api.oauth import clients


@pytest.fixture
def quick_hasher(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def ada(db, quick_hasher) -> User:
    """Ada, who signs in with a password."""
    return clients.person()


@pytest.fixture
def root(db, quick_hasher) -> User:
    """Who runs the server."""
    return clients.person("root@example.org", is_superuser=True)
