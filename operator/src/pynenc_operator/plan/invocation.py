"""Invocation: check it, enqueue it once, mirror what becomes of it, delete it when its time has passed; pure.

The status is written at most four times in an object's life: refused or accepted, started, ended, plus one correction.
So the phase between start and end stays the first one seen; what happens at every retry is in the store.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from pynenc.api import names
from pynenc.api.v1alpha1 import App, Invocation, InvocationStatus, Task
from pynenc.core.ids import invocation_id_of_object
from pynenc.core.records import DEFAULT_QUEUE, InvocationRecord, NewInvocation
from pynenc.core.status import FINAL, QUEUED, Status
from pynenc_operator import conditions, reasons
from pynenc_operator.conditions import Verdict
from pynenc_operator.plan.arguments import arguments_fault, payload_of
from pynenc_operator.plan.outcome import outcome_fields, outcome_verdict
from pynenc_operator.plan.result import Plan, Problem

_ACCEPTED = names.ConditionType.ACCEPTED
_SUCCEEDED = names.ConditionType.SUCCEEDED
FIRST_POLL_SECONDS = 1.0
LONGEST_POLL_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class ObservedInvocation:
    """What there is around an Invocation.

    `store` is the problem of its App's store, None if it serves; `known` says that it has been connected at all.
    `record` is what a serving store knows under the object's id, and `worker` the pod that ran it last.
    """

    task: Task | None = None
    app: App | None = None
    known: bool = False
    store: Problem | None = None
    record: InvocationRecord | None = None
    worker: str = ""


def plan_invocation(invocation: Invocation, observed: ObservedInvocation, now: datetime) -> Plan:
    """What is to be done about an Invocation that exists."""
    if ended(invocation):
        return _expire(invocation, now)
    if observed.record is not None:
        return _mirror(invocation, observed.record, observed.worker, now)
    refusal = _refusal(invocation, observed)
    if refusal is not None:
        return Plan(status=_status(invocation, now, refusal))
    if observed.task is None or observed.store is not None or not observed.known:
        # The store cannot be asked, so nothing is known. The App wakes this object up when it has noticed that too.
        return Plan(requeue_after=LONGEST_POLL_SECONDS)
    return _enqueue(invocation, observed.task, now)


def ended(invocation: Invocation) -> bool:
    """Whether the outcome stands in the status."""
    condition = invocation.status.condition(_SUCCEEDED)
    return condition is not None and condition.status != "Unknown"


def _expire(invocation: Invocation, now: datetime) -> Plan:
    keep, finished = invocation.spec.ttl_seconds_after_finished, invocation.status.finished_at
    if keep is None or finished is None:
        return Plan()
    remaining = (finished + timedelta(seconds=keep) - now).total_seconds()
    return Plan(delete=True) if remaining <= 0 else Plan(requeue_after=remaining)


def _refusal(invocation: Invocation, observed: ObservedInvocation) -> Verdict | None:
    namespace, task_name = invocation.metadata.namespace, invocation.spec.task_ref.name
    if observed.task is None:
        told = f'Task "{task_name}" not found in namespace {namespace}'
        return Verdict(_ACCEPTED, "False", reasons.TASK_NOT_FOUND, told)
    if observed.app is None:
        app_name = observed.task.spec.app_ref.name
        told = f'App "{app_name}" not found in namespace {namespace}'
        return Verdict(_ACCEPTED, "False", reasons.APP_NOT_FOUND, told)
    fault = arguments_fault(invocation.spec.arguments, observed.task.spec.parameters)
    return Verdict(_ACCEPTED, "False", reasons.INVALID_ARGUMENTS, fault) if fault else None


def _enqueue(invocation: Invocation, task: Task, now: datetime) -> Plan:
    """Also when the store has come back empty: same object, same id, so it is there once."""
    new = NewInvocation(
        invocation_id=invocation_id_of_object(invocation.metadata.uid),
        task_id=task.spec.function,
        arguments=payload_of(invocation.spec.arguments),
        queue=task.spec.queue or DEFAULT_QUEUE,
        priority=task.spec.priority or 0,
    )
    fields = {"invocation_id": new.invocation_id, "phase": Status.REGISTERED, "queued_at": conditions.whole_second(now)}
    status = _status(invocation, now, *_under_way(Status.REGISTERED)).model_copy(update=fields)
    return Plan(enqueue=new, watch=new.invocation_id, status=status, requeue_after=FIRST_POLL_SECONDS)


def _mirror(invocation: Invocation, record: InvocationRecord, worker: str, now: datetime) -> Plan:
    fields = {
        "invocation_id": record.invocation_id,
        "phase": record.status,
        "attempt": record.attempt,
        "worker": worker or None,
        "queued_at": _moment(record.registered_us),
        "started_at": _moment(record.started_us),
    }
    if record.status in FINAL:
        verdicts = (_accepted(), outcome_verdict(record))
        fields |= {"finished_at": _moment(record.changed_us)} | outcome_fields(record)
        keep = invocation.spec.ttl_seconds_after_finished
        return Plan(
            status=_status(invocation, now, *verdicts).model_copy(update=fields),
            requeue_after=None if keep is None else float(keep),
        )
    advanced = _stage(record.status) > _stage(invocation.status.phase)
    status = _status(invocation, now, *_under_way(record.status)).model_copy(update=fields)
    return Plan(
        watch=record.invocation_id,
        status=status if advanced else None,
        requeue_after=_poll_seconds(record, now),
    )


def _stage(phase: Status | None) -> int:
    if phase is None:
        return 0
    return 1 if phase in QUEUED or phase is Status.PENDING else 2


def _poll_seconds(record: InvocationRecord, now: datetime) -> float:
    """The older an invocation, the less often it is looked at: news of its end comes by itself."""
    age = now.timestamp() - record.registered_us / 1e6
    return min(max(age / 2, FIRST_POLL_SECONDS), LONGEST_POLL_SECONDS)


def _accepted() -> Verdict:
    return Verdict(_ACCEPTED, "True", reasons.ACCEPTED, "enqueued")


def _under_way(phase: Status) -> tuple[Verdict, ...]:
    started = _stage(phase) > 1
    told = "a worker runs the invocation" if started else "the invocation waits for a worker"
    return _accepted(), Verdict(_SUCCEEDED, "Unknown", reasons.STARTED if started else reasons.PENDING, told)


def _moment(microseconds: int) -> datetime | None:
    return conditions.from_microseconds(microseconds) if microseconds else None


def _status(invocation: Invocation, now: datetime, *verdicts: Verdict) -> InvocationStatus:
    generation = invocation.metadata.generation
    return invocation.status.model_copy(
        update={
            "observed_generation": generation,
            "conditions": conditions.merged(invocation.status.conditions, verdicts, generation, now),
        }
    )
