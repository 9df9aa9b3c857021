"""A data folder and the commands that are run on it, as an operator does: real processes."""

import os
import subprocess
import sys
from itertools import count
from pathlib import Path

from tests.environment import DATABASE
from tests.prepared import prepared_database


class House:
    """A data folder, its settings, and ``rosette`` on it."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.folder = folder
        self.settings = settings

    @property
    def environment(self) -> dict[str, str]:
        """The variables of a process on this folder."""
        kept = {
            name: value for name, value in os.environ.items() if not name.startswith("ROSETTE_")
        }
        kept.pop("DJANGO_SETTINGS_MODULE", None)
        return {**kept, "ROSETTE_DATA_DIR": str(self.folder), **self.settings}

    def run(
        self, *arguments: str | Path, given: str = "", **settings: str
    ) -> subprocess.CompletedProcess[str]:
        """Run ``rosette`` with these arguments and this standard input."""
        return subprocess.run(
            [sys.executable, "-m", "rosette", *map(str, arguments)],
            input=given,
            capture_output=True,
            text=True,
            env=self.environment | settings,
            timeout=300,
        )

    def done(self, *arguments: str | Path) -> str:
        """What the command says; it succeeds."""
        answer = self.run(*arguments)
        assert answer.returncode == 0, answer.stderr
        return answer.stdout

    def refused(self, *arguments: str | Path) -> str:
        """What is wrong, in a sentence."""
        answer = self.run(*arguments)
        assert answer.returncode != 0, answer.stdout
        assert "Traceback" not in answer.stderr, answer.stderr
        return answer.stderr.rpartition("Error: ")[2].strip()


def begun(folder: Path, **settings: str) -> House:
    """A house after ``rosette init``, without the time that the migrations take."""
    house = House(folder, **prepared_database(folder, f"house_{next(_number)}"), **settings)
    house.done("init")
    return house


def new_database(kind: str, name: str) -> dict[str, str]:
    """The settings of an empty database of this kind; ``sqlite`` needs none."""
    if kind == "sqlite":
        return {}
    from tests.services import postgresql

    return {"ROSETTE_DATABASE_URL": postgresql().new_database(name)}


_number = count()

OTHER = "sqlite" if DATABASE == "postgresql" else "postgresql"
"""The kind of database that this run is not about."""
