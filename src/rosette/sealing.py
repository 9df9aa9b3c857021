"""
Secrets at rest: sealed by a master key that the database does not hold.

A ``Sealer`` is what a key management service offers as well; the one here seals with the master
key of the settings. Whoever has the database alone has nothing but sealed texts.
"""

import base64
import os
from functools import lru_cache
from hashlib import blake2b, sha256
from typing import Final, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from rosette.config import Config, master_key

_FORM: Final = "v1"
_LABEL_LENGTH: Final = 12
HEAD_LENGTH: Final = len(_FORM) + 1 + _LABEL_LENGTH + 1
"""So many letters at the beginning of a sealed text are enough for ``label_of``."""
_NONCE_BYTES: Final = 12


class WrongMasterKey(Exception):
    """A text was sealed with another master key; the message says what to do."""


class Sealer(Protocol):
    """Seals and unseals; ``label`` names the master key without telling it."""

    @property
    def label(self) -> str: ...

    def seal(self, secret: bytes, *, purpose: str) -> str:
        """The sealed text, of printable ASCII, which begins with ``v1.`` and the label."""

    def unseal(self, sealed: str, *, purpose: str) -> bytes:
        """What was sealed for the same purpose. Raises WrongMasterKey."""

    def mac(self, message: bytes) -> bytes:
        """32 bytes that only who has the master key can make of the message."""


def sealer() -> Sealer:
    """The sealer in force. Raises WrongMasterKey if there is no master key."""
    return _local(master_key(settings.ROSETTE))


def kept_sealer() -> Sealer:
    """As ``sealer``, for paths on which no file is to be read each time."""
    global _kept
    wanted = settings.ROSETTE
    if _kept is None or _kept[0] is not wanted:
        _kept = wanted, sealer()
    return _kept[1]


_kept: tuple[Config, Sealer] | None = None


def label_of(sealed: str) -> str:
    """The label of the master key with which the text was sealed."""
    return sealed.split(".")[1] if sealed.count(".") == 2 else ""


@lru_cache(4)
def _local(master: str) -> "LocalSealer":
    if not master:
        raise WrongMasterKey(
            "There is no master key: set ROSETTE_MASTER_KEY, or let `rosette init` make one."
        )
    return LocalSealer(master)


class LocalSealer:
    """AES-256-GCM with a key derived from the master key of this installation."""

    def __init__(self, master: str) -> None:
        # Hard to guess is what the setting has to be; this makes it the right length.
        derived = HKDF(SHA256(), length=32, salt=None, info=b"rosette sealing v1")
        key = derived.derive(master.encode())
        self._cipher = AESGCM(key)
        self._label = sha256(b"label" + key).hexdigest()[:_LABEL_LENGTH]
        other = HKDF(SHA256(), length=32, salt=None, info=b"rosette audit v1")
        self._mac_key = other.derive(master.encode())

    @property
    def label(self) -> str:
        """Twelve hex digits."""
        return self._label

    def seal(self, secret: bytes, *, purpose: str) -> str:
        """The sealed text; each time another."""
        nonce = os.urandom(_NONCE_BYTES)
        sealed = nonce + self._cipher.encrypt(nonce, secret, purpose.encode())
        return f"{_FORM}.{self._label}.{base64.urlsafe_b64encode(sealed).decode()}"

    def unseal(self, sealed: str, *, purpose: str) -> bytes:
        """What was sealed. Raises WrongMasterKey, too, if the text was tampered with."""
        if label_of(sealed) != self._label:
            raise WrongMasterKey(
                f"Sealed with the master key {label_of(sealed)}, but {self._label} is in force."
            )
        raw = base64.urlsafe_b64decode(sealed.rpartition(".")[2])
        try:
            return self._cipher.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], purpose.encode())
        except InvalidTag:
            raise WrongMasterKey("The sealed text was tampered with.") from None

    def mac(self, message: bytes) -> bytes:
        """Keyed BLAKE2b (RFC 7693), with a key of its own, derived from the master key as well."""
        # A twentieth of what HMAC costs, which every award would pay.
        return blake2b(message, key=self._mac_key, digest_size=32).digest()
