"""The parts of a site: processes that are started, killed and started again, each on its port."""

import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import requests

from tests.environments import python_with, without_proxies
from tests.services import Unavailable, free_port

_STARTS_WITHIN_SECONDS = 300


@dataclass
class Part:
    """``rosette serve`` or ``rosette work`` in a process group of its own."""

    verb: str
    environment: Mapping[str, str]
    log: Path
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it answers, if it serves."""
        return f"http://127.0.0.1:{self.environment['ROSETTE_PORT']}"

    def start(self) -> None:
        """Start it."""
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "rosette", self.verb],
                env=dict(self.environment),
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def wait(self) -> None:
        """Until it serves. Raises Unavailable."""
        patience = time.monotonic() + _STARTS_WITHIN_SECONDS
        while time.monotonic() < patience:
            with suppress(requests.RequestException):
                if requests.get(f"{self.url}/health", timeout=5).status_code == 200:
                    return
            time.sleep(0.1)
        raise Unavailable(f"{self.verb} did not start:\n{self.log.read_text('utf-8')}")

    def kill(self) -> None:
        """As if its machine had failed: all of it, at once."""
        if self.process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None

    @property
    def pids(self) -> list[int]:
        """Of all its processes."""
        assert self.process is not None
        found = subprocess.run(
            ["ps", "-o", "pid=", "-g", str(self.process.pid)], capture_output=True, text=True
        )
        return [int(line) for line in found.stdout.split()]

    @contextmanager
    def disk_full(self) -> Iterator[None]:
        """No file grows beyond some bytes, as on a disk without room, for this part alone."""
        kept = {pid: resource.prlimit(pid, resource.RLIMIT_FSIZE) for pid in self.pids}
        try:
            for pid, (_, hard) in kept.items():
                resource.prlimit(pid, resource.RLIMIT_FSIZE, (1024, hard))
            yield
        finally:
            for pid, limits in kept.items():
                resource.prlimit(pid, resource.RLIMIT_FSIZE, limits)


@dataclass
class Bucket:
    """A storage that speaks S3: moto's server, with one bucket."""

    port: int = field(default_factory=free_port)

    @contextmanager
    def running(self) -> Iterator["Bucket"]:
        """From its start to its end."""
        python = python_with("moto", Path(__file__).with_name("s3-requirements.txt"))
        server = subprocess.Popen(
            [python, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(self.port)],
            env=without_proxies(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            for _ in range(300):
                with suppress(requests.RequestException):
                    made = requests.put(f"http://127.0.0.1:{self.port}/badges", timeout=5)
                    assert made.status_code == 200, made.text
                    break
                time.sleep(0.1)
            else:
                raise Unavailable("moto did not start")
            yield self
        finally:
            server.kill()
            server.wait()
