"""What README promises: the example is applied, runs, and shows itself to kubectl."""

from __future__ import annotations

import pytest

from cluster.operator_process import eventually
from cluster.team import make

HELLO = "pinv/add-2-and-3"
TASKS = ("ptask/add", "ptask/greet", "ptask/nap")


def rows(hello, kind):
    """The columns that kubectl prints, as a dict by name without the age."""
    header, *lines = [line.split()[:-1] for line in hello.run("get", kind).splitlines()]
    return header, {line[0]: line[1:] for line in lines}


def test_the_invocation_succeeds_and_shows_its_result(hello):
    hello.run("wait", "--for=condition=Succeeded", HELLO, "--timeout=120s")
    assert hello.run("get", HELLO, "-o", "jsonpath={.status.result}") == "5"


@pytest.mark.parametrize(
    ("kind", "header", "name", "cells"),
    [
        pytest.param(
            "papp",
            ["READY", "REASON", "QUEUED", "PARKED", "RUNNING", "PAUSED", "FAILED", "WORKERS"],
            "hello",
            ["True", "Connected", "0", "0", "0", "0", "0", "4"],
            id="App",
        ),
        pytest.param(
            "ppool",
            ["READY", "REASON", "DESIRED", "AVAILABLE", "BUSY", "BACKLOG"],
            "hello",
            ["True", "RolledOut", "2", "2", "0", "0"],
            id="WorkerPool",
        ),
        pytest.param(
            "ptask",
            ["READY", "REASON", "QUEUED", "PARKED", "RUNNING", "FAILED(1H)", "OLDEST"],
            "add",
            ["True", "Published", "0", "0", "0", "0"],
            id="Task",
        ),
        pytest.param(
            "pinv",
            ["SUCCEEDED", "REASON", "TASK", "PHASE", "ATTEMPT"],
            "add-2-and-3",
            ["True", "Succeeded", "add", "SUCCESS", "1"],
            id="Invocation",
        ),
    ],
)
def test_kubectl_prints_columns(hello, kind, header, name, cells):
    hello.run("wait", "--for=condition=Succeeded", HELLO, "--timeout=120s")
    assert rows(hello, kind)[0] == ["NAME", *header]
    last = eventually(lambda: (found := rows(hello, kind)[1][name]) == cells and found, seconds=60)
    assert last == cells


def test_manifests_applied_again_change_nothing(hello):
    hello.run("wait", "--for=condition=Succeeded", HELLO, "--timeout=120s")
    hello.run("wait", "--for=condition=Ready", "papp/hello", "ppool/hello", *TASKS, "--timeout=60s")
    eventually(lambda: settled(hello), seconds=90)
    versions, writes, counts = state(hello), hello.writes(), hello.counts("tasks.add")
    printed = hello.apply_example().splitlines()
    assert [line for line in printed if not line.endswith(" unchanged")] == []
    # An object made now is served after anything that the apply could have caused.
    hello.run("apply", "-f", "-", given=make("Invocation", "marker", taskRef={"name": "greet"}, arguments={}))
    hello.run("wait", "--for=condition=Accepted=False", "pinv/marker", "--timeout=30s")
    after = state(hello)
    after.pop(("Invocation", "marker"))
    assert (after, hello.counts("tasks.add")) == (versions, counts)
    changed = {kind: number - writes.get(kind, 0) for kind, number in hello.writes().items()}
    assert {kind for kind, number in changed.items() if number} <= {"Invocation/status", "Event"}
    assert changed["Invocation/status"] == 1
    hello.delete("pinv/marker")


def state(hello):
    """The version of each object of ours."""
    found = hello.list("papp,ppool,ptask,pinv")
    return {(o["kind"], o["metadata"]["name"]): o["metadata"]["resourceVersion"] for o in found}


def settled(hello):
    """Whether counters that come behind in time have arrived."""
    app = hello.get("papp/hello")["status"]
    return (app["workers"], app["queued"], app["running"]) == (4, 0, 0) and hello.get("ppool/hello")["status"][
        "busy"
    ] == 0


def test_worker_pods_hold_no_api_token(hello):
    pods = hello.list("pods", "-l", "pynenc.io/component=worker")
    assert len(pods) == 2
    mounted = [mount["mountPath"] for pod in pods for mount in pod["spec"]["containers"][0]["volumeMounts"]]
    assert [path for path in mounted if "serviceaccount" in path] == []
    look = "import os; print(os.path.exists('/var/run/secrets/kubernetes.io'), os.getuid())"
    assert hello.run("exec", "deployment/hello", "--", "python", "-c", look).split() == ["False", "10001"]


def test_the_namespace_refuses_pods_that_are_not_restricted(hello):
    answer = hello.attempt("run", "free", "--image=free", "--dry-run=server")
    assert answer.returncode != 0
    assert 'violates PodSecurity "restricted' in answer.stderr
