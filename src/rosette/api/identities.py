"""Recipients' identities, as clients write them: what makes one an identity of its kind."""

import re
from collections.abc import Callable
from typing import Final

from rosette.api.syntax import is_email, is_url
from rosette.openbadges.recipient import Kind

_TELEPHONE: Final = re.compile(r"\+?[1-9][0-9]{1,14}")
_CHECKS: Final[dict[Kind, tuple[Callable[[str], object], str]]] = {
    "email": (is_email, "Enter a valid email address."),
    "url": (is_url, "Enter a valid URL."),
    "openBadgeId": (is_url, "Enter a valid URL."),
    "telephone": (_TELEPHONE.fullmatch, "Telephone number does not conform to E.164"),
}


def flaw(identity: str, kind: Kind) -> str | None:
    """Why this is no identity of its kind, in the wire's words; None if it is one."""
    check, message = _CHECKS[kind]
    return None if check(identity) else message
