"""What the tests of operations may ask for."""

import pytest

from tests import mailserver


@pytest.fixture
def server(settings):
    """A mail server, and the settings that send mail there."""
    with mailserver.running() as running:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST = "127.0.0.1"
        settings.EMAIL_PORT = running.port
        settings.EMAIL_TIMEOUT = 2  # a busy machine, too, answers within it
        yield running
