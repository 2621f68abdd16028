"""`pynenc queues`: what waits, what runs, and who works on it."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

import typer

from pynenc.cli.output import Listing, Output, OutputOption, document
from pynenc.cli.target import Target
from pynenc.cli.views import span, time_text
from pynenc.core.records import Counts, InvocationRecord, Query, WorkerInfo
from pynenc.core.status import QUEUED, RULES

if TYPE_CHECKING:
    from pynenc.app import Pynenc

MOST = 10_000
"""With more invocations in flight than that, they are not read one by one."""
IN_FLIGHT = frozenset(status for status, rule in RULES.items() if not rule.final and not rule.transient)


def queues(context: typer.Context, output: OutputOption = Output.TABLE) -> None:
    """Show queues (what is ready, delayed, and how old the oldest is), tasks by status, and workers.

    With more than 10,000 invocations in flight, delayed ones and ages are not told. `-o name` prints names of queues.

    Example: pynenc --app tasks:app queues -o json
    """
    target: Target = context.obj
    app = target.load_shared()
    now_us = time.time_ns() // 1000
    counts, workers = app.orchestrator.counts(), app.orchestrator.workers()
    waiting = waiting_of(app, counts)
    names = queue_names(app, workers, waiting or ())
    of_queues = queue_listing(app.broker.sizes(names), waiting, workers, now_us)
    parts = {
        "queues": of_queues,
        "tasks": task_listing(app.tasks, counts),
        "workers": worker_listing(workers, now_us),
    }
    if output is Output.NAME:
        print(of_queues.text(output))
    elif output is Output.TABLE:
        print("\n\n".join(part.text(output) for part in parts.values()))
    else:
        print(document({name: [dict(thing) for thing in part.objects] for name, part in parts.items()}, output))


def waiting_of(app: Pynenc, counts: Counts) -> list[InvocationRecord] | None:
    """What is queued or delayed, or None if there is too much in flight to look at it all."""
    if counts.total(*IN_FLIGHT) > MOST:
        return None
    return app.state_backend.query(Query(statuses=QUEUED, limit=MOST))


def queue_names(app: Pynenc, workers: Iterable[WorkerInfo], waiting: Iterable[InvocationRecord]) -> list[str]:
    """Queues that are served here, served anywhere, used by a task, or used by something that waits."""
    names = {*app.conf.queues, *(name for worker in workers for name in worker.queues)}
    names |= {task.options.queue for task in app.tasks.values()} | {record.queue for record in waiting}
    return sorted(names)


def queue_listing(
    sizes: dict[str, int], waiting: list[InvocationRecord] | None, workers: Iterable[WorkerInfo], now_us: int
) -> Listing:
    """Queues below each other; delays and ages are unknown where `waiting` is None."""
    delayed = Counter(record.queue for record in waiting or () if record.due_us > now_us)
    oldest: dict[str, int] = {}
    for record in waiting or ():
        if record.due_us <= now_us:
            oldest[record.queue] = min(oldest.get(record.queue, now_us), record.registered_us)
    serving = Counter(name for worker in workers for name in worker.queues)
    objects: list[dict[str, object]] = []
    cells = []
    for name, ready in sizes.items():
        known = None if waiting is None else delayed[name]
        since = oldest.get(name, 0)
        objects.append(
            {
                "name": name,
                "ready": ready,
                "delayed": known,
                "oldest": time_text(since),
                "workers": serving[name],
            }
        )
        age = span(now_us - since) if since else ""
        cells.append((name, str(ready), "" if known is None else str(known), age, str(serving[name])))
    return Listing(("QUEUE", "READY", "DELAYED", "OLDEST", "WORKERS"), cells, objects, "name")


def task_listing(known: Iterable[str], counts: Counts) -> Listing:
    """Tasks below each other, with how many of each stand in each status; final ones count from the first day on."""
    objects: list[dict[str, object]] = []
    cells = []
    for task_id in sorted({*known, *counts.by_task}):
        by_status = {status.value: number for status, number in counts.by_task.get(task_id, {}).items()}
        objects.append({"task": task_id, "counts": by_status})
        cells.append((task_id, ", ".join(f"{number} {status}" for status, number in sorted(by_status.items()))))
    return Listing(("TASK", "INVOCATIONS"), cells, objects, "task", "no tasks")


def worker_listing(workers: Iterable[WorkerInfo], now_us: int) -> Listing:
    """Workers below each other."""
    objects: list[dict[str, object]] = []
    cells = []
    for info in workers:
        is_alive = info.lease_until_us > now_us
        objects.append(
            {
                "worker": info.worker,
                "host": info.host or None,
                "pool": info.pool or None,
                "queues": list(info.queues),
                "holds": info.held,
                "lease_until": time_text(info.lease_until_us),
                "alive": is_alive,
            }
        )
        lease = span(info.lease_until_us - now_us) if is_alive else "over"
        cells.append((info.worker, info.pool, ",".join(info.queues), str(info.held), lease))
    return Listing(("WORKER", "POOL", "QUEUES", "HOLDS", "LEASE"), cells, objects, "worker", "no workers")
