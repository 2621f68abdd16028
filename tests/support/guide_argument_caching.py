"""The sample of the guide's use case 9, its call aside."""

from __future__ import annotations

import numpy as np

from pynenc import Pynenc

app = Pynenc()


@app.task
def process_array(data: np.ndarray) -> float:
    """Process a large numpy array with automatic argument caching."""
    return float(data.mean())


@app.task
def append(items: list[int]) -> int:
    items.append(0)
    return len(items)


@app.task
def length(text: str) -> int:
    return len(text)
