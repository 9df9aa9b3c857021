"""Another server with badges of its own, which answers over HTTP on this machine."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from tests.openbadges.facts import png

CONTEXT = "https://w3id.org/openbadges/v2"
OLD_CONTEXT = "https://w3id.org/openbadges/v1"

Document = dict[str, Any]


@dataclass
class Academy:
    """
    A server whose ``pages`` map paths to what they answer: status, media type and content.

    ``asked`` are the paths that were asked for, in order; ``when_asked`` is called each time.
    """

    origin: str
    pages: dict[str, tuple[int, str, bytes]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    when_asked: Callable[[], Any] = lambda: None

    def put(self, path: str, document: Any, *, status: int = 200) -> str:
        """Answer this path with a document; the URL of it."""
        content = json.dumps(document).encode()
        self.pages[path] = (status, "application/ld+json; charset=utf-8", content)
        return f"{self.origin}{path}"

    def put_image(self, path: str, content: bytes, media_type: str = "image/png") -> str:
        """Answer this path with an image; the URL of it."""
        self.pages[path] = (200, media_type, content)
        return f"{self.origin}{path}"

    def issuer(self, **members: Any) -> Document:
        """The issuer's document, served."""
        document = {
            "@context": CONTEXT,
            "type": "Issuer",
            "id": f"{self.origin}/issuer",
            "name": "Sailing Academy",
            "url": "https://academy.example.org",
            "email": "office@academy.example.org",
            "description": "Teaches sailing",
        } | members
        self.put("/issuer", document)
        return document

    def badgeclass(self, **members: Any) -> Document:
        """The badge class's document and image, served, with the issuer."""
        if "/issuer" not in self.pages:
            self.issuer()
        self.put_image("/navigation.png", png())
        document = {
            "@context": CONTEXT,
            "type": "BadgeClass",
            "id": f"{self.origin}/navigation",
            "name": "Navigation",
            "description": "Finds the way",
            "issuer": f"{self.origin}/issuer",
            "image": f"{self.origin}/navigation.png",
            "criteria": {"narrative": "Find **home**"},
            "tags": ["sea"],
        } | members
        self.put("/navigation", document)
        return document

    def award(self, **members: Any) -> str:
        """The URL of an award to Bob, served with all that belongs to it; None leaves out."""
        if "/navigation" not in self.pages:
            self.badgeclass()
        document = {
            "@context": CONTEXT,
            "type": "Assertion",
            "id": f"{self.origin}/award",
            "badge": f"{self.origin}/navigation",
            "recipient": {"type": "email", "identity": "bob@example.org", "hashed": False},
            "verification": {"type": "HostedBadge"},
            "issuedOn": "2024-05-02T09:30:00Z",
        } | members
        kept = {name: value for name, value in document.items() if value is not None}
        return self.put("/award", kept)

    def document(self, path: str) -> Document:
        """What this path answers."""
        found: Document = json.loads(self.pages[path][2])
        return found


@contextmanager
def academy() -> Iterator[Academy]:
    """A running server, gone at the end."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            there.asked.append(self.path)
            there.when_asked()
            status, media_type, content = there.pages.get(self.path, (404, "text/plain", b"?"))
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("Location", content.decode())
            self.send_header("Content-Type", media_type)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    there = Academy(f"http://127.0.0.1:{server.server_port}")
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield there
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
