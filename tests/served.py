"""
Rosette as people run it: `rosette up` in processes of its own, for tests that come from outside.

A plugin; the fixture ``served`` is started once for the whole run, when the first test wants it.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from tests.prepared import prepared_database
from tests.services import Unavailable, free_port

_STARTS_WITHIN_SECONDS = 300


@dataclass(frozen=True)
class Served:
    """
    A started server: where it answers, where it keeps its data, and what it has said so far.

    Mail lies in ``data_dir / "mail"``, one file per message.
    """

    url: str
    data_dir: Path
    log: Path
    environment: Mapping[str, str]

    def rosette(self, *arguments: str, stdin: str = "") -> str:
        """What the command ``rosette …`` prints, run beside the server on the same data."""
        done = subprocess.run(
            [sys.executable, "-m", "rosette", *arguments],
            input=stdin,
            env=dict(self.environment),
            cwd=self.data_dir,
            text=True,
            capture_output=True,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def add_person(self, email: str, password: str) -> str:
        """The entity id of a new person with a verified address."""
        made = self.rosette("user", "add", email, "--password-file", "-", stdin=password)
        return made.split()[0]


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The server that all tests of a run share; each makes its own people and issuers."""
    with serving(tmp_path_factory.mktemp("served")) as server:
        yield server


@contextmanager
def serving(folder: Path, *options: str, **settings: str) -> Iterator[Served]:
    """
    A server of one's own.

    ``options`` are those of ``rosette up``, ``settings`` such as ``ROSETTE_ALLOW_SIGNUP="false"``.
    """
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    data_dir = folder / "data"
    data_dir.mkdir()
    log = folder / "log"
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("ROSETTE_")},
        "ROSETTE_DATA_DIR": str(data_dir),
        "ROSETTE_PORT": str(port),
        "ROSETTE_PUBLIC_URL": url,
        **prepared_database(data_dir, f"served_{port}"),
        **settings,
    }
    with log.open("wb") as output:
        server = subprocess.Popen(
            [sys.executable, "-m", "rosette", "up", *options],
            env=environment,
            cwd=data_dir,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # a process group, so that nothing of it is left behind
        )
    try:
        _wait(server, url, log)
        yield Served(url, data_dir, log, environment)
    finally:
        _stop(server)


def _wait(server: subprocess.Popen[bytes], url: str, log: Path) -> None:
    patience = time.monotonic() + _STARTS_WITHIN_SECONDS
    while time.monotonic() < patience and server.poll() is None:
        try:
            with urlopen(f"{url}/health", timeout=5):
                return
        except (URLError, OSError):
            time.sleep(0.1)
    raise Unavailable(f"rosette up did not start:\n{log.read_text('utf-8')}")


def _stop(server: subprocess.Popen[bytes]) -> None:
    if server.poll() is None:
        server.terminate()  # it stops its parts itself
        with suppress(subprocess.TimeoutExpired):
            server.wait(20)
    with suppress(ProcessLookupError):
        os.killpg(server.pid, signal.SIGKILL)  # whatever is left of the group
    server.wait()
