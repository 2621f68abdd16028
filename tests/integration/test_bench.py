"""`make bench` with tiny numbers: every figure is measured for both, and nothing is left running."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
TINY = ("--rounds", "1", "--seconds", "0.05", "--tasks", "60", "--fib", "3", "--json")
FIGURES = {
    "drain": ["tasks/s", "Redis commands", "server CPU, us"],
    "round trip": ["p50, ms", "p99, ms", "Redis commands", "server CPU, us"],
    "enqueue": ["calls/s", "Redis commands", "server CPU, us"],
    "bulk enqueue": ["calls/s"],
}
ALONE = {
    "dependent calls": ["fib, s"],
    "5 ms tasks": ["share of two CPUs"],
    "idle": ["CPU, %", "commands sent/s", "commands/s"],
    "large argument": ["MB in Redis", "calls/s"],
}


@pytest.mark.timeout(120)  # four interpreters start one after another, which is slow on a busy machine
def test_every_figure_is_measured_for_product_and_floor_in_one_run():
    ended = subprocess.run(
        [sys.executable, "-m", "bench", *TINY], cwd=TESTS, capture_output=True, text=True, timeout=100, check=False
    )
    assert ended.returncode == 0, ended.stderr
    rows = json.loads(ended.stdout)["rows"]
    assert {name: [row["figure"] for row in rows if row["workload"] == name] for name in FIGURES | ALONE} == (
        FIGURES | ALONE
    )
    assert all(len(row["pynenc"]) == 1 for row in rows)
    assert all(len(row["floor"]) == (row["workload"] in FIGURES) for row in rows)
