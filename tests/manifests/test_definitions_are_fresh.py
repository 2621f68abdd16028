"""The custom resource definitions in git are the ones that the models give."""

from __future__ import annotations

import subprocess
import sys

import pytest

from support.repository import ROOT

FOLDERS = ("crds", "charts/pynenc/templates/crds")


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
