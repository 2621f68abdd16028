"""An app whose tasks show what options of the task, and of the single call, mean to a worker."""

from __future__ import annotations

import asyncio
import time

from pynenc import Pynenc

app = Pynenc(app_id="option-tests")


@app.task
def nap(seconds: float) -> float:
    """Take so long, in steps."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        time.sleep(0.01)
    return seconds


@app.task
async def nap_async(seconds: float) -> float:
    """Take so long without blocking."""
    await asyncio.sleep(seconds)
    return seconds


@app.task(retry_for=(ConnectionError,))
def fail_until(attempt: int) -> int:
    """Raise what is worth another try, until the attempt of this number."""
    if fail_until.invocation.attempt < attempt:
        raise ConnectionError("not yet")
    return fail_until.invocation.attempt


@app.task(total_timeout=1.0, max_retries=1000, retry_for=(ConnectionError,))
def fail_again(seconds: float) -> None:
    """Fail after so long, each time."""
    time.sleep(seconds)
    raise ConnectionError("not yet")


@app.task(max_retries=1, retry_for=(ConnectionError,))
def order(key: str) -> str:
    """Call another task under a key, and fail the first time."""
    child = nap.with_options(idempotency_key=key)(0.0)
    if order.invocation.attempt == 1:
        raise ConnectionError("not yet")
    return child.invocation_id


@app.direct_task
def double(x: int) -> int:
    """Return the result at the call."""
    return 2 * x


@app.direct_task
async def double_later(x: int) -> int:
    """Return the result when awaited."""
    return 2 * x


@app.task
def quadruple(x: int) -> int:
    """Use a direct task as the function that it looks like."""
    return double(double(x))


@app.task(queue_timeout=0.3, queue="slow")
def start_soon() -> None:
    """Be worth nothing when it starts late."""
