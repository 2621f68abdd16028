"""The chart's own test, and who gets how far in what it installs."""

from __future__ import annotations

import pytest

from cluster.operator_process import eventually
from cluster.team import pool, task
from e2e.installation import CLIENT, INSTALLER, OPERATOR, RELEASE, client_pod
from support.kubectl import kubectl

TENANT = "tenant"
CONNECT = "import socket, sys; socket.create_connection((sys.argv[1], int(sys.argv[2])), 3)"
KEPT_OUT = ("TimeoutError", "ConnectionRefusedError")
FORBIDDEN = "is forbidden"


def test_helm_test_submits_an_invocation_and_leaves_nothing_behind(hello):
    answer = hello.helm("test", RELEASE, "--logs", "--timeout=4m")
    assert "Phase:          Succeeded" in answer
    assert "\n5\n" in answer, "the log has the result"
    kinds = "papp,ppool,ptask,deployments,pods"
    eventually(lambda: hello.list(kinds, "-l", "app.kubernetes.io/component=test") == [], seconds=60)


def test_it_was_installed_with_rights_in_its_namespace_alone(hello):
    user = f"--as=system:serviceaccount:{hello.namespace}:{INSTALLER}"
    for resource in ("clusterroles", "customresourcedefinitions", "namespaces", "persistentvolumes"):
        assert kubectl("auth", "can-i", "create", resource, user).stdout.strip() == "no"


@pytest.fixture(scope="module")
def stranger(installed):
    """A pod in the namespace without the label of those who may reach the store."""
    manifest = client_pod(installed.namespace, installed.images.product, name="stranger")
    del manifest["metadata"]["labels"]
    installed.start_pod(manifest)
    yield "stranger"
    installed.run("delete", "pod", "stranger", "--force", "--grace-period=0")


def reaches(hello, pod, selector, port):
    """Whether a connection from one pod to another comes about; one that policies forbid is dropped or rejected."""
    [target] = hello.list("pods", "-l", selector)
    answer = hello.attempt("exec", pod, "--", "python", "-c", CONNECT, target["status"]["podIP"], str(port))
    assert answer.returncode == 0 or any(error in answer.stderr for error in KEPT_OUT), answer.stderr
    return answer.returncode == 0


def test_a_stranger_reaches_neither_the_store_nor_the_operator(hello, stranger):
    hello.operator_leads()
    store = "app.kubernetes.io/component=redis"
    assert reaches(hello, CLIENT, store, 6379), "nothing but the policy keeps the stranger away"
    assert not reaches(hello, stranger, store, 6379)
    assert not reaches(hello, stranger, OPERATOR, 8080)


@pytest.fixture(scope="module")
def tenant(installed):
    """The option that makes kubectl act for an account which may keep Tasks."""
    account = f"{installed.namespace}:{TENANT}"
    installed.run("create", "serviceaccount", TENANT)
    installed.run("create", "rolebinding", TENANT, f"--role={RELEASE}-task-editor", f"--serviceaccount={account}")
    yield f"--as=system:serviceaccount:{account}"
    installed.run("delete", f"rolebinding/{TENANT}", f"serviceaccount/{TENANT}")


def test_a_tenant_keeps_tasks(hello, tenant):
    manifest = task("theirs", appRef={"name": "hello"}, function="tasks.theirs")
    hello.run("apply", "-f", "-", tenant, given=manifest)
    assert "theirs" in hello.run("get", "ptask", tenant)
    hello.run("delete", "ptask/theirs", tenant)


@pytest.mark.parametrize(
    ("command", "manifest"),
    [
        pytest.param(
            ("apply", "-f", "-"), pool("theirs", appRef={"name": "hello"}), id="make pods by way of a WorkerPool"
        ),
        pytest.param(("scale", "ppool/hello", "--replicas=9"), None, id="scale one"),
        pytest.param(("delete", "papp/hello"), None, id="delete the App"),
        pytest.param(("get", "secrets"), None, id="read Secrets"),
        pytest.param(("run", "theirs", "--image=theirs"), None, id="make pods"),
        pytest.param(("get", "ptask", "-n", "default"), None, id="read another namespace"),
        pytest.param(("get", "pinv", "--all-namespaces"), None, id="read all namespaces"),
        pytest.param(
            ("patch", "ptask/add", "--subresource=status", "--type=merge", "-p", '{"status": {"queued": 9}}'),
            None,
            id="write what the operator says",
        ),
    ],
)
def test_a_tenant_may_not(hello, tenant, command, manifest):
    answer = hello.attempt(*command, tenant, given=manifest)
    assert answer.returncode != 0
    assert FORBIDDEN in answer.stderr
