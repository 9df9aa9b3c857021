"""Real services beside the tests, started from the system's own programs on loopback."""

import atexit
import fcntl
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import psycopg


class Unavailable(Exception):
    """A service can neither be found nor installed here."""


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass(frozen=True)
class PostgreSQL:
    """A PostgreSQL server of our own, without durability, gone when the process ends."""

    port: int

    def new_database(self, name: str, *, like: str = "template1") -> str:
        """Make a database that is empty, or a copy of another; how to reach it."""
        with psycopg.connect(self.url("rosette"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {like}")
        return self.url(name)

    def url(self, database: str) -> str:
        """How to reach the database of this name."""
        return f"postgresql://rosette@127.0.0.1:{self.port}/{database}"


class Cluster:
    """A PostgreSQL server on a port of its own, which can be killed and started again."""

    def __init__(self, *settings: str) -> None:
        self._binaries = _postgresql_binaries()
        self._settings = settings
        self._folder = Path(tempfile.mkdtemp(prefix="rosette-postgresql-", dir="/tmp"))
        self._owner: dict[str, str] = {}
        if os.geteuid() == 0:  # the server refuses to run as root
            self._owner = {"user": "postgres", "group": "postgres"}
            shutil.chown(self._folder, "postgres", "postgres")
        self._server: subprocess.Popen[bytes] | None = None
        self.at = PostgreSQL(free_port())
        subprocess.run(
            [
                *(self._binaries / "initdb", "-D", self._folder / "data", "-U", "rosette"),
                *("-A", "trust", "-E", "UTF8", "--no-sync"),
            ],
            check=True,
            capture_output=True,
            cwd=self._folder,
            **self._owner,  # type: ignore[call-overload]
        )
        self.start()
        subprocess.run(
            [
                *(self._binaries / "createdb", "-h", "127.0.0.1", "-p", str(self.at.port)),
                *("-U", "rosette", "rosette"),
            ],
            check=True,
            capture_output=True,
        )

    def start(self) -> None:
        """Start it, and wait until it answers. Raises Unavailable."""
        port = str(self.at.port)
        self._server = subprocess.Popen(
            [
                *(self._binaries / "postgres", "-D", self._folder / "data", "-p", port),
                *("-k", self._folder, "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off"),
                *("-c", "full_page_writes=off", "-c", "max_connections=200", *self._settings),
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=self._folder,
            **self._owner,  # type: ignore[call-overload]
        )
        for _ in range(200):
            ready = subprocess.run(
                [self._binaries / "pg_isready", "-h", "127.0.0.1", "-p", port, "-U", "rosette"],
                capture_output=True,
            )
            if ready.returncode == 0:
                return
            time.sleep(0.1)
        raise Unavailable("PostgreSQL did not start")

    def stop(self, number: int) -> None:
        """Stop it; SIGINT: in order; SIGQUIT: at once, as if the machine had failed."""
        if self._server is not None:
            self._server.send_signal(number)
            self._server.wait(20)
            self._server = None

    def remove(self) -> None:
        """Stop it, whoever is connected still, and leave nothing behind."""
        self.stop(signal.SIGINT)
        shutil.rmtree(self._folder, ignore_errors=True)


@cache
def postgresql() -> PostgreSQL:
    """
    Start PostgreSQL from the system's binaries; install them by apt where that is possible.

    Raises Unavailable, with what to do, where it is not.
    """
    cluster = Cluster()
    atexit.register(cluster.remove)
    return cluster.at


def dump(url: str, file: Path) -> None:
    """Write down all that is in the PostgreSQL database at this address."""
    command = (_postgresql_binaries() / "pg_dump", "--no-owner", "--file", file, url)
    subprocess.run(command, check=True)


def load(url: str, file: Path) -> None:
    """Put what was written down into the empty PostgreSQL database at this address."""
    how = ("--quiet", "--output", "/dev/null", "--set", "ON_ERROR_STOP=1", "--file", file)
    subprocess.run((_postgresql_binaries() / "psql", *how, url), check=True)


@contextmanager
def redis(port: int = 0) -> Iterator[str]:
    """
    A Redis of our own, on this port or any, gone afterwards; its address.

    Raises Unavailable, with what to do, where there is none and none can be installed.
    """
    program = shutil.which("redis-server") or shutil.which("valkey-server")
    if program is None:
        install("redis-server")
        program = shutil.which("redis-server")
    if program is None:
        raise Unavailable(
            "Redis is not installed and cannot be installed here (apt-get as root): "
            "install the package `redis-server`."
        )
    port = port or free_port()
    server = subprocess.Popen(
        [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", "/tmp"],
        stdout=subprocess.DEVNULL,
    )
    try:
        _wait_for(port, "Redis")
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        server.kill()
        server.wait()


@contextmanager
def balancer(to: Sequence[int], *, checked: str = "") -> Iterator["Balancer"]:
    """
    HAProxy before these ports, in turn; ``checked``: a path by which it sees who is well.

    Raises Unavailable, with what to do, where there is none and none can be installed.
    """
    program = shutil.which("haproxy")
    if program is None:
        install("haproxy")
        program = shutil.which("haproxy") or shutil.which("haproxy", path="/usr/sbin")
    if program is None:
        raise Unavailable(
            "HAProxy is not installed and cannot be installed here (apt-get as root): "
            "install the package `haproxy`."
        )
    with tempfile.TemporaryDirectory(prefix="rosette-balancer-", dir="/tmp") as folder:
        made = Balancer(program, Path(folder) / "haproxy.cfg", free_port())
        check = f"  option httpchk GET {checked}\n" if checked else ""
        servers = "".join(
            f"  server node{port} 127.0.0.1:{port} {_CHECKED if checked else ''}\n" for port in to
        )
        made.config.write_text(
            f"{_BALANCER}frontend front\n  bind 127.0.0.1:{made.port}\n  default_backend nodes\n"
            f"backend nodes\n  balance roundrobin\n{check}{servers}"
        )
        made.start()
        try:
            yield made
        finally:
            made.kill()


# A request that never reached a node is given to another; one that did is not sent again.
_BALANCER = """defaults
  mode http
  timeout connect 2s
  timeout client 60s
  timeout server 60s
  timeout http-request 10s
  retries 3
  option redispatch
  option forwardfor
"""
_CHECKED = "check inter 300ms fall 2 rise 1 on-marked-down shutdown-sessions"


@dataclass
class Balancer:
    """A started HAProxy; ``port`` is where it listens."""

    program: str
    config: Path
    port: int
    _process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and wait until it listens. Raises Unavailable."""
        self._process = subprocess.Popen(
            [self.program, "-f", self.config],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        _wait_for(self.port, "HAProxy")

    def kill(self) -> None:
        """Whoever asks is refused from now on."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


def _wait_for(port: int, name: str) -> None:
    for _ in range(100):
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.1)
    raise Unavailable(f"{name} did not start")


def install(*packages: str) -> None:
    """By apt, if that is possible; one run of the tests at a time, for apt does not wait."""
    if shutil.which("apt-get") and os.geteuid() == 0:
        with (Path(tempfile.gettempdir()) / "rosette-tests-apt.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            for command in (["update"], ["install", "-y", "--no-install-recommends", *packages]):
                subprocess.run(["apt-get", *command], check=False, capture_output=True)


def _postgresql_binaries() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    if not found:
        install("postgresql")
        found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    if not found:
        raise Unavailable(
            "PostgreSQL is not installed and cannot be installed here (apt-get as root): "
            "install the package `postgresql` to run the tests on it."
        )
    return found[-1].parent
