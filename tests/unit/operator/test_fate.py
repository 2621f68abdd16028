"""Why a pod is gone is read from the last that was seen of it."""

from __future__ import annotations

import pytest

from pynenc_operator.plan.fate import GONE, Fate, fate_of, has_no_runner
from pynenc_operator.reconcile.pools import FATES, PoolMemory
from unit.operator.builders import make_pod

RUNNING = {"running": {"startedAt": "2026-11-25T12:00:00Z"}}


def ended(reason="Error", code=1):
    return {"terminated": {"reason": reason, "exitCode": code}}


def disrupted(reason, status="True"):
    return {"conditions": [{"type": "DisruptionTarget", "status": status, "reason": reason}]}


@pytest.mark.parametrize(
    ("pod", "fate"),
    [
        pytest.param(make_pod("a"), GONE, id="nothing is known"),
        pytest.param(
            make_pod("a", phase="Failed", reason="Evicted", message="The node was low on memory."),
            Fate("was evicted: The node was low on memory.", is_to_blame=True),
            id="evicted by its node",
        ),
        pytest.param(make_pod("a", phase="Failed", reason="Evicted"), Fate("was evicted", is_to_blame=True), id="mute"),
        pytest.param(
            make_pod("a", state=ended("OOMKilled", 137)), Fate("was OOMKilled", is_to_blame=True), id="memory"
        ),
        pytest.param(
            make_pod("a", state=RUNNING, last_state=ended("OOMKilled", 137)),
            Fate("was OOMKilled", is_to_blame=True),
            id="memory, and started anew",
        ),
        pytest.param(
            make_pod("a", **disrupted("DeletionByTaintManager")),
            Fate("was on a node that was lost or tainted"),
            id="node lost",
        ),
        pytest.param(make_pod("a", **disrupted("Whim")), Fate("was disrupted: Whim"), id="a reason to come"),
        pytest.param(make_pod("a", **disrupted("Whim", "False")), GONE, id="no disruption"),
        pytest.param(make_pod("a", deletionTimestamp="2026-11-25T12:00:00Z"), Fate("was deleted"), id="deleted"),
        pytest.param(make_pod("a", state=ended()), Fate("ended with exit code 1", is_to_blame=True), id="ended"),
        pytest.param(
            make_pod("a", state=RUNNING, last_state=ended(code=3)),
            Fate("ended with exit code 3", is_to_blame=True),
            id="ended before",
        ),
    ],
)
def test_fates(pod, fate):
    assert fate_of(pod) == fate


@pytest.mark.parametrize(
    ("pod", "expected"),
    [
        pytest.param(make_pod("a", state=RUNNING), False, id="it runs"),
        pytest.param(make_pod("a", phase="Pending"), False, id="it may start yet"),
        pytest.param(make_pod("a", state={"waiting": {}}), False, id="it waits for its first start"),
        pytest.param(make_pod("a", state={"waiting": {}}, restarts=1), True, id="it waits to be started anew"),
        pytest.param(make_pod("a", state=ended()), True, id="its container has ended"),
        pytest.param(make_pod("a", phase="Failed"), True, id="it has ended"),
    ],
)
def test_what_runs_nothing(pod, expected):
    assert has_no_runner(pod) is expected


def test_the_last_fate_that_was_seen_is_kept_for_a_while():
    memory = PoolMemory()
    memory.seen(make_pod("a", state=ended("OOMKilled")))
    memory.seen(make_pod("a"))
    assert memory.fate("uid-of-a").how == "was OOMKilled"
    for number in range(FATES):
        memory.seen(make_pod(str(number), state=ended()))
    assert memory.fate("uid-of-a") == GONE
