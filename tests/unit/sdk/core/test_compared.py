"""Arguments of an object are compared by the same texts as those of a call."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pynenc.core.canonical import canonical
from pynenc.core.compared import texts_of
from pynenc.core.payloads import Codec
from pynenc.core.signature import Signature


@dataclass
class Point:
    x: float
    y: float


def in_json(codec, value):
    return json.loads(codec.dump({"it": value}))


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        pytest.param(int, 3, id="an integer"),
        pytest.param(float, 2.0, id="a whole float"),
        pytest.param(bool, True, id="a truth value"),
        pytest.param(str, "grün", id="a text"),
        pytest.param(float | None, 1.0, id="an optional float"),
        pytest.param(float | None, None, id="nothing"),
        pytest.param(int | float, 2, id="an integer that may be a float"),
        pytest.param(set[str], {"b", "a", "c"}, id="a set"),
        pytest.param(tuple[int, float], (1, 2.0), id="a pair"),
        pytest.param(tuple[float, ...], (1.0, 2.0), id="a tuple"),
        pytest.param(dict[str, float], {"b": 1.0, "a": 2.0}, id="a dictionary"),
        pytest.param(Point, Point(1.0, 2.5), id="a dataclass"),
        pytest.param(Point | None, Point(1.0, 2.5), id="an optional dataclass"),
        pytest.param(date, date(2026, 11, 25), id="a date"),
        pytest.param(bytes, b"\xff\x00", id="bytes"),
        pytest.param(np.ndarray, np.array([1, 2]), id="an array"),
        pytest.param(Any, {"b": [1, {"z": 1, "a": None}], "a": 1.5}, id="anything"),
    ],
)
def test_the_text_is_that_of_the_value(kind, value):
    codec = Codec({"it": kind})
    expected = canonical(value, codec.dump_apart("it", value))
    assert texts_of(in_json(codec, value), codec.json_schema(), ["it"]) == {"it": expected}


@given(st.dictionaries(st.text(), st.lists(st.floats(allow_nan=False, allow_infinity=False))))
def test_whole_numbers_are_floats_where_floats_are_declared(value):
    codec = Codec({"it": dict[str, list[float]]})
    written = {"it": {name: [int(x) if x.is_integer() else x for x in items] for name, items in value.items()}}
    as_floats = {name: [float(x) for x in items] for name, items in written["it"].items()}
    expected = canonical(as_floats, codec.dump_apart("it", as_floats))
    assert texts_of(written, codec.json_schema(), ["it"])["it"] == expected


def test_an_argument_that_is_absent_has_its_default():
    def order(
        a: int, b: float = 1, c: frozenset[str] = frozenset("yx"), d: str | None = None, *e: int, **f: int
    ) -> None:
        """Take one of each kind of default."""

    signature = Signature(order)
    names = "abcdef"
    bound = signature.bind((1,), {})
    expected = {name: canonical(bound[name], signature.arguments.dump_apart(name, bound[name])) for name in names}
    assert texts_of({"a": 1}, signature.json_schema(), names) == expected


@pytest.mark.parametrize(
    ("schema", "value", "text"),
    [
        pytest.param({"$ref": "#/$defs/Round"}, 1, b"1", id="a reference to itself"),
        pytest.param({"anyOf": [{"$ref": "#/$defs/None"}, True]}, 1, b"1", id="references to nothing"),
        pytest.param({"anyOf": [{"type": "string"}]}, 1, b"1", id="no member of its type"),
        pytest.param({"contentEncoding": "base64"}, "!", b'"!"', id="what is no base64"),
        pytest.param({"contentEncoding": "base64"}, 5, b"5", id="what is no text"),
        pytest.param({"type": "array", "prefixItems": [{"type": "number"}]}, [1, 2], b"[1.0,2]", id="items too many"),
        pytest.param({"type": "number"}, True, b"true", id="a truth value for a number"),
        pytest.param(True, [1], b"[1]", id="a schema that allows all"),
    ],
)
def test_a_schema_that_says_little_leaves_the_value_alone(schema, value, text):
    parameters = {"properties": {"it": schema}, "$defs": {"Round": {"$ref": "#/$defs/Round"}}}
    assert texts_of({"it": value}, parameters, ["it"]) == {"it": text}


def test_without_properties_values_are_compared_as_they_are():
    assert texts_of({"it": 1}, {}, ["it", "other"]) == {"it": b"1", "other": b"null"}
