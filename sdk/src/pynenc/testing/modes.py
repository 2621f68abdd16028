"""An app switched, for the length of a block, to run without a server: sync mode and memory mode."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pynenc._memory.shared import store_of, use_store
from pynenc._memory.store import MemoryStore

if TYPE_CHECKING:
    from pynenc.app import Pynenc

IN_MEMORY = {
    "dev_mode_force_sync_tasks": False,
    "orchestrator_cls": "MemOrchestrator",
    "broker_cls": "MemBroker",
    "state_backend_cls": "MemStateBackend",
    "arg_cache_cls": "MemArgCache",
    "runner_cls": "ThreadRunner",
}


@contextmanager
def sync_mode(app: Pynenc) -> Iterator[None]:
    """Calls run their tasks at once, in the calling thread and without a store, until the block ends.

    Example:
        >>> from pynenc import Pynenc
        >>> app = Pynenc()
        >>> @app.task
        ... def add(x: int, y: int) -> int:
        ...     return x + y
        >>> with sync_mode(app):
        ...     add(1, 2).result
        3
    """
    with _assigned(app, {"dev_mode_force_sync_tasks": True}):
        yield


@contextmanager
def memory_mode(app: Pynenc, slots: int = 0) -> Iterator[None]:
    """An empty store in memory, and a `ThreadRunner` that works off its queues, until the block ends.

    Whatever `app` is configured for, it uses that store inside the block. At the end the runner finishes what it
    runs, and what the block left in the store is gone.

    Args:
        app: any app; its components are made anew.
        slots: invocations that run at once; 0 is eight.

    Example:
        >>> from pynenc import Pynenc
        >>> app = Pynenc()
        >>> @app.task
        ... def add(x: int, y: int) -> int:
        ...     return x + y
        >>> with memory_mode(app):
        ...     list(add.parallelize([(1, 2), (3, 4)]).results)
        [3, 7]
    """
    before = store_of(app)
    use_store(app, MemoryStore())
    try:
        with _assigned(app, {**IN_MEMORY, "slots": slots}), _runner_of(app):
            yield
    finally:
        use_store(app, before)


@contextmanager
def _runner_of(app: Pynenc) -> Iterator[None]:
    runner = app.runner
    thread = threading.Thread(target=runner.run, name="pynenc-runner", daemon=True)
    thread.start()
    try:
        yield
    finally:
        runner.stop_runner_loop()
        thread.join()


@contextmanager
def _assigned(app: Pynenc, settings: dict[str, object]) -> Iterator[None]:
    before = app.conf.assignments()
    app.conf.reassign(before | settings)
    try:
        yield
    finally:
        app.conf.reassign(before)
