"""Time that a test moves by hand."""

from __future__ import annotations

from collections.abc import Callable

START_US = 1_700_000_000_000_000


class Clock:
    """Microseconds since the Unix epoch, which stand still until a test moves them.

    A store in memory takes it as it is, see `use_clock`; for another one, `on_move` is told each new time, the first
    one included.

    Example:
        >>> clock = Clock()
        >>> before = clock()
        >>> clock.advance(1.5)
        >>> clock() - before
        1500000
    """

    def __init__(self, on_move: Callable[[int], object] | None = None) -> None:
        self.now_us = START_US
        self._on_move = on_move
        self.advance_us(0)

    def __call__(self) -> int:
        """The time."""
        return self.now_us

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.advance_us(round(seconds * 1_000_000))

    def advance_us(self, micros: int) -> None:
        """Let time pass, in microseconds."""
        self.now_us += micros
        if self._on_move:
            self._on_move(self.now_us)
