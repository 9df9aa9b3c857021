"""Recipients' identities, as clients write them: what makes one an identity of its kind."""

from collections.abc import Callable
from typing import Final

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator, URLValidator, validate_email

from rosette.openbadges.recipient import Kind

_is_telephone = RegexValidator(r"^\+?[1-9]\d{1,14}$")
_is_url = URLValidator(schemes=["http", "https", "ftp", "ftps"])
_CHECKS: Final[dict[Kind, tuple[Callable[[str], None], str]]] = {
    "email": (validate_email, "Enter a valid email address."),
    "url": (_is_url, "Enter a valid URL."),
    "openBadgeId": (_is_url, "Enter a valid URL."),
    "telephone": (_is_telephone, "Telephone number does not conform to E.164"),
}


def flaw(identity: str, kind: Kind) -> str | None:
    """Why this is no identity of its kind, in the wire's words; None if it is one."""
    check, message = _CHECKS[kind]
    try:
        check(identity)
    except ValidationError:
        return message
    return None
