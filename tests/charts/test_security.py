"""Pods hold the restricted Pod Security Standard, secrets stay in Secrets, and few can reach the store."""

from __future__ import annotations

import re

import pytest

from pynenc.api.names import LABEL_COMPONENT, Component
from support.charts import BUNDLED, only

ALLOWED_VOLUMES = {"configMap", "emptyDir", "persistentVolumeClaim", "projected", "secret"}


def pods(objects):
    """What is a pod, or the template of one."""
    templates = [o["spec"]["template"] for o in objects if o["kind"] in {"Deployment", "StatefulSet"}]
    return [*templates, *(o for o in objects if o["kind"] == "Pod")]


def test_pods_are_restricted(rendered):
    for pod in (template["spec"] for template in pods(rendered)):
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["runAsUser"] >= 10000
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert {"hostNetwork", "hostPID", "hostIPC"} & pod.keys() == set()
        assert {kind for volume in pod.get("volumes", []) for kind in volume.keys() - {"name"}} <= ALLOWED_VOLUMES


def test_containers_are_restricted(rendered):
    for pod in pods(rendered):
        for container in pod["spec"]["containers"]:
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }
            assert container["resources"]["limits"]["memory"]
            assert all("hostPort" not in port for port in container.get("ports", []))


def test_only_the_operator_has_a_token(rendered):
    tokens = [pod["spec"]["automountServiceAccountToken"] for pod in pods(rendered)]
    assert tokens.count(True) == 1


def test_the_password_is_in_the_secret_alone(render):
    objects = render(BUNDLED)
    secret = only(objects, "Secret")["stringData"]
    assert re.fullmatch(r"[A-Za-z0-9]{32}", secret["password"])
    assert secret["redis.conf"] == f"requirepass {secret['password']}\n"
    assert secret["url"] == f"redis://:{secret['password']}@pynenc-redis.team-a.svc:6379/0"
    assert [o["kind"] for o in objects if secret["password"] in str(o)] == ["Secret"]


def test_two_releases_have_two_passwords(render):
    passwords = {only(render(BUNDLED), "Secret")["stringData"]["password"] for _ in range(2)}
    assert len(passwords) == 2


def test_a_secret_of_the_users_own_is_used(render):
    objects = render({"redis": {"enabled": True, "existingSecret": "mine"}})
    assert [o for o in objects if o["kind"] == "Secret"] == []
    volumes = {volume["name"]: volume for volume in only(objects, "StatefulSet")["spec"]["template"]["spec"]["volumes"]}
    assert volumes["secret"]["secret"]["secretName"] == "mine"


def test_the_store_evicts_nothing_and_writes_everything_down(render):
    config = only(render(BUNDLED), "ConfigMap")["data"]["valkey.conf"].splitlines()
    assert {"maxmemory-policy noeviction", "appendonly yes", "include /etc/valkey/secret/redis.conf"} <= set(config)


@pytest.mark.parametrize(
    ("persistence", "claims"),
    [pytest.param({}, 1, id="a claim"), pytest.param({"enabled": False}, 0, id="the pod's own disk")],
)
def test_data_lives_in(render, persistence, claims):
    spec = only(render({"redis": {"enabled": True, "persistence": persistence}}), "StatefulSet")["spec"]
    assert len(spec.get("volumeClaimTemplates", [])) == claims
    assert ("data" in {volume["name"] for volume in spec["template"]["spec"]["volumes"]}) == (claims == 0)


def peers(objects):
    policy = only(objects, "NetworkPolicy", "pynenc-redis")["spec"]
    assert policy["egress"] == []
    return policy["ingress"][0]["from"]


def test_workers_clients_and_the_operator_reach_the_store(render):
    operator, workers = peers(render(BUNDLED))
    assert operator["podSelector"]["matchLabels"][LABEL_COMPONENT] == Component.OPERATOR
    [expression] = workers["podSelector"]["matchExpressions"]
    assert expression == {"key": LABEL_COMPONENT, "operator": "In", "values": [Component.WORKER, Component.CLIENT]}


@pytest.mark.parametrize(
    ("watched", "expected"),
    [
        pytest.param([], ["team-a"], id="of the release's namespace"),
        pytest.param(["b", "c"], ["b", "c"], id="of the watched namespaces"),
        pytest.param(["*"], None, id="of all namespaces"),
    ],
)
def test_workers_that_reach_the_store_are_those(render, watched, expected):
    selector = peers(render({**BUNDLED, "watchNamespaces": watched}))[1]["namespaceSelector"]
    assert (selector["matchExpressions"][0]["values"] if selector else None) == expected


def test_policies_can_be_left_out(render):
    objects = render({**BUNDLED, "networkPolicy": {"enabled": False}})
    assert [o for o in objects if o["kind"] == "NetworkPolicy"] == []


def test_selectors_find_the_pods_that_they_mean(rendered):
    templates = [template["metadata"]["labels"] for template in pods(rendered)]
    selectors = [
        o["spec"]["selector"].get("matchLabels", o["spec"]["selector"])
        for o in rendered
        if "selector" in o.get("spec", {})
    ]
    selectors += [o["spec"]["podSelector"]["matchLabels"] for o in rendered if o["kind"] == "NetworkPolicy"]
    for selector in selectors:
        assert len([labels for labels in templates if selector.items() <= labels.items()]) == 1
