"""A watch that owes a known change for too long is deaf, and so is a queue that does not move."""

from __future__ import annotations

import aiohttp
import pytest

from pynenc_operator.health import Health, StreamProof
from pynenc_operator.metrics import PoolFigures
from pynenc_operator.plan.result import ObjectKey

TASK = ObjectKey("Task", "a", "x")


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def proof(clock):
    return StreamProof(clock, deaf_seconds=90)


def listing(*versions):
    return [{"metadata": {"namespace": "a", "name": name, "resourceVersion": version}} for name, version in versions]


def test_a_change_that_is_delivered_in_time_is_fine(proof, clock):
    proof.expect(TASK, "5")
    clock.now = 60
    proof.delivered(TASK, "5")
    clock.now = 200
    assert proof.silent() == []


@pytest.mark.parametrize(
    ("delivered", "silent"),
    [
        pytest.param(None, ["Task"], id="nothing"),
        pytest.param("4", ["Task"], id="an older version"),
        pytest.param("5", [], id="this version"),
        pytest.param("6", [], id="a later version"),
    ],
)
def test_a_stream_must_bring_what_is_known_or_better(proof, clock, delivered, silent):
    if delivered:
        proof.delivered(TASK, delivered)
    proof.expect(TASK, "5")
    clock.now = 91
    assert proof.silent() == silent


def test_a_stream_may_take_its_time(proof, clock):
    proof.expect(TASK, "5")
    clock.now = 90
    assert proof.silent() == []


def test_further_changes_give_a_silent_stream_no_more_time(proof, clock):
    proof.expect(TASK, "5")
    clock.now = 60
    proof.expect(TASK, "6")
    clock.now = 91
    assert proof.silent() == ["Task"]


def test_a_list_is_answered_with_what_no_stream_has_brought(proof):
    proof.delivered(TASK, "5")
    assert proof.listed("Task", TASK.namespace, listing((TASK.name, "5"), ("y", "6"))) == {ObjectKey("Task", "a", "y")}
    assert proof.listed("Task", TASK.namespace, listing((TASK.name, "7"))) == {TASK}


def test_what_is_gone_is_not_awaited(proof, clock):
    proof.listed("Task", "a", listing(("x", "5"), ("y", "6")))
    proof.delivered(ObjectKey("Task", "a", "y"), "6")
    proof.listed("Task", "a", listing(("y", "6")))
    clock.now = 91
    assert proof.silent() == []


def test_lists_of_other_kinds_and_namespaces_say_nothing_about_this_one(proof, clock):
    proof.listed("Task", "a", listing(("x", "5")))
    proof.listed("Task", "b", [])
    proof.listed("App", "a", [])
    clock.now = 91
    assert proof.silent() == ["Task"]


def test_a_list_of_all_namespaces_covers_each(proof, clock):
    proof.listed("Task", "", listing(("x", "5")))
    proof.listed("Task", "", [])
    clock.now = 91
    assert proof.silent() == []


def test_a_deleted_object_that_is_made_again_is_awaited_again(proof, clock):
    proof.delivered(TASK, "5")
    proof.delivered(TASK, "6", deleted=True)
    proof.expect(TASK, "7")
    clock.now = 91
    assert proof.silent() == ["Task"]


def test_a_leader_with_a_silent_stream_is_not_alive(proof, clock):
    health = Health(proof, stuck_seconds=90)
    proof.expect(TASK, "5")
    clock.now = 91
    assert health.faults() == []
    health.leading = True
    assert health.faults() == ["the watch of Task is silent"]


def test_a_leader_whose_queue_does_not_move_is_not_alive(proof):
    health = Health(proof, stuck_seconds=90)
    health.leading = True
    assert health.faults() == []
    health.stuck = lambda: 91.0
    assert health.faults() == ["the work queue does not move"]


@pytest.mark.parametrize(
    ("leading", "figures", "status", "answer"),
    [
        pytest.param(True, PoolFigures(42, 5, 3, 3, 3, 1, 2), 200, {"backlog": 42, "desired": 5}, id="known"),
        pytest.param(True, PoolFigures(None, None, 3, 3, 3, None, 2), 503, None, id="the store is not read"),
        pytest.param(True, None, 404, None, id="no such pool"),
        pytest.param(False, PoolFigures(42, 5, 3, 3, 3, 1, 2), 503, None, id="another one leads"),
    ],
)
async def test_autoscalers_are_told_the_backlog_or_that_it_is_not_known(proof, leading, figures, status, answer):
    health = Health(proof, stuck_seconds=90)
    health.leading = leading
    if figures is not None:
        health.memory.tell(ObjectKey("WorkerPool", "a", "main"), figures, is_scaled=True)
    serving = await health.serve("127.0.0.1", 0)
    host, port = serving.addresses[0]
    async with aiohttp.ClientSession(f"http://{host}:{port}") as session:
        async with session.get("/v1/workerpools/a/main/backlog") as response:
            assert (response.status, answer or "error" in await response.json()) == (status, answer or True)
            assert answer is None or await response.json() == answer
        async with session.get("/metrics") as response:
            assert ("pynenc_pool_scale_events_total{" in await response.text()) is (figures is not None)
    await serving.cleanup()
