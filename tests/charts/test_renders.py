"""What the chart renders, in full: valid for Kubernetes, as it stands in git, and fit to upgrade the first chart.

PYNENC_WRITE_GOLDEN=1 writes the files in `golden` anew; the difference is for a person to read.
"""

from __future__ import annotations

import os
import re
import tarfile

import kubernetes_validate
import pytest
import yaml

from pynenc.api.names import GROUP
from support.charts import BUNDLED, EVERYTHING, EVERYWHERE, only
from support.repository import ROOT

GOLDEN = ROOT / "tests/charts/golden"
FIRST = ROOT / "tests/charts/first/pynenc-0.1.0.tgz"
FOREIGN = (GROUP, "monitoring.coreos.com")
"""Groups whose schemas Kubernetes does not have."""
PASSWORD = re.compile(r"[A-Za-z0-9]{32}(?=\n|@)")


def test_kubernetes_knows_every_field(rendered):
    for manifest in rendered:
        if manifest["apiVersion"].partition("/")[0] not in FOREIGN:
            kubernetes_validate.validate(manifest, "1.37", strict=True)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        pytest.param("defaults", {}, id="defaults"),
        pytest.param("bundled", BUNDLED, id="bundled Valkey"),
        pytest.param("everywhere", EVERYWHERE, id="all namespaces"),
        pytest.param("everything", EVERYTHING, id="everything"),
    ],
)
def test_what_is_rendered_is_what_is_in_git(render, name, values):
    objects = render({**values, "crds": {"install": False}})
    text = PASSWORD.sub("PASSWORD", yaml.safe_dump_all(objects, sort_keys=True, width=150))
    file = GOLDEN / f"{name}.yaml"
    if os.environ.get("PYNENC_WRITE_GOLDEN"):
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8"), "if this is meant: PYNENC_WRITE_GOLDEN=1 pytest tests/charts"


@pytest.fixture(scope="module")
def first(helm, tmp_path_factory):
    """The objects of the first chart, with the bundled Valkey."""
    folder = tmp_path_factory.mktemp("first")
    with tarfile.open(FIRST) as package:
        package.extractall(folder, filter="data")
    chart = str(folder / "pynenc")
    answer = helm("template", "pynenc", chart, "--namespace", "team-a", "--set", "redis.enabled=true")
    assert answer.returncode == 0, answer.stderr
    return [o for o in yaml.safe_load_all(answer.stdout) if o]


@pytest.mark.parametrize("kind", ["Deployment", "StatefulSet"])
def test_what_can_never_change_is_as_in_the_first_chart(first, render, kind):
    before, after = only(first, kind)["spec"], only(render(BUNDLED), kind)["spec"]
    fixed = ("selector", "serviceName", "volumeClaimTemplates", "podManagementPolicy")
    assert {name: before.get(name) for name in fixed} == {name: after.get(name) for name in fixed}


def test_names_are_as_in_the_first_chart(first, render):
    def named(objects):
        return {(o["kind"], o["metadata"].get("namespace"), o["metadata"]["name"]) for o in objects}

    assert named(first) <= named(render(BUNDLED))
