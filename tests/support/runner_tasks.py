"""An app whose tasks behave well and badly, for tests of runners."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from pathlib import Path

from pynenc import Pynenc, RetryError, context

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
def repeat(text: str, times: int) -> str:
    """Return as much as is asked for."""
    return text * times


@app.task
def call_others(started: str, go_on: str) -> list[int]:
    """Say that it runs, wait until it may go on, then call one and two others."""
    Path(started).touch()
    while not Path(go_on).exists():
        time.sleep(0.01)
    Path(started).unlink()
    one, more = add(1, 1), add.parallelize([(2, 2), (3, 3)])
    return [one.result, *more.results]


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


@app.task
def chain(n: int) -> int:
    """Wait for one other, which waits for one other."""
    return 0 if n == 0 else chain(n - 1).result + 1


@app.task(timeout=0.3)
def sleep_too_long(seconds: float) -> float:
    """Take longer than allowed, and clean up."""
    try:
        time.sleep(seconds)
    finally:
        Path(os.environ["PYNENC_TEST_HISTORY"]).with_name("cleaned").touch()
    return seconds


@app.task(timeout=0.2)
def ignore_the_timeout() -> None:
    """Take longer than allowed, whatever comes."""
    while True:
        try:
            time.sleep(60)
        except BaseException:
            continue


@app.task(timeout=0.2, max_retries=1, retry_for=(TimeoutError,))
def be_late_once() -> int:
    """Take longer than allowed the first time, whatever comes."""
    while be_late_once.invocation.attempt == 1:
        try:
            time.sleep(60)
        except BaseException:
            continue
    return int(be_late_once.invocation.attempt)


@app.task(timeout=0.5)
def wait_too_long(go_on: str) -> int:
    """Wait for another one for longer than allowed."""
    return wait_for_file(go_on).result


@app.task
def wait_for_file(go_on: str) -> int:
    """Run until a file is there."""
    while not Path(go_on).exists():
        time.sleep(0.01)
    return 1


@app.task
def leave_at_once(code: int) -> None:
    """End the process behind the back of all."""
    os._exit(code)


@app.task
def pid_of_worker() -> int:
    """Tell which process this is."""
    return os.getpid()


@app.task
async def sleep_async(seconds: float) -> float:
    """Wait without holding anything up."""
    await asyncio.sleep(seconds)
    return seconds


@app.task(timeout=0.3)
async def sleep_async_too_long() -> None:
    """Wait for longer than allowed."""
    await asyncio.sleep(60)


@app.task(timeout=0.3)
async def block_the_loop() -> None:
    """Hold everything up for longer than allowed."""
    time.sleep(60)


@app.task
async def die_async(losses: int) -> int:
    """Kill the worker in a coroutine, on the first attempts."""
    await asyncio.sleep(0.01)
    if die_async.invocation.attempt <= losses:
        os.kill(os.getpid(), signal.SIGKILL)
    return die_async.invocation.attempt


@app.task
def pause_between(seconds: float) -> float:
    """Take a moment."""
    time.sleep(seconds)
    return seconds


@app.task
def wait_for_many(go_on: str) -> int:
    """Wait for two at once, which cannot be run inline."""
    return sum(wait_for_file.parallelize([(go_on,), (go_on,)]).results)


@app.task
def ignore_everything(started: str) -> None:
    """Run for ever, whatever comes."""
    Path(started).touch()
    while True:
        try:
            time.sleep(60)
        except BaseException:
            continue


@app.task
def crash() -> None:
    """End as broken native code does."""
    os.kill(os.getpid(), signal.SIGSEGV)


@app.task
async def fibonacci_async(n: int) -> int:
    """Wait for two others without blocking."""
    if n <= 1:
        return n
    both = [fibonacci_async(n - 1), fibonacci_async(n - 2)]
    run = context.current()
    assert run is not None, "tasks run in a runner"
    found = await run.waiter.wait_for_async([invocation.invocation_id for invocation in both], None)
    return sum(json.loads(outcome.payload or b"") for outcome in found.values())


@app.task(timeout=0.2)
def spin() -> None:
    """Take longer than allowed, in steps of Python code."""
    while True:
        time.sleep(0.001)


@app.task(timeout=0.2)
def sleep_without_end() -> None:
    """Take longer than allowed, in one step that nothing interrupts in a thread."""
    time.sleep(5)
