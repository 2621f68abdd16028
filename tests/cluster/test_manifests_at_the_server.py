"""What the code gives is applied to a real API server, and compared with what is there."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from pathlib import Path

import pytest

from support.kubectl import BINARY, KUBECONFIG, checked
from support.repository import ROOT

PROGRAM = "from pynenc.cli.main import main; main()"


@pytest.fixture
def namespace(our_kinds):
    name = f"manifests-{uuid.uuid4().hex[:8]}"
    checked("create", "namespace", name)
    yield name
    checked("delete", "namespace", name, "--wait=false")


def manifests(example, *arguments):
    command = [sys.executable, "-c", PROGRAM, "manifests", *arguments]
    path = f"{Path(BINARY).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path}
    return subprocess.run(command, cwd=example, capture_output=True, text=True, check=False, env=environment)


def test_a_cluster_is_compared_with_the_code(namespace):
    example = ROOT / "examples/04-concurrency-control"
    place = ("--kubeconfig", str(KUBECONFIG), "-n", namespace)
    target = ("tasks:app", "--with-pool", "--image", "pynenc-concurrency-control:0.1.0")
    before = manifests(example, "check", *target, *place, "--cluster")
    assert (before.returncode, before.stderr) == (3, "")
    assert before.stdout.splitlines()[0] == "App concurrency-control is missing"
    checked("apply", "--server-side", "-n", namespace, "-f", str(example / "manifests"))
    applied = manifests(example, "diff", *target, *place)
    assert (applied.returncode, applied.stdout, applied.stderr) == (0, "", "")
    checked("patch", "ptask/book", "-n", namespace, "--type=merge", "-p", '{"spec": {"maxRetries": 7}}')
    changed = manifests(example, "diff", *target, *place)
    assert changed.returncode == 3
    assert "# Task book differs" in changed.stdout
    assert "-  maxRetries: 7" in changed.stdout


@pytest.mark.parametrize("example", sorted(ROOT.glob("examples/*/manifests")), ids=lambda path: path.parent.name)
def test_the_manifests_of_an_example_are_taken(namespace, example):
    checked("apply", "--server-side", "--dry-run=server", "-n", namespace, "-f", str(example))
