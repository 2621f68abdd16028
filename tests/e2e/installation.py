"""The product as its users install it: images in the nodes, the chart in a namespace, the example applied to it.

A cluster of the tests' own gets its images from `cluster.sh`. For a cluster named by PYNENC_KUBECONFIG they are pushed
by hand to a registry that it reads, and named in PYNENC_E2E_IMAGES: those of the product, the example and the store.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tempfile
from typing import NamedTuple

from cluster.operator_process import eventually
from cluster.team import Team
from support.kubectl import CACHE, KUBECONFIG, checked, kubectl
from support.repository import ROOT

CLUSTER_TOOL = ROOT / "tests/e2e/cluster/cluster.sh"
EXAMPLE = ROOT / "examples/01-hello"
EXAMPLE_IMAGE = "pynenc-hello:0.1.0"
RELEASE = "pynenc"
OPERATOR = "app.kubernetes.io/component=operator"
CLIENT = "client"
WRITES = re.compile(r'^pynenc_operator_api_writes_total{.*kind="(.*?)".*} (\d+)$', re.MULTILINE)
COUNT = """
import json
from pynenc import Pynenc

print(json.dumps(Pynenc().orchestrator.counts().by_task))
"""


class Images(NamedTuple):
    """Names that the nodes know."""

    product: str
    example: str
    valkey: str


def cluster_tool(*arguments):
    """Run `cluster.sh`; answers with what it prints."""
    answer = subprocess.run([str(CLUSTER_TOOL), *arguments], capture_output=True, text=True, check=False)
    assert answer.returncode == 0, f"cluster.sh {' '.join(arguments)}: {answer.stderr}"
    return answer.stdout.strip()


def images_in_the_nodes():
    """Build what has changed and put it into the nodes, or take what PYNENC_E2E_IMAGES names."""
    named = os.environ.get("PYNENC_E2E_IMAGES")
    if named:
        return Images(*named.split())
    images = Images(
        cluster_tool("build-image"), cluster_tool("build-example", str(EXAMPLE)), cluster_tool("build-valkey")
    )
    cluster_tool("load", *images)
    return images


def helm(*arguments):
    """Run helm against the cluster of the tests."""
    cached = CACHE / "bin" / "helm"
    program = str(cached) if cached.exists() else shutil.which("helm") or "helm"
    command = [program, "--kubeconfig", str(KUBECONFIG), *arguments]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, f"helm {' '.join(arguments)}: {answer.stderr}"
    return answer.stdout


class Installation(Team):
    """A namespace with the chart and the example in it."""

    def __init__(self, namespace, images):
        super().__init__(namespace)
        self.images = images

    def install(self):
        """`helm install` with the bundled store; kinds that are there already become the release's."""
        values = {}
        for name, image in (("image", self.images.product), ("redis.image", self.images.valkey)):
            values[f"{name}.repository"], _, values[f"{name}.tag"] = image.rpartition(":")
        values |= {"redis.enabled": "true", "redis.persistence.enabled": "false"}
        settings = ",".join(f"{name}={value}" for name, value in values.items())
        kinds_may_be_there = ("--take-ownership", "--force-conflicts")
        chart = (RELEASE, str(ROOT / "charts/pynenc"))
        helm("install", *chart, "-n", self.namespace, "--set", settings, *kinds_may_be_there, "--wait", "--timeout=3m")

    def run(self, *arguments, given=None):
        """Call kubectl in this namespace, for what must work."""
        return checked("-n", self.namespace, *arguments, given=given)

    def attempt(self, *arguments, given=None):
        """Call kubectl in this namespace, for what may be refused."""
        return kubectl("-n", self.namespace, *arguments, given=given)

    def list(self, *what):
        """Objects, such as those of `("pinv", "-l", "batch=naps")`."""
        return json.loads(self.run("get", *what, "-o", "json"))["items"]

    def apply_example(self):
        """`kubectl apply` of the example's manifests as they stand, but for the name of the image."""
        texts = [path.read_text(encoding="utf-8") for path in sorted((EXAMPLE / "manifests").glob("*.yaml"))]
        text = "\n---\n".join(texts)
        assert text.count(EXAMPLE_IMAGE) == 1
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
            file.write(text.replace(EXAMPLE_IMAGE, self.images.example))
            file.flush()
            return self.run("apply", "-f", file.name)

    def start_client(self):
        """A pod that looks into the store; the label lets it through the chart's NetworkPolicy."""
        self.run("apply", "-f", "-", given=client_pod(self.namespace, self.images.product))
        self.run("wait", "--for=condition=Ready", f"pod/{CLIENT}", "--timeout=120s")

    def counts(self, task_id):
        """How many invocations of a task stand in each status, by the store's own books."""
        counts = json.loads(self.run("exec", CLIENT, "--", "python", "-c", COUNT)).get(task_id, {})
        return {status: number for status, number in counts.items() if number}

    def operator_pods(self):
        """Names of the operator's pods."""
        return [pod["metadata"]["name"] for pod in self.list("pods", "-l", OPERATOR)]

    def operator_leads(self):
        """Wait until one operator pod is ready and leads."""
        self.run("rollout", "status", f"deployment/{RELEASE}", "--timeout=120s")
        eventually(lambda: "pynenc_operator_leading 1" in self.metrics(), seconds=60)

    def metrics(self):
        """What the operator's only pod answers at /metrics; empty while there is none."""
        pods = self.operator_pods()
        path = f"/api/v1/namespaces/{self.namespace}/pods/{pods[0]}:8080/proxy/metrics" if len(pods) == 1 else "/"
        answer = kubectl("get", "--raw", path)
        return answer.stdout if answer.returncode == 0 else ""

    def writes(self):
        """How many requests the operator sent to change something, by kind."""
        return {kind: int(number) for kind, number in WRITES.findall(self.metrics())}

    def report(self):
        """What there is to see, for a test that failed."""
        looks = [("get", "all,papp,ppool,ptask,pinv", "-o", "wide"), ("describe", "papp,ppool,ptask,pods")]
        looks += [("get", "events", "--sort-by=.lastTimestamp")]
        looks += [
            ("logs", f"--selector={label}", "--all-containers", "--prefix", "--tail=80")
            for label in (OPERATOR, "pynenc.io/component=worker", "app.kubernetes.io/component=redis")
        ]
        answers = [(look, self.attempt(*look)) for look in looks]
        return "\n".join(f"$ kubectl {' '.join(look)}\n{answer.stdout}{answer.stderr}" for look, answer in answers)


def client_pod(namespace, image):
    """A pod that waits until it is deleted, and satisfies the `restricted` standard."""
    container = {
        "name": CLIENT,
        "image": image,
        "command": ["python", "-c", "import signal; signal.sigwait({signal.SIGTERM})"],
        "env": [
            {"name": "PYNENC__APP_ID", "value": f"{namespace}/hello"},
            {"name": "PYNENC__REDIS_URL", "valueFrom": {"secretKeyRef": {"name": f"{RELEASE}-redis", "key": "url"}}},
        ],
        "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
    }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": CLIENT, "labels": {"pynenc.io/component": "client"}},
        "spec": {
            "automountServiceAccountToken": False,
            "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
            "containers": [container],
        },
    }
