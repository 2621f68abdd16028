"""How the suites fail: with the promise that was broken, in every mode of Python."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def expect(holds: object, promise: str) -> None:
    """Fail unless the promise holds."""
    if not holds:
        raise AssertionError(promise)


def expect_equal(found: object, wanted: object, promise: str) -> None:
    """Fail unless both are equal, and show them."""
    expect(found == wanted, f"{promise}: wanted {wanted!r}, found {found!r}")


def expect_there(found: T | None, promise: str) -> T:
    """Fail if there is nothing."""
    if found is None:
        raise AssertionError(promise)
    return found


def expect_error(error: type[Exception], step: Callable[[], object], promise: str) -> None:
    """Fail unless the step raises this error."""
    try:
        step()
    except error:
        return
    raise AssertionError(promise)
