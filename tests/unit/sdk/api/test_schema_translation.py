"""A pydantic model becomes a structural schema, or an error that names the place."""

from __future__ import annotations

from typing import Any, Literal

import pytest
from pydantic import BaseModel, Field, JsonValue, create_model

from pynenc.api.schema import UntranslatableSchemaError, structural_schema


class Inner(BaseModel):
    """What is inside."""

    size: int = 1


class Recursive(BaseModel):
    again: Recursive | None


class Unlike(BaseModel):
    other: Inner | str


def field_schema(annotation, default):
    schema = structural_schema(create_model("Model", field=(annotation, default)))
    return schema["properties"]["field"]


ANY = {"x-kubernetes-preserve-unknown-fields": True}
INNER = {"type": "object", "properties": {"size": {"type": "integer", "default": 1}}}


@pytest.mark.parametrize(
    ("annotation", "default", "expected"),
    [
        pytest.param(str, ..., {"type": "string"}, id="a title is dropped"),
        pytest.param(int, Field(ge=1, le=9), {"type": "integer", "minimum": 1, "maximum": 9}, id="bounds are kept"),
        pytest.param(
            int,
            Field(gt=5, lt=9),
            {
                "type": "integer",
                "minimum": 5,
                "exclusiveMinimum": True,
                "maximum": 9,
                "exclusiveMaximum": True,
            },
            id="exclusive bounds are flags",
        ),
        pytest.param(int | None, None, {"type": "integer"}, id="optional means may be absent"),
        pytest.param(
            Inner,
            Field(description="Why."),
            {**INNER, "description": "Why."},
            id="a reference is inlined under the field",
        ),
        pytest.param(
            Inner | None, None, {**INNER, "description": "What is inside."}, id="an optional reference is inlined"
        ),
        pytest.param(Literal["a"], ..., {"enum": ["a"], "type": "string"}, id="a constant is an enum of one"),
        pytest.param(
            set[str],
            ...,
            {"type": "array", "items": {"type": "string"}, "x-kubernetes-list-type": "set"},
            id="unique items are a set",
        ),
        pytest.param(int | str, ..., {"x-kubernetes-int-or-string": True}, id="number or text has a name of its own"),
        pytest.param(
            dict[str, int], ..., {"type": "object", "additionalProperties": {"type": "integer"}}, id="a map has values"
        ),
        pytest.param(dict[str, JsonValue], ..., {"type": "object", **ANY}, id="a map of anything keeps everything"),
        pytest.param(dict[str, Any], ..., {"type": "object", **ANY}, id="an open object keeps everything"),
        pytest.param(JsonValue, None, ANY, id="any value is kept"),
        pytest.param(
            list[Inner],
            Field(json_schema_extra={"x-kubernetes-list-type": "atomic"}),
            {
                "type": "array",
                "items": {**INNER, "description": "What is inside."},
                "x-kubernetes-list-type": "atomic",
            },
            id="extensions are kept",
        ),
        pytest.param(
            Inner,
            Field(default_factory=Inner, json_schema_extra={"default": {}}),
            {**INNER, "default": {}, "description": "What is inside."},
            id="a default of an object is the one that was written",
        ),
    ],
)
def test_a_field_becomes(annotation, default, expected):
    assert field_schema(annotation, default) == expected


def test_a_model_that_forbids_more_fields_says_nothing_of_it():
    class Strict(BaseModel, extra="forbid"):
        size: int

    assert structural_schema(Strict) == {
        "type": "object",
        "properties": {"size": {"type": "integer"}},
        "required": ["size"],
    }


@pytest.mark.parametrize(
    ("model", "message"),
    [
        pytest.param(Recursive, "Recursive.again: Recursive contains itself", id="recursion"),
        pytest.param(Unlike, "Unlike.other: a union needs one object with optional members", id="a union"),
        pytest.param(
            create_model("Pair", pair=(tuple[int, str], ...)), "Pair.pair: prefixItems has no counterpart", id="a tuple"
        ),
        pytest.param(
            create_model("Even", size=(int, Field(multiple_of=2))), "Even.size: multipleOf has no", id="a keyword"
        ),
        pytest.param(
            create_model("Deep", all=(list[dict[str, tuple[int, str]]], ...)),
            r"Deep.all\[\]{}: prefix",
            id="deep inside",
        ),
    ],
)
def test_what_has_no_counterpart_is_refused(model, message):
    with pytest.raises(UntranslatableSchemaError, match=message):
        structural_schema(model)
