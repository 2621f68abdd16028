"""Examples that bring their own store and runner elsewhere, run here by what is in the cluster."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
import yaml

from cluster.team import app, pool
from e2e.installation import FURTHER_EXAMPLES, RELEASE, client_pod
from support.examples import SHOWN

SECRET = {"urlSecretRef": {"name": f"{RELEASE}-redis", "key": "url"}}
SLOTS = 4
RUN = {
    "02-fan-out": "import run; run.main()",
    "04-concurrency-control": "import run as r; "
    "r.book_accounts(), r.call_the_bank(), r.refresh_reports(), r.count_the_stock()",
}
LIMITS = {"04-concurrency-control": {"bank": 2}}


def manifests(folder, name, image):
    """What a team applies: the App, a WorkerPool, and a Task for each function."""
    emit = [sys.executable, "-m", "pynenc.cli.main", "manifests", "emit", "tasks:app", "--app-ref", name]
    emitted = subprocess.run(emit, cwd=folder, capture_output=True, text=True, check=True)
    limits = LIMITS.get(folder.name)
    reference = {"appRef": {"name": name}, "image": image, "replicas": 1, "slots": SLOTS}
    return [
        app("", name, redis=SECRET, **({"limits": limits} if limits else {})),
        pool(name, **reference),
        *yaml.safe_load_all(emitted.stdout),
    ]


@pytest.fixture(params=FURTHER_EXAMPLES, ids=lambda folder: folder.name)
def folder(request, hello):
    """The folder of an example; what the test makes for it is deleted at the end."""
    yield request.param
    name = request.param.name.partition("-")[2]
    made = (f"papp/{name}", f"ppool/{name}", f"pod/runs-{name}")
    hello.run("delete", *made, "--ignore-not-found", "--grace-period=1")
    hello.run("wait", "pods", "-l", f"pynenc.io/pool={name}", "--for=delete", "--timeout=60s")


def test_an_example_shows_what_it_is_there_to_show(own_nodes, folder):
    hello, image, name = own_nodes, own_nodes.images.others[folder.name], folder.name.partition("-")[2]
    hello.run("apply", "-f", "-", given=manifests(folder, name, image))
    hello.run("wait", f"ppool/{name}", "--for=condition=Ready", "--timeout=120s")
    hello.start_pod(client_pod(hello.namespace, image, app=name, name=f"runs-{name}"))
    printed = hello.run("exec", f"runs-{name}", "--", "python", "-c", RUN[folder.name])
    missing = [line for line in SHOWN[folder.name] if not re.search(f"^{line}$", printed, re.MULTILINE)]
    assert missing == [], printed
