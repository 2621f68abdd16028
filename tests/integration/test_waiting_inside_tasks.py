"""Waits that tasks make, in threads and coroutines of one runner with one slot, on both stores: allowed and refused."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from pynenc import Pynenc
from pynenc._redis.embedded import EmbeddedServer
from pynenc.core.status import Status
from pynenc.errors import (
    ConcurrencyDeadlock,
    CycleDetected,
    InvocationCancelled,
    TooManyChildren,
    UsageError,
)
from pynenc.invocation import Invocation
from pynenc.runner.thread import ThreadRunner
from support import waiting_tasks as tasks
from support.crashes import until
from support.servers import running_server

PATIENCE = 60
COMPONENTS = ("orchestrator", "broker", "state_backend", "arg_cache")


@pytest.fixture(scope="module")
def server() -> Iterator[EmbeddedServer]:
    with running_server() as running:
        yield running


@pytest.fixture(scope="module", params=["Mem", "Redis"])
def app(request: pytest.FixtureRequest, server: EmbeddedServer) -> Iterator[Pynenc]:
    """The app with a runner of one slot."""
    conf = tasks.app.conf
    conf.redis_url = server.url
    for kind, name in zip(COMPONENTS, ("Orchestrator", "Broker", "StateBackend", "ArgCache"), strict=True):
        setattr(conf, f"{kind}_cls", request.param + name)
    conf.slots, conf.beat_seconds = 1, 0.2
    runner = ThreadRunner(tasks.app)
    thread = threading.Thread(target=runner.run)
    thread.start()
    try:
        yield tasks.app
    finally:
        runner.stop_runner_loop()
        thread.join(PATIENCE)
        assert not thread.is_alive()


def value(invocation: Invocation[int]) -> object:
    """Its result, before patience ends."""
    return invocation.get(timeout=PATIENCE)


@pytest.mark.usefixtures("app")
def test_coroutines_of_one_task_wait_side_by_side() -> None:
    assert value(tasks.gather(20)) == sum(x * x for x in range(20))
    assert value(tasks.sum_a_group(20)) == sum(x * x for x in range(20))


@pytest.mark.usefixtures("app")
def test_the_first_to_end_is_told_at_once(tmp_path: Path) -> None:
    go_on = tmp_path / "go-on"
    try:
        assert value(tasks.take_the_first(str(go_on))) == 9
    finally:
        go_on.touch()


@pytest.mark.usefixtures("app")
def test_a_wait_that_is_given_up_leaves_the_next_one_alone(tmp_path: Path) -> None:
    go_on = tmp_path / "go-on"
    try:
        assert value(tasks.give_up_and_go_on(str(go_on))) == 16
    finally:
        go_on.touch()


@pytest.mark.usefixtures("app")
def test_a_group_pauses_its_parent_once() -> None:
    parent = tasks.sum_results(10)
    assert value(parent) == 3 * 45
    assert [change.status for change in parent.history].count(Status.PAUSED) == 1


@pytest.mark.usefixtures("app")
def test_a_loop_inside_a_plain_task_may_wait_for_its_like() -> None:
    assert value(tasks.open_a_loop(4)) == 4


@pytest.mark.usefixtures("app")
def test_a_blocking_wait_in_a_coroutine_is_refused() -> None:
    with pytest.raises(UsageError, match="use await invocation inside async code"):
        value(tasks.block_the_loop())


@pytest.mark.usefixtures("app")
def test_a_task_that_waits_for_itself_is_told() -> None:
    parent = tasks.wait_for_itself()
    name = f"support.waiting_tasks.wait_for_itself ({parent.invocation_id})"
    with pytest.raises(CycleDetected) as caught:
        value(parent)
    assert str(caught.value) == f"waiting would never end: {name} -> {name}"


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize("kind", ["", "_async"])
def test_a_cycle_is_refused_with_its_path(kind: str) -> None:
    parent: Invocation[int] = getattr(tasks, f"wait_for_one_that_waits{kind}")()
    with pytest.raises(CycleDetected) as caught:
        value(parent)
    (child,) = tasks.app.invocations(task=f"support.waiting_tasks.wait_for{kind}", limit=1)
    name = f"support.waiting_tasks.wait_for_one_that_waits{kind} ({parent.invocation_id})"
    other = f"support.waiting_tasks.wait_for{kind} ({child.invocation_id})"
    assert str(caught.value) == f"waiting would never end: {other} -> {name} -> {other}"


@pytest.mark.usefixtures("app")
def test_a_wait_inside_ones_own_limit_is_refused_with_its_name() -> None:
    with pytest.raises(ConcurrencyDeadlock) as caught:
        value(tasks.wait_within_a_limit(1))
    name = "support.waiting_tasks.wait_within_a_limit"
    assert str(caught.value).startswith(f"{name} (")
    assert str(caught.value).endswith(
        f') needs the limit "{name}", which what waits for it holds; wait for it outside that limit'
    )
    for left in tasks.app.invocations(task=name, status="REGISTERED"):
        left.cancel()


@pytest.mark.usefixtures("app")
def test_too_many_children_are_refused() -> None:
    with pytest.raises(TooManyChildren, match="more than 2,000 invocations would be waited for; wait for them in"):
        value(tasks.wait_for_too_many())


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize("child", ["wait_for_file", "wait_for_file_async"])
def test_what_waits_and_what_runs_can_be_cancelled(tmp_path: Path, child: str) -> None:
    go_on = tmp_path / "go-on"
    running: Invocation[int] = getattr(tasks, child)(str(go_on))
    try:
        assert until(lambda: running.status is Status.RUNNING, PATIENCE)
        paused = [tasks.wait_for_async(running.invocation_id)]
        assert until(lambda: child == "wait_for_file" or paused[0].status is Status.PAUSED, PATIENCE)
        for invocation in (*paused, running):
            assert invocation.cancel()
            assert isinstance(invocation.exception, InvocationCancelled)
    finally:
        go_on.touch()
