"""Somebody who receives webhooks: a server on this machine, which checks what it is told."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from standardwebhooks import Webhook

Answer = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Message:
    """One POST as it came in."""

    headers: dict[str, str]
    body: bytes

    @property
    def name(self) -> str:
        """Its ``webhook-id``."""
        return self.headers["webhook-id"]

    @property
    def said(self) -> Any:
        """The JSON in it, checked or not."""
        return json.loads(self.body)

    def verified(self, secret: str) -> Any:
        """The JSON in it, by the library of Standard Webhooks, which raises if it is not signed."""
        return Webhook(secret).verify(self.body, self.headers)


@dataclass
class Receiver:
    """
    A server that keeps what it gets in ``got``.

    ``answers`` are given one after the other, the last for ever.
    """

    url: str
    answers: list[Answer]
    got: list[Message] = field(default_factory=list)

    def next_answer(self) -> Answer:
        """The answer whose turn it is."""
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def status(code: int, body: bytes = b"", **headers: str) -> Answer:
    """Answer with this status and body."""

    def send(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(code)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)

    return send


@contextmanager
def receiving(*answers: Answer) -> Iterator[Receiver]:
    """A running receiver, gone at the end; it says yes unless told otherwise."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            there.got.append(Message({k.lower(): v for k, v in self.headers.items()}, body))
            there.next_answer()(self)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            """Whoever hangs up on us is expected here."""

    server = Server(("127.0.0.1", 0), Handler)
    there = Receiver(
        f"http://127.0.0.1:{server.server_port}/badges", list(answers) or [status(204)]
    )
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield there
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
