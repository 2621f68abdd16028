"""What an Invocation object asks of the store, by the options of its Task; pure.

Limits and keys are computed by the code that the SDK uses for calls, so that objects and calls exclude each other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pynenc.api.names import ConditionType, app_id_of
from pynenc.api.v1alpha1 import App, Invocation, Task
from pynenc.core.compared import texts_of
from pynenc.core.concurrency import Concurrency, ConcurrencyControlType, Control
from pynenc.core.definitions import options_of
from pynenc.core.ids import invocation_id_of_key, invocation_id_of_object
from pynenc.core.options import TaskOptions, apply_options
from pynenc.core.records import NewInvocation
from pynenc.core.requests import MICROS, request_of
from pynenc.core.schedule import Schedule, read_schedule
from pynenc.errors import InvalidSchedule
from pynenc_operator import reasons
from pynenc_operator.conditions import Verdict
from pynenc_operator.plan.arguments import payload_of
from pynenc_operator.plan.definition import defaults_of, definition_of

COMPARING = frozenset({ConcurrencyControlType.ARGUMENTS, ConcurrencyControlType.KEYS})


def options_of_task(task: Task, app: App | None) -> TaskOptions:
    """The options of a Task and its App; the exceptions that it retries are the worker's to find."""
    known = ({} if app is None else options_of(defaults_of(app))) | options_of(definition_of(task))
    known.pop("retry_for", None)
    return apply_options(TaskOptions(), known)


def control_fault(task: Task, app: App) -> Verdict | None:
    """Why the limits of a Task cannot be held, as its condition Accepted, or None."""
    control = options_of_task(task, app).control
    found = _unknown_limit(control, app) or _unknown_argument(control, task)
    return None if found is None else Verdict(ConditionType.ACCEPTED, "False", *found)


def _unknown_limit(control: Control, app: App) -> tuple[str, str] | None:
    unknown = next((name for name in control.limits if name not in (app.spec.limits or {})), None)
    told = f'limit "{unknown}" is not in spec.limits of App {app.metadata.namespace}/{app.metadata.name}'
    return None if unknown is None else (reasons.UNKNOWN_LIMIT, told)


def _unknown_argument(control: Control, task: Task) -> tuple[str, str] | None:
    compares = {control.running, control.registration} & COMPARING
    if compares and task.spec.parameters is None:
        told = "concurrency that compares arguments needs spec.parameters, as `pynenc manifests emit` writes them"
        return reasons.PARAMETERS_MISSING, told
    names = parameters_of(task.spec.parameters)
    unknown = next((name for name in control.key_arguments if name not in names), None)
    told = (
        f'concurrency key "{unknown}" is not a parameter of {task.task_id} (parameters: {", ".join(names) or "none"})'
    )
    return None if unknown is None else (reasons.UNKNOWN_KEY_ARGUMENT, told)


def parameters_of(schema: Mapping[str, Any] | None) -> Sequence[str]:
    """The names of the parameters that a JSON Schema describes."""
    properties = (schema or {}).get("properties")
    return tuple(properties) if isinstance(properties, Mapping) else ()


def schedule_fault(invocation: Invocation, now: datetime) -> str:
    """Why an invocation cannot be kept until its time, or nothing."""
    try:
        read_schedule(None, invocation.spec.run_at, _micros(now))
    except InvalidSchedule as error:
        return str(error).replace("run_at", "spec.runAt")
    return ""


def identity_of(invocation: Invocation, task: Task) -> str:
    """The id that an object asks for: of its key, which calls of the SDK can have too, or of its own."""
    key = invocation.spec.idempotency_key
    if key is None:
        return invocation_id_of_object(invocation.metadata.uid)
    app_id = app_id_of(task.metadata.namespace, task.spec.app_ref.name)
    return invocation_id_of_key(app_id, task.task_id, key)


def request_for(invocation: Invocation, task: Task, app: App) -> NewInvocation:
    """The request of an object whose Task is sound and whose arguments fit."""
    options, wanted = options_of_task(task, app), invocation.spec
    if wanted.priority is not None:
        options = apply_options(options, {"priority": wanted.priority})
    schema = task.spec.parameters or {}
    concurrency = Concurrency.of(task.task_id, parameters_of(schema), options.control, app.spec.limits or {})
    texts = texts_of(wanted.arguments, schema, concurrency.compared)
    schedule = Schedule(due_us=_micros(wanted.run_at) if wanted.run_at else 0)
    return request_of(task.task_id, options, schedule)(
        invocation_id=identity_of(invocation, task),
        arguments=payload_of(wanted.arguments),
        limits=concurrency.limits(texts),
        registration_key=concurrency.registration_key(texts),
    )


def _micros(moment: datetime) -> int:
    return round(moment.timestamp() * MICROS)
