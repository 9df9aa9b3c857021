"""
Mail as files, one per message, for servers that have no mail server (yet): ``file:DIR``.

The files are whole messages (``.eml``) that any mail program opens. Their names sort by the time
of sending. They may hold links that are as good as a password, so only their owner reads them.
"""

import secrets
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage as ParsedMessage
from email.utils import getaddresses
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, NamedTuple

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

_ENDING = ".eml"


class FileOutbox(BaseEmailBackend):
    """Django's door to the folder ``settings.EMAIL_FILE_PATH``, or ``file_path``."""

    def __init__(self, *args: Any, file_path: str | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._folder = Path(file_path) if file_path else folder()

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """
        Write each message that is addressed to anybody; how many there were.

        Raises OSError where the folder cannot be written.
        """
        written = 0
        for message in email_messages:
            if message.recipients():
                _write(self._folder, message.message().as_bytes())
                written += 1
        return written


def folder() -> Path:
    """The folder that mail is written to."""
    path: str = settings.EMAIL_FILE_PATH  # type: ignore[misc]  # set only where mail is filed
    return Path(path)


class Filed(NamedTuple):
    """One message in the folder. ``name`` is that of its file."""

    name: str
    sent_at: datetime
    to: str
    subject: str


def filed(within: Path) -> list[Filed]:
    """What is in the folder, the newest first."""
    return [_filed(path) for path in sorted(within.glob(f"*{_ENDING}"), reverse=True)]


def shown(within: Path, name: str) -> str:
    """
    The message for people: who, what about, and its text.

    Raises FileNotFoundError for a name that ``filed`` does not give.
    """
    path = within / name
    if path.parent != within or path.suffix != _ENDING:
        raise FileNotFoundError(name)
    message = _parsed(path)
    head = [f"{field}: {message[field]}" for field in ("Date", "From", "To", "Subject")]
    text = message.get_body(("plain",))
    return "\n".join([*head, "", text.get_content() if text else ""])


def forget(addresses: Collection[str]) -> None:
    """Delete filed mail to any of the addresses, which are in lower case; sent mail is out."""
    if not hasattr(settings, "EMAIL_FILE_PATH"):
        return
    for path in folder().glob(f"*{_ENDING}"):
        to = [address.lower() for _, address in getaddresses([str(_parsed(path)["To"])])]
        if any(address in addresses for address in to):
            path.unlink(missing_ok=True)


def _write(within: Path, content: bytes) -> None:
    """The file is there whole or not at all; nobody reads half a message."""
    within.mkdir(mode=0o700, parents=True, exist_ok=True)
    name = f"{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}-{secrets.token_hex(4)}{_ENDING}"
    with NamedTemporaryFile(dir=within, prefix=".", delete=False) as part:
        part.write(content)
    Path(part.name).rename(within / name)


def _parsed(path: Path) -> ParsedMessage:
    message = message_from_bytes(path.read_bytes(), policy=policy.default)
    assert isinstance(message, ParsedMessage)  # as the policy makes them
    return message


def _filed(path: Path) -> Filed:
    message = _parsed(path)
    sent_at = datetime.strptime(path.name.partition("-")[0], "%Y%m%dT%H%M%S.%fZ")
    return Filed(
        path.name, sent_at.replace(tzinfo=UTC), str(message["To"]), str(message["Subject"])
    )
