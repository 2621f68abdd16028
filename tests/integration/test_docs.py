"""The files that a page of the documentation shows are written into a folder, and its tests pass there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path

import pytest

from support.crashes import SOURCES
from support.repository import ROOT

FILE = re.compile(r"^```python\n# (\w+\.py)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PLUGIN = ("-p", "pynenc_pytest", "-p", "no:cacheprovider")
USES_A_SERVER = """
from pynenc import Pynenc

def test_server(pynenc_server):
    app = Pynenc(config_values={"redis_url": pynenc_server})
    app.orchestrator.ping()
    assert type(app.orchestrator).__name__ == "RedisOrchestrator"
"""
NOT_IMPORTED = "import sys\n\ndef test_nothing(): assert 'pynenc' not in sys.modules\n"


def run_pytest(folder: Path, files: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Write these files and run their tests."""
    for name, text in files.items():
        (folder / name).write_text(text)
    environment = {**os.environ, "PYTHONPATH": SOURCES, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    command = [sys.executable, "-m", "pytest", "-q", *PLUGIN, "--rootdir", str(folder), str(folder)]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=100, check=False
    )


@pytest.mark.parametrize("page", ["testing.md", "components.md"])
def test_the_code_of_a_page_runs(tmp_path: Path, page: str) -> None:
    files = dict(FILE.findall((ROOT / "docs" / page).read_text()))
    assert [name for name in files if name.startswith("test_")] != []
    done = run_pytest(tmp_path, files)
    assert done.returncode == 0, done.stdout


def test_a_run_that_does_not_use_the_fixtures_does_not_import_the_product(tmp_path: Path) -> None:
    done = run_pytest(tmp_path, {"test_nothing.py": NOT_IMPORTED})
    assert done.returncode == 0, done.stdout


def test_a_server_is_there_for_those_who_ask(tmp_path: Path) -> None:
    done = run_pytest(tmp_path, {"test_server.py": USES_A_SERVER})
    assert done.returncode == 0, done.stdout


def test_an_app_that_was_not_told_is_asked_for(tmp_path: Path) -> None:
    done = run_pytest(tmp_path, {"test_sync.py": "def test_sync(pynenc_sync): pass\n"})
    assert done.returncode == 1
    assert 'define a fixture "pynenc_app"' in done.stdout


def test_pytest_finds_the_fixtures_once_the_distribution_is_installed() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert project["project"]["entry-points"]["pytest11"] == {"pynenc_pytest": "pynenc_pytest"}
    assert "sdk/src/pynenc_pytest.py" in project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
