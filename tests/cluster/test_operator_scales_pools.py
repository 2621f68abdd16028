"""Pools at a real API server: Kubernetes makes and removes their pods, and the test plays the workers in them."""

from __future__ import annotations

import json
import time
import uuid

import pytest

from cluster.operator_process import eventually
from cluster.played_worker import PlayedWorker
from cluster.team import app, make, pool, task
from pynenc.core.records import NewInvocation
from pynenc.core.status import Status
from support.kubectl import checked, kubectl

QUICK = {"behavior": {"scaleDown": {"stabilizationWindowSeconds": 0}}, "idleTimeoutSeconds": 0}
"""Knobs of a pool that gets smaller as soon as it may."""


def native(**knobs):
    """A pool of one slot a pod that the operator scales."""
    manifest = pool(slots=1, scaling=knobs)
    del manifest["spec"]["replicas"]
    return manifest


def enqueue(store, number):
    ids = [str(uuid.uuid4()) for _ in range(number)]
    store.orchestrator.enqueue([NewInvocation(name, "tasks.add", b"{}") for name in ids])
    return ids


def size(team):
    return ((team.get("deployment/main") or {}).get("spec") or {}).get("replicas")


def pods(team):
    """The pods of the pool that are not on their way out, by name, with their uids."""
    found = json.loads(checked("-n", team.namespace, "get", "pods", "-l", "pynenc.io/pool=main", "-o", "json"))["items"]
    living = [pod["metadata"] for pod in found if "deletionTimestamp" not in pod["metadata"]]
    return {metadata["name"]: metadata["uid"] for metadata in living}


def grown(team, store, number):
    """A pool that has grown to so many pods, and a played worker in each, by the pod's name."""
    enqueue(store, number)
    found = eventually(lambda: len(pods(team)) == number and pods(team), seconds=40)
    return {name: PlayedWorker(store, name, pod_uid=uid) for name, uid in found.items()}


@pytest.fixture
def operator(team, server, start):
    team.apply(app(server.url), task())
    process = start().wait_for("leading")
    team.wait("papp/shop", "Ready")
    return process


def test_a_pool_grows_from_nothing_at_once_and_goes_back_to_nothing(team, store, operator):
    team.apply(native(maxReplicas=3, **QUICK))
    eventually(lambda: size(team) == 0)
    eventually(lambda: operator.ask(f"/v1/workerpools/{team.namespace}/main/backlog")[0] == 200)
    began = time.monotonic()
    enqueue(store, 5)
    eventually(lambda: size(team) == 3)
    assert time.monotonic() - began < 5
    path = f"/v1/workerpools/{team.namespace}/main/backlog"
    eventually(lambda: operator.ask(path) == (200, '{"backlog": 5, "desired": 3}'))
    state, reason, told = eventually(lambda: team.condition("ppool/main", "ScalingActive"))
    assert (state, reason) == ("True", "DemandRead")
    assert told == "scaled 0→3: backlog 5, 0 running, target 1 per slot, 1 slots per pod"
    worker = PlayedWorker(store)
    for _ in range(5):
        worker.finish(worker.claim(), 3)
    eventually(lambda: size(team) == 0)
    eventually(lambda: 'state="desired"} 0' in operator.ask("/metrics")[1])


def test_only_idle_pods_go_and_the_one_that_works_stays(team, store, operator):
    team.apply(native(**QUICK))
    workers = grown(team, store, 4)
    names = sorted(workers)
    claims = {name: workers[name].claim() for name in names}
    for name in names[:3]:
        workers[name].finish(claims[name], 3)
    eventually(lambda: list(pods(team)) == [names[3]], seconds=40)
    eventually(lambda: (team.get("ppool/main")["status"] or {}).get("desired") == 1)
    workers[names[3]].finish(claims[names[3]], 3)
    eventually(lambda: pods(team) == {}, seconds=40)


def test_what_a_pod_held_runs_elsewhere_as_soon_as_the_pod_is_gone(team, store, operator):
    team.apply(pool(replicas=1))
    name, uid = eventually(lambda: len(pods(team)) == 1 and next(iter(pods(team).items())))
    (lost,) = enqueue(store, 1)
    PlayedWorker(store, name, pod_uid=uid).claim()
    began = time.monotonic()
    team.delete(f"pod/{name}", "--force", "--grace-period=0")
    eventually(lambda: store.state_backend.records([lost])[0].status is Status.REROUTED)
    assert time.monotonic() - began < 5
    (record,) = store.state_backend.records([lost])
    assert record.losses == 0
    events = "get", "events", "--field-selector=reason=WorkerPodLost", "-o", "jsonpath={.items[*].message}"
    told = eventually(lambda: checked("-n", team.namespace, *events))
    assert told == f"pod {name} was deleted; what it ran: 1 REROUTED"


def test_pods_are_guarded(team, operator):
    team.apply(pool())
    team.wait("ppool/main", "Ready")
    assert team.get("serviceaccount/main-worker")["automountServiceAccountToken"] is False
    assert team.get("pdb/main-worker")["spec"]["unhealthyPodEvictionPolicy"] == "AlwaysAllow"
    assert team.get("networkpolicy/main-worker")["spec"]["policyTypes"] == ["Ingress"]
    writes, accounts = operator.writes(), operator.writes(of="ServiceAccount")
    team.apply(pool(imagePullPolicy="IfNotPresent"))
    eventually(lambda: team.get("deployment/main")["spec"]["template"]["spec"]["containers"][0]["imagePullPolicy"])
    eventually(lambda: operator.writes() > writes)
    assert operator.writes(of="ServiceAccount") == accounts  # looked at several times by now, and not written again
    team.delete("pdb/main-worker")
    eventually(lambda: team.get("pdb/main-worker"))
    team.delete("ppool/main")
    eventually(lambda: team.get("serviceaccount/main-worker") is None, seconds=40)


@pytest.mark.parametrize(
    ("overlay", "told"),
    [
        pytest.param({"spec": {"hostname": "_"}}, "hostname", id="a bad value"),
        pytest.param({"spec": {"nope": 1}}, "nope", id="an unknown field"),
        pytest.param({"metadata": {"labels": {"pynenc.io/pool": "x"}}}, "selector", id="another label"),
    ],
)
def test_a_template_that_the_server_refuses_is_told_and_mended(team, operator, overlay, told):
    team.apply(pool(podTemplate=overlay))
    team.wait("ppool/main", "TemplateValid=False")
    assert told in team.condition("ppool/main", "TemplateValid")[2]
    team.apply(pool(podTemplate={"spec": {"nodeSelector": {"disk": "ssd"}}}))
    team.wait("ppool/main", "TemplateValid")
    assert team.get("deployment/main")["spec"]["template"]["spec"]["nodeSelector"] == {"disk": "ssd"}


def test_a_pool_is_scaled_by_hand_or_by_an_autoscaler_where_the_spec_says_so(team, operator):
    team.apply(pool(replicas=1))
    eventually(lambda: size(team) == 1)
    checked("-n", team.namespace, "scale", "ppool/main", "--replicas=2")
    eventually(lambda: size(team) == 2)
    team.apply({**native(mode="External"), "spec": {**native(mode="External")["spec"], "replicas": 2}})
    checked("-n", team.namespace, "scale", "ppool/main", "--replicas=0")
    eventually(lambda: size(team) == 0)


@pytest.mark.parametrize(
    ("spec", "told"),
    [
        pytest.param({"scaling": {}, "replicas": 1}, "while scaling.mode is Native", id="two who decide"),
        pytest.param({"scaling": {"mode": "External"}}, "External needs replicas", id="nothing to start from"),
        pytest.param({"scaling": {"minReplicas": 5, "maxReplicas": 2}}, "must not exceed maxReplicas", id="bounds"),
        pytest.param({"scaling": {"mode": "Magic"}}, "Unsupported value", id="no such mode"),
        pytest.param({"podTemplate": "x"}, "podTemplate", id="no template"),
        pytest.param({"env": [{"name": "PYNENC__RUNNER__POD_UID"}]}, "is reserved", id="a reserved variable"),
    ],
)
def test_what_makes_no_sense_is_refused(team, spec, told):
    manifest = make("WorkerPool", "main", appRef={"name": "shop"}, image="shop:1", entrypoint="tasks:app", **spec)
    answer = kubectl("-n", team.namespace, "apply", "--server-side", "-f", "-", given=manifest)
    assert answer.returncode != 0
    assert told in answer.stderr
