"""What readers and editors are told of the kinds says no more and no less than the server's own definition."""

from __future__ import annotations

import json
import re

import jsonschema
import pytest
import yaml

from pynenc.api.__main__ import main
from pynenc.api.crds import DEFINITIONS
from pynenc.api.editors import file_name, json_schema
from pynenc.api.reference import reference

KINDS = [pytest.param(definition, id=definition.resource.kind) for definition in DEFINITIONS]
EXAMPLES = {definition.resource.kind: f"kind: {definition.resource.kind}" for definition in DEFINITIONS}
PAGE = reference(EXAMPLES)
POOL = {"appRef": {"name": "a"}, "image": "i", "entrypoint": "tasks:app"}


def definition_of(kind):
    return next(definition for definition in DEFINITIONS if definition.resource.kind == kind)


def validate(of, spec, **changes):
    manifest = {"apiVersion": "pynenc.io/v1alpha1", "kind": of, "metadata": {"name": "x"}, "spec": spec, **changes}
    jsonschema.Draft202012Validator(json_schema(definition_of(of))).validate(manifest)


@pytest.mark.parametrize("definition", KINDS)
def test_a_schema_is_one_and_holds_nothing_of_the_server(definition):
    schema = json_schema(definition)
    jsonschema.Draft202012Validator.check_schema(schema)
    assert "x-kubernetes" not in json.dumps(schema)
    assert file_name(definition) == f"{definition.resource.kind.lower()}_v1alpha1.json"


@pytest.mark.parametrize(
    ("kind", "spec", "changes"),
    [
        pytest.param("Task", {"appRef": {"name": "a"}, "function": "t.f", "retires": 1}, {}, id="a misspelled field"),
        pytest.param("Task", {"appRef": {"name": "a"}, "function": "f"}, {}, id="a function without module"),
        pytest.param("Task", {"function": "t.f"}, {}, id="a field that is missing"),
        pytest.param("WorkerPool", {**POOL, "resources": {"limits": {"cpu": True}}}, {}, id="no quantity"),
        pytest.param("Invocation", {"taskRef": {"name": "a"}}, {"status": {"phase": "SUCCESS"}}, id="a status"),
        pytest.param("Invocation", {"taskRef": {"name": "a"}}, {"kind": "Task"}, id="another kind"),
    ],
)
def test_an_editor_marks_what_is_wrong(kind, spec, changes):
    with pytest.raises(jsonschema.ValidationError):
        validate(kind, spec, **changes)


@pytest.mark.parametrize(
    ("kind", "spec"),
    [
        pytest.param("WorkerPool", {**POOL, "resources": {"limits": {"cpu": 1, "memory": "1Gi"}}}, id="quantities"),
        pytest.param(
            "Invocation", {"taskRef": {"name": "a"}, "arguments": {"x": [1, {"y": None}]}}, id="values of any shape"
        ),
        pytest.param(
            "Trigger",
            {"taskRef": {"name": "a"}, "when": [{"event": {"code": "x"}}], "argumentsFrom": {"x": "event.y"}},
            id="names of one's own",
        ),
    ],
)
def test_an_editor_takes_what_is_right(kind, spec):
    validate(kind, spec)


@pytest.mark.parametrize("definition", KINDS)
def test_the_page_shows_names_example_and_columns(definition):
    resource = definition.resource
    assert f"| `{resource.crd_name}` | `{resource.short_name}` |" in PAGE
    assert f"```yaml\nkind: {resource.kind}\n```" in PAGE
    assert f"`kubectl get {resource.short_name}` prints Name, " in PAGE


def test_every_field_has_a_row():
    section = PAGE.partition("### Workflow spec")[2].partition("### Workflow status")[0]
    rows = re.findall(r"^\| `([^`]+)`", section, re.MULTILINE)
    assert {"taskRef.name", "steps", "steps[].needs", "steps[].when[].equals", "finally[].retries"} <= set(rows)
    assert len(rows) == len(set(rows))


@pytest.mark.parametrize(
    "row",
    [
        "| `priority` | integer |  | 0 to 9 |",
        "| `slots` | integer | `2` | 1 to 256 |",
        '| `redis.urlSecretRef.key` | string | `"url"` | 1 to 253 characters |',
        "| `queued` | integer |  | 0 or more |",
        "| `parameters` | map to any |  |  |",
        "| `result` | any |  |  |",
        "| `queuedAt` | time |  |  |",
        "| `resources.limits` | map to integer or string |  | at most 16 entries; each at most 64 characters |",
        "| `disableCacheArgs` | list of string |  | at most 32 items; each 1 to 253 characters |",
        '| `match` | string | `"Any"` | one of `Any`, `All` |',
        "| `conditions` | conditions | | |",
    ],
)
def test_a_row_tells_type_default_and_rules(row):
    assert row in PAGE


def test_checks_across_fields_are_told():
    assert "\n- exactly one of taskRef and steps must be set\n- finally is only allowed with steps\n" in PAGE
    assert "`steps` | list of object |  | 1 to 1000 items; each `name` once |" in PAGE
    assert "1 to 16 items; exactly one of cron, status, result, exception, event must be set" in PAGE


def test_the_command_writes_page_and_schemas_beside_the_examples(tmp_path):
    folder = tmp_path / "reference"
    (folder / "manifests").mkdir(parents=True)
    for definition in DEFINITIONS:
        text = yaml.safe_dump({"kind": definition.resource.kind})
        (folder / "manifests" / f"{definition.resource.singular}.yaml").write_text(text)
    main(["--out", str(tmp_path / "crds"), "--reference", str(folder)])
    assert (folder / "crds.md").read_text() == PAGE
    written = {path.name: json.loads(path.read_text()) for path in (folder / "schemas").iterdir()}
    assert written == {file_name(definition): json_schema(definition) for definition in DEFINITIONS}
