"""App: connect to the store, keep its registries equal to the objects, mirror its numbers; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from pynenc.api import names
from pynenc.api.v1alpha1 import App, AppStatus, Task, WorkerPool
from pynenc.core.records import Counts, Declaration, DeclaredKind, Standing, TaskDefinition, WorkerInfo
from pynenc.core.status import QUEUED, Status
from pynenc_operator import conditions, reasons
from pynenc_operator.conditions import Verdict
from pynenc_operator.plan.catalog import Catalog
from pynenc_operator.plan.counters import INTERVAL_SECONDS, coalesced
from pynenc_operator.plan.data_loss import kept, loss_told
from pynenc_operator.plan.declared import Known
from pynenc_operator.plan.definition import declared, definitions_of, limits_of, limits_to_set, sources_to_declare
from pynenc_operator.plan.registry import registry_changes
from pynenc_operator.plan.result import ObjectKey, Plan, Problem
from pynenc_operator.plan.serving import Code
from pynenc_operator.plan.task import numbers_of
from pynenc_operator.plan.workerpool import busy_workers

NUMBERS = frozenset({"queued", "parked", "running", "paused", "failed", "workers"})
RETRY_SECONDS = 5.0
"""How long an App whose store does not serve is left alone."""


@dataclass(frozen=True, slots=True)
class StoreFacts:
    """What the store of an App says."""

    definitions: Mapping[str, TaskDefinition] = field(default_factory=dict)
    counts: Counts = field(default_factory=Counts)
    workers: Sequence[WorkerInfo] = ()
    limits: Mapping[str, int] = field(default_factory=dict)
    declared: Mapping[DeclaredKind, Known] = field(default_factory=dict)
    code: Code = field(default_factory=dict)
    standing: Standing = field(default_factory=Standing)


@dataclass(frozen=True, slots=True)
class ObservedApp:
    """What there is around an App; `tasks`, `pools` and `catalog` are of its whole namespace.

    `last` is what this process has seen of its store before.
    """

    store: StoreFacts | Problem
    tasks: Sequence[Task] = ()
    pools: Sequence[WorkerPool] = ()
    catalog: Catalog = field(default_factory=Catalog)
    last: Standing | None = None
    written_seconds_ago: float | None = None


def plan_app(app: App, observed: ObservedApp, now: datetime) -> Plan:
    """What is to be done about an App that exists."""
    if isinstance(observed.store, Problem):
        return _out_of_service(app, observed.store, now)
    mine = declared(observed.tasks, app.metadata.name)
    wanted = definitions_of(app, mine.values())
    lost, fields = loss_told(app, observed.store.standing, observed.last, now)
    status = _status(app, (*_connected(), lost), observed.store, now).model_copy(update=fields)
    status, _ = coalesced(app.status, status, NUMBERS, observed.written_seconds_ago)
    return Plan(
        publish=tuple(new for name, new in wanted.items() if observed.store.definitions.get(name) != new),
        withdraw=tuple(name for name in observed.store.definitions if name not in wanted),
        declare=_declarations(app, observed, observed.store, mine),
        limits=limits_to_set(observed.store.limits, limits_of(app, mine.values())),
        open_store=True,
        status=status,
        signal=(app.metadata.uid, app.spec, True, frozenset(observed.store.code.items())),
        touch=_stale(app, observed, observed.store, mine),
        requeue_after=INTERVAL_SECONDS,
    )


def _declarations(
    app: App, observed: ObservedApp, store: StoreFacts, mine: Mapping[str, Task]
) -> tuple[Declaration, ...]:
    """Sources before all else: a task is published only after its code."""
    kind = DeclaredKind.SOURCE
    known = store.declared.get(kind, {})
    sources = sources_to_declare(known, mine.values()) if app.spec.signing_keys_secret_ref else ()
    gone = (Declaration(kind, name) for name in known if name not in mine or mine[name].spec.source is None)
    pools = {pool.metadata.name for pool in observed.pools if pool.spec.app_ref.name == app.metadata.name}
    of_no_pool = (Declaration(DeclaredKind.CODE, name) for name in store.code if name not in pools)
    return (*sources, *gone, *of_no_pool, *registry_changes(app.metadata.name, observed.catalog, store.declared))


def _out_of_service(app: App, problem: Problem, now: datetime) -> Plan:
    reachable = Verdict(names.ConditionType.REDIS_REACHABLE, "False", problem.reason, problem.message)
    ready = Verdict(names.ConditionType.READY, "False", problem.reason, problem.message)
    return Plan(
        status=_status(app, tuple(filter(None, (ready, reachable, kept(app)))), None, now),
        signal=(app.metadata.uid, app.spec, False),
        requeue_after=RETRY_SECONDS,
    )


def _connected() -> tuple[Verdict, ...]:
    return (
        Verdict(names.ConditionType.READY, "True", reasons.CONNECTED, "the store serves"),
        Verdict(
            names.ConditionType.REDIS_REACHABLE, "True", reasons.CONNECTED, "the store answers and is fit for work"
        ),
    )


def _status(app: App, verdicts: Sequence[Verdict], store: StoreFacts | None, now: datetime) -> AppStatus:
    """The numbers of a store that cannot be read stay as they were last seen."""
    generation = app.metadata.generation
    head = {
        "observed_generation": generation,
        "conditions": conditions.merged(app.status.conditions, verdicts, generation, now),
    }
    if store is None:
        return app.status.model_copy(update=head)
    counts = store.counts
    return app.status.model_copy(
        update=head
        | {
            "queued": counts.total(*QUEUED),
            "parked": counts.total(Status.CONCURRENCY_CONTROLLED),
            "running": counts.total(Status.PENDING, Status.RUNNING),
            "paused": counts.total(Status.PAUSED),
            "failed": counts.dead,
            "workers": len(store.workers),
        }
    )


def _stale(app: App, observed: ObservedApp, store: StoreFacts, mine: Mapping[str, Task]) -> frozenset[ObjectKey]:
    """Tasks and pools whose numbers have changed: they look at the store when they are told to, not on their own."""
    namespace = app.metadata.namespace
    tasks = {
        ObjectKey("Task", namespace, task.metadata.name)
        for function, task in mine.items()
        if any(getattr(task.status, name) != number for name, number in numbers_of(store.counts, function).items())
    }
    pools = {
        ObjectKey("WorkerPool", namespace, pool.metadata.name)
        for pool in observed.pools
        if pool.spec.app_ref.name == app.metadata.name
        and busy_workers(store.workers, pool.metadata.name) != pool.status.busy
    }
    return frozenset(tasks | pools)
