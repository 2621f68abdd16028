"""Handles of what worker processes run: cancelled while it runs or waits, refused waits, the errors of a timeout."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from pynenc.core.status import Status
from pynenc.errors import CycleDetected, InvocationCancelled, TaskTimeout, UsageError
from pynenc.task import Task
from support import waiting_tasks as tasks
from support.crashes import running, until
from support.servers import running_server

PATIENCE = 60


@pytest.fixture(scope="module", autouse=True)
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A runner with one slot, and the app of these tests on its server."""
    with running_server() as server:
        tasks.app.conf.redis_url = server.url
        environment = {"PYNENC__REDIS_URL": server.url, "PYNENC__RUNNER__SLOTS": "1"}
        environment |= {"PYNENC__RUNNER__BEAT_SECONDS": "0.2", "PYNENC__RUNNER__KILL_GRACE_SECONDS": "0.5"}
        folder = tmp_path_factory.mktemp("runner")
        with running(1, 1, "support.waiting_tasks:app", environment, folder) as programs:
            yield
            programs.stop(PATIENCE)


@pytest.mark.parametrize("child", [tasks.wait_for_file, tasks.wait_for_file_async], ids=["plain", "coroutine"])
@pytest.mark.parametrize("parent", [tasks.wait_for, tasks.wait_for_async], ids=["in-plain", "in-coroutine"])
def test_what_runs_and_what_waits_for_it_are_cancelled(
    tmp_path: Path, child: Task[[str], int], parent: Task[[str], int]
) -> None:
    go_on = tmp_path / "go-on"
    running_one = child(str(go_on))
    try:
        assert until(lambda: running_one.status is Status.RUNNING, PATIENCE)
        paused = parent(running_one.invocation_id)
        if child is tasks.wait_for_file_async:  # the other one holds the only slot
            assert until(lambda: paused.status is Status.PAUSED, PATIENCE)
        assert paused.cancel()
        assert isinstance(paused.exception, InvocationCancelled)
        assert running_one.status is Status.RUNNING
        assert running_one.cancel()
        assert isinstance(running_one.exception, InvocationCancelled)
    finally:
        go_on.touch()


def test_a_timeout_names_its_invocation() -> None:
    late = tasks.be_late()
    name = f"invocation {late.invocation_id} of support.waiting_tasks.be_late"
    with pytest.raises(TaskTimeout) as caught:
        late.get(timeout=PATIENCE)
    assert str(caught.value) == f"{name} took longer than its timeout allows (0.2s)"
    assert caught.value.__notes__


def test_refused_waits_are_told_to_whoever_asks() -> None:
    with pytest.raises(CycleDetected, match=r"wait_for \(.+\) -> .+wait_for_one_that_waits \(.+\) -> .+wait_for \("):
        tasks.wait_for_one_that_waits().get(timeout=PATIENCE)
    with pytest.raises(UsageError, match="use await invocation inside async code"):
        tasks.block_the_loop().get(timeout=PATIENCE)


def test_an_event_loop_awaits_what_processes_do() -> None:
    async def main() -> tuple[int, int, list[int]]:
        one, other = await asyncio.gather(tasks.gather(10), tasks.open_a_loop(3))
        return one, other, await tasks.triple.parallelize([(x,) for x in range(100)])

    assert asyncio.run(asyncio.wait_for(main(), PATIENCE)) == (285, 3, [3 * x for x in range(100)])
