"""The app that is measured; its store comes from the environment."""

from __future__ import annotations

import time

from pynenc import Pynenc

app = Pynenc(app_id="bench")


@app.task
def noop(x: int) -> int:
    """Do nothing."""
    return x


@app.task
def burn(milliseconds: float) -> float:
    """Use the CPU for so long."""
    end = time.thread_time() + milliseconds / 1000
    while time.thread_time() < end:
        pass
    return milliseconds


@app.task
def size(data: str) -> int:
    """Read a large argument."""
    return len(data)


@app.task
def fib(n: int) -> int:
    """Wait for two others, which wait for two others."""
    return n if n < 2 else fib(n - 1).result + fib(n - 2).result
