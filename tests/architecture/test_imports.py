"""Who imports whom, what `import pynenc` costs, and which names it promises."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pynenc
from support import repository

PUBLIC = [
    "Arguments",
    "ConcurrencyControlType",
    "Invocation",
    "InvocationGroup",
    "Pynenc",
    "PynencError",
    "RetryError",
    "Task",
    "TaskFailed",
    "WorkerLost",
    "__version__",
]
HEAVY = {"kopf", "kubernetes", "starlette", "typer", "yaml", "jsonschema", "aiohttp"}
CPU_SECONDS = 0.6


def run(code):
    """What a fresh interpreter prints."""
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()


def test_every_import_contract_is_kept():
    program = Path(sys.executable).with_name("lint-imports")
    result = subprocess.run([program, "--no-cache"], cwd=repository.ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


def test_the_public_names_are_frozen_and_few():
    assert sorted(pynenc.__all__) == PUBLIC
    assert len(PUBLIC) <= 20


def test_importing_the_sdk_loads_nothing_heavy():
    loaded = run("import sys, pynenc; print(*sys.modules)")
    assert HEAVY & set(loaded) == set()


def test_importing_the_sdk_is_quick():
    """Measured in processor time, which a busy machine does not stretch; the best of three."""
    code = "import time; before = time.process_time(); import pynenc; print(time.process_time() - before)"
    assert min(float(run(code)[0]) for _ in range(3)) < CPU_SECONDS
