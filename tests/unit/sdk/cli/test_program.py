"""The program: its help teaches, its errors are one line, and its verbs do what the SDK does."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
import yaml
from typer.testing import CliRunner

from pynenc.cli import main as cli
from support.repository import ROOT

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
        pytest.param(["dev", "--help"], "pynenc --app tasks:app dev", id="dev"),
        pytest.param(["invoke", "--help"], "invoke add --arg x=1 --arg y=2 --wait", id="invoke"),
        pytest.param(["list", "--help"], "list --status FAILED --task tasks.send -o json", id="list"),
        pytest.param(["describe", "--help"], "describe 0199c0de", id="describe"),
        pytest.param(["cancel", "--help"], "xargs pynenc --app tasks:app cancel", id="cancel"),
        pytest.param(["retry", "--help"], "retry 0199c0de", id="retry"),
        pytest.param(["dead", "--help"], "pynenc --app tasks:app dead -o json", id="dead"),
        pytest.param(["dead", "requeue", "--help"], "requeue --all --task tasks.send", id="dead requeue"),
        pytest.param(["purge", "--help"], "pynenc --app tasks:app purge --yes", id="purge"),
        pytest.param(["queues", "--help"], "pynenc --app tasks:app queues -o json", id="queues"),
        pytest.param(["config", "show", "--help"], "pynenc --app tasks:app config show", id="config show"),
        pytest.param(["doctor", "--help"], "pynenc --app tasks:app doctor", id="doctor"),
        pytest.param(["manifests", "emit", "--help"], "manifests emit tasks:app | kubectl apply -f -", id="emit"),
        pytest.param(["manifests", "check", "--help"], "manifests check tasks:app -f manifests/", id="check"),
        pytest.param(["manifests", "diff", "--help"], "manifests diff tasks:app -n team-a", id="diff"),
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


def test_manifests_take_app_and_pool_with_an_image(invoke):
    result = invoke("manifests", "emit", "shop_cli_tasks:app", "--with-pool", "--image", "mailer:1")
    assert [one["kind"] for one in yaml.safe_load_all(result.output)] == ["App", "WorkerPool", "Task"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        pytest.param(["emit", "--with-pool"], "--with-pool and --image go together", id="no image"),
        pytest.param(["emit", "--image", "x"], "--with-pool and --image go together", id="no pool"),
        pytest.param(["emit", "--bundle"], "a bundle is signed for one App", id="no namespace"),
        pytest.param(["check"], "name what to compare with: -f FOLDER, or --cluster", id="nothing to compare with"),
        pytest.param(["check", "-f", "x", "--cluster"], "name what to compare with", id="two to compare with"),
    ],
)
def test_a_command_line_of_manifests_that_cannot_be_meant_is_refused(invoke, arguments, told):
    result = invoke("--app", "shop_cli_tasks:app", "manifests", *arguments)
    assert result.exit_code == 2
    assert told in " ".join(result.output.replace("│", " ").split())


def test_files_are_compared_with_the_code(invoke, tmp_path):
    emitted = invoke("manifests", "emit", "shop_cli_tasks:app").output
    (tmp_path / "tasks.yaml").write_text(emitted)
    checked = ("manifests", "check", "shop_cli_tasks:app", "-f", "tasks.yaml")
    result = invoke(*checked)
    assert (result.exit_code, result.output) == (0, "")
    (tmp_path / "tasks.yaml").write_text(emitted + "  maxRetries: 3\n")
    result = invoke(*checked)
    assert (result.exit_code, result.output) == (3, "Task add differs\n")


@pytest.mark.parametrize("verb", [["diff"], ["check", "--cluster"]])
def test_a_cluster_is_compared_with_the_code(invoke, tmp_path, monkeypatch, verb):
    (tmp_path / "kubectl").write_text("#!/bin/sh\ncat answer\n")
    (tmp_path / "kubectl").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    (document,) = yaml.safe_load_all(invoke("manifests", "emit", "shop_cli_tasks:app").output)
    (tmp_path / "answer").write_text(json.dumps({"items": [document]}))
    assert invoke("--app", "shop_cli_tasks:app", "manifests", *verb).exit_code == 0
    (tmp_path / "answer").write_text(json.dumps({"items": []}))
    result = invoke("--app", "shop_cli_tasks:app", "manifests", *verb)
    assert result.exit_code == 3
    assert "Task add is missing" in result.output
    assert ("+  function: shop_cli_tasks.add" in result.output) is (verb == ["diff"])


def test_the_page_on_the_command_line_names_every_verb():
    page = (ROOT / "docs/command-line.md").read_text(encoding="utf-8")
    verbs = [command.name or command.callback.__name__ for command in cli.program.registered_commands]
    verbs += [f"{group.name} " for group in cli.program.registered_groups]
    verbs = [verb.replace("list_invocations", "list") for verb in verbs]
    assert [verb for verb in verbs if f"`{verb}" not in page] == []


def test_the_program_starts_without_what_only_verbs_need():
    """So that help and completion are quick."""
    code = "import sys, pynenc.cli.main; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    needed_later = {"redis", "pydantic", "yaml", "rich", "prometheus_client", "cloudpickle", "kubernetes"}
    assert needed_later & set(loaded) == set()


@pytest.mark.parametrize("arguments", [["runner", "start"], ["manifests", "emit"], ["dev"], ["list"], ["doctor"]])
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
