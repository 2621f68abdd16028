"""Task: is it accepted, is it served, is its code there, how much of it waits; pure.

Publishing happens for the Task that was touched, at once; `plan.app` compares the whole registry and withdraws.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from pynenc.api import names
from pynenc.api.v1alpha1 import App, Task, TaskStatus, WorkerPool
from pynenc.core.records import DEFAULT_QUEUE, Counts, TaskDefinition
from pynenc.core.status import OWNED, QUEUED, Status
from pynenc_operator import conditions, reasons
from pynenc_operator.conditions import Answer, Verdict
from pynenc_operator.plan.arguments import schema_fault
from pynenc_operator.plan.counters import INTERVAL_SECONDS, coalesced
from pynenc_operator.plan.definition import declared, definition_of, sources_to_declare
from pynenc_operator.plan.request import control_fault
from pynenc_operator.plan.result import Plan, Problem
from pynenc_operator.plan.serving import Code, code_available, pools_serving, served, unknown_queue

_REMEDY = "pynenc manifests emit --bundle -n {} --app-ref {}, and a key of the App as PYNENC__SIGNING_KEYS"
NUMBERS = frozenset({"queued", "parked", "running", "failed_last_hour", "oldest_queued_at"})


@dataclass(frozen=True, slots=True)
class TaskFacts:
    """What the store says of a task: its definition in the registry, the number of its limit, and all counts.

    `source` is its inline source in the store, None if there is none that is signed with a key of the App. `distrusted`
    says why its bundle must not be run, or nothing.
    """

    definition: TaskDefinition | None
    counts: Counts
    running_limit: int | None = None
    source: str | None = None
    code: Code = field(default_factory=dict)
    distrusted: str = ""


@dataclass(frozen=True, slots=True)
class ObservedTask:
    """What there is around a Task; `store` None means that its App has not been looked at yet.

    `tasks` are those of its function, with itself.
    """

    app: App | None
    store: TaskFacts | Problem | None = None
    tasks: Sequence[Task] = ()
    pools: Sequence[WorkerPool] = ()
    written_seconds_ago: float | None = None


def plan_task(task: Task, observed: ObservedTask, now: datetime) -> Plan:
    """What is to be done about a Task that exists."""
    accepted = _accepted(task, observed)
    ready, code = _served(task, observed, accepted)
    verdicts = (ready, accepted, code)
    facts = observed.store if isinstance(observed.store, TaskFacts) else None
    status = _status(task, verdicts, facts, now)
    status, requeue_after = coalesced(task.status, status, NUMBERS, observed.written_seconds_ago)
    wanted = definition_of(task)
    if isinstance(observed.store, Problem):
        requeue_after = INTERVAL_SECONDS
    outdated = accepted.holds and facts is not None and facts.definition != wanted
    has_other_limit = accepted.holds and facts is not None and facts.running_limit != wanted.running_limit
    return Plan(
        publish=(wanted,) if outdated else (),
        declare=sources_to_declare(_known_source(task, facts), [task]) if accepted.holds and facts else (),
        limits=((wanted.task_id, wanted.running_limit),) if has_other_limit else (),
        status=status,
        signal=(task.metadata.uid, task.metadata.generation, accepted.holds),
        requeue_after=requeue_after,
    )


def _known_source(task: Task, facts: TaskFacts) -> Mapping[str, str]:
    return {} if facts.source is None else {task.task_id: facts.source}


def numbers_of(counts: Counts, function: str) -> dict[str, int | datetime | None]:
    """How many invocations of a task there are, and how old, by the field of the status that says so."""
    mine, oldest_us = counts.by_task.get(function, {}), counts.oldest_us.get(function)
    return {
        "queued": sum(mine.get(status, 0) for status in QUEUED),
        "parked": mine.get(Status.CONCURRENCY_CONTROLLED, 0),
        "running": sum(mine.get(status, 0) for status in OWNED),
        "failed_last_hour": counts.failed_lately.get(function, 0),
        "oldest_queued_at": None if oldest_us is None else conditions.from_microseconds(oldest_us),
    }


def _accepted(task: Task, observed: ObservedTask) -> Verdict:
    kind = names.ConditionType.ACCEPTED
    namespace, app_name = task.metadata.namespace, task.spec.app_ref.name
    if observed.app is None:
        return Verdict(kind, "False", reasons.APP_NOT_FOUND, f'App "{app_name}" not found in namespace {namespace}')
    first = declared(observed.tasks, app_name).get(task.task_id)
    if first is not None and first.metadata.uid != task.metadata.uid:
        told = f"{task.task_id} is already declared by Task {namespace}/{first.metadata.name}"
        return Verdict(kind, "False", reasons.DUPLICATE_ENTRYPOINT, told)
    fault = schema_fault(task.spec.parameters)
    if fault:
        return Verdict(kind, "False", reasons.INVALID_PARAMETERS, f"spec.parameters is not a JSON Schema: {fault}")
    if task.spec.source is not None and observed.app.spec.signing_keys_secret_ref is None:
        told = f"inline source is run only if it is signed; set spec.signingKeysSecretRef of App {app_name}"
        return Verdict(kind, "False", reasons.SIGNING_KEYS_MISSING, told)
    queue = unknown_queue([task.spec.queue or DEFAULT_QUEUE], observed.app)
    if queue:
        return Verdict(kind, "False", reasons.UNKNOWN_QUEUE, queue)
    if isinstance(observed.store, TaskFacts) and observed.store.distrusted:
        told = f"source.bundle: {observed.store.distrusted}; make it with: {_REMEDY.format(namespace, app_name)}"
        return Verdict(kind, "False", reasons.BUNDLE_NOT_TRUSTED, told)
    without_limits = control_fault(task, observed.app)
    if without_limits is not None:
        return without_limits
    return Verdict(kind, "True", reasons.ACCEPTED, f"declares {task.task_id} of App {app_name}")


def _served(task: Task, observed: ObservedTask, accepted: Verdict) -> tuple[Verdict, Verdict]:
    """The conditions Ready and CodeAvailable."""
    if not accepted.holds:
        return _unserved("False", accepted.reason, accepted.message)
    if isinstance(observed.store, Problem):
        return _unserved("False", observed.store.reason, observed.store.message)
    if observed.store is None:
        return _unserved("Unknown", reasons.APP_NOT_READY, "the App's store has not answered yet")
    serving = pools_serving(task, observed.pools)
    code = code_available(task, serving, observed.store.code)
    return _ready(task, served(task, serving), code), code


def _unserved(answer: Answer, reason: str, told: str) -> tuple[Verdict, Verdict]:
    code = Verdict(names.ConditionType.CODE_AVAILABLE, "Unknown", reason, told)
    return Verdict(names.ConditionType.READY, answer, reason, told), code


def _ready(task: Task, serving: Verdict, code: Verdict) -> Verdict:
    kind = names.ConditionType.READY
    if not serving.holds:
        return serving
    if code.status == "False":
        return Verdict(kind, "False", code.reason, code.message)
    if task.spec.suspend:
        return Verdict(kind, "True", reasons.SUSPENDED, "spec.suspend is true: invocations wait until it is false")
    return serving


def _status(task: Task, verdicts: Sequence[Verdict], facts: TaskFacts | None, now: datetime) -> TaskStatus:
    generation = task.metadata.generation
    head = {
        "observed_generation": generation,
        "conditions": conditions.merged(task.status.conditions, verdicts, generation, now),
    }
    if facts is None:
        return task.status.model_copy(update=head)
    return task.status.model_copy(update=head | numbers_of(facts.counts, task.task_id))
