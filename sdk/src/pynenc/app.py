"""`Pynenc`, an app: its tasks, its settings and the components that carry them. Makes no connection by itself."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Coroutine, Iterable, Mapping
from typing import Any, ParamSpec, Protocol, TypeVar, Unpack, cast, overload

from pynenc.arg_cache.base import BaseArgCache
from pynenc.broker.base import BaseBroker
from pynenc.components import component_class, hints_class, orchestrator_class
from pynenc.config import Config
from pynenc.core.ids import check_app_id
from pynenc.core.inline import is_inline
from pynenc.core.options import Declarable
from pynenc.core.records import Query
from pynenc.core.status import Status, read_statuses
from pynenc.errors import DuplicateTaskError
from pynenc.invocation import Invocation
from pynenc.live import Live, Registry
from pynenc.orchestrator.base import BaseOrchestrator
from pynenc.runner.base import BaseRunner
from pynenc.serializers.base import BaseSerializer
from pynenc.state_backend.base import BaseStateBackend
from pynenc.task import Task, direct

P = ParamSpec("P")
R = TypeVar("R")


class TaskDecorator(Protocol):
    """What `app.task(...)` returns: it makes a task of a function."""

    @overload
    def __call__(self, func: Callable[P, Coroutine[Any, Any, R]], /) -> Task[P, R]: ...

    @overload
    def __call__(self, func: Callable[P, R], /) -> Task[P, R]: ...


class Pynenc:
    """An app. Make one at module level and decorate functions with its `task`.

    Args:
        app_id: name of the app in the store; apps of one name share their work.
        config_values: settings by name, weaker than files made for the environment and stronger than defaults.
        config_filepath: a TOML, YAML or JSON file with settings.

    Components are built on first use, and anew after their class in `conf` was changed.
    """

    def __init__(
        self,
        app_id: str | None = None,
        config_values: Mapping[str, object] | None = None,
        config_filepath: str | os.PathLike[str] | None = None,
    ) -> None:
        self.conf = Config(app_id=app_id, config_values=config_values, config_filepath=config_filepath)
        self.tasks: dict[str, Task[..., Any]] = {}
        self.location = ""
        """Where workers import the app from, `module:name`; set by `pynenc.discovery`."""
        self._components: dict[str, tuple[str, Any]] = {}
        self._live = Live()

    @property
    def app_id(self) -> str:
        """The name of the app in the store."""
        return check_app_id(self.conf.app_id)

    @property
    def logger(self) -> logging.Logger:
        """The logger of the app."""
        return logging.getLogger(f"pynenc.{self.conf.app_id}")

    @property
    def registry(self) -> Registry:
        """What the cluster says of the tasks, a few seconds old at most; nothing in sync mode."""
        return self._live.registry(self)

    def registry_anew(self) -> Registry:
        """The registry as it is now, for what the one of a moment ago has not heard of."""
        self._live.outdate()
        return self.registry

    def _component(self, kind: str, class_name: str, *arguments: Any) -> Any:
        known = self._components.get(kind)
        key = f"{class_name} {self.conf.version}"
        if known is None or known[0] != key:
            known = self._components[kind] = (key, self._class(kind, class_name)(*arguments))
        return known[1]

    def _class(self, kind: str, name: str) -> type:
        if kind == "orchestrator":
            return orchestrator_class(name, self.conf.broker_cls)
        return hints_class(name) if kind == "hints" else component_class(kind, name)

    @property
    def orchestrator(self) -> BaseOrchestrator:
        """Life-cycle verbs of invocations."""
        return cast("BaseOrchestrator", self._component("orchestrator", self.conf.orchestrator_cls, self))

    @property
    def broker(self) -> BaseBroker:
        """Order of ready work."""
        return cast("BaseBroker", self._component("broker", self.conf.broker_cls, self))

    @property
    def hints(self) -> BaseBroker:
        """The broker that comes with the store: it wakes who waits, whatever broker keeps the order of work."""
        return cast("BaseBroker", self._component("hints", self.conf.orchestrator_cls, self))

    @property
    def state_backend(self) -> BaseStateBackend:
        """Records of invocations."""
        return cast("BaseStateBackend", self._component("state_backend", self.conf.state_backend_cls, self))

    @property
    def arg_cache(self) -> BaseArgCache:
        """Large arguments, by content."""
        return cast("BaseArgCache", self._component("arg_cache", self.conf.arg_cache_cls, self))

    @property
    def serializer(self) -> BaseSerializer:
        """From values to payloads and back."""
        return cast("BaseSerializer", self._component("serializers", self.conf.serializer_cls))

    @property
    def runner(self) -> BaseRunner:
        """Runs the invocations of this app in this process or its children."""
        return cast("BaseRunner", self._component("runner", self.conf.runner_cls, self))

    @overload
    def task(self, func: Callable[P, Coroutine[Any, Any, R]], /) -> Task[P, R]: ...

    @overload
    def task(self, func: Callable[P, R], /) -> Task[P, R]: ...

    @overload
    def task(self, /, **options: Unpack[Declarable]) -> TaskDecorator: ...

    def task(self, func: Callable[..., Any] | None = None, /, **options: Any) -> Any:
        """Make a task of a module-level function, plain or `async`; use it bare or with options.

        Args:
            func: the function, when the decorator is used bare.
            **options: any of the following. Times are in seconds.
            queue: name of the queue; default `default`.
            priority: 0 to 9, higher first; default 0.
            max_retries: how often a failed attempt is repeated, 0 to 1000; default 0.
            retry_for: exception classes that are worth another attempt; `RetryError` always is.
            retry_backoff: time before the first retry at most, twice as much before each further one, up to
                `retry_backoff_max`; a random part of that is waited. Default 0.
            retry_backoff_max: default 600.
            timeout: what an attempt may take, its waits included; default no end.
            total_timeout: what all attempts with the waits between them may take, from the call on; default no end.
            queue_timeout: an invocation that has not started in this time ends as EXPIRED; default no end.
            result_ttl: how long the result is kept; default a day.
            failure_ttl: how long the error is kept of one that failed or was cancelled; default as `result_ttl`.
            running_concurrency: a `ConcurrencyControlType`: which invocations count as the same, of which
                `running_limit` (default 1) run at once; default DISABLED.
            registration_concurrency: a `ConcurrencyControlType`: of which at most one waits for its start; a further
                call gets that one. Default DISABLED.
            on_diff_non_key_args_raise: a further call with other arguments is an error instead; default False.
            key_arguments: names of the arguments that KEYS compares.
            limits: names of limits that are shared with other tasks; the setting `limits` has their numbers.
            on_limit: `wait` (default) or `drop` what is over a limit when it could start.
            cache: whether large arguments are kept apart, by their content; default True.
            disable_cache_args: names of arguments that are not, or `("*",)`.
            history: what is kept of an invocation's way: `full`, `summary` (default) or `off`.
            parallel_batch_size: how many `parallelize` submits in one step, 1 to 500; default 100.

        Raises:
            TaskDefinitionError: the function cannot be imported by a worker, or an option is bad.
            DuplicateTaskError: another function has this task id.

        Example:
            >>> app = Pynenc(config_values={"dev_mode_force_sync_tasks": True})
            >>> @app.task(max_retries=3, retry_backoff=2)
            ... def greet(name: str) -> str:
            ...     return f"Hello, {name}"
            >>> greet("Ada").result
            'Hello, Ada'
        """
        if func is not None:
            return self._add(Task(self, func, options))
        return lambda decorated: self._add(Task(self, decorated, options))

    @overload
    def direct_task(self, func: Callable[P, R], /) -> Callable[P, R]: ...

    @overload
    def direct_task(self, /, **options: Unpack[Declarable]) -> Callable[[Callable[P, R]], Callable[P, R]]: ...

    def direct_task(self, func: Callable[..., Any] | None = None, /, **options: Any) -> Any:
        """As `task`, but calling it submits an invocation and returns its result; of an `async` function, await it.

        The task itself is the attribute `task` of what is returned.

        Example:
            >>> app = Pynenc(config_values={"dev_mode_force_sync_tasks": True})
            >>> @app.direct_task
            ... def greet(name: str) -> str:
            ...     return f"Hello, {name}"
            >>> greet("Ada")
            'Hello, Ada'
        """
        if func is not None:
            return direct(self._add(Task(self, func, options)))
        return lambda decorated: direct(self._add(Task(self, decorated, options)))

    def _add(self, task: Task[..., Any]) -> Task[..., Any]:
        known = self.tasks.get(task.task_id)
        if known is not None and known.place != task.place:
            raise DuplicateTaskError(f"{task.task_id} is already registered ({known.place} and {task.place})")
        self.tasks[task.task_id] = task
        return task

    def find_task(self, task_id: str) -> Task[..., Any] | None:
        """The task of this id, of this program or with source in the store; None if there is none.

        Raises:
            InlineSourceError: its source is in the store, and must not be run here.
            BadSignature: its source is not signed with one of this program's keys.
            BackendError: the store cannot be read.
        """
        task = self.tasks.get(task_id)
        if task is not None or not is_inline(task_id):
            return task
        from pynenc.inline import inline_task

        return inline_task(self, task_id)

    def invocation(self, invocation_id: str) -> Invocation[Any]:
        """The invocation with this id.

        Raises:
            InvocationNotFound: there is none, or its result has expired.
        """
        return Invocation.find(self, invocation_id)

    def invocations(
        self,
        *,
        status: Status | str | Iterable[Status | str] = (),
        task: Task[..., Any] | str = "",
        queue: str = "",
        limit: int = 100,
    ) -> list[Invocation[Any]]:
        """Invocations that fit all that is given, last changed first.

        Args:
            status: one status or several, also by name; default any.
            task: a task or its id.
            queue: the name of a queue.
            limit: at most that many.

        Raises:
            RequestError: there is no status of that name.
        """
        task_id = task if isinstance(task, str) else task.task_id
        return Invocation.find_all(self, Query(read_statuses(status), task_id, queue, limit))

    def purge(self) -> int:
        """Forget all invocations, wherever they stand, and return how many there were; definitions and limits stay."""
        return max(self.orchestrator.purge(), default=0)

    def __repr__(self) -> str:
        return f"Pynenc({self.conf.app_id!r}, {len(self.tasks)} tasks)"
