"""
Do every fault to a small and to a large site, for minutes, and write docs/reliability.md.

Usage: python -m tests.faults [SECONDS of load, 120]
"""

import json
import os
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

_PAGE = Path(__file__).parents[2] / "docs/reliability.md"
_SITES = {"sqlite": "small", "postgresql": "large"}
_HEAD = """# What happens when a part fails

Made by `make faults` on {day}, with {seconds} seconds of load where more is harder; a short form
of it are the tests of `tests/faults/`. Real processes are killed, stopped and starved while clients
award; what came of it is seen from outside: by the API, and at the mail server. Small is SQLite
with one node of four processes and one worker. Large is PostgreSQL, Redis and S3 with two nodes
behind HAProxy and two workers.

What holds in every line, and fails the run otherwise:

* An award that was acknowledged is there exactly once, and no other award is there.
* A mail is sent at least once, and once only if the mail server answered. Of a mail that was on its
  way when its worker was killed nobody can know; it may come twice, under the same `Message-ID`.
* Nothing is half done, and nobody lends a hand: what was begun goes on when the part is back.
* Whoever is refused is told so by 503 or 429 with `Retry-After`; a good client comes again, with
  the same `Idempotency-Key`. (A balancer says 502 or 504 of a node that dies.)

| Fault | Site | What came of it |
| --- | --- | --- |
"""


def main(seconds: str = "120") -> int:
    """Run, and write the page if all went well."""
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / "table"
        for database in _SITES:
            ran = subprocess.run(
                [sys.executable, "-m", "pytest", "-q", "tests/faults"],
                env=os.environ
                | {
                    "ROSETTE_TEST_DATABASE": database,
                    "FAULTS_SECONDS": seconds,
                    "FAULTS_TABLE": str(table),
                },
            )
            if ran.returncode:
                return ran.returncode
        rows = [json.loads(line) for line in table.read_text("utf-8").splitlines()]
    head = _HEAD.format(day=f"{datetime.now(UTC):%Y-%m-%d}", seconds=seconds)
    lines = (f"| {fault} | {_SITES[database]} | {result} |\n" for fault, database, result in rows)
    _PAGE.write_text(head + "".join(lines), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
