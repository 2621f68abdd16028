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
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from cluster.operator_process import eventually, kubeconfig_of
from cluster.team import Team, make
from e2e.nodes import in_pod
from pynenc.core.status import Status
from support.kubectl import CACHE, KUBECONFIG, checked, kubectl
from support.repository import ROOT

CLUSTER_TOOL = ROOT / "tests/e2e/cluster/cluster.sh"
EXAMPLE = ROOT / "examples/01-hello"
FURTHER_EXAMPLES = tuple(
    ROOT / "examples" / name for name in ("02-fan-out", "04-concurrency-control", "11-scale-to-zero")
)
EXAMPLE_IMAGE = re.compile(r"(?<= image: )pynenc-\S+$", re.MULTILINE)
RELEASE = "pynenc"
OPERATOR = "app.kubernetes.io/component=operator"
OPERATOR_CLIENTS = {"pynenc-e2e": "operator-clients"}
"""The label of namespaces whose pods may reach the operator."""
CLIENT = "client"
WRITES = re.compile(r'^pynenc_operator_api_writes_total{.*kind="(.*?)".*} (\d+)$', re.MULTILINE)
INSTALLER = "installer"
COUNT = """
import json
from pynenc import Pynenc

print(json.dumps(Pynenc().orchestrator.counts().by_task))
"""
RECORDS = """
import json, os, sys
from pynenc import Pynenc

os.environ["PYNENC__APP_ID"] = sys.argv[1]
records = Pynenc().state_backend.records(sys.argv[2:])
print(json.dumps([[r.status, r.attempt, r.losses, r.started_us / 1e6, r.changed_us / 1e6] for r in records]))
"""
DEFINITIONS = """
import json
from pynenc import Pynenc

print(json.dumps({id: it.max_retries for id, it in Pynenc().orchestrator.definitions().items()}))
"""
SUBMIT = """
import sys
from tasks import nap

for _ in range(int(sys.argv[1])):
    print(nap(float(sys.argv[2])).invocation_id)
"""
WORKER = "pynenc.io/component=worker"
METRICS = "import urllib.request as u; print(u.urlopen('http://127.0.0.1:8080/metrics').read().decode())"


class Record(NamedTuple):
    """What the store knows of an invocation; times by its clock, in seconds."""

    status: Status
    attempt: int
    losses: int
    started: float
    changed: float


class Images(NamedTuple):
    """Names that the nodes know."""

    product: str
    example: str
    valkey: str
    others: Mapping[str, str] = MappingProxyType({})
    """Images of further examples, by the names of their folders; none where images are named by hand."""


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
    product, valkey = cluster_tool("build-image"), cluster_tool("build-valkey")
    example, *others = (cluster_tool("build-example", str(folder)) for folder in (EXAMPLE, *FURTHER_EXAMPLES))
    cluster_tool("load", product, valkey, example, *others)
    folders = (folder.name for folder in FURTHER_EXAMPLES)
    return Images(product, example, valkey, dict(zip(folders, others, strict=True)))


def helm(*arguments, kubeconfig=KUBECONFIG):
    """Run helm against the cluster of the tests."""
    cached = CACHE / "bin" / "helm"
    program = str(cached) if cached.exists() else shutil.which("helm") or "helm"
    command = [program, "--kubeconfig", str(kubeconfig), *arguments]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, f"helm {' '.join(arguments)}: {answer.stderr}"
    return answer.stdout


def image_values(images):
    """Values of the chart that name the images in the nodes."""
    values = {}
    for name, image in (("product", images.product), ("valkey", images.valkey)):
        repository, _, tag = image.rpartition(":")
        values[name] = {"repository": repository, "tag": tag}
    return {"image": values["product"], "redis": {"enabled": True, "image": values["valkey"]}}


class Installation(Team):
    """A namespace with the chart and the example in it.

    What keeps the state (store, operator, client) runs on the node `home`, so that another one can be stopped; where
    nodes cannot be stopped there is none, and the store has no volume.
    """

    def __init__(self, namespace, images, home=""):
        super().__init__(namespace)
        self.images = images
        self.home = home

    def install(self, folder):
        """`helm install` with the bundled store, by somebody who has all rights in the namespace and no others."""
        checked("apply", "--server-side", "--force-conflicts", "-f", str(ROOT / "crds"))
        self.run("create", "serviceaccount", INSTALLER)
        account = f"--serviceaccount={self.namespace}:{INSTALLER}"
        self.run("create", "rolebinding", INSTALLER, "--clusterrole=cluster-admin", account)
        self.installer = kubeconfig_of(self.namespace, folder, INSTALLER)
        file = folder / "values.yaml"
        file.write_text(json.dumps(self.values()))
        arguments = ("install", RELEASE, str(ROOT / "charts/pynenc"), "--values", str(file), "--wait", "--timeout=3m")
        self.helm(*arguments)

    def helm(self, *arguments):
        """Run helm as that somebody."""
        return helm(*arguments, "-n", self.namespace, kubeconfig=self.installer)

    def values(self):
        """Values of the chart."""
        values = {**image_values(self.images), "crds": {"install": False}}
        values["redis"]["persistence"] = {"enabled": bool(self.home), "storageClassName": self.namespace}
        values["networkPolicy"] = {"operatorFrom": [{"namespaceSelector": {"matchLabels": OPERATOR_CLIENTS}}]}
        if self.home:
            values["operator"] = {"nodeSelector": {"kubernetes.io/hostname": self.home}}
        return values

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
        """`kubectl apply` of the manifests of the example that all tests share."""
        return self.apply_folder(EXAMPLE / "manifests", self.images.example)

    def apply_folder(self, folder, image):
        """`kubectl apply` of manifests as they stand, but for the name of the image."""
        texts = [path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.yaml"))]
        text, number = EXAMPLE_IMAGE.subn(image, "\n---\n".join(texts))
        assert number == 1, f"{folder} has {number} images"
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
            file.write(text)
            file.flush()
            return self.run("apply", "-f", file.name)

    def start_client(self):
        """A pod that looks into the store; the label lets it through the chart's NetworkPolicy."""
        pod = client_pod(self.namespace, self.images.example)
        if self.home:
            pod["spec"]["nodeSelector"] = {"kubernetes.io/hostname": self.home}
        self.start_pod(pod)

    def start_pod(self, pod):
        """Make a pod and wait until it is ready."""
        self.run("apply", "-f", "-", given=pod)
        self.run("wait", "--for=condition=Ready", f"pod/{pod['metadata']['name']}", "--timeout=120s")

    def counts(self, task_id):
        """How many invocations of a task stand in each status, by the store's own books."""
        counts = json.loads(self.python(COUNT)).get(task_id, {})
        return {status: number for status, number in counts.items() if number}

    def records(self, *ids, app="hello"):
        """What the store knows of invocations of an App, in this order."""
        return [Record(*fields) for fields in json.loads(self.python(RECORDS, f"{self.namespace}/{app}", *ids))]

    def records_of(self, *names, app="hello"):
        """The same of those that Invocation objects stand for, by the names of the objects."""
        ids = [self.get(f"pinv/{name}")["status"]["invocationID"] for name in names]
        return dict(zip(names, self.records(*ids, app=app), strict=True))

    def definitions(self):
        """What the store's registry says of retries, by the id of the task."""
        return json.loads(self.python(DEFINITIONS))

    def submit_naps(self, number, seconds):
        """Have the client submit invocations that no object stands for; their ids."""
        return self.python(SUBMIT, str(number), str(seconds)).split()

    def worker_pods(self, node=""):
        """Names of worker pods, of one node or of all."""
        pods = self.list("pods", "-l", WORKER)
        return [pod["metadata"]["name"] for pod in pods if node in ("", pod["spec"].get("nodeName"))]

    def python(self, program, *arguments):
        """Run a program in the client's pod, without the API server where the nodes are at hand."""
        command = ("python", "-c", program, *arguments)
        return in_pod(self.home, CLIENT, *command) if self.home else self.run("exec", CLIENT, "--", *command)

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
        answer = self.attempt("exec", pods[0], "--", "python", "-c", METRICS) if len(pods) == 1 else None
        return answer.stdout if answer and answer.returncode == 0 else ""

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


def batch(name, task, number, /, **arguments):
    """Manifests of Invocations with a label that finds them."""
    made = [make("Invocation", f"{name}-{n}", taskRef={"name": task}, arguments=arguments) for n in range(number)]
    for manifest in made:
        manifest["metadata"]["labels"] = {"batch": name}
    return made


def is_ready(pod):
    """Whether a pod says that it is."""
    return any(c["type"] == "Ready" and c["status"] == "True" for c in pod["status"].get("conditions", []))


def pod_of(hello, name):
    """The pod that runs an invocation now."""
    status = hello.get(f"pinv/{name}").get("status", {})
    return status.get("phase") == Status.RUNNING and status.get("worker")


def client_pod(namespace, image, app="hello", name=CLIENT):
    """A pod that waits until it is deleted, satisfies the `restricted` standard, and finds the store of an App."""
    container = {
        "name": "client",
        "image": image,
        "command": ["python", "-c", "import signal; signal.sigwait({signal.SIGTERM})"],
        "env": [
            {"name": "PYNENC__APP_ID", "value": f"{namespace}/{app}"},
            {"name": "PYNENC__REDIS_URL", "valueFrom": {"secretKeyRef": {"name": f"{RELEASE}-redis", "key": "url"}}},
        ],
        "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
    }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": {"pynenc.io/component": "client"}},
        "spec": {
            "automountServiceAccountToken": False,
            "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
            "containers": [container],
        },
    }
