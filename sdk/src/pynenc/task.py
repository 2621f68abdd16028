"""`Task`: a function that others can ask to be run. Calling it submits an invocation and returns at once."""

from __future__ import annotations

import functools
import inspect
import logging
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Generic, ParamSpec, TypeVar, Unpack

from pynenc import context
from pynenc.caller import Caller, CallOptions
from pynenc.core.options import TaskOptions, check_names, check_options
from pynenc.core.signature import Signature
from pynenc.errors import NotInInvocation, TaskDefinitionError
from pynenc.group import InvocationGroup
from pynenc.invocation import Invocation
from pynenc.payload import TaskPayloads

if TYPE_CHECKING:
    from pynenc.app import Pynenc

P = ParamSpec("P")
R = TypeVar("R")


class Task(Generic[P, R]):
    """A registered function. `func` is the plain function, `task_id` is `module.function`.

    Example:
        >>> app = Pynenc(config_values={"dev_mode_force_sync_tasks": True})
        >>> @app.task
        ... def add(x: int, y: int) -> int:
        ...     return x + y
        >>> add(1, 2).result
        3
        >>> add.func(1, 2)
        3
    """

    def __init__(self, app: Pynenc, func: Callable[P, R], declared: Mapping[str, object]) -> None:
        check_importable(func)
        check_options(declared)
        self.app = app
        self.func = func
        self.declared = dict(declared)
        self.task_id = f"{func.__module__}.{func.__name__}"
        self.place = place_of(func)
        signature = Signature(func)
        check_names(declared, signature.arguments.names)
        self.payloads = TaskPayloads(app, self.task_id, signature)
        self._caller: Caller[P, R] = Caller(self, {})
        self.__doc__ = func.__doc__
        self.__name__ = func.__name__
        self.__module__ = func.__module__
        self.__wrapped__ = func

    @property
    def options(self) -> TaskOptions:
        """Those of the decorator, overridden by environment and files; calls also heed the live Task object."""
        return self.app.conf.task_options(self.task_id, self.declared)

    @property
    def logger(self) -> logging.Logger:
        """A logger below that of the app, named after the task."""
        return self.app.logger.getChild(self.task_id)

    @property
    def invocation(self) -> Invocation[R]:
        """The invocation that runs in this thread.

        Raises:
            NotInInvocation: none of this task does.
        """
        run = context.current()
        if run is None or run.task_id != self.task_id:
            raise NotInInvocation(f"{self.task_id}.invocation exists only while {self.task_id} runs in this thread")
        return run.handle or Invocation(self.app, run.invocation_id, self.task_id)

    def signature_schema(self) -> dict[str, Any]:
        """JSON Schema of the arguments, as `Task.spec.parameters` in a cluster has it."""
        return self.payloads.signature.json_schema()

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> Invocation[R]:
        """Submit one invocation with these arguments and return it without waiting.

        Raises:
            InvalidArguments: the arguments do not fit the function.
            SerializationError, PayloadTooLarge: they have no wire form, or too long a one.
            InvocationConcurrencyWithDifferentArgumentsError: one with other arguments waits, which must not be reused.
            ConfigurationError: the task names a limit that is not set.
            BackendError: the store did not take it.
        """
        return self._caller(*args, **kwargs)

    def with_options(self, **options: Unpack[CallOptions]) -> Caller[P, R]:
        """This task with options for single calls; call what is returned, or use its `parallelize`.

        Args:
            **options: options of the task, which they outrank wherever those come from; `retry_for` cannot be one of
                them. And any of the following.
            delay: seconds, or a timedelta, from the call on before which it does not start.
            run_at: a datetime with its zone before which it does not start.
            idempotency_key: text; while the invocation of an earlier call with the same key is known, it is returned
                and nothing new is submitted. `parallelize` counts a key for each position.

        Raises:
            TaskDefinitionError: an option is unknown or bad.
            InvalidSchedule: a delay is negative, a time is naive, or more than a year ahead.

        Example:
            >>> app = Pynenc(config_values={"dev_mode_force_sync_tasks": True})
            >>> @app.task
            ... def greet(name: str) -> str:
            ...     return f"Hello, {name}"
            >>> greet.with_options(priority=9, delay=1.5)("Ada").result
            'Hello, Ada'
        """
        return Caller(self, options)

    def parallelize(self, items: Iterable[Any], common_args: Mapping[str, Any] | None = None) -> InvocationGroup[R]:
        """Submit one invocation per item, in order, in batches of `parallel_batch_size`.

        Args:
            items: tuples (positional), dicts (by keyword) or `Arguments`; each is bound to the signature.
            common_args: arguments by keyword that every invocation gets; an item wins over them.

        Raises:
            InvocationConcurrencyWithDifferentArgumentsError: as for a single call; the items before it, and the rest
                of its batch, are submitted, and those of the next batch may be.

        Example:
            >>> app = Pynenc(config_values={"dev_mode_force_sync_tasks": True})
            >>> @app.task
            ... def power(base: int, exponent: int) -> int:
            ...     return base**exponent
            >>> list(power.parallelize([{"base": 2}, {"base": 3}], common_args={"exponent": 2}).results)
            [4, 9]
        """
        return self._caller.parallelize(items, common_args)

    def __repr__(self) -> str:
        return f"Task({self.task_id})"


def direct(task: Task[P, R]) -> Callable[P, Any]:
    """A function that submits an invocation of `task` and returns its result, or a coroutine of it."""

    @functools.wraps(task.func)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        return task(*args, **kwargs).result

    @functools.wraps(task.func)
    async def call_async(*args: P.args, **kwargs: P.kwargs) -> R:
        return await task(*args, **kwargs)

    found: Callable[P, Any] = call_async if inspect.iscoroutinefunction(task.func) else call
    vars(found)["task"] = task
    return found


def place_of(func: Callable[..., Any]) -> str:
    """Where a function is written, `file:line`."""
    code = getattr(func, "__code__", None)
    return f"{code.co_filename}:{code.co_firstlineno}" if code else repr(func)


def check_importable(func: Any) -> None:
    """Return if a worker can import `func` by its name.

    Raises:
        TaskDefinitionError: it is not a module-level function, or its module is `__main__`.
    """
    is_named = inspect.isfunction(func) and func.__qualname__ == func.__name__ and func.__name__.isidentifier()
    if not is_named or inspect.isgeneratorfunction(func) or inspect.isasyncgenfunction(func):
        name = getattr(func, "__qualname__", type(func).__name__)
        raise TaskDefinitionError(f"tasks must be importable module-level functions; got {name} at {place_of(func)}")
    if func.__module__ == "__main__":
        raise TaskDefinitionError(
            f"tasks in __main__ cannot be imported by workers; move {func.__name__}() to a module and import it"
        )
