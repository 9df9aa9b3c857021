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

ORIGIN = "https://badges.example.org"
WORKERS, THREADS = 2, 4
_ROOT = Path(__file__).parent.parent
_STARTS_WITHIN_SECONDS = 90


@dataclass(frozen=True)
class Site:
    """
    One filled database, with Rosette and the floor serving it.

    ``facts``: the names that ``fill`` printed. ``ports`` and ``pids`` by server, ``rosette`` and
    ``floor``; ``database_pid`` is None for SQLite, whose work is the servers' own.
    """

    size: int
    url: str
    facts: dict[str, Any]
    ports: dict[str, int]
    pids: dict[str, int]
    database_pid: int | None


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
    settings = ("autovacuum=off", "checkpoint_timeout=1d", "max_wal_size=16GB")
    server = subprocess.Popen(
        [
            *(binaries / "postgres", "-D", data, "-p", str(port), "-k", folder),
            *("-c", "listen_addresses=127.0.0.1", "-c", "max_connections=200"),
            *(part for setting in settings for part in ("-c", setting)),
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=folder,
        **owner,
    )
    try:
        url = f"postgresql://rosette@127.0.0.1:{port}/postgres"
        yield PostgreSQL(port, server.pid, _version(server, url))
    finally:
        server.send_signal(signal.SIGINT)  # "fast": it does not wait for its clients
        server.wait()


def sites(
    folder: Path, sizes: Sequence[int], database: PostgreSQL | None, stack: ExitStack
) -> list[Site]:
    """
    One site for each size, all at once; those that are not measured are idle.

    ``stack`` ends their servers.
    """
    made = []
    for size in sizes:
        data = folder / str(size)
        data.mkdir()
        url = database.database(f"rosette_{size}") if database else str(data / "rosette.sqlite3")
        environment = _environment(data, url if database else "")
        filling = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.fill", str(size)],
            env=environment,
            cwd=_ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        made.append((size, data, url, environment, filling))
    started = []
    for size, data, url, environment, filling in made:
        printed, trouble = filling.communicate()
        if filling.returncode:
            raise RuntimeError(f"the database could not be filled:\n{trouble}")
        ports = {"rosette": _free_port(), "floor": _free_port()}
        commands = {
            "rosette": [sys.executable, "-m", "rosette", "serve"],
            "floor": [
                *(sys.executable, "-m", "granian", "benchmarks.floor:application", "--factory"),
                *("--interface", "wsgi", "--port", str(ports["floor"]), "--no-ws"),
                *("--workers", str(WORKERS), "--blocking-threads", str(THREADS)),
                *("--log-level", "warning"),
            ],
        }
        environment |= {
            "ROSETTE_PORT": str(ports["rosette"]),
            "FLOOR_DATABASE": url,
            "FLOOR_ORIGIN": ORIGIN,
            "FLOOR_MEDIA": str(data / "media"),
        }
        pids = {
            name: stack.enter_context(_server(command, environment, data))
            for name, command in commands.items()
        }
        started.append(
            Site(size, url, json.loads(printed), ports, pids, database.pid if database else None)
        )
    for site in started:
        for port in site.ports.values():
            _wait(port, folder / str(site.size))
    return started


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
def _server(command: list[str], environment: dict[str, str], data: Path) -> Iterator[int]:
    """The command in a process group of its own; its process id."""
    with (data / "log").open("ab") as log:
        server = subprocess.Popen(
            command, env=environment, cwd=_ROOT, stdout=log, stderr=log, start_new_session=True
        )
    try:
        yield server.pid
    finally:
        server.terminate()
        try:
            server.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()


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
