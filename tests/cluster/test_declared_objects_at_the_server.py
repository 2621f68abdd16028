"""A real API server refuses bad Triggers and Workflows with a text that says what to do, and keeps good ones.

No operator takes part.
"""

from __future__ import annotations

import json
import uuid

import pytest

from cluster.team import make
from pynenc.api.names import API_VERSION
from support.kubectl import checked, kubectl
from support.repository import ROOT

WHEN = [{"cron": {"schedule": "0 2 * * *"}}]
STEP = {"name": "one", "taskRef": {"name": "add"}}
EVENT = {"event": {"code": "x"}}


@pytest.fixture(scope="module")
def namespace(our_kinds):
    name = f"declared-{uuid.uuid4().hex[:8]}"
    checked("create", "namespace", name)
    yield name
    checked("delete", "namespace", name, "--wait=false")


def trigger(name="probe", **spec):
    """One that is sound, but for what is changed; None leaves a field out."""
    merged = {"taskRef": {"name": "add"}, "when": WHEN, **spec}
    return make("Trigger", name, **{key: value for key, value in merged.items() if value is not None})


def workflow(name="probe", **spec):
    return make("Workflow", name, **spec)


@pytest.mark.parametrize(
    ("manifest", "message"),
    [
        pytest.param(
            trigger(when=[{}]),
            "exactly one of cron, status, result, exception, event must be set",
            id="a Trigger without a condition",
        ),
        pytest.param(
            trigger(when=[{"cron": {"schedule": "@daily"}, "event": {"code": "x"}}]),
            "exactly one of cron, status, result, exception, event must be set",
            id="a condition of two kinds",
        ),
        pytest.param(trigger(when=[]), "should have at least 1 items", id="no conditions"),
        pytest.param(
            trigger(when=[EVENT] * 17),
            "Too many: 17: must have at most 16 items",
            id="too many conditions",
        ),
        pytest.param(trigger(when=None), "spec.when: Required value", id="no list of conditions"),
        pytest.param(
            trigger(when=[{"cron": {"schedule": "* * * *"}}]),
            "spec.when[0].cron.schedule in body should match",
            id="four fields",
        ),
        pytest.param(
            trigger(when=[{"cron": {"schedule": "* * * * * *"}}]),
            "schedules with seconds are not supported",
            id="six fields",
        ),
        pytest.param(
            trigger(when=[{"cron": {"schedule": "@daily"}, "where": [{"path": "tick", "equals": 1}]}]),
            "where is not allowed with cron",
            id="a comparison with a time",
        ),
        pytest.param(
            trigger(workflowRef={"name": "w"}),
            "exactly one of taskRef and workflowRef must be set",
            id="two to start",
        ),
        pytest.param(
            trigger(taskRef=None),
            "exactly one of taskRef and workflowRef must be set",
            id="nothing to start",
        ),
        pytest.param(
            trigger(match="All"),
            "match All needs at least 2 conditions in when",
            id="all of one condition",
        ),
        pytest.param(
            trigger(windowSeconds=5),
            "windowSeconds and correlateBy are only allowed when match is All",
            id="a window for one condition",
        ),
        pytest.param(
            trigger(when=[EVENT], timeZone="UTC"),
            "timeZone, startingDeadlineSeconds, catchUp are only allowed with a cron condition",
            id="a time zone without a schedule",
        ),
        pytest.param(
            trigger(catchUp="Latest", catchUpLimit=3),
            "catchUpLimit is only allowed when catchUp is All",
            id="a limit of what is not made up for",
        ),
        pytest.param(trigger(arguments=[1]), "must be of type object", id="a list of values"),
        pytest.param(
            trigger(argumentsFrom={"x": "{{ result.x"}),
            "spec.argumentsFrom.x in body should match",
            id="a template",
        ),
        pytest.param(
            trigger(when=[{"status": {"taskRef": {"name": "add"}, "statuses": ["DONE"]}}]),
            'Unsupported value: "DONE"',
            id="a status that is none",
        ),
        pytest.param(workflow(), "exactly one of taskRef and steps must be set", id="a Workflow without an entry"),
        pytest.param(
            workflow(taskRef={"name": "a"}, steps=[STEP]),
            "exactly one of taskRef and steps must be set",
            id="a Workflow with two entries",
        ),
        pytest.param(
            workflow(taskRef={"name": "a"}, **{"finally": [STEP]}),
            "finally is only allowed with steps",
            id="an end without steps",
        ),
        pytest.param(
            workflow(steps=[STEP, STEP]),
            'spec.steps[1]: Duplicate value: {"name":"one"}',
            id="steps of one name",
        ),
        pytest.param(
            workflow(steps=[{**STEP, "argumentsFrom": {"x": "result.y"}}]),
            "spec.steps[0].argumentsFrom.x in body should match",
            id="a path into nowhere",
        ),
    ],
)
def test_a_bad_object_is_refused(namespace, manifest, message):
    answer = kubectl("apply", "--dry-run=server", "-n", namespace, "-f", "-", given=manifest)
    assert answer.returncode != 0
    assert message in answer.stderr


def test_the_defaults_of_a_trigger_are_written_by_the_server(namespace):
    checked("apply", "-n", namespace, "-f", "-", given=trigger("defaults"))
    spec = json.loads(checked("get", "ptrig", "defaults", "-n", namespace, "-o", "json"))["spec"]
    assert spec == {
        "taskRef": {"name": "add"},
        "when": WHEN,
        "match": "Any",
        "concurrencyPolicy": "Allow",
        "suspend": False,
    }


@pytest.mark.parametrize("value", [0, "", False, [None], {"a": 1}], ids=json.dumps)
def test_what_is_compared_is_kept(namespace, value):
    when = [{"event": {"code": "x"}, "where": [{"path": "event.x", "equals": value}]}]
    checked("apply", "-n", namespace, "-f", "-", given=trigger("compares", when=when))
    stored = json.loads(checked("get", "ptrig", "compares", "-n", namespace, "-o", "json"))
    assert stored["spec"]["when"] == when


def test_nothing_is_compared_by_saying_nothing(namespace):
    when = [{"event": {"code": "x"}, "where": [{"path": "event.x"}]}]
    checked("apply", "-n", namespace, "-f", "-", given=trigger("compares-null", when=when))


def test_a_graph_of_the_largest_size_is_taken(namespace):
    steps = [{**STEP, "name": f"s{number}"} for number in range(1000)]
    checked("apply", "--server-side", "-n", namespace, "-f", "-", given=workflow("large", steps=steps))
    answer = kubectl(
        *("apply", "--server-side", "-n", namespace, "-f", "-"),
        given=workflow("large", steps=[*steps, STEP]),
    )
    assert "must have at most 1000 items" in answer.stderr


@pytest.mark.parametrize("path", sorted(ROOT.glob("docs/reference/manifests/*.yaml")), ids=lambda path: path.stem)
def test_the_examples_of_the_page_of_fields_are_taken(namespace, path):
    checked("apply", "--server-side", "--dry-run=server", "-n", namespace, "-f", str(path))


@pytest.mark.parametrize(
    ("field", "text"),
    [
        pytest.param("trigger.spec.when.cron.schedule", "day of week", id="schedule"),
        pytest.param("workflow.spec.steps.forEach", "once for each item", id="items"),
    ],
)
def test_fields_are_explained(our_kinds, field, text):
    assert text in checked("explain", field, f"--api-version={API_VERSION}")
