"""A Workflow is a graph of Tasks that exist, or its conditions say what to mend."""

from __future__ import annotations

import itertools
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pynenc.core.records import DeclaredKind
from pynenc_operator.plan.workflow import cycle, plan_workflow
from unit.operator.builders import NOW, make_catalog, make_task, make_workflow, message, verdicts

PARAMETERS = {"type": "object", "properties": {"to": {"type": "string"}}, "required": ["to"]}
FETCH, SEND = make_task("fetch"), make_task(parameters=PARAMETERS)


def step(name, **spec):
    return {"name": name, "taskRef": {"name": "fetch"}, **spec}


def plan(*steps, objects=(FETCH, SEND), known=None, **spec):
    workflow = make_workflow(steps=list(steps), **spec) if steps else make_workflow(**spec)
    return plan_workflow(workflow, make_catalog(*objects), known, NOW)


def test_a_workflow_in_code_is_declared_and_says_that_nothing_runs_it():
    done = plan(known={})
    assert verdicts(done.status) == {"Ready": ("False", "NotEvaluated"), "Accepted": ("True", "Accepted")}
    assert "no worker of this version runs workflows yet" in message(done.status, "Ready")
    (declaration,) = done.declare
    assert (declaration.kind, declaration.name) == (DeclaredKind.WORKFLOW, "orders")
    expected = {"uid": "uid-of-orders", "tasks": {"send": "mail.send"}, "spec": {"taskRef": {"name": "send"}}}
    assert json.loads(declaration.text) == expected
    assert done.status.steps is None


def test_a_graph_tells_the_number_of_its_steps():
    done = plan(step("a"), step("b", needs=["a"]), **{"finally": [step("c")]}, known={})
    assert verdicts(done.status)["Accepted"] == ("True", "Accepted")
    assert done.status.steps == 3
    assert json.loads(done.declare[0].text)["tasks"] == {"fetch": "mail.fetch"}


@pytest.mark.parametrize(
    "steps",
    [
        pytest.param([step("a"), step("b", argumentsFrom={"x": "steps.a.result.url"})], id="the result of another"),
        pytest.param(
            [step("b", when=[{"path": "steps.a.status", "equals": "SUCCESS"}]), step("a")], id="the status of another"
        ),
        pytest.param([step("a"), step("b", forEach="steps.a.result", argumentsFrom={"x": "item.url"})], id="each item"),
        pytest.param(
            [step("a"), {"name": "b", "taskRef": {"name": "send"}, "argumentsFrom": {"to": "steps.a.result"}}],
            id="a required argument that comes later",
        ),
    ],
)
def test_paths_lead_to_what_there_is(steps):
    assert verdicts(plan(*steps).status)["Accepted"] == ("True", "Accepted")


@pytest.mark.parametrize(
    ("steps", "spec", "reason", "told"),
    [
        pytest.param(
            [step("a", taskRef={"name": "x"})],
            {},
            "TaskNotFound",
            'Task "x" not found in namespace team-a; Workflow objects cannot cross namespaces',
            id="no Task",
        ),
        pytest.param([step("a", needs=["x"])], {}, "InvalidSteps", 'step "a" needs "x", which is no step', id="needs"),
        pytest.param(
            [step("a", argumentsFrom={"y": "steps.x.result"})],
            {},
            "InvalidSteps",
            'step "a" needs "x", which is no step',
            id="a path to no step",
        ),
        pytest.param(
            [step("a", argumentsFrom={"y": "item.x"})],
            {},
            "InvalidSteps",
            'step "a": item.x is there only inside a step with forEach',
            id="no item",
        ),
        pytest.param(
            [step("a", forEach="item")], {}, "InvalidSteps", "item is there only inside a step", id="items of an item"
        ),
        pytest.param(
            [step("a", argumentsFrom={"y": "parameters.day"})],
            {"parameters": {"properties": {"week": {}}}},
            "InvalidSteps",
            'step "a": parameters.day is no parameter (parameters: week)',
            id="no parameter",
        ),
        pytest.param(
            [step("a", argumentsFrom={"y": "parameters.day"})],
            {},
            "InvalidSteps",
            "parameters.day is no parameter (parameters: none)",
            id="no parameters at all",
        ),
        pytest.param(
            [step("a")],
            {"finally": [step("a")]},
            "InvalidSteps",
            'the name "a" is that of a step and of one in finally',
            id="a name twice",
        ),
        pytest.param(
            [step("a")],
            {"finally": [step("b", when=[{"path": "item", "equals": 1}])]},
            "InvalidSteps",
            'step "b": item is there only inside a step with forEach',
            id="no item at the end",
        ),
        pytest.param([step("a", needs=["a"])], {}, "Cycle", "steps wait for each other: a → a", id="itself"),
        pytest.param(
            [step("a", needs=["b"]), step("b", argumentsFrom={"x": "steps.c.result"}), step("c", needs=["a"])],
            {},
            "Cycle",
            "steps wait for each other: a → b → c → a",
            id="a circle",
        ),
        pytest.param(
            [step("a")], {"parameters": {"type": "x"}}, "InvalidParameters", "is not a JSON Schema", id="no schema"
        ),
        pytest.param(
            [{"name": "a", "taskRef": {"name": "send"}, "arguments": {"to": 3}}],
            {},
            "InvalidArguments",
            'step "a": arguments.to: expected string, got integer',
            id="an argument of a wrong type",
        ),
    ],
)
def test_conditions_say_what_to_mend(steps, spec, reason, told):
    status = plan(*steps, **spec).status
    assert verdicts(status) == {"Ready": ("False", reason), "Accepted": ("False", reason)}
    assert told in message(status, "Accepted")


GRAPHS = st.integers(1, 8).flatmap(
    lambda size: st.lists(st.lists(st.integers(0, size - 1), max_size=3, unique=True), min_size=size, max_size=size)
)


@given(GRAPHS)
def test_a_cycle_is_found_where_there_is_one(graph):
    before = {str(name): [str(other) for other in others] for name, others in enumerate(graph)}
    path = cycle(before)
    if path:
        assert path[0] == path[-1]
        assert all(after in before[name] for name, after in itertools.pairwise(path))
        return
    pending = dict(before)
    while free := [name for name, others in pending.items() if not set(others) & pending.keys()]:
        for name in free:
            del pending[name]
    assert pending == {}
