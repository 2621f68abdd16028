"""Pools whose size an autoscaler of the cluster decides, by the manifests of examples/10-autoscalers."""

from __future__ import annotations

import sys
import time

import pytest
import yaml

from cluster.operator_process import eventually
from e2e.installation import EXAMPLE_IMAGE, OPERATOR_CLIENTS, RELEASE, cluster_tool
from pynenc.core.status import Status
from support.kubectl import checked
from support.repository import ROOT

POOLS = ROOT / "examples/10-autoscalers/pools"
APISERVICE = "apiservice/v1beta1.external.metrics.k8s.io"
NAPS, NAP_SECONDS = 60, 2.0
GROWN_SECONDS = 90
"""An HorizontalPodAutoscaler looks each 15 s, and its first look finds nothing."""
GONE_SECONDS = 120
"""KEDA's cooldownPeriod of 30 s, and the end of the pods."""


@pytest.fixture
def adapter(own_nodes):
    """An adapter that offers the operator's metrics to HorizontalPodAutoscalers."""
    yield from with_autoscaler(own_nodes, "external-metrics")


@pytest.fixture
def keda(own_nodes):
    """KEDA as it is shipped, without its admission webhooks."""
    yield from with_autoscaler(own_nodes, "keda")


def with_autoscaler(hello, name):
    """Install what gives metrics to the API, in a namespace that may reach the operator, and remove it afterwards."""
    cluster_tool("load", *cluster_tool("build-autoscaler", name).split())
    text = cluster_tool("autoscaler-manifests", name).replace("OPERATOR", f"{RELEASE}.{hello.namespace}")
    documents = list(yaml.safe_load_all(text))
    [namespace] = (one for one in documents if one["kind"] == "Namespace")
    namespace["metadata"].setdefault("labels", {}).update(OPERATOR_CLIENTS)
    checked("apply", "--server-side", "--force-conflicts", "-f", "-", given=documents)
    checked("wait", APISERVICE, "--for=condition=Available", "--timeout=180s")
    yield hello
    checked("delete", "--wait=true", "-f", "-", given=documents)


@pytest.fixture
def alone(hello):
    """The App of the example without the pool that serves it otherwise."""
    hello.run("scale", "ppool/hello", "--replicas=0")
    eventually(lambda: hello.worker_pods() == [], seconds=60)
    yield hello
    hello.run("scale", "ppool/hello", "--replicas=2")
    hello.run("wait", "ppool/hello", "--for=jsonpath={.status.ready}=2", "--timeout=120s")


@pytest.fixture
def by(request, alone):
    """What an example says of a pool and its autoscaler, applied; its name."""
    name = f"by-{request.param}"
    text = EXAMPLE_IMAGE.sub(alone.images.example, (POOLS / f"{request.param}.yaml").read_text(encoding="utf-8"))
    # The example takes the operator to be in the namespace pynenc, and itself to be in default.
    text = text.replace("pynenc.pynenc:", f"{RELEASE}.{alone.namespace}:").replace("/default/", f"/{alone.namespace}/")
    documents = list(yaml.safe_load_all(text))
    alone.run("apply", "-f", "-", given=documents)
    yield name
    # The autoscaler goes first, or it would look for the pool in vain.
    alone.run("delete", "--wait=true", "-f", "-", given=documents[::-1])
    eventually(lambda: alone.worker_pods() == [], seconds=60)


def size(hello, name):
    """How many pods the autoscaler asks for, and how many the Deployment is to have."""
    pool, deployment = hello.get(f"ppool/{name}"), hello.get(f"deployment/{name}")
    return pool["spec"]["replicas"], ((deployment or {}).get("spec") or {}).get("replicas")


def grows(hello, name):
    """Give it work, see that it gets pods, and that all of it is done once."""
    since = time.monotonic()
    ids = hello.submit_naps(NAPS, NAP_SECONDS)
    eventually(lambda: min(size(hello, name)) >= 3, seconds=GROWN_SECONDS)
    sys.stdout.write(f"{name}: {size(hello, name)} pods {time.monotonic() - since:.0f} s after the work came\n")
    eventually(lambda: {record.status for record in hello.records(*ids)} == {Status.SUCCESS}, seconds=120)
    assert {(record.attempt, record.losses) for record in hello.records(*ids)} == {(1, 0)}


@pytest.mark.parametrize("by", ["hpa"], indirect=True)
def test_a_horizontal_pod_autoscaler_gives_a_pool_more_pods(adapter, by):
    adapter.run("wait", f"ppool/{by}", "--for=condition=Ready", "--timeout=120s")
    grows(adapter, by)


@pytest.mark.parametrize("by", ["keda"], indirect=True)
def test_keda_gives_a_pool_pods_and_takes_all_of_them_back(keda, by):
    keda.run("wait", f"scaledobject/{by}", "--for=condition=Ready", "--timeout=120s")
    grows(keda, by)
    since = time.monotonic()
    eventually(lambda: size(keda, by) == (0, 0), seconds=GONE_SECONDS)
    sys.stdout.write(f"{by}: no pods {time.monotonic() - since:.0f} s after the work was done\n")
