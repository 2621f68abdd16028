"""Signals of a supervisor: counted, and turned into bytes that end its wait."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from types import FrameType, TracebackType

STOP = (signal.SIGTERM, signal.SIGINT)


class StopRequests:
    """Counts requests to stop, from SIGTERM and SIGINT while installed and from `request` in any thread.

    `wakeup` becomes readable with each request. Only the main thread can install handlers; elsewhere there are none.
    """

    def __init__(self) -> None:
        self.count = 0
        self.wakeup, self._writer = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._previous: dict[signal.Signals, object] = {}

    def request(self, _signum: int = 0, _frame: FrameType | None = None) -> None:
        """Ask once more to stop."""
        self.count += 1
        self.wake()

    def wake(self) -> None:
        """End the supervisor's wait; safe from any thread, and after the end."""
        with contextlib.suppress(OSError):  # full: it will wake anyway
            os.write(self._writer, b"s")

    def drain_wakeup(self) -> None:
        """Take in the bytes that were written."""
        try:
            os.read(self.wakeup, 1024)
        except BlockingIOError:
            return

    def __enter__(self) -> StopRequests:
        if threading.current_thread() is threading.main_thread():
            self._previous = {number: signal.signal(number, self.request) for number in STOP}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._previous.items():
            signal.signal(number, handler)  # type: ignore[arg-type]  # what signal.signal returned it takes back
        os.close(self.wakeup)
        writer, self._writer = self._writer, -1  # a late thread must not write into what gets its number
        os.close(writer)
