"""Functions that tests make tasks of, each with the options that it is about."""

from __future__ import annotations

from pynenc import Invocation


def charge(customer: str, amount: int = 1) -> int:
    """Have two arguments, one with a default."""
    return amount


def refund(customer: str) -> str:
    """Be another task."""
    return customer


def measure(text: str) -> int:
    """Take what may be large."""
    return len(text)


def answer() -> int:
    """Take nothing."""
    return 42


async def answer_later() -> int:
    """Be a coroutine."""
    return 42


awaited: list[Invocation[int]] = []


def wait_for_last() -> int:
    """Wait for an invocation that was made elsewhere."""
    return awaited[-1].result
