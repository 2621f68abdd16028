"""What the API server is told of each kind: columns, subresources, bounds, descriptions."""

from __future__ import annotations

from typing import get_args

import pytest

from pynenc.api.__main__ import HEADER, chart_template, files, main
from pynenc.api.crds import DEFINITIONS, custom_resource_definition
from pynenc.api.names import RESOURCES
from pynenc.api.v1alpha1.trigger import Reached
from pynenc.api.yaml_text import yaml_of
from pynenc.core.status import RULES, Status

KINDS = [pytest.param(definition, id=definition.resource.kind) for definition in DEFINITIONS]
SIZE_LIMIT = 60_000
FIXED = {"apiVersion", "kind", "metadata"}


def version_of(definition):
    return custom_resource_definition(definition)["spec"]["versions"][0]


def schema_of(definition):
    return version_of(definition)["schema"]["openAPIV3Schema"]


def nodes(schema, path=""):
    """All properties below a schema, with their paths."""
    for name, property_ in schema.get("properties", {}).items():
        yield f"{path}.{name}", property_
        yield from nodes(property_, f"{path}.{name}")
    for inner in (schema.get("items"), schema.get("additionalProperties")):
        if isinstance(inner, dict):
            yield f"{path}[]", inner
            yield from nodes(inner, f"{path}[]")


def bounded(path, node):
    if node.get("x-kubernetes-preserve-unknown-fields") or "enum" in node or node.get("format") == "date-time":
        return True
    if path in {".apiVersion", ".kind"}:
        return True
    limit = {"string": "maxLength", "array": "maxItems"}.get(node.get("type", ""))
    if node.get("type") == "object" and "additionalProperties" in node:
        limit = "maxProperties"
    return limit is None or limit in node


@pytest.mark.parametrize("definition", KINDS)
def test_every_field_is_described(definition):
    undescribed = {path for path, node in nodes(schema_of(definition)) if "description" not in node}
    assert {path for path in undescribed if not path.endswith("[]")} == {".metadata"}


@pytest.mark.parametrize("definition", KINDS)
def test_every_text_list_and_map_has_a_limit(definition):
    assert [path for path, node in nodes(schema_of(definition)) if not bounded(path, node)] == []


@pytest.mark.parametrize("definition", KINDS)
def test_a_definition_is_small(definition):
    assert len(yaml_of(custom_resource_definition(definition))) < SIZE_LIMIT


@pytest.mark.parametrize("definition", KINDS)
def test_status_is_a_subresource_without_defaults(definition):
    assert version_of(definition)["subresources"]["status"] == {}
    status = schema_of(definition)["properties"]["status"]
    assert [path for path, node in nodes(status) if "default" in node] == []


@pytest.mark.parametrize("definition", KINDS)
def test_conditions_are_a_map_by_type(definition):
    conditions = schema_of(definition)["properties"]["status"]["properties"]["conditions"]
    assert conditions["x-kubernetes-list-type"] == "map"
    assert conditions["x-kubernetes-list-map-keys"] == ["type"]
    assert set(conditions["items"]["required"]) == set(conditions["items"]["properties"])


@pytest.mark.parametrize("definition", KINDS)
def test_columns_begin_with_the_verdict_and_end_with_the_age(definition):
    names = [column["name"] for column in version_of(definition)["additionalPrinterColumns"]]
    assert names[1] == "Reason"
    assert names[-1] == "Age"
    assert names[0] == ("Succeeded" if definition.resource.kind == "Invocation" else "Ready")


@pytest.mark.parametrize("definition", KINDS)
def test_columns_and_selectable_fields_point_at_fields(definition):
    known = {path for path, _ in nodes(schema_of(definition))}
    version = version_of(definition)
    paths = [column["jsonPath"] for column in version["additionalPrinterColumns"]]
    paths += [field["jsonPath"] for field in version.get("selectableFields", [])]
    plain = [path for path in paths if "[?" not in path and not path.startswith(".metadata.")]
    assert [path for path in plain if path not in known] == []


def test_only_a_pool_can_be_scaled():
    scaled = {d.resource.kind: "scale" in version_of(d)["subresources"] for d in DEFINITIONS}
    assert [kind for kind, is_scaled in scaled.items() if is_scaled] == ["WorkerPool"]


def test_every_kind_has_a_definition():
    assert {definition.resource for definition in DEFINITIONS} == set(RESOURCES)


def test_the_statuses_that_a_trigger_may_watch_are_those_that_last():
    assert set(get_args(Reached)) == {status.value for status, rule in RULES.items() if not rule.transient}


def test_the_phase_of_an_invocation_is_a_status_of_the_store():
    invocation = next(d for d in DEFINITIONS if d.resource.kind == "Invocation")
    phase = schema_of(invocation)["properties"]["status"]["properties"]["phase"]
    assert phase["enum"] == [status.value for status in Status]


def test_the_charts_copy_differs_by_its_conditions_alone():
    crd = custom_resource_definition(DEFINITIONS[0])
    lines = chart_template(crd).splitlines(keepends=True)
    without = [
        line
        for line in lines
        if "{{" not in line and line.strip() not in {"annotations:", "helm.sh/resource-policy: keep"}
    ]
    assert "".join(without) == HEADER + yaml_of(crd)


def test_the_command_writes_both_copies_and_removes_what_it_no_longer_makes(tmp_path):
    out, chart = tmp_path / "crds", tmp_path / "chart"
    out.mkdir()
    (out / "old.yaml").write_text(HEADER + "kind: Old\n")
    (out / "mine.yaml").write_text("kind: Mine\n")
    main(["--out", str(out), "--chart", str(chart)])
    assert {path.name for path in out.iterdir()} == {*files(chart=False), "mine.yaml"}
    assert {path.name: path.read_text() for path in chart.iterdir()} == files(chart=True)


def test_the_chart_is_optional(tmp_path):
    main(["--out", str(tmp_path)])
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == files(chart=False)
