"""An app whose tasks write down outside the store what they do, so that it can be held against what the store says."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pynenc import ConcurrencyControlType, Pynenc, context
from pynenc.errors import TaskTimeout
from support.history import Line, write_line

HISTORY = "PYNENC_TEST_HISTORY"
"""Environment variable with the path of the history file."""
THREE, LINE, PER_KEY = 3, 2, 1
"""Numbers of the limits under which these tasks run."""

app = Pynenc(app_id="crashing", config_values={"limits": {"line": LINE}})


def note(kind: str, *limits: str) -> int:
    """Write down that the attempt that runs has started or ends, under these limits; its number."""
    run = context.current()
    assert run is not None, "note is called by tasks"
    path = Path(os.environ[HISTORY])
    write_line(path, Line(kind, run.invocation_id, run.attempt, os.getpid(), time.monotonic(), limits))
    return run.attempt


@contextmanager
def noted(*limits: str) -> Iterator[int]:
    """Write down when the attempt starts and ends, however it ends; its number."""
    attempt = note("start", *limits)
    try:
        yield attempt
    finally:
        note("end", *limits)


def take_a_moment(most_seconds: float = 0.04) -> None:
    """So that a crash has something to hit."""
    time.sleep(random.random() * most_seconds)


@app.task
def double(number: int) -> int:
    """Take a moment."""
    with noted():
        take_a_moment()
        return 2 * number


@app.task
def add_doubles(numbers: list[int]) -> int:
    """Wait for others."""
    with noted():
        return sum(double.parallelize([(number,) for number in numbers]).results)


@app.task
def instant(number: int) -> int:
    """Take no time."""
    note("start")
    return number


@app.task(max_retries=5, retry_for=(ConnectionError,))
def third_time_lucky(number: int) -> int:
    """Fail until the third attempt."""
    if note("start") < 3:
        raise ConnectionError("not yet")
    return number


@app.task
def stay_once(seconds: float) -> int:
    """Stay on the first attempt; the number of the attempt that does not."""
    attempt = note("start")
    if attempt == 1:
        time.sleep(seconds)
    return attempt


@app.task(running_concurrency=ConcurrencyControlType.TASK, running_limit=THREE)
def one_of_three(number: int) -> int:
    """Run beside no more than two others of this task."""
    with noted("three"):
        take_a_moment(0.02)
        return number


@app.task(
    running_concurrency=ConcurrencyControlType.KEYS,
    key_arguments=("key",),
    max_retries=5,
    retry_for=(ConnectionError,),
    retry_backoff=0.1,
)
def one_per_key(key: str, number: int) -> int:
    """Run alone among those with this key, and fail the first time."""
    with noted(f"key-{key}") as attempt:
        take_a_moment()
        if attempt == 1:
            raise ConnectionError("not yet")
        return number


@app.task(limits=("line",))
def on_the_line(number: int) -> int:
    """Share a limit with another task."""
    with noted("line"):
        take_a_moment()
        return number


@app.task(limits=("line",))
def wait_on_the_line(numbers: list[int]) -> int:
    """Wait, with a place of a shared limit, for others that have limits of their own."""
    with noted("line"):
        children = [one_per_key(f"child-{number % 2}", number) for number in numbers]
        return sum(child.result for child in children)


@app.task(registration_concurrency=ConcurrencyControlType.ARGUMENTS)
def merged(number: int) -> int:
    """Stand, until it starts, for all calls with the same argument."""
    with noted():
        take_a_moment()
        return number


@app.task
def merge_two(number: int) -> int:
    """Wait twice for what may be one."""
    with noted():
        first, second = merged(number), merged(number)
        return first.result + second.result


@app.task(timeout=0.3, max_retries=1000, retry_for=(TaskTimeout,))
def late_once(number: int) -> int:
    """Take too long the first time."""
    with noted() as attempt:
        if attempt == 1:
            time.sleep(60)
        return number
