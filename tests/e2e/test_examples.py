"""Examples on the cluster, by their manifests as they stand; the store and the workers are those of the cluster."""

from __future__ import annotations

import re
import secrets
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from cluster.operator_process import eventually
from e2e.installation import FURTHER_EXAMPLES, client_pod
from support.examples import SHOWN
from support.repository import ROOT

RUN = {
    "02-fan-out": "import run; run.main()",
    "04-concurrency-control": "import run as r; "
    "r.book_accounts(), r.call_the_bank(), r.refresh_reports(), r.count_the_stock()",
    "11-scale-to-zero": "import run; run.main()",
}
LOOK = "from pynenc import Pynenc; Pynenc().orchestrator.counts()"
"""What policies let through a moment after a pod is there."""
KUBECTL_ONLY = ROOT / "examples/09-kubectl-only"
FILM_PODS = 3
"""What the manifests of 11-scale-to-zero come to for its film."""
GONE_SECONDS = 60
"""The idle timeout of 10 s, the end of the pods, and a slow machine."""


class Example:
    """A folder of an example that is applied to the cluster."""

    def __init__(self, hello, folder):
        self.name = folder.name.partition("-")[2]
        self._hello = hello
        self._folder = folder
        self._image = hello.images.others[folder.name]
        self._client = f"runs-{self.name}"

    def apply(self):
        self._hello.apply_folder(self._folder / "manifests", self._image)

    def run(self):
        """Call its tasks from a pod; what it is there to show and did not print, and what it printed."""
        self._hello.start_pod(client_pod(self._hello.namespace, self._image, app=self.name, name=self._client))
        program = ("exec", self._client, "--", "python", "-c")
        eventually(lambda: self._hello.attempt(*program, LOOK).returncode == 0)
        printed = self._hello.run(*program, RUN[self._folder.name])
        lines = SHOWN[self._folder.name]
        return [line for line in lines if not re.search(f"^{line}$", printed, re.MULTILINE)], printed

    def delete(self):
        self._hello.run("delete", "-f", str(self._folder / "manifests"), "--ignore-not-found")
        self._hello.run("delete", f"pod/{self._client}", "--ignore-not-found", "--grace-period=1")
        self._hello.run("wait", "pods", "-l", f"pynenc.io/pool={self.name}", "--for=delete", "--timeout=60s")

    def size(self):
        """How many pods its pool is to have."""
        return ((self._hello.get(f"deployment/{self.name}") or {}).get("spec") or {}).get("replicas")

    def pods(self):
        """The pods that its pool has."""
        return self._hello.list("pods", "-l", f"pynenc.io/pool={self.name}")


@pytest.fixture
def example(request, own_nodes):
    """An example by its folder; what is made for it is deleted at the end."""
    made = Example(own_nodes, request.param)
    made.apply()
    yield made
    made.delete()


@pytest.mark.parametrize("example", FURTHER_EXAMPLES[:-1], indirect=True, ids=lambda folder: folder.name)
def test_an_example_shows_what_it_is_there_to_show(example):
    missing, printed = example.run()
    assert missing == [], printed


@pytest.mark.parametrize("example", FURTHER_EXAMPLES[-1:], indirect=True, ids=lambda folder: folder.name)
def test_a_pool_without_pods_gets_them_when_there_is_work_and_loses_them_afterwards(example):
    eventually(lambda: example.size() == 0, seconds=60)
    with ThreadPoolExecutor(1) as threads:
        running = threads.submit(example.run)
        eventually(lambda: example.size() == FILM_PODS, seconds=60)
        missing, printed = running.result()
    assert missing == [], printed
    sys.stdout.write(printed)
    eventually(lambda: example.size() == 0 and example.pods() == [], GONE_SECONDS)


@pytest.fixture
def kubectl_only(hello):
    hello.run("create", "secret", "generic", "signing", f"--from-literal=keys=k1:{secrets.token_hex(16)}")
    hello.apply_folder(KUBECTL_ONLY / "manifests", hello.images.example)
    yield hello
    hello.run("delete", "-f", str(KUBECTL_ONLY / "manifests"))
    hello.run("delete", "secret/signing")


def test_a_task_whose_code_stands_in_its_object_is_run(kubectl_only):
    hello = kubectl_only
    hello.run("wait", "--for=condition=Succeeded", "pinv/count-words", "--timeout=120s")
    printed = hello.run("get", "pinv", "count-words", "-o", "jsonpath={.status.result}")
    assert printed in (KUBECTL_ONLY / "README.md").read_text(encoding="utf-8").splitlines()
