"""An app whose tasks write down outside the store what they do, so that it can be held against what the store says."""

from __future__ import annotations

import os
import random
import time
from pathlib import Path

from pynenc import Pynenc, context

HISTORY = "PYNENC_TEST_HISTORY"
"""Environment variable with the path of the history file."""

app = Pynenc(app_id="crashing")


def note(kind: str) -> None:
    """Append one line, in one write, so that lines of many processes do not mix."""
    run = context.current()
    assert run is not None, "note is called by tasks"
    line = f"{kind} {run.invocation_id} {run.attempt} {os.getpid()} {time.monotonic():.6f}\n"
    file = os.open(Path(os.environ[HISTORY]), os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(file, line.encode())
    os.close(file)


@app.task
def double(number: int) -> int:
    """Take a moment, so that a crash has something to hit."""
    note("start")
    time.sleep(random.random() * 0.04)
    note("end")
    return 2 * number


@app.task
def add_doubles(numbers: list[int]) -> int:
    """Wait for others."""
    note("start")
    total = sum(double.parallelize([(number,) for number in numbers]).results)
    note("end")
    return total


@app.task
def instant(number: int) -> int:
    """Take no time."""
    note("start")
    return number


@app.task(max_retries=5, retry_for=(ConnectionError,))
def third_time_lucky(number: int) -> int:
    """Fail until the third attempt."""
    note("start")
    run = context.current()
    if run is None or run.attempt < 3:
        raise ConnectionError("not yet")
    return number


@app.task
def stay_once(seconds: float) -> int:
    """Stay on the first attempt; the number of the attempt that does not."""
    note("start")
    run = context.current()
    assert run is not None
    if run.attempt == 1:
        time.sleep(seconds)
    return run.attempt
