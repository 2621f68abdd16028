"""The app of the chart's test: `helm test` starts a WorkerPool of this module and invokes its task."""

from __future__ import annotations

from pynenc import Pynenc

app = Pynenc()


@app.task
def add(x: int, y: int) -> int:
    """The sum, which the test waits for."""
    return x + y
