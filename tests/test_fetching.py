"""Outgoing HTTP against real servers on 127.0.0.1; quirk X14 is the unguarded fetch of old."""

import gzip
import socket
import ssl
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pytest_socket import SocketConnectBlockedError

from rosette.fetching import Fetched, FetchFailed, FetchRefused, fetch

PUBLIC = "93.184.215.14"
LIMITS: dict[str, Any] = {"accept": "application/json", "max_bytes": 1000, "timeout_seconds": 5}

Answer = Callable[[BaseHTTPRequestHandler], None]


class Server(ThreadingHTTPServer):
    """Answers each path as told, 404 otherwise, and remembers what it was asked."""

    daemon_threads = True

    def __init__(self, answers: dict[str, Answer]) -> None:
        self.answers = answers
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.posted: list[bytes] = []
        super().__init__(("127.0.0.1", 0), Handler)

    @property
    def port(self) -> int:
        return self.server_address[1]

    def url(self, path: str = "/", host: str = "127.0.0.1", scheme: str = "http") -> str:
        return f"{scheme}://{host}:{self.port}{path}"

    def handle_error(self, request: object, client_address: object) -> None:
        """Whoever hangs up on us is expected here."""


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        self.server.asked.append((self.path, dict(self.headers.items())))
        self.server.answers.get(self.path, answer(404))(self)

    def do_POST(self) -> None:
        sent = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.posted.append(sent)
        self.do_GET()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def answer(status: int = 200, body: bytes = b"{}", **headers: str) -> Answer:
    def send(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)

    return send


def redirect(location: str, status: int = 302) -> Answer:
    return answer(status, b"", Location=location)


def raw(everything: bytes) -> Answer:
    def send(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(everything)

    return send


def drip(start: bytes, piece: bytes, pause_seconds: float = 0.02) -> Answer:
    """``start``, then ``piece`` again and again until the other side has gone."""

    def send(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(start)
        while True:
            handler.wfile.write(piece)
            time.sleep(pause_seconds)

    return send


@contextmanager
def running(server: Server) -> Iterator[Server]:
    thread = Thread(target=partial(server.serve_forever, poll_interval=0.01))
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def server() -> Iterator[Server]:
    with running(Server({"/": answer(Content_Type="application/json")})) as server:
        yield server


class Names:
    """A resolver that gives one set of addresses after the other, and then the last for ever."""

    def __init__(self, *addresses: list[str]) -> None:
        self.addresses = list(addresses)
        self.asked: list[str] = []

    def __call__(self, host: str, port: int) -> list[str]:
        self.asked.append(host)
        return self.addresses.pop(0) if len(self.addresses) > 1 else self.addresses[0]


local = partial(fetch, **LIMITS, allow_loopback=True)


# What comes back


def test_the_answer_is_handed_over_whole(server):
    server.answers["/b"] = answer(200, b'{"a": 1}', Content_Type="Application/LD+JSON; charset=x")

    fetched = local(server.url("/b#part"))

    assert fetched == Fetched(
        url=server.url("/b"),
        status=200,
        media_type="application/ld+json",
        content=b'{"a": 1}',
        headers=fetched.headers,
    )
    assert fetched.headers["content-type"] == "Application/LD+JSON; charset=x"
    assert set(fetched.headers) == {"server", "date", "content-length", "content-type"}


def test_a_status_is_an_answer_like_any_other(server):
    assert local(server.url("/missing")).status == 404


def test_nothing_of_ours_goes_along_and_no_cookie_comes_back(server):
    server.answers["/first"] = answer(302, b"", Location="/", Set_Cookie="a=b; Path=/")

    local(server.url("/first"))

    headers = {
        "Host": f"127.0.0.1:{server.port}",
        "Accept": "application/json",
        "Accept-Encoding": "identity",
        "User-Agent": "Rosette",
    }
    assert server.asked == [("/first", headers), ("/", headers)]


def test_what_is_to_go_along_is_posted_and_our_own_headers_stay(server):
    server.answers["/"] = answer(202)
    carried = {"Authorization": "Bearer t", "User-Agent": "else", "Host": "evil.example.org"}

    found = fetch(server.url(), **LIMITS, allow_loopback=True, headers=carried, content=b"a=1")

    assert (found.status, server.posted) == (202, [b"a=1"])
    ((_, headers),) = server.asked
    assert headers["Authorization"] == "Bearer t"
    assert (headers["User-Agent"], headers["Host"]) == ("Rosette", f"127.0.0.1:{server.port}")


@pytest.mark.parametrize("along", [{"headers": {"Authorization": "Bearer t"}}, {"content": b""}])
def test_what_goes_along_is_taken_to_no_other_place(server, along):
    server.answers["/"] = redirect(server.url("/elsewhere"), 307)

    with pytest.raises(FetchFailed, match="redirects"):
        fetch(server.url(), **LIMITS, allow_loopback=True, **along)

    assert [path for path, _ in server.asked] == ["/"]


def test_letters_outside_ascii_are_written_as_http_wants_them(server):
    local(server.url("/ä b?q=ü"))

    assert server.asked[0][0] == "/%C3%A4%20b?q=%C3%BC"


def test_what_is_compressed_unasked_is_unfolded(server):
    server.answers["/z"] = answer(200, gzip.compress(b"roses"), Content_Encoding="gzip")

    assert local(server.url("/z")).content == b"roses"


def test_chunks_are_put_together(server):
    server.answers["/"] = raw(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nros\r\n2\r\nes\r\n0\r\n\r\n"
    )

    assert local(server.url()).content == b"roses"


@pytest.mark.parametrize(
    ("content_type", "content", "text"),
    [
        ("", "rosé".encode(), "rosé"),
        ("application/json", b"\xef\xbb\xbf{}", "{}"),
        ("application/ld+json; charset=UTF-8", "rosé".encode(), "rosé"),
        ('text/plain; charset="iso-8859-1"', b"ros\xe9", "rosé"),
        ("text/plain; Charset = windows-1252; x=y", b"\x80", "€"),
        ("text/plain;charset=utf-16", "rosé".encode("utf-16"), "rosé"),
    ],
)
def test_text_is_read_in_the_charset_that_is_named(server, content_type, content, text):
    server.answers["/"] = answer(200, content, Content_Type=content_type)

    assert local(server.url()).text == text


@pytest.mark.parametrize(
    ("charset", "content"),
    [
        ("utf-8", b"ros\xe9"),
        ("us-ascii", b"ros\xe9"),
        ("utf-16", b"odd"),
        ("utf-7", b"+ADw-script+AD4-"),
        ("zip", b"x"),
        ("rot13", b"x"),
        ("unicode_escape", b"x"),
        ("idna", b"x"),
        ("iso-8859-99", b"x"),
        ("x-no-such", b"x"),
    ],
)
def test_what_is_no_text_in_its_charset_fails_plainly(server, charset, content):
    server.answers["/"] = answer(200, content, Content_Type=f"text/plain; charset={charset}")

    with pytest.raises(FetchFailed, match=r"charset"):
        _ = local(server.url()).text


# Redirects


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_followed(server, status):
    server.answers["/old/badge"] = redirect("../new#here", status)
    server.answers["/new"] = answer(200, b"roses")

    fetched = local(server.url("/old/badge"))

    assert (fetched.url, fetched.content) == (server.url("/new"), b"roses")


def test_as_many_redirects_as_allowed_are_followed_and_no_more(server):
    for n in range(9):
        server.answers[f"/{n}"] = redirect(f"/{n + 1}")
    server.answers["/9"] = answer(200)

    assert local(server.url("/4")).status == 200
    with pytest.raises(FetchFailed, match="More than 5 redirects"):
        local(server.url("/3"))
    assert local(server.url("/3"), max_redirects=6).status == 200


def test_of_an_answer_that_is_cut_the_beginning_is_had_and_no_more_is_read(server):
    server.answers["/"] = drip(b"HTTP/1.1 200 OK\r\n\r\n" + b"rose" * 300, b"thorns")

    found = local(server.url(), max_bytes=1000, is_cut=True, content=b"")

    assert (found.status, found.content) == (200, b"rose" * 250)


def test_a_redirect_without_location_is_the_answer(server):
    server.answers["/odd"] = answer(302, b"look")

    assert local(server.url("/odd")).content == b"look"


@pytest.mark.parametrize(
    "location",
    [
        "http://10.0.0.1/",
        "http://169.254.169.254/latest/meta-data/",
        "//192.168.1.1/",
        "http://[fd00::1]/",
        "http://0/",
        "file:///etc/passwd",
        "ftp://example.org/",
        "gopher://127.0.0.1:6379/_FLUSHALL",
        "data:application/json,{}",
        "javascript:alert(1)",
        "http://ada:secret@example.org/",
    ],
)
def test_x14_a_redirect_to_what_is_not_allowed_is_refused(server, location):
    server.answers["/trap"] = redirect(location)

    with pytest.raises(FetchRefused):
        local(server.url("/trap"))


@pytest.mark.parametrize("location", ["http://[nonsense", "http://a:99999/", "https://", "///"])
def test_a_redirect_to_nonsense_fails_plainly(server, location):
    server.answers["/"] = redirect(location)

    with pytest.raises((FetchFailed, FetchRefused)):
        local(server.url())


# What is refused


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.org/badge",
        "//example.org/badge",
        "ftp://example.org/badge",
        "file:///etc/passwd",
        "gopher://example.org/",
        "data:application/json,{}",
        "javascript:alert(1)",
        "urn:uuid:6a2c1a5e-0000-4000-8000-000000000000",
        "http://",
        "http:///etc/passwd",
        "https:example.org",
        "http://example.org:99999/",
        "http://example.org:port/",
        "http://exa mple.org/",
        "http://[::1/",
        "http://\ud800/",
    ],
)
def test_x14_only_http_and_https_urls_are_fetched(url):
    with pytest.raises(FetchRefused):
        fetch(url, **LIMITS, resolve=Names([PUBLIC]))


@pytest.mark.parametrize("user", ["ada", "ada:secret", ":secret", "example.org"])
def test_x14_a_url_with_credentials_is_refused(user):
    with pytest.raises(FetchRefused, match="user name or password"):
        fetch(f"https://{user}@example.org/", **LIMITS, resolve=Names([PUBLIC]))


FORBIDDEN = [
    "0.0.0.0",
    "10.0.0.1",
    "100.64.0.1",
    "127.0.0.1",
    "127.255.255.254",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.1",
    "192.0.2.1",
    "192.168.0.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "::ffff:0:10.0.0.1",
    "64:ff9b::10.0.0.1",
    "64:ff9b::127.0.0.1",
    "64:ff9b:1::10.0.0.1",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:a00:1::",
    "2002:5db8:d70e::",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "ff0e::1",
]


@pytest.mark.parametrize("address", FORBIDDEN)
def test_x14_a_name_with_an_address_that_is_not_public_is_refused(address):
    with pytest.raises(FetchRefused, match=r"The address of badges\.example is not public\."):
        fetch("http://badges.example/", **LIMITS, resolve=Names([address]))


@pytest.mark.parametrize("address", FORBIDDEN)
def test_x14_one_bad_address_among_good_ones_is_refused(address):
    with pytest.raises(FetchRefused):
        fetch("http://badges.example/", **LIMITS, resolve=Names([PUBLIC, address]))


@pytest.mark.parametrize(
    "address", [a for a in FORBIDDEN if not a.startswith("127.") and a != "::1"]
)
def test_x14_to_allow_loopback_allows_nothing_else(address):
    with pytest.raises(FetchRefused):
        fetch("http://badges.example/", **LIMITS, resolve=Names([address]), allow_loopback=True)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "LOCALHOST",
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "0177.0.0.1",
        "127.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "0",
    ],
)
def test_x14_no_spelling_of_this_machine_is_fetched(server, host):
    with pytest.raises(FetchRefused):
        fetch(server.url(host=host), **LIMITS)

    assert server.asked == []


@pytest.mark.parametrize(
    "address", [PUBLIC, "2606:4700::1111", "64:ff9b::5db8:d70e", "::ffff:93.184.215.14"]
)
@pytest.mark.filterwarnings("ignore:A test tried to use socket")
def test_public_addresses_pass_the_check(address):
    """They are called, which the surroundings of the tests prevent."""
    with pytest.raises((SocketConnectBlockedError, FetchFailed)):
        fetch("http://badges.example/", **LIMITS, resolve=Names([address]))


# The address checked is the address called


def test_x14_a_name_is_asked_for_once_and_the_answer_called(server):
    names = Names(["127.0.0.1"], ["10.0.0.1"])

    local(server.url(host="badges.example"), resolve=names)

    assert names.asked == ["badges.example"]
    assert [headers["Host"] for _, headers in server.asked] == [f"badges.example:{server.port}"]


@pytest.mark.filterwarnings("ignore:A test tried to use socket")
def test_x14_rebinding_a_name_that_is_public_when_checked_and_ours_when_called_calls_the_checked(
    server,
):
    """Whoever asks a second time would be told 127.0.0.1, where a server does wait."""
    names = Names([PUBLIC], ["127.0.0.1"])

    with pytest.raises(SocketConnectBlockedError, match=PUBLIC):
        fetch(server.url(host="badges.example"), **LIMITS, resolve=names)

    assert names.asked == ["badges.example"]
    assert server.asked == []


def test_x14_a_name_that_changes_its_address_before_a_redirect_is_checked_again(server):
    server.answers["/"] = redirect("/secret")
    names = Names(["127.0.0.1"], ["10.0.0.1"])

    with pytest.raises(FetchRefused):
        local(server.url(host="badges.example"), resolve=names)

    assert [path for path, _ in server.asked] == ["/"]


def test_an_address_that_does_not_answer_gives_way_to_the_next(server):
    assert local(server.url(host="b.example"), resolve=Names(["::1", "127.0.0.1"])).status == 200


# Bounds


@pytest.mark.parametrize("size, fits", [(1000, True), (1001, False)])
@pytest.mark.parametrize("known", [True, False])
def test_size_is_bounded_to_the_byte(server, size, fits, known):
    body = b"x" * size
    head = f"Content-Length: {size}\r\n" if known else ""
    server.answers["/"] = raw(f"HTTP/1.0 200 OK\r\n{head}\r\n".encode() + body)

    if fits:
        assert local(server.url()).content == body
    else:
        with pytest.raises(FetchFailed, match="too large: at most 1,000 bytes"):
            local(server.url())


def test_a_body_without_end_is_left(server):
    server.answers["/"] = drip(b"HTTP/1.0 200 OK\r\n\r\n", b"x" * 1000, 0)

    with pytest.raises(FetchFailed, match="too large"):
        local(server.url(), max_bytes=1_000_000)


@pytest.mark.parametrize("times", [1, 2])
def test_a_decompression_bomb_is_left_before_it_unfolds(server, times):
    bomb = b"\0" * 200_000_000
    for _ in range(times):
        bomb = gzip.compress(bomb, 1)
    coding = ", ".join(["gzip"] * times)
    server.answers["/"] = answer(200, bomb, Content_Encoding=coding)

    tracemalloc.start()
    try:
        with pytest.raises(FetchFailed, match="too large"):
            local(server.url(), max_bytes=100_000)
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "slow",
    [
        pytest.param(lambda handler: time.sleep(5), id="silence"),
        pytest.param(drip(b"", b"H"), id="status line"),
        pytest.param(drip(b"HTTP/1.1 200 OK\r\n", b"A: b\r\n", 0.2), id="headers"),
        pytest.param(drip(b"", b"HTTP/1.1 100 Continue\r\n\r\n"), id="continue"),
        pytest.param(drip(b"HTTP/1.0 200 OK\r\n\r\n", b"x"), id="body"),
        pytest.param(
            drip(b"HTTP/1.0 200 OK\r\nContent-Length: 999\r\n\r\n", b"x", 0.1), id="known body"
        ),
        pytest.param(
            drip(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
            id="chunks",
        ),
        pytest.param(
            drip(b"HTTP/1.0 200 OK\r\nContent-Encoding: gzip\r\n\r\n", gzip.compress(b"")),
            id="empty members",
        ),
    ],
)
def test_time_is_bounded_as_a_whole(server, slow):
    server.answers["/"] = slow

    began = time.monotonic()
    with pytest.raises(FetchFailed, match="took too long"):
        local(server.url(), timeout_seconds=0.5)
    assert 0.4 < time.monotonic() - began < 3


def test_the_time_is_one_for_all_redirects(server):
    def late(handler: BaseHTTPRequestHandler) -> None:
        time.sleep(0.2)
        redirect("/")(handler)

    server.answers["/"] = late

    with pytest.raises(FetchFailed, match="took too long"):
        local(server.url(), timeout_seconds=0.5)
    assert 1 < len(server.asked) <= 3


def test_a_resolver_that_dawdles_is_not_waited_for():
    def dawdle(host: str, port: int) -> list[str]:
        time.sleep(5)
        return [PUBLIC]

    began = time.monotonic()
    with pytest.raises(FetchFailed, match="took too long"):
        local("http://badges.example/", resolve=dawdle, timeout_seconds=0.2)
    assert time.monotonic() - began < 3


# What fails


def test_an_unknown_name_fails_plainly():
    def unknown(host: str, port: int) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    with pytest.raises(FetchFailed, match=r"badges\.example could not be reached"):
        local("http://badges.example/", resolve=unknown)


def test_a_name_without_addresses_fails_plainly():
    with pytest.raises(FetchFailed, match="could not be reached"):
        local("http://badges.example/", resolve=Names([]))


def test_a_closed_port_fails_plainly():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))

        with pytest.raises(FetchFailed, match=r"127\.0\.0\.1 could not be reached"):
            local(f"http://127.0.0.1:{taken.getsockname()[1]}/")


@pytest.mark.parametrize(
    "nonsense",
    [
        b"",
        b"roses are red\r\n\r\n",
        b"HTTP/1.1 two hundred\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nonly this",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nro",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\nnot gzip at all",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: " + b", ".join([b"gzip"] * 50) + b"\r\n\r\nx",
        b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 200 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nA: " + b"b" * 100_000 + b"\r\n\r\n",
    ],
)
def test_an_answer_that_is_not_http_or_not_whole_fails_plainly(server, nonsense):
    server.answers["/"] = raw(nonsense)

    with pytest.raises(FetchFailed, match="could not be reached, or broke off"):
        local(server.url())


# TLS


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for ``badges.example``, signed by itself, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "badges.example")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("badges.example")]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "badges.example.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + signed.public_bytes(serialization.Encoding.PEM)
    )
    return path


@pytest.fixture
def secure(certificate: Path) -> Iterator[Server]:
    server = Server({"/": answer(200, b"roses"), "/down": redirect("http://badges.example/")})
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server.socket = context.wrap_socket(
        server.socket, server_side=True, do_handshake_on_connect=False
    )
    with running(server):
        yield server


@pytest.fixture
def trust(certificate: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(certificate))


def test_the_certificate_must_be_for_the_name_that_was_asked_for(secure, trust):
    names = Names(["127.0.0.1"])

    fetched = local(secure.url(host="badges.example", scheme="https"), resolve=names, tls=trust)
    assert fetched.content == b"roses"

    for host in ("other.example", "127.0.0.1"):
        with pytest.raises(FetchFailed, match=f"The certificate of {host} is not valid"):
            local(secure.url(host=host, scheme="https"), resolve=names, tls=trust)


def test_a_certificate_that_nobody_vouches_for_is_not_trusted(secure):
    with pytest.raises(FetchFailed, match=r"The certificate of badges\.example is not valid"):
        local(secure.url(host="badges.example", scheme="https"), resolve=Names(["127.0.0.1"]))


def test_https_to_a_port_that_speaks_http_fails_plainly(server, trust):
    with pytest.raises(FetchFailed, match="could not be reached"):
        local(server.url(scheme="https"), tls=trust)


def test_a_redirect_from_https_to_http_is_refused(secure, trust):
    with pytest.raises(FetchRefused, match="redirects from https"):
        local(
            secure.url("/down", host="badges.example", scheme="https"),
            resolve=Names(["127.0.0.1"]),
            tls=trust,
        )


@pytest.mark.parametrize("moment", ["handshake", "body"])
def test_time_is_bounded_inside_tls(secure, trust, moment):
    secure.answers["/"] = drip(b"HTTP/1.0 200 OK\r\n\r\n", b"x")
    names = Names(["127.0.0.1"])
    began = time.monotonic()

    with pytest.raises(FetchFailed, match="took too long"):
        if moment == "body":
            url = secure.url(host="badges.example", scheme="https")
            local(url, resolve=names, tls=trust, timeout_seconds=0.5)
        else:
            with socket.create_server(("127.0.0.1", 0)) as silent:
                url = f"https://badges.example:{silent.getsockname()[1]}/"
                local(url, resolve=names, tls=trust, timeout_seconds=0.5)

    assert 0.4 < time.monotonic() - began < 3
