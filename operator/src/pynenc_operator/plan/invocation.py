"""Invocation: check it, enqueue it once, mirror what becomes of it, delete it when its time has passed; pure.

The status is written at most four times in an object's life: refused or accepted, started, ended, plus one correction.
So the phase between start and end stays the first one seen; what happens at every retry is in the store.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from pynenc.api import names
from pynenc.api.v1alpha1 import App, Invocation, InvocationStatus, Task
from pynenc.core.failures import Failure
from pynenc.core.options import TaskOptions
from pynenc.core.records import Answer, Enqueued, InvocationRecord, NewInvocation
from pynenc.core.status import FINAL, QUEUED, Status
from pynenc.errors import InvocationCancelled
from pynenc_operator import conditions, reasons
from pynenc_operator.conditions import Verdict
from pynenc_operator.plan.arguments import arguments_fault
from pynenc_operator.plan.outcome import outcome_fields, outcome_verdict
from pynenc_operator.plan.request import control_fault, options_of_task, request_for, schedule_fault
from pynenc_operator.plan.result import Cancellation, Plan, Problem

_ACCEPTED = names.ConditionType.ACCEPTED
_SUCCEEDED = names.ConditionType.SUCCEEDED
WAITING = QUEUED | {Status.PENDING, Status.CONCURRENCY_CONTROLLED}
FIRST_POLL_SECONDS = 1.0
LONGEST_POLL_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class ObservedInvocation:
    """What there is around an Invocation.

    `workflow` says that the Workflow which it names exists.
    `store` is the problem of its App's store, None if it serves; `known` says that it has been connected at all.
    `record` is what a serving store knows under the object's id, and `worker` the pod that ran it last.
    """

    task: Task | None = None
    app: App | None = None
    workflow: bool = False
    known: bool = False
    store: Problem | None = None
    record: InvocationRecord | None = None
    worker: str = ""


def plan_invocation(invocation: Invocation, observed: ObservedInvocation, now: datetime) -> Plan:
    """What is to be done about an Invocation that exists."""
    if ended(invocation):
        return _expire(invocation, now)
    if observed.record is not None:
        return _mirror(invocation, observed, observed.record, now)
    refusal = _refusal(invocation, observed, now)
    if refusal is not None:
        return Plan(status=_status(invocation, now, refusal))
    if observed.task is None or observed.app is None or observed.store is not None or not observed.known:
        # The store cannot be asked, so nothing is known. The App wakes this object up when it has noticed that too.
        return Plan(requeue_after=LONGEST_POLL_SECONDS)
    if invocation.spec.cancel:
        return _end(
            invocation, now, _accepted(invocation), _failed(reasons.CANCELLED, "cancelled before it was queued")
        )
    return _enqueue(invocation, request_for(invocation, observed.task, observed.app), now)


def answered(invocation: Invocation, plan: Plan, answer: Enqueued, now: datetime) -> Plan:
    """The plan of an Invocation once the store has answered its request; the request is done."""
    plan = replace(plan, enqueue=None)
    if answer.answer is Answer.DIFFERENT:
        told = f"invocation {answer.invocation_id} of the same key still waits to start with other arguments"
        refused = Verdict(_ACCEPTED, "False", reasons.DIFFERENT_ARGUMENTS, told)
        return _end(invocation, now, refused, _failed(reasons.DIFFERENT_ARGUMENTS, told))
    if answer.answer is Answer.REUSED:
        accepted = Verdict(_ACCEPTED, "True", reasons.REUSED, "an invocation of the same key waits already")
        status = _status(invocation, now, accepted, _under_way(Status.REGISTERED))
        fields = {"invocation_id": answer.invocation_id, "phase": Status.REGISTERED}
        return replace(plan, watch=answer.invocation_id, status=status.model_copy(update=fields))
    return plan


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


def _refusal(invocation: Invocation, observed: ObservedInvocation, now: datetime) -> Verdict | None:
    namespace, reference = invocation.metadata.namespace, invocation.spec.task_ref
    if reference is None:
        return _workflow_refusal(invocation, observed)
    task_name = reference.name
    if observed.task is None:
        told = f'Task "{task_name}" not found in namespace {namespace}'
        return Verdict(_ACCEPTED, "False", reasons.TASK_NOT_FOUND, told)
    if observed.app is None:
        app_name = observed.task.spec.app_ref.name
        told = f'App "{app_name}" not found in namespace {namespace}'
        return Verdict(_ACCEPTED, "False", reasons.APP_NOT_FOUND, told)
    faults = (
        (reasons.INVALID_ARGUMENTS, arguments_fault(invocation.spec.arguments, observed.task.spec.parameters)),
        (reasons.INVALID_SCHEDULE, schedule_fault(invocation, now)),
    )
    found = next((Verdict(_ACCEPTED, "False", reason, fault) for reason, fault in faults if fault), None)
    return found or control_fault(observed.task, observed.app)


def _workflow_refusal(invocation: Invocation, observed: ObservedInvocation) -> Verdict:
    name = invocation.spec.workflow_ref.name if invocation.spec.workflow_ref else ""
    if not observed.workflow:
        told = f'Workflow "{name}" not found in namespace {invocation.metadata.namespace}'
        return Verdict(_ACCEPTED, "False", reasons.WORKFLOW_NOT_FOUND, told)
    told = f'Workflow "{name}" is not run: no worker of this version runs workflows yet; name a Task in taskRef'
    return Verdict(_ACCEPTED, "False", reasons.WORKFLOWS_NOT_RUN, told)


def _enqueue(invocation: Invocation, new: NewInvocation, now: datetime) -> Plan:
    """Also when the store has come back empty: same object, same id, so it is there once."""
    fields = {"invocation_id": new.invocation_id, "phase": Status.REGISTERED, "queued_at": conditions.whole_second(now)}
    accepted = Verdict(_ACCEPTED, "True", reasons.ACCEPTED, "enqueued")
    status = _status(invocation, now, accepted, _under_way(Status.REGISTERED)).model_copy(update=fields)
    return Plan(enqueue=new, watch=new.invocation_id, status=status, requeue_after=FIRST_POLL_SECONDS)


def _end(invocation: Invocation, now: datetime, *verdicts: Verdict) -> Plan:
    """The end of what the store does not know."""
    keep = invocation.spec.ttl_seconds_after_finished
    fields = {"finished_at": conditions.whole_second(now)}
    return Plan(
        status=_status(invocation, now, *verdicts).model_copy(update=fields),
        requeue_after=None if keep is None else float(keep),
    )


def _failed(reason: str, told: str) -> Verdict:
    return Verdict(_SUCCEEDED, "False", reason, told)


def _mirror(invocation: Invocation, observed: ObservedInvocation, record: InvocationRecord, now: datetime) -> Plan:
    fields = {
        "invocation_id": record.invocation_id,
        "phase": record.status,
        "attempt": record.attempt,
        "worker": observed.worker or None,
        "queued_at": _moment(record.registered_us),
        "started_at": _moment(record.started_us),
    }
    if record.status in FINAL:
        verdicts = (_accepted(invocation), outcome_verdict(record))
        fields |= {"finished_at": _moment(record.changed_us)} | outcome_fields(record)
        keep = invocation.spec.ttl_seconds_after_finished
        return Plan(
            status=_status(invocation, now, *verdicts).model_copy(update=fields),
            requeue_after=None if keep is None else float(keep),
        )
    advanced = _stage(record.status) > _stage(invocation.status.phase)
    verdicts = (_accepted(invocation), _under_way(record.status))
    status = _status(invocation, now, *verdicts).model_copy(update=fields)
    return Plan(
        cancel=_cancellation(invocation, observed, record),
        watch=record.invocation_id,
        status=status if advanced else None,
        requeue_after=_poll_seconds(record, now),
    )


def _stage(phase: Status | None) -> int:
    if phase is None:
        return 0
    return 1 if phase in WAITING else 2


def _poll_seconds(record: InvocationRecord, now: datetime) -> float:
    """The older an invocation, the less often it is looked at: news of its end comes by itself."""
    age = now.timestamp() - record.registered_us / 1e6
    return min(max(age / 2, FIRST_POLL_SECONDS), LONGEST_POLL_SECONDS)


def _accepted(invocation: Invocation) -> Verdict:
    """As it was told before, for an object that says so already."""
    known = invocation.status.condition(_ACCEPTED)
    if known is not None and known.status == "True":
        return Verdict(_ACCEPTED, "True", known.reason, known.message)
    return Verdict(_ACCEPTED, "True", reasons.ACCEPTED, "enqueued")


def _under_way(phase: Status) -> Verdict:
    started = _stage(phase) > 1
    told = "a worker runs the invocation" if started else "the invocation waits for a worker"
    return Verdict(_SUCCEEDED, "Unknown", reasons.STARTED if started else reasons.PENDING, told)


def _cancellation(
    invocation: Invocation, observed: ObservedInvocation, record: InvocationRecord
) -> Cancellation | None:
    if not invocation.spec.cancel or record.cancelling:
        return None
    told = (
        f"invocation {record.invocation_id} of {record.task_id} was cancelled by Invocation {invocation.metadata.name}"
    )
    failure = Failure("InvocationCancelled", told, InvocationCancelled.__module__)
    options = TaskOptions() if observed.task is None else options_of_task(observed.task, observed.app)
    return Cancellation(record.invocation_id, failure.dump(), options.seconds_of_failure)


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
