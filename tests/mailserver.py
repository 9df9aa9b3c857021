"""A mail server on loopback that does as it is told, for the conversations that mail is sent by."""

import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any


class MailServer(socketserver.ThreadingTCPServer):
    """
    Takes mail by SMTP (RFC 5321, as far as a client goes).

    ``answers`` overrides what is said to a command: ``{"RCPT": "550 no such person"}``, or a
    function of the command's line; None: nothing is ever said. ``connections`` and ``envelopes``
    tell what came.
    """

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Conversation)
        self.answers: dict[str, str | Callable[[str], str] | None] = {}
        self.connections = 0
        self.envelopes: list[tuple[str, list[str], bytes]] = []
        self.over = threading.Event()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.server_address[1])

    @property
    def messages(self) -> list[EmailMessage]:
        """The messages that were taken, parsed."""
        return [parsed(content) for _, _, content in self.envelopes]


def parsed(content: bytes) -> EmailMessage:
    """A message as the standard library's newer classes show it."""
    message = message_from_bytes(content, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


@contextmanager
def running() -> Iterator[MailServer]:
    """A server that runs until the block ends."""
    with MailServer() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.over.set()
            server.shutdown()
            thread.join()


class _Conversation(socketserver.StreamRequestHandler):
    server: MailServer

    def handle(self) -> None:
        self.server.connections += 1
        sender, recipients = "", []
        if not self.say("CONNECT", "220 ready"):
            return
        for raw in self.rfile:
            line = raw.decode().strip()
            command = line[:4].upper()
            match command:
                case "EHLO" | "HELO" | "RSET" | "NOOP":
                    sender, recipients = "", []
                    said = self.say(command, "250 fine", line)
                case "MAIL":
                    sender, recipients = line.partition(":")[2], []
                    said = self.say(command, "250 fine", line)
                case "RCPT":
                    recipients.append(line.partition(":")[2])
                    said = self.say(command, "250 fine", line)
                case "DATA":
                    said = self.say(command, "354 go on", line)
                    if said and said.startswith("354"):
                        content = self.content()
                        said = self.say("CONTENT", "250 taken", line)
                        if said and said.startswith("250"):
                            self.server.envelopes.append((sender, recipients, content))
                case "QUIT":
                    self.say(command, "221 goodbye", line)
                    return
                case _:
                    said = self.say(command, "502 what?", line)
            if said is None:
                return

    def content(self) -> bytes:
        lines: list[bytes] = []
        for line in self.rfile:
            if line == b".\r\n":
                break
            lines.append(line[1:] if line.startswith(b".") else line)
        return b"".join(lines)

    def say(self, command: str, usual: str, line: str = "") -> str | None:
        answer: Any = self.server.answers.get(command, usual)
        if callable(answer):
            answer = answer(line)
        if answer is None:  # hang until the test is over
            self.server.over.wait()
            return None
        self.wfile.write(f"{answer}\r\n".encode())
        return str(answer)
