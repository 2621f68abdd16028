"""Pods that go are idle ones, drained before they go; more are chosen only once Kubernetes has done its part."""

from __future__ import annotations

import pytest

from pynenc.core.records import WorkerInfo
from pynenc_operator.plan.rollout import Rollout
from pynenc_operator.plan.scale_in import CHEAP, COST_ANNOTATION, PodLoad, costs, is_settled, leaving, loads_of
from pynenc_operator.plan.sizing import size_now, wanted_size
from unit.operator.builders import make_pod, make_pool


def load(name, held=0, created="2026-11-25T12:00:00Z", ready=True, cost=0):
    return PodLoad(name, f"uid-of-{name}", created, ready, held, cost)


def names(loads):
    return [each.name for each in loads]


def test_pods_are_read_with_what_their_workers_hold():
    pods = [
        make_pod("a"),
        make_pod("b", ready=False, annotations={COST_ANNOTATION: "7"}),
        make_pod("leaving", deletionTimestamp="2026-11-25T12:00:00Z"),
        make_pod("evicted", phase="Failed"),
    ]
    workers = [WorkerInfo(f"w{n}", pod_uid="uid-of-a", held=n) for n in range(3)]
    created = pods[0]["metadata"]["creationTimestamp"]
    assert loads_of(pods, workers) == [load("a", 3, created), load("b", 0, created, ready=False, cost=7)]


@pytest.mark.parametrize(
    ("number", "marked", "gone"),
    [
        pytest.param(0, [], [], id="none"),
        pytest.param(-2, [], [], id="fewer than none"),
        pytest.param(1, [], ["starting"], id="Kubernetes takes what is not ready"),
        pytest.param(3, [], ["starting", "young", "old"], id="then idle ones, the newest first"),
        pytest.param(2, ["old"], ["starting", "old"], id="of equals the one that is drained already"),
        pytest.param(5, ["busy"], ["starting", "young", "old", "light", "busy"], id="what holds least first"),
    ],
)
def test_who_leaves(number, marked, gone):
    loads = [
        load("busy", held=3),
        load("old", created="2026-11-24T12:00:00Z"),
        load("light", held=1),
        load("young"),
        load("starting", ready=False),
    ]
    assert names(leaving(loads, number, {f"uid-of-{name}" for name in marked})) == gone


def test_costs_are_written_where_they_change():
    loads = [load("stays"), load("goes"), load("stays-after-all", cost=CHEAP), load("goes-as-before", cost=CHEAP)]
    assert costs(loads, [loads[1], loads[3]]) == {"goes": CHEAP, "stays-after-all": 0}


@pytest.mark.parametrize(
    ("rollout", "loads", "settled"),
    [
        pytest.param(Rollout(2, 2, 2, 2, reported=True), 2, True, id="all there"),
        pytest.param(Rollout(2, 2, 2, 2, reported=False), 2, False, id="not reported"),
        pytest.param(Rollout(2, 3, 3, 3, reported=True), 3, False, id="one to be removed"),
        pytest.param(Rollout(2, 2, 2, 1, reported=True), 2, False, id="one to be replaced"),
        pytest.param(Rollout(2, 2, 2, 2, reported=True), 1, False, id="one on its way out"),
    ],
)
def test_when_kubernetes_has_done_what_it_was_told(rollout, loads, settled):
    assert is_settled(rollout, 2, [load(str(number)) for number in range(loads)]) is settled


@pytest.mark.parametrize(
    ("wanted", "current", "pods", "idle", "settled", "told"),
    [
        pytest.param(5, 3, 3, 0, False, 5, id="up at once"),
        pytest.param(3, 3, 3, 0, True, 3, id="as it is"),
        pytest.param(1, 4, 4, 2, True, 2, id="as many as are idle"),
        pytest.param(1, 4, 4, 3, True, 1, id="all that are to go"),
        pytest.param(1, 4, 5, 3, False, 4, id="not before the last change is done"),
        pytest.param(1, 9, 2, 0, False, 2, id="pods that could not be made are asked for no more"),
        pytest.param(3, 9, 2, 0, False, 3, id="but those that are wanted"),
    ],
)
def test_what_the_deployment_is_told(wanted, current, pods, idle, settled, told):
    assert size_now(wanted, current, pods, idle, settled=settled) == told


@pytest.mark.parametrize(
    ("spec", "current", "size"),
    [
        pytest.param({"replicas": 3}, 1, 3, id="by hand"),
        pytest.param({"scaling": {"mode": "Manual"}}, None, 1, id="by hand, and nothing said"),
        pytest.param({"replicas": 3, "paused": True}, 1, 1, id="paused"),
        pytest.param({"replicas": 3, "paused": True}, None, 3, id="paused before it began"),
        pytest.param({"scaling": {"minReplicas": 2}}, None, 2, id="nothing known, no pods"),
        pytest.param({"scaling": {"minReplicas": 2}}, 7, 7, id="nothing known"),
    ],
)
def test_the_size_that_is_wanted(spec, current, size):
    assert wanted_size(make_pool(**spec), current, None) == size
