"""What every test may ask for."""

from collections.abc import Iterator

import pytest
from django.test import override_settings

pytest_plugins = ["tests.served", "tests.browser", "tests.web.town"]

_HASHERS = "django.contrib.auth.hashers"


@pytest.fixture(scope="session", autouse=True)
def quick_hashing() -> Iterator[None]:
    """Passwords of the tests are no secrets; started servers hash them as they always do."""
    hashers = ("MD5", "Argon2", "PBKDF2", "PBKDF2SHA1")
    names = [f"{_HASHERS}.{name}PasswordHasher" for name in hashers]
    with override_settings(PASSWORD_HASHERS=names):
        yield
