"""The benchmark in its tiniest form. How fast anything is, is no matter of tests."""

import json
import subprocess
import sys
from pathlib import Path

OPERATIONS = {
    *("award", "award with evidence", "batch", "public document", "public document, 304"),
    *("verifier's set", "list page of 100"),
}


def test_benchmark_gives_every_figure_and_the_floor_answers_the_same_bytes(tmp_path: Path):
    report, results = tmp_path / "performance.md", tmp_path / "results.json"

    done = subprocess.run(
        [
            *(sys.executable, "-m", "benchmarks", "--smoke"),
            *("--report", report, "--results", results),
        ],
        cwd=Path(__file__).parent.parent,
        capture_output=True,
        text=True,
    )

    assert done.returncode == 0, done.stderr
    kept = json.loads(results.read_text())
    assert {(item["operation"], item["size"], item["server"]) for item in kept["samples"]} == {
        *((name, size, "rosette") for name in OPERATIONS for size in (20, 40)),
        *((name, size, "floor") for name in OPERATIONS for size in (20, 40)),
        ("static answer", 40, "floor"),
        ("raw insert", 40, "driver"),
        ("raw batch", 40, "driver"),
    }
    for item in kept["samples"]:
        for sample in item["rounds"]:
            assert min(sample["count"], sample["rate"], sample["median"], sample["server"]) > 0
    assert kept["same_bytes"] == [["sqlite", item[1], True] for item in kept["same_bytes"]]
    assert report.read_text().startswith("# Performance\n")
    assert done.stdout.strip() in report.read_text()
