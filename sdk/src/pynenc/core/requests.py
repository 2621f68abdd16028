"""From the options of a task to what all requests for it have in common; the SDK and the operator both ask so."""

from __future__ import annotations

from functools import partial

from pynenc.core.concurrency import OnLimit
from pynenc.core.options import TaskOptions
from pynenc.core.records import NewInvocation
from pynenc.core.schedule import Schedule

MICROS = 1_000_000


def request_of(task_id: str, options: TaskOptions, schedule: Schedule) -> partial[NewInvocation]:
    """Makes requests that lack their id, arguments, parent, limits and registration key."""
    return partial(
        NewInvocation,
        task_id=task_id,
        queue=options.queue,
        priority=options.priority,
        due_us=schedule.due_us,
        delay_us=schedule.delay_us,
        start_within_us=_micros(options.queue_timeout),
        total_timeout_us=_micros(options.total_timeout),
        drop=options.on_limit is OnLimit.DROP,
        refuse_different=options.on_diff_non_key_args_raise,
        inline=options.timeout is None and options.total_timeout is None,
        history=options.history,
    )


def _micros(seconds: float | None) -> int:
    return 0 if seconds is None else round(seconds * MICROS)
