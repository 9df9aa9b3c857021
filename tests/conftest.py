"""What every test may ask for, and what makes all of them quicker."""

from collections.abc import Iterator
from functools import cache
from itertools import cycle
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from django.db import connection
from django.test import override_settings
from whitenoise.base import WhiteNoise

from tests.environment import DATABASE, missing
from tests.prepared import prepared_in_memory, prepared_template

pytest_plugins = ["tests.served", "tests.browser", "tests.web.town"]

_HASHERS = "django.contrib.auth.hashers"
_RSA_KEYS = 12


@pytest.fixture(scope="session")
def django_db_modify_db_settings() -> Iterator[None]:
    """The database of the tests begins as a copy of the one that is prepared."""
    if missing:
        yield
    elif DATABASE == "postgresql":
        connection.settings_dict["TEST"]["TEMPLATE"] = prepared_template()
        yield
    else:
        with prepared_in_memory(connection.creation._get_test_db_name()):
            yield


@pytest.fixture(scope="session")
def django_db_keepdb() -> bool:
    """It goes with the process, or the server, that has it."""
    return True


@pytest.fixture(scope="session", autouse=True)
def quick_hashing() -> Iterator[None]:
    """Passwords of the tests are no secrets; started servers hash them as they always do."""
    hashers = ("MD5", "Argon2", "PBKDF2", "PBKDF2SHA1")
    names = [f"{_HASHERS}.{name}PasswordHasher" for name in hashers]
    with override_settings(PASSWORD_HASHERS=names):
        yield


@pytest.fixture(scope="session", autouse=True)
def few_rsa_keys() -> Iterator[None]:
    """
    RSA keys of the tests are no secrets, either: a dozen real ones, dealt out one after another.

    To make one takes as long as many a test. Started servers make their own.
    """
    made = rsa.generate_private_key

    @cache
    def dealt(size: int) -> Iterator[rsa.RSAPrivateKey]:
        return cycle(made(65537, size) for _ in range(_RSA_KEYS))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            rsa, "generate_private_key", lambda public_exponent, key_size: next(dealt(key_size))
        )
        yield


@pytest.fixture(scope="session", autouse=True)
def files_found_once() -> Iterator[None]:
    """Each ``Client`` would look for all static files anew."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    look = WhiteNoise.update_files_dictionary

    def remember(self: WhiteNoise, root: str, prefix: str) -> None:
        if (root, prefix) not in found:
            look(self, root, prefix)
            found[root, prefix] = dict(self.files)
        self.files.update(found[root, prefix])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WhiteNoise, "update_files_dictionary", remember)
        yield
