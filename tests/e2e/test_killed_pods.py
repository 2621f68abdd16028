"""Pods are killed while work is under way: nothing is lost and nothing ends twice."""

from __future__ import annotations

import sys
import time

import pytest

from cluster.operator_process import eventually
from cluster.team import make
from e2e.installation import OPERATOR, RELEASE
from pynenc.core.status import Status

NAPS = 200
NAP_SECONDS = 0.2
LONG_NAP_SECONDS = 20.0
"""Longer than the test can take to kill the pod, and than what a node gives a pod that is deleted by force."""
RESUMED_SECONDS = 19.0
"""A lease of 15 s, which a pod may renew once more in the 2 s that it is given to end, and a sweep each 2 s."""
GREETINGS = 20


def batch(name, task, number, /, **arguments):
    """Manifests of Invocations with a label that finds them."""
    made = [make("Invocation", f"{name}-{n}", taskRef={"name": task}, arguments=arguments) for n in range(number)]
    for manifest in made:
        manifest["metadata"]["labels"] = {"batch": name}
    return made


def pod_of(hello, name):
    """The pod that runs an invocation now."""
    status = hello.get(f"pinv/{name}").get("status", {})
    return status.get("phase") == Status.RUNNING and status.get("worker")


@pytest.fixture
def four_pods(hello):
    hello.run("scale", "ppool/hello", "--replicas=4")
    eventually(lambda: hello.get("ppool/hello")["status"].get("ready") == 4, seconds=120)
    yield hello
    hello.run("scale", "ppool/hello", "--replicas=2")
    eventually(lambda: len(hello.list("pods", "-l", "pynenc.io/component=worker")) == 2, seconds=120)


def test_a_worker_pod_is_killed_and_all_invocations_end_once(four_pods):
    hello = four_pods
    naps = batch("naps", "nap", NAPS, seconds=NAP_SECONDS)
    naps[0]["spec"]["arguments"] = {"seconds": LONG_NAP_SECONDS}
    hello.run("apply", "-f", "-", given=naps)
    pod = eventually(lambda: pod_of(hello, "naps-0"), seconds=60)
    hello.run("delete", "pod", pod, "--force", "--grace-period=0")
    gone_at = time.time()
    hello.run("wait", "pinv", "-l", "batch=naps", "--for=condition=Succeeded", "--timeout=180s")
    statuses = {item["metadata"]["name"]: item["status"] for item in hello.list("pinv", "-l", "batch=naps")}
    assert len(statuses) == NAPS
    assert {status["result"] for status in statuses.values()} == {NAP_SECONDS, LONG_NAP_SECONDS}
    assert hello.counts("tasks.nap") == {Status.SUCCESS: NAPS}
    assert statuses["naps-0"]["attempt"] == 2
    (attempt, started_at), *_ = hello.starts("naps-0").values()
    sys.stdout.write(f"ran again {started_at - gone_at:.1f} s after its pod was gone\n")
    assert (attempt, started_at - gone_at < RESUMED_SECONDS) == (2, True)
    assert statuses["naps-0"]["worker"] != pod


def test_the_operator_is_killed_while_objects_arrive_and_each_is_enqueued_once(hello):
    hello.operator_leads()
    before = hello.counts("tasks.greet").get(Status.SUCCESS, 0)
    hello.run("delete", "pod", "-l", OPERATOR, "--force", "--grace-period=0", "--wait=false")
    hello.run("apply", "-f", "-", given=batch("met", "greet", GREETINGS, name="Ada"))
    hello.run("wait", "pinv", "-l", "batch=met", "--for=condition=Succeeded", "--timeout=120s")
    assert hello.counts("tasks.greet") == {Status.SUCCESS: before + GREETINGS}


def test_objects_made_while_there_is_no_operator_are_enqueued_once_when_it_comes(hello):
    before = hello.counts("tasks.greet").get(Status.SUCCESS, 0)
    hello.run("scale", f"deployment/{RELEASE}", "--replicas=0")
    eventually(lambda: hello.operator_pods() == [], seconds=60)
    hello.run("apply", "-f", "-", given=batch("missed", "greet", GREETINGS, name="Ada"))
    assert [item for item in hello.list("pinv", "-l", "batch=missed") if item.get("status")] == []
    hello.run("scale", f"deployment/{RELEASE}", "--replicas=1")
    hello.run("wait", "pinv", "-l", "batch=missed", "--for=condition=Succeeded", "--timeout=120s")
    assert hello.counts("tasks.greet") == {Status.SUCCESS: before + GREETINGS}
    hello.operator_leads()
