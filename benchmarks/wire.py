"""HTTP/1.1 on bare sockets: so little work for a client that the server is what is measured."""

import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from socket import IPPROTO_TCP, TCP_NODELAY, create_connection, socket
from typing import NamedTuple, Self
from urllib.parse import urlsplit


class Reply(NamedTuple):
    """An answer over HTTP."""

    status: int
    headers: dict[bytes, bytes]
    body: bytes


@dataclass(frozen=True)
class Address:
    """Where a server answers; ``base`` is what every path begins with, without a last slash."""

    host: str
    port: int
    tls: bool = False
    base: str = ""

    @classmethod
    def of(cls, url: str) -> "Address":
        """Of ``http://…`` or ``https://…``. Raises ValueError for anything else."""
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"{url!r} is no http or https address")
        tls = parts.scheme == "https"
        return cls(parts.hostname, parts.port or (443 if tls else 80), tls, parts.path.rstrip("/"))

    def request(
        self,
        method: str,
        path: str,
        *,
        body: bytes = b"",
        headers: dict[str, str] | None = None,
        length: int | None = None,
    ) -> bytes:
        """A request as it goes over the wire; ``length`` of a body that follows later."""
        usual = self.port == (443 if self.tls else 80)
        host = self.host if usual else f"{self.host}:{self.port}"
        sent = {"Host": host, "User-Agent": "benchmark", "Accept": "application/json"}
        if body or length is not None:
            sent |= {"Content-Type": "application/json"}
            sent |= {"Content-Length": str(len(body) if length is None else length)}
        lines = [f"{method} {self.base}{path} HTTP/1.1"]
        lines += [f"{name}: {value}" for name, value in (sent | (headers or {})).items()]
        return "\r\n".join([*lines, "", ""]).encode() + body

    def ask(self, sent: bytes, more: Iterable[bytes] = ()) -> Reply:
        """The answer to one request, on a connection of its own; ``more`` follows it."""
        with Line(self) as line:
            return line.exchange(sent, more)


class Line:
    """A connection that is kept, and made again where the server ends it after an answer."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._socket: socket | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def exchange(self, sent: bytes, more: Iterable[bytes] = ()) -> Reply:
        """The answer to one request."""
        line = self._socket or self._connected()
        self._socket = line
        line.sendall(sent)
        for part in more:
            line.sendall(part)
        is_head = sent.startswith(b"HEAD ")
        reply, is_kept = _answer(line, has_body=not is_head)
        if not is_kept:
            self._end()
        return reply

    def _connected(self) -> socket:
        address = self._address
        line = create_connection((address.host, address.port), timeout=120)
        line.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
        if not address.tls:
            return line
        return ssl.create_default_context().wrap_socket(line, server_hostname=address.host)

    def _end(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None


def _answer(line: socket, *, has_body: bool) -> tuple[Reply, bool]:
    """The reply, and whether the connection lives on."""
    got = b""
    while b"\r\n\r\n" not in got:
        got += _more(line)
    head, _, body = got.partition(b"\r\n\r\n")
    first, *lines = head.split(b"\r\n")
    headers = {
        name.lower(): value.strip() for name, _, value in (text.partition(b":") for text in lines)
    }
    version, code = first.split()[:2]
    status = int(code)
    said = headers.get(b"connection", b"").lower()
    is_kept = said != b"close" if version == b"HTTP/1.1" else said == b"keep-alive"
    if b"chunked" in headers.get(b"transfer-encoding", b""):
        whole = _unchunked(line, body)
    elif status in (204, 304) or not has_body:
        whole = b""
    elif b"content-length" in headers:
        parts, missing = [body], int(headers[b"content-length"]) - len(body)
        while missing > 0:
            parts.append(_more(line))
            missing -= len(parts[-1])
        whole = b"".join(parts)
    else:
        is_kept, whole = False, body + b"".join(iter(lambda: line.recv(1 << 18), b""))
    return Reply(status, headers, whole), is_kept


def _unchunked(line: socket, body: bytes) -> bytes:
    parts = []
    while True:
        while b"\r\n" not in body:
            body += _more(line)
        size, _, body = body.partition(b"\r\n")
        length = int(size.partition(b";")[0], 16)
        while len(body) < length + 2:
            body += _more(line)
        if length == 0:
            return b"".join(parts)
        parts.append(body[:length])
        body = body[length + 2 :]


def _more(line: socket) -> bytes:
    got = line.recv(1 << 18)
    if not got:
        raise ConnectionError("the server closed the connection")
    return got
