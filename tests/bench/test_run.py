"""The benchmark in its tiniest form. How fast anything is, is no matter of tests."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from benchmarks.operations import OPERATIONS, REFERENCES

from tests.environment import DATABASE
from tests.served import Served

pytestmark = pytest.mark.skipif(
    DATABASE == "postgresql", reason="a quick run measures on SQLite, whatever the tests run on"
)

_ROOT = Path(__file__).parent.parent.parent
_NAMES = [operation.name for operation in OPERATIONS]
_DRIVER = ("raw insert", "raw batch of 100", "raw batch of 1,000")
_BOTH = ("rosette", "floor")


@pytest.fixture(scope="module")
def run(served: Served, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a quick run beside another server wrote, said and kept."""
    folder = tmp_path_factory.mktemp("run")
    served.add_person("bench@example.org", "knots and splices 77")
    done = subprocess.run(
        [
            *(sys.executable, "-m", "benchmarks", "--quick"),
            *("--report", folder / "performance.md", "--results", folder / "results.json"),
            *("--vs", served.url, "--vs-user", "bench@example.org"),
            *("--vs-password", "knots and splices 77"),
        ],
        cwd=_ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return {
        "report": (folder / "performance.md").read_text(),
        "said": done.stdout,
        **json.loads((folder / "results.json").read_text()),
    }


def test_every_figure_is_there(run: dict[str, Any]):
    found = {(item["operation"], item["size"], item["server"]) for item in run["samples"]}

    assert found - {("raw stream", 600, "driver")} == {
        *((name, size, who) for name in _NAMES for size in (300, 600) for who in _BOTH),
        *((reference.name, 300, "floor") for reference in REFERENCES),
        *((name, 300, "driver") for name in _DRIVER),
        *((name, 300, "other") for name in _NAMES),
    }
    for item in run["samples"]:
        for sample in item["rounds"]:
            least = [sample["count"], sample["rate"], sample["median"]]
            assert min(least + ([sample["server"]] if item["server"] != "other" else [])) > 0


def test_the_floor_answers_what_rosette_answers(run: dict[str, Any]):
    assert run["same_bytes"] == [["sqlite", name, True] for name in _NAMES]


def test_another_server_refuses_nothing_that_this_one_does(run: dict[str, Any]):
    assert run["refusals"] == {}


def test_memory_is_that_of_processes_that_have_done_something(run: dict[str, Any]):
    largest = [
        (where, server, found[0]["peak"] > found[0]["own"] > 20_000_000)
        for where, server, found in run["memory"]
    ]
    assert largest == [("sqlite", "Rosette", True), ("sqlite", "floor", True)]


def test_the_report_holds_what_was_said_and_no_password(run: dict[str, Any]):
    assert run["report"].startswith("# Performance\n")
    assert run["said"].strip() in run["report"]
    assert "knots" not in run["report"]


def test_nothing_is_left_behind_when_it_is_stopped(tmp_path: Path):
    started = subprocess.Popen(
        [sys.executable, "-m", "benchmarks", "--quick", "--only", "public", "--rounds", "1000"],
        cwd=_ROOT,
        env={**os.environ, "TMPDIR": str(tmp_path)},
        stderr=subprocess.PIPE,
        text=True,
        # Tests that were started in the background are deaf to it, and so would this be.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert started.stderr is not None
    said = ""
    while "round 1" not in said:
        said = started.stderr.readline()
        assert said, "it ended before it began to measure"
    assert _processes_of(tmp_path) > {started.pid}

    started.send_signal(signal.SIGINT)
    _, said = started.communicate(timeout=120)

    assert (started.returncode, said.splitlines()[-1]) == (130, "Stopped; nothing is left behind.")
    assert list(tmp_path.iterdir()) == []
    patience = time.monotonic() + 10
    while _processes_of(tmp_path) and time.monotonic() < patience:
        time.sleep(0.1)
    assert _processes_of(tmp_path) == set()


def _processes_of(folder: Path) -> set[int]:
    """Those that were started with the folder for their temporary files."""
    found = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if f"TMPDIR={folder}".encode() in (entry / "environ").read_bytes().split(b"\0"):
                    found.add(int(entry.name))
            except OSError:
                continue
    return found
