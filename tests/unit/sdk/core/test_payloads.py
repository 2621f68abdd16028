"""Values go through JSON by their annotation and come back as what they were, or are refused before they travel."""

from __future__ import annotations

import enum
import math
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pynenc.core.payloads import Codec
from pynenc.core.plain import DEEPEST
from pynenc.errors import SerializationError


class Colour(enum.Enum):
    RED = "red"


@dataclass
class Point:
    x: int
    y: int


class Sleep(NamedTuple):
    start: float
    end: float


TYPED = [
    pytest.param(int, 3, id="int"),
    pytest.param(tuple[int, str], (1, "a"), id="a tuple stays a tuple"),
    pytest.param(set[int], {1, 2}, id="set"),
    pytest.param(bytes, b"\x00\xff", id="bytes"),
    pytest.param(datetime, datetime(2026, 1, 1, tzinfo=UTC), id="datetime"),
    pytest.param(Decimal, Decimal("1.10"), id="Decimal"),
    pytest.param(uuid.UUID, uuid.UUID(int=7), id="UUID"),
    pytest.param(Colour, Colour.RED, id="enum"),
    pytest.param(Point, Point(1, 2), id="dataclass"),
    pytest.param(Sleep, Sleep(1.0, 2.0), id="NamedTuple"),
    pytest.param(list[Point], [Point(1, 2)], id="a list of dataclasses"),
    pytest.param(int | None, None, id="optional"),
    pytest.param(float, math.inf, id="infinity with an annotation"),
    pytest.param(Any, {"a": [1, 2.5, True, None, "x"]}, id="plain JSON"),
]


@pytest.mark.parametrize(("annotation", "value"), TYPED)
def test_a_value_comes_back_as_what_it_was(annotation, value):
    codec = Codec({"x": annotation})
    back = codec.load(codec.dump({"x": value}))
    assert back == {"x": value}
    assert type(back["x"]) is type(value)


PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text("aé€"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab", max_size=3), inner, max_size=3),
    max_leaves=10,
)


@given(PLAIN)
def test_plain_json_survives_without_an_annotation(value):
    codec = Codec({"x": Any})
    assert codec.load(codec.dump({"x": value})) == {"x": value}


def cyclic():
    items: list[Any] = []
    items.append(items)
    return items


@pytest.mark.parametrize(
    ("value", "message"),
    [
        pytest.param({1, 2}, 'argument "x" is not JSON-serialisable (set)', id="a set"),
        pytest.param((1, 2), 'argument "x" is not JSON-serialisable (tuple)', id="a tuple would come back as a list"),
        pytest.param({"a": [0, math.nan]}, 'argument "x".a[1] contains nan', id="NaN"),
        pytest.param(-math.inf, 'argument "x" contains -inf', id="infinity"),
        pytest.param({1: 2}, 'argument "x" has a key of type int; JSON keys are strings', id="a key that is no string"),
        pytest.param(Point(1, 2), f'argument "x" is not JSON-serialisable ({__name__}.Point)', id="an object"),
        pytest.param(cyclic(), f"is nested deeper than {DEEPEST}, or contains a cycle", id="a cycle"),
    ],
)
def test_a_value_without_annotation_that_is_no_plain_json_is_refused(value, message):
    with pytest.raises(SerializationError) as caught:
        Codec({"x": Any}).dump({"x": value})
    assert message in str(caught.value)


def test_a_value_of_another_type_than_declared_is_refused_by_name():
    with pytest.raises(SerializationError, match='argument "y": expected int, got str'):
        Codec({"x": int, "y": int}).dump({"x": 1, "y": "no"})


def test_text_that_is_no_unicode_is_refused_without_showing_it():
    with pytest.raises(SerializationError, match="argument"):
        Codec({"x": str}).dump({"x": "\ud800"})


def test_a_cycle_in_a_declared_list_is_refused():
    with pytest.raises(SerializationError, match=r'argument "x" is not JSON-serialisable \(list\)'):
        Codec({"x": list[Any]}).dump({"x": cyclic()})


def test_the_argument_without_a_form_is_named_among_others():
    with pytest.raises(SerializationError) as caught:
        Codec({"x": int, "y": bytes, "z": int}).dump({"x": 1, "y": object(), "z": 2})
    assert str(caught.value) == 'argument "y" is not JSON-serialisable (object); annotate it, or pass an id instead'


def test_an_object_in_a_declared_container_is_refused():
    with pytest.raises(SerializationError, match="argument"):
        Codec({"x": list[object]}).dump({"x": [object()]})


@pytest.mark.parametrize(
    ("payload", "message"),
    [
        pytest.param(b"{", "arguments: Invalid JSON", id="not JSON"),
        pytest.param(b"[]", "arguments: ", id="no object"),
        pytest.param(b"{}", "arguments.x: Field required", id="a name too few"),
        pytest.param(b'{"x": 1, "z": 2}', "arguments.z: Extra inputs are not permitted", id="a name too many"),
        pytest.param(b'{"x": "a"}', "arguments.x: Input should be a valid integer", id="another type"),
    ],
)
def test_a_payload_that_does_not_fit_is_refused_without_showing_values(payload, message):
    with pytest.raises(SerializationError) as caught:
        Codec({"x": int, "y": int}, optional=frozenset({"y"})).load(payload)
    assert str(caught.value).startswith(message)


def test_an_optional_name_may_be_absent():
    codec = Codec({"x": int, "y": Any}, optional=frozenset({"y"}))
    assert codec.load(codec.dump({"x": 1})) == {"x": 1}


def test_an_annotation_without_a_json_form_is_refused_at_once():
    with pytest.raises(SerializationError, match="an annotation has no JSON form"):
        Codec({"x": math.sqrt})


def test_the_schema_names_types_and_has_no_titles():
    schema = Codec({"title": int, "where": Point}).json_schema()
    assert schema["properties"] == {"title": {"type": "integer"}, "where": {"$ref": "#/$defs/Point"}}
    assert schema["required"] == ["title", "where"]
    assert schema["$defs"]["Point"]["properties"] == {"x": {"type": "integer"}, "y": {"type": "integer"}}


def test_the_schema_of_nested_lists_has_no_titles():
    schema = Codec({"x": int | str}).json_schema()
    assert schema["properties"]["x"] == {"anyOf": [{"type": "integer"}, {"type": "string"}]}
