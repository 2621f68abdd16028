"""The app that is measured; its store comes from the environment."""

from __future__ import annotations

from pynenc import Pynenc

app = Pynenc(app_id="bench")


@app.task
def noop(x: int) -> int:
    """Do nothing."""
    return x
