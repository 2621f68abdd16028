"""What Triggers and Workflows have in common: they are declared in the store, and told whether they are; pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pynenc.api import names
from pynenc.api.v1alpha1 import ReportedStatus, Trigger, Workflow
from pynenc.core.records import Declaration, DeclaredKind
from pynenc_operator import conditions, reasons
from pynenc_operator.conditions import Verdict
from pynenc_operator.plan.catalog import Catalog
from pynenc_operator.plan.counters import INTERVAL_SECONDS
from pynenc_operator.plan.result import Plan, Problem

Known = Mapping[str, str]
"""The registry of a kind: text by name."""


@dataclass(frozen=True, slots=True)
class Declared:
    """An object to be declared: what it says in the registry, and why it is not ready all the same."""

    declaration: Declaration
    not_ready: str


def declaration_of(
    kind: DeclaredKind, model: Trigger | Workflow, tasks: Iterable[str], catalog: Catalog
) -> Declaration:
    """What the registry says of an object whose references all lead somewhere.

    The text is JSON: `uid` of the object, `spec` as in the object, and in `tasks` the function of each Task by name.
    """
    functions = {name: catalog.tasks[name].task_id for name in tasks}
    said = {"uid": model.metadata.uid, "tasks": functions, "spec": model.spec.to_dict()}
    return Declaration(kind, model.metadata.name, json.dumps(said, sort_keys=True, separators=(",", ":")))


def plan_declared(
    model: Trigger | Workflow,
    wanted: Declared | Verdict,
    known: Known | Problem | None,
    told: Mapping[str, Any],
    now: datetime,
) -> Plan:
    """What is to be done about an object that is `wanted` in the registry, or why it is refused.

    `known` None means that the store has not been looked at yet. `told` are further fields of its status.
    """
    name, metadata = model.metadata.name, model.metadata
    facts = known if isinstance(known, Mapping) else {}
    if isinstance(wanted, Verdict):
        kind = DeclaredKind.TRIGGER if isinstance(model, Trigger) else DeclaredKind.WORKFLOW
        declare = (Declaration(kind, name),) if name in facts else ()
        verdicts = (_ready("False", wanted.reason, wanted.message), wanted)
    else:
        known_already = known is None or isinstance(known, Problem) or facts.get(name) == wanted.declaration.text
        declare = () if known_already else (wanted.declaration,)
        accepted = Verdict(names.ConditionType.ACCEPTED, "True", reasons.ACCEPTED, "everything that it names exists")
        verdicts = (_answered(wanted, known), accepted)
    return Plan(
        declare=declare,
        status=_status(model, verdicts, told, now),
        signal=(metadata.uid, metadata.generation, isinstance(wanted, Declared)),
        requeue_after=INTERVAL_SECONDS if isinstance(known, Problem) else None,
    )


def _answered(wanted: Declared, known: Known | Problem | None) -> Verdict:
    if isinstance(known, Problem):
        return _ready("False", known.reason, known.message)
    if known is None:
        return _ready("Unknown", reasons.APP_NOT_READY, "the App's store has not answered yet")
    return _ready("False", reasons.NOT_EVALUATED, wanted.not_ready)


def _ready(answer: conditions.Answer, reason: str, told: str) -> Verdict:
    return Verdict(names.ConditionType.READY, answer, reason, told)


def _status(
    model: Trigger | Workflow, verdicts: Sequence[Verdict], told: Mapping[str, Any], now: datetime
) -> ReportedStatus:
    generation = model.metadata.generation
    merged = conditions.merged(model.status.conditions, verdicts, generation, now)
    return model.status.model_copy(update={"observed_generation": generation, "conditions": merged, **told})
