"""The operator gets the rights that its code needs, where it works, and no others."""

from __future__ import annotations

import pytest

from pynenc_operator.rbac import LEASE_RULES, NAMESPACE_RULES

CLUSTERWIDE = {"ClusterRole", "ClusterRoleBinding"}


def roles(objects, kind="Role"):
    """`{(namespace, name): rules}` of all roles of a kind."""
    return {(o["metadata"].get("namespace"), o["metadata"]["name"]): o["rules"] for o in objects if o["kind"] == kind}


@pytest.mark.parametrize(
    ("watched", "namespaces"),
    [
        pytest.param([], ["team-a"], id="its own namespace"),
        pytest.param(["b", "c"], ["b", "c"], id="others"),
    ],
)
def test_named_namespaces_need_nothing_cluster_wide(render, watched, namespaces):
    objects = render({"watchNamespaces": watched})
    assert CLUSTERWIDE & {o["kind"] for o in objects} == set()
    expected = {(namespace, "pynenc"): NAMESPACE_RULES for namespace in namespaces}
    assert roles(objects) == {**expected, ("team-a", "pynenc-lease"): LEASE_RULES}


def test_all_namespaces_need_a_cluster_role(render):
    objects = render({"watchNamespaces": ["*"]})
    assert roles(objects, "ClusterRole") == {(None, "pynenc"): NAMESPACE_RULES}
    assert roles(objects) == {("team-a", "pynenc-lease"): LEASE_RULES}


@pytest.mark.parametrize(
    "watched", [pytest.param([], id="one"), pytest.param(["b", "c"], id="two"), pytest.param(["*"], id="all")]
)
def test_every_role_is_bound_to_the_operator(render, watched):
    objects = render({"watchNamespaces": watched})
    bound = {
        (o["metadata"].get("namespace"), o["roleRef"]["kind"], o["roleRef"]["name"])
        for o in objects
        if o["kind"].endswith("RoleBinding")
    }
    existing = {
        (o["metadata"].get("namespace"), o["kind"], o["metadata"]["name"])
        for o in objects
        if o["kind"].endswith("Role")
    }
    assert bound == existing
    subjects = [o["subjects"] for o in objects if o["kind"].endswith("RoleBinding")]
    assert all(s == [{"kind": "ServiceAccount", "name": "pynenc", "namespace": "team-a"}] for s in subjects)


def test_no_rule_has_a_wildcard():
    values = [value for rule in (*NAMESPACE_RULES, *LEASE_RULES) for part in rule.values() for value in part]
    assert "*" not in values


def test_rights_can_be_given_by_hand(render):
    objects = render({"rbac": {"create": False}, "serviceAccount": {"create": False, "name": "mine"}})
    assert {o["kind"] for o in objects} & {"Role", "RoleBinding", "ServiceAccount"} == set()
    [deployment] = [o for o in objects if o["kind"] == "Deployment"]
    assert deployment["spec"]["template"]["spec"]["serviceAccountName"] == "mine"
