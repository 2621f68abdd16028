"""The program: its help teaches, its errors are one line, and its verbs do what the SDK does."""

from __future__ import annotations

import pytest
import yaml
from typer.testing import CliRunner

from pynenc.cli import main as cli

TASKS = """
from pynenc import Pynenc

app = Pynenc("team-a/mailer")

@app.task
def add(x: int, y: int) -> int:
    return x + y
"""


@pytest.fixture
def invoke(tmp_path, monkeypatch):
    """Run the program in a directory with tasks in shop_cli_tasks.py."""
    (tmp_path / "shop_cli_tasks.py").write_text(TASKS)
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: CliRunner().invoke(cli.program, arguments)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        pytest.param(["--help"], "pynenc --app tasks:app runner start", id="the program"),
        pytest.param(["runner", "start", "--help"], "PYNENC__REDIS_URL=redis://localhost:6379", id="runner start"),
        pytest.param(["manifests", "emit", "--help"], "manifests emit tasks:app | kubectl apply -f -", id="emit"),
    ],
)
def test_help_shows_an_example(invoke, arguments, expected):
    result = invoke(*arguments)
    assert result.exit_code == 0
    assert expected in " ".join(result.output.split())


def test_the_version_is_that_of_the_package(invoke):
    result = invoke("--version")
    assert (result.exit_code, result.output) == (0, "pynenc 0.1.0\n")


@pytest.mark.parametrize(
    "arguments", [["--app", "shop_cli_tasks:app", "manifests", "emit"], ["manifests", "emit", "shop_cli_tasks"]]
)
def test_manifests_name_the_app_object_after_the_app_id(invoke, arguments):
    result = invoke(*arguments)
    (task,) = yaml.safe_load_all(result.output)
    assert result.exit_code == 0
    assert task["spec"]["appRef"] == {"name": "mailer"}
    assert task["spec"]["function"] == "shop_cli_tasks.add"


def test_manifests_take_another_app_object_and_a_namespace(invoke):
    result = invoke("manifests", "emit", "shop_cli_tasks:app", "--app-ref", "other", "-n", "team-b")
    (task,) = yaml.safe_load_all(result.output)
    assert (task["spec"]["appRef"]["name"], task["metadata"]["namespace"]) == ("other", "team-b")


@pytest.mark.parametrize("arguments", [["runner", "start"], ["manifests", "emit"]])
def test_a_verb_without_an_app_says_how_to_name_one(invoke, arguments):
    result = invoke(*arguments)
    assert result.exit_code == 2
    assert "name the app: pynenc --app tasks:app" in " ".join(result.output.split())


def test_an_error_of_the_sdk_is_one_line_and_exit_code_1(invoke, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["pynenc", "--app", "shop_nowhere:app", "runner", "start"])
    with pytest.raises(SystemExit) as caught:
        cli.main()
    assert caught.value.code == 1
    assert capsys.readouterr().err.startswith('error: no module "shop_nowhere" in ')
