"""CPU and memory of processes that did a known piece of work."""

import os
import subprocess
import sys
from pathlib import Path

from benchmarks.processes import cpu_seconds, memory

_WORK = """
import subprocess, sys, time
if len(sys.argv) == 1:
    child = subprocess.Popen([sys.executable, __file__, "child"], stdout=subprocess.PIPE)
    child.stdout.readline()
else:
    kept = bytearray(80_000_000)
    while time.process_time() < 0.5:
        pass
print("worked", flush=True)
sys.stdin.read()
"""


def test_a_tree_is_counted_with_its_children(tmp_path: Path):
    script = tmp_path / "work.py"
    script.write_text(_WORK)
    parent = subprocess.Popen(
        [sys.executable, script], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert parent.stdout is not None
    assert parent.stdin is not None
    parent.stdout.readline()

    used, found = cpu_seconds(parent.pid), memory(parent.pid)
    parent.stdin.close()
    parent.stdout.close()
    parent.wait()

    assert used >= 0.5
    assert [item.peak >= item.own >= 80_000_000 for item in found] == [True, False]


def test_of_no_process_nothing_is_counted():
    assert (cpu_seconds(None), memory(None)) == (0.0, [])


def test_the_figure_of_one_process_agrees_with_its_own_clock(tmp_path: Path):
    script = tmp_path / "work.py"
    script.write_text(_WORK)
    alone = subprocess.Popen(
        [sys.executable, script, "child"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert alone.stdout is not None
    assert alone.stdin is not None
    alone.stdout.readline()
    used = cpu_seconds(alone.pid)
    alone.stdin.close()
    alone.stdout.close()
    _, _, usage = os.wait4(alone.pid, 0)
    alone.returncode = 0

    assert used <= usage.ru_utime + usage.ru_stime + 0.02  # which is counted in ticks
