"""An app whose tasks run at the call, for tests of sync mode."""

from __future__ import annotations

import asyncio
import sys
import threading

from pynenc import Pynenc, RetryError

app = Pynenc(app_id="sync-tests", config_values={"dev_mode_force_sync_tasks": True})
attempts: list[int] = []


class BadAddress(ValueError):
    """A failure of the user's own."""


@app.task
def add(x: int, y: int) -> int:
    """Behave well."""
    return x + y


@app.task
def where() -> tuple[int, str, str, int]:
    """Tell the thread, the invocation, its status and its attempt."""
    own = where.invocation
    return threading.get_ident(), own.invocation_id, own.status.value, own.attempt


@app.task(max_retries=3, retry_backoff=3600, retry_for=(ConnectionError,))
def fail_until(attempt: int) -> int:
    """Raise what is worth another try, until the attempt of this number."""
    attempts.append(fail_until.invocation.attempt)
    if fail_until.invocation.attempt < attempt:
        raise ConnectionError("not yet")
    return fail_until.invocation.attempt


@app.task(max_retries=2)
def ask_again() -> None:
    """Ask for another try each time."""
    raise RetryError("again")


@app.task
def send(address: str) -> None:
    """Fail."""
    raise BadAddress(address)


@app.task
def leave() -> None:
    """Call sys.exit."""
    sys.exit(3)


@app.task
def interrupt() -> None:
    """Be interrupted from the keyboard."""
    raise KeyboardInterrupt


@app.task
def return_object() -> int:
    """Return what the annotation does not allow."""
    return object()  # type: ignore[return-value]  # that is the point


@app.task
def append(items: list[int]) -> list[int]:
    """Change an argument."""
    items.append(0)
    return items


@app.task
def fibonacci(n: int) -> int:
    """Wait for two others, which wait for two others."""
    return n if n <= 1 else fibonacci(n - 1).result + fibonacci(n - 2).result


@app.task
async def add_later(x: int, y: int) -> int:
    """Be a coroutine."""
    await asyncio.sleep(0)
    return x + y


@app.task
async def fibonacci_async(n: int) -> int:
    """Wait for two others as a coroutine."""
    return n if n <= 1 else await fibonacci_async(n - 1) + await fibonacci_async(n - 2)


@app.task
def parent_of() -> tuple[str, str]:
    """Tell one's own id, and whom a child takes for its parent."""
    child = add(1, 1)
    return parent_of.invocation.invocation_id, child._record().parent_id


@app.direct_task
def double(x: int) -> int:
    """Return at once."""
    return 2 * x


@app.direct_task(max_retries=1)
async def double_later(x: int) -> int:
    """Return when awaited."""
    return 2 * x
