"""Real services beside the tests, started from the system's own programs on loopback."""

import atexit
import fcntl
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
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


@cache
def postgresql() -> PostgreSQL:
    """
    Start PostgreSQL from the system's binaries; install them by apt where that is possible.

    Raises Unavailable, with what to do, where it is not.
    """
    binaries = _postgresql_binaries()
    folder = Path(tempfile.mkdtemp(prefix="rosette-postgresql-", dir="/tmp"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    owner: dict[str, str] = {}
    if os.geteuid() == 0:  # the server refuses to run as root
        owner = {"user": "postgres", "group": "postgres"}
        shutil.chown(folder, "postgres", "postgres")
    data = folder / "data"
    subprocess.run(
        [
            binaries / "initdb",
            "-D",
            data,
            "-U",
            "rosette",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--no-sync",
        ],
        check=True,
        capture_output=True,
        cwd=folder,
        **owner,  # type: ignore[call-overload]
    )
    port = free_port()
    server = subprocess.Popen(
        [
            *(binaries / "postgres", "-D", data, "-p", str(port), "-k", folder),
            *("-c", "listen_addresses=127.0.0.1", "-c", "fsync=off"),
            *("-c", "full_page_writes=off", "-c", "max_connections=200"),
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=folder,
        **owner,  # type: ignore[call-overload]
    )

    def stop() -> None:
        server.terminate()
        server.wait(20)

    atexit.register(stop)
    for _ in range(200):
        ready = subprocess.run(
            [binaries / "pg_isready", "-h", "127.0.0.1", "-p", str(port), "-U", "rosette"],
            capture_output=True,
        )
        if ready.returncode == 0:
            break
        time.sleep(0.1)
    else:
        raise Unavailable("PostgreSQL did not start")
    subprocess.run(
        [binaries / "createdb", "-h", "127.0.0.1", "-p", str(port), "-U", "rosette", "rosette"],
        check=True,
        capture_output=True,
    )
    return PostgreSQL(port)


@contextmanager
def redis() -> Iterator[str]:
    """
    A Redis of our own, gone afterwards; its address.

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
    port = free_port()
    server = subprocess.Popen(
        [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", "/tmp"],
        stdout=subprocess.DEVNULL,
    )
    try:
        for _ in range(100):
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            time.sleep(0.1)
        else:
            raise Unavailable("Redis did not start")
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        server.kill()
        server.wait()


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
