"""
Archives that only the holder of a key can read, in the age format (age-encryption.org/v1).

``age -d`` reads them as well. The library pulls, and archives are written and read as streams; so
it works in a thread, at the other end of a pipe.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import BinaryIO, Final, NewType, cast

import pyrage
from pyrage import ssh, x25519

from rosette.copies.tables import CannotCopy

BEGINNING: Final = b"age-encryption.org/"
"""How encrypted archives begin."""

Recipient = NewType("Recipient", object)
Identity = NewType("Identity", object)


def new_identity() -> tuple[str, str]:
    """A new pair of keys: the private and the public one."""
    made = x25519.Identity.generate()
    return str(made), str(made.to_public())


def recipient(text: str) -> Recipient:
    """The public key ``age1…`` or ``ssh-… …``. Raises CannotCopy."""
    try:
        kind = ssh if text.startswith("ssh-") else x25519
        return Recipient(kind.Recipient.from_str(text.strip()))
    except pyrage.RecipientError as error:
        raise CannotCopy(f"{text} is no public key for age ({error})") from error


def identities(path: Path) -> list[Identity]:
    """The private keys in the file, of age (a line each) or of SSH. Raises CannotCopy."""
    try:
        content = path.read_bytes()
        if content.startswith(b"-----BEGIN"):
            return [Identity(ssh.Identity.from_buffer(content))]
        lines = [line.strip() for line in content.decode().splitlines()]
        found = [x25519.Identity.from_str(line) for line in lines if line and line[0] != "#"]
    except (OSError, UnicodeDecodeError, pyrage.IdentityError) as error:
        raise CannotCopy(f"no private key can be read from {path} ({error})") from error
    if not found:
        raise CannotCopy(f"there is no private key in {path}")
    return [Identity(key) for key in found]


@contextmanager
def encrypted(to: BinaryIO, recipients: Sequence[Recipient]) -> Iterator[BinaryIO]:
    """A stream; what is written there is written encrypted to ``to``."""
    read_end, write_end = os.pipe()
    troubles: list[Exception] = []

    def work() -> None:
        try:
            with os.fdopen(read_end, "rb") as source:
                pyrage.encrypt_io(source, to, recipients)
        except Exception as error:
            troubles.append(error)

    thread = Thread(target=work)
    thread.start()
    try:
        with os.fdopen(write_end, "wb") as stream:
            yield stream
    except BrokenPipeError:
        pass  # the thread knows why
    finally:
        thread.join()
    if troubles:
        raise CannotCopy(f"it could not be encrypted: {troubles[0]}") from troubles[0]


@contextmanager
def decrypted(source: BinaryIO, keys: Sequence[Identity]) -> Iterator[BinaryIO]:
    """
    A stream of what is in ``source``, decrypted.

    Reading raises CannotCopy if none of the keys fits and, at the end at the latest, if something
    was changed or is missing. So only who has read to the end has read something genuine.
    """
    read_end, write_end = os.pipe()
    troubles: list[Exception] = []

    def work() -> None:
        try:
            with os.fdopen(write_end, "wb") as to:
                pyrage.decrypt_io(source, to, keys)
        except Exception as error:
            troubles.append(error)

    thread = Thread(target=work)
    thread.start()
    try:
        with os.fdopen(read_end, "rb") as stream:
            yield cast(BinaryIO, _Genuine(stream, thread, troubles))
    finally:
        thread.join()  # a reader that has enough has hung up, and so it ends


class _Genuine:
    """What comes out of a pipe, whose end is only one if the other side says so."""

    def __init__(self, stream: BinaryIO, thread: Thread, troubles: list[Exception]) -> None:
        self._stream = stream
        self._thread = thread
        self._troubles = troubles

    def read(self, size: int = -1) -> bytes:
        content = self._stream.read(size)
        if not content or len(content) < size:
            self._thread.join()
            if self._troubles:
                reason = self._troubles[0]
                raise CannotCopy(f"it cannot be decrypted: {reason}") from reason
        return content
