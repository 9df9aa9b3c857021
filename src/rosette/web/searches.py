"""
What somebody searches for, as part of an address that can be kept and sent on.

The text may be a person's mail address, and addresses of pages stand in logs and histories. So it
is sealed.
"""

import binascii
from typing import Final

from cryptography.exceptions import InvalidTag

from rosette.sealing import WrongMasterKey, sealer

_PURPOSE: Final = "what a page searches for"


def sealed(text: str) -> str:
    """The text as it may stand in an address."""
    return sealer().seal(text.encode(), purpose=_PURPOSE)


def opened(sealed_text: str) -> str:
    """The text again; empty for what was not sealed here."""
    if not sealed_text:
        return ""
    try:
        return sealer().unseal(sealed_text, purpose=_PURPOSE).decode()
    except (WrongMasterKey, InvalidTag, ValueError, IndexError, binascii.Error):
        return ""
