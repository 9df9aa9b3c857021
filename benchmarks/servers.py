"""Starting what is measured: PostgreSQL, Rosette and the floor, each database with its own pair."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from socket import socket
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import psycopg

from benchmarks.operations import Target
from benchmarks.wire import Address

ORIGIN = "https://badges.example.org"
WORKERS, THREADS = 2, 4
SHARED_BUFFERS = "1GB"
_ROOT = Path(__file__).parent.parent
_STARTS_WITHIN_SECONDS = 90


@dataclass(frozen=True)
class Site:
    """
    One filled database, with Rosette and the floor serving it.

    ``known``: row numbers of badge class, issuer and person. ``last``: the last row numbers of
    the filling, by table. ``targets`` and ``pids`` by server, ``rosette`` and ``floor``;
    ``database_pid`` is None for SQLite, whose work is the servers' own. ``environment`` is what
    further commands on this database run with.
    """

    size: int
    url: str
    known: tuple[int, int, int]
    last: dict[str, int]
    targets: dict[str, Target]
    pids: dict[str, int]
    database_pid: int | None
    environment: dict[str, str]


@dataclass(frozen=True)
class PostgreSQL:
    """A PostgreSQL server of our own, as durable as it is by default."""

    port: int
    pid: int
    version: str

    def database(self, name: str) -> str:
        """The address of a new database."""
        with psycopg.connect(self._url("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return self._url(name)

    def _url(self, name: str) -> str:
        return f"postgresql://rosette@127.0.0.1:{self.port}/{name}"


def postgresql_binaries() -> Path | None:
    """The folder with the newest PostgreSQL of this machine, if there is any."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    named = found[-1] if found else shutil.which("postgres")
    return Path(named).parent if named else None


@contextmanager
def postgresql(folder: Path, binaries: Path) -> Iterator[PostgreSQL]:
    """
    PostgreSQL with its files in ``folder``.

    Checkpoints and automatic vacuuming wait until the end, or they would fall into whatever is
    measured at that moment.
    """
    folder.mkdir()
    owner: dict[str, Any] = {}
    if os.geteuid() == 0:  # it refuses to run as root
        owner = {"user": "postgres", "group": "postgres"}
        shutil.chown(folder, "postgres", "postgres")
        folder.parent.chmod(0o755)
    data, port = folder / "data", _free_port()
    subprocess.run(
        [binaries / "initdb", "-D", data, "-U", "rosette", "-A", "trust", "-E", "UTF8"],
        check=True,
        capture_output=True,
        cwd=folder,
        **owner,
    )
    settings = (
        *("autovacuum=off", "checkpoint_timeout=1d", "max_wal_size=64GB"),
        f"shared_buffers={SHARED_BUFFERS}",
    )
    server = subprocess.Popen(
        [
            *(binaries / "postgres", "-D", data, "-p", str(port), "-k", folder),
            *("-c", "listen_addresses=127.0.0.1", "-c", "max_connections=200"),
            *(part for setting in settings for part in ("-c", setting)),
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=folder,
        start_new_session=True,  # it hears of Ctrl+C from here, after its clients are gone
        **owner,
    )
    try:
        url = f"postgresql://rosette@127.0.0.1:{port}/postgres"
        yield PostgreSQL(port, server.pid, _version(server, url))
    finally:
        server.send_signal(signal.SIGQUIT)  # at once: what it has kept is thrown away
        server.wait()


def site(folder: Path, size: int, database: PostgreSQL | None, stack: ExitStack) -> Site:
    """A site with so many awards; ``stack`` ends its servers."""
    data = folder / str(size)
    data.mkdir()
    url = database.database(f"rosette_{size}") if database else str(data / "rosette.sqlite3")
    ports = {"rosette": _free_port(), "floor": _free_port()}
    environment = _environment(data, url if database else "") | {
        "ROSETTE_PORT": str(ports["rosette"]),
        "FLOOR_DATABASE": url,
        "FLOOR_ORIGIN": ORIGIN,
        "FLOOR_MEDIA": str(data / "media"),
    }
    facts = _filled(size, url, environment)
    commands = {
        "rosette": [sys.executable, "-m", "rosette", "serve"],
        "floor": [
            *(sys.executable, "-m", "granian", "benchmarks.floor:application", "--factory"),
            *("--interface", "wsgi", "--port", str(ports["floor"]), "--no-ws"),
            *("--workers", str(WORKERS), "--blocking-threads", str(THREADS)),
            *("--log-level", "warning"),
        ],
    }
    pids = {
        name: stack.enter_context(_process(command, environment, data))
        for name, command in commands.items()
    }
    for port in ports.values():
        _wait(port, data)
    return Site(
        size,
        url,
        facts["known"],
        facts["last"],
        {name: _target(port, facts) for name, port in ports.items()},
        pids,
        database.pid if database else None,
        environment,
    )


@contextmanager
def worker(site: Site) -> Iterator[int]:
    """The site's background worker; its process id."""
    data = Path(site.environment["ROSETTE_DATA_DIR"])
    with _process([sys.executable, "-m", "rosette", "work"], site.environment, data) as pid:
        yield pid


def _target(port: int, facts: dict[str, Any]) -> Target:
    documents = [f"/public/assertions/{name}" for name in facts["assertions"]]
    return Target(
        address=Address("127.0.0.1", port),
        documents=documents,
        images=[f"{path}/image" for path in documents],
        common=[f"/public/badges/{facts['badgeclass']}", f"/public/issuers/{facts['issuer']}"],
        **{
            name: facts[name]
            for name in (
                *("token", "badgeclass", "people", "since", "revocable"),
                *("person", "password", "hash"),
            )
        },
    )


def _filled(size: int, url: str, environment: dict[str, str]) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.fill", str(size), url],
        env=environment,
        cwd=_ROOT,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise RuntimeError(f"the database could not be filled:\n{done.stderr}")
    facts: dict[str, Any] = json.loads(done.stdout)
    return facts


def _environment(data: Path, url: str) -> dict[str, str]:
    mine = {name: value for name, value in os.environ.items() if not name.startswith("ROSETTE_")}
    return mine | {
        "ROSETTE_DATA_DIR": str(data),
        "ROSETTE_DATABASE_URL": url,
        "ROSETTE_PUBLIC_URL": ORIGIN,
        "ROSETTE_WEB_WORKERS": str(WORKERS),
        "ROSETTE_WEB_THREADS": str(THREADS),
    }


@contextmanager
def _process(command: Sequence[str], environment: dict[str, str], data: Path) -> Iterator[int]:
    """The command in a process group of its own; its process id."""
    with (data / "log").open("ab") as log:
        process = subprocess.Popen(
            command, env=environment, cwd=_ROOT, stdout=log, stderr=log, start_new_session=True
        )
    try:
        yield process.pid
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _wait(port: int, data: Path) -> None:
    patience = time.monotonic() + _STARTS_WITHIN_SECONDS
    while time.monotonic() < patience:
        try:
            with urlopen(f"http://127.0.0.1:{port}/health", timeout=5):
                return
        except (URLError, OSError):
            time.sleep(0.1)
    raise RuntimeError(f"a server did not start:\n{(data / 'log').read_text()[-3000:]}")


def _version(server: "subprocess.Popen[bytes]", url: str) -> str:
    patience = time.monotonic() + _STARTS_WITHIN_SECONDS
    while time.monotonic() < patience and server.poll() is None:
        try:
            with psycopg.connect(url) as connection:
                [version] = connection.execute("SHOW server_version").fetchone() or [""]
                return str(version)
        except psycopg.OperationalError:
            time.sleep(0.1)
    raise RuntimeError("PostgreSQL did not start")


def _free_port() -> int:
    with socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
