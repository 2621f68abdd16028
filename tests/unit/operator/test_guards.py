"""Worker pods have an account that can do nothing, a budget, closed doors, and time to end what they run."""

from __future__ import annotations

import pytest

from pynenc_operator.plan.grace import grace_of
from pynenc_operator.resources.deployment import Grace, deployment_of
from pynenc_operator.resources.guards import KINDS, guards_of
from unit.operator.builders import make_app, make_pool, make_task


def test_the_guards_belong_to_the_pool_and_select_its_pods():
    manifests = guards_of(make_pool())
    assert tuple(manifest["kind"] for manifest in manifests) == KINDS
    assert {manifest["metadata"]["name"] for manifest in manifests} == {"main-worker"}
    assert {manifest["metadata"]["ownerReferences"][0]["uid"] for manifest in manifests} == {"uid-of-main"}
    account, budget, policy = manifests
    assert account["automountServiceAccountToken"] is False
    assert budget["spec"]["unhealthyPodEvictionPolicy"] == "AlwaysAllow"
    assert budget["spec"]["selector"]["matchLabels"] == policy["spec"]["podSelector"]["matchLabels"]
    template = deployment_of(make_pool(), make_app(), 1, Grace(30))["spec"]["template"]
    assert template["spec"]["serviceAccountName"] == "main-worker"
    assert budget["spec"]["selector"]["matchLabels"].items() <= template["metadata"]["labels"].items()


def test_nobody_reaches_the_pods_but_for_probes_and_numbers():
    policy = guards_of(make_pool())[2]["spec"]
    assert policy["policyTypes"] == ["Ingress"]
    assert policy["ingress"] == [{"ports": [{"port": "http", "protocol": "TCP"}]}]
    (container,) = deployment_of(make_pool(), make_app(), 1, Grace(30))["spec"]["template"]["spec"]["containers"]
    assert [port["name"] for port in container["ports"]] == ["http"]
    probes = {name: container[f"{name}Probe"]["httpGet"]["path"] for name in ("startup", "liveness", "readiness")}
    assert probes == {"startup": "/healthz", "liveness": "/healthz", "readiness": "/readyz"}


@pytest.mark.parametrize(
    ("spec", "timeouts", "grace"),
    [
        pytest.param({}, [], Grace(30), id="no timeouts"),
        pytest.param({}, [None, 5], Grace(30), id="short ones"),
        pytest.param({}, [5, 31], Grace(60), id="the longest, in a coarse step"),
        pytest.param({}, [7200], Grace(3600, is_enough=False), id="longer than anything"),
        pytest.param({"drainSeconds": 10}, [5], Grace(10), id="said by the pool"),
        pytest.param({"drainSeconds": 10}, [60], Grace(10, is_enough=False), id="said by the pool, and short"),
        pytest.param({"queues": ["other"]}, [600], Grace(30), id="tasks of other queues"),
    ],
)
def test_grace(spec, timeouts, grace):
    tasks = [make_task(f"t{number}", timeoutSeconds=seconds) for number, seconds in enumerate(timeouts)]
    tasks.append(make_task("foreign", appRef={"name": "other"}, timeoutSeconds=1800))
    assert grace_of(make_pool(**spec), tasks, make_app()) == grace


def test_grace_of_tasks_that_have_the_timeout_of_their_app():
    app = make_app(spec={"defaults": {"timeoutSeconds": 50}})
    assert grace_of(make_pool(), [make_task(), make_task("quick", timeoutSeconds=1)], app) == Grace(60)


def test_pods_whose_tasks_take_longer_are_kept_in_place():
    template = deployment_of(make_pool(), make_app(), 1, Grace(30, is_enough=False))["spec"]["template"]
    assert template["metadata"]["annotations"]["cluster-autoscaler.kubernetes.io/safe-to-evict"] == "false"


def test_inline_source_runs_only_where_the_pool_allows_it():
    def names(pool):
        (container,) = deployment_of(pool, make_app(), 1, Grace(30))["spec"]["template"]["spec"]["containers"]
        return {variable["name"]: variable.get("value") for variable in container["env"]}

    assert "PYNENC__ALLOW_INLINE_SOURCE" not in names(make_pool())
    assert names(make_pool(allowInlineSource=True))["PYNENC__ALLOW_INLINE_SOURCE"] == "true"
