"""The manifests of each example fit the models, each other, and the code beside them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
import yaml

from pynenc.api import v1alpha1
from support.repository import ROOT

EXAMPLES = [pytest.param(path.parent, id=path.parent.name) for path in sorted(ROOT.glob("examples/*/manifests"))]
WITH_CODE = [pytest.param(path.parent, id=path.parent.name) for path in sorted(ROOT.glob("examples/*/tasks.py"))]
PROGRAM = "from pynenc.cli.main import main; main()"


def objects(example: Path):
    texts = [path.read_text(encoding="utf-8") for path in sorted((example / "manifests").glob("*.yaml"))]
    return [document for text in texts for document in yaml.safe_load_all(text)]


def by_kind(example):
    found: dict[str, dict] = {}
    for document in objects(example):
        model = getattr(v1alpha1, document["kind"]).from_dict(document)
        found.setdefault(model.kind, {})[model.metadata.name] = model
    return found


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_object_fits_its_model(example):
    assert sum(len(models) for models in by_kind(example).values()) == len(objects(example))


@pytest.mark.parametrize("example", EXAMPLES)
def test_objects_refer_to_each_other(example):
    kinds = by_kind(example)
    users = [*kinds["WorkerPool"].values(), *kinds["Task"].values()]
    assert {user.spec.app_ref.name for user in users} == set(kinds["App"])
    invocations = kinds.get("Invocation", {}).values()
    assert {invocation.spec.task_ref.name for invocation in invocations} <= set(kinds["Task"])


@pytest.mark.parametrize("example", EXAMPLES)
def test_invocations_have_the_arguments_of_their_functions(example):
    kinds = by_kind(example)
    for invocation in kinds.get("Invocation", {}).values():
        jsonschema.validate(invocation.spec.arguments, kinds["Task"][invocation.spec.task_ref.name].spec.parameters)


@pytest.mark.parametrize("example", EXAMPLES)
def test_source_in_manifests_gives_what_the_example_shows(example):
    kinds = by_kind(example)
    for invocation in kinds.get("Invocation", {}).values():
        source = kinds["Task"][invocation.spec.task_ref.name].spec.source
        if source is not None:
            scope: dict = {}
            exec(source.python, scope)
            result = json.dumps(scope["main"](**invocation.spec.arguments), sort_keys=True, separators=(",", ":"))
            assert result in (example / "README.md").read_text(encoding="utf-8")


def run(example, *arguments):
    command = [sys.executable, "-c", PROGRAM, "manifests", *arguments]
    return subprocess.run(command, cwd=example, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("example", WITH_CODE)
def test_manifests_are_what_the_code_gives(example):
    [pool] = by_kind(example)["WorkerPool"].values()
    target = (pool.spec.entrypoint, "--app-ref", pool.spec.app_ref.name)
    checked = run(example, "check", *target, "-f", "manifests")
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", ""), "run: make generate"
    generated = [
        path.read_text(encoding="utf-8")
        for path in (example / "manifests" / "tasks.yaml", example / "manifests" / "emitted.yaml")
        if path.exists()
    ]
    more = () if (example / "manifests" / "tasks.yaml").exists() else ("--with-pool", "--image", pool.spec.image)
    assert generated == [run(example, "emit", *target, *more).stdout]


def test_the_objects_in_the_page_of_task_objects_fit_their_models():
    blocks = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs/task-objects.md").read_text(encoding="utf-8"), re.DOTALL)
    documents = [document for block in blocks for document in yaml.safe_load_all(block)]
    models = {document["kind"]: getattr(v1alpha1, document["kind"]).from_dict(document) for document in documents}
    assert models.keys() == {"App", "Task", "Invocation"}
    assert set(models["Task"].spec.concurrency.limits) <= set(models["App"].spec.limits)
    jsonschema.validate(models["Invocation"].spec.arguments, models["Task"].spec.parameters)


@pytest.mark.parametrize("name", ["hpa", "keda"])
def test_an_autoscaler_scales_the_pool_beside_it(name):
    pool, autoscaler = yaml.safe_load_all((ROOT / f"examples/10-autoscalers/pools/{name}.yaml").read_text("utf-8"))
    model = v1alpha1.WorkerPool.from_dict(pool)
    target = autoscaler["spec"]["scaleTargetRef"]
    assert (target["apiVersion"], target["kind"], target["name"]) == (
        model.api_version,
        model.kind,
        model.metadata.name,
    )
    assert model.spec.scaling is not None
    assert model.spec.scaling.mode == "External"
    assert model.spec.replicas is not None
