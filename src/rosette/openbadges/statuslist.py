"""
Whether credentials still hold: entries and lists of the W3C's "Bitstring Status List v1.0".

A credential names one bit of a long list; its verifier fetches the whole list, so that whoever
serves it does not learn which credential is looked at. Bits are dealt out at random, so that
neighbours tell nothing of each other.
"""

import base64
import gzip
from array import array
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from hashlib import shake_256
from typing import Final, Literal, get_args

from rosette.openbadges.jsonld import Document, second

Purpose = Literal["revocation", "suspension"]
"""What a bit that is set means: taken back for good, or for the time being."""
PURPOSES: Final[tuple[Purpose, ...]] = get_args(Purpose)

LENGTH: Final = 1 << 20
"""Entries of a list: eight times what the standard asks for, so that each has more neighbours."""
TTL_SECONDS: Final = 300
"""How long a verifier may go on with the list that it has."""

_CONTEXT: Final = "https://www.w3.org/ns/credentials/v2"
_ROUNDS: Final = 10
_HALF_BITS: Final = 10
_HALF: Final = 1 << _HALF_BITS
_MASK: Final = _HALF - 1


def list_number(number: int) -> int:
    """Of the award with this row number, counted from 1."""
    return number // LENGTH + 1


def numbers_in(listed: int) -> range:
    """The row numbers of the awards that have their entries in this list."""
    return range((listed - 1) * LENGTH, listed * LENGTH)


def index_of(number: int, *, key: str, purpose: Purpose) -> int:
    """
    The place of the award with this row number in its list, for ever.

    No two awards of a list share one, whatever the key: each round of a Feistel network can be
    undone. Who does not know the key cannot tell the places of neighbours from chance.
    """
    functions = _functions(key, purpose, list_number(number))
    left, right = divmod(number % LENGTH, _HALF)
    for start in range(0, _ROUNDS * _HALF, _HALF):
        left, right = right, left ^ functions[start + right]
    return left << _HALF_BITS | right


def render_entry(list_url: str, purpose: Purpose, index: int) -> Document:
    """The ``credentialStatus`` of a credential."""
    return {
        "id": f"{list_url}#{index}",
        "type": "BitstringStatusListEntry",
        "statusPurpose": purpose,
        "statusListIndex": str(index),
        "statusListCredential": list_url,
    }


def render_list(
    list_url: str, purpose: Purpose, *, issuer: str, valid_from: datetime, encoded_list: str
) -> Document:
    """The credential that is the list, without proof; ``issuer`` is its DID."""
    return {
        "@context": [_CONTEXT],
        "id": list_url,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": issuer,
        "validFrom": second(valid_from),
        "credentialSubject": {
            "id": f"{list_url}#list",
            "type": "BitstringStatusList",
            "statusPurpose": purpose,
            "encodedList": encoded_list,
            "ttl": TTL_SECONDS * 1000,
        },
    }


def encoded(indexes: Iterable[int], length: int = LENGTH) -> str:
    """The bits, of which these are set: the first is the leftmost; gzip, multibase base64url."""
    bits = bytearray(length // 8)
    for index in indexes:
        bits[index // 8] |= 0x80 >> index % 8
    # Without a time, equal lists are equal bytes.
    packed = gzip.compress(bits, mtime=0)
    return "u" + base64.urlsafe_b64encode(packed).decode().rstrip("=")


@lru_cache(128)
def _functions(key: str, purpose: Purpose, listed: int) -> "array[int]":
    """A random function of half a place for each round: the next that the key's stream gives."""
    stream = shake_256(f"{key} {purpose} {listed}".encode()).digest(2 * _ROUNDS * _HALF)
    pairs = zip(stream[::2], stream[1::2], strict=True)
    return array("H", ((high << 8 | low) & _MASK for high, low in pairs))
