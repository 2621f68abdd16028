"""`Task`: a function that others can ask to be run. Calling it submits an invocation and returns at once."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any, Generic, ParamSpec, TypeVar

from pynenc import context
from pynenc.arguments import Arguments
from pynenc.core.options import TaskOptions, check_options
from pynenc.core.records import NewInvocation
from pynenc.core.signature import Signature
from pynenc.errors import NotInInvocation, TaskDefinitionError
from pynenc.group import InvocationGroup
from pynenc.invocation import Invocation
from pynenc.payload import TaskPayloads
from pynenc.rim import new_invocation_id

if TYPE_CHECKING:
    from pynenc.app import Pynenc

P = ParamSpec("P")
R = TypeVar("R")
ENQUEUE_BATCH = 500


class Task(Generic[P, R]):
    """A registered function. `func` is the plain function, `task_id` is `module.function`."""

    def __init__(self, app: Pynenc, func: Callable[P, R], declared: Mapping[str, object]) -> None:
        check_importable(func)
        check_options(declared)
        self.app = app
        self.func = func
        self.declared = dict(declared)
        self.task_id = f"{func.__module__}.{func.__name__}"
        self.place = place_of(func)
        self.payloads = TaskPayloads(app, self.task_id, Signature(func))
        self.__doc__ = func.__doc__
        self.__name__ = func.__name__
        self.__module__ = func.__module__
        self.__wrapped__ = func

    @property
    def options(self) -> TaskOptions:
        """The options in force: those of the decorator, overridden by environment and files."""
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
        return Invocation(self.app, run.invocation_id, self.task_id)

    def signature_schema(self) -> dict[str, Any]:
        """JSON Schema of the arguments, as `Task.spec.parameters` in a cluster has it."""
        return self.payloads.signature.arguments.json_schema()

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> Invocation[R]:
        """Submit one invocation with these arguments and return it without waiting.

        Raises:
            InvalidArguments: the arguments do not fit the function.
            SerializationError, PayloadTooLarge: they have no wire form, or too long a one.
            BackendError: the store did not take it.
        """
        new = self._new(Arguments(*args, **kwargs), self.options)
        self.app.orchestrator.enqueue([new])
        return Invocation(self.app, new.invocation_id, self.task_id)

    def parallelize(self, items: Iterable[Any], common_args: Mapping[str, Any] | None = None) -> InvocationGroup[R]:
        """Submit one invocation per item, in order, in batches of 500.

        Args:
            items: tuples (positional), dicts (by keyword) or `Arguments`; each is bound to the signature.
            common_args: arguments by keyword that every invocation gets; an item wins over them.
        """
        options, common = self.options, dict(common_args or {})
        invocations: list[Invocation[R]] = []
        pending = (self._new(_with_common(Arguments.of(item), common), options) for item in items)
        while batch := list(islice(pending, ENQUEUE_BATCH)):
            self.app.orchestrator.enqueue(batch)
            invocations += [Invocation(self.app, new.invocation_id, self.task_id) for new in batch]
        return InvocationGroup(self.app, invocations)

    def _new(self, arguments: Arguments, options: TaskOptions) -> NewInvocation:
        run = context.current()
        return NewInvocation(
            invocation_id=new_invocation_id(),
            task_id=self.task_id,
            arguments=self.payloads.dump_arguments(arguments.args, arguments.kwargs, options),
            queue=options.queue,
            priority=options.priority,
            parent_id=run.invocation_id if run is not None and run.app is self.app else "",
        )

    def __repr__(self) -> str:
        return f"Task({self.task_id})"


def _with_common(arguments: Arguments, common: Mapping[str, Any]) -> Arguments:
    return Arguments(*arguments.args, **{**common, **arguments.kwargs}) if common else arguments


def place_of(func: Callable[..., Any]) -> str:
    """Where a function is written, `file:line`."""
    code = getattr(func, "__code__", None)
    return f"{code.co_filename}:{code.co_firstlineno}" if code else repr(func)


def check_importable(func: Any) -> None:
    """Return if a worker can import `func` by its name.

    Raises:
        TaskDefinitionError: it is not a module-level function, or its module is `__main__`.
    """
    if not inspect.isfunction(func) or func.__qualname__ != func.__name__ or inspect.isgeneratorfunction(func):
        name = getattr(func, "__qualname__", type(func).__name__)
        raise TaskDefinitionError(f"tasks must be importable module-level functions; got {name} at {place_of(func)}")
    if func.__module__ == "__main__":
        raise TaskDefinitionError(
            f"tasks in __main__ cannot be imported by workers; move {func.__name__}() to a module and import it"
        )
