"""Work of a shop that must not all happen at once. Each task says what excludes what."""

import time
from dataclasses import dataclass

from pynenc import ConcurrencyControlType, Pynenc

BANK_LINES = 2
app = Pynenc(app_id="concurrency-control", config_values={"limits": {"bank": BANK_LINES}})


@dataclass(frozen=True)
class Span:
    """When something ran, in seconds."""

    start: float
    end: float


def work(seconds: float) -> Span:
    """Stands for work that takes its time."""
    start = time.time()
    time.sleep(seconds)
    return Span(start, time.time())


@app.task(running_concurrency=ConcurrencyControlType.KEYS, key_arguments=("account",))
def book(account: str, amount: int) -> Span:
    """Bookings of one account run one after the other, those of different accounts side by side."""
    return work(0.05)


@app.task(limits=("bank",))
def charge(card: str, amount: int) -> Span:
    """The bank takes two calls at once, ..."""
    return work(0.1)


@app.task(limits=("bank",))
def refund(card: str, amount: int) -> Span:
    """... charges and refunds together."""
    return work(0.1)


@app.task(registration_concurrency=ConcurrencyControlType.KEYS, key_arguments=("customer",))
def refresh_report(customer: str) -> str:
    """While a refresh for this customer waits to start, further calls are that one."""
    return f"report of {customer}"


@app.task(running_concurrency=ConcurrencyControlType.TASK, on_limit="drop")
def count_stock(seconds: float) -> Span:
    """There is one stocktaking at a time, and no point in another one right after it."""
    return work(seconds)
