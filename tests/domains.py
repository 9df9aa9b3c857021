"""A name server and a website on this machine, for tests that ask them in earnest."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from dnslib import QTYPE, RCODE, RR, TXT
from dnslib.server import BaseResolver, DNSLogger, DNSServer


class _Zone(BaseResolver):
    """``records``: the text records by name; a name without any does not exist."""

    def __init__(self, records: Mapping[str, list[str]], broken: bool) -> None:
        self.records, self.broken = records, broken

    def resolve(self, request, handler):  # type: ignore[no-untyped-def]
        reply = request.reply()
        if self.broken:
            reply.header.rcode = RCODE.SERVFAIL
            return reply
        name = str(request.q.qname).rstrip(".").lower()
        for text in self.records.get(name, []):
            reply.add_answer(RR(request.q.qname, QTYPE.TXT, ttl=0, rdata=TXT(text)))
        if name not in self.records:
            reply.header.rcode = RCODE.NXDOMAIN
        return reply


@contextmanager
def naming(records: Mapping[str, list[str]], *, broken: bool = False) -> Iterator[str]:
    """A running name server that knows ``records`` (as they are when asked); its address:port."""
    quiet = DNSLogger(log="-request,-reply,-truncated,-error,-recv,-send,-data")
    server = DNSServer(_Zone(records, broken), port=0, address="127.0.0.1", logger=quiet)
    server.start_thread()
    try:
        yield f"127.0.0.1:{server.server.server_address[1]}"
    finally:
        server.stop()
        server.server.server_close()


@contextmanager
def answering(pages: Mapping[str, tuple[int, bytes]]) -> Iterator[str]:
    """
    A running website that knows ``pages`` (as they are when asked) by path; its address.

    A page is a status and what it says; of a redirect, where it leads.
    """

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, content = pages.get(self.path, (404, b"nothing here"))
            self.send_response(status)
            if status in (301, 302):
                self.send_header("Location", content.decode())
            self.send_header("Content-Type", "text/plain")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://localhost:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
