"""Pods are killed while work is under way: nothing is lost and nothing ends twice."""

from __future__ import annotations

import pytest

from cluster.operator_process import eventually
from cluster.team import make
from e2e.installation import OPERATOR, RELEASE
from pynenc.core.status import Status

NAPS = 50
NAP_SECONDS = 5.0
"""Longer than what a node gives a pod that is deleted by force, so that a nap just begun cannot end in it."""
GREETINGS = 20


def batch(name, task, number, **arguments):
    """Manifests of Invocations with a label that finds them."""
    made = [make("Invocation", f"{name}-{n}", taskRef={"name": task}, arguments=arguments) for n in range(number)]
    for manifest in made:
        manifest["metadata"]["labels"] = {"batch": name}
    return made


def running(hello, name):
    """The names of invocations of a batch that run, with their pods."""
    found = hello.list("pinv", "-l", f"batch={name}")
    statuses = {item["metadata"]["name"]: item.get("status", {}) for item in found}
    return {name: s.get("worker") for name, s in statuses.items() if s.get("phase") == Status.RUNNING}


def just_begun(hello, name):
    """An invocation that did not run at the look before, and its pod."""
    before = set(eventually(lambda: running(hello, name), seconds=60))
    seen = []

    def look():
        now = running(hello, name)
        new = [(invocation, pod) for invocation, pod in now.items() if invocation not in before and pod]
        before.update(now)
        seen.extend(new)
        return new

    return eventually(look, seconds=60)[0]


@pytest.fixture
def four_pods(hello):
    hello.run("scale", "ppool/hello", "--replicas=4")
    eventually(lambda: hello.get("ppool/hello")["status"].get("ready") == 4, seconds=120)
    yield hello
    hello.run("scale", "ppool/hello", "--replicas=2")
    eventually(lambda: len(hello.list("pods", "-l", "pynenc.io/component=worker")) == 2, seconds=120)


def test_a_worker_pod_is_killed_and_all_invocations_end_once(four_pods):
    hello = four_pods
    hello.run("apply", "-f", "-", given=batch("naps", "nap", NAPS, seconds=NAP_SECONDS))
    interrupted, pod = just_begun(hello, "naps")
    hello.run("delete", "pod", pod, "--force", "--grace-period=0")
    hello.run("wait", "pinv", "-l", "batch=naps", "--for=condition=Succeeded", "--timeout=180s")
    statuses = {item["metadata"]["name"]: item["status"] for item in hello.list("pinv", "-l", "batch=naps")}
    assert len(statuses) == NAPS
    assert {status["result"] for status in statuses.values()} == {NAP_SECONDS}
    assert hello.counts("tasks.nap") == {Status.SUCCESS: NAPS}
    assert statuses[interrupted]["attempt"] == 2
    assert statuses[interrupted]["worker"] != pod


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
