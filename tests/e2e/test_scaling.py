"""A pool grows from nothing with its first invocations, keeps the pod that works, and goes back to nothing."""

from __future__ import annotations

import time

import pytest

from cluster.operator_process import eventually
from cluster.team import make
from e2e.installation import RELEASE
from pynenc.core.status import Status

GROWN_SECONDS = 5
SHORT, LONG = 2.0, 25.0
PODS = ("pods", "-l", "pynenc.io/pool=elastic")
SCALING = {
    "maxReplicas": 3,
    "idleTimeoutSeconds": 2,
    "behavior": {"scaleDown": {"stabilizationWindowSeconds": 2}},
}


def size(hello):
    return ((hello.get("deployment/elastic") or {}).get("spec") or {}).get("replicas")


def naps(*seconds):
    """Invocations that a pod of one slot runs one by one."""
    return [
        make("Invocation", f"elastic-{number}", taskRef={"name": "elastic-nap"}, arguments={"seconds": each})
        for number, each in enumerate(seconds)
    ]


@pytest.fixture
def elastic(hello):
    """An App of its own beside the example, and a pool without pods."""
    reference = {"name": "elastic"}
    app = make("App", "elastic", redis={"urlSecretRef": {"name": f"{RELEASE}-redis", "key": "url"}})
    parameters = {"type": "object", "properties": {"seconds": {"type": "number"}}}
    task = make("Task", "elastic-nap", appRef=reference, function="tasks.nap", parameters=parameters)
    spec = {"appRef": reference, "image": hello.images.example, "entrypoint": "tasks:app", "slots": 1}
    hello.apply(app, task, make("WorkerPool", "elastic", scaling=SCALING, **spec))
    eventually(lambda: size(hello) == 0, seconds=60)
    yield hello
    hello.delete("ppool/elastic", "ptask/elastic-nap", "papp/elastic")


def test_a_pool_grows_from_nothing_and_the_pod_that_works_stays_to_the_end(elastic):
    began = time.monotonic()
    elastic.apply(*naps(LONG, *[SHORT] * 5))
    eventually(lambda: size(elastic) == 3, seconds=60)
    assert time.monotonic() - began < GROWN_SECONDS
    elastic.run("wait", *(f"pinv/elastic-{n}" for n in range(1, 6)), "--for=condition=Succeeded", "--timeout=120s")
    left = eventually(lambda: len(found := elastic.list(*PODS)) == 1 and found, seconds=60)
    long = elastic.get("pinv/elastic-0")["status"]
    if long["phase"] == Status.RUNNING:  # on a slow machine it may have ended by now
        assert long["worker"] == left[0]["metadata"]["name"]
    elastic.run("wait", "pinv/elastic-0", "--for=condition=Succeeded", "--timeout=120s")
    eventually(lambda: elastic.list(*PODS) == [], seconds=90)
    attempts = [elastic.get(f"pinv/elastic-{number}")["status"]["attempt"] for number in range(6)]
    assert attempts == [1] * 6
