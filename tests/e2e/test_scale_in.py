"""Pools get smaller under load, again and again: no pod that works goes while there is one that does not."""

from __future__ import annotations

import itertools
import os
from datetime import datetime
from random import Random

import pytest

from cluster.operator_process import eventually
from cluster.team import make
from e2e.installation import RELEASE, is_ready, pod_of

ROUNDS = int(os.environ.get("PYNENC_SCALE_IN_ROUNDS", "1"))
NAP_SECONDS = 6.0
NAPS_SECONDS = (1.0, 2.0, 7.0)
NAME = "shrinking"
SCALING = {
    "maxReplicas": 5,
    "idleTimeoutSeconds": 1,
    "behavior": {"scaleDown": {"stabilizationWindowSeconds": 1}},
}


class Pool:
    """A pool of one slot a pod, of an App of its own beside the example."""

    def __init__(self, hello):
        self.hello = hello
        self._rounds = itertools.count()

    def make(self):
        reference = {"name": NAME}
        app = make("App", NAME, redis={"urlSecretRef": {"name": f"{RELEASE}-redis", "key": "url"}})
        parameters = {"type": "object", "properties": {"seconds": {"type": "number"}}}
        task = make("Task", NAME, appRef=reference, function="tasks.nap", parameters=parameters)
        spec = {"appRef": reference, "image": self.hello.images.example, "entrypoint": "tasks:app", "slots": 1}
        self.hello.apply(app, task, make("WorkerPool", NAME, scaling=SCALING, **spec))

    def delete(self):
        self.hello.delete(f"ppool/{NAME}", f"ptask/{NAME}", f"papp/{NAME}")

    def pods(self):
        """All its pods, also those on their way out."""
        return self.hello.list("pods", "-l", f"pynenc.io/pool={NAME}")

    def staying(self):
        """Names of its pods that are ready and not on their way out."""
        return {pod["metadata"]["name"] for pod in self.pods() if is_ready(pod) and not told_to_go(pod)}

    def resize(self, number):
        """Set its size by hand, and wait for it; names of its pods."""
        self.hello.patch(f"ppool/{NAME}", scaling=None, replicas=number)
        eventually(lambda: len(self.pods()) == number == len(self.staying()), seconds=120)
        return self.staying()

    def nap(self, *seconds):
        """Submit invocations; names of their objects."""
        prefix = f"{NAME}-{next(self._rounds)}"
        names = [f"{prefix}-{number}" for number in range(len(seconds))]
        reference = {"name": NAME}
        pairs = zip(names, seconds, strict=True)
        self.hello.apply(*(make("Invocation", name, taskRef=reference, arguments={"seconds": s}) for name, s in pairs))
        return names

    def succeeded(self, names):
        """Whether all of them have."""
        return all((self.hello.condition(f"pinv/{name}", "Succeeded") or ("",))[0] == "True" for name in names)


def told_to_go(pod):
    """When a pod was told to go, to the second; None if it was not."""
    metadata = pod["metadata"]
    if "deletionTimestamp" not in metadata:
        return None
    return datetime.fromisoformat(metadata["deletionTimestamp"]).timestamp() - metadata["deletionGracePeriodSeconds"]


@pytest.fixture(scope="module")
def pool(installed):
    made = Pool(installed)
    made.make()
    yield made
    made.delete()


def shrink_by_hand(pool, random):
    """Whoever sets the size gets it at once, so pods that work go as well if there are not enough others."""
    number = random.randint(3, 5)
    before = pool.resize(number)
    names = pool.nap(*[NAP_SECONDS] * random.randint(1, number - 1))
    busy = eventually(lambda: all(pods := {pod_of(pool.hello, name) for name in names}) and pods, seconds=60)
    left = random.randint(1, number - 1)
    pool.hello.run("scale", f"ppool/{NAME}", f"--replicas={left}")
    gone = eventually(lambda: len(gone := before - pool.staying()) == number - left and gone, seconds=60)
    assert gone >= before - busy or not gone & busy, (before, busy, gone)
    return names


def shrink_by_demand(pool, random):
    """Where the operator decides, pods that work stay until their work is done."""
    pool.hello.patch(f"ppool/{NAME}", scaling=SCALING, replicas=None)
    names = pool.nap(*(random.choice(NAPS_SECONDS) for _ in range(random.randint(3, 5))))
    gone = {}

    def done():
        gone.update({pod["metadata"]["name"]: at for pod in pool.pods() if (at := told_to_go(pod))})
        return pool.succeeded(names)

    eventually(done, seconds=120)
    for name, record in pool.hello.records_of(*names, app=NAME).items():
        pod = pool.hello.get(f"pinv/{name}")["status"]["worker"]
        assert record.changed < gone.get(pod, record.changed) + 1, (name, pod, record, gone)
    return names


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_no_pod_that_works_goes_while_there_is_one_that_does_not(pool, seed):
    shrink = (shrink_by_hand, shrink_by_demand)[seed % 2]
    names = shrink(pool, Random(seed))
    eventually(lambda: pool.succeeded(names), seconds=60)
    assert {(record.attempt, record.losses) for record in pool.hello.records_of(*names, app=NAME).values()} == {(1, 0)}
