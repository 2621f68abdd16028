"""An app in memory, for tests of what is the same in threads and processes."""

from __future__ import annotations

import asyncio
import sys
import threading
import time

from pynenc import Pynenc, RetryError, context
from pynenc.errors import UsageError

app = Pynenc(app_id="threads", config_values={"runner_cls": "ThreadRunner"})
may_end = threading.Event()


@app.task
def add(x: int, y: int) -> int:
    """Behave well."""
    return x + y


@app.task
def chain(n: int) -> int:
    """Wait for one other, which waits for one other."""
    return 0 if n == 0 else chain(n - 1).result + 1


@app.task
def total(numbers: list[int]) -> int:
    """Wait for many others."""
    return sum(add.parallelize([(number, 0) for number in numbers]).results)


child_ran = threading.Event()


@app.task
def tell() -> None:
    """Let the parent know."""
    child_ran.set()


@app.task
def call_and_look() -> bool:
    """Call another and wait for what it does, not for its end."""
    child_ran.clear()
    tell()
    return child_ran.wait(10)


@app.task(max_retries=2, retry_backoff=0.01)
def ask_again() -> None:
    """Ask for another try each time."""
    raise RetryError("again")


@app.task
def leave() -> None:
    """Call sys.exit."""
    sys.exit(3)


@app.task
def return_object() -> int:
    """Return what the annotation does not allow."""
    return object()  # type: ignore[return-value]  # that is the point


@app.task(timeout=0.1)
def spin() -> None:
    """Take longer than allowed."""
    while True:
        time.sleep(0.001)


@app.task
def wait_until_told() -> int:
    """Run until the test says so."""
    while not may_end.wait(0.005):
        pass
    return 1


@app.task
async def sleep_async(seconds: float) -> float:
    """Wait without holding anything up."""
    await asyncio.sleep(seconds)
    return seconds


@app.task(timeout=0.1)
async def sleep_async_too_long() -> None:
    """Wait for longer than allowed."""
    await asyncio.sleep(60)


@app.task
async def fail_async(text: str) -> None:
    """Raise in a coroutine."""
    await asyncio.sleep(0)
    raise ValueError(text)


@app.task
async def sum_async(numbers: list[int]) -> int:
    """Wait for many others in a coroutine, which has no other way to."""
    run = context.current()
    assert run is not None, "tasks run in a runner"
    ids = [add(number, 0).invocation_id for number in numbers]
    try:
        run.waiter.wait_for(ids, None)
    except UsageError:
        found = await run.waiter.wait_for_async(ids, 30)
    return sum(int(outcome.payload or b"0") for outcome in found.values())


@app.task
async def wait_async_too_long() -> str:
    """Give up waiting."""
    run = context.current()
    assert run is not None, "tasks run in a runner"
    try:
        await run.waiter.wait_for_async([wait_until_told().invocation_id], 0.05)
    except TimeoutError as error:
        return type(error).__name__
    return ""


@app.task
def wait_too_long() -> str:
    """Give up waiting."""
    try:
        wait_until_told().get(timeout=0.05)
    except TimeoutError as error:
        return type(error).__name__
    return ""


@app.task
def coroutine_of_a_plain_function() -> int:
    """Return something to be awaited."""
    return sleep_and_wait()  # type: ignore[return-value]  # that is the point


async def sleep_and_wait() -> int:
    """Wait for another one inside it."""
    run = context.current()
    assert run is not None, "tasks run in a runner"
    invocation_id = add(2, 3).invocation_id
    found = await run.waiter.wait_for_async([invocation_id], None)
    return int(found[invocation_id].payload or b"0")
