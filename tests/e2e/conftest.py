"""One installation for all end-to-end tests, and what is to be seen of it when one fails."""

from __future__ import annotations

import os
import uuid

import pytest

from cluster.operator_process import eventually
from e2e import nodes
from e2e.installation import Installation, images_in_the_nodes
from support.kubectl import checked

GIVEN = bool(os.environ.get("PYNENC_KUBECONFIG"))
"""Whether the cluster is somebody else's."""
RESTRICTED = "pod-security.kubernetes.io/enforce=restricted"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Add to a failure what is to be seen in the cluster."""
    report = yield
    if report.failed and "hello" in item.funcargs:
        report.sections.append(("the cluster", item.funcargs["hello"].report()))
    return report


@pytest.fixture(scope="session")
def images():
    """Images of the product, the example and the store, in the nodes."""
    return images_in_the_nodes()


@pytest.fixture(scope="session")
def installed(images, tmp_path_factory):
    """The chart with its store, in a namespace that refuses pods which are not restricted; deleted afterwards."""
    name = f"e2e-{uuid.uuid4().hex[:8]}"
    home = "" if GIVEN else nodes.names()[0]
    if home:
        checked("apply", "-f", "-", given=nodes.volume(name, home))
    checked("create", "namespace", name)
    try:
        checked("label", "namespace", name, RESTRICTED)
        installation = Installation(name, images, home)
        try:
            installation.install(tmp_path_factory.mktemp("installation"))
            installation.apply_example()
            installation.start_client()
            eventually(lambda: installation.get("deployment/hello"), seconds=60)
            installation.run("rollout", "status", "deployment/hello", "--timeout=120s")
        except BaseException as error:
            error.add_note(installation.report())
            raise
        yield installation
    finally:
        checked("delete", "namespace", name, "--wait=false")
        checked("delete", "pv", name, "--ignore-not-found", "--wait=false")


@pytest.fixture
def hello(installed):
    """The installed example."""
    return installed


@pytest.fixture
def four_pods(hello):
    hello.run("scale", "ppool/hello", "--replicas=4")
    eventually(lambda: hello.get("ppool/hello")["status"].get("ready") == 4, seconds=120)
    yield hello
    hello.run("scale", "ppool/hello", "--replicas=2")
    eventually(lambda: len(hello.list("pods", "-l", "pynenc.io/component=worker")) == 2, seconds=120)


@pytest.fixture
def own_nodes(hello):
    """The same, for tests that stop a node or what runs on it: they are left out where the cluster is given."""
    return hello


def pytest_collection_modifyitems(config, items):
    """Leave the nodes of somebody else's cluster alone."""
    left_out = [item for item in items if GIVEN and "own_nodes" in getattr(item, "fixturenames", ())]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]
