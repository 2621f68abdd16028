"""What differs between code and manifests is told object by object, and what means the same is no difference."""

from __future__ import annotations

import json
import os
import stat

import pytest
import yaml

from pynenc.errors import ManifestError
from pynenc.manifests.cluster import Place, objects_at
from pynenc.manifests.compare import compare
from pynenc.manifests.files import objects_in


def task(name="add", **spec):
    spec = {"appRef": {"name": "shop"}, "function": f"tasks.{name}", **spec}
    return {"apiVersion": "pynenc.io/v1alpha1", "kind": "Task", "metadata": {"name": name}, "spec": spec}


def pool(**spec):
    spec = {"appRef": {"name": "shop"}, "image": "shop:1", "entrypoint": "tasks:app", **spec}
    return {"apiVersion": "pynenc.io/v1alpha1", "kind": "WorkerPool", "metadata": {"name": "shop"}, "spec": spec}


def told(wanted, found):
    return [str(difference) for difference in compare(wanted, found, "shop")]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        pytest.param([task()], [task()], id="the same"),
        pytest.param([pool()], [pool(queues=["default"])], id="a default that is written out"),
        pytest.param([task()], [task(suspend=True)], id="a Task that somebody has suspended"),
        pytest.param([task()], [task(), pool()], id="a kind that is not wanted"),
        pytest.param([task()], [task(), task("theirs", appRef={"name": "other"})], id="a Task of another App"),
        pytest.param([task()], [task(), {**task("x"), "apiVersion": "tekton.dev/v1"}], id="a Task of another group"),
        pytest.param(
            [task()], [{**task(), "metadata": {"name": "add", "labels": {"a": "b"}}, "status": {}}], id="labels, status"
        ),
        pytest.param(
            [task()], [task(), {"apiVersion": "pynenc.io/v1alpha1", "kind": "Invocation"}], id="an Invocation"
        ),
    ],
)
def test_what_means_the_same_is_no_difference(wanted, found):
    assert told(wanted, found) == []


def test_each_difference_is_told():
    wanted, found = [task("new"), task(maxRetries=2), task("same")], [task("old"), task("same"), task()]
    assert told(wanted, found) == ["Task new is missing", "Task add differs", "Task old is not declared by the code"]


def test_a_difference_shows_lines():
    (difference,) = compare([task(maxRetries=2)], [task(maxRetries=3)], "shop")
    assert difference.lines[:2] == ("--- there", "+++ code")
    assert {"-  maxRetries: 3", "+  maxRetries: 2"} <= set(difference.lines)
    (missing,) = compare([task()], [], "shop")
    assert "+kind: Task" in missing.lines


def test_an_object_that_no_model_takes_is_compared_as_it_is():
    (difference,) = compare([task()], [task(retires=1)], "shop")
    assert "-  retires: 1" in difference.lines


def test_objects_are_read_from_files_and_folders(tmp_path):
    folder = tmp_path / "manifests"
    folder.mkdir()
    (folder / "b.yaml").write_text(yaml.safe_dump_all([task("b1"), None, task("b2")]))
    (folder / "a.json").write_text(json.dumps({"kind": "List", "items": [task("a"), 3]}))
    (folder / "notes.txt").write_text("no manifest")
    (tmp_path / "c.yml").write_text("kind: Namespace\nmetadata: {name: c}\n")
    found = objects_in([folder, tmp_path / "c.yml"])
    assert [one["metadata"]["name"] for one in found] == ["a", "b1", "b2", "c"]
    assert found[-1]["spec"] == {}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param(b"a: [", r"bad\.yaml is no YAML: while parsing", id="no YAML"),
        pytest.param(b"\xff\xfe\x00", r"bad\.yaml is no YAML", id="no text"),
        pytest.param(
            b"!!python/object:os.x {}", r"bad\.yaml is no YAML: could not determine a constructor", id="a tag"
        ),
        pytest.param(b"kind: Task", r"bad\.yaml holds something that is no object of Kubernetes", id="no metadata"),
        pytest.param(b"{kind: Task, metadata: {}, spec: 3}", r"holds something that is no object", id="a bad spec"),
    ],
)
def test_a_bad_file_is_told(tmp_path, text, message):
    (tmp_path / "bad.yaml").write_bytes(text)
    with pytest.raises(ManifestError, match=message):
        objects_in([tmp_path])


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(ManifestError, match=r"gone\.yaml cannot be read: No such file or directory"):
        objects_in([tmp_path / "gone.yaml"])


@pytest.fixture
def kubectl(tmp_path, monkeypatch):
    """A program of that name that writes down its arguments, and answers as told."""

    def answering(text, code=0):
        program = tmp_path / "kubectl"
        program.write_text(
            f'#!/bin/sh\necho "$@" >{tmp_path}/asked\ncat {tmp_path}/answer >&{2 if code else 1}\nexit {code}\n'
        )
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        (tmp_path / "answer").write_text(text)
        monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
        return tmp_path / "asked"

    return answering


def test_a_cluster_is_asked_through_kubectl(kubectl):
    asked = kubectl(json.dumps({"items": [task()]}))
    assert objects_at(Place("config", "kind-x", "team-a")) == [task()]
    assert asked.read_text() == (
        "--kubeconfig config --context kind-x --namespace team-a get"
        " apps.pynenc.io,workerpools.pynenc.io,tasks.pynenc.io --output=json\n"
    )
    objects_at(Place())
    assert asked.read_text().startswith("get ")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param("warning\nthe server is away\n", "kubectl cannot get the objects: the server is away", id="away"),
        pytest.param("", "kubectl cannot get the objects: no reason given", id="silent"),
    ],
)
def test_a_cluster_that_does_not_answer_is_told(kubectl, text, told):
    kubectl(text, 1)
    with pytest.raises(ManifestError, match=told):
        objects_at(Place())


def test_a_machine_without_kubectl_is_told(monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ManifestError, match="kubectl is not on the path; install it, or compare with files"):
        objects_at(Place())
