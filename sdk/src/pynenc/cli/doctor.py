"""`pynenc doctor`: look at everything that a working installation needs, and say what to mend."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING

import typer

from pynenc.cli import checks, screen
from pynenc.cli.checks import Check, Verdict
from pynenc.cli.output import Listing, Output, OutputOption, one_line
from pynenc.cli.target import Target
from pynenc.errors import BackendError, PynencError

if TYPE_CHECKING:
    from pynenc.app import Pynenc

COLOURS = {Verdict.OK: "green", Verdict.WARN: "yellow", Verdict.FAIL: "red"}


def doctor(context: typer.Context, output: OutputOption = Output.TABLE) -> None:
    """Check the app, its settings, its store, its workers and its queues; each line is ok, warn or fail.

    Every warn and fail says in one sentence what to do. Exit code 1 if anything fails.

    Example: pynenc --app tasks:app doctor
    """
    found: list[Check] = []
    for check in examine(context.obj):
        found.append(check)
        if output is Output.TABLE:
            word = screen.in_colour(f"{check.verdict.value:<5}", COLOURS[check.verdict])
            print(f"{word}{check.name:<12}{one_line(check.text)}", flush=True)
    if output is not Output.TABLE:
        objects = [{"name": check.name, "verdict": check.verdict.value, "text": check.text} for check in found]
        print(Listing((), (), objects, "name").text(output))
    if any(check.verdict is Verdict.FAIL for check in found):
        raise typer.Exit(1)


def examine(target: Target) -> Iterator[Check]:
    """All checks, in an order in which the first failure is the one to mend first."""
    try:
        app = target.load()
    except PynencError as error:
        yield checks.fail("app", str(error))
        return
    yield checks.ok("app", f"{app.location} is imported, its app_id is {app.app_id}")
    try:
        yield from _of_tasks(app)
        yield from _of_store(app)
    except PynencError as error:
        yield checks.fail("store" if isinstance(error, BackendError) else "settings", str(error))


def _of_tasks(app: Pynenc) -> Iterator[Check]:
    for task in app.tasks.values():
        _ = task.options  # reads all sources
    if app.tasks:
        yield checks.ok("tasks", f"{len(app.tasks)} found")
    else:
        yield checks.warn("tasks", "none found; decorate functions with @app.task in modules that the app's imports")


def _of_store(app: Pynenc) -> Iterator[Check]:
    if app.conf.orchestrator_cls == "MemOrchestrator":
        yield checks.warn("store", "in memory, for one process alone; set PYNENC__REDIS_URL to share work")
        return
    if app.conf.orchestrator_cls == "RedisOrchestrator":
        from pynenc._redis.facts import server_facts, where

        facts = server_facts(app)
        yield checks.ok("store", f"{where(app)} answers")
        yield from checks.of_server(facts)
    app.orchestrator.ping()
    yield from _of_work(app)


def _of_work(app: Pynenc) -> Iterator[Check]:
    from pynenc.cli.queues import queue_names

    now_us = time.time_ns() // 1000
    workers = app.orchestrator.workers()
    yield checks.of_workers(workers, now_us)
    used_by: dict[str, list[str]] = defaultdict(list)
    for task in app.tasks.values():
        used_by[task.options.queue].append(task.task_id)
    alive = [worker for worker in workers if worker.lease_until_us > now_us]
    ready = app.broker.sizes(queue_names(app, workers, ()))
    yield from checks.of_queues(used_by, ready, alive)
    if app.state_backend.dead(1):
        yield checks.warn("dead", "there are dead letters; look at them with: pynenc --app ... dead")
