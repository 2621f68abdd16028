"""The operator gets the rights that its code needs, where it works, and no others."""

from __future__ import annotations

import pytest

from pynenc.api.names import APP, GROUP, RESOURCES, WORKER_POOL
from pynenc_operator.rbac import LEASE_RULES, NAMESPACE_RULES

CLUSTERWIDE = {"ClusterRole", "ClusterRoleBinding"}


PEOPLE = {"app.kubernetes.io/component": "user-role"}
READ = ["get", "list", "watch"]
WRITE = [*READ, "create", "update", "patch", "delete", "deletecollection"]


def is_for_people(manifest):
    return PEOPLE.items() <= manifest["metadata"]["labels"].items()


def roles(objects, kind="Role", *, people=False):
    """`{(namespace, name): rules}` of all roles of a kind, of the operator or of people."""
    found = [o for o in objects if o["kind"] == kind and is_for_people(o) == people]
    return {(o["metadata"].get("namespace"), o["metadata"]["name"]): o["rules"] for o in found}


def granted(rules):
    """`{resource: verbs}` of rules in our group."""
    assert {group for rule in rules for group in rule["apiGroups"]} == {GROUP}
    return {resource: rule["verbs"] for rule in rules for resource in rule["resources"]}


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
        if o["kind"].endswith("Role") and not is_for_people(o)
    }
    assert bound == existing
    subjects = [o["subjects"] for o in objects if o["kind"].endswith("RoleBinding")]
    assert all(s == [{"kind": "ServiceAccount", "name": "pynenc", "namespace": "team-a"}] for s in subjects)


def test_no_rule_has_a_wildcard():
    values = [value for rule in (*NAMESPACE_RULES, *LEASE_RULES) for part in rule.values() for value in part]
    assert "*" not in values


@pytest.mark.parametrize(
    ("watched", "kind", "namespaces"),
    [
        pytest.param([], "Role", ["team-a"], id="its own namespace"),
        pytest.param(["b", "c"], "Role", ["b", "c"], id="others"),
        pytest.param(["*"], "ClusterRole", [None], id="all"),
    ],
)
def test_people_get_roles_where_the_operator_serves(render, watched, kind, namespaces):
    found = roles(render({"watchNamespaces": watched}), kind, people=True)
    parts = ("viewer", "task-editor", "pool-admin")
    assert set(found) == {(namespace, f"pynenc-{part}") for namespace in namespaces for part in parts}


def test_who_keeps_tasks_decides_nothing_about_pods(render):
    found = {name: granted(rules) for (_, name), rules in roles(render(), people=True).items()}
    decisive = {APP.plural, WORKER_POOL.plural}
    every = {resource.plural for resource in RESOURCES}
    assert found == {
        "pynenc-viewer": dict.fromkeys(every, READ),
        "pynenc-task-editor": dict.fromkeys(decisive, READ) | dict.fromkeys(every - decisive, WRITE),
        "pynenc-pool-admin": dict.fromkeys(decisive, WRITE) | {"workerpools/scale": ["get", "update", "patch"]},
    }


@pytest.mark.parametrize("aggregate", [True, False])
def test_cluster_roles_become_part_of_those_of_kubernetes(render, aggregate):
    objects = render({"watchNamespaces": ["*"], "rbac": {"aggregate": aggregate}})
    labels = {o["metadata"]["name"]: o["metadata"]["labels"] for o in objects if o["kind"] == "ClusterRole"}
    prefix = "rbac.authorization.k8s.io/aggregate-to-"
    found = {
        (name, label.removeprefix(prefix)) for name, of in labels.items() for label in of if label.startswith(prefix)
    }
    pairs = {("pynenc-viewer", "view"), ("pynenc-task-editor", "edit"), ("pynenc-pool-admin", "admin")}
    assert found == (pairs if aggregate else set())


def test_rights_can_be_given_by_hand(render):
    no_roles = {"create": False, "userRoles": False}
    objects = render({"rbac": no_roles, "serviceAccount": {"create": False, "name": "mine"}})
    assert {o["kind"] for o in objects} & {"Role", "RoleBinding", "ServiceAccount"} == set()
    [deployment] = [o for o in objects if o["kind"] == "Deployment"]
    assert deployment["spec"]["template"]["spec"]["serviceAccountName"] == "mine"
