"""The custom resource definitions in git, and what is told of them, are what the models give."""

from __future__ import annotations

import json
import subprocess
import sys

import jsonschema
import pytest
import yaml

from pynenc.api import v1alpha1
from pynenc.api.__main__ import reference_files
from support.repository import ROOT

FOLDERS = ("crds", "charts/pynenc/templates/crds")
REFERENCE = ROOT / "docs/reference"
MANIFESTS = [pytest.param(path, id=path.stem) for path in sorted(REFERENCE.glob("manifests/*.yaml"))]


@pytest.fixture(scope="module")
def generated(tmp_path_factory):
    """What the generator writes now, by the folder that it belongs into."""
    folder = tmp_path_factory.mktemp("generated")
    targets = {name: folder / str(number) for number, name in enumerate(FOLDERS)}
    plain, chart = targets.values()
    subprocess.run([sys.executable, "-m", "pynenc.api", "--out", plain, "--chart", chart], check=True)
    return targets


@pytest.mark.parametrize("name", FOLDERS)
def test_what_is_in_git_is_what_the_models_give(generated, name):
    def texts(folder):
        return {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}

    assert texts(ROOT / name) == texts(generated[name]), "run `make generate`"


def test_page_and_schemas_are_what_the_models_give():
    generated = reference_files(REFERENCE)
    found = {str(path.relative_to(REFERENCE)) for path in [*REFERENCE.glob("*.md"), *REFERENCE.glob("schemas/*")]}
    assert found == set(generated)
    assert {name: (REFERENCE / name).read_text(encoding="utf-8") for name in found} == generated, "run `make generate`"


@pytest.mark.parametrize("path", MANIFESTS)
def test_the_examples_of_the_page_are_sound(path):
    manifest = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert manifest["kind"].lower() == path.stem
    getattr(v1alpha1, manifest["kind"]).from_dict(manifest)
    schema = json.loads((REFERENCE / "schemas" / f"{path.stem}_v1alpha1.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(schema).validate(manifest)
