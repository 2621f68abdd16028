"""`Tally`: what a worker has ended, by task, reported to its supervisor now and then for the metrics.

A report is JSON, `{"mail.send": {"success": 2, "seconds": 0.3, "buckets": [0, 1, 1]}}`: counts by end, the time that
all attempts took, and how many took up to each bound of `BOUNDS` but longer than the one before.
"""

from __future__ import annotations

import json
import threading
import time
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from pynenc.core.records import Settlement
from pynenc.core.status import Status
from pynenc.runner.attempt import Release, Retry, Step
from pynenc.runner.host import REPORT

BOUNDS = (0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0, 60.0, 300.0, 1800.0)
REPORT_SECONDS = 1.0
_WORDS = {Status.SUCCESS: "succeeded", Status.FAILED: "failed", Status.CANCELLED: "cancelled"}


def end_of(step: Step) -> str:
    """The end of an attempt as the label `status` of a metric."""
    if isinstance(step, Settlement):
        return _WORDS[step.status]
    if isinstance(step, Retry):
        return "retried"
    return "given_back" if isinstance(step, Release) else "lost"


class Tally:
    """Counts, and says them at most once a second and when asked to."""

    def __init__(self, say: Callable[[bytes], None]) -> None:
        self._say = say
        self._counts: defaultdict[str, dict[str, Any]] = defaultdict(
            lambda: {"seconds": 0.0, "buckets": [0] * (len(BOUNDS) + 1)}
        )
        self._said_at = 0.0
        self._lock = threading.Lock()

    def add(self, task_id: str, step: Step, seconds: float) -> None:
        """One attempt has ended."""
        with self._lock:
            counts, end = self._counts[task_id], end_of(step)
            counts[end] = counts.get(end, 0) + 1
            counts["seconds"] += seconds
            counts["buckets"][bisect_left(BOUNDS, seconds)] += 1
        if time.monotonic() - self._said_at >= REPORT_SECONDS:
            self.report()

    def report(self) -> None:
        """Say what was counted since the last report, if anything was."""
        with self._lock:
            counts = dict(self._counts)
            self._counts.clear()
            self._said_at = time.monotonic()
        if counts:
            self._say(REPORT + json.dumps(counts).encode())
