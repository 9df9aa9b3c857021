"""The modules of the badge designer that know no page, by node's own runner."""

import shutil
import subprocess
from pathlib import Path

import pytest

_HERE = Path(__file__).parent


def test_the_designers_modules_hold_what_they_promise() -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("Node is not installed here.")
    tests = sorted(map(str, _HERE.glob("*.test.mjs")))

    done = subprocess.run(
        [node, "--test", *tests], capture_output=True, text=True, timeout=120, check=False
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "# fail 0" in done.stdout
