"""
Environments of their own, of Python and of Node, for programs whose packages do not go with ours.

Each is made when it is first asked for and kept under ``.cache``; it is made anew if what goes
into it has changed, or if making it was cut short. Making one takes a package index.
"""

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.services import Unavailable

_FOLDER = Path(__file__).parents[1] / ".cache"
_PATIENCE_SECONDS = 600


def python_with(name: str, requirements: Path, *, build_with: Path | None = None) -> Path:
    """
    The Python of the environment ``name``: it has just what the file ``requirements`` pins.

    ``build_with`` pins what builds those of them that are published as source only.
    """
    environment = _FOLDER / name
    python = environment / "bin" / "python"
    stamp = environment / "made-from.txt"
    wanted = (build_with.read_text() if build_with else "") + requirements.read_text()
    with alone(name):
        if python.exists() and stamp.exists() and stamp.read_text() == wanted:
            return python
        shutil.rmtree(environment, ignore_errors=True)
        run(sys.executable, "-m", "venv", environment)
        install = (python, "-m", "pip", "install", "--quiet", "--no-deps")
        if build_with:
            run(*install, "-r", build_with)
        run(*install, *(("--no-build-isolation",) if build_with else ()), "-r", requirements)
        stamp.write_text(wanted)
    return python


def node_with(name: str, made_from: Path) -> Path:
    """
    The folder of the environment ``name``: the programs of the folder ``made_from`` beside just
    those packages that its lock file pins. Raises Unavailable without Node.
    """
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        raise Unavailable("Node and npm are not installed here.")
    environment = _FOLDER / name
    stamp = environment / "made-from.json"
    wanted = (made_from / "package-lock.json").read_text("utf-8")
    with alone(name):
        if not (stamp.exists() and stamp.read_text("utf-8") == wanted):
            shutil.rmtree(environment, ignore_errors=True)
            shutil.copytree(made_from, environment)
            quiet = ("--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
            run(npm, "ci", *quiet, cwd=environment)
            stamp.write_text(wanted, "utf-8")
        for program in made_from.glob("*.mjs"):
            shutil.copy(program, environment)
    return environment


def run(
    *command: str | Path,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    given: str = "",
) -> str:
    """
    The standard output of a command that is given this standard input.

    Raises RuntimeError with the other output if the command fails.
    """
    done = subprocess.run(
        command,
        input=given,
        capture_output=True,
        text=True,
        env=env,
        cwd=cwd,
        check=False,
        timeout=_PATIENCE_SECONDS,
    )
    if done.returncode:
        raise RuntimeError(f"{command} failed:\n{done.stderr}")
    return done.stdout


def without_proxies() -> dict[str, str]:
    """The variables of our own environment, for a program that is to reach this machine only."""
    return {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}


@contextmanager
def alone(name: str) -> Iterator[None]:
    """Two runs of the tests at a time do not make the same thing of this name."""
    _FOLDER.mkdir(exist_ok=True)
    with (_FOLDER / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
