"""Functions that are made into bundles, with what they use of this module."""

from __future__ import annotations

from dataclasses import dataclass

from pynenc import Pynenc

app = Pynenc(app_id="bundles")
RATE = 3


@dataclass
class Line:
    """One price."""

    price: int


def _rated(line: Line) -> int:
    return line.price * RATE


def total(prices: list[int]) -> int:
    """The prices, each at the rate."""
    return sum(_rated(Line(price)) for price in prices)


total_task = app.task(max_retries=2)(total)
conf = app.conf


def by_settings(price: int) -> int:
    """Uses settings, which no bundle may hold."""
    return price * (conf.slots or 1)


@app.task
def through_another(price: int) -> int:
    """Uses another task, which no bundle can hold."""
    return total_task([price]).result
