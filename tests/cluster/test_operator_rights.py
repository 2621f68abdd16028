"""What the operator asks of the API server is what its rules allow: no right is missing, and none is unused."""

from __future__ import annotations

import base64

import pytest

from cluster.operator_process import ACCOUNT, eventually, kubeconfig_of
from cluster.played_worker import PlayedWorker
from cluster.recorder import Recorder, Right
from cluster.team import app, invocation, make, pool, task, trigger, workflow
from pynenc_operator.rbac import LEASE_RULES, NAMESPACE_RULES

GRANTED = {
    Right(group, resource, verb)
    for rule in (*NAMESPACE_RULES, *LEASE_RULES)
    for group in rule["apiGroups"]
    for resource in rule["resources"]
    for verb in rule["verbs"]
}
SECRET = {"urlSecretRef": {"name": "redis", "key": "url"}}


@pytest.fixture
def recorder(team, tmp_path):
    with Recorder(kubeconfig_of(team.namespace, tmp_path, ACCOUNT)) as recorder:
        yield recorder


def secret(url):
    data = {"url": base64.b64encode(url.encode()).decode()}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "redis"}, "data": data}


def test_every_right_is_used_and_no_other_is_asked_for(team, server, store, recorder, start):
    """One round through all that the operator does; a right that is new needs a step here which uses it."""
    start(server=recorder.url).wait_for("leading")
    team.apply(secret(server.url), app("", redis=SECRET), pool(), task(), invocation(ttlSecondsAfterFinished=1))
    team.wait("pinv/once", "Accepted")
    worker = PlayedWorker(store)
    worker.finish(worker.claim(), 3)
    eventually(lambda: team.get("pinv/once") is None, seconds=30)
    # Its pod is not among those of the pool, so it is looked for by its name.
    PlayedWorker(store, "vanished", pod_uid="gone")
    # Its pods are refused or cannot be pulled, which it finds out by looking at them.
    team.patch("ppool/main", replicas=2)
    eventually(lambda: (team.get("deploy/main") or {}).get("status", {}).get("replicas") == 2)
    # Which of them is to go is written on them.
    team.patch("ppool/main", replicas=1)
    team.apply(trigger(), workflow())
    # News for an Event.
    team.apply(make("Task", "lost", appRef={"name": "nothing"}, function="tasks.lost"))
    team.wait("ptask/lost", "Accepted=False")
    eventually(lambda: recorder.used >= GRANTED or recorder.refused, seconds=60)
    assert (recorder.used - GRANTED, GRANTED - recorder.used, recorder.refused) == (set(), set(), set())
