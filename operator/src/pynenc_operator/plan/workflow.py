"""Workflow: do its steps make a graph of Tasks that exist, and is it in the registry; pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from pynenc.api.v1alpha1 import FinalStep, Step, Workflow
from pynenc.core.records import DeclaredKind
from pynenc_operator import reasons
from pynenc_operator.conditions import Verdict
from pynenc_operator.plan.arguments import partial_fault, schema_fault
from pynenc_operator.plan.catalog import Catalog, reference_fault, refused, tasks_of
from pynenc_operator.plan.declared import Declared, Known, declaration_of, plan_declared
from pynenc_operator.plan.request import parameters_of
from pynenc_operator.plan.result import Plan, Problem

NOT_EVALUATED = "declared in the store; no worker of this version runs workflows yet"
NO_PARAMETERS: Mapping[str, Any] = {"type": "object", "properties": {}, "additionalProperties": False}


def plan_workflow(workflow: Workflow, catalog: Catalog, known: Known | Problem | None, now: datetime) -> Plan:
    """What is to be done about a Workflow that exists."""
    steps = len([*(workflow.spec.steps or ()), *(workflow.spec.finally_ or ())])
    return plan_declared(workflow, wanted_workflow(workflow, catalog), known, {"steps": steps or None}, now)


def wanted_workflow(workflow: Workflow, catalog: Catalog) -> Declared | Verdict:
    """What is declared of a Workflow, or its condition Accepted that says why nothing is."""
    fault = _fault(workflow, catalog)
    if fault is not None:
        return fault
    return Declared(declaration_of(DeclaredKind.WORKFLOW, workflow, tasks_of(workflow), catalog), NOT_EVALUATED)


def parameters_schema(workflow: Workflow, catalog: Catalog) -> Mapping[str, Any] | None:
    """What arguments of a Workflow are checked against; None if nothing is known of them."""
    spec = workflow.spec
    if spec.parameters is not None:
        return spec.parameters
    if spec.task_ref is None:
        return NO_PARAMETERS
    task = catalog.tasks.get(spec.task_ref.name)
    return None if task is None else task.spec.parameters


def _fault(workflow: Workflow, catalog: Catalog) -> Verdict | None:
    fault = reference_fault(workflow.metadata.namespace, tasks_of(workflow), catalog, "Workflow")
    if fault is not None:
        return fault
    not_a_schema = schema_fault(workflow.spec.parameters)
    if not_a_schema:
        told = f"spec.parameters is not a JSON Schema: {not_a_schema}"
        return refused(reasons.INVALID_PARAMETERS, told)
    steps = workflow.spec.steps or ()
    for told in _step_faults(steps, workflow.spec.finally_ or (), parameters_schema(workflow, catalog)):
        return refused(reasons.INVALID_STEPS, told)
    path = cycle({step.name: _before(step) for step in steps})
    if path:
        return refused(reasons.CYCLE, f"steps wait for each other: {' → '.join(path)}")
    return _arguments_fault([*steps, *(workflow.spec.finally_ or ())], catalog)


def _step_faults(
    steps: Sequence[Step], last: Sequence[FinalStep], parameters: Mapping[str, Any] | None
) -> Iterator[str]:
    """What is wrong with names and paths, one sentence each."""
    known = {step.name for step in steps}
    twice = next((step.name for step in last if step.name in known), None)
    if twice is not None:
        yield f'the name "{twice}" is that of a step and of one in finally'
    for step in [*steps, *last]:
        unknown = next((name for name in _before(step) if name not in known), None)
        if unknown is not None:
            yield f'step "{step.name}" needs "{unknown}", which is no step'
        for path in _paths(step):
            told = _path_fault(step, path, parameters)
            if told:
                yield f'step "{step.name}": {told}'


def _path_fault(step: FinalStep, path: str, parameters: Mapping[str, Any] | None) -> str:
    root, _, rest = path.partition(".")
    over_items = isinstance(step, Step) and step.for_each is not None
    if root == "item" and (not over_items or path == getattr(step, "for_each", None)):
        return f"{path} is there only inside a step with forEach"
    names = parameters_of(parameters)
    if root == "parameters" and parameters is not None and rest.partition(".")[0] not in names:
        return f"{path} is no parameter (parameters: {', '.join(names) or 'none'})"
    return ""


def _paths(step: FinalStep) -> list[str]:
    own = [step.for_each] if isinstance(step, Step) and step.for_each else []
    return [*own, *(step.arguments_from or {}).values(), *(check.path for check in step.when or ())]


def _before(step: FinalStep) -> tuple[str, ...]:
    """The steps that must have ended before this one, in the order in which it names them."""
    needs = (step.needs or ()) if isinstance(step, Step) else ()
    named = (path.split(".")[1] for path in _paths(step) if path.startswith("steps."))
    return tuple(dict.fromkeys([*needs, *named]))


def cycle(before: Mapping[str, Sequence[str]]) -> list[str]:
    """A way from a name over what comes before it back to itself, or nothing."""
    done: set[str] = set()
    for start in before:
        path: list[str] = []
        waiting: list[Iterator[str]] = [iter([start])]
        while waiting:
            name = next(waiting[-1], None)
            if name is None:
                waiting.pop()
                if path:
                    done.add(path.pop())
            elif name in path:
                return [*path[path.index(name) :], name]
            elif name not in done:
                path.append(name)
                waiting.append(iter(before[name]))
    return []


def _arguments_fault(steps: Iterable[FinalStep], catalog: Catalog) -> Verdict | None:
    for step in steps:
        schema = catalog.tasks[step.task_ref.name].spec.parameters
        told = partial_fault(step.arguments or {}, (step.arguments_from or {}).keys(), schema)
        if told:
            return refused(reasons.INVALID_ARGUMENTS, f'step "{step.name}": {told}')
    return None
