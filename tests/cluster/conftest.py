"""What tests with an operator share: a namespace, a store, and operators that end with the test."""

from __future__ import annotations

import uuid

import pytest

from cluster.operator_process import OperatorProcess, free_port, grant
from cluster.team import Team
from pynenc import Pynenc
from pynenc.api.names import RESOURCES
from support.kubectl import checked
from support.repository import ROOT
from support.servers import running_server


@pytest.fixture(scope="session")
def our_kinds():
    """The server knows our kinds."""
    checked("apply", "--server-side", "--force-conflicts", "-f", str(ROOT / "crds"))  # a release may have them
    names = [f"crd/{resource.crd_name}" for resource in RESOURCES]
    checked("wait", "--for=condition=Established", "--timeout=30s", *names)


@pytest.fixture
def team(our_kinds):
    name = f"operator-{uuid.uuid4().hex[:8]}"
    checked("create", "namespace", name)
    grant(name)
    yield Team(name)
    checked("delete", "namespace", name, "--wait=false")


@pytest.fixture
def server():
    """A store that an operator outside the cluster can reach."""
    with running_server(port=free_port()) as running:
        yield running


@pytest.fixture
def store(team, server):
    """The store of the App `shop`, as its workers and users see it."""
    return Pynenc(app_id=f"{team.namespace}/shop", config_values={"redis_url": server.url})


@pytest.fixture
def start(team, tmp_path):
    """Starts operators; they end with the test."""
    running = []

    def start_one(name="first", **options):
        running.append(OperatorProcess(team.namespace, tmp_path, name, **options))
        return running[-1]

    yield start_one
    for process in running:
        process.stop()
