"""
Outgoing HTTP, guarded: the one way in which Rosette asks other machines for anything.

Whoever names a URL makes this server call it from inside its own network. So only public addresses
are called, and the address that was checked is the address that is called, anew at every redirect;
nothing of ours goes along; time and size are bounded as a whole.
"""

import http.client
import re
import socket
import ssl
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from threading import Thread, Timer
from time import monotonic
from typing import Final
from urllib.parse import urljoin

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError
from urllib3.util import Url, parse_url

Resolver = Callable[[str, int], Sequence[str]]
"""Host name or address, and port -> all its addresses, as text. Raises OSError if none is known."""

_DEFAULT_PORTS = {"http": 80, "https": 443}
_REDIRECTS = {301, 302, 303, 307, 308}
_CHUNK_BYTES = 65_536
_CHARSETS: Final = re.compile(
    r"utf-?8|us-ascii|ascii|utf-?16([bl]e)?|iso-8859-\d{1,2}|latin-?1|windows-125\d", re.ASCII
)
NOTHING_HAD: Final[Mapping[str, str]] = {}

_LOOPBACK = IPv4Network("127.0.0.0/8")
_GLOBAL_UNICAST = IPv6Network("2000::/3")
_NAT64 = IPv6Network("64:ff9b::/96")


class FetchError(Exception):
    """There is no answer. ``message`` says why, for people, and nothing about our network."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class FetchRefused(FetchError):
    """We do not fetch this: scheme, credentials in the URL, or an address that is not public."""


class FetchFailed(FetchError):
    """It could not be fetched: unreachable, too slow, too large, or not who it should be."""


@dataclass(frozen=True)
class Fetched:
    """
    The answer, whatever its status. ``url`` is where it came from at last, without a fragment;
    ``media_type`` is in lower case without parameters, empty if not given; ``headers`` by name in
    lower case; ``content`` is decompressed.
    """

    url: str
    status: int
    media_type: str
    content: bytes
    headers: Mapping[str, str]

    @property
    def text(self) -> str:
        """
        The content as text, in the charset that the server names, else in UTF-8.

        Raises FetchFailed for what is no text in it, and for charsets that nobody needs.
        """
        named = re.search(
            r"""charset\s*=\s*["']?([\w.:-]{1,40})""", self.headers.get("content-type", ""), re.I
        )
        charset = named[1].lower() if named else "utf-8"
        if not _CHARSETS.fullmatch(charset):
            raise FetchFailed(f"The answer is in the charset {charset}, which is not read.")
        try:
            return self.content.decode("utf-8-sig" if charset in ("utf-8", "utf8") else charset)
        except (UnicodeDecodeError, LookupError) as error:
            raise FetchFailed(f"The answer is no text in the charset {charset}.") from error


def system_addresses(host: str, port: int) -> list[str]:
    """What the machine's own resolver knows."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))


def fetch(
    url: str,
    *,
    accept: str,
    max_bytes: int,
    timeout_seconds: float,
    max_redirects: int = 5,
    allow_loopback: bool = False,
    resolve: Resolver = system_addresses,
    tls: ssl.SSLContext | None = None,
    unless_had: Mapping[str, str] = NOTHING_HAD,
    headers: Mapping[str, str] | None = None,
    content: bytes | None = None,
    is_cut: bool = False,
) -> Fetched:
    """
    GET ``url``, an http or https URL, and follow its redirects; POST ``content``, if there is any.

    What goes along, ``headers`` and ``content``, is for the named server alone: then a redirect is
    not followed.

    ``timeout_seconds`` is for all of it, ``max_bytes`` for the decompressed answer; where it
    ``is_cut``, the rest of a larger one is not read, and else such a one is refused.
    ``allow_loopback`` lets this machine itself be called besides public ones (development).
    ``tls`` says whom to trust, if not those whom the system trusts. ``unless_had`` are the headers
    that make the server answer 304 if nothing has changed; where it redirects to, is not told.

    Raises FetchRefused and FetchFailed.
    """
    deadline = monotonic() + timeout_seconds
    if headers or content is not None:
        max_redirects = 0
    for _ in range(max_redirects + 1):
        target = _parsed(url)
        host = (target.host or "").strip("[]")
        port = target.port or _DEFAULT_PORTS[target.scheme or ""]
        with _plain_failures(host, deadline):
            addresses = _resolved(host, port, resolve, deadline)
            for address in addresses:
                _require_allowed(address, host, allow_loopback=allow_loopback)
            connection = _connected(target, host, port, addresses, deadline, tls)
            with _cut_off(connection, deadline):
                told = {**(headers or {}), **unless_had}
                limits = _Limits(max_bytes, deadline, is_cut=is_cut)
                answer = _answer(connection, target, accept, limits, told, content)
            location = answer.headers.get("location")
            if answer.status not in _REDIRECTS or location is None:
                return answer
            url, unless_had = urljoin(answer.url, location), NOTHING_HAD
        if target.scheme == "https" and not url.lower().startswith("https:"):
            raise FetchRefused(f"{host} redirects from https to another scheme.")
    if not max_redirects:
        raise FetchFailed("It redirects to another address, which is not followed.")
    raise FetchFailed(f"More than {max_redirects} redirects.")


def _parsed(url: str) -> Url:
    try:
        target = parse_url(url)
    except ValueError as error:
        raise FetchRefused("This is not a URL that can be fetched.") from error
    if target.scheme not in _DEFAULT_PORTS or not target.host:
        raise FetchRefused("Only http and https URLs can be fetched.")
    if target.auth is not None:
        raise FetchRefused("A URL with a user name or password is not fetched.")
    return target._replace(fragment=None)


@contextmanager
def _plain_failures(host: str, deadline: float) -> Iterator[None]:
    """Whatever goes wrong below becomes FetchFailed."""
    try:
        yield
    except (HTTPError, http.client.HTTPException, OSError, ValueError) as error:
        if isinstance(error, TimeoutError) or monotonic() >= deadline:
            raise FetchFailed(f"{host} took too long to answer.") from error
        if isinstance(error, ssl.SSLCertVerificationError):
            raise FetchFailed(f"The certificate of {host} is not valid.") from error
        raise FetchFailed(f"{host} could not be reached, or broke off.") from error


def _resolved(host: str, port: int, resolve: Resolver, deadline: float) -> list[str]:
    """All addresses of ``host``; in a thread, because a resolver cannot be told to hurry."""
    found: Future[Sequence[str]] = Future()

    def look_up() -> None:
        try:
            found.set_result(resolve(host, port))
        except Exception as error:  # handed on: result() raises it
            found.set_exception(error)

    Thread(target=look_up, daemon=True).start()
    return list(found.result(timeout=max(0, deadline - monotonic())))


def _require_allowed(address: str, host: str, *, allow_loopback: bool) -> None:
    ip = ip_address(address.partition("%")[0])
    loopback = ip == IPv6Address("::1") or ip in _LOOPBACK
    if not (_is_public(ip) or (loopback and allow_loopback)):
        raise FetchRefused(f"The address of {host} is not public.")


def _is_public(ip: IPv4Address | IPv6Address) -> bool:
    if isinstance(ip, IPv6Address):
        # Some networks reach IPv4 through the first two; what counts is where the packet ends.
        # 6to4, an old tunnel, carries an IPv4 address too and has no business here at all.
        if ip.ipv4_mapped:
            return _is_public(ip.ipv4_mapped)
        if ip in _NAT64:
            return _is_public(IPv4Address(int(ip) & 0xFFFFFFFF))
        if ip not in _GLOBAL_UNICAST or ip.sixtofour:
            return False
    return ip.is_global and not ip.is_multicast


def _connected(
    target: Url,
    host: str,
    port: int,
    addresses: Sequence[str],
    deadline: float,
    tls: ssl.SSLContext | None,
) -> HTTPConnection:
    """A connection to the first of ``addresses`` that takes it; they share the time left."""
    failure: Exception = OSError("no address")
    for position, address in enumerate(addresses):
        seconds = max(0.001, (deadline - monotonic()) / (len(addresses) - position))
        connection = HTTPConnection(address, port, timeout=seconds)
        if target.scheme == "https":
            trust = tls or _system_trust()
            connection = HTTPSConnection(
                address, port, timeout=seconds, server_hostname=host, ssl_context=trust
            )
        try:
            connection.connect()
            return connection
        except (HTTPError, OSError) as error:
            connection.close()
            failure = error
    raise failure


@cache
def _system_trust() -> ssl.SSLContext:
    return ssl.create_default_context()


@contextmanager
def _cut_off(connection: HTTPConnection, deadline: float) -> Iterator[None]:
    """
    Close ``connection`` at the end, and break it off at the deadline.

    A socket's own timeout starts anew with each byte, so that a slow drip would hold us for ever.
    """
    raw = connection.sock

    def break_off() -> None:
        with suppress(OSError):
            # The plain socket's, because the TLS one's is not safe from another thread.
            socket.socket.shutdown(raw, socket.SHUT_RDWR)

    timer = Timer(max(0, deadline - monotonic()), break_off)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        connection.close()


@dataclass(frozen=True)
class _Limits:
    max_bytes: int
    deadline: float
    is_cut: bool


def _answer(
    connection: HTTPConnection,
    target: Url,
    accept: str,
    limits: _Limits,
    more_headers: Mapping[str, str],
    sent: bytes | None,
) -> Fetched:
    headers = {
        **more_headers,
        "Host": target.netloc or "",
        "Accept": accept,
        "Accept-Encoding": "identity",
        "User-Agent": "Rosette",
    }
    verb = "GET" if sent is None else "POST"
    connection.request(verb, target.request_uri, body=sent, headers=headers, preload_content=False)
    content = bytearray()
    with closing(connection.getresponse()) as response:
        # Some compress though not asked to; ``read1`` hands out at most a chunk of what unfolds.
        while chunk := response.read1(_CHUNK_BYTES, decode_content=True):
            content += chunk
            if len(content) > limits.max_bytes:
                if limits.is_cut:
                    del content[limits.max_bytes :]
                    break
                raise FetchFailed(
                    f"The answer is too large: at most {limits.max_bytes:,} bytes are read."
                )
    if monotonic() >= limits.deadline:
        raise TimeoutError  # broken off: what looks like the end may not be one
    return Fetched(
        url=target.url,
        status=response.status,
        media_type=response.headers.get("content-type", "").partition(";")[0].strip().lower(),
        content=bytes(content),
        headers={name.lower(): value for name, value in response.headers.items()},
    )
