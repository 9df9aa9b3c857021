"""Whether a text is an address, of mail or of the web: asked for each recipient and each link."""

import re
from typing import Final

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator, validate_email

# What most addresses look like. Django's validators, which know all that there are, would admit
# every one of these; they take twenty times as long.
_DOMAIN: Final = r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,24}"
_PLAIN_EMAIL: Final = re.compile(rf"[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*@{_DOMAIN}")
_PLAIN_URL: Final = re.compile(rf"https?://{_DOMAIN}(?::[0-9]{{1,5}})?(?:[/?#][!-~]*)?")
_PLAIN_MAX_LENGTH: Final = 250
_validate_url = URLValidator(schemes=["http", "https", "ftp", "ftps"])


def is_email(text: str) -> bool:
    """Whether this is an e-mail address."""
    if len(text) <= _PLAIN_MAX_LENGTH and _PLAIN_EMAIL.fullmatch(text):
        return True
    try:
        validate_email(text)
    except ValidationError:
        return False
    return True


def is_url(text: str) -> bool:
    """Whether this is an address of the schemes http, https, ftp and ftps."""
    if len(text) <= _PLAIN_MAX_LENGTH and _PLAIN_URL.fullmatch(text):
        return True
    try:
        _validate_url(text)
    except ValidationError:
        return False
    return True
