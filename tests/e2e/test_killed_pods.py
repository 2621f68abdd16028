"""Pods are killed while work is under way: nothing is lost and nothing ends twice."""

from __future__ import annotations

import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from cluster.operator_process import eventually
from cluster.team import task
from e2e.installation import OPERATOR, RELEASE, batch, pod_of
from pynenc.core.status import Status

NAPS = 200
"""Most of them come from the SDK, so that they are there at once; objects stand for some."""
OBJECTS = 10
NAP_SECONDS = 0.2
LONG_NAP_SECONDS = 20.0
"""Longer than the test can take to kill the pod, and than what a node gives a pod that is deleted by force."""
RESUMED_SECONDS = 10.0
"""The operator sees that the pod is gone and gives up its leases; the leases themselves would take 15 s."""
GREETINGS = 20
STORM = 100
"""Objects of each of three sorts: Tasks that stay, Tasks that go, Invocations."""
RETRIES = 5


def test_a_worker_pod_is_killed_and_all_invocations_end_once(four_pods):
    hello, before = four_pods, four_pods.counts("tasks.nap").get(Status.SUCCESS, 0)
    naps = batch("naps", "nap", OBJECTS, seconds=NAP_SECONDS)
    naps[0]["spec"]["arguments"] = {"seconds": LONG_NAP_SECONDS}
    hello.run("apply", "-f", "-", given=naps)
    hello.submit_naps(NAPS - OBJECTS, NAP_SECONDS)
    pod = eventually(lambda: pod_of(hello, "naps-0"), seconds=60)
    hello.run("delete", "pod", pod, "--force", "--grace-period=0")
    gone_at = time.time()
    hello.run("wait", "pinv", "-l", "batch=naps", "--for=condition=Succeeded", "--timeout=180s")
    statuses = {item["metadata"]["name"]: item["status"] for item in hello.list("pinv", "-l", "batch=naps")}
    assert len(statuses) == OBJECTS
    assert {status["result"] for status in statuses.values()} == {NAP_SECONDS, LONG_NAP_SECONDS}
    eventually(lambda: hello.counts("tasks.nap") == {Status.SUCCESS: before + NAPS}, seconds=60)
    assert statuses["naps-0"]["attempt"] == 2
    resumed = hello.records_of("naps-0")["naps-0"]
    sys.stdout.write(f"ran again {resumed.started - gone_at:.1f} s after its pod was gone\n")
    assert (resumed.attempt, resumed.started - gone_at < RESUMED_SECONDS) == (2, True)
    assert statuses["naps-0"]["worker"] != pod


def test_the_operator_is_killed_in_a_storm_of_objects_and_all_of_it_converges(hello):
    hello.operator_leads()
    before = hello.counts("tasks.greet").get(Status.SUCCESS, 0)
    kept, doomed = ([storm_task(name, number) for number in range(STORM)] for name in ("kept", "doomed"))
    with killing_the_operator(hello, lambda: hello.counts("tasks.greet").get(Status.SUCCESS, 0) > before):
        hello.run("apply", "-f", "-", given=[*kept, *batch("met", "greet", STORM, name="Ada"), *doomed])
    hello.operator_leads()
    for manifest in kept:
        manifest["spec"]["maxRetries"] = RETRIES
    with killing_the_operator(hello, lambda: RETRIES in hello.definitions().values()):
        hello.run("apply", "-f", "-", given=kept)
        hello.run("delete", "ptask", "-l", "storm=doomed", "--wait=false")
    hello.run("wait", "pinv", "-l", "batch=met", "--for=condition=Succeeded", "--timeout=120s")
    eventually(lambda: published(hello) == {f"tasks.kept_{number}": RETRIES for number in range(STORM)}, seconds=90)
    eventually(lambda: all(map(is_up_to_date, hello.list("ptask", "-l", "storm"))), seconds=60)
    assert hello.counts("tasks.greet") == {Status.SUCCESS: before + STORM}
    hello.run("delete", "ptask", "-l", "storm", "--wait=false")


def storm_task(name, number):
    made = task(f"{name}-{number}", appRef={"name": "hello"}, function=f"tasks.{name}_{number}")
    made["metadata"]["labels"] = {"storm": name}
    return made


@contextmanager
def killing_the_operator(hello, when):
    """Kill the operator's pod in the middle of what is done meanwhile, once `when` tells that it has begun."""
    with ThreadPoolExecutor(1) as pool:
        killing = pool.submit(lambda: (eventually(when, seconds=60), kill_the_operator(hello)))
        yield
        killing.result()


def kill_the_operator(hello):
    hello.run("delete", "pod", "-l", OPERATOR, "--force", "--grace-period=0", "--wait=false")


def published(hello):
    """The part of the registry that the storm is about."""
    return {
        name: retries
        for name, retries in hello.definitions().items()
        if name.startswith(("tasks.kept_", "tasks.doomed_"))
    }


def is_up_to_date(manifest):
    """Whether the operator has accepted the Task as it is now."""
    found = {c["type"]: c for c in manifest.get("status", {}).get("conditions", [])}
    accepted = found.get("Accepted", {})
    return (accepted.get("status"), accepted.get("observedGeneration")) == ("True", manifest["metadata"]["generation"])


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
