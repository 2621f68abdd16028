"""When a call may start: at once, after a delay, or at a time of day."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from pynenc.errors import InvalidSchedule

FURTHEST_SECONDS = 366 * 86_400
MICROS = 1_000_000


@dataclass(frozen=True, slots=True)
class Schedule:
    """Microseconds: `delay_us` from the call on, or `due_us` since the Unix epoch; 0 is at once."""

    delay_us: int = 0
    due_us: int = 0

    def seconds_ahead(self, now_us: int) -> float:
        """How long it is until then, 0 if it has passed."""
        return max(self.delay_us, self.due_us - now_us, 0) / MICROS if self.delay_us or self.due_us else 0.0


def read_schedule(delay: object, run_at: object, now_us: int) -> Schedule:
    """The schedule of a call with these options, None where one is not given.

    Raises:
        InvalidSchedule: a delay is negative, a time is naive, either is more than a year ahead, or both are given.
    """
    if delay is not None and run_at is not None:
        raise InvalidSchedule("give delay or run_at, not both")
    if run_at is not None:
        return Schedule(due_us=_read_run_at(run_at, now_us))
    return Schedule(delay_us=0 if delay is None else _read_delay(delay))


def _read_delay(delay: object) -> int:
    seconds = delay.total_seconds() if isinstance(delay, timedelta) else delay
    is_number = isinstance(seconds, int | float) and not isinstance(seconds, bool) and math.isfinite(seconds)
    if not is_number or not isinstance(seconds, int | float) or seconds < 0:
        raise InvalidSchedule(f"delay must be 0 or more seconds, or a timedelta, got {delay!r}")
    if seconds > FURTHEST_SECONDS:
        raise InvalidSchedule("delay is more than 1y ahead")
    return round(seconds * MICROS)


def _read_run_at(run_at: object, now_us: int) -> int:
    if not isinstance(run_at, datetime):
        raise InvalidSchedule(f"run_at must be a datetime, got {type(run_at).__name__}; for a number use delay")
    if run_at.utcoffset() is None:
        raise InvalidSchedule("run_at must be timezone-aware, such as datetime.now(timezone.utc)")
    due_us = round(run_at.timestamp() * MICROS)
    if due_us > now_us + FURTHEST_SECONDS * MICROS:
        raise InvalidSchedule("run_at is more than 1y ahead")
    return due_us
