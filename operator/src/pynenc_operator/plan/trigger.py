"""Trigger: can it be evaluated, does it start itself without end, and is it in the registry; pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from pynenc.api.v1alpha1 import Trigger, TriggerCondition
from pynenc.core.cron import is_time_zone, read_cron
from pynenc.core.records import DeclaredKind
from pynenc_operator import reasons
from pynenc_operator.conditions import Verdict
from pynenc_operator.plan.arguments import partial_fault
from pynenc_operator.plan.catalog import Catalog, reference_fault, refused, started_by
from pynenc_operator.plan.declared import Declared, Known, declaration_of, plan_declared
from pynenc_operator.plan.loops import loop_closed_by
from pynenc_operator.plan.result import Plan, Problem
from pynenc_operator.plan.workflow import parameters_schema, wanted_workflow

NOT_EVALUATED = "declared in the store; nothing of this version evaluates triggers yet, so it starts nothing"
_OF_AN_INVOCATION = frozenset({"invocation", "status", "arguments"})
_GIVES = {
    "cron": frozenset({"tick"}),
    "status": _OF_AN_INVOCATION,
    "result": _OF_AN_INVOCATION | {"result"},
    "exception": _OF_AN_INVOCATION | {"exception"},
    "event": frozenset({"event"}),
}
"""What paths may begin with, by the kind of the condition that was met."""


def plan_trigger(trigger: Trigger, catalog: Catalog, known: Known | Problem | None, now: datetime) -> Plan:
    """What is to be done about a Trigger that exists."""
    kinds = ",".join(dict.fromkeys(kind_of(condition) for condition in trigger.spec.when))
    return plan_declared(trigger, wanted_trigger(trigger, catalog), known, {"type": kinds}, now)


def wanted_trigger(trigger: Trigger, catalog: Catalog) -> Declared | Verdict:
    """What is declared of a Trigger, or its condition Accepted that says why nothing is."""
    fault = _reference_fault(trigger, catalog) or _schedule_fault(trigger) or _values_fault(trigger, catalog)
    if fault is not None:
        return fault
    loop = loop_closed_by(trigger, catalog)
    if loop:
        told = f"{' → '.join(loop)} has no end, each starts the next; narrow a condition with where"
        return refused(reasons.TRIGGER_LOOP, told)
    tasks = dict.fromkeys([*started_by(trigger, catalog), *watched_by(trigger)])
    return Declared(declaration_of(DeclaredKind.TRIGGER, trigger, tasks, catalog), NOT_EVALUATED)


def kind_of(condition: TriggerCondition) -> str:
    """Which kind of condition it is."""
    return next(kind for kind in _GIVES if getattr(condition, kind) is not None)


def watched_by(trigger: Trigger) -> list[str]:
    """The names of the Tasks whose invocations a Trigger watches."""
    parts = (part for one in trigger.spec.when for part in (one.status, one.result, one.exception))
    return [part.task_ref.name for part in parts if part is not None]


def _reference_fault(trigger: Trigger, catalog: Catalog) -> Verdict | None:
    reference, namespace = trigger.spec.workflow_ref, trigger.metadata.namespace
    workflow = catalog.workflows.get(reference.name) if reference else None
    if reference is not None and workflow is None:
        told = (
            f'Workflow "{reference.name}" not found in namespace {namespace}; Trigger objects cannot cross namespaces'
        )
        return refused(reasons.WORKFLOW_NOT_FOUND, told)
    if workflow is not None:
        found = wanted_workflow(workflow, catalog)
        if isinstance(found, Verdict):
            return refused(found.reason, f'Workflow "{workflow.metadata.name}" is not accepted: {found.message}')
    return reference_fault(namespace, [*started_by(trigger, catalog), *watched_by(trigger)], catalog, "Trigger")


def _schedule_fault(trigger: Trigger) -> Verdict | None:
    zone = trigger.spec.time_zone
    if zone is not None and not is_time_zone(zone):
        return refused(reasons.UNKNOWN_TIME_ZONE, f'"{zone}" is not an IANA time zone, such as Europe/Berlin')
    for number, condition in enumerate(trigger.spec.when):
        place = f"when[{number}].cron"
        try:
            cron = read_cron(condition.cron.schedule) if condition.cron else None
        except ValueError as error:
            return refused(reasons.INVALID_SCHEDULE, f"{place}: {error}")
        if cron is not None and not cron.fires:
            return refused(reasons.NEVER_FIRES, f"{place}: schedule has no occurrence in the next 5 years, or ever")
    return None


def _values_fault(trigger: Trigger, catalog: Catalog) -> Verdict | None:
    told = next(_path_faults(trigger), "")
    if told:
        return refused(reasons.INVALID_PATH, told)
    spec = trigger.spec
    if spec.workflow_ref is not None:
        schema = parameters_schema(catalog.workflows[spec.workflow_ref.name], catalog)
    else:
        schema = catalog.tasks[started_by(trigger, catalog)[0]].spec.parameters
    told = partial_fault(spec.arguments or {}, (spec.arguments_from or {}).keys(), schema)
    return refused(reasons.INVALID_ARGUMENTS, told) if told else None


def _path_faults(trigger: Trigger) -> Iterator[str]:
    """Paths to what no condition, or not this one, or not each of them, can give."""
    spec, given = trigger.spec, [_GIVES[kind_of(condition)] for condition in trigger.spec.when]
    for number, condition in enumerate(spec.when):
        for check in condition.where or ():
            if _root(check.path) not in given[number]:
                yield f"when[{number}].where: a condition of kind {kind_of(condition)} has no {_root(check.path)}"
    for name, path in (spec.arguments_from or {}).items():
        if not any(_root(path) in roots for roots in given):
            yield f"argumentsFrom.{name}: no condition has a value of {_root(path)}"
    if spec.correlate_by is not None and not all(_root(spec.correlate_by) in roots for roots in given):
        yield f"correlateBy: not every condition has a value of {_root(spec.correlate_by)}"


def _root(path: str) -> str:
    return path.partition(".")[0]
