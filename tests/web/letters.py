"""The mails of a started server, as its people read them."""

import email
import re
import time
from email.message import EmailMessage
from email.policy import default

from tests.served import Served

_PATIENCE_SECONDS = 90


def letter(server: Served, to: str, subject: str = "") -> EmailMessage:
    """The newest mail to this address whose subject has these words, once it is written."""
    patience = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < patience:
        for file in sorted((server.data_dir / "mail").glob("*.eml"), reverse=True):
            found = email.message_from_bytes(file.read_bytes(), policy=default)
            if found["To"] == to and subject in found["Subject"]:
                assert isinstance(found, EmailMessage)
                return found
        time.sleep(0.1)
    raise AssertionError(f"no mail to {to}")


def link(message: EmailMessage, path: str) -> str:
    """The one address in the mail that leads to this path."""
    body = message.get_body(("plain",))
    assert body is not None
    (found,) = re.findall(rf"(http\S+{path}\S+)", body.get_content())
    return str(found)
