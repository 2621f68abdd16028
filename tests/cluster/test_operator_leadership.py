"""One operator works, another stands by; whatever dies at whatever moment, each object is enqueued once."""

from __future__ import annotations

import os
import signal

from cluster.operator_process import eventually
from cluster.team import app, invocation, pool, task
from pynenc.core.status import Status


def queued(store):
    """How many invocations of the Task there are, in any state."""
    return sum(store.orchestrator.counts().by_task.get("tasks.add", {}).values())


def test_a_second_operator_stands_by_and_takes_over(team, server, start, store):
    first = start("first").wait_for("leading")
    second = start("second").wait_for("standing by")
    team.apply(app(server.url), pool(), task(), invocation("one"))
    team.wait("pinv/one", "Accepted")
    assert second.writes() == 0
    first.kill()
    second.wait_for("leading")
    team.apply(invocation("two"))
    team.wait("pinv/two", "Accepted")
    assert store.orchestrator.counts().by_task["tasks.add"] == {Status.REGISTERED: 2}


def test_an_operator_that_is_stopped_hands_over_at_once(team, server, start):
    first = start("first").wait_for("leading")
    second = start("second").wait_for("standing by")
    assert first.stop() == 0
    second.wait_for("leading", seconds=3)


def test_an_operator_that_lost_its_lease_ends_with_an_error(team, server, start):
    first = start("first").wait_for("leading")
    os.kill(first.process.pid, signal.SIGSTOP)
    second = start("second").wait_for("leading")
    os.kill(first.process.pid, signal.SIGCONT)
    assert first.process.wait(timeout=20) == 1
    assert second.ask("/healthz") == (200, "ok")


def test_an_operator_killed_between_apply_and_enqueue_enqueues_once(team, server, start, store):
    first = start("first").wait_for("leading")
    team.apply(app(server.url), pool(), task())
    team.wait("ptask/add", "Ready")
    names = [f"i{number}" for number in range(10)]
    server.process.send_signal(signal.SIGSTOP)
    team.apply(*map(invocation, names))
    # The store answers nothing, so the first requests are under way when the operator dies, the others unsent.
    first.kill()
    server.process.send_signal(signal.SIGCONT)
    assert queued(store) < len(names)
    start("second").wait_for("leading")
    for name in names:
        team.wait(f"pinv/{name}", "Accepted")
    assert store.orchestrator.counts().by_task["tasks.add"] == {Status.REGISTERED: len(names)}


def test_a_store_that_comes_back_empty_is_filled_again(team, server, start, store):
    start().wait_for("leading")
    team.apply(app(server.url), pool(), task(), invocation())
    team.wait("pinv/once", "Accepted")
    server.kill()
    server.start()
    eventually(lambda: queued(store) == 1, seconds=60)
    eventually(lambda: "tasks.add" in store.orchestrator.definitions(), seconds=30)
    status = store.state_backend.records([team.get("pinv/once")["status"]["invocationID"]])[0].status
    assert status is Status.REGISTERED


def test_an_operator_of_an_older_leader_ends_with_an_error(team, server, start, store):
    operator = start().wait_for("leading")
    team.apply(app(server.url), pool(), task())
    team.wait("ptask/add", "Ready")
    store.orchestrator.open(epoch=2**52)
    team.apply(task("other"))
    assert operator.process.wait(timeout=30) == 1
