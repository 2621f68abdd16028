"""From arguments to submitted invocations: binding, options of the single call, limits, and the batch that is sent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from itertools import chain, count, islice
from typing import TYPE_CHECKING, Any, Generic, ParamSpec, TypeVar

from pynenc import context
from pynenc.arguments import Arguments
from pynenc.core.concurrency import Concurrency
from pynenc.core.ids import invocation_id_of_key
from pynenc.core.options import Overridable, TaskOptions, apply_options
from pynenc.core.records import Answer, Enqueued, NewInvocation
from pynenc.core.requests import request_of
from pynenc.core.schedule import read_schedule
from pynenc.errors import InvalidArguments, InvocationConcurrencyWithDifferentArgumentsError, TaskDefinitionError
from pynenc.group import InvocationGroup
from pynenc.invocation import Invocation
from pynenc.live import Registry
from pynenc.rim import new_invocation_id, now_us

if TYPE_CHECKING:
    from pynenc.task import Task

P = ParamSpec("P")
R = TypeVar("R")


class CallOptions(Overridable, total=False):
    """What `Task.with_options` takes, as a type checker sees it.

    Beside the options of the task: `delay`, seconds or a timedelta from the call on; `run_at`, a time with its zone;
    `idempotency_key`, a name that makes a repeated call return the invocation of the first.
    """

    delay: float | timedelta | None
    run_at: datetime | None
    idempotency_key: str | None


@dataclass(frozen=True, slots=True)
class Plan:
    """What all calls with the same options have in common; `request` makes the request for one of them."""

    options: TaskOptions
    version: int
    registry: Registry
    concurrency: Concurrency
    compared: frozenset[str]
    request: partial[NewInvocation]


class Caller(Generic[P, R]):
    """Submits calls of one task with options of their own; made by `Task.with_options`."""

    def __init__(self, task: Task[P, R], call_options: Mapping[str, object]) -> None:
        self.task = task
        changes = dict(call_options)
        self._key = _read_key(changes.pop("idempotency_key", None))
        self._schedule = read_schedule(changes.pop("delay", None), changes.pop("run_at", None), now_us())
        if "retry_for" in changes:
            raise TaskDefinitionError("retry_for belongs to the task, a single call cannot change it")
        apply_options(TaskOptions(), changes)
        self._changes = changes
        self._plan: Plan | None = None

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> Invocation[R]:
        """Submit one invocation with these arguments and return it without waiting; raises as `Task.__call__`."""
        plan = self._planned()
        return self._submit([[self._new(Arguments(*args, **kwargs), plan, self._key)]], plan)[0]

    def parallelize(self, items: Iterable[Any], common_args: Mapping[str, Any] | None = None) -> InvocationGroup[R]:
        """Submit one invocation per item, as `Task.parallelize`; an idempotency key is one of each position."""
        plan, common = self._planned(), dict(common_args or {})
        keys = (f"{self._key}#{number}" if self._key else "" for number in count())
        pending = (
            self._new(_with_common(Arguments.of(item), common), plan, key)
            for item, key in zip(items, keys, strict=False)
        )
        batches = iter(lambda: list(islice(pending, plan.options.parallel_batch_size)), [])
        return InvocationGroup(self.task.app, self._submit(batches, plan))

    def _planned(self) -> Plan:
        """The plan for the options in force now."""
        version, registry = self.task.app.conf.version, self.task.app.registry
        known = self._plan
        if known is None or known.version != version or known.registry is not registry:
            known = self._plan = self._make_plan(version, registry)
        if self._schedule.due_us and self._schedule.due_us < now_us():
            self.task.logger.warning("run_at of this call of %s has passed; it runs now", self.task.task_id)
        return known

    def _make_plan(self, version: int, registry: Registry) -> Plan:
        task, conf = self.task, self.task.app.conf
        in_force = conf.task_options(task.task_id, task.declared, *registry.of(task.task_id))
        options = apply_options(in_force, self._changes)
        concurrency = Concurrency.of(
            task.task_id,
            task.payloads.signature.arguments.names,
            options.control,
            {**conf.limits, **registry.limits},
        )
        if conf.dev_mode_force_sync_tasks:
            options = replace(options, cache=False)
        request = request_of(task.task_id, options, self._schedule)
        return Plan(options, version, registry, concurrency, concurrency.compared, request)

    def _new(self, arguments: Arguments, plan: Plan, key: str) -> NewInvocation:
        task, run = self.task, context.current()
        app, payloads, concurrency = task.app, task.payloads, plan.concurrency
        values = payloads.signature.bind(arguments.args, arguments.kwargs)
        texts = payloads.texts(values, plan.compared) if plan.compared else {}
        keep_seconds = self._schedule.seconds_ahead(now_us())
        return plan.request(
            invocation_id=invocation_id_of_key(app.app_id, task.task_id, key) if key else new_invocation_id(),
            arguments=payloads.dump(values, plan.options, keep_seconds, self._changes),
            parent_id=run.invocation_id if run is not None and run.app is app else "",
            limits=concurrency.limits(texts),
            registration_key=concurrency.registration_key(texts),
        )

    def _submit(self, batches: Iterable[Sequence[NewInvocation]], plan: Plan) -> list[Invocation[R]]:
        app = self.task.app
        if app.conf.dev_mode_force_sync_tasks:
            from pynenc import sync  # and with it the runner, which callers do not need otherwise

            return [sync.run_here(self.task, new, plan.options) for new in chain.from_iterable(batches)]
        run = context.current()
        answers: Iterator[list[Enqueued]]
        if run is not None and run.app is app:
            answers = map(run.waiter.enqueue, batches)
        else:
            answers = app.orchestrator.enqueue_each(batches)
        return [self._handle(answer) for answer in chain.from_iterable(answers)]

    def _handle(self, enqueued: Enqueued) -> Invocation[R]:
        task = self.task
        if enqueued.answer is Answer.DIFFERENT:
            raise InvocationConcurrencyWithDifferentArgumentsError(
                f"{task.task_id}: invocation {enqueued.invocation_id} of the same key still waits to start with other "
                "arguments or options; call again once it has started"
            )
        return Invocation(task.app, enqueued.invocation_id, task.task_id)

    def __repr__(self) -> str:
        return f"{self.task!r}.with_options({', '.join(self._changes)})"


def _read_key(key: object) -> str:
    if key is None:
        return ""
    if not isinstance(key, str) or not key:
        raise InvalidArguments(f"idempotency_key must be text that is not empty, got {key!r}")
    return key


def _with_common(arguments: Arguments, common: Mapping[str, Any]) -> Arguments:
    return Arguments(*arguments.args, **{**common, **arguments.kwargs}) if common else arguments
