"""What could run now on a pool, by what its App's store says; pure.

Not the length of queues: what is delayed, paused or parked behind a limit needs no pod, and neither does what would
be parked as soon as a worker looked at it. A queue of 10,000 behind a limit of 1 deserves one worker.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pynenc.core.records import DEFAULT_QUEUE, Counts, TaskDefinition, WorkerInfo
from pynenc.core.status import QUEUED, Status

OWNED = (Status.PENDING, Status.RUNNING, Status.PAUSED)


@dataclass(frozen=True, slots=True)
class Demand:
    """`backlog` invocations could start now, `running` slots of the pool are in use; `finished` counts all ends."""

    backlog: int
    running: int
    finished: int = 0

    @property
    def total(self) -> int:
        """All that wants a slot now."""
        return self.backlog + self.running


def demand_of(
    ready: Mapping[str, int],
    counts: Counts,
    definitions: Mapping[str, TaskDefinition],
    limits: Mapping[str, int],
    workers: Iterable[WorkerInfo],
    slots: int,
) -> Demand:
    """What could run on a pool that serves the queues in `ready`, each with its length, by these of its workers."""
    tasks = [task for task in definitions.values() if (task.queue or DEFAULT_QUEUE) in ready]
    queued = sum(ready.values())
    refused = max(0, sum(_over_limit(task, counts, limits) for task in tasks) - counts.delayed)
    return Demand(
        # One of those behind a full limit, or of a suspended task, must be looked at, so that it is parked.
        backlog=max(queued - refused, min(queued, 1)),
        running=sum(min(slots, busy) for busy in busy_by_pod(workers).values()),
        finished=sum(_number(counts, task.task_id, Status.SUCCESS, Status.FAILED) for task in tasks),
    )


def busy_by_pod(workers: Iterable[WorkerInfo]) -> dict[str, int]:
    """How many workers of each pod, by its uid or else its name, hold an invocation."""
    busy: dict[str, int] = defaultdict(int)
    for worker in workers:
        busy[worker.pod_uid or worker.host] += worker.held > 0
    return dict(busy)


def _over_limit(task: TaskDefinition, counts: Counts, limits: Mapping[str, int]) -> int:
    """How many of the queued invocations of a task its limits let nobody run now, or it is suspended, as far as known.

    Those that are delayed are among them; the caller takes them off. Limits by argument show only when workers park.
    """
    numbers = [0] if task.suspended else _numbers(task, limits)
    if not numbers:
        return 0
    room = max(0, min(numbers) - _number(counts, task.task_id, *OWNED))
    return max(0, _number(counts, task.task_id, *QUEUED) - room)


def _numbers(task: TaskDefinition, limits: Mapping[str, int]) -> Sequence[int]:
    own = [limits.get(task.task_id, task.running_limit or 1)] if task.running_concurrency == "task" else []
    return [*own, *(limits[name] for name in task.limits or () if name in limits)]


def _number(counts: Counts, task_id: str, *statuses: Status) -> int:
    return sum(counts.by_task.get(task_id, {}).get(status, 0) for status in statuses)
