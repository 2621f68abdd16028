"""The sample of the guide's use case 9, its call aside."""

from __future__ import annotations

import os

import numpy as np

from pynenc import Pynenc

app = Pynenc()


@app.task
def process_array(data: np.ndarray) -> float:
    """Process a large numpy array with automatic argument caching."""
    return float(data.mean())


# What follows is for the promises behind the sample.


@app.task
def append(items: list[int]) -> int:
    items.append(0)
    return len(items)


@app.task
def length(text: str) -> int:
    return len(text)


@app.task
def length_and_process(text: str) -> tuple[int, int]:
    return len(text), os.getpid()


@app.task(cache=False)
def length_uncached(text: str) -> int:
    return len(text)


@app.task(disable_cache_args=("secret",))
def lengths(text: str, secret: str) -> int:
    return len(text) + len(secret)
