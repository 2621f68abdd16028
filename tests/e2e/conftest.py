"""One installation for all end-to-end tests, and what is to be seen of it when one fails."""

from __future__ import annotations

import uuid

import pytest

from e2e.installation import Installation, images_in_the_nodes
from support.kubectl import checked

RESTRICTED = "pod-security.kubernetes.io/enforce=restricted"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Add to a failure what is to be seen in the cluster."""
    report = yield
    if report.failed and "hello" in item.funcargs:
        report.sections.append(("the cluster", item.funcargs["hello"].report()))
    return report


@pytest.fixture(scope="session")
def installed():
    """The chart with its store, in a namespace that refuses pods which are not restricted; deleted afterwards."""
    images = images_in_the_nodes()
    name = f"e2e-{uuid.uuid4().hex[:8]}"
    checked("create", "namespace", name)
    try:
        checked("label", "namespace", name, RESTRICTED)
        installation = Installation(name, images)
        try:
            installation.install()
            installation.apply_example()
            installation.start_client()
            installation.run("rollout", "status", "deployment/hello", "--timeout=120s")
        except BaseException as error:
            error.add_note(installation.report())
            raise
        yield installation
    finally:
        checked("delete", "namespace", name, "--wait=false")


@pytest.fixture
def hello(installed):
    """The installed example."""
    return installed
