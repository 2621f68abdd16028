"""The size of a pool follows demand within bounds, windows and policies, down only after it was watched for long."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pynenc.api.v1alpha1 import Scaling
from pynenc_operator.plan.demand import Demand
from pynenc_operator.plan.scaling import ScalingHistory, asked, decide, mode_of, per_slot_of, scaling_of
from unit.operator.builders import NOW, make_pool


def scaling(up=None, down=None, **knobs):
    behavior = {"scaleUp": up or {}, "scaleDown": down or {}}
    return Scaling.from_dict({"maxReplicas": 100, "behavior": behavior, **knobs})


class Pool:
    """A pool of 2 slots a pod, over time: `look` decides once so many seconds after the last look."""

    def __init__(self, size=0, **knobs):
        self.scaling = scaling(**knobs)
        self.now, self.size = NOW, size
        self.history = ScalingHistory.beginning(NOW)
        self.decision = None

    def look(self, backlog=0, running=0, after=0.0, finished=0):
        self.now += timedelta(seconds=after)
        self.decision = decide(self.scaling, 2, Demand(backlog, running, finished), self.size, self.history, self.now)
        self.size, self.history = self.decision.replicas, self.decision.history
        return self.size

    def settled(self, seconds=1000.0):
        """It has been looked at for long, and nothing was to be done."""
        self.history = replace(ScalingHistory.beginning(self.now), busy_at=self.now)
        self.now += timedelta(seconds=seconds)
        self.history = replace(self.history, busy_at=self.now)
        return self


@pytest.mark.parametrize(
    ("spec", "mode"),
    [
        pytest.param({"replicas": 3}, "Manual", id="a number"),
        pytest.param({"replicas": None}, "Native", id="nothing"),
        pytest.param({"scaling": {}}, "Native", id="defaults"),
        pytest.param({"scaling": {"mode": "External"}, "replicas": 1}, "External", id="a mode"),
    ],
)
def test_the_mode(spec, mode):
    assert mode_of(make_pool(**spec).spec) == mode


def test_without_knobs_the_defaults_hold():
    assert scaling_of(make_pool(replicas=None).spec) == Scaling()


@pytest.mark.parametrize(
    ("knobs", "demand", "duration", "pods"),
    [
        pytest.param({}, Demand(0, 0), None, 0, id="nothing to run"),
        pytest.param({}, Demand(1, 0), None, 1, id="one"),
        pytest.param({}, Demand(4, 3), None, 4, id="a slot each"),
        pytest.param({"targetBacklogPerSlot": 30}, Demand(120, 0), None, 2, id="some for each slot"),
        pytest.param({"targetBacklogPerSlot": 30}, Demand(1, 7), None, 4, id="no fewer slots than are in use"),
        pytest.param({"targetQueueLatencySeconds": 10}, Demand(100, 0), None, 1, id="a latency, and nothing known"),
        pytest.param({"targetQueueLatencySeconds": 10}, Demand(100, 0), 1.0, 5, id="ten a slot in ten seconds"),
        pytest.param({"targetQueueLatencySeconds": 10}, Demand(100, 4), 60.0, 52, id="none ends in time: a slot each"),
        pytest.param(
            {"targetQueueLatencySeconds": 10, "targetBacklogPerSlot": 5}, Demand(100, 0), 1.0, 10, id="both: the most"
        ),
        pytest.param(
            {"targetQueueLatencySeconds": 10, "targetBacklogPerSlot": 50}, Demand(100, 0), None, 1, id="both, unknown"
        ),
    ],
)
def test_what_demand_asks_for(knobs, demand, duration, pods):
    assert asked(scaling(**knobs), 2, demand, duration) == pods


def test_up_goes_at_once_and_down_after_the_window():
    pool = Pool()
    assert pool.look(backlog=10) == 5
    assert pool.look(running=2, after=10) == 5
    assert pool.decision.limit == "the window of behavior.scaleDown"
    assert pool.look(running=2, after=289) == 5
    assert pool.look(running=2, after=11) == 1
    assert pool.decision.limit == ""


def test_down_goes_to_the_highest_of_the_window():
    pool = Pool(size=9, down={"stabilizationWindowSeconds": 60}).settled()
    pool.look(backlog=12)
    pool.look(backlog=4, after=30)
    assert pool.look(backlog=2, after=20) == 6
    assert pool.look(backlog=2, after=20) == 2


def test_a_new_process_removes_nothing_before_the_window_has_passed():
    pool = Pool(size=8, down={"stabilizationWindowSeconds": 60})
    assert [pool.look(running=2, after=29) for _ in range(3)] == [8, 8, 1]


def test_an_idle_pool_goes_to_nothing_after_its_time():
    pool = Pool(size=3, idleTimeoutSeconds=20).settled()
    assert pool.look(running=6) == 3
    assert pool.look(after=19) == 3
    assert pool.look(after=2) == 0


def test_a_pool_that_was_idle_for_less_keeps_one_pod():
    pool = Pool(size=3, idleTimeoutSeconds=20, down={"stabilizationWindowSeconds": 0}).settled()
    assert pool.look(running=1) == 1
    assert pool.look(after=10) == 1
    assert pool.decision.limit == "idleTimeoutSeconds"
    assert pool.look(after=10) == 0


def test_no_time_to_be_idle_is_not_no_window():
    pool = Pool(size=3, idleTimeoutSeconds=0).settled()
    pool.look(running=6)
    assert pool.look(running=1, after=10) == 3
    assert pool.look(after=10) == 0


@pytest.mark.parametrize(
    ("knobs", "backlog", "size", "limit"),
    [
        pytest.param({"maxReplicas": 4}, 100, 4, "maxReplicas 4", id="the most"),
        pytest.param({"minReplicas": 2}, 0, 2, "minReplicas 2", id="the fewest"),
        pytest.param({"minReplicas": 2}, 5, 3, "", id="in between"),
    ],
)
def test_bounds(knobs, backlog, size, limit):
    pool = Pool(**knobs)
    assert pool.look(backlog=backlog) == size
    assert pool.decision.limit == limit


def test_a_lower_maximum_holds_at_once():
    pool = Pool(size=8)
    pool.look(backlog=16)
    pool.scaling = scaling(maxReplicas=3)
    assert pool.look(backlog=16, after=1) == 3


def test_directions_can_be_disabled_within_the_bounds():
    pool = Pool(size=2, up={"selectPolicy": "Disabled"}, down={"selectPolicy": "Disabled"}, minReplicas=1).settled()
    assert pool.look(backlog=50) == 2
    assert pool.decision.limit == "behavior.scaleUp, which is Disabled"
    assert pool.look(after=1000) == 2
    assert pool.decision.limit == "behavior.scaleDown, which is Disabled"
    pool.scaling = scaling(up={"selectPolicy": "Disabled"}, minReplicas=4)
    assert pool.look() == 4


def test_up_waits_for_its_window():
    pool = Pool(up={"stabilizationWindowSeconds": 30})
    pool.look()
    assert pool.look(backlog=8, after=20) == 0
    assert pool.decision.limit == "the window of behavior.scaleUp"
    assert pool.look(backlog=6, after=20) == 3


PODS = {"type": "Pods", "value": 2, "periodSeconds": 60}
PERCENT = {"type": "Percent", "value": 100, "periodSeconds": 60}


@pytest.mark.parametrize(
    ("select", "sizes"),
    [
        pytest.param("Max", [2, 2, 4, 4, 8], id="the policy that allows most"),
        pytest.param("Min", [2, 2, 4, 4, 6], id="the policy that allows least"),
    ],
)
def test_up_is_not_faster_than_its_policies(select, sizes):
    pool = Pool(up={"policies": [PODS, PERCENT], "selectPolicy": select})
    assert [pool.look(backlog=100, after=after) for after in (0, 59, 1, 59, 1)] == sizes
    assert pool.decision.limit == "a policy of behavior.scaleUp"


@pytest.mark.parametrize(
    ("select", "sizes"),
    [
        pytest.param("Max", [4, 4, 2, 2, 1], id="the policy that allows most"),
        pytest.param("Min", [6, 6, 4, 4, 2], id="the policy that allows least"),
    ],
)
def test_down_is_not_faster_than_its_policies(select, sizes):
    half = {**PERCENT, "value": 50}
    down = {"policies": [PODS, half], "selectPolicy": select, "stabilizationWindowSeconds": 0}
    pool = Pool(down=down)
    pool.look(backlog=16)
    assert [pool.look(running=2, after=after) for after in (1, 59, 1, 59, 61)] == sizes


def test_how_long_invocations_take_is_measured():
    pool = Pool(targetQueueLatencySeconds=5)
    pool.look(backlog=100)
    assert pool.look(backlog=100, running=2, after=10, finished=20) == 11  # 1 second each: 5 a slot
    assert pool.history.duration_seconds == 1
    pool.look(backlog=100, running=2, after=10, finished=25)
    assert pool.history.duration_seconds == pytest.approx(0.7 * 1 + 0.3 * 4)
    pool.look(backlog=100, running=2, after=10, finished=25)
    pool.look(backlog=100, running=0, after=10, finished=26)
    assert pool.history.duration_seconds == pytest.approx(0.7 * 1 + 0.3 * 4)
    pool.look(backlog=100, running=2, after=0, finished=27)
    assert pool.history.duration_seconds == pytest.approx(0.7 * 1.9 + 0.3 * 20)
    pool.look(backlog=100, after=10, finished=3)  # counted anew
    assert pool.history.finished.number == 3


@pytest.mark.parametrize(
    ("knobs", "why"),
    [
        pytest.param({}, "backlog 120, 7 running, target 1 per slot, 2 slots per pod", id="defaults"),
        pytest.param(
            {"targetQueueLatencySeconds": 1.5},
            "backlog 120, 7 running, target latency 1.5s, 2 slots per pod",
            id="a latency",
        ),
        pytest.param(
            {"targetQueueLatencySeconds": 10, "targetBacklogPerSlot": 30},
            "backlog 120, 7 running, target latency 10s and target 30 per slot, 2 slots per pod",
            id="both",
        ),
    ],
)
def test_the_reasoning_is_told(knobs, why):
    pool = Pool(**knobs)
    pool.look(backlog=120, running=7)
    assert pool.decision.why == why


def test_history_is_bounded():
    pool = Pool(size=3)
    for turn in range(4000):
        pool.look(backlog=turn % 2 * 50, after=7)
    assert len(pool.history.wanted) <= 300 / 7 + 1
    assert len(pool.history.sizes) <= 1800 / 7 + 2


KNOBS = st.fixed_dictionaries(
    {
        "minReplicas": st.integers(0, 3),
        "maxReplicas": st.integers(3, 20),
        "targetBacklogPerSlot": st.none() | st.integers(1, 50),
        "targetQueueLatencySeconds": st.none() | st.floats(0.1, 100),
        "idleTimeoutSeconds": st.integers(0, 100),
        "up": st.fixed_dictionaries({"stabilizationWindowSeconds": st.integers(0, 60)}),
        "down": st.fixed_dictionaries({"policies": st.lists(st.just(PODS) | st.just(PERCENT), max_size=2)}),
    }
)
LOOKS = st.lists(st.tuples(st.integers(0, 200), st.integers(0, 20), st.floats(0, 400)), max_size=30)


@given(knobs=KNOBS, looks=LOOKS, start=st.integers(0, 20))
def test_a_size_is_always_within_its_bounds_and_on_the_way_to_what_is_asked_for(knobs, looks, start):
    pool = Pool(size=start, **knobs)
    for backlog, running, after in looks:
        before = pool.size
        size = pool.look(backlog, running, after)
        assert pool.scaling.min_replicas <= size <= pool.scaling.max_replicas
        wanted = pool.history.wanted[-1].number
        assert min(before, wanted) <= size <= max(before, wanted)
        assert per_slot_of(pool.scaling, pool.history.duration_seconds) >= 1
