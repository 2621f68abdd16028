"""Arguments are checked against the parameters of the task, with messages that say where and what but no value."""

from __future__ import annotations

import pytest

from pynenc_operator.plan.arguments import arguments_fault, payload_of, schema_fault


def schema(*required, closed=True, **properties):
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": not closed,
    }


INTEGER = {"type": "integer"}


@pytest.mark.parametrize(
    ("arguments", "parameters", "expected"),
    [
        pytest.param({"count": 3}, schema("count", count=INTEGER), "", id="what fits"),
        pytest.param({"anything": 3}, None, "", id="no schema"),
        pytest.param(
            {"count": "3"}, schema(count=INTEGER), "arguments.count: expected integer, got string", id="a wrong type"
        ),
        pytest.param(
            {"count": True}, schema(count=INTEGER), "arguments.count: expected integer, got boolean", id="a boolean"
        ),
        pytest.param(
            {"count": None},
            schema(count={"type": ["integer", "string"]}),
            "arguments.count: expected integer or string, got null",
            id="several types",
        ),
        pytest.param(
            {"list": [1, "x"]},
            schema(list={"type": "array", "items": INTEGER}),
            "arguments.list[1]: expected integer, got string",
            id="within a list",
        ),
        pytest.param(
            {"to": {"zip": 1}},
            schema(to=schema(zip={"type": "string"})),
            "arguments.to.zip: expected string, got integer",
            id="within an object",
        ),
        pytest.param({}, schema("count", count=INTEGER), "arguments.count: required", id="a missing one"),
        pytest.param(
            {"cuont": 3},
            schema(count=INTEGER),
            "arguments.cuont: not a parameter (parameters: count)",
            id="an unknown one",
        ),
        pytest.param({"x": 3}, schema(), "arguments.x: not a parameter (parameters: none)", id="no parameters"),
        pytest.param(
            {"count": -1},
            schema(count={"minimum": 0}),
            "arguments.count: does not satisfy minimum: 0",
            id="out of range",
        ),
        pytest.param(
            {"body": "x" * 65536}, None, "arguments must be at most 65536 bytes", id="more than the store should hold"
        ),
        pytest.param(
            {"x": 1}, {"type": "nonsense"}, "spec.parameters of the Task is not a JSON Schema", id="a broken schema"
        ),
    ],
)
def test_what_does_not_fit_is_told(arguments, parameters, expected):
    assert arguments_fault(arguments, parameters) == expected


def test_patterns_are_left_to_the_worker():
    explosive = {"type": "string", "pattern": "^(a+)+$"}
    assert arguments_fault({"text": "a" * 64 + "!"}, schema(text=explosive)) == ""


def test_nothing_is_fetched_to_resolve_a_reference():
    fault = arguments_fault({"x": 1}, schema(x={"$ref": "http://127.0.0.1:1/schema"}))
    assert fault == "spec.parameters of the Task refers to something outside itself: http://127.0.0.1:1/schema"


def test_no_value_appears_in_a_message():
    assert "secret" not in arguments_fault({"count": "secret"}, schema(count=INTEGER))


@pytest.mark.parametrize(
    ("parameters", "valid"),
    [
        pytest.param(None, True, id="none"),
        pytest.param({}, True, id="empty"),
        pytest.param({"type": "object"}, True, id="a schema"),
        pytest.param({"required": [True]}, False, id="no schema"),
    ],
)
def test_a_schema_is_checked_itself(parameters, valid):
    assert (schema_fault(parameters) == "") == valid


def test_the_wire_form_is_compact_text():
    assert payload_of({"name": "Zoë", "n": [1, 2]}) == '{"name":"Zoë","n":[1,2]}'.encode()
