"""Who runs a task: the pools that serve its queue, and whether their workers have its code; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from pynenc.api.names import ConditionType
from pynenc.api.v1alpha1 import App, Task, WorkerPool
from pynenc.core.records import DEFAULT_QUEUE
from pynenc.core.values import nearest
from pynenc_operator import reasons
from pynenc_operator.conditions import Answer, Verdict

Code = Mapping[str, frozenset[str]]
"""The tasks of the worker that joined last, by pool; a pool none of whose workers has joined yet is missing."""


def unknown_queue(queues: Iterable[str], app: App) -> str:
    """What to say of a queue that an App does not declare, if it declares any; or nothing."""
    known = None if app.spec.queues is None else {DEFAULT_QUEUE, *app.spec.queues}
    unknown = next((queue for queue in queues if known is not None and queue not in known), None)
    if unknown is None:
        return ""
    place = f"spec.queues of App {app.metadata.namespace}/{app.metadata.name}"
    return f'queue "{unknown}" is not in {place}; {nearest(unknown, known or ())}'


def pools_serving(task: Task, pools: Iterable[WorkerPool]) -> Sequence[str]:
    """The names of the pools that take invocations of a task."""
    queue, inline = task.spec.queue or DEFAULT_QUEUE, task.spec.source is not None
    return sorted(
        pool.metadata.name
        for pool in pools
        if pool.spec.app_ref.name == task.spec.app_ref.name
        and queue in pool.spec.queues
        and (pool.spec.allow_inline_source or not inline)
    )


def served(task: Task, serving: Sequence[str]) -> Verdict:
    """Whether any pool takes invocations of a task, as its condition Ready."""
    queue = task.spec.queue or DEFAULT_QUEUE
    if serving:
        told = f'queue "{queue}" is served by WorkerPool {", ".join(serving)}'
        return Verdict(ConditionType.READY, "True", reasons.PUBLISHED, told)
    more = "" if task.spec.source is None else " and has allowInlineSource: true, which inline source needs"
    return Verdict(ConditionType.READY, "False", reasons.NO_WORKERS, f'no WorkerPool serves queue "{queue}"{more}')


def code_available(task: Task, serving: Sequence[str], code: Code) -> Verdict:
    """Whether a worker of one of the pools that serve a task has its code, as far as workers have said so.

    What a pool ran last counts while it has no pods.
    """
    if not serving:
        return _verdict("False", reasons.NO_WORKERS, served(task, serving).message)
    if task.spec.source is not None:
        return _verdict("True", reasons.CODE_FOUND, f"the source in this object is run by WorkerPool {serving[0]}")
    having = [pool for pool in serving if task.task_id in code.get(pool, ())]
    if having:
        return _verdict("True", reasons.CODE_FOUND, f"WorkerPool {', '.join(having)} has {task.task_id}")
    silent = [pool for pool in serving if pool not in code]
    if silent:
        told = f"no worker of WorkerPool {', '.join(silent)} has started yet, so its code is not known"
        return _verdict("Unknown", reasons.NOT_STARTED, told)
    known = sorted(frozenset().union(*(code[pool] for pool in serving)))
    wish = nearest(task.task_id, known) if known else "it has no tasks at all"
    told = f"the image of WorkerPool {', '.join(serving)} has no task {task.task_id}; {wish}"
    return _verdict("False", reasons.CODE_MISSING, told)


def _verdict(answer: Answer, reason: str, told: str) -> Verdict:
    return Verdict(ConditionType.CODE_AVAILABLE, answer, reason, told)
