"""Running the source of Task objects: found in the store, checked, and made into a function on its first call.

Only a runner that allows it (`allow_inline_source`) does, and only what is signed with one of its keys. A module is
executed inside the attempt that needs it first, so that its time limits hold and its errors are the attempt's.
"""

from __future__ import annotations

import json
import linecache
import sys
from collections.abc import Callable
from functools import partial
from types import ModuleType
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from pynenc.core import overrides
from pynenc.core.inline import BUNDLED, FUNCTION, digest_of, is_inline, open_bundle, unseal
from pynenc.core.records import DeclaredKind
from pynenc.core.seal import Keyring
from pynenc.errors import InlineSourceError, SerializationError
from pynenc.payload import TaskPayloads
from pynenc.serializers.pickle import PickleSerializer
from pynenc.task import Task

if TYPE_CHECKING:
    from pynenc.app import Pynenc

THIS_PYTHON = "{}.{}".format(*sys.version_info)
_known: WeakKeyDictionary[Pynenc, dict[str, tuple[str, Task[..., Any]]]] = WeakKeyDictionary()
"""Tasks by id, each with the digest of its source."""


def inline_task(app: Pynenc, task_id: str) -> Task[..., Any] | None:
    """The task whose source is declared in the store under this id, or None if there is none.

    Raises:
        InlineSourceError: there is one, and it must not be run here.
        BackendError: the store cannot be read.
    """
    if not is_inline(task_id):
        return None
    if not app.conf.allow_inline_source:
        raise InlineSourceError(
            f"{task_id}: this runner runs no inline source; set allowInlineSource of its WorkerPool, or the setting"
            " allow_inline_source"
        )
    # The registry is a few seconds old: it may not have heard of the task yet, and then the source itself is asked for.
    definition = app.registry.definitions.get(task_id)
    wanted = definition.source_digest if definition else None
    known = _known.setdefault(app, {})
    found = known.get(task_id)
    if found is None or (wanted is not None and found[0] != wanted):
        text = app.orchestrator.declared(DeclaredKind.SOURCE).get(task_id)
        if text is None:
            return None
        keys = Keyring.read(app.conf.signing_keys)
        source = unseal(keys, app.app_id, task_id, text)
        bundle = open_bundle(keys, app.app_id, task_id, source) if source.startswith(BUNDLED) else None
        load = partial(_unpickle, task_id, *bundle) if bundle else partial(_load, task_id, source)
        task = Task(app, _function(task_id, load), {})
        task.payloads = InlinePayloads(app, task_id, task.payloads.signature)
        found = known[task_id] = (digest_of(source), task)
    return found[1]


class InlinePayloads(TaskPayloads):
    """Arguments are values as JSON gives them: what a source says of its own is not known before it is executed."""

    def load_arguments(self, payload: bytes) -> tuple[list[Any], dict[str, Any]]:
        """See `TaskPayloads.load_arguments`."""
        _, arguments = overrides.split(self._opened("arguments", payload))
        try:
            values = json.loads(arguments)
        except ValueError:
            values = None
        if not isinstance(values, dict):
            raise SerializationError(f"{self.task_id}: the arguments are no JSON object")
        return [], values


def _function(task_id: str, load: Callable[[], Callable[..., Any]]) -> Callable[..., Any]:
    """Stands for the function of a source, which is loaded at the first call."""
    loaded: list[Callable[..., Any]] = []

    def main(**arguments: Any) -> Any:
        if not loaded:
            loaded.append(load())
        return loaded[0](**arguments)

    main.__qualname__ = FUNCTION
    main.__module__ = task_id.rpartition(".")[0]
    return main


def _load(task_id: str, source: str) -> Callable[..., Any]:
    name = task_id.rpartition(".")[0]
    file = f"<source of {name}>"
    module = ModuleType(name)
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)  # for tracebacks
    sys.modules[name] = module  # dataclasses and pickles look their module up
    exec(compile(source, file, "exec"), vars(module))
    function: object = vars(module).get(FUNCTION)
    if not callable(function):
        raise InlineSourceError(f"{task_id}: the source defines no function {FUNCTION}")
    return function


def _unpickle(task_id: str, python: str, pickled: bytes) -> Callable[..., Any]:
    if python != THIS_PYTHON:
        raise InlineSourceError(
            f"{task_id}: the bundle was made by Python {python}, this worker runs {THIS_PYTHON}; make it anew with that"
        )
    try:
        function: object = PickleSerializer().deserialize(pickled)
    except ImportError as error:
        raise InlineSourceError(
            f"{task_id}: {error}; install what the bundle needs into the image of the pool"
        ) from error
    if not callable(function):
        raise InlineSourceError(f"{task_id}: the bundle holds no function")
    return function
