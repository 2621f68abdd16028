"""An app whose tasks behave well and badly, for tests of runners."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

from pynenc import Pynenc, RetryError

app = Pynenc(app_id="runner-tests")


@app.task
def add(x: int, y: int) -> int:
    """Behave well."""
    return x + y


@app.task
def fibonacci(n: int) -> int:
    """Wait for two others, which wait for two others."""
    return n if n <= 1 else fibonacci(n - 1).result + fibonacci(n - 2).result


@app.task
def fail(text: str) -> None:
    """Raise what nobody expects."""
    raise ValueError(text)


@app.task(max_retries=3, retry_for=(ConnectionError,))
def fail_until(attempt: int) -> int:
    """Raise what is worth another try, until the attempt of this number."""
    if fail_until.invocation.attempt < attempt:
        raise ConnectionError("not yet")
    return fail_until.invocation.attempt


@app.task(max_retries=1)
def ask_again() -> None:
    """Ask for another try each time."""
    raise RetryError("again")


@app.task
def leave() -> None:
    """Call sys.exit."""
    sys.exit(3)


@app.task
def die(losses: int) -> int:
    """Kill the worker, as running out of memory does, on the first attempts."""
    if die.invocation.attempt <= losses:
        os.kill(os.getpid(), signal.SIGKILL)
    return die.invocation.attempt


@app.task
def return_object() -> int:
    """Return what the annotation does not allow."""
    return object()  # type: ignore[return-value]  # that is the point


@app.task
def mark_and_wait_for(started: str, go_on: str) -> int:
    """Say that it runs, then run until it may end."""
    Path(started).write_text(str(os.getpid()))
    while not Path(go_on).exists():
        time.sleep(0.01)
    return mark_and_wait_for.invocation.attempt


@app.task
async def add_later(x: int, y: int) -> int:
    """Be a coroutine."""
    return x + y
